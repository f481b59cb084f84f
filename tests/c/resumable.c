/* resumable.json: whole workflows, event by event, with the record after each. */
#include "support.h"

/* --- a recorded resumable: its rules are real functions --- */

static json event_in_scope(const arvo_event *event, json data) {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    arvo_event_value(event, &value, &error);
    must(error);
    if (data != NULL) put(value, "data", data);
    return keep_value(value);
}

static json domain_or_null(arvo_str domain) { return domain.ptr ? make_text(domain) : make_null(); }

/* What templates look things up in. */
static json scope_of(const arvo_input *input, arvo_error **error) {
    arvo_value *scope = make_object(), *collected = make_object(), *domain = make_object();
    const arvo_value *context = NULL;
    const arvo_events *events = NULL;
    json event = event_in_scope(arvo_input_event(input), arvo_input_data(input));
    size_t index;
    arvo_input_context(input, &context, error);
    arvo_input_collected(input, ARVO_NO_STR, &events, error);
    if (*error != NULL) return NULL;
    for (index = 0; index < arvo_events_count(events); index++) {
        const arvo_event *response = arvo_events_at(events, index);
        json known = member(collected, arvo_event_type(response));
        arvo_value *list = known ? copy(known) : make_array();
        append(list, event_in_scope(response, NULL));
        put_key(collected, arvo_event_type(response), list);
    }
    put(domain, "self", domain_or_null(arvo_input_domain_self(input)));
    put(domain, "event", domain_or_null(arvo_input_domain_event(input)));
    put(scope, "domain", domain);
    put(scope, "context", context ? context : make_null());
    put(scope, "metadata", arvo_input_metadata(input).ptr ? parse(arvo_input_metadata(input)) : make_null());
    put(scope, "collectedEvents", collected);
    put(scope, arvo_input_is_init(input) ? "input" : "service", event);
    return scope;
}

static bool fits(json rule, const arvo_input *input) {
    json on = at(rule, "/on");
    if (on == NULL) return true;
    if (is(text(on), "input")) return arvo_input_is_init(input);
    if (arvo_input_is_init(input)) return false;
    return is(text(on), "service") || same(text(on), arvo_event_type(arvo_input_event(input)));
}

/* Does what the first rule that fits says. */
static arvo_status perform(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    static const char *const members[] = {"context", "services", "output"};
    json rules = user_data, scope = scope_of(input, error);
    size_t index, part;
    bool failed = false;
    for (index = 0; index < count(rules) && *error == NULL; index++) {
        json rule = item(rules, index), condition = at(rule, "/if");
        arvo_value *returned = make_object();
        if (!fits(rule, input) || (condition && !truthy(evaluate(condition, scope, &failed)))) continue;
        if (at(rule, "/returnsNothing") || behaves_badly(rule, error)) return arvo_error_status(*error);
        for (part = 0; part < 3; part++) {
            json template_ = at(rule, format("/%s", members[part]));
            if (template_) put(returned, members[part], evaluate(template_, scope, &failed));
        }
        if (failed) return arvo_error_raise(error, ARVO_STR("Error"), ARVO_STR("unknown operator"));
        return arvo_resumed_json(next, str(show(returned)), error);
    }
    return arvo_error_status(*error);
}

arvo_status resumable_of(json contracts, json spec, const arvo_memory *memory, arvo_resumable **out,
                         arvo_error **error) {
    arvo_contract *contract = NULL;
    arvo_resumable_builder *builder = NULL;
    json services = at(spec, "/services"), rules = at(spec, "/rules"), domains = at(spec, "/domains");
    size_t index;
    arvo_status status;
    contract_of(member(contracts, text(at(spec, "/contract"))), &contract, error);
    arvo_resumable_builder_new(keep_contract(contract), &builder, error);
    for (index = 0; index < count(services); index++) {
        json service = item(services, index), version = at(service, "/version");
        arvo_contract *of = NULL;
        arvo_contract_version *found = NULL;
        contract_of(member(contracts, text(at(service, "/contract"))), &of, error);
        arvo_contract_lookup(keep_contract(of), version ? text(version) : ARVO_STR("1.0.0"), &found, error);
        arvo_resumable_builder_service(builder, key(services, index), keep_version(found), error);
    }
    for (index = 0; index < count(rules); index++) {
        arvo_resumable_builder_on(builder, key(rules, index), perform, (void *)item(rules, index), NULL, error);
    }
    if (!is_null(at(spec, "/executionunits"))) {
        arvo_resumable_builder_executionunits(builder, number(at(spec, "/executionunits")), error);
    }
    if (!is_null(at(spec, "/locking"))) {
        arvo_resumable_builder_locking(builder, truth(at(spec, "/locking")), error);
    }
    if (domains != NULL) {
        arvo_resumable_builder_domains(builder, at(domains, "/services"), at(domains, "/complete"),
                                       at(domains, "/systemError"), error);
    }
    if (at(spec, "/span") != NULL) {
        arvo_resumable_builder_span(builder, text(at(spec, "/span/name")), at(spec, "/span/attributes"), error);
    }
    if (memory != NULL) arvo_resumable_builder_memory(builder, memory, error);
    status = arvo_resumable_builder_build(builder, out, error);
    arvo_resumable_builder_free(builder);
    return status;
}

static void made(json contracts, json case_, const arvo_memory *memory, workflow *out, arvo_error **error) {
    resumable_of(contracts, at(case_, "/resumable"), memory, &out->resumable, error);
    keep_resumable(out->resumable);
}

static void steps(report *report, const char *group, size_t index, json case_) {
    run_steps(report, group, index, case_, made);
}

static void construction(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), found = NULL;
    arvo_resumable *resumable = NULL;
    arvo_error *error = NULL;
    const char *why = NULL;
    bool ok;
    resumable_of(at(report->vectors, "/contracts"), at(case_, "/resumable"), NULL, &resumable, &error);
    keep_resumable(resumable);
    if (keep_error(error) != NULL) {
        found = error_json(error);
        produced(report, case_, found);
        ok = at(wanted, "/error/$open") || (at(wanted, "/error") && match_error(at(wanted, "/error"), found, &why));
    } else {
        ok = truth(at(wanted, "/made")) && same(text(at(wanted, "/source")), arvo_resumable_source(resumable)) &&
             truth(at(wanted, "/locking")) == arvo_resumable_locking(resumable);
    }
    judge(report, group, index, case_, wanted == NULL || ok, wanted, found, why);
}

void run_resumable(report *report) {
    run_group(report, "cases", steps);
    run_group(report, "construction", construction);
}
