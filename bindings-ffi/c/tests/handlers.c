/* Handlers: functions of the program's own, and all the ways in which they fail. */
#include <math.h>
#include <string.h>

#include "check.h"

/* What the function does, and what was seen of it. */
typedef struct mood {
    const char *does;
    int calls, freed;
    void *object;
    const arvo_handler *handler; /* for a function that executes another event */
    const arvo_event *event;
} mood;

static void freed(void *user_data) { ((mood *)user_data)->freed++; }

static arvo_status greet(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    mood *mood = user_data;
    arvo_value *data;
    arvo_str name;
    int64_t times = 0;
    mood->calls++;
    if (strcmp(mood->does, "nothing") == 0) return ARVO_OK;
    if (strcmp(mood->does, "raise") == 0) {
        return arvo_error_raise(error, ARVO_STR("GatewayTimeout"), ARVO_STR("nobody answers"));
    }
    if (strcmp(mood->does, "raise with an object") == 0 || strcmp(mood->does, "violate") == 0) {
        if (strcmp(mood->does, "violate") == 0) {
            arvo_value *metadata = value_of("{\"retryAfter\":5}");
            arvo_error_raise_violation(error, ARVO_STR("RateLimited"), ARVO_STR("slow down"), metadata);
            arvo_value_free(metadata);
        } else {
            arvo_error_raise(error, ARVO_NO_STR, ARVO_STR("with an object"));
        }
        arvo_error_attach(*error, mood, freed);
        mood->object = *error;
        return arvo_error_status(*error);
    }
    if (strcmp(mood->does, "raise an execution violation") == 0) {
        return arvo_error_raise_violation(error, ARVO_STR("Execution"), ARVO_STR("stop"), NULL);
    }
    if (strcmp(mood->does, "status") == 0) return 77;
    if (strcmp(mood->does, "violation status") == 0) return ARVO_EXECUTION_VIOLATION;
    if (strcmp(mood->does, "library error") == 0) {
        return arvo_value_text(arvo_input_data(input), ARVO_STR("/surname"), &name, error);
    }
    if (strcmp(mood->does, "ok, but an error") == 0) {
        arvo_error_raise(error, ARVO_STR("Forgotten"), ARVO_STR("status not returned"));
        return ARVO_OK;
    }
    if (strncmp(mood->does, "json ", 5) == 0) return arvo_outputs_json(outputs, str(mood->does + 5), error);
    if (strcmp(mood->does, "execute another") == 0) {
        arvo_events *events = NULL;
        mood->does = "nothing";
        arvo_handler_execute(mood->handler, mood->event, &events, error);
        CHECK(arvo_events_count(events) == 0);
        arvo_events_free(events);
        return arvo_error_status(*error);
    }
    CHECK_TEXT(arvo_event_type(arvo_input_event(input)), "com.greet.user");
    CHECK_TEXT(arvo_input_source(input), "com.greet.user");
    CHECK_TEXT(arvo_input_uri(input), "#/services/greet");
    CHECK_TEXT(arvo_input_version(input), "1.0.0");
    CHECK_TEXT(arvo_input_domain_self(input), NULL);
    CHECK_TEXT(arvo_input_domain_event(input), NULL);
    arvo_value_text(arvo_input_data(input), ARVO_STR("/name"), &name, error);
    arvo_value_i64(arvo_input_data(input), ARVO_STR("/times"), &times, error);
    CHECK(times == 1); /* the default */
    CHECK(arvo_value_kind(arvo_input_data(input), ARVO_STR("/junk")) == ARVO_NOTHING);
    data = arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success"));
    return arvo_value_set_text(data, ARVO_STR("/text"), name, error);
}

static arvo_handler *handler_that(mood *mood) {
    arvo_contract *contract = greeting();
    arvo_handler *handler = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, greet, mood, &handler, &error);
    CHECK_OK(error);
    arvo_contract_free(contract);
    return handler;
}

/* Executes an event in a handler whose function does that. */
static arvo_events *outcome(mood *mood, arvo_error **error) {
    arvo_handler *handler = handler_that(mood);
    arvo_event *event = greeting_event("{\"name\":\"Ada\",\"junk\":true}");
    arvo_events *events = NULL;
    arvo_handler_execute(handler, event, &events, error);
    arvo_handler_free(handler);
    arvo_event_free(event);
    return events;
}

static void emits_what_the_function_adds(void) {
    mood mood = {"greet", 0, 0, NULL, NULL, NULL};
    arvo_error *error = NULL;
    arvo_events *events = outcome(&mood, &error);
    const arvo_event *event = arvo_events_at(events, 0);
    CHECK_OK(error);
    CHECK(mood.calls == 1 && arvo_events_count(events) == 1);
    CHECK_TEXT(arvo_event_type(event), "evt.greet.user.success");
    CHECK_TEXT(arvo_event_source(event), "com.greet.user");
    CHECK_TEXT(arvo_event_to(event), "com.test.client");
    CHECK_TEXT(arvo_event_subject(event), "s/1");
    CHECK_TEXT(arvo_event_data_text(event), "{\"text\":\"Ada\"}");
    CHECK(arvo_events_at(events, 1) == NULL);
    arvo_events_free(events);
    mood.does = "nothing";
    events = outcome(&mood, &error);
    CHECK_OK(error);
    CHECK(events != NULL && arvo_events_count(events) == 0);
    arvo_events_free(events);
}

/* The one system error event that came of it, checked. */
static void check_system_error(mood *mood, const char *name, const char *message) {
    arvo_error *error = NULL;
    arvo_events *events = outcome(mood, &error);
    arvo_value *data = NULL;
    arvo_str text = ARVO_NO_STR;
    CHECK_OK(error);
    CHECK(arvo_events_count(events) == 1);
    CHECK_TEXT(arvo_event_type(arvo_events_at(events, 0)), "sys.com.greet.user.error");
    arvo_event_data(arvo_events_at(events, 0), &data, &error);
    arvo_value_text(data, ARVO_STR("/errorName"), &text, &error);
    CHECK_TEXT(text, name);
    arvo_value_text(data, ARVO_STR("/errorMessage"), &text, &error);
    CHECK_TEXT(text, message);
    CHECK_OK(error);
    arvo_value_free(data);
    arvo_events_free(events);
}

static void an_error_becomes_a_system_error_event(void) {
    mood mood = {"raise", 0, 0, NULL, NULL, NULL};
    check_system_error(&mood, "GatewayTimeout", "nobody answers");
    mood.does = "raise with an object";
    check_system_error(&mood, "Error", "with an object");
    CHECK(mood.freed == 1); /* the error went into the event: its object is freed */
    mood.does = "library error";
    check_system_error(&mood, "NotFound", "nothing at \"/surname\"");
    mood.does = "ok, but an error";
    check_system_error(&mood, "Forgotten", "status not returned");
    mood.does = "status";
    check_system_error(&mood, "Error",
                       "the handler's function returned status 77 and set no error; end it with arvo_error_raise");
}

static void a_violation_comes_back_as_the_error_it_was(void) {
    mood mood = {"violate", 0, 0, NULL, NULL, NULL};
    arvo_error *error = NULL;
    arvo_events *events = outcome(&mood, &error);
    int64_t after = 0;
    CHECK(events == NULL);
    CHECK((void *)error == mood.object); /* the very handle */
    CHECK(arvo_error_object(error) == &mood && mood.freed == 0);
    CHECK(arvo_error_is_violation(error));
    CHECK_TEXT(arvo_error_violation(error), "RateLimited");
    CHECK_TEXT(arvo_error_name(error), "ViolationError<RateLimited>");
    arvo_value_i64(arvo_error_details(error), ARVO_STR("/metadata/retryAfter"), &after, NULL);
    CHECK(after == 5);
    CHECK_ERROR(error, ARVO_CUSTOM_VIOLATION, "ViolationError<RateLimited> slow down");
    CHECK(mood.freed == 1);
    mood.does = "raise an execution violation";
    CHECK(outcome(&mood, &error) == NULL);
    CHECK_ERROR(error, ARVO_EXECUTION_VIOLATION, "stop");
    mood.does = "violation status";
    CHECK(outcome(&mood, &error) == NULL);
    CHECK_ERROR(error, ARVO_EXECUTION_VIOLATION, "returned status 3");
    mood.does = "violate";
    mood.freed = 0;
    CHECK(outcome(&mood, NULL) == NULL); /* nobody wants the error: it is freed */
    CHECK(mood.freed == 1);
}

/* The contract violation that an output leads to. */
static void check_refused(const char *does, const char *message, const char *path) {
    mood mood = {NULL, 0, 0, NULL, NULL, NULL};
    arvo_error *error = NULL;
    mood.does = does;
    CHECK(outcome(&mood, &error) == NULL);
    if (path != NULL) check(has_detail(error, "/issues", "path", path), path, __FILE__, __LINE__);
    CHECK_ERROR(error, ARVO_CONTRACT_VIOLATION, message);
}

static void outputs_that_are_none_break_the_contract(void) {
    check_refused("json \"done\"", "the function returned text as output 0", NULL);
    check_refused("json [{\"type\":\"evt.greet.user.success\",\"data\":{\"text\":\"a\"}},7]", "a number as output 1",
                  NULL);
    check_refused("json {", "", "");
    check_refused("json no json at all", "", "");
    check_refused("json {\"type\":\"evt.greet.user.success\",\"data\":{\"text\":5}}",
                  "Emit Event data validation failed", "/text");
    check_refused("json {\"type\":\"evt.greet.user.success\"}", "Emit Event data validation failed", "");
    check_refused("json {\"type\":\"evt.other.thing\",\"data\":{}}", "No contract available for evt.other.thing", NULL);
    check_refused("json {\"data\":{}}", "", "/type");
    check_refused(
        "json {\"type\":\"evt.greet.user.success\",\"data\":{\"text\":\"a\"},\"time\":\"x\",\"domain\":[\"X\"]}", "",
        "/time");
}

static void events_for_others_are_refused(void) {
    mood mood = {"greet", 0, 0, NULL, NULL, NULL};
    arvo_handler *handler = handler_that(&mood);
    arvo_value *changed = NULL;
    arvo_event *event = greeting_event("{\"name\":\"Ada\"}"), *other = NULL;
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    static const struct {
        const char *pointer, *text, *message;
        arvo_status status;
    } changes[] = {{"/type", "com.other.type", "Event type mismatch", ARVO_CONFIG_VIOLATION},
                   {"/dataschema", "#/other/1.0.0", "Contract URI mismatch", ARVO_CONTRACT_VIOLATION},
                   {"/dataschema", "#/services/greet/9.0.0", "Invalid contract version: 9.0.0", ARVO_CONFIG_VIOLATION},
                   {"/data/name", NULL, "Input event payload validation failed: ", ARVO_CONTRACT_VIOLATION}};
    size_t index;
    for (index = 0; index < sizeof changes / sizeof *changes; index++) {
        arvo_text *text = NULL;
        arvo_event_value(event, &changed, &error);
        if (changes[index].text) {
            arvo_value_set_text(changed, str(changes[index].pointer), str(changes[index].text), &error);
        } else {
            arvo_value_set_null(changed, str(changes[index].pointer), &error);
        }
        arvo_value_write(changed, 0, &text, &error);
        arvo_event_parse(NULL, arvo_text_view(text), &other, &error);
        CHECK_OK(error);
        arvo_handler_execute(handler, other, &events, &error);
        if (!changes[index].text) CHECK(has_detail(error, "/issues", "path", "/name"));
        CHECK_ERROR(error, changes[index].status, changes[index].message);
        arvo_text_free(text);
        arvo_event_free(other);
        arvo_value_free(changed);
        other = NULL;
        changed = NULL;
    }
    CHECK(mood.calls == 0 && events == NULL);
    arvo_event_free(event);
    arvo_handler_free(handler);
}

static void a_version_without_function_is_refused_when_built(void) {
    mood mood = {"nothing", 0, 0, NULL, NULL, NULL};
    arvo_contract *contract = greeting();
    arvo_handler_builder *builder = NULL;
    arvo_handler *handler = NULL;
    arvo_error *error = NULL;
    arvo_handler_builder_new(contract, &builder, &error);
    arvo_handler_builder_build(builder, &handler, &error);
    CHECK_ERROR(error, ARVO_INVALID_CONTRACT, "requires handler implementation for version 1.0.0");
    arvo_handler_builder_on(builder, ARVO_STR("9.0.0"), greet, &mood, freed, &error);
    arvo_handler_builder_build(builder, &handler, &error);
    CHECK_ERROR(error, ARVO_INVALID_CONTRACT, "version 1.0.0");
    arvo_handler_builder_on(builder, ARVO_STR("1.0.0"), greet, &mood, freed, &error);
    arvo_handler_builder_executionunits(builder, INFINITY, &error);
    arvo_handler_builder_build(builder, &handler, &error);
    CHECK_ERROR(error, ARVO_INVALID_CONTRACT, "not finite");
    CHECK(handler == NULL);
    arvo_handler_builder_free(builder);
    CHECK(mood.freed == 2);
    arvo_contract_free(contract);
}

static arvo_status everywhere(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_value *data = value_of("{\"text\":\"hi\"}");
    arvo_value *attributes =
        value_of("{\"to\":\"com.some.where\",\"domain\":[\"a\",null,\"a\"],\"__extensions\":{\"k\":1}}");
    arvo_value *plain = value_of("{\"type\":\"evt.greet.user.success\",\"data\":{\"text\":\"plain\"}}");
    (void)user_data;
    (void)input;
    arvo_outputs_add(outputs, ARVO_STR("evt.greet.user.success"), data, attributes, error);
    arvo_outputs_value(outputs, plain, error);
    arvo_value_free(data);
    arvo_value_free(attributes);
    arvo_value_free(plain);
    return arvo_error_status(*error);
}

static void a_handler_has_defaults_of_its_own(void) {
    mood mood = {"nothing", 0, 0, NULL, NULL, NULL};
    arvo_contract *contract = greeting();
    arvo_handler_builder *builder = NULL;
    arvo_handler *handler = NULL;
    arvo_environment *environment = NULL;
    arvo_value *emits = value_of("[\"default\"]"), *errors = value_of("[null]");
    arvo_event *event = greeting_event("{\"name\":\"Ada\"}");
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    double units = 0;
    arvo_environment_new(NULL, NULL, NULL, NULL, NULL, &environment, &error);
    arvo_handler_builder_new(contract, &builder, &error);
    arvo_handler_builder_on(builder, ARVO_STR("1.0.0"), everywhere, &mood, freed, &error);
    arvo_handler_builder_executionunits(builder, 2.5, &error);
    arvo_handler_builder_domains(builder, emits, errors, &error);
    arvo_handler_builder_environment(builder, environment, &error);
    arvo_handler_builder_build(builder, &handler, &error);
    arvo_handler_builder_free(builder);
    arvo_environment_free(environment);
    arvo_contract_free(contract);
    CHECK_OK(error);
    CHECK_TEXT(arvo_handler_source(handler), "com.greet.user");
    arvo_handler_execute(handler, event, &events, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(events) == 3); /* a, none, and the plain output by default */
    CHECK_TEXT(arvo_event_domain(arvo_events_at(events, 0)), "a");
    CHECK_TEXT(arvo_event_domain(arvo_events_at(events, 1)), NULL);
    CHECK_TEXT(arvo_event_domain(arvo_events_at(events, 2)), "default");
    CHECK_TEXT(arvo_event_to(arvo_events_at(events, 0)), "com.some.where");
    CHECK_TEXT(arvo_event_data_text(arvo_events_at(events, 2)), "{\"text\":\"plain\"}");
    CHECK(arvo_event_executionunits(arvo_events_at(events, 0), &units) && units == 2.5);
    CHECK(mood.freed == 0);
    arvo_handler_free(handler);
    CHECK(mood.freed == 1);
    arvo_events_free(events);
    arvo_event_free(event);
    arvo_value_free(emits);
    arvo_value_free(errors);
}

static void a_function_may_execute_another_event(void) {
    mood mood = {"execute another", 0, 0, NULL, NULL, NULL};
    arvo_handler *handler = handler_that(&mood);
    arvo_event *event = greeting_event("{\"name\":\"Ada\"}");
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    mood.handler = handler;
    mood.event = event;
    arvo_handler_execute(handler, event, &events, &error);
    CHECK_OK(error);
    CHECK(mood.calls == 2 && arvo_events_count(events) == 0);
    arvo_events_free(events);
    arvo_event_free(event);
    arvo_handler_free(handler);
}

static void a_handler_without_function_says_so(void) {
    arvo_contract *contract = greeting();
    arvo_handler *handler = NULL;
    arvo_event *event = greeting_event("{\"name\":\"Ada\"}");
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, NULL, NULL, &handler, &error);
    arvo_handler_execute(handler, event, &events, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "step by step");
    arvo_handler_free(handler);
    arvo_event_free(event);
    arvo_contract_free(contract);
}

const struct test handler_tests[] = {
    {"emits what the function adds", emits_what_the_function_adds},
    {"an error becomes a system error event", an_error_becomes_a_system_error_event},
    {"a violation comes back as the error it was", a_violation_comes_back_as_the_error_it_was},
    {"outputs that are none break the contract", outputs_that_are_none_break_the_contract},
    {"events for others are refused", events_for_others_are_refused},
    {"a version without function is refused when built", a_version_without_function_is_refused_when_built},
    {"a handler has defaults of its own", a_handler_has_defaults_of_its_own},
    {"a function may execute another event", a_function_may_execute_another_event},
    {"a handler without function says so", a_handler_without_function_says_so},
    {NULL, NULL}};
