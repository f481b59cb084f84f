/* factories.json: events by contract. */
#include "support.h"

static const arvo_contract_version *version_of(json contracts, arvo_str name, arvo_str version) {
    arvo_contract *contract = NULL;
    arvo_contract_version *found = NULL;
    arvo_error *error = NULL;
    contract_of(member(contracts, name), &contract, &error);
    arvo_contract_lookup(keep_contract(contract), version, &found, &error);
    must(error);
    return keep_version(found);
}

/* An error of the case's own, with a stack to tell of. */
static const arvo_error *own_error(json error) {
    arvo_error *made = NULL;
    arvo_error_raise(&made, text(at(error, "/name")), text(at(error, "/message")));
    arvo_error_set_stack(made, ARVO_STR("own_error (factories.c)"));
    return keep_error(made);
}

static void factory(report *report, const char *group, size_t index, json case_) {
    bool refused = false;
    json input = expand(at(case_, "/input"), &refused), wanted = expectation(report, group, index, case_, "/expect"),
         found;
    json data = at(input, "/data");
    const arvo_contract_version *version =
        version_of(at(report->vectors, "/contracts"), text(at(case_, "/contract")), text(at(case_, "/version")));
    arvo_str method = text(at(case_, "/method"));
    arvo_value *attributes = copy(input), *event_json = NULL;
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    const char *why = NULL;
    bool ok;
    put(attributes, "__extensions", at(case_, "/extensions"));
    if (is(method, "systemError")) {
        arvo_factory_system_error(version, NULL, attributes, own_error(at(input, "/error")), &event, &error);
    } else if (is(method, "init")) {
        arvo_factory_init(version, NULL, attributes, data, &event, &error);
    } else if (is(method, "complete")) {
        arvo_factory_complete(version, NULL, attributes, data, &event, &error);
    } else if (is(method, "emits")) {
        arvo_factory_emits(version, NULL, text(at(input, "/type")), attributes, data, &event, &error);
    } else {
        arvo_factory_accepts(version, NULL, attributes, data, &event, &error);
    }
    keep_event(event);
    keep_error(error);
    if (error != NULL) {
        found = error_json(error);
        ok = at(wanted, "/error") && match_error(at(wanted, "/error"), found, &why);
        produced(report, case_, found);
    } else {
        arvo_event_value(event, &event_json, &error);
        must(error);
        found = keep_value(event_json);
        ok = at(wanted, "/event") && match(at(wanted, "/event"), found, make_object(), &why);
        if (is(method, "systemError")) produced(report, case_, error_json(own_error(at(input, "/error"))));
    }
    judge(report, group, index, case_, wanted == NULL || ok, wanted, found, why);
}

void run_factories(report *report) { run_group(report, "cases", factory); }
