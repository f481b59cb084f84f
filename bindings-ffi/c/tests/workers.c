/* Workers: whole workflows on a file, redelivery, threads, timers, and the life of a worker. */
#include <string.h>

#include "durable.h"

/* Runs one workflow to its end on a file, and looks at what is left of it. */
static void runs_to_its_end(const arvo_resumable *resumable, const arvo_orchestrator *orchestrator) {
    shelf shelf = new_shelf();
    arvo_store *store = opened(shelf.url);
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_worker *worker = worker_of(store, NULL, handler, resumable);
    arvo_event *event = init_event(), *answer;
    arvo_value *row = NULL, *history = NULL;
    arvo_tally tally;
    arvo_error *error = NULL;
    size_t count = 0;
    crew crew;
    if (orchestrator) arvo_worker_add_orchestrator(worker, orchestrator, &error);
    CHECK_OK(error);
    begin_crew(&crew, worker, 1);
    answer = answer_for(store, published(store, event));
    end_crew(&crew);
    CHECK_TEXT(arvo_event_type(answer), "arvo.orc.sum.done");
    CHECK_TEXT(arvo_event_data_text(answer), "{\"total\":42}");
    CHECK_TEXT(arvo_event_to(answer), "com.test.client");
    arvo_store_workflow(store, arvo_event_subject(event), &row, &error);
    CHECK_TEXT(text_at(row, "/status"), "done");
    CHECK(number_at(row, "/revision") == 3 && text_at(row, "/record").len > 2);
    CHECK(arvo_value_kind(row, ARVO_STR("/worker")) == ARVO_NULL);
    arvo_store_history(store, arvo_event_subject(event), &history, &error);
    arvo_value_count(history, ARVO_STR(""), &count, &error);
    CHECK(count == 6 && calls_of(&service) == 2);
    CHECK_TEXT(text_at(history, "/5/consumer"), "com.test.client");
    arvo_worker_tally(worker, &tally, &error);
    CHECK_OK(error);
    CHECK(tally.claimed == 5 && tally.handled == 5 && tally.failed + tally.lost + tally.repeated == 0);
    ARVO_FREE(store, handler, worker, event, answer, row, history);
    remove_shelf(&shelf);
}

static void a_workflow_of_functions_runs_to_its_end(void) {
    arvo_resumable *resumable = asking_twice();
    runs_to_its_end(resumable, NULL);
    arvo_resumable_free(resumable);
}

static void a_machine_runs_to_its_end(void) {
    arvo_orchestrator *orchestrator = machine_asking_twice();
    runs_to_its_end(NULL, orchestrator);
    arvo_orchestrator_free(orchestrator);
}

/* Four publishers of one event, and what they got. */
typedef struct copies {
    const arvo_store *store;
    const arvo_event *event;
    int fresh, wrong;
    arvo_text *answer;
} copies;

static void *publish_copies(void *user_data) {
    copies *copies = user_data;
    int copy;
    for (copy = 0; copy < 25; copy++) {
        arvo_receipt receipt = {0, false};
        arvo_event *answer = NULL;
        arvo_text *text = NULL;
        arvo_store_publish(copies->store, copies->event, 0, &receipt, NULL);
        copies->fresh += receipt.fresh;
        arvo_store_wait(copies->store, receipt.seq, 60000, &answer, NULL);
        arvo_event_write(answer, 0, &text, NULL);
        if (copies->answer == NULL) {
            copies->answer = text;
        } else {
            copies->wrong += !same(arvo_text_view(text), arvo_text_view(copies->answer));
            arvo_text_free(text);
        }
        arvo_event_free(answer);
    }
    return NULL;
}

static void a_hundred_copies_from_four_threads_have_one_effect_and_one_answer(void) {
    shelf shelf = new_shelf();
    arvo_store *store = opened(shelf.url);
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_resumable *resumable = asking_twice();
    arvo_worker *worker = worker_of(store, NULL, handler, resumable);
    arvo_event *event = init_event();
    pthread_t threads[4];
    copies copies[4];
    crew crew;
    int index, fresh = 0;
    begin_crew(&crew, worker, 2);
    for (index = 0; index < 4; index++) {
        memset(&copies[index], 0, sizeof copies[index]);
        copies[index].store = store;
        copies[index].event = event;
        CHECK(pthread_create(&threads[index], NULL, publish_copies, &copies[index]) == 0);
    }
    for (index = 0; index < 4; index++) {
        pthread_join(threads[index], NULL);
        fresh += copies[index].fresh;
        CHECK(copies[index].wrong == 0);
        CHECK(arvo_text_view(copies[index].answer).len > 2);
        CHECK(same(arvo_text_view(copies[index].answer), arvo_text_view(copies[0].answer)));
    }
    end_crew(&crew);
    CHECK(fresh == 1 && calls_of(&service) == 2);
    for (index = 0; index < 4; index++) arvo_text_free(copies[index].answer);
    ARVO_FREE(store, handler, resumable, worker, event);
    remove_shelf(&shelf);
}

static void many_workflows_on_four_threads_each_end_once(void) {
    int size = quick ? 40 : 500, index;
    arvo_store *store = opened("sqlite::memory:");
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_resumable *resumable = asking_twice();
    arvo_worker *worker = worker_of(store, NULL, handler, resumable);
    arvo_event *events[500];
    arvo_receipt receipts[500];
    arvo_tally tally;
    arvo_error *error = NULL;
    char wanted[32];
    crew crew;
    for (index = 0; index < size; index++) events[index] = init_of(index);
    arvo_store_publish_all(store, (const arvo_event *const *)events, (size_t)size, receipts, &error);
    CHECK_OK(error);
    begin_crew(&crew, worker, CREW);
    for (index = 0; index < size; index++) {
        arvo_event *answer = answer_for(store, receipts[index].seq);
        snprintf(wanted, sizeof wanted, "{\"total\":%d}", index + 1);
        CHECK_TEXT(arvo_event_data_text(answer), wanted);
        ARVO_FREE(answer, events[index]);
    }
    end_crew(&crew);
    arvo_worker_tally(worker, &tally, &error);
    CHECK_OK(error);
    CHECK(tally.handled == 5 * (uint64_t)size && tally.lost == 0 && calls_of(&service) == 2 * size);
    CHECK(counted(store, "/workflows/done") == size);
    ARVO_FREE(store, handler, resumable, worker);
}

/* A handler that waits until all threads of the crew are in it. */
typedef struct meeting {
    int there;
} meeting;

static arvo_status meet(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    meeting *meeting = user_data;
    int waited;
    (void)input;
    (void)outputs;
    __atomic_add_fetch(&meeting->there, 1, __ATOMIC_SEQ_CST);
    for (waited = 0; waited < 30000; waited++) {
        if (__atomic_load_n(&meeting->there, __ATOMIC_SEQ_CST) >= CREW) return ARVO_OK;
        rest(1);
    }
    return arvo_error_raise_violation(error, ARVO_STR("Alone"), ARVO_STR("the others never came"), NULL);
}

static void functions_run_on_as_many_threads_as_are_inside(void) {
    arvo_store *store = opened("sqlite::memory:");
    meeting meeting = {0};
    arvo_contract *contract = adding();
    arvo_handler *handler = NULL;
    arvo_worker *worker;
    arvo_event *events[CREW];
    arvo_tally tally;
    arvo_error *error = NULL;
    crew crew;
    int index;
    arvo_handler_new(contract, meet, &meeting, &handler, &error);
    worker = worker_of(store, NULL, handler, NULL);
    begin_crew(&crew, worker, CREW);
    for (index = 0; index < CREW; index++) published(store, events[index] = request());
    for (index = 0; index < 60000 && counted(store, "/deliveries/done") < CREW; index++) rest(1);
    end_crew(&crew);
    arvo_worker_tally(worker, &tally, &error);
    CHECK_OK(error);
    CHECK(tally.handled == CREW && tally.failed == 0 && meeting.there == CREW);
    for (index = 0; index < CREW; index++) arvo_event_free(events[index]);
    ARVO_FREE(store, contract, handler, worker);
}

static void a_timer_waits_and_keeps_nobody_from_working(void) {
    arvo_store *store = opened("sqlite::memory:");
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_worker *worker = worker_of(store, NULL, handler, NULL);
    arvo_event *later = request(), *now = request(), *answer = NULL;
    arvo_receipt receipt;
    arvo_error *error = NULL;
    int64_t due = millis() + 300;
    crew crew;
    begin_crew(&crew, worker, 1);
    arvo_store_publish(store, later, due, &receipt, &error);
    CHECK_OK(error);
    arvo_event_free(answer_for(store, published(store, now)));
    if (millis() < due) {
        arvo_store_wait(store, receipt.seq, 0, &answer, &error);
        CHECK(answer == NULL || millis() >= due);
    }
    if (answer == NULL) answer = answer_for(store, receipt.seq);
    CHECK(millis() >= due && calls_of(&service) == 2);
    end_crew(&crew);
    CHECK_OK(error);
    ARVO_FREE(store, handler, worker, later, now, answer);
}

/* Answers, but not before the time that `user_data` points to. */
static arvo_status put_off(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_value *attributes = NULL;
    arvo_value_new_object(&attributes, error);
    arvo_value_set_i64(attributes, ARVO_STR("/deliverat"), *(int64_t *)user_data, error);
    arvo_outputs_add(outputs, ARVO_STR("evt.calc.add.success"), arvo_input_data(input), attributes, error);
    arvo_value_free(attributes);
    return arvo_error_status(*error);
}

static void an_output_can_be_a_timer(void) {
    arvo_store *store = opened("sqlite::memory:");
    int64_t due = millis() + 600000, seq;
    arvo_contract *contract = adding();
    arvo_handler *handler = NULL;
    arvo_worker *worker;
    arvo_event *event = request();
    arvo_value *history = NULL;
    arvo_error *error = NULL;
    crew crew;
    arvo_handler_new(contract, put_off, &due, &handler, &error);
    worker = worker_of(store, NULL, handler, NULL);
    begin_crew(&crew, worker, 1);
    seq = published(store, event);
    while (counted(store, "/deliveries/done") == 0) rest(1);
    end_crew(&crew);
    arvo_store_history(store, arvo_event_subject(event), &history, &error);
    CHECK_OK(error);
    CHECK(number_at(history, "/1/due") == due && number_at(history, "/1/cause") == seq);
    CHECK(!contains(text_at(history, "/1/event"), "deliverat")); /* it is no part of the event */
    ARVO_FREE(store, contract, handler, worker, event, history);
}

/* A workflow that nobody answers, cancelled. */
static void a_cancelled_workflow_tells_who_began_it_and_does_nothing_more(void) {
    arvo_store *store = opened("sqlite::memory:");
    arvo_resumable *resumable = asking_twice();
    arvo_worker *worker = worker_of(store, NULL, NULL, resumable);
    arvo_event *event = init_event(), *answer;
    int64_t seq = published(store, event);
    arvo_value *subjects = NULL, *data = NULL, *row = NULL;
    arvo_error *error = NULL;
    crew crew;
    begin_crew(&crew, worker, 1);
    while (counted(store, "/workflows/active") == 0) rest(1);
    arvo_store_cancel(store, arvo_event_subject(event), &subjects, &error);
    CHECK_OK(error);
    CHECK(same(text_at(subjects, "/0"), arvo_event_subject(event)));
    answer = answer_for(store, seq);
    CHECK_TEXT(arvo_event_type(answer), "sys.arvo.orc.sum.error");
    arvo_event_data(answer, &data, &error);
    CHECK_TEXT(text_at(data, "/errorName"), "WorkflowCancelled");
    arvo_store_cancel(store, arvo_event_subject(event), &subjects, &error);
    CHECK_ERROR(error, ARVO_WRONG_STATE, "cancelled");
    arvo_store_workflow(store, arvo_event_subject(event), &row, &error);
    CHECK_TEXT(text_at(row, "/control"), "cancel");
    end_crew(&crew);
    CHECK_OK(error);
    ARVO_FREE(store, resumable, worker, event, answer, subjects, data, row);
}

/* The function that asks too much of its own worker. */
typedef struct insider {
    arvo_worker *worker;
    arvo_status ran, added;
} insider;

static arvo_status nested(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    insider *insider = user_data;
    (void)input;
    insider->ran = arvo_worker_run(insider->worker, NULL);
    insider->added = arvo_worker_on_error(insider->worker, NULL, NULL, NULL, NULL);
    arvo_worker_stop(insider->worker);
    return arvo_value_set_bool(arvo_outputs_emit(outputs, ARVO_STR("evt.calc.add.success")), ARVO_STR("/ok"), true,
                               error);
}

static void a_callback_can_stop_its_worker_but_not_run_it(void) {
    arvo_store *store = opened("sqlite::memory:");
    insider insider = {NULL, 0, 0};
    arvo_contract *contract = adding();
    arvo_handler *handler = NULL;
    arvo_event *event = request(), *answer;
    int64_t seq = published(store, event);
    arvo_error *error = NULL;
    arvo_handler_new(contract, nested, &insider, &handler, &error);
    insider.worker = worker_of(store, NULL, handler, NULL);
    arvo_worker_run(insider.worker, &error); /* ends, because the callback stops it */
    CHECK_OK(error);
    CHECK(insider.ran == ARVO_BUSY && insider.added == ARVO_BAD_ARGUMENT);
    answer = answer_for(store, seq); /* what ran was let end */
    arvo_worker_add_handler(insider.worker, handler, &error);
    CHECK_ERROR(error, ARVO_BUSY, "before its first arvo_worker_run");
    arvo_worker_run(insider.worker, &error);
    CHECK_OK(error); /* it is over: at once */
    arvo_event_free(event);
    event = request();
    published(store, event);
    arvo_worker_run(insider.worker, &error);
    CHECK(counted(store, "/deliveries/waiting") == 2); /* the answer, and an event that nobody takes */
    CHECK_OK(error);
    ARVO_FREE(store, contract, handler, insider.worker, event, answer);
}

static void a_worker_is_made_of_something(void) {
    static const arvo_worker_options options = {{"till-1", 6}, 3, 5000, 2, 10, 20};
    arvo_store *store = opened("sqlite::memory:");
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_worker *worker = NULL, *other = NULL;
    arvo_worker_options wrong = {{"\xff", 1}, 0, 0, 0, 0, 0};
    arvo_tally tally = {9, 9, 9, 9, 9};
    arvo_error *error = NULL;
    arvo_worker_new(store, &wrong, &other, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "name is no UTF-8");
    arvo_worker_options short_lease = {.lease = 29};
    arvo_worker_new(store, &short_lease, &other, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "the worker's lease can't be 29 milliseconds");
    arvo_worker_new(store, &options, &worker, &error);
    arvo_worker_new(store, NULL, &other, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_worker_name(worker), "till-1");
    CHECK(contains(arvo_worker_name(other), "worker-"));
    arvo_worker_run(worker, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "serves nothing");
    arvo_worker_add_handler(worker, handler, &error);
    CHECK_OK(error);
    arvo_worker_add_handler(worker, handler, &error);
    CHECK_ERROR(error, ARVO_TOPIC_TAKEN, "com.calc.add");
    arvo_worker_drain_on_signals(worker, &error); /* from its first run on, which never comes */
    arvo_worker_tally(worker, &tally, &error);
    CHECK_OK(error);
    CHECK(tally.claimed == 0 && tally.handled == 0);
    arvo_worker_stop(worker); /* before it ran: then it never does */
    arvo_worker_run(worker, &error);
    CHECK_OK(error);
    arvo_worker_stop((arvo_worker *)handler);
    arvo_worker_free(worker);
    arvo_worker_stop(worker);
    arvo_worker_run(worker, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "freed already");
    ARVO_FREE(store, handler, other);
}

const struct test worker_tests[] = {
    {"a workflow of functions runs to its end on a file", a_workflow_of_functions_runs_to_its_end},
    {"a machine runs to its end on a file", a_machine_runs_to_its_end},
    {"a hundred copies from four threads have one effect and one answer",
     a_hundred_copies_from_four_threads_have_one_effect_and_one_answer},
    {"many workflows on four threads each end once", many_workflows_on_four_threads_each_end_once},
    {"functions run on as many threads as are inside", functions_run_on_as_many_threads_as_are_inside},
    {"a timer waits, and keeps nobody from working", a_timer_waits_and_keeps_nobody_from_working},
    {"an output can be a timer", an_output_can_be_a_timer},
    {"a cancelled workflow tells who began it, and does nothing more",
     a_cancelled_workflow_tells_who_began_it_and_does_nothing_more},
    {"a callback can stop its worker, but not run it", a_callback_can_stop_its_worker_but_not_run_it},
    {"a worker is made of something", a_worker_is_made_of_something},
    {NULL, NULL}};
