/* The two workflows of the order demo, as functions that are called for each of their events; the rules are those of
 * ../README.md. */
#include "workflows.h"

#include <math.h>
#include <string.h>

static arvo_str str(const char *text) { return arvo_str_of(text, strlen(text)); }

static bool equals(arvo_str text, const char *wanted) {
    return text.len == strlen(wanted) && memcmp(text.ptr, wanted, text.len) == 0;
}

/* Copies what is at `from` to `to`. */
static arvo_status take(arvo_value *data, const char *to, const arvo_value *source, const char *from,
                        arvo_error **error) {
    arvo_value *part = NULL;
    arvo_value_get(source, str(from), &part, error);
    arvo_value_set(data, str(to), part, error);
    arvo_value_free(part);
    return arvo_error_status(*error);
}

/* What all items of the order cost, rounded to cents, and how many pieces they are. */
static void add_up(const arvo_value *items, double *total, int64_t *pieces, arvo_error **error) {
    size_t count = 0, index;
    *total = 0;
    *pieces = 0;
    arvo_value_count(items, ARVO_STR(""), &count, error);
    for (index = 0; index < count; index++) {
        arvo_value *item = NULL;
        int64_t quantity = 0;
        double price = 0;
        arvo_value_item(items, ARVO_STR(""), index, &item, error);
        arvo_value_i64(item, ARVO_STR("/quantity"), &quantity, error);
        arvo_value_f64(item, ARVO_STR("/unitPrice"), &price, NULL); /* a shipment's items have none */
        *total += (double)quantity * price;
        *pieces += quantity;
        arvo_value_free(item);
    }
    *total = floor(*total * 100 + 0.5) / 100;
}

/* What a step works with: the context {order, total, reservationId, paymentId, status, reason}, and the event's data. */
typedef struct step {
    arvo_value *context;
    const arvo_value *data;
    arvo_resumed *next;
    arvo_error **error;
} step;

/* Calls a service with the order's id, and goes on with the context as it is now. */
static arvo_value *call(step *step, const char *type) {
    arvo_value *data = arvo_resumed_call(step->next, str(type));
    arvo_value_set(arvo_resumed_context(step->next), ARVO_STR(""), step->context, step->error);
    take(data, "/orderId", step->context, "/order/orderId", step->error);
    return data;
}

static arvo_status charge(step *step) {
    arvo_value *data = call(step, "com.payment.charge");
    take(data, "/amount", step->context, "/total", step->error);
    return take(data, "/card", step->context, "/order/card", step->error);
}

/* The clerk sits in the domain of the contract. */
static arvo_status approve(step *step) {
    arvo_value *data = NULL, *attributes = NULL;
    arvo_value_new_object(&data, step->error);
    arvo_value_new_object(&attributes, step->error);
    take(data, "/orderId", step->context, "/order/orderId", step->error);
    take(data, "/total", step->context, "/total", step->error);
    take(data, "/customer", step->context, "/order/customer/id", step->error);
    arvo_value_set_text(attributes, ARVO_STR("/domain/-"), ARVO_STR(ARVO_DOMAIN_FROM_EVENT_CONTRACT), step->error);
    arvo_value_set(arvo_resumed_context(step->next), ARVO_STR(""), step->context, step->error);
    arvo_outputs_add(arvo_resumed_services(step->next), ARVO_STR("com.order.approve"), data, attributes, step->error);
    ARVO_FREE(data, attributes);
    return arvo_error_status(*step->error);
}

static arvo_status end(step *step, const char *status, const arvo_value *shipped) {
    arvo_value *output = arvo_resumed_output(step->next);
    take(output, "/orderId", step->context, "/order/orderId", step->error);
    arvo_value_set_text(output, ARVO_STR("/status"), str(status), step->error);
    take(output, "/reason", step->context, "/reason", step->error);
    take(output, "/total", step->context, "/total", step->error);
    take(output, "/paymentId", step->context, "/paymentId", step->error);
    if (shipped != NULL) {
        take(output, "/trackingId", shipped, "/trackingId", step->error);
        return take(output, "/etaDays", shipped, "/etaDays", step->error);
    }
    arvo_value_set_null(output, ARVO_STR("/trackingId"), step->error);
    return arvo_value_set_null(output, ARVO_STR("/etaDays"), step->error);
}

/* Puts back what was set aside; the context says how it ends then. The reason is `why` and the text at `pointer`. */
static arvo_status release(step *step, const char *status, const char *why, const char *pointer) {
    arvo_str detail = ARVO_NO_STR;
    arvo_value *data;
    arvo_value_text(step->data, str(pointer), &detail, step->error);
    arvo_value_set_text(step->context, ARVO_STR("/status"), str(status), step->error);
    arvo_value_set_format(step->context, ARVO_STR("/reason"), step->error, "%s%.*s", why, ARVO_PRINT(detail));
    data = arvo_resumed_call(step->next, ARVO_STR("com.inventory.release"));
    arvo_value_set(arvo_resumed_context(step->next), ARVO_STR(""), step->context, step->error);
    take(data, "/reservationId", step->context, "/reservationId", step->error);
    return take(data, "/reason", step->context, "/reason", step->error);
}

static arvo_status begin(step *step) {
    double total;
    int64_t pieces;
    arvo_value *items = NULL, *data;
    arvo_value_get(step->data, ARVO_STR("/items"), &items, step->error);
    add_up(items, &total, &pieces, step->error);
    arvo_value_free(items);
    arvo_value_set(step->context, ARVO_STR("/order"), step->data, step->error);
    arvo_value_set_f64(step->context, ARVO_STR("/total"), total, step->error);
    arvo_value_set_null(step->context, ARVO_STR("/reservationId"), step->error);
    arvo_value_set_null(step->context, ARVO_STR("/paymentId"), step->error);
    arvo_value_set_null(step->context, ARVO_STR("/reason"), step->error);
    data = call(step, "com.inventory.reserve");
    return take(data, "/items", step->data, "/items", step->error);
}

static arvo_status out_of_stock(step *step) {
    size_t count = 0, index;
    arvo_value_set_text(step->context, ARVO_STR("/reason"), ARVO_STR("out of stock: "), step->error);
    arvo_value_count(step->data, ARVO_STR("/missing"), &count, step->error);
    for (index = 0; index < count; index++) {
        arvo_value *missing = NULL, *before = NULL;
        arvo_str sku = ARVO_NO_STR, reason = ARVO_NO_STR;
        arvo_value_item(step->data, ARVO_STR("/missing"), index, &missing, step->error);
        arvo_value_text(missing, ARVO_STR("/sku"), &sku, step->error);
        arvo_value_get(step->context, ARVO_STR("/reason"), &before, step->error);
        arvo_value_text(before, ARVO_STR(""), &reason, step->error);
        arvo_value_set_format(step->context, ARVO_STR("/reason"), step->error, "%.*s%s%.*s", ARVO_PRINT(reason),
                              index ? ", " : "", ARVO_PRINT(sku));
        ARVO_FREE(missing, before);
    }
    return end(step, "rejected", NULL);
}

static arvo_status reserved(step *step) {
    double total = 0;
    arvo_str tier = ARVO_NO_STR;
    take(step->context, "/reservationId", step->data, "/reservationId", step->error);
    arvo_value_f64(step->context, ARVO_STR("/total"), &total, step->error);
    arvo_value_text(step->context, ARVO_STR("/order/customer/tier"), &tier, step->error);
    return total > 1000 && !equals(tier, "gold") ? approve(step) : charge(step);
}

static arvo_status ship_it(step *step, arvo_str subject) {
    arvo_value *data;
    take(step->context, "/paymentId", step->data, "/paymentId", step->error);
    data = call(step, "arvo.orc.shipment");
    arvo_value_set_text(data, ARVO_STR("/parentSubject$$"), subject, step->error);
    take(data, "/country", step->context, "/order/country", step->error);
    return take(data, "/items", step->context, "/order/items", step->error);
}

static arvo_status ended(step *step) {
    arvo_str status = ARVO_NO_STR;
    arvo_value_text(step->context, ARVO_STR("/status"), &status, step->error);
    return end(step, equals(status, "failed") ? "failed" : "rejected", NULL);
}

/* Each line is a state of the workflow: what has come, and what is asked for next. */
static arvo_status go_on(step *step, const arvo_event *event) {
    arvo_str type = arvo_event_type(event), status = ARVO_NO_STR;
    bool yes = false;
    if (equals(type, "evt.inventory.shortage")) return out_of_stock(step);
    if (equals(type, "evt.inventory.reserved")) return reserved(step);
    if (equals(type, "evt.order.approve.decided")) {
        arvo_value_bool(step->data, ARVO_STR("/approved"), &yes, step->error);
        return yes ? charge(step) : release(step, "rejected", "not approved by ", "/by");
    }
    if (equals(type, "evt.payment.charge.success")) {
        arvo_value_text(step->data, ARVO_STR("/status"), &status, step->error);
        if (equals(status, "approved")) return ship_it(step, arvo_event_subject(event));
        return release(step, "rejected", "payment declined: ", "/reason");
    }
    if (equals(type, "sys.com.payment.charge.error"))
        return release(step, "failed", "payment failed: ", "/errorMessage");
    if (equals(type, "arvo.orc.shipment.done")) return end(step, "fulfilled", step->data);
    if (equals(type, "sys.arvo.orc.shipment.error"))
        return release(step, "failed", "shipment failed: ", "/errorMessage");
    if (equals(type, "evt.inventory.release.success")) return ended(step);
    return arvo_error_raise(step->error, ARVO_NO_STR, ARVO_STR("nobody waits for such an event"));
}

static arvo_status fulfil(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    const arvo_value *context = NULL;
    step step = {NULL, NULL, NULL, NULL};
    (void)user_data;
    step.next = next;
    step.error = error;
    step.data = arvo_input_data(input);
    arvo_input_context(input, &context, error);
    if (arvo_input_is_init(input)) {
        arvo_value_new_object(&step.context, error);
        begin(&step);
    } else {
        arvo_value_get(context, ARVO_STR(""), &step.context, error); /* a value of its own, to be changed */
        go_on(&step, arvo_input_event(input));
    }
    arvo_value_free(step.context);
    return arvo_error_status(*error);
}

/* One step of a shipment: ask both at once, go on when both have answered. */
static arvo_status ship(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    const arvo_value *data = arvo_input_data(input), *context = NULL;
    const arvo_events *labels = NULL, *couriers = NULL;
    arvo_value *items = NULL, *booked = NULL, *output;
    arvo_str type = arvo_event_type(arvo_input_event(input)), order = ARVO_NO_STR, carrier = ARVO_NO_STR;
    double total;
    int64_t parcels;
    (void)user_data;
    if (arvo_input_is_init(input)) {
        arvo_value *label = arvo_resumed_call(next, ARVO_STR("com.label.create"));
        arvo_value *courier = arvo_resumed_call(next, ARVO_STR("com.courier.book"));
        take(arvo_resumed_context(next), "/orderId", data, "/orderId", error);
        take(label, "/orderId", data, "/orderId", error);
        take(label, "/country", data, "/country", error);
        take(courier, "/orderId", data, "/orderId", error);
        take(courier, "/country", data, "/country", error);
        arvo_value_get(data, ARVO_STR("/items"), &items, error);
        add_up(items, &total, &parcels, error);
        arvo_value_free(items);
        return arvo_value_set_i64(courier, ARVO_STR("/parcels"), parcels, error);
    }
    if (type.len > 4 && memcmp(type.ptr, "sys.", 4) == 0) {
        return arvo_error_raise(error, ARVO_STR("Error"), ARVO_STR("Shipment could not be prepared"));
    }
    arvo_input_collected(input, ARVO_STR("evt.label.create.success"), &labels, error);
    arvo_input_collected(input, ARVO_STR("evt.courier.book.success"), &couriers, error);
    if (arvo_events_count(labels) == 0 || arvo_events_count(couriers) == 0) return arvo_error_status(*error);
    arvo_input_context(input, &context, error);
    arvo_event_data(arvo_events_at(couriers, 0), &booked, error);
    arvo_value_text(context, ARVO_STR("/orderId"), &order, error);
    arvo_value_text(booked, ARVO_STR("/carrier"), &carrier, error);
    output = arvo_resumed_output(next);
    arvo_value_set_format(output, ARVO_STR("/trackingId"), error, "TRK-%.*s-%.*s", ARVO_PRINT(order),
                          ARVO_PRINT(carrier));
    take(output, "/carrier", booked, "/carrier", error);
    take(output, "/cost", booked, "/cost", error);
    take(output, "/etaDays", booked, "/etaDays", error);
    arvo_value_free(booked);
    return arvo_error_status(*error);
}

/* The contract of a URI. The reference, which wrote contracts.json, drops unknown keys. */
static arvo_contract *contract_of(const arvo_value *contracts, const char *wanted, arvo_error **error) {
    arvo_contract *contract = NULL;
    size_t count = 0, index;
    arvo_value_count(contracts, ARVO_STR(""), &count, error);
    for (index = 0; index < count && contract == NULL && *error == NULL; index++) {
        arvo_value *json = NULL;
        arvo_str uri = ARVO_NO_STR;
        arvo_value_item(contracts, ARVO_STR(""), index, &json, error);
        arvo_value_text(json, ARVO_STR("/uri"), &uri, error);
        if (equals(uri, wanted)) arvo_contract_from_value(json, ARVO_UNKNOWN_KEYS_STRIP, &contract, error);
        arvo_value_free(json);
    }
    return contract;
}

typedef struct needed {
    const char *name, *uri, *version;
} needed;

static arvo_status build(const arvo_value *contracts, const char *uri, const needed *services, size_t count,
                         arvo_resumable_fn function, arvo_resumable **out, arvo_error **error) {
    arvo_contract *own = contract_of(contracts, uri, error);
    arvo_resumable_builder *builder = NULL;
    size_t index;
    arvo_resumable_builder_new(own, &builder, error);
    for (index = 0; index < count; index++) {
        arvo_contract *contract = contract_of(contracts, services[index].uri, error);
        arvo_contract_version *version = NULL;
        arvo_contract_lookup(contract, str(services[index].version), &version, error);
        arvo_resumable_builder_service(builder, str(services[index].name), version, error);
        ARVO_FREE(contract, version);
    }
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), function, NULL, NULL, error);
    arvo_resumable_builder_build(builder, out, error);
    ARVO_FREE(own, builder);
    return arvo_error_status(*error);
}

arvo_status fulfilment_build(const arvo_value *contracts, arvo_resumable **out, arvo_error **error) {
    static const needed services[] = {{"reserve", "#/contracts/inventory/reserve", "1.0.0"},
                                      {"release", "#/contracts/inventory/release", "1.0.0"},
                                      {"charge", "#/contracts/payment/charge", "2.0.0"},
                                      {"approve", "#/contracts/order/approve", "1.0.0"},
                                      {"shipment", "#/orchestrators/shipment", "1.0.0"}};
    return build(contracts, "#/orchestrators/order/fulfilment", services, 5, fulfil, out, error);
}

arvo_status shipment_build(const arvo_value *contracts, arvo_resumable **out, arvo_error **error) {
    static const needed services[] = {{"label", "#/contracts/label/create", "1.0.0"},
                                      {"courier", "#/contracts/courier/book", "1.0.0"}};
    return build(contracts, "#/orchestrators/shipment", services, 2, ship, out, error);
}
