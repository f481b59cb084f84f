/* errors.json: violations, what counts as one, and the text of every error seen in the other files. */
#include <stdio.h>
#include <string.h>

#include "support.h"

/* "[CAUSE] the message" of a transaction's violation. */
static json cause_of(arvo_str message) {
    const char *open = memchr(message.ptr, '[', message.len), *close = memchr(message.ptr, ']', message.len);
    return open && close ? make_text(arvo_str_of(open + 1, (size_t)(close - open - 1))) : NULL;
}

static void class_(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), metadata = at(wanted, "/metadata");
    arvo_str type = text(at(wanted, "/type")), message = text(at(wanted, "/message"));
    size_t prefix = strlen("ViolationError<> ") + type.len;
    arvo_value *found = make_object();
    arvo_error *error = NULL;
    bool transaction;
    arvo_error_raise_violation(&error, type, arvo_str_of(message.ptr + prefix, message.len - prefix),
                               is_null(metadata) ? NULL : metadata);
    keep_error(error);
    transaction = arvo_error_status(error) == ARVO_TRANSACTION_VIOLATION;
    put(found, "name", make_text(arvo_error_name(error)));
    put(found, "message", make_text(arvo_error_message(error)));
    put(found, "type", make_text(arvo_error_violation(error)));
    put(found, "metadata", is_null(metadata) ? make_null() : at(arvo_error_details(error), "/metadata"));
    put(found, "isViolation", make_bool(arvo_error_is_violation(error)));
    put(found, "isTransaction", make_bool(transaction));
    if (transaction) put(found, "cause", cause_of(arvo_error_message(error)));
    put(found, "isTransactionOfCauseRead",
        make_bool(transaction && is(text(at(found, "/cause")), "READ_MACHINE_MEMORY_FAILURE")));
    judge(report, group, index, case_, wanted == NULL || equal(wanted, found), wanted, found, NULL);
}

/* What a C program can take for a violation: an error with these marks, or a handle of another kind. */
static bool recognised(const char *name) {
    arvo_error *error = NULL;
    bool found;
    if (strcmp(name, "an object that looks like one") == 0) {
        json value =
            parse(ARVO_STR("{\"violation\":true,\"type\":\"T\",\"name\":\"ViolationError<T>\",\"message\":\"m\"}"));
        return arvo_error_is_violation((const arvo_error *)value);
    }
    if (strcmp(name, "text") == 0) {
        arvo_text *text = NULL;
        arvo_uri_encode(ARVO_STR("text"), &text, NULL);
        return arvo_error_is_violation((const arvo_error *)keep_text(text));
    }
    if (strcmp(name, "an error with the mark, type and name") == 0) {
        arvo_error_raise_violation(&error, ARVO_STR("T"), ARVO_STR("m"), NULL);
    } else if (strcmp(name, "an error with the mark but no type") == 0) {
        arvo_error_raise_violation(&error, ARVO_NO_STR, ARVO_STR("m"), NULL);
    } else if (strcmp(name, "an error with the mark and an empty type") == 0) {
        arvo_error_raise_violation(&error, ARVO_STR(""), ARVO_STR("m"), NULL);
    } else if (strcmp(name, "an error with a type but no mark") == 0) {
        arvo_error_raise(&error, ARVO_STR("ViolationError<T>"), ARVO_STR("m"));
    } else if (strcmp(name, "an error with mark, type and empty message") == 0) {
        arvo_error_raise(&error, ARVO_STR("ViolationError<T>"), ARVO_STR(""));
    } else if (strcmp(name, "a plain error") == 0) {
        arvo_error_raise(&error, ARVO_STR("Error"), ARVO_STR("m"));
    }
    found = arvo_error_is_violation(error); /* of NULL, too */
    arvo_error_free(error);
    return found;
}

static void is_violation(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect");
    json found = make_bool(recognised(format("%.*s", ARVO_PRINT(text(at(case_, "/name"))))));
    judge(report, group, index, case_, wanted == NULL || equal(wanted, found), wanted, found, NULL);
}

/* A contract of no importance. */
static const arvo_contract_version *some_version(void) {
    arvo_contract *contract = NULL;
    arvo_contract_version *version = NULL;
    arvo_error *error = NULL;
    contract_of(parse(ARVO_STR("{\"kind\":\"plain\",\"uri\":\"#/a\",\"type\":\"com.test.a\","
                               "\"versions\":{\"1.0.0\":{\"accepts\":\"{}\",\"emits\":{}}}}")),
                &contract, &error);
    arvo_contract_lookup(keep_contract(contract), ARVO_STR("latest"), &version, &error);
    must(error);
    return keep_version(version);
}

static json of_source(void) {
    return parse(ARVO_STR("{\"source\":\"com.test.client\",\"subject\":\"s\",\"data\":{}}"));
}

static json system_error_data(bool with_stack) {
    arvo_error *raised = NULL, *error = NULL;
    arvo_event *event = NULL;
    arvo_value *data = NULL;
    arvo_error_raise(&raised, with_stack ? ARVO_STR("N") : ARVO_STR("Error"), ARVO_STR("m"));
    if (with_stack) arvo_error_set_stack(raised, ARVO_STR("string"));
    arvo_factory_system_error(some_version(), NULL, of_source(), keep_error(raised), &event, &error);
    arvo_event_data(keep_event(event), &data, &error);
    must(error);
    return keep_value(data);
}

static void other(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), found = NULL;
    arvo_str name = text(at(case_, "/name"));
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    bool ok = false;
    if (is(name, "registry without machines")) {
        arvo_orchestrator_builder *builder = NULL;
        arvo_orchestrator *orchestrator = NULL;
        arvo_orchestrator_builder_new(&builder, &error);
        must(error);
        arvo_orchestrator_builder_build(builder, &orchestrator, &error);
        arvo_orchestrator_builder_free(builder);
        arvo_orchestrator_free(orchestrator);
        found = error_json(keep_error(error));
        ok = found && equal(at(wanted, "/error/message"), at(found, "/message"));
    } else if (is(name, "system error data of an error") || is(name, "system error data of an error without stack")) {
        found = system_error_data(is(name, "system error data of an error"));
        ok = equal(at(wanted, "/value"), found);
    } else if (is(name, "orchestrator factory for a plain contract")) {
        arvo_factory_init(some_version(), NULL, of_source(), NULL, &event, &error);
        found = error_json(keep_error(error));
        ok = found && equal(at(wanted, "/error/message"), at(found, "/message"));
    } else if (is(name, "event constructor without to")) {
        /* The reference throws one text; ours lists every broken attribute. */
        arvo_event_parse(NULL,
                         ARVO_STR("{\"id\":\"i\",\"source\":\"com.a.b\",\"specversion\":\"1.0\",\"type\":\"com.a.b\","
                                  "\"subject\":\"s\",\"dataschema\":null,\"data\":{},\"time\":\"2025-01-02T03:04:05Z\","
                                  "\"to\":null,\"accesscontrol\":null,\"redirectto\":null,\"executionunits\":null,"
                                  "\"traceparent\":null,\"tracestate\":null,\"parentid\":null,\"domain\":null}"),
                         &event, &error);
        found = error_json(keep_error(error));
        ok = count(at(found, "/broken")) == 1 && is(text(at(found, "/broken/0/attribute")), "to");
    }
    keep_event(event);
    judge(report, group, index, case_, wanted == NULL || ok, wanted, found, NULL);
}

/* Whether the file that a message was seen in was run. */
static bool was_run(report *report, arvo_str where) {
    size_t index;
    const char *file = format("%.*s", ARVO_PRINT(where));
    const char *end = strchr(file, '#');
    for (index = 0; end && index < count(report->produced); index++) {
        if (starts(key(report->produced, index), format("%.*s#", (int)(end - file), file))) return true;
    }
    return false;
}

static void message(report *report, const char *group, size_t index, json case_) {
    arvo_str where = text(at(case_, "/at"));
    json errors = member(report->produced, where);
    const char *why = NULL;
    size_t at_;
    bool ok = false;
    if (!was_run(report, where) || (count(errors) == 1 && is_null(item(errors, 0)))) return; /* JavaScript's alone */
    for (at_ = 0; at_ < count(errors) && !ok; at_++) ok = match_error(case_, item(errors, at_), &why);
    ok = ok || at(case_, "/ours"); /* seen only where ours answers otherwise */
    judge(report, group, index, case_, ok, case_, errors, why);
}

/* The operations of the cases, in order, on one memory inside the process. */
static const struct {
    const char *operation, *id, *record;
} OPERATIONS[] = {{"read", "", NULL},    {"write", "", "{}"}, {"write", "a", NULL},        {"lock", "", NULL},
                  {"unlock", "", NULL},  {"read", "a", NULL}, {"write", "a", "{\"x\":1}"}, {"read", "a", NULL},
                  {"lock", "a", NULL},   {"lock", "a", NULL}, {"lock", "b", NULL},         {"unlock", "a", NULL},
                  {"unlock", "a", NULL}, {"lock", "a", NULL}, {"clear", "a", NULL},        {"lock", "a", NULL}};

static arvo_memory *used_memory;

static void memory(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect");
    arvo_value *found = make_object();
    arvo_text *record = NULL;
    arvo_error *error = NULL;
    arvo_str operation, id;
    bool held = false, ok;
    if (index >= sizeof OPERATIONS / sizeof *OPERATIONS) {
        judge(report, group, index, case_, false, wanted, NULL, "no such operation is known");
        return;
    }
    operation = str(OPERATIONS[index].operation);
    id = str(OPERATIONS[index].id);
    put(found, "value", make_null());
    if (is(operation, "read")) {
        arvo_memory_read(used_memory, id, &record, &error);
        if (keep_text(record)) put(found, "value", parse(arvo_text_view(record)));
    } else if (is(operation, "write")) {
        const char *text = OPERATIONS[index].record;
        arvo_memory_write(used_memory, id, text ? str(text) : ARVO_NO_STR, &error);
    } else if (is(operation, "lock")) {
        arvo_memory_lock(used_memory, id, &held, &error);
        put(found, "value", make_bool(held));
    } else if (is(operation, "unlock")) {
        put(found, "value", make_bool(arvo_memory_unlock(used_memory, id, &error) == ARVO_OK));
    } else {
        arvo_memory_clear(used_memory, id, &error);
    }
    if (keep_error(error) != NULL) {
        ok = is(text(at(wanted, "/error/message")), format("%.*s", ARVO_PRINT(arvo_error_message(error))));
    } else {
        ok = at(wanted, "/value") && equal(at(wanted, "/value"), at(found, "/value"));
    }
    judge(report, group, index, case_, wanted == NULL || ok, wanted, error ? error_json(error) : found, NULL);
}

static void run_memory(report *report) {
    arvo_error *error = NULL;
    arvo_memory_new(&used_memory, &error);
    must(error);
    run_group(report, "memory", memory);
    arvo_memory_free(used_memory);
}

void run_errors(report *report) {
    run_group(report, "classes", class_);
    run_group(report, "isViolation", is_violation);
    run_group(report, "other", other);
    run_memory(report);
    run_group(report, "messages", message);
}
