/* Errors of your own: one becomes a system error event, a violation fails the execution and comes back as itself. */
#include <arvo.h>
#include <string.h>

/* What went wrong, in the program's own terms; it travels on the error. */
typedef struct outage {
    int minutes;
} outage;

static arvo_status charge(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_str card = ARVO_NO_STR;
    (void)outputs;
    arvo_value_text(arvo_input_data(input), ARVO_STR("/card"), &card, error);
    if (card.len == 4 && memcmp(card.ptr, "0000", 4) == 0) {
        /* An ordinary error: whoever sent the event gets sys.com.card.charge.error. */
        return arvo_error_raise(error, ARVO_STR("GatewayTimeout"), ARVO_STR("the bank does not answer"));
    }
    /* A violation: whoever called arvo_handler_execute gets it, with the object, and may try again. */
    arvo_error_raise_violation(error, ARVO_STR("Outage"), ARVO_STR("no line to the bank"), NULL);
    arvo_error_attach(*error, user_data, NULL);
    return arvo_error_status(*error);
}

static void run(const arvo_handler *handler, const arvo_contract *contract, arvo_str data) {
    arvo_event *event = NULL;
    arvo_events *answers = NULL;
    arvo_error *error = NULL;
    arvo_factory_request(contract, ARVO_STR("com.shop.web"), data, &event, &error);
    arvo_handler_execute(handler, event, &answers, &error);
    if (error == NULL) {
        const arvo_event *answer = arvo_events_at(answers, 0);
        printf("%.*s %.*s\n", ARVO_PRINT(arvo_event_type(answer)), ARVO_PRINT(arvo_event_data_text(answer)));
    } else if (arvo_error_status(error) == ARVO_CUSTOM_VIOLATION) {
        const outage *outage = arvo_error_object(error);
        printf("%.*s; try again in %d minutes\n", ARVO_PRINT(arvo_error_message(error)), outage->minutes);
    } else {
        printf("%.*s: %.*s\n", ARVO_PRINT(arvo_error_name(error)), ARVO_PRINT(arvo_error_message(error)));
    }
    ARVO_FREE(error, answers, event);
}

int main(void) {
    outage outage = {5};
    arvo_contract *contract = NULL;
    arvo_handler *handler = NULL;
    arvo_error *error = NULL;
    arvo_contract_simple(ARVO_STR("#/card"), ARVO_STR("card.charge"),
                         ARVO_STR("{\"properties\":{\"card\":{\"type\":\"string\"}},\"required\":[\"card\"]}"),
                         ARVO_STR("{}"), &contract, &error);
    arvo_handler_new(contract, charge, &outage, &handler, &error);
    if (error != NULL) return 1;
    run(handler, contract, ARVO_STR("{\"card\":\"0000\"}"));
    run(handler, contract, ARVO_STR("{\"card\":\"4111\"}"));
    run(handler, contract, ARVO_STR("{\"card\":4111}"));
    ARVO_FREE(handler, contract);
    return 0;
}

/* Prints:
 * sys.com.card.charge.error {"errorName":"GatewayTimeout","errorMessage":"the bank does not answer","errorStack":null}
 * ViolationError<Outage> no line to the bank; try again in 5 minutes
 * InvalidData: Accept Event data validation failed: /card: wanted string, found integer
 */
