/* Workflows in a loop of the program's own: steps in order, a fault at every one of them, answers that come wrong, late
 * or from another thread, and two executions of one workflow in each order of their steps. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "flows.h"

/* A memory behind the loop: one record and one lock. */
typedef struct store {
    char record[8192];
    size_t length; /* 0: nothing is kept */
    bool locked;
} store;

static arvo_str kept(const store *store) {
    return store->length ? arvo_str_of(store->record, store->length) : ARVO_NO_STR;
}

static arvo_resumable *stepwise(bool locking) {
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_error *error = NULL;
    arvo_memory_new_stepwise(&memory, &error);
    CHECK_OK(error);
    resumable = summing(NULL, memory, locking);
    arvo_memory_free(memory);
    return resumable;
}

static arvo_execution *begun(const arvo_resumable *resumable, const arvo_event *event) {
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

/* Does what the step asks for, as `store` can; the step that was done. */
static arvo_step take_step(arvo_execution *execution, store *store) {
    arvo_step step = arvo_execution_step(execution);
    arvo_str record = arvo_execution_record(execution), previous = arvo_execution_previous(execution);
    arvo_resumed *next;
    arvo_error *error = NULL;
    switch (step) {
        case ARVO_STEP_LOCK:
            arvo_execution_locked(execution, !store->locked, &error);
            store->locked = true; /* by this one, or by the one that has it already */
            break;
        case ARVO_STEP_READ: arvo_execution_found(execution, kept(store), &error); break;
        case ARVO_STEP_CALL:
            next = next_of(arvo_execution_input(execution));
            arvo_execution_resume(execution, next, &error);
            arvo_resumed_free(next);
            break;
        case ARVO_STEP_COMMIT:
            if (record.ptr != NULL && !same(previous, kept(store))) {
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

/* What came of an execution that is done; `*error` as arvo_execution_finish sets it. */
static arvo_events *finished(arvo_execution *execution, arvo_error **error) {
    arvo_events *events = NULL;
    arvo_execution_finish(execution, &events, error);
    arvo_execution_free(execution);
    return events;
}

/* Runs one event through; what it emitted. */
static arvo_events *run(const arvo_resumable *resumable, const arvo_event *event, store *store) {
    arvo_execution *execution = begun(resumable, event);
    arvo_events *events;
    arvo_error *error = NULL;
    while (arvo_execution_step(execution) != ARVO_STEP_DONE) take_step(execution, store);
    events = finished(execution, &error);
    CHECK_OK(error);
    return events;
}

/* Runs the rest of a workflow whose first call is `calls`: its end is the one that it has without faults. */
static void ends_well(const arvo_resumable *resumable, arvo_events *calls, store *store) {
    arvo_event *answer = answer_to(arvo_events_at(calls, 0));
    arvo_events *end = run(resumable, answer, store), *late = run(resumable, answer, store);
    CHECK_TEXT(arvo_event_type(arvo_events_at(end, 0)), "arvo.orc.sum.done");
    CHECK_TEXT(arvo_event_data_text(arvo_events_at(end, 0)), "{\"total\":42}");
    CHECK(arvo_events_count(late) == 0 && !store->locked); /* it is over: nothing happens */
    ARVO_FREE(calls, answer, end, late);
}

static void steps_come_in_order_and_say_what_to_do(void) {
    static const arvo_step order[] = {ARVO_STEP_LOCK,   ARVO_STEP_READ,   ARVO_STEP_CALL,
                                      ARVO_STEP_COMMIT, ARVO_STEP_UNLOCK, ARVO_STEP_DONE};
    arvo_resumable *resumable = stepwise(true);
    arvo_event *init = init_event();
    arvo_execution *execution = begun(resumable, init);
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
    arvo_execution *execution = begun(resumable, init);
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
    calls = run(resumable, init, &store);
    answer = answer_to(arvo_events_at(calls, 0));
    end = run(resumable, answer, &store);
    execution = begun(resumable, answer);
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
    return store->length ? arvo_text_new(kept(store), record, error) : ARVO_OK;
}

static arvo_status quiet_write(void *user_data, arvo_str id, arvo_str record, arvo_str previous, arvo_error **error) {
    store *store = user_data;
    (void)id;
    if (!same(previous, kept(store)) || record.len > sizeof store->record) {
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
        execution = begun(resumable, init);
        CHECK(take_step(execution, NULL) == ARVO_STEP_CALL && arvo_execution_step(execution) == ARVO_STEP_DONE);
        calls = finished(execution, &error);
        CHECK_OK(error);
        CHECK(arvo_events_count(calls) == 1);
        if (!own) { /* the lock is the execution's as long as it lives */
            execution = begun(resumable, init);
            second = begun(resumable, init);
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
    arvo_execution *execution = begun(resumable, init);
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
        arvo_execution *execution = begun(resumable, init);
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
        ends_well(resumable, run(resumable, init, &store), &store);
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
        arvo_execution *execution = begun(resumable, init);
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

/* --- faults --- */

enum { RAISES, HANGS, DROPS, DENIES, LIES, CONFLICTS, VIOLATES, FAULTS };

/* Does the fault at this step in place of the work. Whether the step can have it. */
static bool fault(arvo_execution **execution, int fault, arvo_step step) {
    arvo_error *raised = NULL, *error = NULL;
    switch (fault) {
        case RAISES:
            if (step == ARVO_STEP_UNLOCK || step == ARVO_STEP_CALL) return false; /* CALL: that is an event */
            arvo_error_raise(&raised, ARVO_STR("DiskFull"), ARVO_STR("no space left"));
            arvo_execution_raise(*execution, &raised, &error);
            break;
        case VIOLATES:
            if (step == ARVO_STEP_UNLOCK) return false;
            arvo_error_raise_violation(&raised, ARVO_STR("Busy"), ARVO_STR("later"), NULL);
            arvo_execution_raise(*execution, &raised, &error);
            break;
        case HANGS: arvo_execution_cancel(*execution, &error); break;
        case DROPS:
            arvo_execution_free(*execution);
            *execution = NULL;
            break;
        case DENIES:
            if (step != ARVO_STEP_LOCK) return false;
            arvo_execution_locked(*execution, false, &error);
            break;
        case LIES: /* what is kept is somebody else's */
            if (step != ARVO_STEP_READ) return false;
            arvo_execution_found(*execution,
                                 ARVO_STR("{\"executionStatus\":\"normal\",\"subject\":\"somebody else's\"}"), &error);
            break;
        default:
            if (step != ARVO_STEP_COMMIT) return false;
            arvo_execution_conflict(*execution, &error);
    }
    CHECK_OK(error);
    return true;
}

/* The violation that a fault at a step ends in. */
static void check_violation(arvo_error *error, int kind, arvo_step step) {
    arvo_status wanted = ARVO_TRANSACTION_VIOLATION;
    if (kind == HANGS) wanted = ARVO_EXECUTION_VIOLATION;
    if (kind == VIOLATES && step == ARVO_STEP_CALL) wanted = ARVO_CUSTOM_VIOLATION;
    if (wanted == ARVO_TRANSACTION_VIOLATION) {
        CHECK_TEXT(detail(error, "/cause"), step == ARVO_STEP_READ     ? "READ_MACHINE_MEMORY_FAILURE"
                                            : step == ARVO_STEP_COMMIT ? "WRITE_MACHINE_MEMORY_FAILURE"
                                            : kind == DENIES           ? "LOCK_UNACQUIRED"
                                                                       : "LOCK_MACHINE_MEMORY_FAILURE");
        CHECK((arvo_error_cause(error) != NULL) == (kind == RAISES || kind == VIOLATES));
    }
    CHECK_ERROR(error, wanted, NULL);
}

/* Handles an event with a fault at its step number `at`: nothing has changed afterwards. Whether it could have it. */
static bool with_fault(const arvo_resumable *resumable, const arvo_event *event, const store *before, int kind,
                       int at) {
    store store = *before;
    arvo_execution *execution = begun(resumable, event);
    arvo_error *error = NULL;
    arvo_step step;
    bool happened;
    while (at-- > 0) take_step(execution, &store);
    step = arvo_execution_step(execution);
    happened = fault(&execution, kind, step);
    if (happened && execution != NULL) {
        while (arvo_execution_step(execution) != ARVO_STEP_DONE) take_step(execution, &store);
        arvo_events_free(finished(execution, &error));
        if (step == ARVO_STEP_UNLOCK) { /* everything had happened before */
            CHECK_OK(error);
        } else {
            check_violation(error, kind, step);
        }
        CHECK(!store.locked || step == ARVO_STEP_UNLOCK);
    } else {
        arvo_execution_free(execution);
    }
    if (happened && step != ARVO_STEP_UNLOCK) CHECK(same(kept(&store), kept(before)));
    return happened;
}

static void a_fault_at_every_step_changes_nothing(void) {
    arvo_resumable *resumable = stepwise(true);
    arvo_event *init = init_event(), *answer;
    arvo_events *calls;
    store empty = {"", 0, false}, waiting = {"", 0, false}, after;
    int kind, at, points = 0;
    calls = run(resumable, init, &waiting);
    answer = answer_to(arvo_events_at(calls, 0));
    for (kind = 0; kind < FAULTS; kind++) {
        for (at = 0; at < 5; at++) { /* LOCK, READ, CALL, COMMIT, UNLOCK */
            if (with_fault(resumable, init, &empty, kind, at)) {
                after = empty; /* as it was: the event is tried again */
                ends_well(resumable, run(resumable, init, &after), &after);
                points++;
            }
            if (with_fault(resumable, answer, &waiting, kind, at)) {
                arvo_events *end;
                after = waiting;
                end = run(resumable, answer, &after);
                CHECK_TEXT(arvo_event_data_text(arvo_events_at(end, 0)), "{\"total\":42}");
                arvo_events_free(end);
                points++;
            }
        }
    }
    CHECK(points == 2 * (3 + 4 + 5 + 5 + 1 + 1 + 1));
    ARVO_FREE(init, answer, calls, resumable);
}

static void an_error_of_the_function_is_an_event_and_a_record(void) {
    arvo_resumable *resumable = stepwise(true);
    arvo_event *init = init_event();
    arvo_execution *execution = begun(resumable, init);
    arvo_events *events;
    arvo_error *error = NULL, *raised = NULL;
    store store = {"", 0, false};
    take_step(execution, &store);
    take_step(execution, &store);
    arvo_error_raise(&raised, ARVO_STR("OutOfStock"), ARVO_STR("none left"));
    arvo_execution_raise(execution, &raised, &error);
    CHECK_OK(error);
    while (arvo_execution_step(execution) != ARVO_STEP_DONE) take_step(execution, &store);
    events = finished(execution, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(arvo_events_at(events, 0)), "sys.arvo.orc.sum.error");
    CHECK(store.length > 0 && !store.locked);
    ARVO_FREE(events, init, resumable);
}

/* What a memory may say of a workflow that it should know. */
static void a_memory_that_forgot_or_lies_is_found_out(void) {
    arvo_resumable *resumable = stepwise(false);
    arvo_event *init = init_event(), *answer;
    arvo_events *calls;
    store store = {"", 0, false};
    arvo_str lies[3];
    size_t index;
    calls = run(resumable, init, &store);
    answer = answer_to(arvo_events_at(calls, 0));
    lies[0] = ARVO_STR("");
    lies[1] = ARVO_STR("[]");
    lies[2] = arvo_str_of(store.record, store.length / 2);
    for (index = 0; index < 3; index++) {
        arvo_execution *execution = begun(resumable, answer);
        arvo_error *error = NULL;
        arvo_execution_found(execution, lies[index], &error);
        CHECK_OK(error);
        CHECK(arvo_execution_step(execution) == ARVO_STEP_DONE);
        CHECK(finished(execution, &error) == NULL);
        CHECK_TEXT(detail(error, "/cause"), "READ_MACHINE_MEMORY_FAILURE");
        CHECK_ERROR(error, ARVO_TRANSACTION_VIOLATION, "the record can't be read");
    }
    ARVO_FREE(init, answer, calls, resumable);
}

/* --- two at once --- */

/* Two executions of one event: the first takes `ahead` steps, then the second runs to its end, then the first goes on. */
static void interleave(const arvo_resumable *resumable, const arvo_event *event, const store *before, int ahead) {
    store store = *before;
    arvo_execution *first = begun(resumable, event), *second = begun(resumable, event);
    arvo_events *of_first, *of_second;
    arvo_error *error = NULL, *other = NULL;
    arvo_str cause;
    while (ahead-- > 0) take_step(first, &store);
    while (arvo_execution_step(second) != ARVO_STEP_DONE) take_step(second, &store);
    of_second = finished(second, &other);
    while (arvo_execution_step(first) != ARVO_STEP_DONE) take_step(first, &store);
    of_first = finished(first, &error);
    CHECK(of_first != NULL || of_second != NULL);
    cause = detail(error ? error : other, "/cause");
    if (of_first != NULL && of_second != NULL) { /* one began when the other was through */
        CHECK(arvo_events_count(of_first) + arvo_events_count(of_second) == 1);
    } else {
        CHECK(same(cause, ARVO_STR("WRITE_MACHINE_MEMORY_FAILURE")) || same(cause, ARVO_STR("LOCK_UNACQUIRED")));
        CHECK(arvo_events_count(of_first ? of_first : of_second) == 1);
    }
    ARVO_FREE(of_first, of_second, error, other);
}

static void of_two_at_once_one_update_counts(void) {
    int locking, ahead;
    for (locking = 0; locking < 2; locking++) {
        arvo_resumable *resumable = stepwise(locking != 0);
        arvo_event *init = init_event(), *answer;
        arvo_events *calls;
        store waiting = {"", 0, false};
        calls = run(resumable, init, &waiting);
        answer = answer_to(arvo_events_at(calls, 0));
        for (ahead = 0; ahead <= (locking ? 5 : 3); ahead++) interleave(resumable, answer, &waiting, ahead);
        ARVO_FREE(init, answer, calls, resumable);
    }
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
    {"a fault at every step changes nothing", a_fault_at_every_step_changes_nothing},
    {"an error of the function is an event and a record", an_error_of_the_function_is_an_event_and_a_record},
    {"a memory that forgot or lies is found out", a_memory_that_forgot_or_lies_is_found_out},
    {"of two at once, one update counts", of_two_at_once_one_update_counts},
    {NULL, NULL}};
