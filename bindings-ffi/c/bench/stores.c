/* Durable workflows: a resumable of two calls and its service, five executions each, in one worker on SQLite. The same work
 * as core/benches/store.rs. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define ANY ARVO_STR("{\"type\":\"object\"}")
enum { CLIENTS = 100, WORKFLOWS = 2000, WORKERS = 2 };

static arvo_status add(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data;
    (void)input;
    return arvo_value_set_i64(arvo_outputs_emit(outputs, ARVO_STR("evt.calc.add.success")), ARVO_STR("/sum"), 3, error);
}

static arvo_status sum(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    const arvo_value *context = NULL;
    arvo_value *call;
    int64_t calls = 0;
    (void)user_data;
    arvo_input_context(input, &context, error);
    if (context != NULL) arvo_value_i64(context, ARVO_STR("/calls"), &calls, error);
    if (calls == 2) return arvo_value_set_i64(arvo_resumed_output(next), ARVO_STR("/total"), 3, error);
    arvo_value_set_i64(arvo_resumed_context(next), ARVO_STR("/calls"), calls + 1, error);
    call = arvo_resumed_call(next, ARVO_STR("com.calc.add"));
    arvo_value_set_i64(call, ARVO_STR("/a"), 1, error);
    return arvo_value_set_i64(call, ARVO_STR("/b"), 2, error);
}

/* The business: a store in a file, and what works on it. */
typedef struct shop {
    arvo_contract *flow;
    arvo_handler *adder;
    arvo_resumable *summer;
    arvo_store *store;
    arvo_worker *worker;
} shop;

static void open_shop(shop *shop, const char *url) {
    arvo_worker_options options = {{NULL, 0}, 256, 0, 0, 0, 0};
    arvo_contract *service = NULL;
    arvo_contract_version *version = NULL;
    arvo_resumable_builder *builder = NULL;
    arvo_error *error = NULL;
    memset(shop, 0, sizeof *shop);
    arvo_contract_simple(ARVO_STR("#/services/add"), ARVO_STR("calc.add"), ANY, ANY, &service, &error);
    arvo_contract_orchestrator(ARVO_STR("#/flows/sum"), ARVO_STR("sum"), ANY, ANY, &shop->flow, &error);
    arvo_contract_lookup(service, ARVO_STR("latest"), &version, &error);
    arvo_handler_new(service, add, NULL, &shop->adder, &error);
    arvo_resumable_builder_new(shop->flow, &builder, &error);
    arvo_resumable_builder_service(builder, ARVO_STR("add"), version, &error);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), sum, NULL, NULL, &error);
    arvo_resumable_builder_build(builder, &shop->summer, &error);
    arvo_store_open(NULL, arvo_str_of(url, strlen(url)), &shop->store, &error);
    arvo_worker_new(shop->store, &options, &shop->worker, &error);
    arvo_worker_add_handler(shop->worker, shop->adder, &error);
    arvo_worker_add_resumable(shop->worker, shop->summer, &error);
    must(error);
    ARVO_FREE(service, version, builder);
}

static void *work(void *user_data) {
    const shop *shop = user_data;
    arvo_error *error = NULL;
    arvo_worker_run(shop->worker, &error);
    must(error);
    return NULL;
}

/* One who begins workflows, one after the other. */
typedef struct client {
    const shop *shop;
    int count;
} client;

static void *order(void *user_data) {
    const client *client = user_data;
    int index;
    for (index = 0; index < client->count; index++) {
        arvo_event *event = NULL, *answer = NULL;
        arvo_receipt receipt = {0, false};
        arvo_error *error = NULL;
        arvo_factory_request(client->shop->flow, ARVO_STR("com.bench.client"),
                             ARVO_STR("{\"parentSubject$$\":null,\"n\":1}"), &event, &error);
        arvo_store_publish(client->shop->store, event, 0, &receipt, &error);
        arvo_store_wait(client->shop->store, receipt.seq, -1, &answer, &error);
        must(error);
        ARVO_FREE(event, answer);
    }
    return NULL;
}

/* Workflows a second, with so many in flight. */
static double measured(const shop *shop, int clients, int workflows) {
    pthread_t threads[CLIENTS];
    client client;
    double began = now();
    int index;
    client.shop = shop;
    client.count = workflows / clients;
    for (index = 0; index < clients; index++) pthread_create(&threads[index], NULL, order, &client);
    for (index = 0; index < clients; index++) pthread_join(threads[index], NULL);
    return workflows / ((now() - began) / 1e6);
}

void bench_stores(void) {
    static const int in_flight[] = {1, 10, 100};
    char folder[96], url[128], path[128];
    const char *within = getenv("TMPDIR");
    static const char *const files[] = {"store.db", "store.db-wal", "store.db-shm"};
    pthread_t threads[WORKERS];
    shop shop;
    size_t index;
    snprintf(folder, sizeof folder, "%.64s/arvo-bench-XXXXXX", within ? within : ".");
    if (mkdtemp(folder) == NULL) exit(1);
    snprintf(url, sizeof url, "sqlite:%s/store.db", folder);
    open_shop(&shop, url);
    for (index = 0; index < WORKERS; index++) pthread_create(&threads[index], NULL, work, &shop);
    measured(&shop, 10, 200);
    for (index = 0; index < sizeof in_flight / sizeof *in_flight; index++) {
        int clients = in_flight[index];
        printf("C     store     synchronous=full, %3d in flight %8.0f workflows/s\n", clients,
               measured(&shop, clients, clients == 1 ? WORKFLOWS / 4 : WORKFLOWS));
    }
    arvo_worker_stop(shop.worker);
    for (index = 0; index < WORKERS; index++) pthread_join(threads[index], NULL);
    ARVO_FREE(shop.worker, shop.store, shop.summer, shop.adder, shop.flow);
    for (index = 0; index < sizeof files / sizeof *files; index++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[index]);
        unlink(path);
    }
    rmdir(folder);
}
