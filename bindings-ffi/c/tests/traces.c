/* Traces: what a tracer is told of orders, of threads and of events being made, and that it can harm none of them. */
#include <pthread.h>
#include <string.h>

#include "durable.h"
#include "spans.h"

/* Each execution's span is a child of the one whose event it handled. */
static void follows_the_order(const tracing *tracing) {
    const told *init = span_named("Resumable<#/flows/sum>@<arvo.orc.sum>", 0), *call;
    const told *resumed = span_named("Resumable<#/flows/sum>@<evt.calc.add.success>", 0);
    int index;
    call = span_named("Handler<#/services/add>", 0);
    CHECK_TEXT(str(init->parent), "");
    CHECK_TEXT(str(call->parent), init->context.span_id);
    CHECK_TEXT(str(resumed->parent), call->context.span_id);
    for (index = 0; index < tracing->count; index++) {
        CHECK_TEXT(str(tracing->spans[index].context.trace_id), init->context.trace_id);
    }
}

static void a_broker_follows_the_events_of_an_order(void) {
    plan plan = {NULL, NULL};
    arvo_resumable *resumable = summing(&plan, NULL, false);
    arvo_broker *broker = broker_of(resumable);
    arvo_event *event = init_event(), *answer = NULL;
    arvo_error *error = NULL;
    double depth = -1;
    tracing *tracing = begin_tracing();
    arvo_broker_resolve(broker, event, NULL, NULL, &answer, &error);
    end_tracing();
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(answer), "arvo.orc.sum.done");
    follows_the_order(tracing);
    CHECK(measured("arvo.queue.depth", &depth) > 3 && depth == 0);
    CHECK(measured("messaging.client.consumed.messages", NULL) == 3);
    ARVO_FREE(resumable, broker, event, answer);
}

static void a_worker_follows_the_events_of_an_order(void) {
    arvo_store *store = opened("sqlite::memory:");
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_resumable *resumable = asking_twice();
    arvo_worker *worker = worker_of(store, NULL, handler, resumable);
    arvo_event *event = init_event(), *answer;
    crew crew;
    tracing *tracing = begin_tracing();
    begin_crew(&crew, worker, 2);
    answer = answer_for(store, published(store, event));
    end_crew(&crew);
    end_tracing();
    CHECK_TEXT(arvo_event_type(answer), "arvo.orc.sum.done");
    follows_the_order(tracing);
    ARVO_FREE(store, handler, resumable, worker, event, answer);
}

static void a_worker_measures_what_waits_in_its_store_for_what_it_serves(void) {
    arvo_store *store = opened("sqlite::memory:");
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_worker_options one = {0};
    arvo_worker *worker;
    int64_t seqs[3];
    const char *of;
    crew crew;
    int index;
    one.capacity = 1;
    for (index = 0; index < 3; index++) {
        arvo_event *event = request();
        seqs[index] = published(store, event);
        arvo_event_free(event);
    }
    worker = worker_of(store, &one, handler, NULL);
    begin_tracing();
    begin_crew(&crew, worker, 1);
    for (index = 0; index < 3; index++) arvo_event_free(answer_for(store, seqs[index]));
    end_crew(&crew);
    end_tracing();
    CHECK(first_measured("arvo.queue.depth", &of) == 2); /* with the first of three that it claimed */
    CHECK_TEXT(str(of), "com.calc.add");
    ARVO_FREE(store, handler, worker);
}

static void a_worker_that_waits_for_work_measures_too(void) {
    arvo_store *store = opened("sqlite::memory:");
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_worker_options often = {0};
    arvo_worker *worker;
    const char *of;
    crew crew;
    int left;
    often.lease = 90; /* it beats each 30 ms */
    worker = worker_of(store, &often, handler, NULL);
    begin_tracing();
    begin_crew(&crew, worker, 1);
    for (left = 60000; left > 0 && first_measured("arvo.queue.depth", &of) < 0; left--) rest(1);
    end_crew(&crew);
    end_tracing();
    CHECK(first_measured("arvo.queue.depth", &of) == 0);
    CHECK_TEXT(str(of), "com.calc.add");
    ARVO_FREE(store, handler, worker);
}

/* One thread of several. */
static void *greets_often(void *user_data) {
    int index, rounds = quick ? 5 : 50;
    (void)user_data;
    for (index = 0; index < rounds; index++) arvo_events_free(greeted("00-" PARENT "-01"));
    return NULL;
}

static void executions_on_several_threads_do_not_mix(void) {
    pthread_t threads[4];
    tracing *tracing = begin_tracing();
    int index, greetings = 0, made = 0;
    for (index = 0; index < 4; index++) CHECK(pthread_create(&threads[index], NULL, greets_often, NULL) == 0);
    for (index = 0; index < 4; index++) pthread_join(threads[index], NULL);
    end_tracing();
    for (index = 0; index < tracing->count; index++) {
        const told *span = &tracing->spans[index];
        int other, parents = 0;
        if (strcmp(span->name, "Handler<#/services/greet>") == 0) greetings++;
        if (strcmp(span->name, "createArvoEvent<com.test.made>") != 0) continue;
        for (other = 0; other < tracing->count; other++) { /* each execution's own, and one each */
            parents += strcmp(tracing->spans[other].parent, span->parent) == 0 &&
                       strcmp(tracing->spans[other].name, span->name) == 0;
        }
        CHECK(parents == 1);
        made++;
    }
    CHECK(greetings == (quick ? 20 : 200) && made == greetings);
}

/* Functions that say what makes no sense. */
static void begin_badly(void *user_data, const arvo_opening *opening, arvo_begun *begun) {
    unsigned char wrong = 7;
    (void)opening;
    begun->span = user_data;
    memset(begun->context.trace_id, 'x', sizeof begun->context.trace_id);
    memset(begun->context.span_id, 0xff, sizeof begun->context.span_id);
    begun->context.tracestate = ARVO_STR("\xff\xfe");
    memcpy(&begun->recorded, &wrong, 1);
    memcpy(&begun->context.sampled, &wrong, 1);
}

static void nothing_that_a_tracer_says_harms_an_execution(void) {
    arvo_tracer bad, none;
    arvo_events *events;
    arvo_error *error = NULL;
    memset(&bad, 0, sizeof bad);
    memset(&none, 0, sizeof none);
    bad.begin = begin_badly;
    arvo_tracer_install(&bad, NULL, NULL, &error);
    CHECK_OK(error);
    events = greeted("00-" PARENT "-01");
    CHECK_TEXT(arvo_event_traceparent(arvo_events_at(events, 0)), NULL);
    arvo_events_free(events);
    arvo_tracer_install(&none, NULL, NULL, &error); /* wants nothing */
    CHECK_OK(error);
    arvo_events_free(greeted("00-" PARENT "-01"));
    arvo_tracer_remove();
    arvo_tracer_install(NULL, NULL, NULL, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "arvo_tracer_remove");
}

static void a_tracer_ends_what_it_began(void) {
    arvo_handler *handler = greeter();
    arvo_event *event = traced("00-" PARENT "-01", "\"Ada\"");
    arvo_execution *execution = NULL;
    arvo_error *error = NULL;
    tracing *tracing = begin_tracing();
    arvo_execution_begin(handler, event, &execution, &error);
    CHECK_OK(error);
    arvo_tracer_remove();
    CHECK(tracing->freed == 0 && tracing->spans[0].ended == 0);
    arvo_execution_free(execution);
    CHECK(tracing->freed == 1 && tracing->spans[0].ended == 1);
    ARVO_FREE(handler, event);
}

static void an_event_being_made_is_a_span_or_not_as_wanted(void) {
    arvo_value *good = value_of("{\"source\":\"com.test\",\"type\":\"com.test.made\",\"subject\":\"s\",\"data\":{}}");
    arvo_value *bad = value_of("{\"source\":\"com.test\",\"type\":\"com.test.bad\",\"data\":{}}");
    arvo_event *traced = NULL, *plain = NULL, *none = NULL;
    arvo_error *error = NULL;
    const told *span;
    tracing *tracing = begin_tracing();
    arvo_event_new(NULL, good, NULL, &traced, &error);
    arvo_event_new_untraced(NULL, good, NULL, &plain, &error);
    CHECK_OK(error);
    CHECK(tracing->count == 1 && is_header_of(arvo_event_traceparent(traced), &tracing->spans[0]));
    CHECK_TEXT(arvo_event_traceparent(plain), NULL);
    arvo_event_new(NULL, bad, NULL, &none, &error);
    CHECK_ERROR(error, ARVO_INVALID_EVENT, "subject");
    end_tracing();
    span = span_named("createArvoEvent<com.test.bad>", 0);
    CHECK(span->status == ARVO_SPAN_ERROR && strstr(span->message, "subject") != NULL);
    CHECK_TEXT(text_at(span->attributes, "/exception.type"), "InvalidEvent");
    ARVO_FREE(good, bad, traced, plain);
}

static void attributes_become_json(void) {
    arvo_attribute list[3];
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    memset(list, 0, sizeof list);
    list[0].name = ARVO_STR("a");
    list[0].kind = ARVO_TEXT;
    list[0].text = ARVO_STR("x");
    list[1].name = ARVO_STR("b");
    list[1].kind = ARVO_NUMBER;
    list[1].number = 3;
    list[2].name = ARVO_STR("c");
    list[2].kind = ARVO_BOOL;
    list[2].boolean = true;
    arvo_attributes_value(list, 3, &value, &error);
    CHECK_OK(error);
    CHECK_TEXT(json_of(value), "{\"a\":\"x\",\"b\":3,\"c\":true}");
    arvo_value_free(value);
    arvo_attributes_value(NULL, 3, &value, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "count is 3");
}

const struct test trace_tests[] = {
    {"a broker follows the events of an order", a_broker_follows_the_events_of_an_order},
    {"a worker follows the events of an order", a_worker_follows_the_events_of_an_order},
    {"a worker measures what waits in its store for what it serves",
     a_worker_measures_what_waits_in_its_store_for_what_it_serves},
    {"a worker that waits for work measures, too", a_worker_that_waits_for_work_measures_too},
    {"executions on several threads do not mix", executions_on_several_threads_do_not_mix},
    {"nothing that a tracer says harms an execution", nothing_that_a_tracer_says_harms_an_execution},
    {"a tracer ends what it began", a_tracer_ends_what_it_began},
    {"an event being made is a span, or not, as wanted", an_event_being_made_is_a_span_or_not_as_wanted},
    {"attributes become JSON", attributes_become_json},
    {NULL, NULL}};
