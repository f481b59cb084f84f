/* What a handler's step, an event, a factory, the steps of machines and durable workflows cost in C.
 *
 *   target/c/bench [FOLDER]      of loads.json and machines.json: bindings-ffi/c/bench
 *
 * Each figure is the least of several rounds. `make -C bindings-ffi/c bench` runs the same work in Rust beside it (step.rs):
 * what is more here, the boundary costs. */
#include <string.h>
#include <time.h>

#include "bench.h"

/* Short rounds, and many: some of them run undisturbed even on a busy machine. */
enum { ROUNDS = 300, MICROSECONDS = 2000 };

void must(const arvo_error *error) {
    if (error == NULL) return;
    fprintf(stderr, "%.*s\n", ARVO_PRINT(arvo_error_message(error)));
    exit(1);
}

/* A load: a contract whose answer is the request's data, a handler, an event as text. */
typedef struct load {
    arvo_str name;
    arvo_contract *contract;
    arvo_contract_version *version;
    arvo_handler *handler;
    arvo_event *event;
    arvo_text *text;
    arvo_value *attributes, *rooted, *data;
} load;

/* The function of every load: answers with the data it is given. */
static arvo_status echo(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    const load *load = user_data;
    arvo_str type = arvo_contract_version_emit(load->version, 0);
    return arvo_outputs_add(outputs, type, arvo_input_data(input), NULL, error);
}

static void step(const load *load) {
    arvo_event *event = NULL;
    arvo_events *events = NULL;
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_event_parse(NULL, arvo_text_view(load->text), &event, &error);
    arvo_handler_execute(load->handler, event, &events, &error);
    arvo_event_write(arvo_events_at(events, 0), 0, &text, &error);
    must(error);
    arvo_text_free(text);
    arvo_events_free(events);
    arvo_event_free(event);
}

static void step_in_memory(const load *load) {
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_handler_execute(load->handler, load->event, &events, &error);
    must(error);
    arvo_events_free(events);
}

static void parse(const load *load) {
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_event_parse(NULL, arvo_text_view(load->text), &event, &error);
    must(error);
    arvo_event_free(event);
}

static void parse_with_data(const load *load) {
    arvo_event *event = NULL;
    arvo_value *data = NULL;
    arvo_error *error = NULL;
    arvo_event_parse(NULL, arvo_text_view(load->text), &event, &error);
    arvo_event_data(event, &data, &error);
    must(error);
    arvo_value_free(data);
    arvo_event_free(event);
}

static void write(const load *load) {
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_event_write(load->event, 0, &text, &error);
    must(error);
    arvo_text_free(text);
}

static void factory(const load *load) {
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_factory_accepts(load->version, NULL, load->attributes, load->data, &event, &error);
    must(error);
    arvo_event_free(event);
}

static void factory_new_subject(const load *load) {
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_factory_accepts(load->version, NULL, load->rooted, load->data, &event, &error);
    must(error);
    arvo_event_free(event);
}

double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* Microseconds of one call: the least of the rounds. */
static double measured(void (*work)(const load *), const load *load) {
    double least = 1e12, began = now();
    long count = 0, index;
    int round;
    while (now() - began < MICROSECONDS) {
        work(load);
        count++;
    }
    for (round = 0; round < ROUNDS; round++) {
        double spent;
        began = now();
        for (index = 0; index < count; index++) work(load);
        spent = (now() - began) / (double)count;
        if (spent < least) least = spent;
    }
    return least;
}

/* A tracer that knows who its span is, and forgets what it is told: what is left is the library's part. */
static void begin(void *user_data, const arvo_opening *opening, arvo_begun *begun) {
    (void)user_data;
    (void)opening;
    memcpy(begun->context.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736", 33);
    memcpy(begun->context.span_id, "00f067aa0ba902b7", 17);
    begun->context.sampled = true;
}
static void mark(void *user_data, void *span, const arvo_mark *mark) { (void)user_data, (void)span, (void)mark; }
static void child(void *user_data, void *span, const arvo_child *child) { (void)user_data, (void)span, (void)child; }
static void attributes(void *user_data, void *span, const arvo_attribute *attributes, size_t count) {
    (void)user_data, (void)span, (void)attributes, (void)count;
}

static double measured_with_tracer(void (*work)(const load *), const load *load) {
    static const arvo_tracer tracer = {begin, attributes, mark, NULL, child, NULL, NULL, NULL, NULL};
    arvo_error *error = NULL;
    double least;
    arvo_tracer_install(&tracer, NULL, NULL, &error);
    must(error);
    least = measured(work, load);
    arvo_tracer_remove();
    return least;
}

static void prepare(load *load, const arvo_value *json) {
    arvo_value *contract = NULL, *data = NULL;
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_value_text(json, ARVO_STR("/name"), &load->name, &error);
    arvo_value_get(json, ARVO_STR("/contract"), &contract, &error);
    arvo_value_get(json, ARVO_STR("/data"), &data, &error);
    arvo_value_write(data, 0, &text, &error);
    arvo_value_parse(NULL, arvo_text_view(text), &load->data, &error); /* whole, not a part of the file */
    arvo_contract_from_value(contract, ARVO_UNKNOWN_KEYS_STRIP, &load->contract, &error);
    arvo_contract_lookup(load->contract, ARVO_STR("latest"), &load->version, &error);
    arvo_handler_new(load->contract, echo, load, &load->handler, &error);
    arvo_value_parse(NULL, ARVO_STR("{\"source\":\"com.bench.client\",\"subject\":\"bench/1\"}"), &load->attributes,
                     &error);
    arvo_value_parse(NULL, ARVO_STR("{\"source\":\"com.bench.client\"}"), &load->rooted, &error);
    arvo_factory_accepts(load->version, NULL, load->attributes, load->data, &load->event, &error);
    arvo_event_write(load->event, 0, &load->text, &error);
    must(error);
    ARVO_FREE(contract, data, text);
}

static void release(load *load) {
    ARVO_FREE(load->contract, load->version, load->handler, load->event, load->text, load->attributes, load->rooted,
              load->data);
}

arvo_value *read_json(const char *path) {
    static char bytes[65536];
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    arvo_value_parse(NULL, arvo_str_of(bytes, fread(bytes, 1, sizeof bytes, file)), &value, &error);
    fclose(file);
    must(error);
    return value;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*work)(const load *);
    } works[] = {{"step, text to text", step},
                 {"step, in memory", step_in_memory},
                 {"event, parse", parse},
                 {"event, parse and read data", parse_with_data},
                 {"event, write", write},
                 {"factory, subject given", factory},
                 {"factory, new subject", factory_new_subject}};
    const char *folder = argc > 1 ? argv[1] : "bindings-ffi/c/bench";
    char path[512];
    arvo_value *loads;
    size_t count = 0, index, work;
    snprintf(path, sizeof path, "%s/loads.json", folder);
    loads = read_json(path);
    arvo_value_count(loads, ARVO_STR(""), &count, NULL);
    for (index = 0; index < count; index++) {
        load load;
        arvo_value *json = NULL;
        memset(&load, 0, sizeof load);
        arvo_value_item(loads, ARVO_STR(""), index, &json, NULL);
        prepare(&load, json);
        for (work = 0; work < sizeof works / sizeof *works; work++) {
            printf("C     %-10.*s%-28s%8.2f us\n", ARVO_PRINT(load.name), works[work].name,
                   measured(works[work].work, &load));
        }
        printf("C     %-10.*s%-28s%8.2f us\n", ARVO_PRINT(load.name), "step, in memory, traced",
               measured_with_tracer(step_in_memory, &load));
        release(&load);
        arvo_value_free(json);
    }
    arvo_value_free(loads);
    snprintf(path, sizeof path, "%s/machines.json", folder);
    bench_machines(path);
    bench_stores();
    return 0;
}
