/* Schemas of both kinds, and contracts built, read, looked up. */
#include <string.h>

#include "check.h"

static arvo_schema *schema_of(const char *json, arvo_unknown_keys mode) {
    arvo_value *value = value_of(json);
    arvo_schema *schema = NULL;
    arvo_error *error = NULL;
    arvo_schema_new(value, mode, &schema, &error);
    CHECK_OK(error);
    arvo_value_free(value);
    return schema;
}

static void schemas_fill_in_strip_and_refuse(void) {
    static const char json[] = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},"
                               "\"n\":{\"type\":\"integer\",\"default\":1}},\"required\":[\"a\"]}";
    arvo_schema *strip = schema_of(json, ARVO_UNKNOWN_KEYS_STRIP), *strict = schema_of(json, ARVO_UNKNOWN_KEYS_STRICT);
    arvo_value *data = value_of("{\"a\":\"x\",\"other\":true}"), *wrong = value_of("{\"n\":\"x\"}"), *found = NULL;
    arvo_error *error = NULL;
    arvo_schema_validate(strip, data, &found, &error);
    CHECK_OK(error);
    CHECK_TEXT(json_of(found), "{\"a\":\"x\",\"n\":1}");
    arvo_value_free(found);
    found = NULL;
    arvo_schema_validate(strict, data, &found, &error);
    CHECK_ERROR(error, ARVO_INVALID_DATA, NULL);
    arvo_schema_validate(strip, wrong, &found, &error);
    CHECK(has_detail(error, "/issues", "path", "/a") && has_detail(error, "/issues", "path", "/n"));
    CHECK_ERROR(error, ARVO_INVALID_DATA, "/n");
    CHECK(found == NULL);
    arvo_value_free(data);
    arvo_value_free(wrong);
    arvo_schema_free(strip);
    arvo_schema_free(strict);
}

static void schemas_that_are_none_say_why(void) {
    arvo_value *wrong = value_of("{\"type\":\"obj\"}"), *remote = value_of("{\"$ref\":\"https://example.com/x.json\"}");
    arvo_schema *schema = NULL;
    arvo_error *error = NULL;
    arvo_schema_new(wrong, ARVO_UNKNOWN_KEYS_AS_WRITTEN, &schema, &error);
    CHECK_ERROR(error, ARVO_INVALID_SCHEMA, "type");
    arvo_schema_new(remote, ARVO_UNKNOWN_KEYS_AS_WRITTEN, &schema, &error);
    CHECK_ERROR(error, ARVO_INVALID_SCHEMA, "https://example.com/x.json");
    arvo_schema_new(remote, (arvo_unknown_keys)9, &schema, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "unknown_keys is 9");
    arvo_value_free(wrong);
    arvo_value_free(remote);
}

typedef struct judge {
    int calls, freed;
    const char *mood;
} judge;

/* A schema of the program's own: an even number, which it doubles. */
static arvo_status even(void *user_data, const arvo_value *data, arvo_value **out, arvo_error **error) {
    judge *judge = user_data;
    int64_t number = 0;
    judge->calls++;
    if (strcmp(judge->mood, "raise") == 0) return arvo_error_raise(error, ARVO_STR("Broken"), ARVO_STR("no power"));
    if (strcmp(judge->mood, "status") == 0) return ARVO_USER_ERROR;
    arvo_value_i64(data, ARVO_STR("/number"), &number, error);
    if (*error != NULL) {
        arvo_error_free(*error);
        *error = NULL;
        return arvo_schema_issue(error, ARVO_STR("/number"), ARVO_STR("is missing"));
    }
    if (number % 2 != 0) {
        arvo_schema_issue(error, ARVO_STR("/number"), ARVO_STR("is odd"));
        return arvo_schema_issue(error, ARVO_STR(""), ARVO_STR("is no good at all"));
    }
    if (number == 0) return ARVO_OK; /* unchanged */
    arvo_value_get(data, ARVO_STR(""), out, error);
    return arvo_value_set_i64(*out, ARVO_STR("/number"), 2 * number, error);
}

static void freed(void *user_data) { ((judge *)user_data)->freed++; }

static void a_function_can_be_a_schema(void) {
    judge judge = {0, 0, "sound"};
    arvo_value *described = value_of("{\"type\":\"object\"}"), *found = NULL, *data;
    arvo_schema *schema = NULL;
    arvo_error *error = NULL;
    arvo_schema_new_host(even, &judge, freed, described, &schema, &error);
    data = value_of("{\"number\":4}");
    arvo_schema_validate(schema, data, &found, &error);
    CHECK_OK(error);
    CHECK_TEXT(json_of(found), "{\"number\":8}");
    CHECK_TEXT(json_of(data), "{\"number\":4}");
    arvo_value_free(found);
    arvo_value_free(data);
    found = NULL;
    data = value_of("{\"number\":0}");
    arvo_schema_validate(schema, data, &found, &error);
    CHECK_TEXT(json_of(found), "{\"number\":0}");
    arvo_value_free(found);
    arvo_value_free(data);
    found = NULL;
    data = value_of("{\"number\":3}");
    arvo_schema_validate(schema, data, &found, &error);
    CHECK(has_detail(error, "/issues", "path", "/number") &&
          has_detail(error, "/issues", "message", "is no good at all"));
    CHECK_ERROR(error, ARVO_INVALID_DATA, "is odd");
    judge.mood = "raise";
    arvo_schema_validate(schema, data, &found, &error);
    CHECK_TEXT(arvo_error_name(error), "Broken");
    CHECK_ERROR(error, ARVO_USER_ERROR, "no power");
    judge.mood = "status";
    arvo_schema_validate(schema, data, &found, &error);
    CHECK_ERROR(error, ARVO_USER_ERROR, "returned status 10 and set no error");
    arvo_value_free(data);
    arvo_value_free(described);
    CHECK(judge.calls == 5 && judge.freed == 0);
    arvo_schema_free(schema);
    CHECK(judge.freed == 1);
    schema = NULL;
    CHECK_STATUS(arvo_schema_new_host(NULL, &judge, freed, NULL, &schema, NULL), ARVO_BAD_ARGUMENT);
    CHECK(judge.freed == 2 && schema == NULL);
}

static void a_contract_keeps_its_schemas_alive(void) {
    judge judge = {0, 0, "sound"};
    arvo_schema *accepts = NULL, *emits = schema_of("{\"type\":\"object\"}", ARVO_UNKNOWN_KEYS_AS_WRITTEN);
    arvo_contract_builder *builder = NULL;
    arvo_contract *contract = NULL;
    arvo_contract_version *version = NULL;
    arvo_value *attributes = value_of("{\"source\":\"a.b.c\",\"subject\":\"s\"}"), *data = value_of("{\"number\":2}");
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_emit emit;
    arvo_schema_new_host(even, &judge, freed, NULL, &accepts, &error);
    emit.type = ARVO_STR("evt.even.done");
    emit.schema = emits;
    arvo_contract_builder_plain(ARVO_STR("#/even"), ARVO_STR("com.even.check"), &builder, &error);
    arvo_contract_builder_domain(builder, ARVO_STR("numbers"), &error);
    arvo_contract_builder_description(builder, ARVO_STR("Even numbers"), &error);
    arvo_contract_builder_metadata(builder, attributes, &error);
    arvo_contract_builder_version(builder, ARVO_STR("1.0.0"), accepts, &emit, 1, &error);
    arvo_contract_builder_build(builder, &contract, &error);
    arvo_contract_builder_free(builder);
    arvo_schema_free(accepts);
    arvo_schema_free(emits);
    CHECK_OK(error);
    CHECK_TEXT(arvo_contract_domain(contract), "numbers");
    CHECK_TEXT(arvo_contract_description(contract), "Even numbers");
    arvo_contract_lookup(contract, ARVO_STR("latest"), &version, &error);
    arvo_contract_free(contract);
    arvo_factory_accepts(version, NULL, attributes, data, &event, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_data_text(event), "{\"number\":4}");
    CHECK(judge.freed == 0);
    arvo_contract_version_free(version);
    CHECK(judge.freed == 1);
    arvo_event_free(event);
    arvo_value_free(attributes);
    arvo_value_free(data);
}

static void versions_are_looked_up(void) {
    arvo_schema *any = schema_of("{\"type\":\"object\"}", ARVO_UNKNOWN_KEYS_AS_WRITTEN);
    arvo_contract_builder *builder = NULL;
    arvo_contract *contract = NULL, *whole = NULL;
    arvo_contract_version *version = NULL;
    arvo_value *export_ = NULL, *metadata = NULL;
    arvo_error *error = NULL;
    arvo_emit emit = {{NULL, 0}, NULL};
    emit.schema = any;
    arvo_contract_builder_simple(ARVO_STR("#/greet"), ARVO_STR("greet.user"), &builder, &error);
    arvo_contract_builder_version(builder, ARVO_STR("1.10.0"), any, &emit, 1, &error);
    arvo_contract_builder_version(builder, ARVO_STR("1.9.0"), any, &emit, 1, &error);
    arvo_contract_builder_build(builder, &contract, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_contract_uri(contract), "#/greet");
    CHECK_TEXT(arvo_contract_type(contract), "com.greet.user");
    CHECK_TEXT(arvo_contract_system_error_type(contract), "sys.com.greet.user.error");
    CHECK(arvo_contract_version_count(contract) == 2);
    arvo_contract_lookup(contract, ARVO_STR("latest"), &version, &error);
    CHECK_TEXT(arvo_contract_version_text(version), "1.10.0");
    CHECK_TEXT(arvo_contract_version_uri(version), "#/greet");
    CHECK_TEXT(arvo_contract_version_dataschema(version), "#/greet/1.10.0");
    CHECK_TEXT(arvo_contract_version_accepts(version), "com.greet.user");
    CHECK(arvo_contract_version_emit_count(version) == 1);
    CHECK_TEXT(arvo_contract_version_emit(version, 0), "evt.greet.user.success");
    CHECK_TEXT(arvo_contract_version_emit(version, 1), NULL);
    CHECK_TEXT(arvo_contract_version_system_error_dataschema(version), "#/greet/0.0.0");
    arvo_contract_version_contract(version, &whole, &error);
    CHECK_TEXT(arvo_contract_uri(whole), "#/greet");
    arvo_contract_version_free(version);
    version = NULL;
    arvo_contract_version_at(contract, 0, &version, &error);
    CHECK_TEXT(arvo_contract_version_text(version), "1.9.0");
    arvo_contract_version_free(version);
    version = NULL;
    arvo_contract_metadata(contract, &metadata, &error);
    CHECK(arvo_value_kind(metadata, ARVO_STR("/contractType")) == ARVO_TEXT);
    arvo_contract_value(contract, &export_, &error);
    arvo_contract_free(whole);
    whole = NULL;
    arvo_contract_from_value(export_, ARVO_UNKNOWN_KEYS_AS_WRITTEN, &whole, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_contract_type(whole), "com.greet.user");
    arvo_contract_version_at(contract, 2, &version, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "no version number 2");
    arvo_contract_lookup(contract, ARVO_STR("9.9.9"), &version, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "version=9.9.9");
    CHECK(version == NULL);
    arvo_value_free(export_);
    arvo_value_free(metadata);
    arvo_contract_free(contract);
    arvo_contract_free(whole);
    arvo_contract_builder_free(builder);
    arvo_schema_free(any);
}

static void contracts_that_break_a_rule_say_which(void) {
    arvo_schema *any = schema_of("{\"type\":\"object\"}", ARVO_UNKNOWN_KEYS_AS_WRITTEN);
    arvo_contract_builder *builder = NULL;
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    arvo_emit emits[2];
    emits[0].type = ARVO_STR("evt.a.b");
    emits[0].schema = any;
    emits[1] = emits[0];
    arvo_contract_builder_orchestrator(ARVO_STR("#/flow"), ARVO_STR("flow"), &builder, &error);
    arvo_contract_builder_build(builder, &contract, &error);
    CHECK_ERROR(error, ARVO_INVALID_CONTRACT, "must have at least one version");
    arvo_contract_builder_version(builder, ARVO_STR("1.0.0"), any, emits, 1, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "names its emitted type itself");
    arvo_contract_builder_version(builder, ARVO_STR("1.0.0"), any, emits, 2, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "one exactly");
    arvo_contract_builder_version(builder, ARVO_STR("1.0.0"), any, NULL, 1, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "emits is NULL");
    emits[0].type = ARVO_NO_STR;
    arvo_contract_builder_version(builder, ARVO_STR("0.0.0"), any, emits, 1, &error);
    arvo_contract_builder_build(builder, &contract, &error);
    CHECK_ERROR(error, ARVO_INVALID_CONTRACT, "0.0.0");
    arvo_contract_builder_free(builder);
    arvo_contract_parse(ARVO_STR("{\"uri\":\"#/a\"}"), ARVO_UNKNOWN_KEYS_STRIP, &contract, &error);
    CHECK_ERROR(error, ARVO_INVALID_CONTRACT, "/versions must be a list");
    arvo_contract_parse(ARVO_STR("{"), ARVO_UNKNOWN_KEYS_STRIP, &contract, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, NULL);
    CHECK(contract == NULL);
    arvo_schema_free(any);
}

const struct test contract_tests[] = {{"schemas fill in, strip and refuse", schemas_fill_in_strip_and_refuse},
                                      {"schemas that are none say why", schemas_that_are_none_say_why},
                                      {"a function can be a schema", a_function_can_be_a_schema},
                                      {"a contract keeps its schemas alive", a_contract_keeps_its_schemas_alive},
                                      {"versions are looked up", versions_are_looked_up},
                                      {"contracts that break a rule say which", contracts_that_break_a_rule_say_which},
                                      {NULL, NULL}};
