/* The loop that tests of steps and of faults share. */
#include <string.h>

#include "loop.h"

arvo_str kept_in(const store *store) { return store->length ? arvo_str_of(store->record, store->length) : ARVO_NO_STR; }

arvo_resumable *stepwise(bool locking) {
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_error *error = NULL;
    arvo_memory_new_stepwise(&memory, &error);
    CHECK_OK(error);
    resumable = summing(NULL, memory, locking);
    arvo_memory_free(memory);
    return resumable;
}

arvo_execution *begun_steps(const arvo_resumable *resumable, const arvo_event *event) {
    arvo_execution *execution = NULL;
    arvo_error *error = NULL;
    arvo_execution_begin_resumable(resumable, event, &execution, &error);
    CHECK_OK(error);
    return execution;
}

/* What the workflow does at CALL: asks at the beginning, ends with the answer. */
static arvo_resumed *next_of(const arvo_input *input) {
    arvo_resumed *next = NULL;
    const arvo_value *context = NULL;
    int64_t number = 0;
    arvo_error *error = NULL;
    arvo_resumed_new(&next, &error);
    if (arvo_input_is_init(input)) {
        arvo_value_i64(arvo_input_data(input), ARVO_STR("/n"), &number, &error);
        arvo_value_set_i64(arvo_resumed_context(next), ARVO_STR("/n"), number, &error);
        arvo_value_set_i64(arvo_resumed_call(next, ARVO_STR("com.calc.add")), ARVO_STR("/a"), number, &error);
    } else {
        arvo_input_context(input, &context, &error);
        arvo_value_i64(context, ARVO_STR("/n"), &number, &error);
        arvo_value_set_i64(arvo_resumed_output(next), ARVO_STR("/total"), number + 1, &error);
    }
    CHECK_OK(error);
    return next;
}

arvo_step take_step(arvo_execution *execution, store *store) {
    arvo_step step = arvo_execution_step(execution);
    arvo_str record = arvo_execution_record(execution), previous = arvo_execution_previous(execution);
    arvo_resumed *next;
    arvo_error *error = NULL;
    switch (step) {
        case ARVO_STEP_LOCK:
            arvo_execution_locked(execution, !store->locked, &error);
            store->locked = true; /* by this one, or by the one that has it already */
            break;
        case ARVO_STEP_READ: arvo_execution_found(execution, kept_in(store), &error); break;
        case ARVO_STEP_CALL:
            next = next_of(arvo_execution_input(execution));
            arvo_execution_resume(execution, next, &error);
            arvo_resumed_free(next);
            break;
        case ARVO_STEP_COMMIT:
            if (record.ptr != NULL && !same(previous, kept_in(store))) {
                arvo_execution_conflict(execution, &error);
                break;
            }
            if (record.len > sizeof store->record) record = ARVO_NO_STR;
            if (record.ptr != NULL) memcpy(store->record, record.ptr, store->length = record.len);
            arvo_execution_commit(execution, &error);
            break;
        case ARVO_STEP_UNLOCK:
            store->locked = false;
            arvo_execution_unlocked(execution, &error);
            break;
        default: break;
    }
    CHECK_OK(error);
    return step;
}

arvo_events *finished(arvo_execution *execution, arvo_error **error) {
    arvo_events *events = NULL;
    arvo_execution_finish(execution, &events, error);
    arvo_execution_free(execution);
    return events;
}

arvo_events *run_steps(const arvo_resumable *resumable, const arvo_event *event, store *store) {
    arvo_execution *execution = begun_steps(resumable, event);
    arvo_events *events;
    arvo_error *error = NULL;
    while (arvo_execution_step(execution) != ARVO_STEP_DONE) take_step(execution, store);
    events = finished(execution, &error);
    CHECK_OK(error);
    return events;
}

void ends_well(const arvo_resumable *resumable, arvo_events *calls, store *store) {
    arvo_event *answer = answer_to(arvo_events_at(calls, 0));
    arvo_events *end = run_steps(resumable, answer, store), *late = run_steps(resumable, answer, store);
    CHECK_TEXT(arvo_event_type(arvo_events_at(end, 0)), "arvo.orc.sum.done");
    CHECK_TEXT(arvo_event_data_text(arvo_events_at(end, 0)), "{\"total\":42}");
    CHECK(arvo_events_count(late) == 0 && !store->locked); /* it is over: nothing happens */
    ARVO_FREE(calls, answer, end, late);
}
