/* A loop of your own: an execution gives its steps, you do the work and answer. So the work may be asynchronous, and
 * the events may go into your database together with everything else. */
#include <arvo.h>

int main(void) {
    arvo_contract *contract = NULL;
    arvo_handler *handler = NULL;
    arvo_event *event = NULL;
    arvo_execution *execution = NULL;
    arvo_outputs *outputs = NULL;
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_contract_simple(ARVO_STR("#/sum"), ARVO_STR("sum.up"), ARVO_STR("{\"required\":[\"a\",\"b\"]}"),
                         ARVO_STR("{}"), &contract, &error);
    arvo_handler_new(contract, NULL, NULL, &handler, &error); /* no function: the loop below does its work */
    arvo_factory_request(contract, ARVO_STR("com.shop.web"), ARVO_STR("{\"a\":2,\"b\":3}"), &event, &error);

    arvo_execution_begin(handler, event, &execution, &error);
    while (error == NULL && arvo_execution_step(execution) != ARVO_STEP_DONE) {
        if (arvo_execution_step(execution) == ARVO_STEP_CALL) {
            const arvo_value *data = arvo_input_data(arvo_execution_input(execution));
            int64_t a = 0, b = 0;
            arvo_value_i64(data, ARVO_STR("/a"), &a, &error);
            arvo_value_i64(data, ARVO_STR("/b"), &b, &error);
            printf("working on %ld and %ld\n", (long)a, (long)b);
            arvo_outputs_new(&outputs, &error);
            arvo_value_set_i64(arvo_outputs_emit(outputs, ARVO_STR("evt.sum.up.success")), ARVO_STR("/sum"), a + b,
                               &error);
            arvo_execution_answer(execution, outputs, &error);
        } else {
            printf("storing %lu event(s)\n", (unsigned long)arvo_events_count(arvo_execution_emitted(execution)));
            arvo_execution_commit(execution, &error);
        }
    }
    arvo_execution_finish(execution, &events, &error);
    printf("%.*s\n", ARVO_PRINT(error ? arvo_error_message(error) : arvo_event_data_text(arvo_events_at(events, 0))));
    ARVO_FREE(error, events, outputs, execution, event, handler, contract);
    return 0;
}

/* Prints:
 * working on 2 and 3
 * storing 1 event(s)
 * {"sum":5}
 */
