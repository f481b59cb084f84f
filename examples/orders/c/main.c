/* The order demo in C: every recorded order goes in, a parcel or a refusal comes out, as the reference recorded it.
 *
 *   ARVO_ORDERS=examples/orders target/c/orders [--machines] [--few]
 *
 * Services are handlers, both workflows are resumables, and the clerk sits in a domain of its own: requests to it leave
 * the broker's local flow, its answers come back. A bar shows progress on a terminal; the last line of the output is one
 * JSON object.
 * --machines: the workflows are the machines of ../fulfilment.machine.json and ../shipment.machine.json.
 * --few: the first hundred orders, for valgrind and sanitizers.
 * --suite: the services are tested (suite.h).
 * --worker: it is one of the workers of the durable demo (worker.h). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "machines.h"
#include "services.h"
#include "suite.h"
#include "worker.h"
#include "workflows.h"

enum { ORDERS = 1000000 };

/* The event that asks the clerk. */
#define CLERK "com.order.approve"

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

/* The same JSON, whatever the order of keys. */
static bool equal(const arvo_value *left, const arvo_value *right) {
    arvo_kind kind = arvo_value_kind(left, ARVO_STR(""));
    size_t count = 0, other = 0, index;
    arvo_str one = ARVO_NO_STR, two = ARVO_NO_STR;
    double first = 0, second = 0;
    bool yes = false, also = false, same = true;
    if (kind != arvo_value_kind(right, ARVO_STR(""))) return false;
    arvo_value_text(left, ARVO_STR(""), &one, NULL);
    arvo_value_text(right, ARVO_STR(""), &two, NULL);
    arvo_value_f64(left, ARVO_STR(""), &first, NULL);
    arvo_value_f64(right, ARVO_STR(""), &second, NULL);
    arvo_value_bool(left, ARVO_STR(""), &yes, NULL);
    arvo_value_bool(right, ARVO_STR(""), &also, NULL);
    arvo_value_count(left, ARVO_STR(""), &count, NULL);
    arvo_value_count(right, ARVO_STR(""), &other, NULL);
    if (one.len != two.len || (one.len > 0 && memcmp(one.ptr, two.ptr, one.len) != 0)) return false;
    if (first != second || yes != also || count != other) return false;
    for (index = 0; index < count && same; index++) {
        arvo_value *part = NULL, *counterpart = NULL;
        char buffer[128];
        arvo_str key = ARVO_NO_STR;
        arvo_value_item(left, ARVO_STR(""), index, &part, NULL);
        if (kind == ARVO_ARRAY) arvo_value_item(right, ARVO_STR(""), index, &counterpart, NULL);
        if (kind == ARVO_OBJECT) {
            arvo_value_key(left, ARVO_STR(""), index, &key, NULL);
            arvo_value_get(right, pointer_to(buffer, sizeof buffer, key), &counterpart, NULL);
        }
        same = counterpart != NULL && equal(part, counterpart);
        ARVO_FREE(part, counterpart);
    }
    return same;
}

static bool same(arvo_str left, arvo_str right) {
    return left.len == right.len && (left.len == 0 || memcmp(left.ptr, right.ptr, left.len) == 0);
}

/* The clerk sits outside the local flow: takes the requests that leave it, and sends the answers back. */
static arvo_status to_clerk(void *user_data, const arvo_event *event, const arvo_errand *errand, arvo_error **error) {
    const service *clerk = user_data;
    arvo_events *answers = NULL;
    size_t index;
    arvo_handler_execute(clerk->handler, event, &answers, error);
    for (index = 0; index < arvo_events_count(answers); index++) {
        arvo_errand_publish(errand, arvo_events_at(answers, index), error);
    }
    arvo_events_free(answers);
    return arvo_error_status(*error);
}

static void on_error(void *user_data, const arvo_error *failure, const arvo_event *event) {
    (void)user_data;
    fprintf(stderr, "%.*s: %.*s\n", ARVO_PRINT(arvo_event_type(event)), ARVO_PRINT(arvo_error_message(failure)));
}

/* Both workflows as functions. */
static void add_resumables(arvo_broker *broker, const arvo_value *contracts, arvo_error **error) {
    arvo_resumable *fulfilment = NULL, *shipment = NULL;
    fulfilment_build(contracts, &fulfilment, error);
    shipment_build(contracts, &shipment, error);
    arvo_broker_add_resumable(broker, fulfilment, error);
    arvo_broker_add_resumable(broker, shipment, error);
    ARVO_FREE(fulfilment, shipment);
}

/* Both workflows as machines, from the files of a folder. */
static void add_machines(arvo_broker *broker, const arvo_value *contracts, const char *folder, arvo_error **error) {
    static const char *const files[] = {"fulfilment.machine.json", "shipment.machine.json"};
    size_t index, length;
    for (index = 0; index < 2; index++) {
        arvo_machine *machine = NULL;
        arvo_orchestrator *orchestrator = NULL;
        char *json = read_file(folder, files[index], &length);
        machine_read(contracts, arvo_str_of(json, length), &machine, error);
        arvo_orchestrator_new(machine, &orchestrator, error);
        arvo_broker_add_orchestrator(broker, orchestrator, error);
        ARVO_FREE(machine, orchestrator);
        free(json);
    }
}

/* Handlers, workflows, and the clerk outside the local flow. `machines` is the folder of machine files, if wanted. */
static arvo_broker *broker_of(const arvo_value *contracts, service *services, const char *machines,
                              arvo_error **error) {
    arvo_broker *broker = NULL;
    size_t index;
    arvo_broker_new(ARVO_QUEUE_LIMIT, &broker, error);
    if (machines == NULL) {
        add_resumables(broker, contracts, error);
    } else {
        add_machines(broker, contracts, machines, error);
    }
    for (index = 0; index < SERVICES; index++) {
        if (strcmp(services[index].type, CLERK) != 0) arvo_broker_add_handler(broker, services[index].handler, error);
    }
    arvo_broker_on_domained_event(broker, to_clerk, (void *)services_find(services, CLERK), NULL, error);
    arvo_broker_on_error(broker, on_error, NULL, NULL, error);
    return broker;
}

/* What came of an order, in the form of expected.jsonl; `*events` is how many events passed. */
static arvo_value *found_of(const arvo_value *expected, const arvo_event *order, const arvo_event *answer,
                            const arvo_broker *broker, uint64_t *events, arvo_error **error) {
    arvo_value *found = NULL, *counts = NULL, *part = NULL;
    arvo_events *history = NULL;
    size_t index;
    arvo_value_new_object(&found, error);
    arvo_value_new_object(&counts, error);
    arvo_broker_history(broker, &history, error);
    arvo_broker_clear_history(broker, error);
    for (index = 0; index < arvo_events_count(history); index++, ++*events) {
        add(counts, arvo_event_type(arvo_events_at(history, index)), 1, error);
    }
    arvo_value_get(expected, ARVO_STR("/orderId"), &part, error);
    arvo_value_set(found, ARVO_STR("/orderId"), part, error);
    arvo_value_set(found, ARVO_STR("/events"), counts, error);
    arvo_value_free(part);
    part = NULL;
    if (answer != NULL) {
        arvo_event_data(answer, &part, error);
        arvo_value_set_text(found, ARVO_STR("/type"), arvo_event_type(answer), error);
        arvo_value_set_text(found, ARVO_STR("/to"), arvo_event_to(answer), error);
        arvo_value_set_bool(found, ARVO_STR("/parentid_is_init"),
                            same(arvo_event_parentid(answer), arvo_event_id(order)), error);
        arvo_value_set_bool(found, ARVO_STR("/subject_is_init"),
                            same(arvo_event_subject(answer), arvo_event_subject(order)), error);
        arvo_value_set(found, ARVO_STR("/data"), part, error);
    } else {
        arvo_value_set_null(found, ARVO_STR("/type"), error);
    }
    ARVO_FREE(counts, history, part);
    return found;
}

/* Adds an order to the report; whether it came to what was recorded. */
static bool tell(arvo_value *report, const arvo_value *expected, const arvo_value *found, arvo_error **error) {
    arvo_str status = ARVO_STR("no answer");
    arvo_value *outcomes = NULL, *difference = NULL;
    bool identical = equal(expected, found);
    size_t count = 0;
    arvo_value_text(found, ARVO_STR("/data/status"), &status, NULL);
    arvo_value_get(report, ARVO_STR("/outcomes"), &outcomes, error);
    add(outcomes, status, 1, error);
    arvo_value_set(report, ARVO_STR("/outcomes"), outcomes, error);
    arvo_value_count(report, ARVO_STR("/differences"), &count, error);
    if (!identical && count < 10) {
        arvo_value *id = NULL;
        arvo_value_get(expected, ARVO_STR("/orderId"), &id, error);
        arvo_value_new_object(&difference, error);
        arvo_value_set(difference, ARVO_STR("/order"), id, error);
        arvo_value_set(difference, ARVO_STR("/wanted"), expected, error);
        arvo_value_set(difference, ARVO_STR("/found"), found, error);
        arvo_value_set(report, ARVO_STR("/differences/-"), difference, error);
        arvo_value_free(id);
    }
    ARVO_FREE(outcomes, difference);
    return identical;
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A bar, on a terminal. */
static void show_progress(size_t done, size_t all) {
    enum { WIDTH = 40 };
    size_t filled = all ? WIDTH * done / all : WIDTH;
    if (!isatty(STDOUT_FILENO) || (done % 25 != 0 && done != all)) return;
    printf("\r[%.*s%*s] %lu of %lu orders%s", (int)filled, "########################################",
           (int)(WIDTH - filled), "", (unsigned long)done, (unsigned long)all, done == all ? "\n" : "");
    fflush(stdout);
}

/* An order, and what the reference made of it. */
typedef struct order {
    arvo_event *event;
    arvo_value *expected;
} order;

int main(int argc, char **argv) {
    const char *folder = getenv("ARVO_ORDERS");
    bool few = false, machines = false;
    service services[SERVICES];
    order *orders = NULL;
    size_t length, count = 0, index;
    char *contracts_json, *orders_json, *expected_json;
    arvo_str events, expectations, line;
    arvo_value *contracts = NULL, *report = NULL;
    arvo_broker *broker;
    arvo_text *written = NULL;
    arvo_error *error = NULL;
    uint64_t passed = 0, identical = 0;
    double began;
    if (folder == NULL || *folder == '\0') folder = "examples/orders";
    if (argc > 1 && strcmp(argv[1], "--worker") == 0) return worker_run(folder, argv + 2, argc - 2);
    if (argc > 1 && strcmp(argv[1], "--suite") == 0) return suite_run(folder);
    for (index = 1; index < (size_t)argc; index++) {
        if (strcmp(argv[index], "--few") == 0) {
            few = true;
        } else if (strcmp(argv[index], "--machines") == 0) {
            machines = true;
        } else {
            fprintf(stderr, "%s: only --machines, --few, --suite and --worker are known here\n", argv[index]);
            return 2;
        }
    }
    contracts_json = read_file(folder, "contracts.json", &length);
    arvo_value_parse(NULL, arvo_str_of(contracts_json, length), &contracts, &error);
    services_build(contracts, NULL, services, &error);
    must(error, "contracts.json");
    broker = broker_of(contracts, services, machines ? folder : NULL, &error);
    must(error, "the broker");
    orders_json = read_file(folder, "orders.jsonl", &length);
    events = arvo_str_of(orders_json, length);
    expected_json = read_file(folder, "expected.jsonl", &length);
    expectations = arvo_str_of(expected_json, length);
    while (count < (few ? 100 : ORDERS) && next_line(&events, &line)) {
        orders = grown(orders, (count + 1) * sizeof *orders);
        memset(&orders[count], 0, sizeof *orders);
        arvo_event_parse(NULL, line, &orders[count].event, &error);
        must(error, "orders.jsonl");
        if (!next_line(&expectations, &line)) line = ARVO_STR("null");
        arvo_value_parse(NULL, line, &orders[count].expected, &error);
        must(error, "expected.jsonl");
        count++;
    }
    arvo_value_parse(NULL,
                     ARVO_STR("{\"language\":\"C\",\"orders\":0,\"identical\":0,\"outcomes\":{},\"events\":0,"
                              "\"seconds\":0,\"differences\":[]}"),
                     &report, &error);

    began = seconds_now();
    for (index = 0; index < count; index++) {
        const order *order = &orders[index];
        arvo_event *answer = NULL;
        arvo_value *found;
        arvo_broker_resolve(broker, order->event, NULL, NULL, &answer, &error);
        found = found_of(order->expected, order->event, answer, broker, &passed, &error);
        identical += tell(report, order->expected, found, &error);
        must(error, "an order");
        ARVO_FREE(answer, found);
        show_progress(index + 1, count);
    }
    began = seconds_now() - began;

    arvo_value_set_u64(report, ARVO_STR("/orders"), count, &error);
    arvo_value_set_u64(report, ARVO_STR("/identical"), identical, &error);
    arvo_value_set_u64(report, ARVO_STR("/events"), passed, &error);
    arvo_value_set_f64(report, ARVO_STR("/seconds"), floor(began * 1e4) / 1e4, &error);
    arvo_value_write(report, 0, &written, &error);
    must(error, "the report");
    printf("%.*s\n", ARVO_PRINT(arvo_text_view(written)));

    for (index = 0; index < count; index++) ARVO_FREE(orders[index].event, orders[index].expected);
    services_free(services);
    ARVO_FREE(contracts, report, written, broker);
    free(orders);
    free(contracts_json);
    free(orders_json);
    free(expected_json);
    return identical < count;
}
