/* Histories as pictures; what they look like is tested in the core. */
#include "durable.h"
#include "flows.h"

static void a_brokers_history_is_drawn(void) {
    plan plan = {NULL, NULL};
    arvo_resumable *resumable = summing(&plan, NULL, true);
    arvo_broker *broker = broker_of(resumable);
    arvo_event *init = init_event(), *answer = NULL;
    arvo_events *history = NULL;
    arvo_text *timeline = NULL, *diagram = NULL, *cut = NULL;
    arvo_error *error = NULL;
    arvo_broker_resolve(broker, init, NULL, NULL, &answer, &error);
    arvo_broker_history(broker, &history, &error);
    arvo_timeline(NULL, history, NULL, 120, 1000, &timeline, &error);
    arvo_sequence_diagram(NULL, history, NULL, 200, &diagram, &error);
    arvo_timeline(NULL, history, NULL, 120, 2, &cut, &error);
    CHECK_OK(error);
    CHECK(contains(arvo_text_view(timeline), "4 events in "));
    CHECK(contains(arvo_text_view(timeline), "arvo.orc.sum → com.calc.add"));
    CHECK(contains(arvo_text_view(diagram), "sequenceDiagram\n"));
    CHECK(contains(arvo_text_view(diagram), "p2->>p3: com.calc.add<br/>2 units\n"));
    CHECK(contains(arvo_text_view(diagram), "p3-->>p2: evt.calc.add.success\n"));
    CHECK(contains(arvo_text_view(cut), "… 2 events left out"));
    ARVO_FREE(resumable, broker, init, answer, history, timeline, diagram, cut);
}

static void what_a_store_tells_of_a_delivery_is_drawn_too(void) {
    arvo_store *store = opened("sqlite::memory:");
    arvo_event *event = request();
    arvo_value *history = NULL;
    arvo_text *timeline = NULL, *diagram = NULL;
    arvo_error *error = NULL;
    published(store, event);
    arvo_store_history(store, arvo_event_subject(event), &history, &error);
    arvo_timeline(NULL, NULL, history, 200, 1000, &timeline, &error);
    arvo_sequence_diagram(NULL, NULL, history, 200, &diagram, &error);
    CHECK_OK(error);
    CHECK(contains(arvo_text_view(timeline), "  waiting"));
    CHECK(contains(arvo_text_view(diagram), "<br/>waiting\n"));
    ARVO_FREE(store, event, history, timeline, diagram);
}

static void what_is_no_history_is_refused(void) {
    static const char *const wrong[] = {"{}", "[1]", "[{}]", "[{\"event\":\"{}\",\"consumer\":\"a\",\"tries\":0}]"};
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_value *history;
    size_t index;
    for (index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        history = value_of(wrong[index]);
        arvo_timeline(NULL, NULL, history, 120, 1000, &text, &error);
        CHECK(arvo_error_status(error) == ARVO_BAD_ARGUMENT || arvo_error_status(error) == ARVO_INVALID_EVENT);
        arvo_error_free(error);
        error = NULL;
        arvo_value_free(history);
    }
    arvo_sequence_diagram(NULL, NULL, NULL, 200, &text, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "pass a history of a broker or of a store");
    CHECK(text == NULL);
}

const struct test history_tests[] = {
    {"a broker's history is drawn", a_brokers_history_is_drawn},
    {"what a store tells of a delivery is drawn too", what_a_store_tells_of_a_delivery_is_drawn_too},
    {"what is no history is refused", what_is_no_history_is_refused},
    {NULL, NULL}};
