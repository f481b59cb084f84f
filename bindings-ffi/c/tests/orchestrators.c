/* Orchestrators: machines with C functions as workflows, and all the ways in which those fail. */
#include <pthread.h>
#include <string.h>

#include "machine.h"

static mood calm(void) {
    mood mood = {NULL, NULL, NULL, false, NULL, NULL, NULL, 0, 0, 0, 0};
    return mood;
}

/* Runs the whole workflow: init, call, answer, completion. */
static void run(const arvo_orchestrator *orchestrator) {
    arvo_event *init = init_event(), *answer;
    arvo_events *calls = NULL, *end = NULL, *late = NULL;
    arvo_error *error = NULL;
    double units = 0;
    arvo_orchestrator_execute(orchestrator, init, &calls, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(calls) == 1);
    CHECK_TEXT(arvo_event_type(arvo_events_at(calls, 0)), "com.calc.add");
    CHECK_TEXT(arvo_event_data_text(arvo_events_at(calls, 0)), "{\"a\":41}");
    CHECK(arvo_event_executionunits(arvo_events_at(calls, 0), &units) && units == 2);
    answer = answer_to(arvo_events_at(calls, 0));
    arvo_orchestrator_execute(orchestrator, answer, &end, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(end) == 1);
    CHECK_TEXT(arvo_event_type(arvo_events_at(end, 0)), "arvo.orc.sum.done");
    CHECK_TEXT(arvo_event_data_text(arvo_events_at(end, 0)), "{\"total\":42}");
    arvo_orchestrator_execute(orchestrator, answer, &late, &error); /* it is over */
    CHECK_OK(error);
    CHECK(arvo_events_count(late) == 0);
    ARVO_FREE(init, answer, calls, end, late);
}

static void a_machine_with_functions_of_each_kind_is_a_workflow(void) {
    mood mood = calm();
    arvo_orchestrator *orchestrator = orchestrating(&mood, summing_machine, NULL);
    mood.elsewhere = true;
    run(orchestrator);
    CHECK(mood.noted == 2 && mood.logged == 1 && mood.freed == 0);
    arvo_orchestrator_free(orchestrator);
    CHECK(mood.freed == 1);
}

/* The record of a workflow, as text; no text if nothing is kept. */
static arvo_text *record_of(const arvo_memory *memory, const arvo_event *event) {
    arvo_text *record = NULL;
    arvo_error *error = NULL;
    arvo_memory_read(memory, arvo_event_subject(event), &record, &error);
    CHECK_OK(error);
    return record;
}

/* One event whose step fails in `name` as `does` says. */
static void with_failure(const char *name, const char *does, bool at_answer) {
    mood mood = calm();
    arvo_memory *memory = NULL;
    arvo_orchestrator *orchestrator;
    arvo_event *init = init_event(), *event = init;
    arvo_events *calls = NULL, *events = NULL;
    arvo_text *before, *after;
    arvo_error *error = NULL;
    arvo_memory_new(&memory, &error);
    orchestrator = orchestrating(&mood, summing_machine, memory);
    if (at_answer) {
        arvo_orchestrator_execute(orchestrator, init, &calls, &error);
        CHECK_OK(error);
        event = answer_to(arvo_events_at(calls, 0));
    }
    before = record_of(memory, init);
    mood.at = name;
    mood.does = does;
    arvo_orchestrator_execute(orchestrator, event, &events, &error);
    after = record_of(memory, init);
    if (strcmp(does, "violate") == 0 || strcmp(does, "status") == 0) {
        bool has_object = strcmp(does, "violate") == 0;
        CHECK(arvo_error_object(error) == (has_object ? &mood : NULL));
        CHECK(events == NULL && same(arvo_text_view(before), arvo_text_view(after)));
        CHECK_ERROR(error, has_object ? ARVO_CUSTOM_VIOLATION : ARVO_EXECUTION_VIOLATION,
                    has_object ? "later" : "returned status 3 and set no error");
    } else {
        const char *part = strcmp(does, "lie") == 0 ? "wrote 7 to *passes" : "it broke";
        CHECK_OK(error);
        CHECK(arvo_events_count(events) == 1);
        CHECK_TEXT(arvo_event_type(arvo_events_at(events, 0)), "sys.arvo.orc.sum.error");
        CHECK(contains(arvo_event_data_text(arvo_events_at(events, 0)), part));
        CHECK(contains(arvo_text_view(after), "\"executionStatus\":\"failure\""));
    }
    if (at_answer) arvo_event_free(event);
    ARVO_FREE(init, calls, events, before, after, orchestrator, memory);
}

static void each_kind_of_function_fails_at_its_place(void) {
    static const char *const moods[] = {"raise", "violate", "status"};
    size_t index;
    for (index = 0; index < 3; index++) {
        with_failure("first", moods[index], false);
        with_failure("ask", moods[index], false);
        with_failure("note", moods[index], false);
        with_failure("choose", moods[index], false);
        with_failure("right", moods[index], true);
        with_failure("kept", moods[index], true);
        with_failure("total", moods[index], true);
    }
    with_failure("right", "lie", true);
}

/* What the machine tells when an enqueue function asks about this guard. */
static void asked(const char *guard, const char *part) {
    mood mood = calm();
    arvo_orchestrator *orchestrator = orchestrating(&mood, summing_machine, NULL);
    arvo_event *init = init_event();
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    mood.asks = guard;
    arvo_orchestrator_execute(orchestrator, init, &events, &error);
    CHECK_OK(error);
    CHECK(contains(arvo_event_data_text(arvo_events_at(events, 0)), part));
    ARVO_FREE(init, events, orchestrator);
}

static void guards_that_cannot_be_asked_say_so(void) {
    asked("\"nobody\"", "Guard 'nobody' is not implemented");
    asked("17", "a guard must be text or an object");
    asked("{\"$fn\":\"nobody\"}", "the machine has no function nobody");
    asked("{\"$fn\":\"note\"}", "function 'note' of the machine is an action, but stands where a value or guard does");
    asked("{\"$\":\"context.none\"}", "none");
}

static void a_violation_of_a_guard_comes_through_the_function_that_asked(void) {
    mood mood = calm();
    arvo_orchestrator *orchestrator = orchestrating(&mood, summing_machine, NULL);
    arvo_event *init = init_event();
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    mood.at = "right";
    mood.does = "violate";
    arvo_orchestrator_execute(orchestrator, init, &events, &error);
    CHECK(arvo_error_object(error) == &mood);
    CHECK_ERROR(error, ARVO_CUSTOM_VIOLATION, "later");
    ARVO_FREE(init, events, orchestrator);
}

static void a_list_of_actions_ends_with_its_function(void) {
    mood mood = calm();
    arvo_orchestrator *orchestrator = orchestrating(&mood, summing_machine, NULL);
    bool passes = false;
    arvo_error *error = NULL;
    run(orchestrator);
    CHECK(mood.kept != NULL);
    arvo_actions_check(mood.kept, ARVO_STR("right"), NULL, &passes, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "actions was freed already");
    arvo_actions_add(mood.kept, ARVO_STR("note"), NULL, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "actions was freed already");
    arvo_orchestrator_free(orchestrator);
}

static void a_function_that_stands_in_a_wrong_place_is_named(void) {
    mood mood = calm();
    arvo_orchestrator *orchestrator = orchestrating(
        &mood, "{\"id\":\"m\",\"context\":{\"$fn\":\"note\"},\"initial\":\"a\",\"states\":{\"a\":{}}}", NULL);
    arvo_event *init = init_event();
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_orchestrator_execute(orchestrator, init, &events, &error);
    CHECK_OK(error);
    CHECK(contains(arvo_event_data_text(arvo_events_at(events, 0)), "function 'note' of the machine is an action"));
    ARVO_FREE(init, events, orchestrator);
}

static void a_record_of_a_machine_that_has_changed_is_refused(void) {
    static const char changed[] =
        "{\"id\":\"sum\",\"context\":{\"n\":1},\"initial\":\"new\",\"states\":{\"new\":{\"on\":{\"*\":\"new\"}}}}";
    mood mood = calm();
    arvo_memory *memory = NULL;
    arvo_orchestrator *before, *after;
    arvo_event *init = init_event(), *answer;
    arvo_events *calls = NULL, *events = NULL;
    arvo_text *kept, *left;
    arvo_error *error = NULL;
    arvo_memory_new(&memory, &error);
    before = orchestrating(&mood, summing_machine, memory);
    after = orchestrating(&mood, changed, memory);
    arvo_orchestrator_execute(before, init, &calls, &error);
    CHECK_OK(error);
    answer = answer_to(arvo_events_at(calls, 0));
    kept = record_of(memory, init);
    arvo_orchestrator_execute(after, answer, &events, &error);
    CHECK_ERROR(error, ARVO_EXECUTION_VIOLATION, "does not fit machine 'sum'");
    left = record_of(memory, init);
    CHECK(events == NULL && same(arvo_text_view(kept), arvo_text_view(left)));
    arvo_orchestrator_execute(before, answer, &events, &error); /* the old machine goes on */
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(arvo_events_at(events, 0)), "arvo.orc.sum.done");
    ARVO_FREE(init, answer, calls, events, kept, left, before, after, memory);
}

static void machines_that_do_not_fit_each_other_are_refused(void) {
    mood mood = calm();
    arvo_machine *machine = machine_of(&mood, summing_machine);
    arvo_orchestrator_builder *builder = NULL;
    arvo_orchestrator *orchestrator = NULL;
    arvo_error *error = NULL;
    arvo_orchestrator_builder_new(&builder, &error);
    arvo_orchestrator_builder_build(builder, &orchestrator, &error);
    CHECK_ERROR(error, ARVO_INVALID_CONTRACT, "At least one machine must be provided");
    arvo_orchestrator_builder_machine(builder, machine, &error);
    arvo_orchestrator_builder_machine(builder, machine, &error);
    arvo_orchestrator_builder_build(builder, &orchestrator, &error);
    CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, "unique machine versions");
    CHECK(orchestrator == NULL);
    ARVO_FREE(builder, machine);
}

static void in_a_loop_the_machine_takes_its_step_when_the_record_is_read(void) {
    static const arvo_step order[] = {ARVO_STEP_LOCK, ARVO_STEP_READ, ARVO_STEP_COMMIT, ARVO_STEP_UNLOCK,
                                      ARVO_STEP_DONE};
    mood mood = calm();
    arvo_memory *memory = NULL;
    arvo_orchestrator *orchestrator;
    arvo_event *init = init_event();
    arvo_events *events = NULL;
    arvo_execution *execution = NULL;
    arvo_error *error = NULL;
    size_t index;
    arvo_memory_new_stepwise(&memory, &error);
    orchestrator = orchestrating(&mood, summing_machine, memory);
    arvo_execution_begin_orchestrator(orchestrator, init, &execution, &error);
    mood.running = execution;
    for (index = 0; index < 5; index++) {
        CHECK(arvo_execution_step(execution) == order[index]);
        CHECK((mood.noted > 0) == (index > 1));
        switch (arvo_execution_step(execution)) {
            case ARVO_STEP_LOCK: arvo_execution_locked(execution, true, &error); break;
            case ARVO_STEP_READ: arvo_execution_found(execution, ARVO_NO_STR, &error); break;
            case ARVO_STEP_COMMIT:
                CHECK(arvo_execution_record(execution).len > 0);
                CHECK(arvo_events_count(arvo_execution_emitted(execution)) == 1);
                arvo_execution_commit(execution, &error);
                break;
            case ARVO_STEP_UNLOCK: arvo_execution_unlocked(execution, &error); break;
            default: break;
        }
    }
    CHECK(mood.answered == ARVO_BUSY); /* a function can't answer the execution that it runs in */
    arvo_execution_finish(execution, &events, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(arvo_events_at(events, 0)), "com.calc.add");
    arvo_events_free(events);
    events = NULL;
    arvo_orchestrator_execute(orchestrator, init, &events, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "stepwise");
    ARVO_FREE(init, execution, orchestrator, memory);
}

static void expressions_have_the_limits_of_their_environment(void) {
    static const char definition[] = "{\"id\":\"m\",\"context\":{\"n\":{\"$\":\"[1,2,3].map(i, i + 1).sum()\"}},"
                                     "\"initial\":\"a\",\"states\":{\"a\":{}}}";
    arvo_machine_builder *builder = NULL;
    arvo_environment *environment = NULL;
    arvo_limits limits = arvo_limits_default();
    arvo_chart *chart = NULL;
    arvo_value *step = NULL;
    arvo_error *error = NULL;
    limits.expression_steps = 3;
    arvo_environment_new(NULL, NULL, NULL, NULL, &limits, &environment, &error);
    arvo_machine_builder_new(NULL, &builder, &error);
    arvo_machine_builder_definition(builder, str(definition), &error);
    arvo_machine_builder_environment(builder, environment, &error);
    arvo_chart_compile(builder, &chart, &error);
    CHECK_OK(error);
    arvo_chart_start(chart, NULL, &step, &error);
    CHECK_TEXT(arvo_error_name(error), "ExpressionBudget");
    CHECK_ERROR(error, ARVO_EXPRESSION_FAILED, NULL);
    ARVO_FREE(builder, environment, chart, step);
}

/* Puts 7 where there is no number. */
static arvo_status seven(void *user_data, const arvo_value *data, arvo_value **out, arvo_error **error) {
    ++*(int *)user_data;
    if (arvo_value_kind(data, ARVO_STR("/n")) == ARVO_NUMBER) return ARVO_OK;
    arvo_value_get(data, ARVO_NO_STR, out, error);
    return arvo_value_set_i64(*out, ARVO_STR("/n"), 7, error);
}

static void schemas_of_the_program_judge_what_machines_take_and_give(void) {
    static const char definition[] =
        "{\"id\":\"m\",\"context\":{\"n\":{\"$\":\"input.data.n\"}},\"initial\":\"a\",\"output\":{\"total\":{\"$\":"
        "\"context.n + 1\"}},\"states\":{\"a\":{\"type\":\"final\"}}}";
    int asked = 0;
    arvo_schema *schema = NULL;
    arvo_emit complete;
    arvo_contract_builder *contracts = NULL;
    arvo_contract *contract = NULL;
    arvo_contract_version *version = NULL;
    arvo_machine_builder *builder = NULL;
    arvo_machine *machine = NULL;
    arvo_orchestrator *orchestrator = NULL;
    arvo_event *init = NULL;
    arvo_events *end = NULL;
    arvo_error *error = NULL;
    arvo_schema_new_host(seven, &asked, NULL, NULL, &schema, &error);
    complete.type = ARVO_NO_STR;
    complete.schema = schema;
    arvo_contract_builder_orchestrator(ARVO_STR("#/flows/seven"), ARVO_STR("seven"), &contracts, &error);
    arvo_contract_builder_version(contracts, ARVO_STR("1.0.0"), schema, &complete, 1, &error);
    arvo_contract_builder_build(contracts, &contract, &error);
    arvo_contract_lookup(contract, ARVO_STR("latest"), &version, &error);
    arvo_machine_builder_new(version, &builder, &error);
    arvo_machine_builder_definition(builder, str(definition), &error);
    arvo_machine_builder_build(builder, &machine, &error);
    arvo_orchestrator_new(machine, &orchestrator, &error);
    arvo_factory_request(contract, ARVO_STR("com.test.client"), ARVO_STR("{\"parentSubject$$\":null,\"n\":1}"), &init,
                         &error);
    CHECK_OK(error);
    asked = 0;
    arvo_orchestrator_execute(orchestrator, init, &end, &error);
    CHECK_OK(error);
    CHECK(asked == 2); /* about what came in, and about the output */
    CHECK_TEXT(arvo_event_data_text(arvo_events_at(end, 0)), "{\"total\":2,\"n\":7}");
    ARVO_FREE(schema, contracts, contract, version, builder, machine, orchestrator, init, end);
}

/* --- threads --- */

enum { THREADS = 4 };

typedef struct part {
    const arvo_broker *broker;
    int first, size, good;
} part;

static void *resolving(void *user_data) {
    part *part = user_data;
    int number;
    for (number = part->first; number < part->first + part->size; number++) {
        arvo_event *init = init_of(number), *answer = NULL;
        arvo_value *data = NULL;
        int64_t total = 0;
        if (arvo_broker_resolve(part->broker, init, NULL, NULL, &answer, NULL) == ARVO_OK &&
            arvo_event_data(answer, &data, NULL) == ARVO_OK &&
            arvo_value_i64(data, ARVO_STR("/total"), &total, NULL) == ARVO_OK && total == number + 1) {
            part->good++;
        }
        ARVO_FREE(init, answer, data);
    }
    return NULL;
}

/* The machine of a file: the moods of the other one would be a race. */
static arvo_orchestrator *of_expressions(void) {
    static const char definition[] =
        "{\"id\":\"sum\",\"context\":{\"n\":{\"$\":\"input.data.n\"}},\"initial\":\"asking\","
        "\"output\":{\"total\":{\"$\":\"context.n + 1\"}},\"states\":{\"asking\":{\"entry\":{\"emit\":"
        "{\"type\":\"com.calc.add\",\"data\":{\"a\":{\"$\":\"context.n\"}}}},"
        "\"on\":{\"evt.calc.add.success\":{\"guard\":\"right\",\"target\":\"done\"},\"*\":\"done\"}},"
        "\"done\":{\"type\":\"final\"}}}";
    static mood mood; /* its guard writes nothing */
    return orchestrating(&mood, definition, NULL);
}

static void machines_run_on_several_threads(void) {
    int size = quick ? 40 : 1000, index, good = 0;
    arvo_orchestrator *orchestrator = of_expressions();
    arvo_broker *broker = broker_with(orchestrator);
    pthread_t threads[THREADS];
    part parts[THREADS];
    for (index = 0; index < THREADS; index++) {
        part part = {NULL, 0, 0, 0};
        part.broker = broker;
        part.first = index * (size / THREADS);
        part.size = size / THREADS;
        parts[index] = part;
        CHECK(pthread_create(&threads[index], NULL, resolving, &parts[index]) == 0);
    }
    for (index = 0; index < THREADS; index++) {
        pthread_join(threads[index], NULL);
        good += parts[index].good;
    }
    CHECK(good == size);
    ARVO_FREE(broker, orchestrator);
}

const struct test orchestrator_tests[] = {
    {"a machine with functions of each kind is a workflow", a_machine_with_functions_of_each_kind_is_a_workflow},
    {"each kind of function fails at its place", each_kind_of_function_fails_at_its_place},
    {"guards that can't be asked say so", guards_that_cannot_be_asked_say_so},
    {"a guard's violation comes through the function that asked",
     a_violation_of_a_guard_comes_through_the_function_that_asked},
    {"a list of actions ends with its function", a_list_of_actions_ends_with_its_function},
    {"a function in a wrong place is named", a_function_that_stands_in_a_wrong_place_is_named},
    {"a record of a machine that has changed is refused", a_record_of_a_machine_that_has_changed_is_refused},
    {"machines that do not fit each other are refused", machines_that_do_not_fit_each_other_are_refused},
    {"in a loop the machine takes its step when the record is read",
     in_a_loop_the_machine_takes_its_step_when_the_record_is_read},
    {"expressions have the limits of their environment", expressions_have_the_limits_of_their_environment},
    {"schemas of the program judge what machines take and give",
     schemas_of_the_program_judge_what_machines_take_and_give},
    {"machines run on several threads", machines_run_on_several_threads},
    {NULL, NULL},
};
