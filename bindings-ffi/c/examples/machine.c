/* A machine that is data, but for one condition: read, run for one event, looked at and drawn (docs/machines.md). */
#include <stdio.h>
#include <string.h>

#include <arvo.h>

static const char *const file =
    "{\"contract\": {\"uri\": \"#/flows/purchase\", \"version\": \"1.0.0\"},"
    " \"services\": {\"price\": {\"uri\": \"#/services/price\", \"version\": \"1.0.0\"}},"
    " \"machine\": {"
    "   \"id\": \"purchase\", \"context\": {\"article\": {\"$\": \"input.data.article\"}}, \"initial\": \"pricing\","
    "   \"states\": {"
    "     \"pricing\": {"
    "       \"entry\": {\"emit\": {\"type\": \"com.price.ask\", \"data\": {\"article\": {\"$\": "
    "\"context.article\"}}}},"
    "       \"on\": {\"evt.price.ask.success\": [{\"guard\": \"affordable\", \"target\": \"bought\"}, \"declined\"],"
    "              \"sys.com.price.ask.error\": \"declined\"}},"
    "     \"bought\": {\"type\": \"final\"}, \"declined\": {\"type\": \"final\"}},"
    "   \"output\": {\"article\": {\"$\": \"context.article\"}}}}";

static arvo_status affordable(void *user_data, const arvo_args *args, bool *passes, arvo_error **error) {
    double price = 0;
    (void)user_data;
    arvo_value_f64(arvo_args_event(args), ARVO_STR("/data/price"), &price, error);
    *passes = price <= 100;
    return arvo_error_status(*error);
}

int main(void) {
    const arvo_str object = ARVO_STR("{\"type\": \"object\"}");
    arvo_error *error = NULL;
    arvo_contract *contracts[2] = {NULL, NULL};
    arvo_machine_builder *builder = NULL;
    arvo_machine *machine = NULL;
    arvo_memory *memory = NULL;
    arvo_orchestrator_builder *workflows = NULL;
    arvo_orchestrator *purchases = NULL;
    arvo_event *init = NULL;
    arvo_events *asked = NULL;
    arvo_text *record = NULL, *text = NULL, *picture = NULL;
    arvo_value *now = NULL, *state = NULL;

    arvo_contract_orchestrator(ARVO_STR("#/flows/purchase"), ARVO_STR("purchase"), object, object, &contracts[0],
                               &error);
    arvo_contract_simple(ARVO_STR("#/services/price"), ARVO_STR("price.ask"), object, object, &contracts[1], &error);
    arvo_machine_builder_from_json(arvo_str_of(file, strlen(file)), (const arvo_contract *const *)contracts, 2,
                                   &builder, &error);
    arvo_machine_builder_guard(builder, ARVO_STR("affordable"), affordable, NULL, NULL, &error);
    arvo_machine_builder_build(builder, &machine, &error);

    arvo_memory_new(&memory, &error);
    arvo_orchestrator_builder_new(&workflows, &error);
    arvo_orchestrator_builder_machine(workflows, machine, &error);
    arvo_orchestrator_builder_memory(workflows, memory, &error);
    arvo_orchestrator_builder_build(workflows, &purchases, &error);
    arvo_factory_request(contracts[0], ARVO_STR("com.shop.web"),
                         ARVO_STR("{\"parentSubject$$\": null, \"article\": \"tea\"}"), &init, &error);
    arvo_orchestrator_execute(purchases, init, &asked, &error);
    printf("asks %.*s\n", ARVO_PRINT(arvo_event_data_text(arvo_events_at(asked, 0))));

    arvo_memory_read(memory, arvo_event_subject(init), &record, &error);
    arvo_machine_describe(machine, arvo_text_view(record), &now, &error);
    arvo_value_get(now, ARVO_STR("/awaiting"), &state, &error);
    arvo_value_write(state, 0, &text, &error);
    printf("awaits %.*s\n", ARVO_PRINT(arvo_text_view(text)));
    arvo_machine_mermaid(machine, arvo_text_view(record), NULL, &picture, &error);
    printf("looks like %.*s", ARVO_PRINT(arvo_text_view(picture)));

    if (error != NULL) printf("%.*s\n", ARVO_PRINT(arvo_error_message(error)));
    ARVO_FREE(state, now, record, asked, init, purchases, workflows, memory, machine, builder, contracts[0]);
    ARVO_FREE(contracts[1], text, picture, error);
    return 0;
}

/* Prints:
 * asks {"article":"tea"}
 * awaits ["evt.price.ask.success","sys.com.price.ask.error"]
 * looks like stateDiagram-v2
 *     state "purchase" as s_purchase {
 *         [*] --> s_purchase_pricing
 *         state "pricing" as s_purchase_pricing
 *         state "bought" as s_purchase_bought
 *         state "declined" as s_purchase_declined
 *         s_purchase_pricing --> s_purchase_bought : ▸ evt.price.ask.success [affordable]
 *         s_purchase_pricing --> s_purchase_declined : ▸ evt.price.ask.success
 *         s_purchase_pricing --> s_purchase_declined : ▸ sys.com.price.ask.error
 *         s_purchase_bought --> [*]
 *         s_purchase_declined --> [*]
 *     }
 *     classDef active fill:#ffd75e,stroke:#8a6d00,stroke-width:2px
 *     class s_purchase,s_purchase_pricing active
 */
