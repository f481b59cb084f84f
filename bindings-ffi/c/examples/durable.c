/* A workflow that outlives its process: its events and records are in a file. Run it with a file's name and kill it when you
 * like: the next run goes on with what is left. Without a name it is all in memory. */
#include <arvo.h>
#include <string.h>

#define ANY ARVO_STR("{\"type\":\"object\"}")

/* A service: rolls a die. */
static arvo_status roll(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data;
    (void)input;
    printf("the die is rolled\n");
    return arvo_value_set_i64(arvo_outputs_emit(outputs, ARVO_STR("evt.dice.roll.success")), ARVO_STR("/pips"), 4,
                              error);
}

/* The workflow: two rolls, and their sum. It stops the worker, a program that serves others would not. */
static arvo_status play(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    const arvo_value *context = NULL;
    int64_t total = 0, pips = 0;
    arvo_input_context(input, &context, error);
    if (!arvo_input_is_init(input)) arvo_value_i64(arvo_input_data(input), ARVO_STR("/pips"), &pips, error);
    if (context != NULL && arvo_value_i64(context, ARVO_STR("/total"), &total, error) == ARVO_OK && total > 0) {
        arvo_worker_stop(*(arvo_worker **)user_data);
        return arvo_value_set_i64(arvo_resumed_output(next), ARVO_STR("/total"), total + pips, error);
    }
    arvo_value_set_i64(arvo_resumed_context(next), ARVO_STR("/total"), pips, error);
    arvo_resumed_call(next, ARVO_STR("com.dice.roll"));
    return arvo_error_status(*error);
}

int main(int argc, char **argv) {
    arvo_error *error = NULL;
    arvo_contract *dice = NULL, *game = NULL;
    arvo_contract_version *service = NULL;
    arvo_handler *dealer = NULL;
    arvo_resumable_builder *builder = NULL;
    arvo_resumable *player = NULL;
    arvo_store *store = NULL;
    arvo_worker *worker = NULL;
    arvo_event *event = NULL, *answer = NULL;
    arvo_receipt first = {0, false}, second = {0, false};
    char url[256];
    snprintf(url, sizeof url, "sqlite:%s", argc > 1 ? argv[1] : ":memory:");
    arvo_contract_simple(ARVO_STR("#/services/dice"), ARVO_STR("dice.roll"), ANY, ANY, &dice, &error);
    arvo_contract_orchestrator(ARVO_STR("#/games/two"), ARVO_STR("game.two"), ANY, ANY, &game, &error);
    arvo_handler_new(dice, roll, NULL, &dealer, &error);
    arvo_contract_lookup(dice, ARVO_STR("latest"), &service, &error);
    arvo_resumable_builder_new(game, &builder, &error);
    arvo_resumable_builder_service(builder, ARVO_STR("dice"), service, &error);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), play, &worker, NULL, &error);
    arvo_resumable_builder_build(builder, &player, &error);

    arvo_store_open(NULL, arvo_str_of(url, strlen(url)), &store, &error);
    arvo_factory_request(game, ARVO_STR("com.shop.web"), ARVO_STR("{\"parentSubject$$\":null}"), &event, &error);
    arvo_store_publish(store, event, 0, &first, &error);
    arvo_store_publish(store, event, 0, &second, &error); /* whoever is not sure publishes again */
    printf("%s, then %s\n", first.fresh ? "new" : "known", second.fresh ? "new" : "known");

    arvo_worker_new(store, NULL, &worker, &error);
    arvo_worker_add_handler(worker, dealer, &error);
    arvo_worker_add_resumable(worker, player, &error);
    arvo_worker_drain_on_signals(worker, &error);
    arvo_worker_run(worker, &error);
    arvo_store_wait(store, first.seq, 0, &answer, &error);
    printf("%.*s\n", ARVO_PRINT(error ? arvo_error_message(error) : arvo_event_data_text(answer)));
    ARVO_FREE(answer, event, worker, store, player, builder, service, dealer, game, dice, error);
    return 0;
}

/* Prints:
 * new, then known
 * the die is rolled
 * the die is rolled
 * {"total":8}
 */
