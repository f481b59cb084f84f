/* What a worker does with executions that fail: again at once, later, or never. */
#include <string.h>

#include "durable.h"

/* What a worker's error function saw. */
typedef struct seen {
    int errors;
    char name[64];
    void *object;
    bool with_event;
    int freed;
} seen;

static void see(void *user_data, const arvo_error *failure, const arvo_event *event) {
    seen *seen = user_data;
    arvo_str name = arvo_error_name(failure);
    seen->errors++;
    snprintf(seen->name, sizeof seen->name, "%.*s", ARVO_PRINT(name));
    seen->object = arvo_error_object(failure);
    seen->with_event = same(arvo_event_type(event), ARVO_STR("com.calc.add"));
}

static void free_seen(void *user_data) { ((seen *)user_data)->freed++; }

/* Waits little between its tries. */
static const arvo_worker_options hasty = {{NULL, 0}, 0, 0, 3, 1, 5};

/* One event through a service that does as it is told; the answer, or the error of waiting for it. */
static arvo_event *sent_to(service *service, seen *seen, arvo_tally *tally, arvo_error **error) {
    arvo_store *store = opened("sqlite::memory:");
    arvo_handler *handler = service_of(service);
    arvo_worker *worker = worker_of(store, &hasty, handler, NULL);
    arvo_event *event = request(), *answer = NULL;
    arvo_error *failure = NULL;
    crew crew;
    memset(seen, 0, sizeof *seen);
    arvo_worker_on_error(worker, see, NULL, NULL, &failure);
    arvo_worker_on_error(worker, see, seen, free_seen, &failure);
    begin_crew(&crew, worker, 1);
    arvo_store_wait(store, published(store, event), 60000, &answer, error);
    end_crew(&crew);
    arvo_worker_tally(worker, tally, &failure);
    CHECK_OK(failure);
    ARVO_FREE(worker, handler, store, event);
    CHECK(seen->freed == 1);
    return answer;
}

static void a_violation_that_never_passes_is_a_dead_letter_at_once(void) {
    static const char *const types[] = {"Contract", "Config"};
    int index;
    for (index = 0; index < 2; index++) {
        service service = {0, -1, NULL, 0, 0, NULL};
        seen seen;
        arvo_tally tally;
        arvo_error *error = NULL;
        char name[64];
        service.with = types[index];
        service.object = &service;
        CHECK(sent_to(&service, &seen, &tally, &error) == NULL);
        CHECK(calls_of(&service) == 1 && seen.errors == 1 && seen.object == &service && seen.with_event);
        CHECK(tally.failed == 1 && tally.handled == 0);
        snprintf(name, sizeof name, "ViolationError<%s>", types[index]);
        CHECK_TEXT(arvo_str_of(seen.name, strlen(seen.name)), name);
        CHECK_TEXT(arvo_error_name(error), "DeadLetter");
        CHECK_TEXT(detail(error, "/causes/0/name"), name);
        CHECK(contains(detail(error, "/causes/0/message"), "not now"));
        CHECK_ERROR(error, ARVO_DEAD_LETTER, "arvo_store_retry");
    }
}

static void other_violations_are_tried_until_their_tries_are_used_up(void) {
    static const char *const types[] = {"Execution", "Transaction", "Busy", NULL};
    int index;
    for (index = 0; index < 4; index++) {
        service service = {0, -1, NULL, 0, 0, NULL};
        seen seen;
        arvo_tally tally;
        arvo_error *error = NULL;
        service.with = types[index];
        CHECK(sent_to(&service, &seen, &tally, &error) == NULL);
        CHECK(calls_of(&service) == 3 && seen.errors == 3);
        CHECK(tally.failed == 3 && tally.claimed == 3 && tally.repeated == 2);
        CHECK(detail(error, "/causes/2/name").len > 0 && detail(error, "/causes/3/name").ptr == NULL);
        CHECK_ERROR(error, ARVO_DEAD_LETTER, "dead letter");
    }
}

static void a_violation_that_passes_is_tried_again(void) {
    service service = {0, 2, "Busy", 0, 0, NULL};
    seen seen;
    arvo_tally tally;
    arvo_error *error = NULL;
    arvo_event *answer = sent_to(&service, &seen, &tally, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(answer), "evt.calc.add.success");
    CHECK(calls_of(&service) == 3 && tally.failed == 2 && tally.handled == 1);
    arvo_event_free(answer);
}

static void an_error_is_an_event_and_is_not_tried_again(void) {
    service service = {0, -1, "", 0, 0, NULL};
    seen seen;
    arvo_tally tally;
    arvo_value *data = NULL;
    arvo_error *error = NULL;
    arvo_event *answer = sent_to(&service, &seen, &tally, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(answer), "sys.com.calc.add.error");
    arvo_event_data(answer, &data, &error);
    CHECK_TEXT(text_at(data, "/errorName"), "Broken");
    CHECK(calls_of(&service) == 1 && seen.errors == 0 && tally.handled == 1);
    ARVO_FREE(answer, data);
}

static void a_version_without_a_function_fails_and_is_told(void) {
    arvo_store *store = opened("sqlite::memory:");
    arvo_contract *contract = adding();
    arvo_handler *handler = NULL;
    arvo_worker *worker;
    arvo_event *event = request(), *answer = NULL;
    seen seen;
    arvo_error *error = NULL;
    crew crew;
    memset(&seen, 0, sizeof seen);
    arvo_handler_new(contract, NULL, NULL, &handler, &error);
    worker = worker_of(store, &hasty, handler, NULL);
    arvo_worker_on_error(worker, see, &seen, NULL, &error);
    CHECK_OK(error);
    begin_crew(&crew, worker, 1);
    arvo_store_wait(store, published(store, event), 60000, &answer, &error);
    end_crew(&crew);
    CHECK(seen.errors == 3 && answer == NULL);
    CHECK_ERROR(error, ARVO_DEAD_LETTER, "no function for that version");
    ARVO_FREE(store, contract, handler, worker, event);
}

/* A workflow that fails for good at its first event. */
static arvo_status refuse(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    (void)input;
    (void)next;
    if (__atomic_load_n((int *)user_data, __ATOMIC_SEQ_CST)) {
        return arvo_value_set_i64(arvo_resumed_output(next), ARVO_STR("/total"), 1, error);
    }
    return arvo_error_raise_violation(error, ARVO_STR("Config"), ARVO_STR("no"), NULL);
}

static void a_dead_letter_stops_its_workflow_until_it_is_retried_or_dropped(void) {
    arvo_store *store = opened("sqlite::memory:");
    int well = 0;
    arvo_contract *contract = sums();
    arvo_resumable_builder *builder = NULL;
    arvo_resumable *resumable = NULL;
    arvo_worker *worker;
    arvo_event *event = init_event(), *other = init_event(), *answer = NULL;
    arvo_value *row = NULL, *dead = NULL;
    int64_t seq, given_up;
    arvo_error *error = NULL;
    crew crew;
    arvo_resumable_builder_new(contract, &builder, &error);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), refuse, &well, NULL, &error);
    arvo_resumable_builder_build(builder, &resumable, &error);
    CHECK_OK(error);
    worker = worker_of(store, &hasty, NULL, resumable);
    begin_crew(&crew, worker, 1);
    seq = published(store, event);
    arvo_store_wait(store, seq, 60000, &answer, &error);
    CHECK_ERROR(error, ARVO_DEAD_LETTER, "no");
    arvo_store_workflow(store, arvo_event_subject(event), &row, &error);
    CHECK_TEXT(text_at(row, "/control"), "pause");
    CHECK(counted(store, "/workflows/paused") == 1);
    arvo_store_dead(store, 10, &dead, &error);
    CHECK(number_at(dead, "/0/seq") == seq && number_at(dead, "/0/tries") == 1);
    given_up = published(store, other);
    arvo_store_wait(store, given_up, 60000, &answer, &error);
    CHECK_ERROR(error, ARVO_DEAD_LETTER, "no");
    __atomic_store_n(&well, 1, __ATOMIC_SEQ_CST);
    arvo_store_retry(store, seq, &error);
    arvo_event_free(answer_for(store, seq));
    arvo_store_drop(store, given_up, &error);
    CHECK_OK(error);
    arvo_store_wait(store, given_up, 60000, &answer, &error);
    CHECK_ERROR(error, ARVO_DEAD_LETTER, "was dropped");
    CHECK(counted(store, "/workflows/paused") == 0 && counted(store, "/workflows/done") == 1);
    end_crew(&crew);
    ARVO_FREE(store, contract, builder, resumable, worker, event, other, row, dead);
}

/* An execution that ends after its workflow was cancelled. */
typedef struct canceller {
    const arvo_store *store;
    arvo_status cancelled;
} canceller;

static arvo_status cancel_itself(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    canceller *canceller = user_data;
    arvo_value *subjects = NULL;
    arvo_str subject = arvo_event_subject(arvo_input_event(input));
    canceller->cancelled = arvo_store_cancel(canceller->store, subject, &subjects, NULL);
    arvo_value_free(subjects);
    return arvo_value_set_i64(arvo_resumed_output(next), ARVO_STR("/total"), 1, error);
}

static void what_ends_after_a_cancel_has_no_effect(void) {
    arvo_store *store = opened("sqlite::memory:");
    canceller canceller = {NULL, -1};
    arvo_contract *contract = sums();
    arvo_resumable_builder *builder = NULL;
    arvo_resumable *resumable = NULL;
    arvo_worker *worker;
    arvo_event *event = init_event(), *answer;
    arvo_value *history = NULL;
    arvo_tally tally;
    arvo_error *error = NULL;
    size_t count = 0;
    crew crew;
    canceller.store = store;
    arvo_resumable_builder_new(contract, &builder, &error);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), cancel_itself, &canceller, NULL, &error);
    arvo_resumable_builder_build(builder, &resumable, &error);
    CHECK_OK(error);
    worker = worker_of(store, NULL, NULL, resumable);
    begin_crew(&crew, worker, 1);
    answer = answer_for(store, published(store, event));
    CHECK_TEXT(arvo_event_type(answer), "sys.arvo.orc.sum.error");
    end_crew(&crew);
    arvo_worker_tally(worker, &tally, &error);
    arvo_store_history(store, arvo_event_subject(event), &history, &error);
    arvo_value_count(history, ARVO_STR(""), &count, &error);
    CHECK_OK(error);
    CHECK(canceller.cancelled == ARVO_OK && tally.lost == 1 && tally.handled == 0 && count == 2);
    ARVO_FREE(store, contract, builder, resumable, worker, event, answer, history);
}

const struct test failure_tests[] = {
    {"a violation that never passes is a dead letter at once", a_violation_that_never_passes_is_a_dead_letter_at_once},
    {"other violations are tried until their tries are used up",
     other_violations_are_tried_until_their_tries_are_used_up},
    {"a violation that passes is tried again", a_violation_that_passes_is_tried_again},
    {"an error is an event, and is not tried again", an_error_is_an_event_and_is_not_tried_again},
    {"a version without a function fails, and is told", a_version_without_a_function_fails_and_is_told},
    {"a dead letter stops its workflow until it is retried or dropped",
     a_dead_letter_stops_its_workflow_until_it_is_retried_or_dropped},
    {"what ends after a cancel has no effect", what_ends_after_a_cancel_has_no_effect},
    {NULL, NULL}};
