/* Machines: what is refused when they are built, all of it at once; charts by themselves; pictures; files. */
#include <string.h>

#include "machine.h"

/* Builds a definition that must be refused; the error. */
static arvo_error *refusal(const char *definition) {
    mood mood = {NULL, NULL, NULL, false, NULL, NULL, NULL, 0, 0, 0, 0};
    arvo_machine_builder *builder = machine_builder(&mood);
    arvo_machine *machine = NULL;
    arvo_error *error = NULL;
    arvo_machine_builder_definition(builder, str(definition), &error);
    CHECK_STATUS(arvo_machine_builder_build(builder, &machine, &error), ARVO_CONFIG_VIOLATION);
    CHECK(machine == NULL);
    arvo_machine_builder_free(builder);
    CHECK(mood.freed == 1);
    return error;
}

static void bad_definitions_are_refused_with_all_their_problems(void) {
    static const struct {
        const char *definition, *code, *path, *message;
    } rows[] = {
        {"{\"initial\":\"b\",\"states\":{\"a\":{}}}", "E-INITIAL", "initial", "\"b\""},
        {"{\"initial\":\"a\",\"states\":{\"a\":{\"on\":{\"E\":\"nowhere\"}}}}", "E-TARGET", "states.a.on.E",
         "'nowhere' does not exist"},
        {"{\"initial\":\"a\",\"states\":{\"a\":{\"on\":{\"E\":{\"guard\":\"rigt\"}}}}}", "E-UNKNOWN-GUARD",
         "states.a.on.E.guard", "Did you mean 'right'"},
        {"{\"initial\":\"a\",\"states\":{\"a\":{\"entry\":\"nothing\"}}}", "E-UNKNOWN-ACTION", "states.a.entry",
         "'nothing' is not implemented"},
        {"{\"context\":{\"$fn\":\"nobody\"},\"initial\":\"a\",\"states\":{\"a\":{}}}", "E-UNKNOWN-FUNCTION", "",
         "'nobody'"},
        {"{\"initial\":\"a\",\"states\":{\"a\":{\"invoke\":{\"src\":\"x\"}}}}", "E-UNSUPPORTED", "states.a.invoke",
         "'invoke' not supported"},
        {"{\"initial\":\"a\",\"states\":{\"a\":{\"on\":{\"E\":{\"guard\":{\"$\":\"1 +\"}}}}}}", "E-EXPR",
         "states.a.on.E.guard", "line 1"},
        {"[]", "E-FORM", "", "must be an object"},
    };
    size_t index;
    for (index = 0; index < sizeof rows / sizeof *rows; index++) {
        arvo_error *error = refusal(rows[index].definition);
        CHECK(has_detail(error, "/problems", "code", rows[index].code));
        CHECK(has_detail(error, "/problems", "path", rows[index].path));
        CHECK(has_detail(error, "/problems", "severity", "error"));
        CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, rows[index].message);
    }
}

static void several_problems_come_together(void) {
    arvo_error *error =
        refusal("{\"initial\":\"x\",\"states\":{\"a\":{\"on\":{\"E\":\"y\"},\"entry\":\"z\"},\"b\":{}}}");
    size_t count = 0;
    arvo_value_count(arvo_error_details(error), ARVO_STR("/problems"), &count, NULL);
    CHECK(count >= 3 && has_detail(error, "/problems", "code", "E-INITIAL") &&
          has_detail(error, "/problems", "code", "E-TARGET") &&
          has_detail(error, "/problems", "code", "E-UNKNOWN-ACTION"));
    CHECK_TEXT(arvo_error_violation(error), "Config");
    CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, "'z' is not implemented");
}

static void warnings_are_told_and_refuse_when_that_is_wished(void) {
    mood mood = {NULL, NULL, NULL, false, NULL, NULL, NULL, 0, 0, 0, 0};
    arvo_machine_builder *builder = machine_builder(&mood);
    arvo_machine *machine = NULL;
    arvo_value *warnings = NULL;
    arvo_str code = ARVO_NO_STR, severity = ARVO_NO_STR;
    arvo_error *error = NULL;
    arvo_machine_builder_definition(
        builder, ARVO_STR("{\"initial\":\"a\",\"states\":{\"a\":{\"on\":{\"E\":\"a\"}},\"b\":{\"on\":{\"E\":\"a\"}}}}"),
        &error);
    arvo_machine_builder_build(builder, &machine, &error);
    arvo_machine_warnings(machine, &warnings, &error);
    arvo_value_text(warnings, ARVO_STR("/0/code"), &code, &error);
    arvo_value_text(warnings, ARVO_STR("/0/severity"), &severity, &error);
    CHECK_OK(error);
    CHECK(code.len > 2 && code.ptr[0] == 'W' && same(severity, ARVO_STR("warning")));
    arvo_machine_free(machine);
    machine = NULL;
    arvo_machine_builder_strict(builder, true, &error);
    arvo_machine_builder_build(builder, &machine, &error);
    CHECK(has_detail(error, "/problems", "code", "W-UNREACHABLE"));
    CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, NULL);
    CHECK(machine == NULL);
    ARVO_FREE(builder, warnings);
}

static void what_a_builder_is_given_must_be_what_it_takes(void) {
    arvo_machine_builder *builder = NULL;
    arvo_machine *machine = NULL;
    arvo_error *error = NULL;
    arvo_machine_builder_new(NULL, &builder, &error);
    CHECK_OK(error);
    arvo_machine_builder_definition(builder, ARVO_STR("{"), &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, NULL);
    arvo_machine_builder_setup(builder, ARVO_STR("[]"), &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "json is no object");
    arvo_machine_builder_setup(builder, ARVO_STR("{\"guards\""), &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, NULL);
    arvo_machine_builder_guard(builder, ARVO_STR("g"), NULL, NULL, NULL, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "function is NULL; pass one for 'g'");
    arvo_machine_builder_log(builder, NULL, NULL, NULL, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "function is NULL");
    arvo_machine_builder_build(builder, &machine, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "a machine needs a contract");
    arvo_machine_builder_free(builder);
}

static const char *const portable =
    "{\"contract\":{\"uri\":\"#/flows/sum\",\"version\":\"1.0.0\"},"
    "\"services\":{\"add\":{\"uri\":\"#/services/add\",\"version\":\"1.0.0\"}},"
    "\"actions\":{\"ask\":{\"emit\":{\"type\":\"com.calc.add\",\"data\":{\"a\":{\"$\":\"context.n\"}}}}},"
    "\"machine\":{\"id\":\"sum\",\"context\":{\"n\":{\"$\":\"input.data.n\"}},\"initial\":\"asking\","
    "\"output\":{\"total\":{\"$\":\"context.n + 1\"}},"
    "\"states\":{\"asking\":{\"entry\":\"ask\",\"on\":{\"evt.calc.add.success\":\"done\","
    "\"sys.com.calc.add.error\":\"done\"}},\"done\":{\"type\":\"final\"}}}}";

static arvo_status make(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    (void)args;
    return arvo_value_set_text(value, ARVO_STR("/type"), str(user_data), error);
}

static void a_file_is_given_functions(void) {
    arvo_contract *flow = sums(), *service = adding();
    const arvo_contract *contracts[2];
    arvo_machine_builder *builder = NULL;
    arvo_machine *machine = NULL;
    arvo_chart *chart = NULL;
    arvo_value *input = value_of("{\"data\":{\"n\":5}}"), *step = NULL;
    arvo_str type = ARVO_NO_STR;
    arvo_error *error = NULL;
    contracts[0] = flow;
    contracts[1] = service;
    arvo_machine_builder_from_json(str(portable), contracts, 2, &builder, &error);
    arvo_machine_builder_setup(builder, ARVO_STR("{\"actions\":{\"ask\":{\"emit\":{\"$fn\":\"make\"}}}}"), &error);
    CHECK_OK(error);
    arvo_machine_builder_build(builder, &machine, &error);
    CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, "'make'");
    arvo_machine_builder_value(builder, ARVO_STR("make"), make, "com.calc.add", NULL, &error);
    arvo_machine_builder_build(builder, &machine, &error);
    arvo_machine_chart(machine, &chart, &error);
    arvo_chart_start(chart, input, &step, &error);
    arvo_value_text(step, ARVO_STR("/emitted/0/type"), &type, &error);
    CHECK_OK(error);
    CHECK_TEXT(type, "com.calc.add");
    ARVO_FREE(flow, service, builder, machine, chart, input, step);
}

static void a_file_is_a_machine(void) {
    arvo_contract *flow = sums(), *service = adding();
    const arvo_contract *contracts[2];
    arvo_machine *machine = NULL;
    arvo_orchestrator *orchestrator = NULL;
    arvo_broker *broker;
    arvo_event *init = init_event(), *answer = NULL;
    arvo_error *error = NULL;
    contracts[0] = flow;
    contracts[1] = service;
    arvo_machine_from_json(str(portable), contracts, 2, &machine, &error);
    arvo_orchestrator_new(machine, &orchestrator, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_machine_id(machine), "sum");
    CHECK_TEXT(arvo_machine_version(machine), "1.0.0");
    CHECK_TEXT(arvo_machine_source(machine), "arvo.orc.sum");
    CHECK(!arvo_machine_locking(machine) && !arvo_orchestrator_locking(orchestrator));
    CHECK(arvo_machine_definition(machine).len > 100);
    broker = broker_with(orchestrator);
    arvo_broker_resolve(broker, init, NULL, NULL, &answer, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_data_text(answer), "{\"total\":42}");
    arvo_machine_free(machine);
    machine = NULL;
    arvo_machine_from_json(str(portable), contracts, 1, &machine, &error);
    CHECK(has_detail(error, "/problems", "code", "E-SERVICE"));
    CHECK(has_detail(error, "/problems", "path", "services.add"));
    CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, "#/services/add");
    arvo_machine_from_json(str(portable), NULL, 1, &machine, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "contracts is NULL");
    arvo_machine_from_json(ARVO_STR("{\"contract\":1}"), contracts, 2, &machine, &error);
    CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, "a machine's file is");
    arvo_machine_from_json(ARVO_STR("nothing"), contracts, 2, &machine, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, NULL);
    CHECK(machine == NULL);
    ARVO_FREE(init, answer, broker, orchestrator, flow, service);
}

/* --- charts by themselves --- */

static void a_chart_takes_steps_over_snapshots(void) {
    mood mood = {NULL, NULL, NULL, false, NULL, NULL, NULL, 0, 0, 0, 0};
    arvo_machine *machine = machine_of(&mood, summing_machine);
    arvo_chart *chart = NULL;
    arvo_value *input = value_of("{\"data\":{\"n\":5}}"), *step = NULL, *snapshot = NULL, *trace = NULL;
    arvo_value *event = value_of("{\"type\":\"evt.calc.add.success\",\"data\":{\"sum\":6}}"), *end = NULL;
    arvo_str value = ARVO_NO_STR;
    int64_t total = 0;
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_machine_chart(machine, &chart, &error);
    arvo_chart_start(chart, input, &step, &error);
    arvo_value_text(step, ARVO_STR("/emitted/0/type"), &value, &error);
    CHECK_TEXT(value, "com.calc.add");
    arvo_value_get(step, ARVO_STR("/snapshot"), &snapshot, &error);
    arvo_chart_send(chart, snapshot, event, &end, &error);
    arvo_value_i64(end, ARVO_STR("/snapshot/output/total"), &total, &error);
    CHECK_OK(error);
    CHECK(total == 6 && mood.noted == 2 && mood.logged == 1);
    arvo_value_get(end, ARVO_STR("/taken"), &trace, &error);
    arvo_machine_mermaid(machine, ARVO_NO_STR, trace, &text, &error);
    CHECK_OK(error);
    CHECK(contains(arvo_text_view(text), " 1"));
    arvo_value_set_text(snapshot, ARVO_STR("/value"), ARVO_STR("gone"), &error);
    arvo_value_free(end);
    end = NULL;
    arvo_chart_send(chart, snapshot, event, &end, &error);
    CHECK_ERROR(error, ARVO_EXECUTION_VIOLATION, "does not fit machine 'sum'");
    arvo_chart_send(chart, snapshot, input, &end, &error);
    CHECK(error != NULL && end == NULL); /* an event needs a type */
    ARVO_FREE(error, machine, chart, input, step, snapshot, event, trace, text);
}

static void a_chart_needs_no_contract(void) {
    arvo_machine_builder *builder = NULL;
    arvo_chart *chart = NULL;
    arvo_value *step = NULL;
    arvo_str name = ARVO_NO_STR;
    arvo_error *error = NULL;
    arvo_machine_builder_new(NULL, &builder, &error);
    arvo_machine_builder_definition(
        builder,
        ARVO_STR("{\"id\":\"lamp\",\"initial\":\"on\",\"states\":{\"on\":{\"tags\":\"bright\",\"entry\":"
                 "{\"type\":\"enqueueArvoEvent\",\"params\":{\"type\":\"com.lamp.lit\"}}}}}"),
        &error);
    arvo_chart_compile(builder, &chart, &error);
    arvo_chart_start(chart, NULL, &step, &error);
    arvo_value_text(step, ARVO_STR("/enqueued/0/type"), &name, &error);
    CHECK_OK(error);
    CHECK_TEXT(name, "com.lamp.lit");
    arvo_value_text(step, ARVO_STR("/tags/0"), &name, &error);
    CHECK_TEXT(name, "bright");
    arvo_chart_free(chart);
    chart = NULL;
    arvo_machine_builder_definition(builder, ARVO_STR("{\"initial\":\"b\",\"states\":{\"a\":{}}}"), &error);
    arvo_chart_compile(builder, &chart, &error);
    CHECK(has_detail(error, "/problems", "code", "E-INITIAL"));
    CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, NULL);
    arvo_machine_builder_definition(
        builder,
        ARVO_STR("{\"initial\":\"a\",\"states\":{\"a\":{\"entry\":{\"fail\":{\"name\":\"Late\",\"message\":\"too "
                 "late\"}}}}}"),
        &error);
    arvo_chart_compile(builder, &chart, &error);
    arvo_value_free(step);
    step = NULL;
    arvo_chart_start(chart, NULL, &step, &error);
    CHECK_TEXT(arvo_error_name(error), "Late");
    CHECK_ERROR(error, ARVO_USER_ERROR, "too late");
    ARVO_FREE(builder, chart, step);
}

static void an_error_comes_out_of_a_chart_as_itself(void) {
    static const char *const names[] = {"first", "ask", "note", "choose"};
    mood mood = {NULL, NULL, NULL, false, NULL, NULL, NULL, 0, 0, 0, 0};
    arvo_machine *machine = machine_of(&mood, summing_machine);
    arvo_chart *chart = NULL;
    arvo_value *input = value_of("{\"data\":{\"n\":5}}"), *step = NULL;
    arvo_error *error = NULL;
    size_t index;
    arvo_machine_chart(machine, &chart, &error);
    mood.does = "raise";
    for (index = 0; index < 4; index++) {
        mood.at = names[index];
        arvo_chart_start(chart, input, &step, &error);
        CHECK(arvo_error_object(error) == &mood && step == NULL);
        CHECK_TEXT(arvo_error_name(error), "Broken");
        CHECK_ERROR(error, ARVO_USER_ERROR, "it broke");
    }
    ARVO_FREE(machine, chart, input);
}

static void a_machine_is_drawn_and_described(void) {
    static const char snapshot[] =
        "{\"status\":\"active\",\"value\":\"asking\",\"historyValue\":{},\"context\":{},\"children\":{}}";
    mood mood = {NULL, NULL, NULL, false, NULL, NULL, NULL, 0, 0, 0, 0};
    arvo_machine *machine = machine_of(&mood, summing_machine);
    arvo_value *state = NULL, *trace = value_of("[0]"), *wrong = value_of("[-1]");
    arvo_text *mermaid = NULL, *dot = NULL;
    arvo_str value = ARVO_NO_STR;
    arvo_error *error = NULL;
    arvo_machine_mermaid(machine, str(snapshot), trace, &mermaid, &error);
    arvo_machine_dot(machine, ARVO_NO_STR, NULL, &dot, &error);
    arvo_machine_describe(machine, str(snapshot), &state, &error);
    arvo_value_text(state, ARVO_STR("/value"), &value, &error);
    CHECK_OK(error);
    CHECK_TEXT(value, "asking");
    CHECK(same(arvo_str_of(arvo_text_view(mermaid).ptr, 15), ARVO_STR("stateDiagram-v2")));
    CHECK(same(arvo_str_of(arvo_text_view(dot).ptr, 7), ARVO_STR("digraph")));
    arvo_text_free(dot);
    dot = NULL;
    arvo_machine_dot(machine, ARVO_STR("{\"status\":\"active\",\"value\":\"gone\"}"), NULL, &dot, &error);
    CHECK_ERROR(error, ARVO_EXECUTION_VIOLATION, "names 'gone'");
    arvo_machine_dot(machine, ARVO_NO_STR, wrong, &dot, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "trace is no array");
    arvo_machine_describe(machine, ARVO_STR("nothing"), &state, &error);
    CHECK_ERROR(error, ARVO_EXECUTION_VIOLATION, "can't be read");
    ARVO_FREE(machine, state, trace, wrong, mermaid, dot);
}

const struct test machine_tests[] = {
    {"bad definitions are refused with code, place and what to do",
     bad_definitions_are_refused_with_all_their_problems},
    {"several problems of a definition come together", several_problems_come_together},
    {"warnings are told, and refuse when that is wished", warnings_are_told_and_refuse_when_that_is_wished},
    {"a builder of machines refuses what it can't take", what_a_builder_is_given_must_be_what_it_takes},
    {"a file is a machine", a_file_is_a_machine},
    {"a file is given functions", a_file_is_given_functions},
    {"a chart takes steps over snapshots", a_chart_takes_steps_over_snapshots},
    {"a chart needs no contract", a_chart_needs_no_contract},
    {"an error comes out of a chart as itself", an_error_comes_out_of_a_chart_as_itself},
    {"a machine is drawn and described", a_machine_is_drawn_and_described},
    {NULL, NULL},
};
