/* Mistakes of the calling program: wrong handles, freed handles, bytes that are no text. */
#include "check.h"

static void a_handle_of_another_kind_is_refused(void) {
    arvo_value *value = value_of("{\"a\":1}");
    arvo_event *event = greeting_event("{\"name\":\"Ada\"}");
    arvo_text *text = NULL;
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_event_write((const arvo_event *)value, 0, &text, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "event is a handle of another kind; pass an arvo_event");
    arvo_value_write((const arvo_value *)event, 0, &text, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "pass an arvo_value");
    arvo_handler_execute((const arvo_handler *)value, event, &events, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "pass an arvo_handler");
    arvo_event_write((const arvo_event *)((const char *)value + 1), 0, &text, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "is no handle");
    CHECK_TEXT(arvo_event_id((const arvo_event *)value), NULL);
    CHECK(arvo_value_kind((const arvo_value *)event, ARVO_STR("")) == ARVO_NOTHING);
    CHECK(arvo_error_message((const arvo_error *)value).ptr == NULL &&
          !arvo_error_is_violation((const arvo_error *)value));
    arvo_event_free((arvo_event *)value); /* left alone */
    CHECK(arvo_value_kind(value, ARVO_STR("/a")) == ARVO_NUMBER);
    arvo_value_free(value);
    arvo_event_free(event);
}

static void a_freed_handle_is_refused(void) {
    arvo_value *value = value_of("{\"a\":1}");
    arvo_event *event = greeting_event("{\"name\":\"Ada\"}");
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_value_free(value);
    arvo_event_free(event);
    arvo_value_write(value, 0, &text, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "value was freed already");
    CHECK_TEXT(arvo_event_id(event), NULL);
    arvo_value_free(value); /* twice: no harm */
    arvo_event_free(event);
    CHECK(text == NULL);
}

static void any_handle_can_be_freed_without_its_name(void) {
    arvo_contract *contract = NULL;
    arvo_contract_version *version = NULL;
    arvo_contract_builder *contracts = NULL;
    arvo_schema *schema = NULL;
    arvo_handler *handler = NULL;
    arvo_handler_builder *handlers = NULL;
    arvo_event *event = NULL;
    arvo_events *events = NULL;
    arvo_execution *execution = NULL;
    arvo_outputs *outputs = NULL;
    arvo_environment *environment = NULL;
    arvo_value *any = value_of("{}");
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_contract_simple(ARVO_STR("#/a"), ARVO_STR("a.b"), ARVO_STR("{}"), ARVO_STR("{}"), &contract, &error);
    arvo_contract_lookup(contract, ARVO_STR("oldest"), &version, &error);
    arvo_contract_builder_plain(ARVO_STR("#/a"), ARVO_STR("a.b.c"), &contracts, &error);
    arvo_schema_new(any, ARVO_UNKNOWN_KEYS_AS_WRITTEN, &schema, &error);
    arvo_handler_new(contract, NULL, NULL, &handler, &error);
    arvo_handler_builder_new(contract, &handlers, &error);
    arvo_factory_request(contract, ARVO_STR("com.a.b"), ARVO_STR("{\"n\":1}"), &event, &error);
    CHECK_TEXT(arvo_event_data_text(event), "{\"n\":1}");
    arvo_execution_begin(handler, event, &execution, &error);
    arvo_outputs_new(&outputs, &error);
    arvo_execution_answer(execution, outputs, &error);
    arvo_execution_commit(execution, &error);
    arvo_execution_finish(execution, &events, &error);
    arvo_environment_new(NULL, NULL, NULL, NULL, NULL, &environment, &error);
    arvo_event_write(event, 0, &text, &error);
    CHECK_OK(error);
    arvo_error_raise(&error, ARVO_STR("E"), ARVO_STR("m"));
    arvo_free(NULL);
    ARVO_FREE(contract, version, contracts, schema, handler, handlers, event, events, execution, outputs, environment,
              any, text, error, NULL);
    CHECK(arvo_event_id(event).ptr == NULL && arvo_text_view(text).ptr == NULL);
    arvo_free(event); /* twice: no harm */
}

/* Handles that a function was lent, used after it has returned. */
static const arvo_input *kept_input;
static arvo_outputs *kept_outputs;
static arvo_value *kept_data;

static arvo_status keep(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data;
    (void)error;
    kept_input = input;
    kept_outputs = outputs;
    kept_data = arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success"));
    return arvo_value_set_text(kept_data, ARVO_STR("/text"), ARVO_STR("in time"), error);
}

static void what_was_lent_is_refused_afterwards(void) {
    arvo_contract *contract = greeting();
    arvo_handler *handler = NULL;
    arvo_event *event = greeting_event("{\"name\":\"Ada\"}");
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, keep, NULL, &handler, &error);
    arvo_handler_execute(handler, event, &events, &error);
    CHECK_OK(error);
    arvo_value_set_text(kept_data, ARVO_STR("/text"), ARVO_STR("too late"), &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "freed already");
    arvo_outputs_json(kept_outputs, ARVO_STR("[]"), &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "freed already");
    CHECK(arvo_input_event(kept_input) == NULL && arvo_outputs_emit(kept_outputs, ARVO_STR("a.b.c")) == NULL);
    CHECK_TEXT(arvo_event_data_text(arvo_events_at(events, 0)), "{\"text\":\"in time\"}");
    arvo_events_free(events);
    arvo_event_free(event);
    arvo_handler_free(handler);
    arvo_contract_free(contract);
}

/* A function that frees what it was lent: no harm is done but to its own output. */
static arvo_status free_all(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data;
    (void)error;
    arvo_value_free(arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success")));
    arvo_value_free((arvo_value *)arvo_input_data(input));
    arvo_event_free((arvo_event *)arvo_input_event(input));
    CHECK(arvo_value_kind(arvo_input_data(input), ARVO_STR("")) == ARVO_NOTHING);
    return ARVO_OK;
}

static void what_was_lent_may_even_be_freed(void) {
    arvo_contract *contract = greeting();
    arvo_handler *handler = NULL;
    arvo_event *event = greeting_event("{\"name\":\"Ada\"}");
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, free_all, NULL, &handler, &error);
    arvo_handler_execute(handler, event, &events, &error);
    CHECK_ERROR(error, ARVO_CONTRACT_VIOLATION, "Emit Event data validation failed");
    arvo_event_free(event);
    arvo_handler_free(handler);
    arvo_contract_free(contract);
}

static void bytes_that_are_no_utf8_are_refused(void) {
    arvo_str bad = ARVO_STR("com.\xff.b"), surrogate = ARVO_STR("\xed\xa0\x80"), half = ARVO_STR("\xc3");
    arvo_value *value = value_of("{}");
    arvo_event *event = NULL;
    arvo_text *text = NULL;
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    int order;
    arvo_event_parse(NULL, bad, &event, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "json is no UTF-8: byte 4 of 7 is wrong");
    arvo_value_set_text(value, ARVO_STR("/a"), surrogate, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "text is no UTF-8: byte 0");
    arvo_value_set_text(value, half, ARVO_STR("x"), &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "pointer is no UTF-8");
    arvo_uri_encode(bad, &text, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "no UTF-8");
    arvo_id_new(NULL, ARVO_ID_DEVELOPER_MANAGED, bad, &text, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "no UTF-8");
    arvo_subject_new(NULL, bad, bad, bad, bad, NULL, &text, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "no UTF-8");
    arvo_contract_parse(bad, ARVO_UNKNOWN_KEYS_STRIP, &contract, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "no UTF-8");
    arvo_version_compare(bad, bad, &order, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "no UTF-8");
    arvo_error_raise(&error, bad, bad);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "name is no UTF-8");
    CHECK(!arvo_uri_is_encoded(bad) && !arvo_version_is_valid(bad));
    CHECK(arvo_value_kind(value, bad) == ARVO_NOTHING);
    arvo_value_free(value);
}

static void lengths_that_can_not_be_are_refused(void) {
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_uri_encode(arvo_str_of(NULL, 5), &text, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "no bytes (ptr is NULL) but the length 5");
    arvo_uri_encode(arvo_str_of("x", SIZE_MAX), &text, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "impossible length");
    CHECK(text == NULL);
}

const struct test misuse_tests[] = {
    {"a handle of another kind is refused", a_handle_of_another_kind_is_refused},
    {"a freed handle is refused", a_freed_handle_is_refused},
    {"any handle can be freed without its name", any_handle_can_be_freed_without_its_name},
    {"what was lent is refused afterwards", what_was_lent_is_refused_afterwards},
    {"what was lent may even be freed", what_was_lent_may_even_be_freed},
    {"bytes that are no UTF-8 are refused", bytes_that_are_no_utf8_are_refused},
    {"lengths that can't be are refused", lengths_that_can_not_be_are_refused},
    {NULL, NULL}};
