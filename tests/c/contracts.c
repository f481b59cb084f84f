/* contracts.json: schemas, contracts, and contracts that can't be made. */
#include "support.h"

/* A path as it is recorded: "/" for the whole, and without the escapes of JSON Pointer. */
static json recorded(arvo_str path) {
    char *plain = keep_bytes(path.len + 2), *end = plain;
    size_t index;
    for (index = 0; index < path.len; index++) {
        bool escape = path.ptr[index] == '~' && index + 1 < path.len;
        if (escape) index++;
        *end++ = escape ? (path.ptr[index] == '0' ? '~' : '/') : path.ptr[index];
    }
    return make_text(str(*plain ? plain : "/"));
}

/* {output} of data that keeps the schema, or {invalid: paths}. */
static json judged(const arvo_schema *schema, json data) {
    arvo_value *found = make_object(), *output = NULL;
    arvo_error *error = NULL;
    if (arvo_schema_validate(schema, data, &output, &error) == ARVO_OK) {
        put(found, "output", keep_value(output));
    } else {
        arvo_value *paths = make_array();
        json issues = at(arvo_error_details(keep_error(error)), "/issues");
        size_t index;
        for (index = 0; index < count(issues); index++) {
            append(paths, recorded(text(at(item(issues, index), "/path"))));
        }
        put(found, "invalid", paths);
        put(found, "issues", issues);
    }
    return found;
}

static bool fits(json wanted, json found) {
    json invalid = at(wanted, "/invalid");
    if (wanted == NULL || at(invalid, "/$open")) return invalid == NULL || at(found, "/invalid") != NULL;
    if (invalid != NULL) return at(found, "/invalid") && same_set(invalid, at(found, "/invalid"));
    return at(found, "/output") && equal(at(wanted, "/output"), at(found, "/output"));
}

static void schema(report *report, const char *group, size_t index, json case_) {
    arvo_schema *compiled = NULL;
    arvo_error *error = NULL;
    json data = at(case_, "/data");
    size_t at_;
    schema_of(case_, &compiled, &error);
    must(error);
    keep_schema(compiled);
    for (at_ = 0; at_ < count(data); at_++) {
        bool refused = false;
        json datum = item(data, at_), input = expand(at(datum, "/input"), &refused), wanted, found;
        arvo_value *named = copy(datum);
        put(named, "name", make_text(str(format("%.*s, %zu", ARVO_PRINT(text(at(case_, "/name"))), at_))));
        wanted = expectation(report, group, index, named, ""); /* the datum itself says `output` or `invalid` */
        found = judged(compiled, input);
        judge(report, group, index, named, fits(wanted, found), wanted, found, NULL);
    }
}

static json version_json(const arvo_contract *contract, arvo_str option, json *error) {
    arvo_contract_version *version = NULL;
    arvo_error *failed = NULL;
    arvo_value *found = make_object(), *emits = make_array(), *metadata = NULL;
    size_t index;
    if (arvo_contract_lookup(contract, option, &version, &failed) != ARVO_OK) {
        *error = error_json(keep_error(failed));
        put(found, "error", *error);
        return found;
    }
    keep_version(version);
    arvo_contract_metadata(contract, &metadata, &failed);
    must(failed);
    for (index = 0; index < arvo_contract_version_emit_count(version); index++) {
        append(emits, make_text(arvo_contract_version_emit(version, index)));
    }
    put(found, "uri", make_text(arvo_contract_version_uri(version)));
    put(found, "version", make_text(arvo_contract_version_text(version)));
    put(found, "domain", arvo_contract_domain(contract).ptr ? make_text(arvo_contract_domain(contract)) : make_null());
    put(found, "description",
        arvo_contract_description(contract).ptr ? make_text(arvo_contract_description(contract)) : make_null());
    put(found, "metadata", keep_value(metadata));
    put(found, "dataschema", make_text(arvo_contract_version_dataschema(version)));
    put(found, "acceptsType", make_text(arvo_contract_version_accepts(version)));
    put(found, "emitTypes", emits);
    put(found, "systemErrorType", make_text(arvo_contract_system_error_type(contract)));
    put(found, "systemErrorDataschema", make_text(arvo_contract_version_system_error_dataschema(version)));
    return found;
}

/* The export without what ours adds to the reference's: modes, and the wording of descriptions. */
static json without_ours(json value, bool keep_descriptions) {
    arvo_value *made;
    size_t index;
    if (kind(value) != ARVO_OBJECT && kind(value) != ARVO_ARRAY) return value;
    made = kind(value) == ARVO_OBJECT ? make_object() : make_array();
    for (index = 0; index < count(value); index++) {
        json part = without_ours(item(value, index), false);
        if (kind(value) == ARVO_ARRAY) {
            append(made, part);
        } else if (!is(key(value, index), "x-arvo-unknown-keys") &&
                   (keep_descriptions || !is(key(value, index), "description"))) {
            put_key(made, key(value, index), part);
        }
    }
    return made;
}

/* The mode of each object schema in a schema, by its pointer. */
static void modes(json schema, const char *pointer, arvo_value *found) {
    size_t index;
    if (kind(schema) == ARVO_OBJECT) put_key(found, str(pointer), at(schema, "/x-arvo-unknown-keys"));
    if (kind(schema) != ARVO_OBJECT && kind(schema) != ARVO_ARRAY) return;
    for (index = 0; index < count(schema); index++) {
        if (kind(schema) == ARVO_ARRAY) {
            modes(item(schema, index), format("%s/%zu", pointer, index), found);
        } else {
            modes(item(schema, index), format("%s/%.*s", pointer, ARVO_PRINT(key(schema, index))), found);
        }
    }
}

static json unknown_keys(json export_) {
    arvo_value *all = make_array();
    size_t index, emit;
    for (index = 0; index < count(at(export_, "/versions")); index++) {
        json version = item(at(export_, "/versions"), index), list = at(version, "/emits");
        arvo_value *found = make_object(), *accepts = make_object(), *emits = make_object();
        modes(at(version, "/accepts/schema"), "#", accepts);
        for (emit = 0; emit < count(list); emit++) {
            arvo_value *one = make_object();
            modes(at(item(list, emit), "/schema"), "#", one);
            put_key(emits, text(at(item(list, emit), "/type")), one);
        }
        put(found, "version", at(version, "/version"));
        put(found, "accepts", accepts);
        put(found, "emits", emits);
        append(all, found);
    }
    return all;
}

static json lookups(report *report, json case_, const arvo_contract *contract, json options) {
    arvo_value *found = make_object();
    size_t index;
    for (index = 0; index < count(options); index++) {
        json error = NULL;
        put_key(found, key(options, index), version_json(contract, key(options, index), &error));
        if (error != NULL) produced(report, case_, error);
    }
    return found;
}

/* Looked-up versions are as recorded; of an error its message. */
static bool same_lookups(json wanted, json found) {
    size_t index;
    for (index = 0; index < count(wanted); index++) {
        json one = item(wanted, index), other = member(found, key(wanted, index));
        bool same_ =
            at(one, "/error") ? equal(at(one, "/error/message"), at(other, "/error/message")) : equal(one, other);
        if (!same_) return false;
    }
    return true;
}

static json versions_of(const arvo_contract *contract, bool ascending) {
    arvo_value *list = make_array();
    size_t index, size = arvo_contract_version_count(contract);
    for (index = 0; index < size; index++) {
        arvo_contract_version *version = NULL;
        arvo_error *error = NULL;
        arvo_contract_version_at(contract, ascending ? index : size - 1 - index, &version, &error);
        must(error);
        append(list, make_text(arvo_contract_version_text(keep_version(version))));
    }
    return list;
}

static const arvo_contract *imported(json export_, arvo_unknown_keys mode) {
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    arvo_contract_from_value(export_, mode, &contract, &error);
    must(error);
    return keep_contract(contract);
}

static void whole(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), options = at(wanted, "/lookups");
    arvo_contract *contract = NULL;
    arvo_value *found = make_object(), *metadata = NULL, *export_ = NULL, *again = NULL;
    arvo_error *error = NULL;
    size_t at_;
    bool ok;
    contract_of(at(case_, "/contract"), &contract, &error);
    must(error);
    keep_contract(contract);
    arvo_contract_metadata(contract, &metadata, &error);
    arvo_contract_value(contract, &export_, &error);
    must(error);
    keep_value(export_);
    put(found, "uri", make_text(arvo_contract_uri(contract)));
    put(found, "type", make_text(arvo_contract_type(contract)));
    put(found, "domain", arvo_contract_domain(contract).ptr ? make_text(arvo_contract_domain(contract)) : make_null());
    put(found, "description",
        arvo_contract_description(contract).ptr ? make_text(arvo_contract_description(contract)) : make_null());
    put(found, "metadata", keep_value(metadata));
    put(found, "systemErrorType", make_text(arvo_contract_system_error_type(contract)));
    put(found, "versionsAscending", versions_of(contract, true));
    put(found, "versionsDescending", versions_of(contract, false));
    put(found, "lookups", lookups(report, case_, contract, options));
    put(found, "jsonSchema", export_);
    put(found, "unknownKeys", unknown_keys(export_));
    arvo_contract_value(imported(export_, ARVO_UNKNOWN_KEYS_AS_WRITTEN), &again, &error);
    must(error);
    ok = equal(export_, keep_value(again)) && same_lookups(options, at(found, "/lookups")) &&
         same_lookups(options,
                      lookups(report, case_, imported(at(wanted, "/jsonSchema"), ARVO_UNKNOWN_KEYS_STRIP), options));
    for (at_ = 0; ok && at_ < count(wanted); at_++) {
        arvo_str name = key(wanted, at_);
        json left = item(wanted, at_), right = member(found, name);
        if (is(name, "lookups")) continue;
        if (is(name, "jsonSchema")) {
            left = without_ours(left, true);
            right = without_ours(right, true);
        }
        ok = equal(left, right);
        if (!ok) {
            judge(report, group, index, case_, false, left, right, format("%.*s", ARVO_PRINT(name)));
            return;
        }
    }
    judge(report, group, index, case_, ok, wanted, found, NULL);
}

static void bad(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), found;
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    bool ok;
    contract_of(at(case_, "/input"), &contract, &error);
    keep_contract(contract);
    found = error_json(keep_error(error));
    if (found != NULL) produced(report, case_, found);
    ok = at(wanted, "/error") ? found && equal(at(wanted, "/error/message"), at(found, "/message")) : contract != NULL;
    judge(report, group, index, case_, wanted == NULL || ok, wanted, found, NULL);
}

void run_contracts(report *report) {
    run_group(report, "schemas", schema);
    run_group(report, "contracts", whole);
    run_group(report, "badContracts", bad);
}
