/* Memory over long runs: 100,000 failing calls, and 100,000 steps of workflows and of machines, most of which fail, leave
 * the heap as it was. `unit --soak` runs ten times as many, and looks at the memory of the process, too. */
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "machine.h"

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
size_t heap_in_use(void) { return __sanitizer_get_current_allocated_bytes(); }
#else
size_t heap_in_use(void) { return mallinfo2().uordblks; }
#endif

/* Memory of this process, in KiB. */
static long resident(void) {
    long size = 0, pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL) return 0;
    if (fscanf(file, "%ld %ld", &size, &pages) != 2) pages = 0;
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Runs `round` so often that it makes 100,000 calls, or ten times that: no byte for each call stays. */
static void stays_flat(const char *what, void (*round)(void *work), void *work, int calls) {
    enum { CALLS = 100000, PARTS = 10 };
    int rounds = quick ? 20 : (soak ? 10 : 1) * CALLS / calls, index, part;
    size_t before, after;
    long half = 0, end = 0;
    for (index = 0; index < (quick ? 20 : 500); index++) round(work);
    before = heap_in_use();
    for (part = 0; part < PARTS; part++) {
        for (index = 0; index < rounds / PARTS; index++) round(work);
        if (part == PARTS / 2) half = resident();
    }
    after = heap_in_use();
    end = resident();
    /* What malloc keeps at hand counts as in use. */
    if (after > before + 65536) printf("%lu bytes more: %s\n", (unsigned long)(after - before), what);
    CHECK(after <= before + 65536);
    if (soak) {
        printf("%d %s: %.1f MiB at half, %.1f MiB at the end\n", rounds * calls, what, (double)half / 1024,
               (double)end / 1024);
        CHECK(end <= half + half / 33);
    }
}

static arvo_status fail(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data;
    (void)input;
    arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success"));
    return arvo_error_raise_violation(error, ARVO_STR("Busy"), ARVO_STR("later"), NULL);
}

typedef struct failing {
    arvo_handler *handler;
    arvo_event *event;
} failing;

/* Five calls that fail, each in its own way. */
static void calls_that_fail(void *work) {
    failing *failing = work;
    arvo_events *events = NULL;
    arvo_event *parsed = NULL;
    arvo_value *value = NULL;
    arvo_contract *contract = NULL;
    arvo_execution *execution = NULL;
    arvo_error *error = NULL;
    arvo_handler_execute(failing->handler, failing->event, &events, &error);
    CHECK_ERROR(error, ARVO_CUSTOM_VIOLATION, NULL);
    arvo_event_parse(NULL, ARVO_STR("{\"id\":\"\",\"type\":\"X\",\"data\":[]}"), &parsed, &error);
    CHECK_ERROR(error, ARVO_INVALID_EVENT, NULL);
    arvo_value_parse(NULL, ARVO_STR("{\"a\":[1,2,{\"b\":"), &value, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, NULL);
    arvo_contract_parse(ARVO_STR("{\"uri\":\"#/a\",\"versions\":[]}"), ARVO_UNKNOWN_KEYS_STRIP, &contract, &error);
    CHECK_ERROR(error, ARVO_INVALID_CONTRACT, NULL);
    arvo_execution_begin(failing->handler, failing->event, &execution, NULL);
    CHECK_STATUS(arvo_execution_commit(execution, NULL), ARVO_WRONG_STEP);
    arvo_execution_free(execution);
}

static void failing_calls_leave_the_heap_flat(void) {
    arvo_contract *contract = greeting();
    failing failing = {NULL, greeting_event("{\"name\":\"Ada\"}")};
    arvo_error *error = NULL;
    arvo_handler_new(contract, fail, NULL, &failing.handler, &error);
    CHECK_OK(error);
    stays_flat("failing calls", calls_that_fail, &failing, 5);
    ARVO_FREE(failing.event, failing.handler, contract);
}

/* --- workflows --- */

/* A memory of the program's own that keeps nothing, and a workflow in each kind of memory. */
typedef struct flows {
    plan plan;
    const char *fails; /* an operation of the program's own memory */
    int turns;
    arvo_memory *memory;
    arvo_resumable *inside, *own, *stepwise;
    arvo_broker *broker;
    arvo_event *init, *other; /* the same ones each time: the library remembers the last few thousand subjects */
} flows;

static arvo_status fails_at(flows *flows, const char *operation, arvo_error **error) {
    if (!same(str(flows->fails), str(operation))) return ARVO_OK;
    return arvo_error_raise(error, ARVO_STR("DiskFull"), ARVO_STR("no space left"));
}

static arvo_status no_read(void *user_data, arvo_str id, arvo_text **record, arvo_error **error) {
    (void)id;
    arvo_text_new(ARVO_STR("no record"), record, NULL); /* beside an error: freed all the same */
    if (fails_at(user_data, "read", error) != ARVO_OK) return ARVO_USER_ERROR;
    arvo_text_free(*record);
    *record = NULL;
    return ARVO_OK;
}

static arvo_status no_write(void *user_data, arvo_str id, arvo_str record, arvo_str previous, arvo_error **error) {
    (void)id;
    (void)record;
    (void)previous;
    return fails_at(user_data, "write", error);
}

static arvo_status no_lock(void *user_data, arvo_str id, bool *held, arvo_error **error) {
    (void)id;
    *held = true;
    return fails_at(user_data, "lock", error);
}

static arvo_status no_unlock(void *user_data, arvo_str id, arvo_error **error) {
    (void)id;
    return fails_at(user_data, "unlock", error);
}

static bool out_of_turns(void *user_data) { return ((flows *)user_data)->turns-- <= 0; }

/* Four executions in a broker: a workflow from its beginning to its end, and one that is given up and ends unheard. */
static void in_a_broker(flows *flows) {
    arvo_event *answer = NULL;
    arvo_error *error = NULL;
    arvo_broker_resolve(flows->broker, flows->init, NULL, NULL, &answer, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(answer), "arvo.orc.sum.done");
    arvo_event_free(answer);
    flows->turns = 1;
    arvo_broker_resolve(flows->broker, flows->other, out_of_turns, flows, &answer, &error);
    CHECK_ERROR(error, ARVO_CANCELLED, NULL);
    arvo_broker_run(flows->broker, NULL, NULL, &error);
    CHECK_OK(error);
    arvo_broker_clear_history(flows->broker, &error);
    arvo_memory_clear(flows->memory, ARVO_NO_STR, &error);
    CHECK_OK(error);
}

/* Executes one event, and forgets what came of it. */
static void execute(const arvo_resumable *resumable, const arvo_event *init, arvo_status wanted) {
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    CHECK_STATUS(arvo_resumable_execute(resumable, init, &events, &error), wanted);
    ARVO_FREE(events, error);
}

/* Takes `steps` steps of a loop, and then something else. */
static void step_by_step(const arvo_resumable *resumable, const arvo_event *init, int steps) {
    arvo_execution *execution = NULL;
    arvo_resumed *next = NULL;
    arvo_events *events = NULL;
    arvo_error *error = NULL, *raised = NULL;
    arvo_execution_begin_resumable(resumable, init, &execution, &error);
    if (steps > 0) arvo_execution_locked(execution, true, &error);
    if (steps > 1) arvo_execution_found(execution, ARVO_NO_STR, &error);
    if (steps > 2) {
        arvo_resumed_new(&next, &error);
        arvo_value_set_i64(arvo_resumed_call(next, ARVO_STR("com.calc.add")), ARVO_STR("/a"), 1, &error);
        arvo_execution_resume(execution, next, &error);
    }
    switch (steps) {
        case 0: arvo_execution_cancel(execution, &error); break;
        case 1:
            arvo_error_raise(&raised, ARVO_STR("DiskFull"), ARVO_STR("no space left"));
            arvo_execution_raise(execution, &raised, &error);
            break;
        case 3: arvo_execution_conflict(execution, &error); break;
        default: break; /* at CALL: it is freed as it is */
    }
    CHECK_OK(error);
    if (arvo_execution_step(execution) == ARVO_STEP_UNLOCK) arvo_execution_unlocked(execution, NULL);
    arvo_execution_finish(execution, &events, &error);
    CHECK(error != NULL);
    ARVO_FREE(execution, next, events, error);
}

/* Fourteen executions. */
static void steps_of_workflows(void *work) {
    static const char *const operations[] = {"read", "write", "lock", "unlock"};
    flows *flows = work;
    int index;
    in_a_broker(flows);
    flows->plan.at_init = "violate";
    execute(flows->inside, flows->init, ARVO_CUSTOM_VIOLATION);
    flows->plan.at_init = "raise";
    execute(flows->inside, flows->init, ARVO_OK);
    flows->plan.at_init = NULL;
    for (index = 0; index < 4; index++) {
        flows->fails = operations[index];
        execute(flows->own, flows->init, index == 3 ? ARVO_OK : ARVO_TRANSACTION_VIOLATION);
        step_by_step(flows->stepwise, flows->init, index);
    }
    arvo_memory_clear(flows->memory, ARVO_NO_STR, NULL);
}

static void steps_of_workflows_leave_the_heap_flat(void) {
    arvo_memory_functions functions = {no_read, no_write, no_lock, no_unlock};
    flows flows = {{NULL, NULL}, "", 0, NULL, NULL, NULL, NULL, NULL, init_event(), init_event()};
    arvo_memory *own = NULL, *stepwise = NULL;
    arvo_error *error = NULL;
    arvo_memory_new(&flows.memory, &error);
    arvo_memory_new_own(&functions, &flows, NULL, &own, &error);
    arvo_memory_new_stepwise(&stepwise, &error);
    CHECK_OK(error);
    flows.inside = summing(&flows.plan, flows.memory, true);
    flows.own = summing(&flows.plan, own, true);
    flows.stepwise = summing(NULL, stepwise, true);
    flows.broker = broker_of(flows.inside);
    stays_flat("steps of workflows", steps_of_workflows, &flows, 14);
    ARVO_FREE(own, stepwise, flows.memory, flows.inside, flows.own, flows.stepwise, flows.broker, flows.init,
              flows.other);
}

/* --- machines --- */

typedef struct machines {
    mood mood;
    arvo_memory *memory;
    arvo_orchestrator *inside, *stepwise;
    arvo_broker *broker;
    arvo_event *init;
    arvo_machine_builder *builder;
} machines;

static void execute_machine(machines *machines, const char *at, const char *does, arvo_status wanted) {
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    machines->mood.at = at;
    machines->mood.does = does;
    CHECK_STATUS(arvo_orchestrator_execute(machines->inside, machines->init, &events, &error), wanted);
    machines->mood.at = NULL;
    ARVO_FREE(events, error);
    arvo_memory_clear(machines->memory, ARVO_NO_STR, NULL);
}

/* Ten executions and builds: a workflow from its beginning to its end, functions of each kind that fail, a step of a loop
 * that is given up, and machines that are made and refused. */
static void steps_of_machines(void *work) {
    static const char *const names[] = {"first", "ask", "note", "choose"};
    machines *machines = work;
    arvo_event *answer = NULL;
    arvo_execution *execution = NULL;
    arvo_machine *machine = NULL;
    arvo_error *error = NULL;
    int index;
    arvo_broker_resolve(machines->broker, machines->init, NULL, NULL, &answer, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(answer), "arvo.orc.sum.done");
    arvo_broker_clear_history(machines->broker, NULL);
    arvo_memory_clear(machines->memory, ARVO_NO_STR, NULL);
    for (index = 0; index < 4; index++) {
        execute_machine(machines, names[index], index % 2 ? "raise" : "violate",
                        index % 2 ? ARVO_OK : ARVO_CUSTOM_VIOLATION);
    }
    arvo_execution_begin_orchestrator(machines->stepwise, machines->init, &execution, &error);
    arvo_execution_locked(execution, true, &error);
    arvo_execution_found(execution, ARVO_NO_STR, &error); /* at COMMIT: it is freed as it is */
    arvo_machine_builder_definition(machines->builder, str(summing_machine), &error);
    arvo_machine_builder_build(machines->builder, &machine, &error);
    CHECK_OK(error);
    ARVO_FREE(machine, execution, answer);
    machine = NULL;
    arvo_machine_builder_definition(machines->builder, ARVO_STR("{\"initial\":\"x\",\"states\":{\"a\":{}}}"), &error);
    arvo_machine_builder_build(machines->builder, &machine, &error);
    CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, NULL);
}

static void steps_of_machines_leave_the_heap_flat(void) {
    machines machines = {{NULL, NULL, NULL, false, NULL, NULL, NULL, 0, 0, 0, 0}, NULL, NULL, NULL, NULL, NULL, NULL};
    arvo_memory *stepwise = NULL;
    arvo_error *error = NULL;
    arvo_memory_new(&machines.memory, &error);
    arvo_memory_new_stepwise(&stepwise, &error);
    CHECK_OK(error);
    machines.init = init_event();
    machines.inside = orchestrating(&machines.mood, summing_machine, machines.memory);
    machines.stepwise = orchestrating(&machines.mood, summing_machine, stepwise);
    machines.broker = broker_with(machines.inside);
    machines.builder = machine_builder(&machines.mood);
    stays_flat("steps of machines", steps_of_machines, &machines, 10);
    ARVO_FREE(stepwise, machines.memory, machines.inside, machines.stepwise, machines.broker, machines.init,
              machines.builder);
}

const struct test heap_tests[] = {
    {"100,000 failing calls leave the heap flat", failing_calls_leave_the_heap_flat},
    {"100,000 steps of workflows leave the heap flat", steps_of_workflows_leave_the_heap_flat},
    {"100,000 steps of machines leave the heap flat", steps_of_machines_leave_the_heap_flat},
    {NULL, NULL}};
