/* A first machine: a game as data. It asks for two rolls of a die; an expression adds up what they give. */
#include <arvo.h>

#define HAS(key) ARVO_STR("{\"type\":\"object\",\"properties\":{\"" key "\":{\"type\":\"number\"}}}")
#define ROLL(next) "{\"entry\":\"roll\",\"on\":{\"evt.dice.roll.success\":{\"target\":\"" next "\",\"actions\":\"add\"}}}"

static const char setup[] = "{\"actions\":{\"roll\":{\"emit\":{\"type\":\"com.dice.roll\",\"data\":{}}},"
                            "\"add\":{\"assign\":{\"total\":{\"$\":\"context.total + event.data.pips\"}}}}}";
static const char definition[] =
    "{\"id\":\"two\",\"context\":{\"total\":0},\"initial\":\"first\",\"output\":{\"total\":{\"$\":\"context.total\"}},"
    "\"states\":{\"first\":" ROLL("second") ",\"second\":" ROLL("over") ",\"over\":{\"type\":\"final\"}}}";

static arvo_status roll(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data, (void)input;
    return arvo_value_set_i64(arvo_outputs_emit(outputs, ARVO_STR("evt.dice.roll.success")), ARVO_STR("/pips"), 4, error);
}

int main(void) {
    arvo_error *error = NULL; arvo_contract *dice = NULL, *game = NULL; arvo_contract_version *service = NULL, *own = NULL;
    arvo_machine_builder *builder = NULL; arvo_machine *machine = NULL; arvo_orchestrator *player = NULL;
    arvo_handler *dealer = NULL; arvo_broker *broker = NULL; arvo_event *event = NULL, *answer = NULL;
    arvo_contract_simple(ARVO_STR("#/services/dice"), ARVO_STR("dice.roll"), HAS("sides"), HAS("pips"), &dice, &error);
    arvo_contract_orchestrator(ARVO_STR("#/games/two"), ARVO_STR("game.two"), HAS("seat"), HAS("total"), &game, &error);
    arvo_contract_lookup(dice, ARVO_STR("latest"), &service, &error); arvo_contract_lookup(game, ARVO_STR("latest"), &own, &error);
    arvo_machine_builder_new(own, &builder, &error);
    arvo_machine_builder_service(builder, ARVO_STR("dice"), service, &error);
    arvo_machine_builder_setup(builder, arvo_str_of(setup, sizeof setup - 1), &error);
    arvo_machine_builder_definition(builder, arvo_str_of(definition, sizeof definition - 1), &error);
    arvo_machine_builder_build(builder, &machine, &error); arvo_orchestrator_new(machine, &player, &error);
    arvo_handler_new(dice, roll, NULL, &dealer, &error); arvo_broker_new(ARVO_QUEUE_LIMIT, &broker, &error);
    arvo_broker_add_handler(broker, dealer, &error); arvo_broker_add_orchestrator(broker, player, &error);
    arvo_factory_request(game, ARVO_STR("com.shop.web"), ARVO_STR("{\"parentSubject$$\":null}"), &event, &error);
    arvo_broker_resolve(broker, event, NULL, NULL, &answer, &error);
    printf("%.*s\n", ARVO_PRINT(error ? arvo_error_message(error) : arvo_event_data_text(answer)));
    ARVO_FREE(error, answer, event, broker, dealer, player, machine, builder, own, service, game, dice);
}
