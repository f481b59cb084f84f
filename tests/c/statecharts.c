/* statecharts/: charts step by step, each restored from the JSON of the step before; and what is refused. */
#include <string.h>

#include "support.h"

static const arvo_chart *chart_of(mini *mini, json case_, json file, arvo_error **error) {
    arvo_machine_builder *builder;
    arvo_chart *chart = NULL;
    mini_of(mini, case_, file);
    builder = mini_builder(mini, case_, NULL, error);
    arvo_chart_compile(builder, &chart, error);
    arvo_machine_builder_free(builder);
    return keep_chart(chart);
}

/* Codes of what refuses a definition. */
static json codes_of(const arvo_error *error) {
    json problems = at(arvo_error_details(error), "/problems");
    arvo_value *found = make_object(), *codes = make_array();
    size_t index;
    for (index = 0; index < count(problems); index++) {
        json problem = item(problems, index);
        if (is(text(at(problem, "/severity")), "error")) append(codes, at(problem, "/code"));
    }
    put(found, "problems", codes);
    return found;
}

/* What a step gave: the chart's own words, or the message of its error. */
static json step_of(const arvo_chart *chart, json before, json event, arvo_error **error) {
    arvo_value *step = NULL;
    if (before == NULL) {
        arvo_chart_start(chart, event, &step, error);
    } else {
        arvo_chart_send(chart, before, event, &step, error);
    }
    keep_error(*error);
    return keep_value(step);
}

static json wanted_of(json case_, json step, size_t index) {
    json ours = at(case_, format("/oursExpect/%zu", index));
    return ours ? ours : at(step, "/expect");
}

static json told(json step, const arvo_error *error, json actions) {
    arvo_value *found = make_object();
    if (error != NULL) {
        put(found, "error", make_text(arvo_error_message(error)));
    } else {
        put(found, "snapshot", at(step, "/snapshot"));
        put(found, "emitted", at(step, "/emitted"));
        if (count(at(step, "/tags")) > 0) put(found, "tags", at(step, "/tags"));
        if (count(at(step, "/meta")) > 0) put(found, "meta", at(step, "/meta"));
    }
    put(found, "actions", actions);
    return found;
}

static void chart_case(report *report, const char *group, size_t index, json case_) {
    json construction = at(case_, "/oursExpect/construction"), steps = at(case_, "/steps"), before = NULL;
    mini mini;
    arvo_error *error = NULL;
    const arvo_chart *chart = chart_of(&mini, case_, report->vectors, &error);
    size_t at_;
    if (construction != NULL) {
        json found = codes_of(keep_error(error));
        judge(report, group, index, case_, equal(construction, found), construction, found, NULL);
        return;
    }
    must(error);
    for (at_ = 0; at_ < count(steps); at_++) {
        json step = item(steps, at_), wanted = wanted_of(case_, step, at_), taken, found;
        json event = at(step, "/start") ? at(case_, "/input") : at(step, "/event");
        mini.ran = make_array();
        taken = step_of(chart, at(step, "/start") ? NULL : before, event, &error);
        found = told(taken, error, mini.ran);
        error = NULL;
        if (!equal(wanted, found) ||
            strcmp(show(at(wanted, "/snapshot/value")), show(at(found, "/snapshot/value"))) != 0) {
            judge(report, group, index, case_, false, wanted, found, format("step %zu", at_));
            return;
        }
        before = at(wanted, "/snapshot");
    }
    judge(report, group, index, case_, true, NULL, NULL, NULL);
}

void run_charts(report *report) { run_group(report, "cases", chart_case); }

/* --- steps as the reference's engine runs them --- */

static json output_of(json state) {
    json output = at(state, "/output");
    return is_null(output) ? make_object() : output;
}

static json engine_told(json step, json before, const arvo_error *error, json actions) {
    arvo_value *found = make_object();
    if (error != NULL) {
        arvo_value_set_text(found, ARVO_STR("/error/name"), ARVO_STR("Error"), NULL);
        arvo_value_set_text(found, ARVO_STR("/error/message"), arvo_error_message(error), NULL);
    } else {
        json state = at(step, "/snapshot"), enqueued = at(step, "/enqueued");
        arvo_value *events = copy(at(step, "/emitted"));
        bool same_output = equal(output_of(state), output_of(before));
        size_t index;
        for (index = 0; index < count(enqueued); index++) append(events, item(enqueued, index));
        put(found, "state", state);
        put(found, "events", events);
        put(found, "finalOutput", same_output || is_null(at(state, "/output")) ? make_null() : at(state, "/output"));
    }
    put(found, "actions", actions);
    return found;
}

static void engine_case(report *report, const char *group, size_t index, json case_) {
    json steps = at(case_, "/steps"), before = NULL;
    mini mini;
    arvo_error *error = NULL;
    const arvo_chart *chart = chart_of(&mini, case_, report->vectors, &error);
    size_t at_;
    must(error);
    for (at_ = 0; at_ < count(steps); at_++) {
        json step = item(steps, at_), wanted = wanted_of(case_, step, at_), taken, found;
        if (starts(text(at(wanted, "/error/message")), "Invalid initialization event")) break; /* not the chart's own */
        mini.ran = make_array();
        taken = step_of(chart, before, at(step, "/event"), &error);
        found = engine_told(taken, before, error, mini.ran);
        error = NULL;
        if (!equal(wanted, found)) {
            judge(report, group, index, case_, false, wanted, found, format("step %zu", at_));
            return;
        }
        before = at(wanted, "/state");
    }
    judge(report, group, index, case_, true, NULL, NULL, NULL);
}

void run_engine(report *report) { run_group(report, "cases", engine_case); }

/* --- machines that are only built --- */

#define ANY ARVO_STR("{\"type\":\"object\"}")

static const arvo_contract_version *latest(arvo_contract *contract, arvo_error **error) {
    arvo_contract_version *version = NULL;
    arvo_contract_lookup(keep_contract(contract), ARVO_STR("latest"), &version, error);
    return keep_version(version);
}

static const arvo_contract_version *own(arvo_error **error) {
    arvo_contract *contract = NULL;
    arvo_contract_orchestrator(ARVO_STR("#/vector/machine"), ARVO_STR("vector"), ANY, ANY, &contract, error);
    return latest(contract, error);
}

/* A service that emits these types. */
static const arvo_contract_version *service(const char *name, json types, arvo_error **error) {
    arvo_contract_builder *builder = NULL;
    arvo_contract *contract = NULL;
    arvo_schema *any = NULL;
    arvo_emit emits[8];
    size_t index, size = count(types) < 8 ? count(types) : 8;
    arvo_schema_new(parse(ANY), ARVO_UNKNOWN_KEYS_AS_WRITTEN, &any, error);
    for (index = 0; index < size; index++) {
        emits[index].type = text(item(types, index));
        emits[index].schema = any;
    }
    arvo_contract_builder_plain(str(format("#/vector/%s", name)), str(format("com.%s.do", name)), &builder, error);
    arvo_contract_builder_version(builder, ARVO_STR("1.0.0"), keep_schema(any), emits, size, error);
    arvo_contract_builder_build(builder, &contract, error);
    arvo_contract_builder_free(builder);
    return latest(contract, error);
}

static const arvo_machine *built(arvo_machine_builder *builder, arvo_error **error) {
    arvo_machine *machine = NULL;
    arvo_machine_builder_build(builder, &machine, error);
    arvo_machine_builder_free(builder);
    return keep_machine(machine);
}

/* "ViolationError<Config> " taken away. */
static arvo_str without_class(arvo_str message) {
    const char *class_ = "ViolationError<Config> ";
    size_t length = strlen(class_);
    return starts(message, class_) ? arvo_str_of(message.ptr + length, message.len - length) : message;
}

static void refused_case(report *report, const char *group, size_t index, json case_) {
    json ours = at(case_, "/oursExpect"), reference = at(case_, "/reference"), wanted = ours ? ours : reference, found;
    json types = parse(ARVO_STR("[\"evt.one.do.success\"]"));
    arvo_str name = text(at(case_, "/name"));
    mini mini;
    arvo_machine_builder *builder;
    arvo_error *error = NULL;
    const char *why = NULL;
    bool ok;
    mini_of(&mini, case_, report->vectors);
    builder = mini_builder(&mini, case_, own(&error), &error);
    if (at(case_, "/setup")) arvo_machine_builder_setup(builder, str(show(at(case_, "/setup"))), &error);
    if (is(name, "refused/self-as-service")) {
        arvo_machine_builder_service(builder, ARVO_STR("me"), own(&error), &error);
    } else {
        arvo_machine_builder_service(builder, ARVO_STR("one"), service("one", types, &error), &error);
    }
    if (is(name, "refused/duplicate-service")) {
        arvo_machine_builder_service(builder, ARVO_STR("again"), service("one", types, &error), &error);
    }
    built(builder, &error);
    found = error_json(keep_error(error));
    if (kind(wanted) == ARVO_TEXT) {
        ok = is(text(wanted), "accepts") && found == NULL;
    } else if (kind(at(wanted, "/message")) == ARVO_OBJECT) { /* the wording is free, but XState's is still there */
        ok = found != NULL && contains(text(at(found, "/message")), without_class(text(at(reference, "/message"))));
    } else {
        ok = found != NULL && match_error(wanted, found, &why);
    }
    judge(report, group, index, case_, ok, wanted, found, why);
}

void run_refused(report *report) { run_group(report, "cases", refused_case); }

static void locking_case(report *report, const char *group, size_t index, json case_) {
    json services = at(case_, "/serviceEmits"), wanted = at(case_, "/requiresResourceLocking"), found;
    mini mini;
    arvo_machine_builder *builder;
    arvo_error *error = NULL;
    size_t at_;
    mini_of(&mini, case_, NULL);
    builder = mini_builder(&mini, case_, own(&error), &error);
    for (at_ = 0; at_ < count(services); at_++) {
        const char *name = format("%.*s", ARVO_PRINT(key(services, at_)));
        arvo_machine_builder_service(builder, str(name), service(name, item(services, at_), &error), &error);
    }
    found = make_bool(arvo_machine_locking(built(builder, &error)));
    must(error);
    judge(report, group, index, case_, equal(wanted, found), wanted, found, NULL);
}

void run_locking(report *report) { run_group(report, "cases", locking_case); }
