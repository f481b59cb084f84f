/* testsuites.json: whole suites, and what a runner's report says of them. */
#include "support.h"

/* A function that fails on some of its calls, and gives back its input otherwise. */
typedef struct flaky {
    json fails_on; /* numbers of calls, from 1 */
    int calls;
} flaky;

static arvo_status give_back(void *user_data, const arvo_event *event, arvo_events *emitted, arvo_error **error) {
    flaky *flaky = user_data;
    size_t index;
    flaky->calls++;
    for (index = 0; index < count(flaky->fails_on); index++) {
        if (number(item(flaky->fails_on, index)) != flaky->calls) continue;
        return arvo_error_raise(error, ARVO_STR("Error"), str(format("call %d failed", flaky->calls)));
    }
    return arvo_events_add(emitted, event, error);
}

/* Gives the suite what a recorded config stands for; the config as a suite's file has it. */
static json given(arvo_suite *suite, json contracts, json config, arvo_error **error) {
    arvo_value *written = make_object();
    if (at(config, "/handler") != NULL) {
        arvo_handler *handler = NULL;
        handler_of(contracts, at(config, "/handler"), &handler, error);
        put(written, "handler", make_text(arvo_handler_source(keep_handler(handler))));
        if (suite != NULL) arvo_suite_add_handler(suite, handler, ARVO_NO_STR, error);
    } else {
        flaky *function = keep_bytes(sizeof *function);
        arvo_str name = at(config, "/name") ? text(at(config, "/name")) : ARVO_STR("");
        function->fails_on = at(config, "/fn/failOn");
        put(written, "function", make_text(name));
        if (suite != NULL) arvo_suite_add_function(suite, name, ARVO_NO_STR, give_back, function, NULL, error);
    }
    put(written, "name", at(config, "/name"));
    return written;
}

/* The report, as it is recorded: [{describe, tests: [{name, passes, error?}]}]. */
typedef struct reporting {
    arvo_value *groups;
    int tests;
} reporting;

static void describe(void *user_data, arvo_str group) {
    reporting *reporting = user_data;
    arvo_value *made = make_object();
    put(made, "describe", make_text(group));
    put(made, "tests", make_array());
    append(reporting->groups, made);
}

static void before(void *user_data) { ((reporting *)user_data)->tests++; }

static void test(void *user_data, arvo_str name, arvo_str failure) {
    reporting *reporting = user_data;
    arvo_value *made = make_object();
    arvo_error *error = NULL;
    put(made, "name", make_text(name));
    put(made, "passes", make_bool(failure.ptr == NULL));
    if (failure.ptr != NULL) put(made, "error", make_text(failure));
    arvo_value_set(reporting->groups, str(format("/%zu/tests/-", count(reporting->groups) - 1)), made, &error);
    must(error);
}

static void run_suite(report *report, const char *group, size_t index, json case_) {
    static const arvo_test_adapter adapter = {describe, before, test};
    json contracts = at(report->vectors, "/contracts"), configs = at(case_, "/config");
    json wanted = expectation(report, group, index, case_, "/expect");
    arvo_value *file = make_object(), *written = make_array();
    arvo_suite *suite = NULL;
    arvo_error *error = NULL;
    reporting reporting = {NULL, 0};
    const char *why = NULL;
    size_t at_, failed = 0;
    for (at_ = 0; at_ < count(configs); at_++) {
        append(written, given(NULL, contracts, item(configs, at_), &error));
    }
    put(file, "config", written);
    put(file, "cases", at(case_, "/cases"));
    arvo_suite_parse(str(show(file)), &suite, &error);
    for (at_ = 0; at_ < count(configs); at_++) given(suite, contracts, item(configs, at_), &error);
    reporting.groups = make_array();
    arvo_suite_run(suite, &adapter, &reporting, &failed, &error);
    must(error);
    arvo_suite_free(suite);
    judge(report, group, index, case_,
          wanted == NULL || (reporting.tests > 0 && match(wanted, reporting.groups, make_object(), &why)), wanted,
          reporting.groups, why);
}

void run_testsuites(report *report) { run_group(report, "suites", run_suite); }
