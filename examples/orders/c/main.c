/* The order demo in C: every service request of the recorded orders, made by the contracts' factories and handled.
 *
 *   ARVO_ORDERS=examples/orders target/c/orders [--few]
 *
 * The answers of each order must be of the types that the reference counted (expected.jsonl). Progress goes to a
 * terminal; the last line of the output is one JSON object. --few: a tenth of the orders, for valgrind. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "services.h"

enum { ORDERS = 1000000 };

static void must(arvo_error *error, const char *what) {
    if (error == NULL) return;
    fprintf(stderr, "%s: %.*s\n", what, ARVO_PRINT(arvo_error_message(error)));
    exit(2);
}

static void *grown(void *memory, size_t size) {
    memory = realloc(memory, size);
    if (memory == NULL) {
        fputs("no memory\n", stderr);
        exit(2);
    }
    return memory;
}

/* A whole file. */
static char *read_file(const char *folder, const char *name, size_t *length) {
    char path[1024], *bytes = NULL;
    size_t got;
    FILE *file;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    *length = 0;
    do {
        bytes = grown(bytes, *length + 65536);
        got = fread(bytes + *length, 1, 65536, file);
        *length += got;
    } while (got > 0);
    fclose(file);
    return bytes;
}

/* The next line of `rest`, which moves on; false at the end. */
static bool next_line(arvo_str *rest, arvo_str *line) {
    const char *end;
    if (rest->len == 0) return false;
    end = memchr(rest->ptr, '\n', rest->len);
    *line = arvo_str_of(rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len);
    *rest = arvo_str_of(rest->ptr + line->len + (end ? 1 : 0), rest->len - line->len - (end ? 1 : 0));
    return true;
}

/* "/" and a type: types have nothing to escape. */
static arvo_str pointer_to(char *buffer, size_t size, arvo_str type) {
    int length = snprintf(buffer, size, "/%.*s", ARVO_PRINT(type));
    return arvo_str_of(buffer, (size_t)length < size ? (size_t)length : size - 1);
}

/* Adds to the count of a type in an object of counts. */
static void add(arvo_value *counts, arvo_str type, uint64_t more, arvo_error **error) {
    char buffer[128];
    arvo_str pointer = pointer_to(buffer, sizeof buffer, type);
    uint64_t count = 0;
    arvo_value_u64(counts, pointer, &count, NULL);
    arvo_value_set_u64(counts, pointer, count + more, error);
}

/* A service request of an order: what it is counted as, where it goes, and how its data is made. */
static const struct {
    const char *counted, *type, *version;
} REQUESTS[] = {{"com.inventory.reserve", "com.inventory.reserve", "1.0.0"},
                /* The request to the clerk leaves for its domain, so that the reference counted its answer alone. */
                {"evt.order.approve.decided", "com.order.approve", "1.0.0"},
                {"com.payment.charge", "com.payment.charge", "2.0.0"},
                {"com.label.create", "com.label.create", "1.0.0"},
                {"com.courier.book", "com.courier.book", "1.0.0"},
                {"com.inventory.release", "com.inventory.release", "1.0.0"}};

/* Copies one member of the order into the data of a request. */
static void take(arvo_value *data, const char *to, const arvo_value *order, const char *from, arvo_error **error) {
    arvo_value *part = NULL;
    arvo_value_get(order, arvo_str_of(from, strlen(from)), &part, error);
    arvo_value_set(data, arvo_str_of(to, strlen(to)), part, error);
    arvo_value_free(part);
}

/* What all items cost, in cents precision, and how many pieces they are. */
static void add_up(const arvo_value *order, double *total, int64_t *parcels, arvo_error **error) {
    size_t count = 0, index;
    *total = 0;
    *parcels = 0;
    arvo_value_count(order, ARVO_STR("/items"), &count, error);
    for (index = 0; index < count; index++) {
        arvo_value *item = NULL;
        int64_t quantity = 0;
        double price = 0;
        arvo_value_item(order, ARVO_STR("/items"), index, &item, error);
        arvo_value_i64(item, ARVO_STR("/quantity"), &quantity, error);
        arvo_value_f64(item, ARVO_STR("/unitPrice"), &price, error);
        *total += (double)quantity * price;
        *parcels += quantity;
        arvo_value_free(item);
    }
    *total = floor(*total * 100 + 0.5) / 100;
}

/* The data of a request; the contract drops what its service need not know. */
static arvo_value *request_data(const char *type, const arvo_value *order, arvo_error **error) {
    arvo_value *data = NULL;
    double total;
    int64_t parcels;
    arvo_value_new_object(&data, error);
    if (strcmp(type, "com.inventory.release") == 0) {
        arvo_str id = ARVO_NO_STR;
        char reservation[128];
        arvo_value_text(order, ARVO_STR("/orderId"), &id, error);
        snprintf(reservation, sizeof reservation, "RSV-%.*s", ARVO_PRINT(id));
        arvo_value_set_text(data, ARVO_STR("/reservationId"), arvo_str_of(reservation, strlen(reservation)), error);
        arvo_value_set_text(data, ARVO_STR("/reason"), ARVO_STR("the order came to nothing"), error);
        return data;
    }
    take(data, "/orderId", order, "/orderId", error);
    if (strcmp(type, "com.inventory.reserve") == 0) take(data, "/items", order, "/items", error);
    if (strcmp(type, "com.payment.charge") == 0) take(data, "/card", order, "/card", error);
    if (strcmp(type, "com.order.approve") == 0) take(data, "/customer", order, "/customer/id", error);
    if (strcmp(type, "com.label.create") == 0 || strcmp(type, "com.courier.book") == 0) {
        take(data, "/country", order, "/country", error);
    }
    add_up(order, &total, &parcels, error);
    if (strcmp(type, "com.payment.charge") == 0) arvo_value_set_f64(data, ARVO_STR("/amount"), total, error);
    if (strcmp(type, "com.order.approve") == 0) arvo_value_set_f64(data, ARVO_STR("/total"), total, error);
    if (strcmp(type, "com.courier.book") == 0) arvo_value_set_i64(data, ARVO_STR("/parcels"), parcels, error);
    return data;
}

/* Makes one request and counts the types of its answers. */
static void request(const service *service, const char *version, const arvo_event *order, const arvo_value *data,
                    arvo_value *found, arvo_error **error) {
    arvo_contract_version *contract = NULL;
    arvo_value *attributes = NULL;
    arvo_event *event = NULL;
    arvo_events *answers = NULL;
    size_t index;
    arvo_contract_lookup(service->contract, arvo_str_of(version, strlen(version)), &contract, error);
    arvo_value_new_object(&attributes, error);
    arvo_value_set_text(attributes, ARVO_STR("/source"), arvo_event_type(order), error);
    arvo_value_set_text(attributes, ARVO_STR("/subject"), arvo_event_subject(order), error);
    arvo_value_set_text(attributes, ARVO_STR("/parentid"), arvo_event_id(order), error);
    arvo_factory_accepts(contract, NULL, attributes, data, &event, error);
    arvo_handler_execute(service->handler, event, &answers, error);
    for (index = 0; index < arvo_events_count(answers); index++) {
        add(found, arvo_event_type(arvo_events_at(answers, index)), 1, error);
    }
    arvo_events_free(answers);
    arvo_event_free(event);
    arvo_value_free(attributes);
    arvo_contract_version_free(contract);
}

/* Makes the requests of one order that the reference counted; how many they were. */
static uint64_t place(const service *services, const arvo_event *order, const arvo_value *expected, arvo_value *found,
                      arvo_error **error) {
    arvo_value *data = NULL;
    uint64_t made = 0;
    size_t index;
    arvo_event_data(order, &data, error);
    for (index = 0; index < sizeof REQUESTS / sizeof *REQUESTS; index++) {
        char pointer[128];
        uint64_t times = 0;
        snprintf(pointer, sizeof pointer, "/events/%s", REQUESTS[index].counted);
        arvo_value_u64(expected, arvo_str_of(pointer, strlen(pointer)), &times, NULL);
        for (; times > 0; times--, made++) {
            const service *service = services_find(services, REQUESTS[index].type);
            arvo_value *body = request_data(REQUESTS[index].type, data, error);
            request(service, REQUESTS[index].version, order, body, found, error);
            arvo_value_free(body);
        }
    }
    arvo_value_free(data);
    return made;
}

static bool ends(arvo_str text, const char *tail) {
    size_t length = strlen(tail);
    return text.len >= length && memcmp(text.ptr + text.len - length, tail, length) == 0;
}

/* The part of an order's counts that services answer. */
static arvo_value *wanted_of(const arvo_value *expected, arvo_error **error) {
    arvo_value *wanted = NULL;
    size_t count = 0, index;
    arvo_value_new_object(&wanted, error);
    arvo_value_count(expected, ARVO_STR("/events"), &count, error);
    for (index = 0; index < count; index++) {
        arvo_value *times = NULL;
        arvo_str type = ARVO_NO_STR;
        uint64_t number = 0;
        arvo_value_key(expected, ARVO_STR("/events"), index, &type, error);
        arvo_value_item(expected, ARVO_STR("/events"), index, &times, error);
        arvo_value_u64(times, ARVO_STR(""), &number, error);
        if (type.len > 8 &&
            (memcmp(type.ptr, "evt.", 4) == 0 || (memcmp(type.ptr, "sys.com.", 8) == 0 && ends(type, ".error")))) {
            add(wanted, type, number, error);
        }
        arvo_value_free(times);
    }
    return wanted;
}

/* Whether each count of one is the count of the other, too. */
static bool covers(const arvo_value *one, const arvo_value *other) {
    size_t count = 0, index;
    arvo_value_count(one, ARVO_STR(""), &count, NULL);
    for (index = 0; index < count; index++) {
        char buffer[128];
        arvo_str type = ARVO_NO_STR, pointer;
        uint64_t left = 0, right = 0;
        arvo_value_key(one, ARVO_STR(""), index, &type, NULL);
        pointer = pointer_to(buffer, sizeof buffer, type);
        arvo_value_u64(one, pointer, &left, NULL);
        arvo_value_u64(other, pointer, &right, NULL);
        if (left != right) return false;
    }
    return true;
}

/* Adds an order to the report. */
static void tell(arvo_value *report, const arvo_value *expected, const arvo_value *found, uint64_t *as_recorded,
                 arvo_error **error) {
    arvo_value *wanted = wanted_of(expected, error), *difference = NULL, *types = NULL;
    size_t count = 0, index;
    arvo_value_count(found, ARVO_STR(""), &count, error);
    arvo_value_get(report, ARVO_STR("/eventsOut"), &types, error);
    for (index = 0; index < count; index++) {
        char buffer[128];
        arvo_str type = ARVO_NO_STR;
        uint64_t times = 0;
        arvo_value_key(found, ARVO_STR(""), index, &type, error);
        arvo_value_u64(found, pointer_to(buffer, sizeof buffer, type), &times, error);
        add(types, type, times, error);
    }
    arvo_value_set(report, ARVO_STR("/eventsOut"), types, error);
    arvo_value_count(report, ARVO_STR("/differences"), &count, error);
    if (covers(wanted, found) && covers(found, wanted)) {
        ++*as_recorded;
    } else if (count < 10) {
        arvo_value_new_object(&difference, error);
        take(difference, "/order", expected, "/orderId", error);
        arvo_value_set(difference, ARVO_STR("/wanted"), wanted, error);
        arvo_value_set(difference, ARVO_STR("/found"), found, error);
        arvo_value_set(report, ARVO_STR("/differences/-"), difference, error);
        arvo_value_free(difference);
    }
    arvo_value_free(types);
    arvo_value_free(wanted);
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* An order, what the reference counted for it, and what was found. */
typedef struct order {
    arvo_event *event;
    arvo_value *expected, *found;
} order;

int main(int argc, char **argv) {
    const char *folder = getenv("ARVO_ORDERS");
    bool few = argc > 1 && strcmp(argv[1], "--few") == 0, terminal = isatty(STDOUT_FILENO);
    service services[SERVICES];
    order *orders = NULL;
    size_t length, count = 0, index;
    char *contracts_json, *orders_json, *expected_json;
    arvo_str events, expectations, line;
    arvo_value *contracts = NULL, *report = NULL;
    arvo_text *written = NULL;
    arvo_error *error = NULL;
    uint64_t events_in = 0, as_recorded = 0;
    double began;
    if (folder == NULL || *folder == '\0') folder = "examples/orders";
    contracts_json = read_file(folder, "contracts.json", &length);
    arvo_value_parse(NULL, arvo_str_of(contracts_json, length), &contracts, &error);
    services_build(contracts, services, &error);
    must(error, "contracts.json");
    orders_json = read_file(folder, "orders.jsonl", &length);
    events = arvo_str_of(orders_json, length);
    expected_json = read_file(folder, "expected.jsonl", &length);
    expectations = arvo_str_of(expected_json, length);
    while (count < (few ? 100 : ORDERS) && next_line(&events, &line)) {
        orders = grown(orders, (count + 1) * sizeof *orders);
        memset(&orders[count], 0, sizeof *orders);
        arvo_event_parse(NULL, line, &orders[count].event, &error);
        must(error, "orders.jsonl");
        if (!next_line(&expectations, &line)) break;
        arvo_value_parse(NULL, line, &orders[count].expected, &error);
        arvo_value_new_object(&orders[count].found, &error);
        must(error, "expected.jsonl");
        count++;
    }

    began = seconds_now();
    for (index = 0; index < count; index++) {
        events_in += place(services, orders[index].event, orders[index].expected, orders[index].found, &error);
        must(error, "an order");
        if (terminal && (index + 1) % 100 == 0) {
            printf("\r%lu orders", (unsigned long)(index + 1));
            fflush(stdout);
        }
    }
    began = seconds_now() - began;
    if (terminal) putchar('\n');

    arvo_value_parse(NULL,
                     ARVO_STR("{\"language\":\"C\",\"orders\":0,\"asRecorded\":0,\"eventsIn\":0,\"eventsOut\":{},"
                              "\"seconds\":0,\"differences\":[]}"),
                     &report, &error);
    for (index = 0; index < count; index++) {
        tell(report, orders[index].expected, orders[index].found, &as_recorded, &error);
        arvo_event_free(orders[index].event);
        arvo_value_free(orders[index].expected);
        arvo_value_free(orders[index].found);
    }
    arvo_value_set_u64(report, ARVO_STR("/orders"), count, &error);
    arvo_value_set_u64(report, ARVO_STR("/asRecorded"), as_recorded, &error);
    arvo_value_set_u64(report, ARVO_STR("/eventsIn"), events_in, &error);
    arvo_value_set_f64(report, ARVO_STR("/seconds"), floor(began * 1e4) / 1e4, &error);
    arvo_value_write(report, 0, &written, &error);
    must(error, "the report");
    printf("%.*s\n", ARVO_PRINT(arvo_text_view(written)));

    arvo_text_free(written);
    arvo_value_free(report);
    arvo_value_free(contracts);
    services_free(services);
    free(orders);
    free(contracts_json);
    free(orders_json);
    free(expected_json);
    return count == 0 || as_recorded < count;
}
