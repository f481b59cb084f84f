/* Handlers whose contracts have schemas of the program's own, on both sides. */
#include <string.h>

#include "check.h"

/* What the schema does, and what it saw. */
typedef struct judge {
    const char *does;
    int calls;
    void *raised;
} judge;

static arvo_status judges(void *user_data, const arvo_value *data, arvo_value **out, arvo_error **error) {
    judge *judge = user_data;
    judge->calls++;
    if (strcmp(judge->does, "refuse") == 0) return arvo_schema_issue(error, ARVO_STR("/n"), ARVO_STR("is odd"));
    if (strcmp(judge->does, "raise") == 0) return arvo_error_raise(error, ARVO_STR("Broken"), ARVO_STR("no power"));
    if (strcmp(judge->does, "violate") == 0) {
        arvo_error_raise_violation(error, ARVO_STR("Busy"), ARVO_STR("later"), NULL);
        judge->raised = *error;
        return arvo_error_status(*error);
    }
    if (strcmp(judge->does, "change") == 0) {
        arvo_value_get(data, ARVO_STR(""), out, error);
        return arvo_value_set_bool(*out, ARVO_STR("/seen"), true, error);
    }
    return ARVO_OK;
}

static arvo_status echo(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    ++*(int *)user_data;
    return arvo_outputs_add(outputs, ARVO_STR("evt.host.check.success"), arvo_input_data(input), NULL, error);
}

/* Executes an event in a handler with these two schemas; how often the function ran. */
static int run(judge *accepts, judge *emits, arvo_events **events, arvo_error **error) {
    arvo_schema *in = NULL, *out = NULL;
    arvo_contract_builder *builder = NULL;
    arvo_contract *contract = NULL;
    arvo_handler *handler = NULL;
    arvo_event *event = event_of(
        "{\"id\":\"1\",\"source\":\"com.a.b\",\"specversion\":\"1.0\",\"type\":\"com.host.check\",\"subject\":\"s\","
        "\"dataschema\":null,\"data\":{\"n\":1},\"time\":\"2026-01-15T10:20:30Z\",\"to\":\"com.host.check\","
        "\"accesscontrol\":null,\"redirectto\":null,\"executionunits\":null,\"traceparent\":null,\"tracestate\":null,"
        "\"parentid\":null,\"domain\":null}");
    arvo_emit emit = {{NULL, 0}, NULL};
    int calls = 0;
    arvo_schema_new_host(judges, accepts, NULL, NULL, &in, error);
    arvo_schema_new_host(judges, emits, NULL, NULL, &out, error);
    emit.schema = out;
    arvo_contract_builder_simple(ARVO_STR("#/host"), ARVO_STR("host.check"), &builder, error);
    arvo_contract_builder_version(builder, ARVO_STR("1.0.0"), in, &emit, 1, error);
    arvo_contract_builder_build(builder, &contract, error);
    arvo_handler_new(contract, echo, &calls, &handler, error);
    arvo_handler_execute(handler, event, events, error);
    ARVO_FREE(event, handler, contract, builder, out, in);
    return calls;
}

static void both_sides_see_and_change_the_data(void) {
    judge accepts = {"change", 0, NULL}, emits = {"nothing", 0, NULL};
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    CHECK(run(&accepts, &emits, &events, &error) == 1);
    CHECK_OK(error);
    CHECK(accepts.calls == 1 && emits.calls == 1);
    CHECK_TEXT(arvo_event_data_text(arvo_events_at(events, 0)), "{\"n\":1,\"seen\":true}");
    arvo_events_free(events);
}

static void problems_are_contract_violations_with_their_paths(void) {
    judge refuses = {"refuse", 0, NULL}, agrees = {"nothing", 0, NULL};
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    CHECK(run(&refuses, &agrees, &events, &error) == 0);
    CHECK(has_detail(error, "/issues", "path", "/n"));
    CHECK_ERROR(error, ARVO_CONTRACT_VIOLATION, "Input event payload validation failed: /n: is odd");
    CHECK(run(&agrees, &refuses, &events, &error) == 1);
    CHECK(has_detail(error, "/issues", "path", "/n"));
    CHECK_ERROR(error, ARVO_CONTRACT_VIOLATION, "Emit Event data validation failed: /n: is odd");
    CHECK(events == NULL);
}

static void a_schema_that_fails_is_user_code_that_fails(void) {
    judge fails = {"raise", 0, NULL}, agrees = {"nothing", 0, NULL};
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    CHECK(run(&fails, &agrees, &events, &error) == 0);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(arvo_events_at(events, 0)), "sys.com.host.check.error");
    arvo_events_free(events);
    events = NULL;
    CHECK(run(&agrees, &fails, &events, &error) == 1);
    CHECK_TEXT(arvo_error_name(arvo_error_cause(error)), "Broken");
    CHECK_ERROR(error, ARVO_CONTRACT_VIOLATION, "no power");
}

static void its_violation_comes_back_as_itself(void) {
    judge violates = {"violate", 0, NULL}, agrees = {"nothing", 0, NULL};
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    CHECK(run(&violates, &agrees, &events, &error) == 0);
    CHECK((void *)error == violates.raised);
    CHECK_ERROR(error, ARVO_CUSTOM_VIOLATION, "later");
    CHECK(run(&agrees, &violates, &events, &error) == 1);
    CHECK((void *)error == violates.raised);
    CHECK_ERROR(error, ARVO_CUSTOM_VIOLATION, "later");
    CHECK(events == NULL);
}

const struct test host_tests[] = {
    {"both sides see and change the data", both_sides_see_and_change_the_data},
    {"problems are contract violations with their paths", problems_are_contract_violations_with_their_paths},
    {"a schema that fails is user code that fails", a_schema_that_fails_is_user_code_that_fails},
    {"its violation comes back as itself", its_violation_comes_back_as_itself},
    {NULL, NULL}};
