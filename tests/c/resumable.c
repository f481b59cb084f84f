/* resumable.json: whole workflows, event by event, with the record after each. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* The memory of a case: it fails where the case says so, and tells its calls. */
typedef struct recorded {
    arvo_value *records; /* by subject, as text */
    json faults;
    bool held;
    arvo_value *calls;
} recorded;

static arvo_status called(recorded *memory, const char *operation, const char *told, arvo_error **error) {
    append(memory->calls, make_text(str(told)));
    if (!is(text(at(memory->faults, format("/%s", operation))), "throw")) return ARVO_OK;
    return arvo_error_raise(error, ARVO_STR("Error"), str(format("%s fault", operation)));
}

static arvo_status read_record(void *user_data, arvo_str id, arvo_text **record, arvo_error **error) {
    recorded *memory = user_data;
    json kept;
    if (called(memory, "read", "read", error) != ARVO_OK) return arvo_error_status(*error);
    kept = member(memory->records, id);
    return kept ? arvo_text_new(text(kept), record, error) : ARVO_OK;
}

static arvo_status write_record(void *user_data, arvo_str id, arvo_str record, arvo_str previous, arvo_error **error) {
    recorded *memory = user_data;
    const char *told = previous.ptr ? "write(with previous)" : "write(no previous)";
    if (called(memory, "write", told, error) != ARVO_OK) return arvo_error_status(*error);
    put_key(memory->records, id, make_text(record));
    return ARVO_OK;
}

static arvo_status lock(void *user_data, arvo_str id, bool *held, arvo_error **error) {
    recorded *memory = user_data;
    (void)id;
    *held = !memory->held && !is(text(at(memory->faults, "/lock")), "deny");
    return called(memory, "lock", "lock", error);
}

static arvo_status unlock(void *user_data, arvo_str id, arvo_error **error) {
    (void)id;
    return called(user_data, "unlock", "unlock", error);
}

static const arvo_memory_functions FUNCTIONS = {read_record, write_record, lock, unlock};

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
    if (memory != NULL) arvo_resumable_builder_memory(builder, memory, error);
    status = arvo_resumable_builder_build(builder, out, error);
    arvo_resumable_builder_free(builder);
    return status;
}

/* A failure record of ours may say more than the reference's. */
static json as_recorded(json record, json wanted) {
    arvo_value *less;
    size_t index;
    if (!is(text(at(record, "/executionStatus")), "failure")) return record ? record : make_null();
    less = make_object();
    for (index = 0; index < count(wanted); index++) {
        json part = member(record, key(wanted, index));
        if (at(item(wanted, index), "/stack/$any"))
            part = with_member(part, "stack", make_text(ARVO_STR("C has none")));
        put_key(less, key(wanted, index), part);
    }
    return less;
}

/* What is wanted of a step: its own expectation, or what stands in its place; NULL: anything. */
static json wanted_of(json case_, json step, size_t index) {
    json ours = at(case_, format("/oursExpect/%zu", index));
    if (ours != NULL) return ours;
    return at(case_, "/ours") && !at(case_, "/oursExpect") ? NULL : at(step, "/expect");
}

/* A violation is compared field by field; `$consumedEvent` stands for the event. */
static bool right_violation(json wanted, json found, json event, const char **why) {
    json told = at(wanted, "/metadata/initiatingEvent");
    if (told != NULL) {
        arvo_value *metadata = make_object();
        put(metadata, "initiatingEvent", event);
        wanted = with_member(wanted, "metadata", metadata);
    }
    if (at(wanted, "/cause") && !equal(at(wanted, "/cause"), at(found, "/cause"))) return false;
    return match_error(wanted, found, why);
}

static void steps(report *report, const char *group, size_t index, json case_) {
    json list = at(case_, "/steps");
    recorded memory = {NULL, NULL, false, NULL};
    arvo_memory *own = NULL;
    arvo_resumable *resumable = NULL;
    arvo_error *error = NULL;
    arvo_value *done = make_array(), *labels = make_object();
    size_t at_;
    bool ok;
    memory.records = make_object();
    arvo_memory_new_own(&FUNCTIONS, &memory, NULL, &own, &error);
    resumable_of(at(report->vectors, "/contracts"), at(case_, "/resumable"), keep_memory(own), &resumable, &error);
    must(error);
    keep_resumable(resumable);
    ok = arvo_resumable_locking(resumable) == truth(at(case_, "/locking"));
    if (!ok) judge(report, group, index, case_, false, at(case_, "/locking"), NULL, "locking");
    for (at_ = 0; ok && at_ < count(list); at_++) {
        json step = item(list, at_), wanted = wanted_of(case_, step, at_), given, subject;
        arvo_value *scope = make_object(), *found = make_object(), *told = make_object();
        arvo_event *event = NULL;
        arvo_events *events = NULL;
        const char *why = NULL;
        bool failed = false;
        put(scope, "steps", done);
        given = evaluate(at(step, "/event"), scope, &failed);
        arvo_event_parse(NULL, str(show(given)), &event, &error);
        must(error);
        subject = make_text(arvo_event_subject(keep_event(event)));
        memory.faults = at(step, "/faults");
        memory.held = truth(at(step, "/held"));
        memory.calls = make_array();
        arvo_resumable_execute(resumable, event, &events, &error);
        keep_events(events);
        put(told, "event", given);
        put(told, "events", events ? events_json(report, case_, events) : make_array());
        append(done, told);
        put(found, "record",
            as_recorded(member(memory.records, text(subject)) ? parse(text(member(memory.records, text(subject))))
                                                              : NULL,
                        at(wanted, "/record")));
        put(found, "memory", memory.calls);
        if (keep_error(error) != NULL) {
            json violation = error_json(error);
            put(found, "violation", violation);
            produced(report, case_, violation);
            ok =
                wanted == NULL || at(wanted, "/$open") ||
                (at(wanted, "/violation") && arvo_error_is_violation(error) &&
                 (at(wanted, "/violation/$open") || right_violation(at(wanted, "/violation"), violation, given, &why)));
            error = NULL;
        } else {
            json emitted = with_stacks(at(told, "/events"), at(wanted, "/events"));
            put(found, "events", emitted);
            ok = wanted == NULL || at(wanted, "/$open") ||
                 (at(wanted, "/events") && match(at(wanted, "/events"), emitted, labels, &why));
        }
        if (ok && wanted && at(wanted, "/memory")) ok = match(at(wanted, "/memory"), memory.calls, labels, &why);
        if (ok && wanted && at(wanted, "/record")) {
            ok = match(at(wanted, "/record"), at(found, "/record"), labels, &why);
        }
        if (!ok) judge(report, group, index, case_, false, wanted, found, format("step %zu: %s", at_, why ? why : ""));
    }
    if (ok) judge(report, group, index, case_, true, NULL, NULL, NULL);
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
