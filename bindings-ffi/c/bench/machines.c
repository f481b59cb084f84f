/* What a machine's steps cost in C: the beginning of a workflow, a service's answer, its end; made of expressions alone, and
 * with C functions. step.rs does the same in Rust. */
#include <string.h>

#include "bench.h"

enum { TURNS = 60, WORKFLOWS = 200, STEPS = 3 };

static const char *const step_names[STEPS] = {"machine, begins", "machine, goes on", "machine, ends"};

/* --- functions --- */

static arvo_status first(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    double number = 0;
    (void)user_data;
    arvo_value_f64(arvo_args_input(args), ARVO_STR("/data/n"), &number, error);
    arvo_value_set_f64(value, ARVO_STR("/n"), number, error);
    arvo_value_set_i64(value, ARVO_STR("/total"), 0, error);
    return arvo_value_set_i64(value, ARVO_STR("/tries"), 0, error);
}

static arvo_status ask(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    const arvo_value *context = arvo_args_context(args);
    double number = 0, total = 0;
    (void)user_data;
    arvo_value_f64(context, ARVO_STR("/n"), &number, error);
    arvo_value_f64(context, ARVO_STR("/total"), &total, error);
    arvo_value_set_text(value, ARVO_STR("/type"), ARVO_STR("com.calc.add"), error);
    arvo_value_set_f64(value, ARVO_STR("/data/a"), number, error);
    return arvo_value_set_f64(value, ARVO_STR("/data/b"), total, error);
}

static arvo_status keep(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    const arvo_value *context = arvo_args_context(args);
    double total = 0, tries = 0, sum = 0;
    (void)user_data;
    arvo_value_f64(context, ARVO_STR("/total"), &total, error);
    arvo_value_f64(context, ARVO_STR("/tries"), &tries, error);
    arvo_value_f64(arvo_args_event(args), ARVO_STR("/data/sum"), &sum, error);
    arvo_value_set_f64(value, ARVO_STR("/total"), total + sum, error);
    return arvo_value_set_f64(value, ARVO_STR("/tries"), tries + 1, error);
}

static arvo_status twice(void *user_data, const arvo_args *args, bool *passes, arvo_error **error) {
    double tries = 0;
    (void)user_data;
    arvo_value_f64(arvo_args_context(args), ARVO_STR("/tries"), &tries, error);
    *passes = tries >= 1;
    return arvo_error_status(*error);
}

static arvo_status output(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    double total = 0;
    (void)user_data;
    arvo_value_f64(arvo_args_context(args), ARVO_STR("/total"), &total, error);
    return arvo_value_set_f64(value, ARVO_STR("/total"), total, error);
}

/* --- an orchestrator, and its events --- */

typedef struct flow {
    arvo_contract *contract, *service;
    arvo_contract_version *answers;
    arvo_memory *memory;
    arvo_orchestrator *orchestrator;
    arvo_value *attributes, *data;
} flow;

static void prepare(flow *flow, const arvo_value *files, const char *kind) {
    const arvo_contract *contracts[2];
    arvo_value *file = NULL;
    arvo_text *text = NULL;
    arvo_machine_builder *builder = NULL;
    arvo_machine *machine = NULL;
    arvo_orchestrator_builder *orchestrator = NULL;
    arvo_error *error = NULL;
    arvo_contract_orchestrator(
        ARVO_STR("#/flows/sum"), ARVO_STR("sum"),
        ARVO_STR("{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"number\"}},\"required\":[\"n\"]}"),
        ARVO_STR("{\"type\":\"object\",\"properties\":{\"total\":{\"type\":\"number\"}},\"required\":[\"total\"]}"),
        &flow->contract, &error);
    arvo_contract_simple(
        ARVO_STR("#/services/add"), ARVO_STR("calc.add"),
        ARVO_STR("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\"},\"b\":{\"type\":\"number\"}},"
                 "\"required\":[\"a\",\"b\"]}"),
        ARVO_STR("{\"type\":\"object\",\"properties\":{\"sum\":{\"type\":\"number\"}},\"required\":[\"sum\"]}"),
        &flow->service, &error);
    arvo_contract_lookup(flow->service, ARVO_STR("latest"), &flow->answers, &error);
    contracts[0] = flow->contract;
    contracts[1] = flow->service;
    arvo_value_get(files, arvo_str_of(kind, strlen(kind)), &file, &error);
    arvo_value_write(file, 0, &text, &error);
    arvo_machine_builder_from_json(arvo_text_view(text), contracts, 2, &builder, &error);
    if (strcmp(kind, "/functions") == 0) {
        arvo_machine_builder_value(builder, ARVO_STR("first"), first, NULL, NULL, &error);
        arvo_machine_builder_value(builder, ARVO_STR("ask"), ask, NULL, NULL, &error);
        arvo_machine_builder_value(builder, ARVO_STR("keep"), keep, NULL, NULL, &error);
        arvo_machine_builder_value(builder, ARVO_STR("output"), output, NULL, NULL, &error);
        arvo_machine_builder_guard(builder, ARVO_STR("twice"), twice, NULL, NULL, &error);
    }
    arvo_machine_builder_build(builder, &machine, &error);
    arvo_memory_new(&flow->memory, &error);
    arvo_orchestrator_builder_new(&orchestrator, &error);
    arvo_orchestrator_builder_machine(orchestrator, machine, &error);
    arvo_orchestrator_builder_memory(orchestrator, flow->memory, &error);
    arvo_orchestrator_builder_build(orchestrator, &flow->orchestrator, &error);
    arvo_value_parse(NULL, ARVO_STR("{\"source\":\"com.calc.add\",\"to\":\"arvo.orc.sum\"}"), &flow->attributes,
                     &error);
    arvo_value_parse(NULL, ARVO_STR("{\"sum\":3}"), &flow->data, &error);
    must(error);
    ARVO_FREE(file, text, builder, machine, orchestrator);
}

/* The event of a step: it begins a workflow, or answers what the step before emitted. */
static arvo_event *event_of(const flow *flow, const arvo_events *before) {
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    if (before == NULL) {
        arvo_factory_request(flow->contract, ARVO_STR("com.bench.client"),
                             ARVO_STR("{\"parentSubject$$\":null,\"n\":1}"), &event, &error);
    } else {
        arvo_value_set_text(flow->attributes, ARVO_STR("/subject"), arvo_event_subject(arvo_events_at(before, 0)),
                            &error);
        arvo_factory_emits(flow->answers, NULL, ARVO_STR("evt.calc.add.success"), flow->attributes, flow->data, &event,
                           &error);
    }
    must(error);
    return event;
}

/* Takes one step of each workflow, and keeps what they emitted: microseconds of one. */
static double take(const flow *flow, arvo_events **emitted) {
    arvo_event *events[WORKFLOWS];
    arvo_events *next[WORKFLOWS] = {NULL};
    arvo_error *error = NULL;
    double began, spent;
    int index;
    for (index = 0; index < WORKFLOWS; index++) events[index] = event_of(flow, emitted[index]);
    began = now();
    for (index = 0; index < WORKFLOWS; index++) {
        arvo_orchestrator_execute(flow->orchestrator, events[index], &next[index], &error);
    }
    spent = (now() - began) / WORKFLOWS;
    must(error);
    for (index = 0; index < WORKFLOWS; index++) {
        ARVO_FREE(events[index], emitted[index]);
        emitted[index] = next[index];
    }
    return spent;
}

static void measure(const flow *flow, double least[STEPS]) {
    arvo_events *emitted[WORKFLOWS] = {NULL};
    int turn, step, index;
    for (step = 0; step < STEPS; step++) least[step] = 1e12;
    for (turn = 0; turn < TURNS; turn++) {
        for (step = 0; step < STEPS; step++) {
            double spent = take(flow, emitted);
            if (spent < least[step]) least[step] = spent;
        }
        for (index = 0; index < WORKFLOWS; index++) {
            arvo_events_free(emitted[index]);
            emitted[index] = NULL;
        }
        arvo_memory_clear(flow->memory, ARVO_NO_STR, NULL);
    }
}

void bench_machines(const char *path) {
    static const char *const kinds[] = {"/portable", "/functions"};
    arvo_value *files = read_json(path);
    size_t kind;
    int step;
    for (kind = 0; kind < 2; kind++) {
        flow flow;
        double least[STEPS];
        memset(&flow, 0, sizeof flow);
        prepare(&flow, files, kinds[kind]);
        measure(&flow, least);
        for (step = 0; step < STEPS; step++) {
            printf("C     %-10s%-28s%8.2f us\n", kinds[kind] + 1, step_names[step], least[step]);
        }
        ARVO_FREE(flow.contract, flow.service, flow.answers, flow.memory, flow.orchestrator, flow.attributes,
                  flow.data);
    }
    arvo_value_free(files);
}
