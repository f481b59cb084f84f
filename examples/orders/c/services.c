/* The services of the order demo; the rules are those of ../README.md.
 *
 * A function gets data that its contract has checked, fills in what it answers, and fails where it fails: Arvo makes
 * the events. The row of calls in each is checked once, at its end: after a failure, calls do nothing. `user_data` is the
 * ledger that calls are written to, if there is one. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services.h"

/* Sets a text made as printf makes it. */
static void set_format(arvo_value *data, arvo_str pointer, arvo_error **error, const char *pattern, ...) {
    char text[256];
    va_list arguments;
    int length;
    va_start(arguments, pattern);
    length = vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof text) {
        arvo_error_raise(error, ARVO_STR("TooLong"), ARVO_STR("an id is longer than 255 bytes"));
        return;
    }
    arvo_value_set_text(data, pointer, arvo_str_of(text, (size_t)length), error);
}

static bool equals(arvo_str text, const char *wanted) {
    return text.len == strlen(wanted) && memcmp(text.ptr, wanted, text.len) == 0;
}

/* The digits of SKU-123, which the contract has checked. */
static long number_of(arvo_str sku) {
    char digits[8] = "";
    if (sku.len > 4 && sku.len - 4 < sizeof digits) memcpy(digits, sku.ptr + 4, sku.len - 4);
    return strtol(digits, NULL, 10);
}

/* Inventory: is there enough of everything? */
static arvo_status reserve(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    const arvo_value *data = arvo_input_data(input);
    arvo_value *missing = NULL, *answer;
    arvo_str order = ARVO_NO_STR, first = ARVO_NO_STR;
    size_t count = 0, index, short_of = 0;
    ledger_note(user_data, input, error);
    arvo_value_text(data, ARVO_STR("/orderId"), &order, error);
    arvo_value_text(data, ARVO_STR("/items/0/sku"), &first, error);
    arvo_value_count(data, ARVO_STR("/items"), &count, error);
    arvo_value_new_array(&missing, error);
    for (index = 0; index < count && *error == NULL; index++) {
        arvo_value *item = NULL;
        arvo_str sku = ARVO_NO_STR;
        int64_t requested = 0, available;
        arvo_value_item(data, ARVO_STR("/items"), index, &item, error);
        arvo_value_text(item, ARVO_STR("/sku"), &sku, error);
        arvo_value_i64(item, ARVO_STR("/quantity"), &requested, error);
        available = 7 * number_of(sku) % 23;
        if (requested > available) {
            arvo_value *entry = NULL;
            arvo_value_new_object(&entry, error);
            arvo_value_set_text(entry, ARVO_STR("/sku"), sku, error);
            arvo_value_set_i64(entry, ARVO_STR("/requested"), requested, error);
            arvo_value_set_i64(entry, ARVO_STR("/available"), available, error);
            arvo_value_set(missing, ARVO_STR("/-"), entry, error);
            arvo_value_free(entry);
            short_of++;
        }
        arvo_value_free(item);
    }
    answer =
        arvo_outputs_emit(outputs, short_of ? ARVO_STR("evt.inventory.shortage") : ARVO_STR("evt.inventory.reserved"));
    arvo_value_set_text(answer, ARVO_STR("/orderId"), order, error);
    if (short_of) {
        arvo_value_set(answer, ARVO_STR("/missing"), missing, error);
    } else {
        set_format(answer, ARVO_STR("/reservationId"), error, "RSV-%.*s", ARVO_PRINT(order));
        set_format(answer, ARVO_STR("/warehouse"), error, "WH-%ld", number_of(first) % 3 + 1);
    }
    arvo_value_free(missing);
    return arvo_error_status(*error);
}

/* Inventory: put a reservation back. */
static arvo_status release(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_value *answer = arvo_outputs_emit(outputs, ARVO_STR("evt.inventory.release.success"));
    ledger_note(user_data, input, error);
    return arvo_value_set_bool(answer, ARVO_STR("/released"), true, error);
}

/* Payment, version 1.0.0: always approves. */
static arvo_status charge_once(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_value *answer = arvo_outputs_emit(outputs, ARVO_STR("evt.payment.charge.success"));
    arvo_str order = ARVO_NO_STR;
    ledger_note(user_data, input, error);
    arvo_value_text(arvo_input_data(input), ARVO_STR("/orderId"), &order, error);
    set_format(answer, ARVO_STR("/paymentId"), error, "PAY-%.*s", ARVO_PRINT(order));
    return arvo_value_set_bool(answer, ARVO_STR("/approved"), true, error);
}

/* Payment, version 2.0.0: the card's last digits decide. */
static arvo_status charge(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    const arvo_value *data = arvo_input_data(input);
    arvo_value *answer;
    arvo_str order = ARVO_NO_STR, card = ARVO_NO_STR;
    ledger_note(user_data, input, error);
    arvo_value_text(data, ARVO_STR("/orderId"), &order, error);
    arvo_value_text(data, ARVO_STR("/card"), &card, error);
    if (card.len >= 4 && memcmp(card.ptr + card.len - 4, "0000", 4) == 0) {
        return arvo_error_raise(error, ARVO_STR("Error"), ARVO_STR("Gateway timeout"));
    }
    answer = arvo_outputs_emit(outputs, ARVO_STR("evt.payment.charge.success"));
    if (card.len > 0 && (card.ptr[card.len - 1] - '0') % 2 == 0) {
        set_format(answer, ARVO_STR("/paymentId"), error, "PAY-%.*s", ARVO_PRINT(order));
        arvo_value_set_text(answer, ARVO_STR("/status"), ARVO_STR("approved"), error);
        arvo_value_set_null(answer, ARVO_STR("/reason"), error);
    } else {
        arvo_value_set_null(answer, ARVO_STR("/paymentId"), error);
        arvo_value_set_text(answer, ARVO_STR("/status"), ARVO_STR("declined"), error);
        arvo_value_set_text(answer, ARVO_STR("/reason"), ARVO_STR("insufficient funds"), error);
    }
    return arvo_error_status(*error);
}

/* A clerk: may an order this large go on? */
static arvo_status approve(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_value *answer = arvo_outputs_emit(outputs, ARVO_STR("evt.order.approve.decided"));
    double total = 0;
    ledger_note(user_data, input, error);
    arvo_value_f64(arvo_input_data(input), ARVO_STR("/total"), &total, error);
    arvo_value_set_bool(answer, ARVO_STR("/approved"), total < 5000, error);
    return arvo_value_set_text(answer, ARVO_STR("/by"), ARVO_STR("clerk"), error);
}

/* Shipping: print a label, unless nobody knows the country. */
static arvo_status create_label(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_str order = ARVO_NO_STR, country = ARVO_NO_STR;
    ledger_note(user_data, input, error);
    arvo_value_text(arvo_input_data(input), ARVO_STR("/orderId"), &order, error);
    arvo_value_text(arvo_input_data(input), ARVO_STR("/country"), &country, error);
    if (equals(country, "XX")) return arvo_error_raise(error, ARVO_STR("Error"), ARVO_STR("Unknown country XX"));
    set_format(arvo_outputs_emit(outputs, ARVO_STR("evt.label.create.success")), ARVO_STR("/labelId"), error,
               "LBL-%.*s", ARVO_PRINT(order));
    return arvo_error_status(*error);
}

/* Shipping: the country decides on the carrier. */
static arvo_status book_courier(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    static const struct {
        const char *country, *carrier;
        int days;
    } carriers[] = {
        {"AU", "AusPost", 2}, {"US", "UPS", 5}, {"DE", "DHL", 4}, {"IN", "BlueDart", 6}, {NULL, "FedEx", 8}};
    arvo_value *answer = arvo_outputs_emit(outputs, ARVO_STR("evt.courier.book.success"));
    arvo_str country = ARVO_NO_STR;
    double parcels = 0;
    size_t index = 0;
    ledger_note(user_data, input, error);
    arvo_value_text(arvo_input_data(input), ARVO_STR("/country"), &country, error);
    arvo_value_f64(arvo_input_data(input), ARVO_STR("/parcels"), &parcels, error);
    while (carriers[index].country != NULL && !equals(country, carriers[index].country)) index++;
    set_format(answer, ARVO_STR("/carrier"), error, "%s", carriers[index].carrier);
    arvo_value_set_f64(answer, ARVO_STR("/cost"), 5 + 1.5 * parcels, error);
    return arvo_value_set_i64(answer, ARVO_STR("/etaDays"), carriers[index].days, error);
}

static const struct {
    const char *uri, *type, *version;
    arvo_handler_fn function;
} FUNCTIONS[] = {{"#/contracts/inventory/reserve", "com.inventory.reserve", "1.0.0", reserve},
                 {"#/contracts/inventory/release", "com.inventory.release", "1.0.0", release},
                 {"#/contracts/payment/charge", "com.payment.charge", "1.0.0", charge_once},
                 {"#/contracts/payment/charge", "com.payment.charge", "2.0.0", charge},
                 {"#/contracts/order/approve", "com.order.approve", "1.0.0", approve},
                 {"#/contracts/label/create", "com.label.create", "1.0.0", create_label},
                 {"#/contracts/courier/book", "com.courier.book", "1.0.0", book_courier}};

/* A handler with all the functions of one contract. */
static void build(service *service, const ledger *ledger, arvo_error **error) {
    arvo_handler_builder *builder = NULL;
    size_t index;
    arvo_handler_builder_new(service->contract, &builder, error);
    for (index = 0; index < sizeof FUNCTIONS / sizeof *FUNCTIONS; index++) {
        if (!equals(arvo_contract_uri(service->contract), FUNCTIONS[index].uri)) continue;
        service->type = FUNCTIONS[index].type;
        arvo_handler_builder_on(builder, arvo_str_of(FUNCTIONS[index].version, strlen(FUNCTIONS[index].version)),
                                FUNCTIONS[index].function, (void *)ledger, NULL, error);
    }
    arvo_handler_builder_build(builder, &service->handler, error);
    arvo_handler_builder_free(builder);
}

static bool is_service(arvo_str uri) {
    size_t index;
    for (index = 0; index < sizeof FUNCTIONS / sizeof *FUNCTIONS; index++) {
        if (equals(uri, FUNCTIONS[index].uri)) return true;
    }
    return false; /* a workflow */
}

arvo_status services_build(const arvo_value *contracts, const ledger *ledger, service services[SERVICES],
                           arvo_error **error) {
    size_t count = 0, index, built = 0;
    memset(services, 0, SERVICES * sizeof *services);
    arvo_value_count(contracts, ARVO_STR(""), &count, error);
    for (index = 0; index < count && built < SERVICES && *error == NULL; index++) {
        arvo_value *json = NULL;
        arvo_str uri = ARVO_NO_STR;
        arvo_value_item(contracts, ARVO_STR(""), index, &json, error);
        arvo_value_text(json, ARVO_STR("/uri"), &uri, error);
        if (is_service(uri)) {
            /* The reference, which wrote that file, drops unknown keys. */
            arvo_contract_from_value(json, ARVO_UNKNOWN_KEYS_STRIP, &services[built].contract, error);
            build(&services[built++], ledger, error);
        }
        arvo_value_free(json);
    }
    if (built < SERVICES) arvo_error_raise(error, ARVO_STR("Error"), ARVO_STR("contracts.json lacks a service"));
    return arvo_error_status(*error);
}

void services_free(service services[SERVICES]) {
    size_t index;
    for (index = 0; index < SERVICES; index++) {
        arvo_handler_free(services[index].handler);
        arvo_contract_free(services[index].contract);
    }
}

const service *services_find(const service services[SERVICES], const char *type) {
    size_t index;
    for (index = 0; index < SERVICES; index++) {
        if (services[index].type != NULL && strcmp(services[index].type, type) == 0) return &services[index];
    }
    return NULL;
}
