/* Workflows in a loop of the program's own: steps in order, answers that come wrong, late, or from several threads. */
#include <pthread.h>
#include <string.h>

#include "loop.h"

static void steps_come_in_order_and_say_what_to_do(void) {
    static const arvo_step order[] = {ARVO_STEP_LOCK,   ARVO_STEP_READ,   ARVO_STEP_CALL,
                                      ARVO_STEP_COMMIT, ARVO_STEP_UNLOCK, ARVO_STEP_DONE};
    arvo_resumable *resumable = stepwise(true);
    arvo_event *init = init_event();
    arvo_execution *execution = begun_steps(resumable, init);
    arvo_events *events;
    arvo_error *error = NULL;
    store store = {"", 0, false};
    size_t index;
    for (index = 0; index < sizeof order / sizeof *order; index++) {
        arvo_step step = arvo_execution_step(execution);
        bool call = step == ARVO_STEP_CALL, commit = step == ARVO_STEP_COMMIT;
        CHECK(step == order[index]);
        CHECK((arvo_execution_input(execution) != NULL) == call);
        CHECK((arvo_execution_emitted(execution) != NULL) == commit);
        CHECK((arvo_execution_record(execution).ptr != NULL) == commit);
        CHECK(arvo_execution_previous(execution).ptr == NULL); /* nothing was kept */
        if (call || step == ARVO_STEP_DONE) {
            CHECK(arvo_execution_subject(execution).ptr == NULL);
        } else {
            CHECK(same(arvo_execution_subject(execution), arvo_event_subject(init)));
        }
        if (commit) CHECK_TEXT(arvo_event_type(arvo_events_at(arvo_execution_emitted(execution), 0)), "com.calc.add");
        if (step == ARVO_STEP_UNLOCK) CHECK(store.locked && store.length > 0);
        take_step(execution, &store);
    }
    events = finished(execution, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(events) == 1 && !store.locked);
    ends_well(resumable, events, &store);
    ARVO_FREE(init, resumable);
}

static void without_locks_reading_comes_first(void) {
    arvo_resumable *resumable = stepwise(false);
    arvo_event *init = init_event();
    arvo_execution *execution = begun_steps(resumable, init);
    arvo_error *error = NULL;
    store store = {"", 0, false};
    CHECK(take_step(execution, &store) == ARVO_STEP_READ && take_step(execution, &store) == ARVO_STEP_CALL &&
          take_step(execution, &store) == ARVO_STEP_COMMIT && arvo_execution_step(execution) == ARVO_STEP_DONE);
    ends_well(resumable, finished(execution, &error), &store);
    CHECK_OK(error);
    ARVO_FREE(init, resumable);
}

static void an_event_that_comes_too_late_writes_nothing(void) {
    arvo_resumable *resumable = stepwise(false);
    arvo_event *init = init_event(), *answer;
    arvo_events *calls, *end;
    arvo_execution *execution;
    arvo_error *error = NULL;
    store store = {"", 0, false};
    calls = run_steps(resumable, init, &store);
    answer = answer_to(arvo_events_at(calls, 0));
    end = run_steps(resumable, answer, &store);
    execution = begun_steps(resumable, answer);
    CHECK(take_step(execution, &store) == ARVO_STEP_READ);
    CHECK(arvo_execution_step(execution) == ARVO_STEP_COMMIT); /* no function runs */
    CHECK(arvo_execution_record(execution).ptr == NULL && arvo_execution_previous(execution).ptr == NULL);
    CHECK(arvo_events_count(arvo_execution_emitted(execution)) == 0);
    take_step(execution, &store);
    arvo_events_free(finished(execution, &error));
    CHECK_OK(error);
    ARVO_FREE(init, answer, calls, end, resumable);
}

static arvo_status quiet_read(void *user_data, arvo_str id, arvo_text **record, arvo_error **error) {
    store *store = user_data;
    CHECK(id.len > 0);
    return store->length ? arvo_text_new(kept_in(store), record, error) : ARVO_OK;
}

static arvo_status quiet_write(void *user_data, arvo_str id, arvo_str record, arvo_str previous, arvo_error **error) {
    store *store = user_data;
    (void)id;
    if (!same(previous, kept_in(store)) || record.len > sizeof store->record) {
        return arvo_error_raise(error, ARVO_STR("Conflict"), ARVO_STR("somebody else wrote first"));
    }
    memcpy(store->record, record.ptr, store->length = record.len);
    return ARVO_OK;
}

static void any_other_memory_is_asked_by_the_library(void) {
    arvo_memory_functions functions = {quiet_read, quiet_write, NULL, NULL};
    store store = {"", 0, false};
    int own;
    for (own = 0; own < 2; own++) {
        arvo_memory *memory = NULL;
        arvo_resumable *resumable;
        arvo_event *init = init_event();
        arvo_execution *execution, *second;
        arvo_events *calls;
        arvo_error *error = NULL;
        if (own) {
            arvo_memory_new_own(&functions, &store, NULL, &memory, &error);
        } else {
            arvo_memory_new(&memory, &error);
        }
        resumable = summing(NULL, memory, true);
        execution = begun_steps(resumable, init);
        CHECK(take_step(execution, NULL) == ARVO_STEP_CALL && arvo_execution_step(execution) == ARVO_STEP_DONE);
        calls = finished(execution, &error);
        CHECK_OK(error);
        CHECK(arvo_events_count(calls) == 1);
        if (!own) { /* the lock is the execution's as long as it lives */
            execution = begun_steps(resumable, init);
            second = begun_steps(resumable, init);
            CHECK(arvo_execution_step(second) == ARVO_STEP_DONE);
            arvo_events_free(finished(second, &error));
            CHECK_TEXT(detail(error, "/cause"), "LOCK_UNACQUIRED");
            CHECK_ERROR(error, ARVO_TRANSACTION_VIOLATION, "denied");
            arvo_execution_free(execution);
        }
        ends_well(resumable, calls, &store);
        ARVO_FREE(init, resumable, memory);
    }
}

static void nothing_else_drives_a_stepwise_memory(void) {
    plan plan = {NULL, NULL};
    arvo_memory *memory = NULL;
    arvo_resumable *resumable, *bare = summing(NULL, NULL, true);
    arvo_broker *broker = NULL;
    arvo_event *init = init_event();
    arvo_events *events = NULL;
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_memory_new_stepwise(&memory, &error);
    arvo_memory_read(memory, ARVO_STR("s"), &text, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "the program's own");
    resumable = summing(&plan, memory, true);
    arvo_resumable_execute(resumable, init, &events, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "step by step");
    arvo_broker_new(ARVO_QUEUE_LIMIT, &broker, &error);
    arvo_broker_add_resumable(broker, resumable, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "step by step");
    arvo_resumable_execute(bare, init, &events, &error); /* and a workflow without a function is for loops, too */
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "step by step");
    CHECK(events == NULL && text == NULL && arvo_broker_queued(broker) == 0);
    ARVO_FREE(memory, resumable, bare, broker, init);
}

/* --- answers that do not fit --- */

enum { LOCKED, FOUND, ANSWER, RESUME, COMMIT, CONFLICT, UNLOCKED, RAISE, ANSWERS };

static arvo_status give(arvo_execution *execution, int answer, arvo_error **error) {
    arvo_outputs *outputs = NULL;
    arvo_resumed *next = NULL;
    arvo_error *raised = NULL;
    arvo_status status = ARVO_OK;
    arvo_outputs_new(&outputs, error);
    arvo_resumed_new(&next, error);
    switch (answer) {
        case LOCKED: status = arvo_execution_locked(execution, true, error); break;
        case FOUND: status = arvo_execution_found(execution, ARVO_NO_STR, error); break;
        case ANSWER: status = arvo_execution_answer(execution, outputs, error); break;
        case RESUME: status = arvo_execution_resume(execution, next, error); break;
        case COMMIT: status = arvo_execution_commit(execution, error); break;
        case CONFLICT: status = arvo_execution_conflict(execution, error); break;
        case UNLOCKED: status = arvo_execution_unlocked(execution, error); break;
        default:
            arvo_error_raise(&raised, ARVO_STR("Late"), ARVO_STR("too late"));
            status = arvo_execution_raise(execution, &raised, error);
            CHECK((raised != NULL) == (status != ARVO_OK)); /* refused: still the caller's */
    }
    ARVO_FREE(outputs, next, raised);
    return status;
}

static bool fits(arvo_step step, int answer) {
    switch (step) {
        case ARVO_STEP_LOCK: return answer == LOCKED || answer == RAISE;
        case ARVO_STEP_READ: return answer == FOUND || answer == RAISE;
        case ARVO_STEP_CALL: return answer == RESUME || answer == RAISE;
        case ARVO_STEP_COMMIT: return answer == COMMIT || answer == CONFLICT || answer == RAISE;
        case ARVO_STEP_UNLOCK: return answer == UNLOCKED;
        default: return false;
    }
}

static void every_answer_that_does_not_fit_is_refused_at_every_step(void) {
    arvo_resumable *resumable = stepwise(true);
    arvo_event *init = init_event();
    arvo_execution *execution = begun_steps(resumable, init);
    arvo_error *error = NULL;
    store store = {"", 0, false};
    int answer, refused = 0;
    bool done = false;
    while (!done) {
        arvo_step step = arvo_execution_step(execution);
        for (answer = 0; answer < ANSWERS; answer++) {
            if (fits(step, answer)) continue;
            give(execution, answer, &error);
            CHECK_ERROR(error, ARVO_WRONG_STEP, step == ARVO_STEP_DONE ? "it is done" : "it waits for arvo_execution_");
            CHECK(arvo_execution_step(execution) == step);
            refused++;
        }
        done = step == ARVO_STEP_DONE;
        take_step(execution, &store);
    }
    CHECK(refused == 6 + 6 + 6 + 5 + 7 + 8);
    ends_well(resumable, finished(execution, &error), &store); /* nothing of that has changed anything */
    CHECK_OK(error);
    ARVO_FREE(init, resumable);
}

static void an_answer_after_a_cancel_comes_too_late(void) {
    arvo_resumable *resumable = stepwise(true);
    arvo_event *init = init_event();
    int at, answer;
    for (at = 0; at < 4; at++) { /* LOCK, READ, CALL, COMMIT; what UNLOCK does, the faults below tell */
        store store = {"", 0, false};
        arvo_execution *execution = begun_steps(resumable, init);
        arvo_error *error = NULL;
        int step;
        for (step = 0; step < at; step++) take_step(execution, &store);
        arvo_execution_cancel(execution, &error);
        CHECK_OK(error);
        CHECK(arvo_execution_step(execution) == (at == 0 ? ARVO_STEP_DONE : ARVO_STEP_UNLOCK));
        while (arvo_execution_step(execution) != ARVO_STEP_DONE) take_step(execution, &store);
        for (answer = 0; answer < ANSWERS; answer++) {
            give(execution, answer, &error);
            CHECK_ERROR(error, ARVO_WRONG_STEP, "it is done");
        }
        arvo_events_free(finished(execution, &error));
        CHECK_ERROR(error, ARVO_EXECUTION_VIOLATION, "cancelled");
        CHECK(store.length == 0 && !store.locked);
        ends_well(resumable, run_steps(resumable, init, &store), &store);
    }
    ARVO_FREE(init, resumable);
}

/* An answer of each of four threads at once, as replies that were sent twice. */
static void *answering(void *execution) {
    static arvo_status outcomes[4] = {ARVO_OK, ARVO_BUSY, ARVO_WRONG_STEP, ARVO_PANIC};
    switch (arvo_execution_found(execution, ARVO_NO_STR, NULL)) {
        case ARVO_OK: return &outcomes[0];
        case ARVO_BUSY: return &outcomes[1];
        case ARVO_WRONG_STEP: return &outcomes[2];
        default: return &outcomes[3];
    }
}

static void of_several_replies_one_wins(void) {
    arvo_resumable *resumable = stepwise(false);
    arvo_event *init = init_event();
    int round;
    for (round = 0; round < (quick ? 5 : 200); round++) {
        arvo_execution *execution = begun_steps(resumable, init);
        pthread_t threads[4];
        int index, won = 0;
        for (index = 0; index < 4; index++) pthread_create(&threads[index], NULL, answering, execution);
        for (index = 0; index < 4; index++) {
            void *status = NULL;
            pthread_join(threads[index], &status);
            won += *(arvo_status *)status == ARVO_OK;
            CHECK(*(arvo_status *)status != ARVO_PANIC);
        }
        CHECK(won == 1 && arvo_execution_step(execution) == ARVO_STEP_CALL);
        arvo_execution_free(execution); /* not done: given up */
    }
    ARVO_FREE(init, resumable);
}

const struct test step_tests[] = {
    {"steps come in order, and say what to do", steps_come_in_order_and_say_what_to_do},
    {"without locks, reading comes first", without_locks_reading_comes_first},
    {"an event that comes too late writes nothing", an_event_that_comes_too_late_writes_nothing},
    {"any other memory is asked by the library", any_other_memory_is_asked_by_the_library},
    {"nothing else drives a stepwise memory", nothing_else_drives_a_stepwise_memory},
    {"every answer that does not fit is refused at every step",
     every_answer_that_does_not_fit_is_refused_at_every_step},
    {"an answer after a cancel comes too late", an_answer_after_a_cancel_comes_too_late},
    {"of several replies, one wins", of_several_replies_one_wins},
    {NULL, NULL}};
