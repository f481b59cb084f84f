/* A worker of the durable demo in C: serves services, and the workflows as machines, on a store that other languages
 * share. It ends on SIGTERM. Its spans go to OTEL_EXPORTER_OTLP_ENDPOINT, if that is set. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "ledger.h"
#include "machines.h"
#include "otlp.h"
#include "services.h"
#include "worker.h"

static void on_error(void *user_data, const arvo_error *failure, const arvo_event *event) {
    (void)user_data;
    fprintf(stderr, "%.*s: %.*s\n", ARVO_PRINT(arvo_event_type(event)), ARVO_PRINT(arvo_error_message(failure)));
}

/* Adds the workflow of a machine file. */
static void add_machine(arvo_worker *worker, const arvo_value *contracts, const char *folder, const char *file,
                        arvo_error **error) {
    arvo_machine *machine = NULL;
    arvo_orchestrator *orchestrator = NULL;
    size_t length;
    char *json = read_file(folder, file, &length);
    machine_read(contracts, arvo_str_of(json, length), &machine, error);
    arvo_orchestrator_new(machine, &orchestrator, error);
    arvo_worker_add_orchestrator(worker, orchestrator, error);
    ARVO_FREE(machine, orchestrator);
    free(json);
}

/* Adds what serves a type. */
static void add(arvo_worker *worker, const char *type, const arvo_value *contracts, const char *folder,
                const service *services, arvo_error **error) {
    if (strcmp(type, "arvo.orc.order.fulfilment") == 0) {
        add_machine(worker, contracts, folder, "fulfilment.machine.json", error);
    } else if (strcmp(type, "arvo.orc.shipment") == 0) {
        add_machine(worker, contracts, folder, "shipment.machine.json", error);
    } else {
        const service *found = services_find(services, type);
        arvo_worker_add_handler(worker, found ? found->handler : NULL, error);
    }
    must(*error, type);
}

int worker_run(const char *folder, char **arguments, int count) {
    arvo_worker_options options;
    service services[SERVICES];
    ledger ledger;
    arvo_value *contracts = NULL;
    arvo_store *store = NULL;
    arvo_worker *worker = NULL;
    arvo_error *error = NULL;
    size_t length;
    char *json;
    int index;
    if (count < 5) {
        fputs("--worker wants URL NAME LEASE LEDGER TYPE...\n", stderr);
        return 2;
    }
    memset(&options, 0, sizeof options);
    options.name = arvo_str_of(arguments[1], strlen(arguments[1]));
    options.lease = strtol(arguments[2], NULL, 10);
    options.tries = 100; /* one counts for all that a worker held when it was killed, often here */
    ledger.worker = arguments[1];
    ledger.file = open(arguments[3], O_WRONLY | O_APPEND | O_CREAT, 0644);
    if (ledger.file < 0) {
        perror(arguments[3]);
        return 2;
    }
    otlp_begin();
    json = read_file(folder, "contracts.json", &length);
    arvo_value_parse(NULL, arvo_str_of(json, length), &contracts, &error);
    services_build(contracts, &ledger, services, &error);
    must(error, "contracts.json");
    arvo_store_open(NULL, arvo_str_of(arguments[0], strlen(arguments[0])), &store, &error);
    arvo_worker_new(store, &options, &worker, &error);
    must(error, arguments[0]);
    for (index = 4; index < count; index++) add(worker, arguments[index], contracts, folder, services, &error);
    arvo_worker_on_error(worker, on_error, NULL, NULL, &error);
    arvo_worker_drain_on_signals(worker, &error);
    puts("ready");
    fflush(stdout);
    arvo_worker_run(worker, &error);
    must(error, "the worker");
    ARVO_FREE(worker, store, contracts);
    otlp_end();
    services_free(services);
    free(json);
    close(ledger.file);
    return 0;
}
