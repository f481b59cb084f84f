/* broker.json: whole flows through the broker, and bare subscribers. */
#include <string.h>

#include "support.h"

/* What a case has seen. */
typedef struct flow {
    report *report;
    json case_;
    arvo_value *errors, *domained;
    bool publishes;
} flow;

static json event_json(const arvo_event *event) {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    if (event == NULL) return make_null();
    arvo_event_value(event, &value, &error);
    must(error);
    return keep_value(value);
}

static json list_json(const arvo_events *events) {
    arvo_value *list = make_array();
    size_t index;
    for (index = 0; index < arvo_events_count(events); index++) append(list, event_json(arvo_events_at(events, index)));
    return list;
}

static void on_error(void *user_data, const arvo_error *failure, const arvo_event *event) {
    flow *flow = user_data;
    arvo_value *told = make_object();
    json error = error_json(failure);
    produced(flow->report, flow->case_, error);
    put(told, "error", error);
    put(told, "event", event_json(event));
    append(flow->errors, told);
}

static arvo_status on_domained(void *user_data, const arvo_event *event, const arvo_errand *errand,
                               arvo_error **error) {
    flow *flow = user_data;
    arvo_value *told = make_object();
    put(told, "domain", make_text(arvo_event_domain(event)));
    put(told, "event", event_json(event));
    append(flow->domained, told);
    return flow->publishes ? arvo_errand_publish(errand, event, error) : ARVO_OK;
}

/* The broker of a case, with all its handlers. */
static arvo_broker *broker_of(flow *flow, json contracts, arvo_error **error) {
    json handlers = at(flow->case_, "/handlers"), domained = at(flow->case_, "/onDomained");
    arvo_broker *broker = NULL;
    arvo_memory *memory = NULL;
    size_t index;
    arvo_broker_new(ARVO_QUEUE_LIMIT, &broker, error);
    arvo_memory_new(&memory, error);
    keep_memory(memory);
    for (index = 0; index < count(handlers); index++) {
        json spec = item(handlers, index);
        if (is(text(at(spec, "/kind")), "handler")) {
            arvo_handler *handler = NULL;
            handler_of(contracts, spec, &handler, error);
            arvo_broker_add_handler(broker, keep_handler(handler), error);
        } else if (is(text(at(spec, "/kind")), "orchestrator")) {
            arvo_orchestrator *orchestrator = NULL;
            orchestrator_of(contracts, spec, memory, &orchestrator, error);
            arvo_broker_add_orchestrator(broker, keep_orchestrator(orchestrator), error);
        } else {
            arvo_resumable *resumable = NULL;
            resumable_of(contracts, spec, memory, &resumable, error);
            arvo_broker_add_resumable(broker, keep_resumable(resumable), error);
        }
    }
    arvo_broker_on_error(broker, on_error, flow, NULL, error);
    flow->publishes = is(text(domained), "publish");
    if (kind(domained) == ARVO_TEXT) arvo_broker_on_domained_event(broker, on_domained, flow, NULL, error);
    return keep_broker(broker);
}

/* Errors are compared as the runner compares them everywhere; their events, and all else, literally. */
static bool match_errors(json wanted, json found, arvo_value *labels, const char **why) {
    size_t index;
    if (count(wanted) != count(found)) return false;
    for (index = 0; index < count(wanted); index++) {
        json one = item(wanted, index), other = item(found, index);
        if (!match_error(at(one, "/error"), at(other, "/error"), why)) return false;
        if (at(one, "/event") && !match(at(one, "/event"), at(other, "/event"), labels, why)) return false;
    }
    return true;
}

static bool match_results(json wanted, json found, arvo_value *labels, const char **why) {
    size_t index;
    if (count(wanted) != count(found)) return false;
    for (index = 0; index < count(wanted); index++) {
        json one = item(wanted, index), other = item(found, index);
        bool ok = is_null(at(one, "/error"))
                      ? at(other, "/resolved") && match(at(one, "/resolved"), at(other, "/resolved"), labels, why)
                      : at(other, "/error") && match_error(at(one, "/error"), at(other, "/error"), why);
        if (!ok) return false;
    }
    return true;
}

static void through(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect");
    arvo_value *found = make_object(), *results = make_array(), *labels = make_object(), *topics = NULL;
    flow flow = {NULL, NULL, NULL, NULL, false};
    arvo_broker *broker;
    arvo_events *history = NULL;
    arvo_error *error = NULL;
    const char *why = NULL;
    size_t at_;
    bool ok;
    flow.report = report;
    flow.case_ = case_;
    flow.errors = make_array();
    flow.domained = make_array();
    broker = broker_of(&flow, at(report->vectors, "/contracts"), &error);
    if (keep_error(error) != NULL) {
        json construction = error_json(error);
        produced(report, case_, construction);
        ok = at(wanted, "/construction") && match_error(at(wanted, "/construction"), construction, &why);
        judge(report, group, index, case_, wanted == NULL || ok, wanted, construction, why);
        return;
    }
    for (at_ = 0; at_ < count(at(case_, "/resolve")); at_++) {
        arvo_value *result = make_object();
        arvo_event *event = NULL, *answer = NULL;
        arvo_event_parse(NULL, str(show(item(at(case_, "/resolve"), at_))), &event, &error);
        must(error);
        arvo_broker_resolve(broker, keep_event(event), NULL, NULL, &answer, &error);
        if (keep_error(error) != NULL) {
            put(result, "error", error_json(error));
            produced(report, case_, error_json(error));
            error = NULL;
        } else {
            put(result, "resolved", event_json(keep_event(answer)));
        }
        append(results, result);
    }
    arvo_broker_history(broker, &history, &error);
    arvo_broker_topics(broker, &topics, &error);
    must(error);
    put(found, "results", results);
    put(found, "history", with_stacks(list_json(keep_events(history)), at(wanted, "/history")));
    put(found, "topics", keep_value(topics));
    put(found, "queueLength", make_number((double)arvo_broker_queued(broker)));
    put(found, "errors", flow.errors);
    put(found, "domained", flow.domained);
    ok = wanted == NULL || (match(at(wanted, "/history"), at(found, "/history"), labels, &why) &&
                            match_results(at(wanted, "/results"), results, labels, &why) &&
                            match_errors(at(wanted, "/errors"), flow.errors, labels, &why) &&
                            match(at(wanted, "/domained"), flow.domained, labels, &why) &&
                            match(at(wanted, "/topics"), topics, labels, &why) &&
                            match(at(wanted, "/queueLength"), at(found, "/queueLength"), labels, &why));
    judge(report, group, index, case_, ok, wanted, found, why);
}

/* --- bare subscribers that do what their names say --- */

enum { NAMES = 16 };

typedef struct raw {
    arvo_value *deliveries, *errors;
    int made;
    struct named {
        struct raw *raw;
        arvo_str name;
        uint64_t number;
        bool here;
    } names[NAMES];
} raw;

static void raw_error(void *user_data, const arvo_error *failure, const arvo_event *event) {
    arvo_value *told = make_object();
    put(told, "message", make_text(arvo_error_message(failure)));
    put(told, "event", make_text(arvo_event_id(event)));
    append(((raw *)user_data)->errors, told);
}

/* An event of a subscriber for a topic. */
static const arvo_event *published(int number, arvo_str topic) {
    json attributes =
        parse(ARVO_STR("{\"source\":\"com.test.subscriber\",\"type\":\"com.raw.event\",\"subject\":\"raw\","
                       "\"id\":{\"deduplication\":\"DEVELOPER_MANAGED\"},\"data\":{}}"));
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_value_set_format((arvo_value *)attributes, ARVO_STR("/id/value"), &error, "p%d", number);
    arvo_value_set_text((arvo_value *)attributes, ARVO_STR("/to"), topic, &error);
    arvo_event_new(NULL, attributes, NULL, &event, &error);
    must(error);
    return keep_event(event);
}

static arvo_status take(void *user_data, const arvo_event *event, const arvo_errand *errand, arvo_error **error) {
    struct named *named = user_data;
    arvo_value *delivery = make_array();
    arvo_str rest = named->name;
    append(delivery, make_text(named->name));
    append(delivery, make_text(arvo_event_id(event)));
    append(named->raw->deliveries, delivery);
    if (starts(rest, "fails:")) {
        return arvo_error_raise(error, ARVO_STR("Error"), arvo_str_of(rest.ptr + 6, rest.len - 6));
    }
    if (!starts(rest, "publishes:")) return ARVO_OK;
    rest = arvo_str_of(rest.ptr + 10, rest.len - 10);
    while (rest.len > 0 && *error == NULL) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        arvo_str topic = comma ? arvo_str_of(rest.ptr, (size_t)(comma - rest.ptr)) : rest;
        arvo_errand_publish(errand, published(++named->raw->made, topic), error);
        rest = comma ? arvo_str_of(comma + 1, rest.len - topic.len - 1) : ARVO_NO_STR;
    }
    return arvo_error_status(*error);
}

static void operate(raw *raw, arvo_broker *broker, json operation, arvo_error **error) {
    arvo_str word = text(item(operation, 0));
    size_t index;
    if (is(word, "publish")) {
        arvo_event *event = NULL;
        arvo_event_parse(NULL, str(show(item(operation, 1))), &event, error);
        arvo_broker_publish(broker, keep_event(event), error);
        return;
    }
    for (index = 0; index < NAMES; index++) {
        struct named *named = &raw->names[index];
        if (is(word, "subscribe") && !named->here) {
            named->raw = raw;
            named->name = text(item(operation, 2));
            named->here = arvo_broker_subscribe(broker, text(item(operation, 1)), truth(item(operation, 3)), take,
                                                named, NULL, &named->number, error) == ARVO_OK;
            return;
        }
        if (is(word, "unsubscribe") && named->here && same(named->name, text(item(operation, 1)))) {
            arvo_broker_unsubscribe(broker, named->number, error);
            named->here = false;
            return;
        }
    }
}

static void bare(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), operations = at(case_, "/operations");
    arvo_value *found = make_object(), *results = make_array(), *subscribers = make_object(), *topics = NULL;
    raw raw;
    arvo_broker *broker = NULL;
    arvo_events *history = NULL;
    arvo_error *error = NULL;
    const char *why = NULL;
    size_t at_, limit = (size_t)number(at(case_, "/maxQueueSize"));
    memset(&raw, 0, sizeof raw);
    raw.deliveries = make_array();
    raw.errors = make_array();
    arvo_broker_new(limit, &broker, &error);
    arvo_broker_on_error(keep_broker(broker), raw_error, &raw, NULL, &error);
    must(error);
    for (at_ = 0; at_ < count(operations); at_++) {
        arvo_value *result = make_object();
        operate(&raw, broker, item(operations, at_), &error);
        if (keep_error(error) != NULL) put(result, "error", make_text(arvo_error_message(error)));
        append(results, error ? result : make_text(ARVO_STR("ok")));
        error = NULL;
        arvo_broker_run(broker, NULL, NULL, &error);
        must(error);
    }
    arvo_broker_history(broker, &history, &error);
    arvo_broker_topics(broker, &topics, &error);
    must(error);
    keep_value(topics);
    for (at_ = 0; at_ < count(topics); at_++) {
        arvo_str topic = text(item(topics, at_));
        put_key(subscribers, topic, make_number((double)arvo_broker_subscribers(broker, topic)));
    }
    put(found, "results", results);
    put(found, "deliveries", raw.deliveries);
    put(found, "errors", raw.errors);
    put(found, "topics", topics);
    put(found, "subscribers", subscribers);
    put(found, "history", each(list_json(keep_events(history)), "/id"));
    put(found, "queueLength", make_number((double)arvo_broker_queued(broker)));
    judge(report, group, index, case_, wanted == NULL || match(wanted, found, make_object(), &why), wanted, found, why);
}

void run_broker(report *report) {
    run_group(report, "cases", through);
    run_group(report, "raw", bare);
}
