/* Several threads in one broker, one handler, one resumable and one memory. Also run under ThreadSanitizer. */
#include <pthread.h>
#include <string.h>

#include "flows.h"

enum { THREADS = 4 };

/* What the threads share, and what one of them does. */
typedef struct work {
    const arvo_broker *broker;
    const arvo_resumable *resumable;
    const arvo_event *event;
    int first, size;    /* numbers of the workflows that are this thread's */
    int good, bad, odd; /* outcomes: as wanted, refused as may be, neither */
} work;

/* Runs `function` on four threads, each with its part of `size` workflows; the outcomes of all. */
static work together(void *(*function)(void *), work all, int size) {
    pthread_t threads[THREADS];
    work parts[THREADS];
    int index;
    for (index = 0; index < THREADS; index++) {
        parts[index] = all;
        parts[index].first = index * (size / THREADS);
        parts[index].size = size / THREADS;
        CHECK(pthread_create(&threads[index], NULL, function, &parts[index]) == 0);
    }
    for (index = 0; index < THREADS; index++) {
        pthread_join(threads[index], NULL);
        all.good += parts[index].good;
        all.bad += parts[index].bad;
        all.odd += parts[index].odd;
    }
    return all;
}

/* Whether an event is the end of the workflow that began with `number`. */
static bool is_end_of(const arvo_event *event, int number) {
    arvo_value *data = NULL;
    int64_t total = 0;
    bool same_total = arvo_event_data(event, &data, NULL) == ARVO_OK &&
                      arvo_value_i64(data, ARVO_STR("/total"), &total, NULL) == ARVO_OK && total == number + 1;
    arvo_value_free(data);
    return same_total && same(arvo_event_type(event), ARVO_STR("arvo.orc.sum.done"));
}

static void *resolving(void *user_data) {
    work *work = user_data;
    int number;
    for (number = work->first; number < work->first + work->size; number++) {
        arvo_event *init = init_of(number), *answer = NULL;
        arvo_status status = arvo_broker_resolve(work->broker, init, NULL, NULL, &answer, NULL);
        *(status == ARVO_OK && is_end_of(answer, number) ? &work->good : &work->odd) += 1;
        ARVO_FREE(init, answer);
    }
    return NULL;
}

static void a_thousand_conversations_of_one_source_each_get_their_answer(void) {
    int size = quick ? 40 : 1000;
    plan plan = {NULL, NULL};
    arvo_resumable *resumable = summing(&plan, NULL, true);
    arvo_broker *broker = broker_of(resumable);
    work work = {NULL, NULL, NULL, 0, 0, 0, 0, 0};
    arvo_events *history = NULL;
    arvo_error *error = NULL;
    work.broker = broker;
    work = together(resolving, work, size);
    CHECK(work.good == size && work.odd == 0);
    arvo_broker_history(broker, &history, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(history) == 4 * (size_t)size && arvo_broker_queued(broker) == 0);
    ARVO_FREE(history, broker, resumable);
}

/* The client of published workflows: counts what comes back. */
typedef struct client {
    pthread_mutex_t lock;
    int ends, errors;
} client;

static arvo_status hear(void *user_data, const arvo_event *event, const arvo_errand *errand, arvo_error **error) {
    client *client = user_data;
    (void)errand;
    (void)error;
    pthread_mutex_lock(&client->lock);
    client->ends += same(arvo_event_type(event), ARVO_STR("arvo.orc.sum.done"));
    pthread_mutex_unlock(&client->lock);
    return ARVO_OK;
}

static void hear_error(void *user_data, const arvo_error *failure, const arvo_event *event) {
    client *client = user_data;
    (void)failure;
    (void)event;
    pthread_mutex_lock(&client->lock);
    client->errors++;
    pthread_mutex_unlock(&client->lock);
}

static void *publishing(void *user_data) {
    work *work = user_data;
    int number;
    for (number = work->first; number < work->first + work->size; number++) {
        arvo_event *init = init_of(number);
        *(arvo_broker_publish(work->broker, init, NULL) == ARVO_OK ? &work->good : &work->odd) += 1;
        arvo_event_free(init);
    }
    if (arvo_broker_run(work->broker, NULL, NULL, NULL) != ARVO_OK) work->odd++;
    return NULL;
}

/* Whether the events of each workflow stand in their order, whatever stands between them. */
static bool in_order(const arvo_events *history) {
    static const char *const order[] = {"arvo.orc.sum", "com.calc.add", "evt.calc.add.success", "arvo.orc.sum.done"};
    size_t count = arvo_events_count(history), at, begin;
    for (begin = 0; begin < count; begin++) {
        const arvo_event *first = arvo_events_at(history, begin);
        size_t step = 0;
        if (!same(arvo_event_type(first), str(order[0]))) continue;
        for (at = begin; at < count; at++) {
            const arvo_event *event = arvo_events_at(history, at);
            if (!same(arvo_event_subject(event), arvo_event_subject(first))) continue;
            if (step == 4 || !same(arvo_event_type(event), str(order[step++]))) return false;
        }
        if (step != 4) return false;
    }
    return true;
}

static void four_threads_publish_and_deliver_in_one_broker(void) {
    int size = quick ? 40 : 2000;
    plan plan = {NULL, NULL};
    client client = {PTHREAD_MUTEX_INITIALIZER, 0, 0};
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_broker *broker;
    work work = {NULL, NULL, NULL, 0, 0, 0, 0, 0};
    arvo_events *history = NULL;
    arvo_error *error = NULL;
    uint64_t number = 0;
    arvo_memory_new(&memory, &error);
    resumable = summing(&plan, memory, true);
    broker = broker_of(resumable);
    arvo_broker_subscribe(broker, ARVO_STR("com.test.client"), true, hear, &client, NULL, &number, &error);
    arvo_broker_on_error(broker, hear_error, &client, NULL, &error);
    work.broker = broker;
    work = together(publishing, work, size);
    CHECK(work.good == size && work.odd == 0);
    CHECK(client.ends == size && client.errors == 0);
    arvo_broker_history(broker, &history, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(history) == 4 * (size_t)size && in_order(history));
    ARVO_FREE(history, broker, resumable, memory);
}

static void *executing(void *user_data) {
    work *work = user_data;
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    switch (arvo_resumable_execute(work->resumable, work->event, &events, &error)) {
        case ARVO_OK: *(arvo_events_count(events) == 1 ? &work->good : &work->bad) += 1; break; /* or it was over */
        case ARVO_TRANSACTION_VIOLATION: work->bad++; break;
        default: work->odd++;
    }
    ARVO_FREE(events, error);
    return NULL;
}

static void of_four_threads_in_one_workflow_one_update_counts(void) {
    plan plan = {NULL, NULL};
    int round, locking;
    for (round = 0; round < (quick ? 4 : 200); round++) {
        for (locking = 0; locking < 2; locking++) {
            arvo_resumable *resumable = summing(&plan, NULL, locking != 0);
            arvo_event *init = init_event(), *answer;
            arvo_events *calls = NULL;
            work work = {NULL, NULL, NULL, 0, 0, 0, 0, 0};
            arvo_resumable_execute(resumable, init, &calls, NULL);
            answer = answer_to(arvo_events_at(calls, 0));
            work.resumable = resumable;
            work.event = answer;
            work = together(executing, work, THREADS);
            CHECK(work.good == 1 && work.bad == THREADS - 1 && work.odd == 0);
            ARVO_FREE(init, calls, answer, resumable);
        }
    }
}

/* A memory of the program's own that guards itself, by one lock for all workflows, and keeps one record for each thread. */
typedef struct shelves {
    pthread_mutex_t lock;
    struct shelf {
        char id[512], record[4096];
        size_t id_length, length;
    } shelf[64];
} shelves;

/* The shelf of `id`, or a free one. Called with the lock held. */
static struct shelf *shelf_of(shelves *shelves, arvo_str id) {
    size_t index;
    for (index = 0; index < 64; index++) {
        struct shelf *shelf = &shelves->shelf[index];
        if (shelf->id_length == 0 || same(arvo_str_of(shelf->id, shelf->id_length), id)) return shelf;
    }
    return NULL;
}

static arvo_status guarded_read(void *user_data, arvo_str id, arvo_text **record, arvo_error **error) {
    shelves *shelves = user_data;
    struct shelf *shelf;
    arvo_status status = ARVO_OK;
    pthread_mutex_lock(&shelves->lock);
    shelf = shelf_of(shelves, id);
    if (shelf && shelf->length) status = arvo_text_new(arvo_str_of(shelf->record, shelf->length), record, error);
    pthread_mutex_unlock(&shelves->lock);
    return status;
}

static arvo_status guarded_write(void *user_data, arvo_str id, arvo_str record, arvo_str previous, arvo_error **error) {
    shelves *shelves = user_data;
    struct shelf *shelf;
    arvo_status status = ARVO_OK;
    pthread_mutex_lock(&shelves->lock);
    shelf = shelf_of(shelves, id);
    if (shelf == NULL || id.len > sizeof shelf->id || record.len > sizeof shelf->record ||
        !same(previous, arvo_str_of(shelf->record, shelf->length))) {
        status = arvo_error_raise(error, ARVO_STR("Conflict"), ARVO_STR("somebody else wrote first"));
    } else {
        memcpy(shelf->id, id.ptr, shelf->id_length = id.len);
        memcpy(shelf->record, record.ptr, shelf->length = record.len);
    }
    pthread_mutex_unlock(&shelves->lock);
    return status;
}

static void four_threads_share_a_memory_of_the_programs_own(void) {
    arvo_memory_functions functions = {guarded_read, guarded_write, NULL, NULL};
    static shelves shelves = {PTHREAD_MUTEX_INITIALIZER, {{"", "", 0, 0}}};
    plan plan = {NULL, NULL};
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_broker *broker;
    work work = {NULL, NULL, NULL, 0, 0, 0, 0, 0};
    arvo_error *error = NULL;
    arvo_memory_new_own(&functions, &shelves, NULL, &memory, &error);
    CHECK_OK(error);
    resumable = summing(&plan, memory, true);
    broker = broker_of(resumable);
    work.broker = broker;
    work = together(resolving, work, 64);
    CHECK(work.good == 64 && work.odd == 0);
    ARVO_FREE(broker, resumable, memory);
}

/* Subscribes, unsubscribes and looks into the broker while others resolve in it. */
static void *meddling(void *user_data) {
    work *work = user_data;
    client client = {PTHREAD_MUTEX_INITIALIZER, 0, 0};
    int round;
    if (work->first > 0) return resolving(user_data);
    for (round = 0; round < work->size; round++) {
        uint64_t number = 0;
        arvo_events *history = NULL;
        arvo_error *error = NULL;
        arvo_broker_subscribe((arvo_broker *)work->broker, ARVO_STR("com.some.topic"), false, hear, &client, NULL,
                              &number, &error);
        arvo_broker_unsubscribe((arvo_broker *)work->broker, number, &error);
        arvo_broker_history(work->broker, &history, &error);
        *(error == NULL && arvo_broker_subscribers(work->broker, ARVO_STR("com.calc.add")) == 1 ? &work->good
                                                                                                : &work->odd) += 1;
        ARVO_FREE(history, error);
    }
    return NULL;
}

static void a_broker_is_changed_while_others_use_it(void) {
    int size = quick ? 40 : 800;
    plan plan = {NULL, NULL};
    arvo_resumable *resumable = summing(&plan, NULL, true);
    arvo_broker *broker = broker_of(resumable);
    work work = {NULL, NULL, NULL, 0, 0, 0, 0, 0};
    work.broker = broker;
    work = together(meddling, work, size);
    CHECK(work.good == size && work.odd == 0);
    ARVO_FREE(broker, resumable);
}

const struct test thread_tests[] = {
    {"a thousand conversations of one source each get their answer",
     a_thousand_conversations_of_one_source_each_get_their_answer},
    {"four threads publish and deliver in one broker", four_threads_publish_and_deliver_in_one_broker},
    {"of four threads in one workflow, one update counts", of_four_threads_in_one_workflow_one_update_counts},
    {"four threads share a memory of the program's own", four_threads_share_a_memory_of_the_programs_own},
    {"a broker is changed while others use it", a_broker_is_changed_while_others_use_it},
    {NULL, NULL}};
