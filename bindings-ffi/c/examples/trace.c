/* A tracer that prints: each span when it ends, how it ended and how many lines its log has. Ids come from a counter here,
 * so that the output stays the same; a real one takes random ids, and sends its spans somewhere. */
#include "arvo.h"

/* A span under way. */
typedef struct span {
    arvo_span_context context;
    struct span *outer; /* what was current when it was entered */
    char name[64];
    arvo_span_status status;
    int logs;
} span;

static struct {
    span *current; /* one thread alone, here; others take a variable for each thread */
    unsigned ids;
} tracer;

static void begin(void *user_data, const arvo_opening *opening, arvo_begun *begun) {
    const arvo_span_context *parent = opening->parent  ? opening->parent
                                      : tracer.current ? &tracer.current->context
                                                       : NULL;
    span *made = (span *)calloc(1, sizeof *made);
    (void)user_data;
    if (made == NULL) abort();
    snprintf(made->name, sizeof made->name, "%.*s", ARVO_PRINT(opening->name));
    snprintf(begun->context.span_id, sizeof begun->context.span_id, "%016x", ++tracer.ids);
    if (parent != NULL) {
        snprintf(begun->context.trace_id, sizeof begun->context.trace_id, "%s", parent->trace_id);
    } else {
        snprintf(begun->context.trace_id, sizeof begun->context.trace_id, "%032x", ++tracer.ids);
    }
    begun->context.sampled = parent ? parent->sampled : true;
    begun->recorded = begun->context.sampled;
    begun->span = made;
    made->context = begun->context;
}

static void mark(void *user_data, void *of, const arvo_mark *mark) {
    (void)user_data;
    (void)mark;
    ((span *)of)->logs++;
}

static void status(void *user_data, void *of, arvo_span_status status, arvo_str message) {
    (void)user_data;
    (void)message;
    ((span *)of)->status = status;
}

static void child(void *user_data, void *of, const arvo_child *child) {
    (void)user_data;
    printf("%s: inside it, %.*s\n", ((span *)of)->name, ARVO_PRINT(child->name));
}

static void end(void *user_data, void *of, uint64_t time) {
    span *ended = (span *)of;
    (void)user_data;
    (void)time;
    printf("%s: span %s, %s, %d lines\n", ended->name, ended->context.span_id + 12,
           ended->status == ARVO_SPAN_OK ? "ok" : "failed", ended->logs);
    free(ended);
}

static void enter(void *user_data, void *of) {
    (void)user_data;
    ((span *)of)->outer = tracer.current;
    tracer.current = (span *)of;
}

static void leave(void *user_data, void *of) {
    (void)user_data;
    tracer.current = ((span *)of)->outer;
}

static void measure(void *user_data, const arvo_measure *measure) {
    (void)user_data;
    if (measure->metric->instrument != ARVO_COUNTER) return; /* the others are times, different in each run */
    printf("%.*s: %g more\n", ARVO_PRINT(measure->metric->name), measure->value);
}

/* The handler. */
static arvo_status greet(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_value *data = arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success"));
    (void)user_data;
    (void)input;
    arvo_span_log(ARVO_LOG_INFO, ARVO_STR("a line of the handler's own"));
    return arvo_value_set_text(data, ARVO_STR("/text"), ARVO_STR("Hello!"), error);
}

int main(void) {
    static const arvo_tracer functions = {begin, NULL, mark, status, child, end, enter, leave, measure};
    arvo_contract *contract = NULL;
    arvo_handler *handler = NULL;
    arvo_event *event = NULL;
    arvo_events *answers = NULL;
    arvo_error *error = NULL;
    arvo_tracer_install(&functions, NULL, NULL, &error);
    arvo_contract_simple(ARVO_STR("#/services/greet"), ARVO_STR("greet.user"), ARVO_STR("{\"type\":\"object\"}"),
                         ARVO_STR("{\"type\":\"object\"}"), &contract, &error);
    arvo_handler_new(contract, greet, NULL, &handler, &error);
    arvo_factory_request(contract, ARVO_STR("com.shop.web"), ARVO_STR("{}"), &event, &error);
    arvo_handler_execute(handler, event, &answers, &error);
    printf("asked  %.*s\n", ARVO_PRINT(arvo_event_traceparent(event)));
    printf("answer %.*s\n", ARVO_PRINT(arvo_event_traceparent(arvo_events_at(answers, 0))));
    if (error != NULL) printf("%.*s\n", ARVO_PRINT(arvo_error_message(error)));
    ARVO_FREE(contract, handler, event, answers, error);
    arvo_tracer_remove();
    return 0;
}

/* Prints:
 * EventFactory.accepts<com.greet.user>: span 0001, ok, 0 lines
 * Handler<#/services/greet>: inside it, EventFactory.emits<evt.greet.user.success>
 * messaging.client.consumed.messages: 1 more
 * messaging.client.sent.messages: 1 more
 * Handler<#/services/greet>: span 0003, ok, 6 lines
 * asked  00-00000000000000000000000000000002-0000000000000001-01
 * answer 00-00000000000000000000000000000002-0000000000000003-01
 */
