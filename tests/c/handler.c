/* handler.json: one event into a handler, and what comes out. */
#include "support.h"

/* A handler whose functions act by the behaviours of the case. */
arvo_status handler_of(json contracts, json spec, arvo_handler **out, arvo_error **error) {
    arvo_contract *contract = NULL;
    arvo_handler_builder *builder = NULL;
    json behaviours = at(spec, "/behaviours"), domains = at(spec, "/domains");
    size_t index;
    arvo_status status;
    contract_of(member(contracts, text(at(spec, "/contract"))), &contract, error);
    arvo_handler_builder_new(keep_contract(contract), &builder, error);
    for (index = 0; index < count(behaviours); index++) {
        arvo_handler_builder_on(builder, key(behaviours, index), behave, (void *)item(behaviours, index), NULL, error);
    }
    if (!is_null(at(spec, "/executionunits"))) {
        arvo_handler_builder_executionunits(builder, number(at(spec, "/executionunits")), error);
    }
    if (domains != NULL) {
        arvo_handler_builder_domains(builder, at(domains, "/emits"), at(domains, "/systemError"), error);
    }
    if (at(spec, "/span") != NULL) {
        arvo_handler_builder_span(builder, text(at(spec, "/span/name")), at(spec, "/span/attributes"), error);
    }
    status = arvo_handler_builder_build(builder, out, error);
    arvo_handler_builder_free(builder);
    return status;
}

json events_json(report *report, json case_, const arvo_events *events) {
    arvo_value *list = make_array();
    size_t index;
    for (index = 0; index < arvo_events_count(events); index++) {
        arvo_value *event = NULL;
        arvo_error *error = NULL;
        arvo_event_value(arvo_events_at(events, index), &event, &error);
        must(error);
        append(list, keep_value(event));
        if (starts(arvo_event_type(arvo_events_at(events, index)), "sys.")) {
            arvo_value *told = make_object();
            put(told, "name", at(event, "/data/errorName"));
            put(told, "message", at(event, "/data/errorMessage"));
            produced(report, case_, told);
        }
    }
    return list;
}

json with_stacks(json events, json wanted) {
    arvo_value *list = make_array();
    size_t index;
    for (index = 0; index < count(events); index++) {
        arvo_value *event = copy(item(events, index));
        json stack = at(item(wanted, index), "/data/errorStack");
        if (at(stack, "/$any") && kind(at(event, "/data/errorStack")) == ARVO_NULL) {
            arvo_value_set_text(event, ARVO_STR("/data/errorStack"), ARVO_STR("C has none"), NULL);
        }
        append(list, event);
    }
    return list;
}

static void execute(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), found;
    arvo_handler *handler = NULL;
    arvo_event *event = NULL;
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    const char *why = NULL;
    bool ok;
    handler_of(at(report->vectors, "/contracts"), at(case_, "/handler"), &handler, &error);
    arvo_event_parse(NULL, str(show(at(case_, "/event"))), &event, &error);
    must(error);
    keep_handler(handler);
    keep_event(event);
    arvo_handler_execute(handler, event, &events, &error);
    keep_events(events);
    if (keep_error(error) != NULL) {
        found = error_json(error);
        produced(report, case_, found);
        ok = at(wanted, "/violation") && arvo_error_is_violation(error) &&
             match_error(at(wanted, "/violation"), found, &why);
    } else {
        found = with_stacks(events_json(report, case_, events), at(wanted, "/events"));
        ok = at(wanted, "/events") && match(at(wanted, "/events"), found, make_object(), &why);
    }
    judge(report, group, index, case_, wanted == NULL || ok, wanted, found, why);
}

static void construction(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect");
    arvo_value *found = make_object();
    arvo_handler *handler = NULL;
    arvo_error *error = NULL;
    bool ok;
    handler_of(at(report->vectors, "/contracts"), case_, &handler, &error);
    keep_handler(handler);
    if (keep_error(error) != NULL) {
        put(found, "error", error_json(error));
        produced(report, case_, error_json(error));
        ok = equal(at(wanted, "/error/message"), at(found, "/error/message"));
    } else {
        arvo_contract *contract = NULL;
        arvo_error *failed = NULL;
        contract_of(member(at(report->vectors, "/contracts"), text(at(case_, "/contract"))), &contract, &failed);
        must(failed);
        keep_contract(contract);
        put(found, "made", make_bool(true));
        put(found, "source", make_text(arvo_handler_source(handler)));
        put(found, "domain",
            arvo_contract_domain(contract).ptr ? make_text(arvo_contract_domain(contract)) : make_null());
        put(found, "systemErrorType", make_text(arvo_contract_system_error_type(contract)));
        ok = equal(wanted, found);
    }
    judge(report, group, index, case_, wanted == NULL || ok, wanted, found, NULL);
}

void run_handler(report *report) {
    run_group(report, "cases", execute);
    run_group(report, "construction", construction);
}
