/* Workflows in a loop of the program's own: a fault at every step, and two executions of one workflow in each order of
 * their steps. */
#include "loop.h"

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
    arvo_execution *execution = begun_steps(resumable, event);
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
    if (happened && step != ARVO_STEP_UNLOCK) CHECK(same(kept_in(&store), kept_in(before)));
    return happened;
}

static void a_fault_at_every_step_changes_nothing(void) {
    arvo_resumable *resumable = stepwise(true);
    arvo_event *init = init_event(), *answer;
    arvo_events *calls;
    store empty = {"", 0, false}, waiting = {"", 0, false}, after;
    int kind, at, points = 0;
    calls = run_steps(resumable, init, &waiting);
    answer = answer_to(arvo_events_at(calls, 0));
    for (kind = 0; kind < FAULTS; kind++) {
        for (at = 0; at < 5; at++) { /* LOCK, READ, CALL, COMMIT, UNLOCK */
            if (with_fault(resumable, init, &empty, kind, at)) {
                after = empty; /* as it was: the event is tried again */
                ends_well(resumable, run_steps(resumable, init, &after), &after);
                points++;
            }
            if (with_fault(resumable, answer, &waiting, kind, at)) {
                arvo_events *end;
                after = waiting;
                end = run_steps(resumable, answer, &after);
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
    arvo_execution *execution = begun_steps(resumable, init);
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
    calls = run_steps(resumable, init, &store);
    answer = answer_to(arvo_events_at(calls, 0));
    lies[0] = ARVO_STR("");
    lies[1] = ARVO_STR("[]");
    lies[2] = arvo_str_of(store.record, store.length / 2);
    for (index = 0; index < 3; index++) {
        arvo_execution *execution = begun_steps(resumable, answer);
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

/* The program is not asked to commit what it could not give back. */
static void a_record_over_the_limit_is_not_committed(void) {
    arvo_limits limits = arvo_limits_default();
    arvo_environment *tight = NULL;
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_execution *execution;
    arvo_event *init = init_event();
    arvo_error *error = NULL;
    store store = {"", 0, false};
    limits.record = 100;
    arvo_environment_new(NULL, NULL, NULL, NULL, &limits, &tight, &error);
    arvo_memory_new_stepwise(&memory, &error);
    CHECK_OK(error);
    resumable = summing_within(tight, NULL, memory, false);
    execution = begun_steps(resumable, init);
    CHECK(take_step(execution, &store) == ARVO_STEP_READ && take_step(execution, &store) == ARVO_STEP_CALL);
    CHECK(arvo_execution_step(execution) == ARVO_STEP_DONE && store.length == 0);
    CHECK(finished(execution, &error) == NULL);
    CHECK_ERROR(error, ARVO_TRANSACTION_VIOLATION, "over the limit of 100; send less, or raise `Limits::record`");
    ARVO_FREE(tight, memory, resumable, init);
}

/* --- two at once --- */

/* Two executions of one event: the first takes `ahead` steps, then the second runs to its end, then the first goes on. */
static void interleave(const arvo_resumable *resumable, const arvo_event *event, const store *before, int ahead) {
    store store = *before;
    arvo_execution *first = begun_steps(resumable, event), *second = begun_steps(resumable, event);
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
        calls = run_steps(resumable, init, &waiting);
        answer = answer_to(arvo_events_at(calls, 0));
        for (ahead = 0; ahead <= (locking ? 5 : 3); ahead++) interleave(resumable, answer, &waiting, ahead);
        ARVO_FREE(init, answer, calls, resumable);
    }
}

const struct test fault_tests[] = {
    {"a fault at every step changes nothing", a_fault_at_every_step_changes_nothing},
    {"an error of the function is an event and a record", an_error_of_the_function_is_an_event_and_a_record},
    {"a memory that forgot or lies is found out", a_memory_that_forgot_or_lies_is_found_out},
    {"a record over the limit is not committed", a_record_over_the_limit_is_not_committed},
    {"of two at once, one update counts", of_two_at_once_one_update_counts},
    {NULL, NULL}};
