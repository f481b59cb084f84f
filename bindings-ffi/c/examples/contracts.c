/* Contracts: build one with a JSON Schema and with a schema of your own, look a version up, make its events. */
#include <arvo.h>

/* A schema of your own judges data, and may change it: here an amount in cents must be even, and gets a currency. */
static arvo_status even_amount(void *user_data, const arvo_value *data, arvo_value **out, arvo_error **error) {
    int64_t cents = 0;
    if (arvo_value_kind(data, ARVO_STR("/cents")) != ARVO_NUMBER) {
        return arvo_schema_issue(error, ARVO_STR("/cents"), ARVO_STR("is missing; give a whole number"));
    }
    arvo_value_i64(data, ARVO_STR("/cents"), &cents, error);
    if (cents % 2 != 0) return arvo_schema_issue(error, ARVO_STR("/cents"), ARVO_STR("is odd"));
    arvo_value_get(data, ARVO_STR(""), out, error);
    return arvo_value_set_format(*out, ARVO_STR("/currency"), error, "%s", (const char *)user_data);
}

int main(void) {
    arvo_value *json = NULL, *attributes = NULL, *data = NULL;
    arvo_schema *accepts = NULL, *emits = NULL;
    arvo_contract_builder *builder = NULL;
    arvo_contract *contract = NULL;
    arvo_contract_version *version = NULL;
    arvo_event *event = NULL, *none = NULL;
    arvo_error *error = NULL;
    arvo_emit emit;
    arvo_str path = ARVO_NO_STR;

    arvo_schema_new_host(even_amount, "EUR", NULL, NULL, &accepts, &error);
    arvo_value_parse(NULL, ARVO_STR("{\"type\":\"object\",\"properties\":{\"paid\":{\"type\":\"boolean\"}}}"), &json,
                     &error);
    arvo_schema_new(json, ARVO_UNKNOWN_KEYS_STRIP, &emits, &error);
    emit.type = ARVO_STR("evt.payment.charged");
    emit.schema = emits;
    arvo_contract_builder_plain(ARVO_STR("#/services/payment"), ARVO_STR("com.payment.charge"), &builder, &error);
    arvo_contract_builder_version(builder, ARVO_STR("1.0.0"), accepts, &emit, 1, &error);
    arvo_contract_builder_build(builder, &contract, &error);
    arvo_contract_lookup(contract, ARVO_STR("latest"), &version, &error);

    arvo_value_parse(NULL, ARVO_STR("{\"source\":\"com.shop.web\"}"), &attributes, &error);
    arvo_value_parse(NULL, ARVO_STR("{\"cents\":1250}"), &data, &error);
    arvo_factory_accepts(version, NULL, attributes, data, &event, &error);
    if (error != NULL) {
        printf("failed: %.*s\n", ARVO_PRINT(arvo_error_message(error)));
        return 1;
    }
    printf("%.*s %.*s\n", ARVO_PRINT(arvo_event_dataschema(event)), ARVO_PRINT(arvo_event_data_text(event)));

    /* Data that breaks the contract: the error says where, as text and as data. */
    arvo_value_set_i64(data, ARVO_STR("/cents"), 1251, &error);
    arvo_factory_accepts(version, NULL, attributes, data, &none, &error);
    arvo_value_text(arvo_error_details(error), ARVO_STR("/issues/0/path"), &path, NULL);
    printf("%.*s\n", ARVO_PRINT(arvo_error_message(error)));
    printf("at %.*s\n", ARVO_PRINT(path));
    ARVO_FREE(error, none, event, data, attributes, version, contract, builder, emits, json, accepts);
    return 0;
}

/* Prints:
 * #/services/payment/1.0.0 {"cents":1250,"currency":"EUR"}
 * Accept Event data validation failed: /cents: is odd
 * at /cents
 */
