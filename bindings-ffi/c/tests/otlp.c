/* The exporter of examples/otlp: what a collector gets, and that a collector that never answers holds up nobody. */
#include "otlp.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "durable.h"

/* A collector on a port of its own. */
typedef struct collector {
    int socket;
    pthread_t thread;
    char got[65536]; /* the request that is being read */
    size_t length;
    arvo_value *spans; /* of all requests */
} collector;

/* The length of the whole request, as far as it is known: its head, and the body that this announces. */
static size_t wanted(const collector *collector) {
    const char *body = strstr(collector->got, "\r\n\r\n"), *length = strstr(collector->got, "Content-Length: ");
    if (body == NULL || length == NULL) return sizeof collector->got - 1;
    return (size_t)(body + 4 - collector->got) + strtoul(length + 16, NULL, 10);
}

/* Adds the spans of the request to the others. */
static void keep(collector *collector) {
    arvo_value *request = NULL, *span;
    arvo_error *error = NULL;
    size_t index, count = 0;
    CHECK(strncmp(collector->got, "POST /v1/traces HTTP/1.1\r\n", 26) == 0);
    arvo_value_parse(NULL, str(strstr(collector->got, "\r\n\r\n") + 4), &request, &error);
    CHECK_TEXT(text_at(request, "/resourceSpans/0/resource/attributes/0/key"), "service.name");
    CHECK_TEXT(text_at(request, "/resourceSpans/0/resource/attributes/0/value/stringValue"), "the \"unit\" tests");
    arvo_value_count(request, ARVO_STR("/resourceSpans/0/scopeSpans/0/spans"), &count, &error);
    for (index = 0; index < count; index++) {
        span = NULL;
        arvo_value_item(request, ARVO_STR("/resourceSpans/0/scopeSpans/0/spans"), index, &span, &error);
        arvo_value_set(collector->spans, ARVO_STR("/-"), span, &error);
        arvo_value_free(span);
    }
    CHECK_OK(error);
    arvo_value_free(request);
}

/* Takes one request after the other, until the socket is shut. */
static void *collects(void *user_data) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    collector *collector = user_data;
    int from;
    while ((from = accept(collector->socket, NULL, NULL)) >= 0) {
        memset(collector->got, 0, sizeof collector->got);
        collector->length = 0;
        while (collector->length < wanted(collector)) {
            ssize_t got =
                recv(from, collector->got + collector->length, sizeof collector->got - 1 - collector->length, 0);
            if (got <= 0) break;
            collector->length += (size_t)got;
        }
        keep(collector);
        if (send(from, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) abort();
        close(from);
    }
    return NULL;
}

static void listens(collector *collector) {
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    char url[64];
    memset(collector, 0, sizeof *collector);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    collector->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(collector->socket, (struct sockaddr *)&address, size) != 0 || listen(collector->socket, 8) != 0) abort();
    getsockname(collector->socket, (struct sockaddr *)&address, &size);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url, 1);
    setenv("OTEL_SERVICE_NAME", "the \"unit\" tests", 1);
}

/* A whole workflow within a broker; its last event. */
static arvo_event *works(void) {
    plan plan = {NULL, NULL};
    arvo_resumable *resumable = summing(&plan, NULL, true);
    arvo_broker *broker = broker_of(resumable);
    arvo_event *event = init_event(), *answer = NULL;
    arvo_error *error = NULL;
    arvo_broker_resolve(broker, event, NULL, NULL, &answer, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(answer), "arvo.orc.sum.done");
    ARVO_FREE(resumable, broker, event);
    return answer;
}

/* The span of that name; NULL if there is none. */
static arvo_value *sent(const collector *collector, const char *name) {
    size_t index, count = 0;
    arvo_value_count(collector->spans, ARVO_STR(""), &count, NULL);
    for (index = 0; index < count; index++) {
        arvo_value *span = NULL;
        arvo_value_item(collector->spans, ARVO_STR(""), index, &span, NULL);
        if (same(text_at(span, "/name"), str(name))) return span;
        arvo_value_free(span);
    }
    return NULL;
}

static void a_collector_gets_the_spans_of_an_order(void) {
    collector collector;
    arvo_event *answer;
    arvo_value *init, *call, *made;
    char header[64];
    listens(&collector);
    collector.spans = value_of("[]");
    CHECK(pthread_create(&collector.thread, NULL, collects, &collector) == 0);
    CHECK(otlp_begin());
    answer = works();
    otlp_end();
    shutdown(collector.socket, SHUT_RDWR);
    pthread_join(collector.thread, NULL);
    close(collector.socket);
    init = sent(&collector, "Resumable<#/flows/sum>@<arvo.orc.sum>");
    call = sent(&collector, "Handler<#/services/add>");
    made = sent(&collector, "EventFactory.emits<evt.calc.add.success>");
    CHECK(number_at(init, "/kind") == ARVO_SPAN_PRODUCER && number_at(init, "/status/code") == ARVO_SPAN_OK);
    CHECK(same(text_at(call, "/parentSpanId"), text_at(init, "/spanId")) && text_at(init, "/spanId").len == 16);
    CHECK(same(text_at(made, "/parentSpanId"), text_at(call, "/spanId")));
    CHECK(same(text_at(call, "/traceId"), text_at(init, "/traceId")) && text_at(init, "/traceId").len == 32);
    CHECK_TEXT(text_at(init, "/events/0/name"), "log");
    CHECK_TEXT(text_at(init, "/attributes/0/key"), "arvo.span.kind");
    CHECK(text_at(init, "/startTimeUnixNano").len == 19 && text_at(init, "/endTimeUnixNano").len == 19);
    snprintf(header, sizeof header, "00-%.*s-", ARVO_PRINT(text_at(init, "/traceId")));
    CHECK(contains(arvo_event_traceparent(answer), header));
    ARVO_FREE(answer, init, call, made, collector.spans);
}

static void a_collector_that_never_answers_holds_up_nobody(void) {
    collector collector;
    int64_t began = millis();
    listens(&collector); /* connections are made, and that is all */
    CHECK(otlp_begin());
    arvo_event_free(works());
    CHECK(millis() - began < 2000);
    otlp_end();
    CHECK(millis() - began < 8000);
    close(collector.socket);
}

static void without_an_endpoint_there_is_no_exporter(void) {
    setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "", 1);
    CHECK(!otlp_begin());
    otlp_end();
    arvo_event_free(works());
}

const struct test otlp_tests[] = {
    {"a collector gets the spans of an order", a_collector_gets_the_spans_of_an_order},
    {"without an endpoint there is no exporter", without_an_endpoint_there_is_no_exporter},
    {"a collector that never answers holds up nobody", a_collector_that_never_answers_holds_up_nobody},
    {NULL, NULL}};
