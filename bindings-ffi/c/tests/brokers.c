/* The broker: conversations, subscribers, domains, and ten thousand workflows at once. */
#include <string.h>

#include "flows.h"

typedef struct seen {
    int errors, events, freed, left;
    const arvo_broker *broker;
    arvo_event *other;
    arvo_status status;
} seen;

static void count_error(void *user_data, const arvo_error *failure, const arvo_event *event) {
    CHECK(arvo_error_message(failure).len > 0 && arvo_event_id(event).len > 0);
    ((seen *)user_data)->errors++;
}

static arvo_status send_back(void *user_data, const arvo_event *event, const arvo_errand *errand, arvo_error **error) {
    seen *seen = user_data;
    arvo_event *answer = NULL, *none = NULL;
    seen->events++;
    if (seen->broker) {
        seen->status = arvo_broker_resolve(seen->broker, seen->other, NULL, NULL, &none, NULL);
        CHECK_STATUS(arvo_broker_run(seen->broker, NULL, NULL, NULL), ARVO_BUSY);
        arvo_event_free(none);
    }
    answer = answer_to(event);
    arvo_errand_publish(errand, answer, error);
    arvo_event_free(answer);
    return arvo_error_status(*error);
}

static void seen_freed(void *user_data) { ((seen *)user_data)->freed++; }

static bool out_of_turns(void *user_data) { return ((seen *)user_data)->left-- <= 0; }

static arvo_broker *broker_with(const arvo_resumable *resumable, seen *seen) {
    arvo_broker *broker = broker_of(resumable);
    arvo_error *error = NULL;
    arvo_broker_on_error(broker, count_error, seen, NULL, &error);
    CHECK_OK(error);
    return broker;
}

static void a_broker_brings_a_workflow_to_its_end(void) {
    plan plan = {NULL, NULL};
    seen seen = {0, 0, 0, 0, NULL, NULL, 0};
    arvo_resumable *resumable = summing(&plan, NULL, true);
    arvo_broker *broker = broker_with(resumable, &seen);
    arvo_event *init = init_event(), *answer = NULL;
    arvo_events *history = NULL;
    arvo_value *topics = NULL;
    arvo_error *error = NULL;
    arvo_resumable_free(resumable); /* the broker has a share of it */
    arvo_broker_resolve(broker, init, NULL, NULL, &answer, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(answer), "arvo.orc.sum.done");
    arvo_broker_history(broker, &history, &error);
    CHECK(arvo_events_count(history) == 4 && seen.errors == 0 && arvo_broker_queued(broker) == 0);
    arvo_broker_topics(broker, &topics, &error);
    CHECK_TEXT(json_of(topics), "[\"com.calc.add\",\"arvo.orc.sum\"]");
    CHECK(arvo_broker_subscribers(broker, ARVO_STR("com.calc.add")) == 1);
    arvo_broker_clear_history(broker, &error);
    arvo_events_free(history);
    arvo_broker_history(broker, &history, &error);
    CHECK(arvo_events_count(history) == 0);
    ARVO_FREE(init, answer, history, topics, broker);
}

static void a_conversation_can_be_given_up_and_gone_on_with(void) {
    plan plan = {NULL, NULL};
    seen seen = {0, 0, 0, 2, NULL, NULL, 0};
    arvo_resumable *resumable = summing(&plan, NULL, true);
    arvo_broker *broker = broker_with(resumable, &seen);
    arvo_event *init = init_event(), *answer = NULL;
    arvo_events *history = NULL;
    arvo_error *error = NULL;
    arvo_broker_resolve(broker, init, out_of_turns, &seen, &answer, &error);
    CHECK_ERROR(error, ARVO_CANCELLED, "stays queued");
    CHECK(answer == NULL && arvo_broker_queued(broker) == 1);
    arvo_broker_run(broker, NULL, NULL, &error); /* its answer gets to nobody now */
    CHECK_OK(error);
    CHECK(arvo_broker_queued(broker) == 0 && seen.errors == 1);
    arvo_broker_history(broker, &history, &error);
    CHECK(arvo_events_count(history) == 4);
    ARVO_FREE(init, history, resumable, broker);
}

static void functions_subscribe_and_answer_within_the_errand(void) {
    seen seen = {0, 0, 0, 0, NULL, NULL, 0};
    arvo_contract *contract = adding();
    arvo_broker *broker = NULL;
    arvo_event *event = event_for(contract, "{\"a\":1}"), *answer = NULL;
    arvo_error *error = NULL;
    uint64_t number = 0;
    arvo_broker_new(1, &broker, &error);
    arvo_broker_on_error(broker, count_error, &seen, NULL, &error);
    arvo_broker_subscribe(broker, ARVO_STR("com.calc.add"), false, send_back, &seen, seen_freed, &number, &error);
    seen.broker = broker;
    seen.other = event_for(contract, "{\"a\":2}");
    arvo_broker_publish(broker, event, &error);
    CHECK_OK(error);
    arvo_broker_publish(broker, event, &error);
    CHECK_ERROR(error, ARVO_QUEUE_FULL, "Event queue is full (max size: 1)");
    seen.broker = NULL;
    arvo_broker_run(broker, NULL, NULL, &error);
    arvo_broker_resolve(broker, event, NULL, NULL, &answer, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(answer), "evt.calc.add.success");
    CHECK(seen.events == 2);
    arvo_broker_unsubscribe(broker, number, &error);
    CHECK(seen.freed == 1);
    CHECK_STATUS(arvo_broker_unsubscribe(broker, number, NULL), ARVO_NOT_FOUND);
    CHECK(arvo_broker_subscribers(broker, ARVO_STR("com.calc.add")) == 0);
    ARVO_FREE(contract, event, answer, seen.other, broker);
}

static arvo_status away(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_value *data = value_of("{}"), *attributes = value_of("{\"domain\":[\"elsewhere\"]}");
    (void)user_data;
    (void)input;
    arvo_outputs_add(outputs, ARVO_STR("evt.calc.add.success"), data, attributes, error);
    ARVO_FREE(data, attributes);
    return arvo_error_status(*error);
}

static void events_with_a_domain_leave_the_local_flow(void) {
    seen seen = {0, 0, 0, 0, NULL, NULL, 0};
    arvo_contract *contract = adding();
    arvo_handler *handler = NULL;
    arvo_broker *broker = NULL;
    arvo_event *event = event_for(contract, "{\"a\":1}"), *answer = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, away, NULL, &handler, &error);
    arvo_broker_new(ARVO_QUEUE_LIMIT, &broker, &error);
    arvo_broker_add_handler(broker, handler, &error);
    arvo_broker_on_error(broker, count_error, &seen, NULL, &error);
    arvo_broker_resolve(broker, event, NULL, NULL, &answer, &error);
    CHECK(answer == NULL && seen.errors == 1);
    arvo_broker_on_domained_event(broker, send_back, &seen, seen_freed, &error);
    seen.broker = broker;
    seen.other = event_for(contract, "{\"a\":1}");
    arvo_event_free(answer);
    seen.broker = NULL;
    arvo_broker_resolve(broker, event, NULL, NULL, &answer, &error);
    CHECK_OK(error);
    CHECK(seen.events == 1);
    ARVO_FREE(answer, seen.other, event, broker, handler, contract);
    CHECK(seen.freed == 1);
}

/* Where each workflow stands, by its subject; workflows begin in order, so a subject is found near its turn. */
static void ten_thousand_workflows_keep_their_order(void) {
    static const char *const order[] = {"arvo.orc.sum", "com.calc.add", "evt.calc.add.success", "arvo.orc.sum.done"};
    int size = quick ? 100 : 10000, index, ended = 0;
    plan plan = {NULL, NULL};
    seen seen = {0, 0, 0, 0, NULL, NULL, 0};
    arvo_resumable *resumable = summing(&plan, NULL, true);
    arvo_broker *broker = broker_with(resumable, &seen);
    arvo_events *history = NULL;
    arvo_error *error = NULL;
    size_t at, count;
    for (index = 0; index < size; index++) {
        arvo_event *init = init_event();
        arvo_broker_publish(broker, init, &error);
        arvo_event_free(init);
    }
    arvo_broker_run(broker, NULL, NULL, &error);
    CHECK_OK(error);
    arvo_broker_history(broker, &history, &error);
    count = arvo_events_count(history);
    CHECK(count == 4 * (size_t)size && seen.errors == size); /* nobody waits for the completions */
    /* First in, first out: all workflows take each step before any takes the next, in the order they began in. */
    for (at = 0; at < count; at++) {
        const arvo_event *event = arvo_events_at(history, at);
        const arvo_event *first = arvo_events_at(history, at % (size_t)size);
        if (!same(arvo_event_subject(event), arvo_event_subject(first))) break;
        if (!same(arvo_event_type(event), str(order[at / (size_t)size]))) break;
        ended += at / (size_t)size == 3;
    }
    CHECK(ended == size);
    ARVO_FREE(history, resumable);
    arvo_broker_free(broker);
}

const struct test broker_tests[] = {
    {"a broker brings a workflow to its end", a_broker_brings_a_workflow_to_its_end},
    {"a conversation can be given up and gone on with", a_conversation_can_be_given_up_and_gone_on_with},
    {"functions subscribe, and answer within the errand", functions_subscribe_and_answer_within_the_errand},
    {"events with a domain leave the local flow", events_with_a_domain_leave_the_local_flow},
    {"ten thousand workflows keep their order", ten_thousand_workflows_keep_their_order},
    {NULL, NULL}};
