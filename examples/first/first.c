/* A first handler: one contract, one function, one event. */
#include <arvo.h>

#define TEXT_AS(key) ARVO_STR("{\"properties\":{\"" key "\":{\"type\":\"string\"}},\"required\":[\"" key "\"]}")

static arvo_status greet(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_value *answer = arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success"));
    arvo_str name = ARVO_NO_STR;
    arvo_value_text(arvo_input_data(input), ARVO_STR("/name"), &name, error);
    return arvo_value_set_format(answer, ARVO_STR("/text"), error, "%s, %.*s!", (char *)user_data, ARVO_PRINT(name));
}

int main(void) {
    arvo_error *error = NULL;
    arvo_contract *contract = NULL; arvo_handler *handler = NULL;
    arvo_event *event = NULL; arvo_events *answers = NULL;
    arvo_contract_simple(ARVO_STR("#/greet"), ARVO_STR("greet.user"), TEXT_AS("name"), TEXT_AS("text"), &contract, &error);
    arvo_handler_new(contract, greet, "Hello", &handler, &error);
    arvo_factory_request(contract, ARVO_STR("com.shop.web"), ARVO_STR("{\"name\":\"Ada\"}"), &event, &error);
    arvo_handler_execute(handler, event, &answers, &error);
    printf("%.*s\n", ARVO_PRINT(error ? arvo_error_message(error) : arvo_event_data_text(arvo_events_at(answers, 0))));
    ARVO_FREE(error, answers, event, handler, contract);
}
