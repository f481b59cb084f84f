/* Test suites, and the check that a handler keeps its contract. */
#include <stdio.h>
#include <string.h>

#include "machine.h"

/* --- what is tested --- */

/* A handler of the greeting contract; for one name in so many it emits something else than the contract says. */
typedef struct greeter {
    const char *wrong; /* it stumbles over names with this in them; NULL: over none */
    int calls;
} greeter;

static arvo_status greet(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    greeter *greeter = user_data;
    arvo_str name = ARVO_NO_STR;
    arvo_value *data = arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success"));
    greeter->calls++;
    arvo_value_text(arvo_input_data(input), ARVO_STR("/name"), &name, error);
    if (greeter->wrong != NULL && contains(name, greeter->wrong))
        return arvo_value_set_i64(data, ARVO_STR("/text"), 1, error);
    return arvo_value_set_text(data, ARVO_STR("/text"), name, error);
}

static arvo_handler *greeter_of(greeter *greeter) {
    arvo_contract *contract = greeting();
    arvo_handler *handler = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, greet, greeter, &handler, &error);
    CHECK_OK(error);
    arvo_contract_free(contract);
    return handler;
}

/* A function: gives back what it got, but fails on its second call. */
static arvo_status echo(void *user_data, const arvo_event *event, arvo_events *emitted, arvo_error **error) {
    int *calls = user_data;
    if (++*calls == 2) return arvo_error_raise_violation(error, ARVO_STR("Busy"), ARVO_STR("later"), NULL);
    return arvo_events_add(emitted, event, error);
}

/* --- what a runner gets --- */

typedef struct results {
    char told[2048];
} results;

static void add(results *results, const char *what, arvo_str text) {
    size_t used = strlen(results->told);
    snprintf(results->told + used, sizeof results->told - used, "%s%.*s|", what, ARVO_PRINT(text));
}

static void describe(void *user_data, arvo_str group) { add(user_data, "", group); }
static void before(void *user_data) { add(user_data, "", ARVO_STR("before")); }
static void test_ended(void *user_data, arvo_str name, arvo_str failure) {
    add(user_data, failure.ptr ? "not " : "", name);
    if (failure.ptr) add(user_data, "", failure);
}

static const arvo_test_adapter adapter = {describe, before, test_ended};

/* Runs a suite; how many of its tests failed. */
static size_t run(const arvo_suite *suite, results *results) {
    arvo_error *error = NULL;
    size_t failed = 99;
    memset(results, 0, sizeof *results);
    arvo_suite_run(suite, &adapter, results, &failed, &error);
    CHECK_OK(error);
    return failed;
}

/* --- suites --- */

static void a_file_tests_what_it_names(void) {
    static const char file[] =
        "{\"config\":{\"handler\":\"com.greet.user\"},\"cases\":[{\"name\":\"greets\",\"steps\":[{\"input\":{\"type\":"
        "\"com.greet.user\",\"dataschema\":\"#/services/greet/1.0.0\",\"data\":{\"name\":\"Ada\"}},\"expectedEvents\":"
        "{\"$eq\":[{\"$ref\":\"events.0.data.text\"},\"Ada\"]}}]},{\"name\":\"refuses numbers\",\"steps\":[{\"input\":"
        "{\"type\":\"com.greet.user\",\"dataschema\":\"#/services/greet/1.0.0\",\"data\":{\"name\":1}},"
        "\"expectedError\":{\"$eq\":[{\"$ref\":\"error.type\"},\"Contract\"]}}]}]}";
    greeter greeter = {NULL, 0};
    arvo_handler *handler = greeter_of(&greeter);
    arvo_suite *suite = NULL;
    arvo_error *error = NULL;
    results results;
    arvo_suite_parse(str(file), &suite, &error);
    CHECK_OK(error);
    CHECK(run(suite, &results) == 2);
    CHECK(contains(str(results.told), "handler com.greet.user was not given to the suite, which has nothing"));
    arvo_suite_add_handler(suite, handler, ARVO_NO_STR, &error);
    CHECK_OK(error);
    CHECK(run(suite, &results) == 0);
    CHECK_TEXT(str(results.told), "Test<com.greet.user>|before|greets|before|refuses numbers|");
    ARVO_FREE(handler, suite);
}

static void a_file_that_is_no_suite_is_refused_with_all_its_problems(void) {
    arvo_suite *suite = NULL;
    arvo_error *error = NULL;
    arvo_suite_parse(ARVO_STR("{\"config\":{\"handlr\":\"com.a.b\"},\"cases\":[]}"), &suite, &error);
    CHECK(has_detail(error, "/problems", "path", "/config/handlr"));
    CHECK_ERROR(error, ARVO_INVALID_SUITE, "/config/handlr is unknown");
}

/* Functions of steps. */
static arvo_status hello(void *user_data, const arvo_events *previous, arvo_event **out, arvo_error **error) {
    int *freed = user_data;
    (void)error;
    CHECK(freed == NULL || *freed == 0);
    CHECK(previous == NULL);
    *out = greeting_event("{\"name\":\"Ada\"}");
    return ARVO_OK;
}

static arvo_status again(void *user_data, const arvo_events *previous, arvo_event **out, arvo_error **error) {
    arvo_text *text = NULL;
    (void)user_data;
    if (arvo_events_count(previous) != 1) return arvo_error_raise(error, ARVO_STR("Odd"), ARVO_STR("not one event"));
    arvo_event_write(arvo_events_at(previous, 0), 0, &text, error);
    arvo_event_parse(NULL, arvo_text_view(text), out, error);
    arvo_text_free(text);
    return arvo_error_status(*error);
}

static arvo_status one_came_back(void *user_data, const arvo_events *events, bool *holds, arvo_error **error) {
    (void)user_data;
    *holds =
        arvo_events_count(events) == 1 && same(arvo_event_type(arvo_events_at(events, 0)), ARVO_STR("com.greet.user"));
    return arvo_error_status(*error);
}

static arvo_status it_was_busy(void *user_data, const arvo_error *thrown, bool *holds, arvo_error **error) {
    (void)user_data;
    *holds = same(arvo_error_violation(thrown), ARVO_STR("Busy"));
    return arvo_error_status(*error);
}

static arvo_status never(void *user_data, const arvo_events *events, bool *holds, arvo_error **error) {
    (void)user_data;
    (void)events;
    *holds = false;
    return arvo_error_status(*error);
}

static arvo_status fails(void *user_data, const arvo_events *events, bool *holds, arvo_error **error) {
    (void)user_data;
    (void)events;
    (void)holds;
    return arvo_error_raise(error, ARVO_STR("Error"), ARVO_STR("the check itself is broken"));
}

static arvo_status gives_none(void *user_data, const arvo_events *previous, arvo_event **out, arvo_error **error) {
    (void)user_data;
    (void)previous;
    (void)out;
    return arvo_error_status(*error);
}

static void freed(void *user_data) { ++*(int *)user_data; }

static void cases_of_functions_run_in_order(void) {
    int calls = 0, gone = 0;
    arvo_suite *suite = NULL;
    arvo_error *error = NULL;
    results results;
    arvo_suite_new(&suite, &error);
    arvo_suite_add_function(suite, ARVO_STR("echo"), ARVO_NO_STR, echo, &calls, NULL, &error);
    arvo_suite_case(suite, ARVO_STR("comes back, then is busy"), &error);
    arvo_suite_step(suite, hello, one_came_back, NULL, &gone, freed, &error);
    arvo_suite_step(suite, again, NULL, it_was_busy, NULL, NULL, &error);
    arvo_suite_case(suite, ARVO_STR("is not as it must be"), &error);
    arvo_suite_step(suite, hello, never, NULL, NULL, NULL, &error);
    arvo_suite_case(suite, ARVO_STR("has a broken check"), &error);
    arvo_suite_step(suite, hello, fails, NULL, NULL, NULL, &error);
    arvo_suite_case(suite, ARVO_STR("makes no event"), &error);
    arvo_suite_step(suite, gives_none, NULL, NULL, NULL, NULL, &error);
    CHECK_OK(error);
    CHECK(run(suite, &results) == 3);
    CHECK(strstr(results.told, "Test<echo>|before|comes back, then is busy|before|not is not as") == results.told);
    CHECK(contains(str(results.told), "Step 1: Custom validator returned false\nActual events: "));
    CHECK(contains(str(results.told), "Custom validator threw error: the check itself is broken"));
    CHECK(contains(str(results.told), "Unexpected exception: the step's input function set no event; set *out"));
    arvo_suite_free(suite);
    CHECK(gone == 1);
}

static void a_flaky_function_passes_as_often_as_it_must(void) {
    int calls = 0;
    arvo_suite *suite = NULL;
    arvo_error *error = NULL;
    results results;
    arvo_suite_new(&suite, &error);
    arvo_suite_add_function(suite, ARVO_STR("echo"), ARVO_STR("Flaky"), echo, &calls, NULL, &error);
    arvo_suite_case(suite, ARVO_STR("three of four"), &error);
    arvo_suite_step(suite, hello, NULL, NULL, NULL, NULL, &error);
    arvo_suite_repeat(suite, 4, 75, &error);
    CHECK_OK(error);
    CHECK(run(suite, &results) == 0);
    CHECK_TEXT(str(results.told), "Flaky|before|three of four|");
    calls = 0;
    arvo_suite_repeat(suite, 4, 76, &error);
    CHECK(run(suite, &results) == 1);
    CHECK(contains(str(results.told), "Success rate 75.00% is below threshold 76%"));
    arvo_suite_free(suite);
}

static void a_suite_says_what_it_lacks(void) {
    arvo_suite *suite = NULL;
    arvo_error *error = NULL;
    size_t failed;
    arvo_suite_new(&suite, &error);
    arvo_suite_run(suite, NULL, NULL, &failed, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "no case, or nothing to test");
    arvo_suite_step(suite, hello, NULL, NULL, NULL, NULL, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "begin one with arvo_suite_case");
    arvo_suite_case(suite, ARVO_STR("empty"), &error);
    arvo_suite_step(suite, hello, one_came_back, it_was_busy, NULL, NULL, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "not both");
    arvo_suite_repeat(suite, 0, 50, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "0 times");
    arvo_suite_run(suite, NULL, NULL, &failed, &error);
    CHECK_ERROR(error, ARVO_INVALID_SUITE, "/steps/0 is missing");
    arvo_suite_free(suite);
}

static void workflows_are_tested_too(void) {
    static const char file[] =
        "{\"config\":[{\"name\":\"it\",\"handler\":\"arvo.orc.sum\"}],\"cases\":[{\"name\":\"asks\",\"steps\":[{"
        "\"input\":"
        "{\"type\":\"arvo.orc.sum\",\"dataschema\":\"#/flows/sum/1.0.0\",\"data\":{\"parentSubject$$\":null,\"n\":1}},"
        "\"expectedEvents\":{\"$\":\"events[0].type == 'com.calc.add'\"}}]}]}";
    plan plan = {NULL, NULL};
    mood mood;
    arvo_resumable *resumable = summing(&plan, NULL, false);
    arvo_orchestrator *orchestrator;
    arvo_suite *first = NULL, *second = NULL;
    arvo_error *error = NULL;
    results results;
    memset(&mood, 0, sizeof mood);
    orchestrator = orchestrating(&mood, summing_machine, NULL);
    arvo_suite_parse(str(file), &first, &error);
    arvo_suite_add_resumable(first, resumable, ARVO_NO_STR, &error);
    arvo_suite_parse(str(file), &second, &error);
    arvo_suite_add_orchestrator(second, orchestrator, ARVO_NO_STR, &error);
    CHECK_OK(error);
    CHECK(run(first, &results) == 0);
    CHECK_TEXT(str(results.told), "it|before|asks|");
    CHECK(run(second, &results) == 0);
    ARVO_FREE(resumable, orchestrator, first, second);
}

static void a_report_is_tap(void) {
    int calls = 0;
    char report[512];
    FILE *file = tmpfile();
    arvo_suite *suite = NULL;
    arvo_error *error = NULL;
    size_t size;
    arvo_suite_new(&suite, &error);
    CHECK(file != NULL && arvo_suite_tap(suite, file) == 2); /* nothing to test */
    rewind(file);
    arvo_suite_add_function(suite, ARVO_STR("echo"), ARVO_NO_STR, echo, &calls, NULL, &error);
    arvo_suite_case(suite, ARVO_STR("first"), &error);
    arvo_suite_step(suite, hello, NULL, NULL, NULL, NULL, &error);
    arvo_suite_case(suite, ARVO_STR("second"), &error);
    arvo_suite_step(suite, hello, NULL, NULL, NULL, NULL, &error);
    CHECK_OK(error);
    CHECK(arvo_suite_tap(suite, file) == 1);
    rewind(file);
    size = fread(report, 1, sizeof report - 1, file);
    report[size] = '\0';
    CHECK(strstr(report, "TAP version 13\n# Test<echo>\nok 1 - first\nnot ok 2 - second\n"
                         "#   Step 1: Unexpected exception: ViolationError<Busy> later\n1..2\n") == report);
    fclose(file);
    arvo_suite_free(suite);
}

/* --- contracts --- */

static void a_handler_that_keeps_its_contract_conforms(void) {
    greeter greeter = {NULL, 0};
    arvo_handler *handler = greeter_of(&greeter);
    plan plan = {NULL, NULL};
    mood mood;
    arvo_resumable *resumable;
    arvo_orchestrator *orchestrator;
    arvo_effort effort = {7, 20, 10};
    arvo_error *error = NULL;
    memset(&mood, 0, sizeof mood);
    resumable = summing(&plan, NULL, true);
    orchestrator = orchestrating(&mood, summing_machine, NULL);
    arvo_handler_conforms(handler, NULL, &error);
    CHECK_OK(error);
    CHECK(greeter.calls == 100);
    arvo_handler_conforms(handler, &effort, &error);
    CHECK(greeter.calls == 120);
    arvo_resumable_conforms(resumable, &effort, &error);
    CHECK_OK(error);
    arvo_orchestrator_conforms(orchestrator, &effort, &error);
    CHECK_OK(error);
    ARVO_FREE(handler, resumable, orchestrator);
}

/* Of one input in five hundred it makes a field of another kind. */
static arvo_status counts(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    int64_t number = 0;
    arvo_value *data = arvo_outputs_emit(outputs, ARVO_STR("evt.calc.count.success"));
    (void)user_data;
    arvo_value_i64(arvo_input_data(input), ARVO_STR("/n"), &number, error);
    if (number % 500 == 499) return arvo_value_set_text(data, ARVO_STR("/n"), ARVO_STR("many"), error);
    return arvo_value_set_i64(data, ARVO_STR("/n"), number, error);
}

static void a_break_for_one_input_in_five_hundred_is_found_and_made_small(void) {
    arvo_contract *contract = NULL;
    arvo_handler *handler = NULL;
    arvo_effort effort = {3, 5000, 1};
    arvo_error *error = NULL;
    int64_t found = 0;
    uint64_t seed = 0;
    arvo_contract_simple(ARVO_STR("#/services/count"), ARVO_STR("calc.count"),
                         ARVO_STR("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"minimum\":0,"
                                  "\"maximum\":100000}},\"required\":[\"n\"]}"),
                         ARVO_STR("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}"), &contract,
                         &error);
    arvo_handler_new(contract, counts, NULL, &handler, &error);
    CHECK_OK(error);
    arvo_handler_conforms(handler, &effort, &error);
    arvo_value_i64(arvo_error_details(error), ARVO_STR("/input/n"), &found, NULL);
    arvo_value_u64(arvo_error_details(error), ARVO_STR("/seed"), &seed, NULL);
    CHECK(found % 500 == 499 && seed == 3);
    CHECK_TEXT(detail(error, "/version"), "1.0.0");
    CHECK(contains(arvo_error_message(error), "valid input led to ViolationError<Contract>"));
    CHECK_ERROR(error, ARVO_BREACH, "replay  ARVO_SEED=3");
    ARVO_FREE(contract, handler);
}

/* A seed from outside replays. */
static void the_environment_says_which_seed(void) {
    greeter greeter = {"e", 0};
    arvo_handler *handler = greeter_of(&greeter);
    arvo_error *error = NULL;
    setenv("ARVO_SEED", "41", 1);
    arvo_handler_conforms(handler, NULL, &error);
    CHECK_ERROR(error, ARVO_BREACH, "replay  ARVO_SEED=41");
    setenv("ARVO_SEED", "soon", 1);
    arvo_handler_conforms(handler, NULL, &error);
    CHECK_ERROR(error, ARVO_BREACH, "replay  ARVO_SEED=6930706781617628018"); /* any text is as good a seed */
    unsetenv("ARVO_SEED");
    arvo_handler_free(handler);
}

const struct test suite_tests[] = {
    {"a file tests what it names", a_file_tests_what_it_names},
    {"a file that is no suite is refused with all its problems",
     a_file_that_is_no_suite_is_refused_with_all_its_problems},
    {"cases of functions run in order", cases_of_functions_run_in_order},
    {"a flaky function passes as often as it must", a_flaky_function_passes_as_often_as_it_must},
    {"a suite says what it lacks", a_suite_says_what_it_lacks},
    {"workflows are tested, too", workflows_are_tested_too},
    {"a report is TAP", a_report_is_tap},
    {"a handler that keeps its contract conforms", a_handler_that_keeps_its_contract_conforms},
    {"a break for one input in five hundred is found and made small",
     a_break_for_one_input_in_five_hundred_is_found_and_made_small},
    {"the environment says which seed", the_environment_says_which_seed},
    {NULL, NULL}};
