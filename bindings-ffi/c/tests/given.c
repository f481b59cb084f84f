/* What most tests start from: values, a contract, an event. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void must(arvo_error *error) {
    if (error == NULL) return;
    fprintf(stderr, "a test can't start: %.*s\n", ARVO_PRINT(arvo_error_message(error)));
    exit(2);
}

arvo_str str(const char *text) { return arvo_str_of(text, strlen(text)); }

bool same(arvo_str left, arvo_str right) {
    return left.len == right.len && (left.len == 0 || memcmp(left.ptr, right.ptr, left.len) == 0);
}

arvo_value *value_of(const char *json) {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    arvo_value_parse(NULL, str(json), &value, &error);
    must(error);
    return value;
}

arvo_event *event_of(const char *json) {
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_event_parse(NULL, str(json), &event, &error);
    must(error);
    return event;
}

arvo_str json_of(const arvo_value *value) {
    static char written[4096];
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_str view;
    arvo_value_write(value, 0, &text, &error);
    must(error);
    view = arvo_text_view(text);
    if (view.len >= sizeof written) abort();
    memcpy(written, view.ptr, view.len);
    written[view.len] = '\0';
    arvo_text_free(text);
    return arvo_str_of(written, strlen(written));
}

arvo_contract *greeting(void) {
    static const char json[] =
        "{\"uri\":\"#/services/"
        "greet\",\"metadata\":{\"contractType\":\"SimpleArvoContract\",\"rootType\":\"greet.user\"},"
        "\"versions\":[{\"version\":\"1.0.0\",\"accepts\":{\"type\":\"com.greet.user\",\"schema\":{\"type\":\"object\","
        "\"properties\":{\"name\":{\"type\":\"string\"},\"times\":{\"type\":\"integer\",\"default\":1}},"
        "\"required\":[\"name\"]}},\"emits\":[{\"type\":\"evt.greet.user.success\",\"schema\":{\"type\":\"object\","
        "\"properties\":{\"text\":{\"type\":\"string\"}},\"required\":[\"text\"]}}]}]}";
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    arvo_contract_parse(str(json), ARVO_UNKNOWN_KEYS_STRIP, &contract, &error);
    must(error);
    return contract;
}

arvo_event *event_for(const arvo_contract *contract, const char *data) {
    arvo_contract_version *version = NULL;
    arvo_value *attributes = value_of("{\"source\":\"com.test.client\",\"subject\":\"s/1\"}"),
               *payload = value_of(data);
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_contract_lookup(contract, ARVO_STR("latest"), &version, &error);
    arvo_factory_accepts(version, NULL, attributes, payload, &event, &error);
    must(error);
    arvo_contract_version_free(version);
    arvo_value_free(attributes);
    arvo_value_free(payload);
    return event;
}

arvo_event *greeting_event(const char *data) {
    arvo_contract *contract = greeting();
    arvo_event *event = event_for(contract, data);
    arvo_contract_free(contract);
    return event;
}

arvo_str detail(const arvo_error *error, const char *pointer) {
    arvo_str text = ARVO_NO_STR;
    arvo_value_text(arvo_error_details(error), str(pointer), &text, NULL);
    return text;
}

bool has_detail(const arvo_error *error, const char *list, const char *key, const char *text) {
    char pointer[200];
    size_t index, count = 0;
    arvo_value_count(arvo_error_details(error), str(list), &count, NULL);
    for (index = 0; index < count; index++) {
        snprintf(pointer, sizeof pointer, "%s/%lu/%s", list, (unsigned long)index, key);
        if (same(detail(error, pointer), str(text))) return true;
    }
    return false;
}
