/* The business that tests of stores and workers share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "durable.h"

shelf new_shelf(void) {
    shelf shelf;
    const char *folder = getenv("TMPDIR");
    snprintf(shelf.folder, sizeof shelf.folder, "%.40s/arvo-c-XXXXXX", folder ? folder : P_tmpdir);
    if (mkdtemp(shelf.folder) == NULL) abort();
    snprintf(shelf.url, sizeof shelf.url, "sqlite:%s/store.db", shelf.folder);
    return shelf;
}

const char *beside(const shelf *shelf, const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", shelf->folder, name);
    return path;
}

void remove_shelf(const shelf *shelf) {
    static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm",
                                        "copy.db",  "copy.db-wal",  "copy.db-shm"};
    size_t index;
    for (index = 0; index < sizeof names / sizeof *names; index++) unlink(beside(shelf, names[index]));
    rmdir(shelf->folder);
}

arvo_store *opened(const char *url) {
    arvo_store *store = NULL;
    arvo_error *error = NULL;
    arvo_store_open(NULL, str(url), &store, &error);
    CHECK_OK(error);
    return store;
}

int64_t millis(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void rest(int millis) {
    struct timespec time;
    time.tv_sec = millis / 1000;
    time.tv_nsec = millis % 1000 * 1000000L;
    while (nanosleep(&time, &time) != 0) {
    } /* a signal ends no rest */
}

static arvo_status serve(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    service *service = user_data;
    int call = __atomic_add_fetch(&service->calls, 1, __ATOMIC_SEQ_CST);
    (void)input;
    if (service->tells && write(service->tells, "b", 1) != 1) abort();
    if (service->slow) rest(service->slow);
    if (service->fails < 0 || call <= service->fails) {
        if (service->with == NULL) return ARVO_EXECUTION_VIOLATION;
        if (service->with[0] == '\0') return arvo_error_raise(error, ARVO_STR("Broken"), ARVO_STR("it broke"));
        arvo_error_raise_violation(error, str(service->with), ARVO_STR("not now"), NULL);
        arvo_error_attach(*error, service->object, NULL);
        return arvo_error_status(*error);
    }
    return arvo_value_set_i64(arvo_outputs_emit(outputs, ARVO_STR("evt.calc.add.success")), ARVO_STR("/sum"), call,
                              error);
}

int calls_of(const service *service) { return __atomic_load_n(&service->calls, __ATOMIC_SEQ_CST); }

arvo_handler *service_of(service *service) {
    arvo_contract *contract = adding();
    arvo_handler *handler = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, serve, service, &handler, &error);
    CHECK_OK(error);
    arvo_contract_free(contract);
    return handler;
}

/* The context: {n, asked}. */
static arvo_status ask(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    const arvo_value *context = NULL;
    arvo_value *kept;
    int64_t number = 0, asked = 0;
    (void)user_data;
    arvo_input_context(input, &context, error);
    if (context == NULL) {
        arvo_value_i64(arvo_input_data(input), ARVO_STR("/n"), &number, error);
    } else {
        arvo_value_i64(context, ARVO_STR("/n"), &number, error);
        arvo_value_i64(context, ARVO_STR("/asked"), &asked, error);
    }
    if (asked == 2) return arvo_value_set_i64(arvo_resumed_output(next), ARVO_STR("/total"), number + 1, error);
    kept = arvo_resumed_context(next);
    arvo_value_set_i64(kept, ARVO_STR("/n"), number, error);
    arvo_value_set_i64(kept, ARVO_STR("/asked"), asked + 1, error);
    return arvo_value_set_i64(arvo_resumed_call(next, ARVO_STR("com.calc.add")), ARVO_STR("/a"), number, error);
}

arvo_resumable *asking_twice(void) {
    arvo_contract *contract = sums(), *service = adding();
    arvo_contract_version *version = NULL;
    arvo_resumable_builder *builder = NULL;
    arvo_resumable *resumable = NULL;
    arvo_error *error = NULL;
    arvo_contract_lookup(service, ARVO_STR("latest"), &version, &error);
    arvo_resumable_builder_new(contract, &builder, &error);
    arvo_resumable_builder_service(builder, ARVO_STR("add"), version, &error);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), ask, NULL, NULL, &error);
    arvo_resumable_builder_build(builder, &resumable, &error);
    CHECK_OK(error);
    ARVO_FREE(contract, service, version, builder);
    return resumable;
}

arvo_orchestrator *machine_asking_twice(void) {
    static const char definition[] =
        "{\"id\":\"sum\",\"context\":{\"n\":{\"$\":\"input.data.n\"}},\"initial\":\"first\","
        "\"output\":{\"total\":{\"$\":\"context.n + 1\"}},\"states\":{"
        "\"first\":{\"entry\":\"ask\",\"on\":{\"evt.calc.add.success\":\"second\"}},"
        "\"second\":{\"entry\":\"ask\",\"on\":{\"evt.calc.add.success\":\"over\"}},\"over\":{\"type\":\"final\"}}}";
    static const char setup[] = "{\"actions\":{\"ask\":{\"emit\":{\"type\":\"com.calc.add\",\"data\":{\"a\":1}}}}}";
    arvo_contract *contract = sums(), *service = adding();
    arvo_contract_version *own = NULL, *version = NULL;
    arvo_machine_builder *builder = NULL;
    arvo_machine *machine = NULL;
    arvo_orchestrator *orchestrator = NULL;
    arvo_error *error = NULL;
    arvo_contract_lookup(contract, ARVO_STR("latest"), &own, &error);
    arvo_contract_lookup(service, ARVO_STR("latest"), &version, &error);
    arvo_machine_builder_new(own, &builder, &error);
    arvo_machine_builder_service(builder, ARVO_STR("add"), version, &error);
    arvo_machine_builder_setup(builder, str(setup), &error);
    arvo_machine_builder_definition(builder, str(definition), &error);
    arvo_machine_builder_build(builder, &machine, &error);
    arvo_orchestrator_new(machine, &orchestrator, &error);
    CHECK_OK(error);
    ARVO_FREE(contract, service, own, version, builder, machine);
    return orchestrator;
}

arvo_worker *worker_of(const arvo_store *store, const arvo_worker_options *options, const arvo_handler *handler,
                       const arvo_resumable *resumable) {
    arvo_worker *worker = NULL;
    arvo_error *error = NULL;
    arvo_worker_new(store, options, &worker, &error);
    if (handler) arvo_worker_add_handler(worker, handler, &error);
    if (resumable) arvo_worker_add_resumable(worker, resumable, &error);
    CHECK_OK(error);
    return worker;
}

static void *running(void *user_data) {
    arvo_error *error = NULL;
    arvo_worker_run(user_data, &error);
    CHECK_OK(error);
    return NULL;
}

void begin_crew(crew *crew, const arvo_worker *worker, int threads) {
    crew->worker = worker;
    for (crew->count = 0; crew->count < threads; crew->count++) {
        CHECK(pthread_create(&crew->threads[crew->count], NULL, running, (void *)worker) == 0);
    }
}

void end_crew(crew *crew) {
    arvo_worker_stop(crew->worker);
    while (crew->count > 0) pthread_join(crew->threads[--crew->count], NULL);
}

int64_t published(const arvo_store *store, const arvo_event *event) {
    arvo_receipt receipt = {0, false};
    arvo_error *error = NULL;
    arvo_store_publish(store, event, 0, &receipt, &error);
    CHECK_OK(error);
    return receipt.seq;
}

arvo_event *request(void) {
    arvo_contract *contract = adding();
    arvo_event *event = event_for(contract, "{\"a\":1}");
    arvo_contract_free(contract);
    return event;
}

arvo_event *answer_for(const arvo_store *store, int64_t seq) {
    arvo_event *answer = NULL;
    arvo_error *error = NULL;
    arvo_store_wait(store, seq, 60000, &answer, &error);
    CHECK_OK(error);
    CHECK(answer != NULL);
    return answer;
}

int64_t number_at(const arvo_value *value, const char *pointer) {
    int64_t number = 0;
    arvo_value_i64(value, str(pointer), &number, NULL);
    return number;
}

arvo_str text_at(const arvo_value *value, const char *pointer) {
    arvo_str text = ARVO_NO_STR;
    arvo_value_text(value, str(pointer), &text, NULL);
    return text;
}

int64_t counted(const arvo_store *store, const char *pointer) {
    arvo_value *counts = NULL;
    int64_t number;
    arvo_store_counts(store, &counts, NULL);
    number = number_at(counts, pointer);
    arvo_value_free(counts);
    return number;
}
