/* Recorded workflows, event by event, with the record after each: what resumables and orchestrators have in common. */
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

bool right_violation(json wanted, json found, json event, const char **why) {
    json told = at(wanted, "/metadata/initiatingEvent");
    if (told != NULL) {
        arvo_value *metadata = make_object();
        put(metadata, "initiatingEvent", event);
        wanted = with_member(wanted, "metadata", metadata);
    }
    if (at(wanted, "/cause") && !equal(at(wanted, "/cause"), at(found, "/cause"))) return false;
    return match_error(wanted, found, why);
}

static bool is_locking(const workflow *workflow) {
    return workflow->resumable != NULL ? arvo_resumable_locking(workflow->resumable)
                                       : arvo_orchestrator_locking(workflow->orchestrator);
}

void execute_workflow(const workflow *workflow, const arvo_event *event, arvo_events **out, arvo_error **error) {
    if (workflow->resumable != NULL) {
        arvo_resumable_execute(workflow->resumable, event, out, error);
    } else {
        arvo_orchestrator_execute(workflow->orchestrator, event, out, error);
    }
}

/* A workflow that can't be made. */
static void refused(report *report, const char *group, size_t index, json case_, const arvo_error *error) {
    json wanted = at(case_, "/oursExpect/construction"), found = error_json(error);
    const char *why = NULL;
    if (found != NULL) produced(report, case_, found);
    judge(report, group, index, case_, found != NULL && match_error(at(wanted, "/error"), found, &why), wanted, found,
          why);
}

void run_steps(report *report, const char *group, size_t index, json case_, workflow_fn make) {
    json list = at(case_, "/steps");
    recorded memory = {NULL, NULL, false, NULL};
    arvo_memory *own = NULL;
    workflow workflow = {NULL, NULL};
    arvo_error *error = NULL;
    arvo_value *done = make_array(), *labels = make_object();
    size_t at_;
    bool ok;
    memory.records = make_object();
    arvo_memory_new_own(&FUNCTIONS, &memory, NULL, &own, &error);
    make(at(report->vectors, "/contracts"), case_, keep_memory(own), &workflow, &error);
    if (at(case_, "/oursExpect/construction") != NULL) {
        refused(report, group, index, case_, keep_error(error));
        return;
    }
    must(error);
    ok = is_locking(&workflow) == truth(at(case_, "/locking"));
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
        execute_workflow(&workflow, event, &events, &error);
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
