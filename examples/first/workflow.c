/* A first workflow: it asks a service, waits for the answer, and ends with what it heard. */
#include <arvo.h>

#define TEXT_AS(key) ARVO_STR("{\"properties\":{\"" key "\":{\"type\":\"string\"}},\"required\":[\"" key "\"]}")

static arvo_status greet(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_value *answer = arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success"));
    arvo_str name = ARVO_NO_STR;
    arvo_value_text(arvo_input_data(input), ARVO_STR("/name"), &name, error);
    return arvo_value_set_format(answer, ARVO_STR("/text"), error, "%s, %.*s!", (char *)user_data, ARVO_PRINT(name));
}

static arvo_status welcome(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    bool begins = arvo_input_is_init(input);
    arvo_value *data = begins ? arvo_resumed_call(next, ARVO_STR("com.greet.user")) : arvo_resumed_output(next);
    arvo_str text = ARVO_NO_STR, pointer = begins ? ARVO_STR("/name") : ARVO_STR("/text");
    (void)user_data;
    arvo_value_text(arvo_input_data(input), pointer, &text, error);
    return arvo_value_set_text(data, pointer, text, error);
}

int main(void) {
    arvo_error *error = NULL; arvo_contract *greeting = NULL, *welcoming = NULL; arvo_contract_version *service = NULL;
    arvo_handler *greeter = NULL; arvo_resumable_builder *builder = NULL; arvo_resumable *workflow = NULL;
    arvo_broker *broker = NULL; arvo_event *event = NULL, *answer = NULL;
    arvo_contract_simple(ARVO_STR("#/greet"), ARVO_STR("greet.user"), TEXT_AS("name"), TEXT_AS("text"), &greeting, &error);
    arvo_contract_orchestrator(ARVO_STR("#/welcome"), ARVO_STR("welcome"), TEXT_AS("name"), TEXT_AS("text"), &welcoming, &error);
    arvo_handler_new(greeting, greet, "Hello", &greeter, &error);
    arvo_contract_lookup(greeting, ARVO_STR("latest"), &service, &error);
    arvo_resumable_builder_new(welcoming, &builder, &error);
    arvo_resumable_builder_service(builder, ARVO_STR("greet"), service, &error);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), welcome, NULL, NULL, &error); arvo_resumable_builder_build(builder, &workflow, &error);
    arvo_broker_new(ARVO_QUEUE_LIMIT, &broker, &error);
    arvo_broker_add_handler(broker, greeter, &error); arvo_broker_add_resumable(broker, workflow, &error);
    arvo_factory_request(welcoming, ARVO_STR("com.shop.web"), ARVO_STR("{\"name\":\"Ada\",\"parentSubject$$\":null}"), &event, &error);
    arvo_broker_resolve(broker, event, NULL, NULL, &answer, &error);
    printf("%.*s\n", ARVO_PRINT(error ? arvo_error_message(error) : arvo_event_data_text(answer)));
    ARVO_FREE(error, answer, event, broker, workflow, builder, service, greeter, welcoming, greeting);
}
