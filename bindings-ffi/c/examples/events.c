/* Events: make one, write it, read it again; and all that is wrong with a broken one, in one error. */
#include <arvo.h>

int main(void) {
    arvo_value *attributes = NULL, *data = NULL;
    arvo_event *event = NULL, *again = NULL, *broken = NULL;
    arvo_text *json = NULL;
    arvo_error *error = NULL;
    size_t count = 0, index;

    /* Values are built member by member; what is left out of an event gets its default. */
    arvo_value_new_object(&attributes, &error);
    arvo_value_set_text(attributes, ARVO_STR("/source"), ARVO_STR("com.shop.web"), &error);
    arvo_value_set_text(attributes, ARVO_STR("/type"), ARVO_STR("com.order.placed"), &error);
    arvo_value_set_text(attributes, ARVO_STR("/subject"), ARVO_STR("order/17"), &error);
    arvo_value_set_text(attributes, ARVO_STR("/__extensions/tenant"), ARVO_STR("acme"), &error);
    arvo_value_new_object(&data, &error);
    arvo_value_set_f64(data, ARVO_STR("/total"), 12.5, &error);
    arvo_value_set_text(data, ARVO_STR("/skus/-"), ARVO_STR("SKU-101"), &error);
    arvo_event_new(NULL, attributes, data, &event, &error);

    /* Text out, text in. A row of calls needs one check, at its end. */
    arvo_event_write(event, 0, &json, &error);
    arvo_event_parse(NULL, arvo_text_view(json), &again, &error);
    if (error != NULL) {
        printf("failed: %.*s\n", ARVO_PRINT(arvo_error_message(error)));
        return 1;
    }
    printf("%.*s to %.*s: %.*s\n", ARVO_PRINT(arvo_event_type(again)), ARVO_PRINT(arvo_event_to(again)),
           ARVO_PRINT(arvo_event_data_text(again)));

    /* One error names every broken attribute, as text and as data. */
    arvo_value_set_text(attributes, ARVO_STR("/domain"), ARVO_STR("Human Review"), &error);
    arvo_value_set_text(attributes, ARVO_STR("/time"), ARVO_STR("yesterday"), &error);
    arvo_event_new(NULL, attributes, data, &broken, &error);
    arvo_value_count(arvo_error_details(error), ARVO_STR("/broken"), &count, NULL);
    for (index = 0; index < count; index++) {
        arvo_value *entry = NULL;
        arvo_str attribute = ARVO_NO_STR;
        arvo_value_item(arvo_error_details(error), ARVO_STR("/broken"), index, &entry, NULL);
        arvo_value_text(entry, ARVO_STR("/attribute"), &attribute, NULL);
        printf("broken: %.*s\n", ARVO_PRINT(attribute));
        arvo_value_free(entry);
    }
    ARVO_FREE(error, json, broken, again, event, data, attributes);
    return 0;
}

/* Prints:
 * com.order.placed to com.order.placed: {"total":12.5,"skus":["SKU-101"]}
 * broken: time
 * broken: domain
 */
