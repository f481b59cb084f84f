/* The broker: conversations, subscribers, domains, and ten thousand workflows at once. */
#include <stdio.h>
#include <string.h>

#include "flows.h"

/* Bytes for each workflow that waits, at most: its record and its events, the history's included. */
enum { WAITING = 5000 };

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

/* --- callbacks that fail --- */

/* How a callback fails, and what on_error was told. */
typedef struct trouble {
    const char *how;
    int told;
    arvo_status status;
    void *object;
    char id[64];
} trouble;

static void tell_trouble(void *user_data, const arvo_error *failure, const arvo_event *event) {
    trouble *trouble = user_data;
    trouble->told++;
    trouble->status = arvo_error_status(failure);
    trouble->object = arvo_error_object(failure);
    snprintf(trouble->id, sizeof trouble->id, "%.*s", ARVO_PRINT(arvo_event_id(event)));
}

static arvo_status in_trouble(trouble *trouble, arvo_error **error) {
    if (strcmp(trouble->how, "raise") == 0) {
        arvo_error_raise(error, ARVO_STR("Broken"), ARVO_STR("it broke"));
        arvo_error_attach(*error, trouble, NULL);
        return ARVO_OK; /* what is set counts */
    }
    if (strcmp(trouble->how, "violate") == 0) {
        arvo_error_raise_violation(error, ARVO_STR("Busy"), ARVO_STR("later"), NULL);
        arvo_error_attach(*error, trouble, NULL);
        return arvo_error_status(*error);
    }
    if (strcmp(trouble->how, "garbage") == 0) {
        static arvo_event *garbage; /* no error at all; the library leaves it alone */
        if (garbage == NULL) garbage = greeting_event("{\"name\":\"Ada\"}");
        *error = (arvo_error *)garbage;
        return ARVO_OK;
    }
    return -7; /* a status that is none, and no error */
}

static arvo_status subscriber_in_trouble(void *user_data, const arvo_event *event, const arvo_errand *errand,
                                         arvo_error **error) {
    (void)event;
    (void)errand;
    return in_trouble(user_data, error);
}

static arvo_status handler_in_trouble(void *user_data, const arvo_input *input, arvo_outputs *outputs,
                                      arvo_error **error) {
    (void)input;
    arvo_outputs_emit(outputs, ARVO_STR("evt.calc.add.success")); /* nothing of this leaves */
    return in_trouble(user_data, error);
}

static arvo_status workflow_in_trouble(void *user_data, const arvo_input *input, arvo_resumed *next,
                                       arvo_error **error) {
    (void)input;
    arvo_resumed_output(next);
    return in_trouble(user_data, error);
}

static arvo_resumable *troubled(trouble *trouble) {
    arvo_contract *contract = sums();
    arvo_resumable_builder *builder = NULL;
    arvo_resumable *resumable = NULL;
    arvo_error *error = NULL;
    arvo_resumable_builder_new(contract, &builder, &error);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), workflow_in_trouble, trouble, NULL, &error);
    arvo_resumable_builder_build(builder, &resumable, &error);
    CHECK_OK(error);
    ARVO_FREE(builder, contract);
    return resumable;
}

enum { SUBSCRIBER, DOMAINED, HANDLER, WORKFLOW, POSITIONS };

/* Resolves an event whose receiver, at that position, fails so: the answer, if there is one. */
static arvo_event *resolve_in_trouble(int position, trouble *trouble) {
    arvo_contract *contract = position == WORKFLOW ? sums() : adding();
    arvo_handler *handler = NULL;
    arvo_resumable *resumable = NULL;
    arvo_broker *broker = NULL;
    arvo_event *event, *answer = NULL;
    arvo_error *error = NULL;
    uint64_t number;
    arvo_broker_new(ARVO_QUEUE_LIMIT, &broker, &error);
    arvo_broker_on_error(broker, tell_trouble, trouble, NULL, &error);
    event = position == WORKFLOW ? init_event() : event_for(contract, "{\"a\":1}");
    switch (position) {
        case SUBSCRIBER:
            arvo_broker_subscribe(broker, ARVO_STR("com.calc.add"), true, subscriber_in_trouble, trouble, NULL, &number,
                                  &error);
            break;
        case DOMAINED:
            arvo_handler_new(contract, away, NULL, &handler, &error);
            arvo_broker_add_handler(broker, handler, &error);
            arvo_broker_on_domained_event(broker, subscriber_in_trouble, trouble, NULL, &error);
            break;
        case HANDLER:
            arvo_handler_new(contract, handler_in_trouble, trouble, &handler, &error);
            arvo_broker_add_handler(broker, handler, &error);
            break;
        default: resumable = troubled(trouble); arvo_broker_add_resumable(broker, resumable, &error);
    }
    arvo_broker_resolve(broker, event, NULL, NULL, &answer, &error);
    CHECK_OK(error);
    CHECK(arvo_broker_queued(broker) == 0);
    if (trouble->told > 0 && position != DOMAINED) CHECK(same(str(trouble->id), arvo_event_id(event)));
    ARVO_FREE(contract, handler, resumable, broker, event);
    return answer;
}

static void a_callback_that_fails_does_so_in_each_position(void) {
    static const struct {
        const char *how;
        arvo_status status;
        bool own;
    } ways[] = {{"raise", ARVO_USER_ERROR, true},
                {"violate", ARVO_CUSTOM_VIOLATION, true},
                {"garbage", ARVO_BAD_ARGUMENT, false},
                {"status", ARVO_USER_ERROR, false}};
    size_t way;
    int position;
    for (way = 0; way < sizeof ways / sizeof *ways; way++) {
        for (position = 0; position < POSITIONS; position++) {
            trouble trouble = {NULL, 0, ARVO_OK, NULL, ""};
            arvo_event *answer;
            trouble.how = ways[way].how;
            answer = resolve_in_trouble(position, &trouble);
            if (position >= HANDLER && ways[way].status != ARVO_CUSTOM_VIOLATION) { /* it becomes an event */
                CHECK(trouble.told == 0);
                CHECK_TEXT(arvo_event_type(answer),
                           position == HANDLER ? "sys.com.calc.add.error" : "sys.arvo.orc.sum.error");
            } else {
                CHECK(trouble.told == 1 && answer == NULL);
                CHECK(trouble.status == ways[way].status);
                CHECK(trouble.object == (ways[way].own ? &trouble : NULL));
            }
            arvo_event_free(answer);
        }
    }
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
    size_t at, count, before = heap_in_use(), waiting;
    for (index = 0; index < size; index++) {
        arvo_event *init = init_event();
        arvo_broker_publish(broker, init, &error);
        arvo_event_free(init);
    }
    seen.left = size; /* each has called the service, and waits: its record, its call, and two events of the history */
    arvo_broker_run(broker, out_of_turns, &seen, &error);
    CHECK_ERROR(error, ARVO_CANCELLED, NULL);
    CHECK(arvo_broker_queued(broker) == (size_t)size);
    waiting = (heap_in_use() - before) / (size_t)size;
    if (waiting > WAITING) printf("%lu bytes for a workflow that waits\n", (unsigned long)waiting);
    CHECK(waiting <= WAITING);
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
    {"a callback that fails does so in each position", a_callback_that_fails_does_so_in_each_position},
    {"ten thousand workflows keep their order", ten_thousand_workflows_keep_their_order},
    {NULL, NULL}};
