/* Stores as clients see them: publishing, looking, domains, copies, and what is refused. */
#include <string.h>
#include <unistd.h>

#include "durable.h"

static void refused(const char *url, const char *name, const char *part) {
    arvo_store *store = NULL;
    arvo_error *error = NULL;
    CHECK_STATUS(arvo_store_open(NULL, str(url), &store, &error), ARVO_STORE_FAILED);
    CHECK_TEXT(arvo_error_name(error), name);
    CHECK_ERROR(error, ARVO_STORE_FAILED, part);
    CHECK(store == NULL);
}

static void a_url_that_is_none_is_refused_with_a_word_on_what_to_write(void) {
    shelf shelf = new_shelf();
    arvo_store *store = NULL;
    arvo_error *error = NULL;
    FILE *file = fopen(beside(&shelf, "store.db"), "w");
    char text[160];
    fputs("this file is no database, though it is long enough to be taken for one, perhaps, by somebody", file);
    fclose(file);
    refused("", "StoreUrl", "write sqlite:PATH");
    refused("sqlite:", "StoreUrl", "it names no file");
    refused("postgres://here/shop", "StoreUrl", "PostgreSQL");
    refused("sqlite:x.db?synchronous=maybe", "StoreUrl", "synchronous=full");
    refused("sqlite:/no/such/folder/x.db", "StoreOpen", "is the folder there");
    refused(shelf.url, "StoreCorrupt", "not a database");
    snprintf(text, sizeof text, "sqlite:%s", shelf.folder);
    refused(text, "StoreOpen", "can't be opened");
    arvo_store_open(NULL, ARVO_STR("sqlite:\xff"), &store, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "url is no UTF-8");
    remove_shelf(&shelf);
}

static void an_event_is_stored_once(void) {
    shelf shelf = new_shelf();
    arvo_store *store = opened(shelf.url), *again;
    arvo_event *event = request(), *other = request();
    const arvo_event *both[2];
    arvo_receipt receipts[2] = {{0, false}, {0, false}}, receipt = {0, false};
    arvo_error *error = NULL;
    both[0] = event;
    both[1] = other;
    arvo_store_publish(store, event, 0, &receipt, &error);
    CHECK(receipt.seq > 0 && receipt.fresh);
    again = opened(shelf.url); /* another process would see as much */
    arvo_store_publish_all(again, both, 2, receipts, &error);
    CHECK_OK(error);
    CHECK(receipts[0].seq == receipt.seq && !receipts[0].fresh && receipts[1].fresh);
    arvo_store_publish_all(store, both, 2, NULL, &error);
    arvo_store_publish_all(store, NULL, 0, NULL, &error);
    arvo_store_publish(store, other, 0, NULL, &error);
    CHECK_OK(error);
    CHECK(counted(store, "/deliveries/waiting") == 2);
    arvo_store_publish_all(store, NULL, 2, NULL, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "count is 2");
    both[1] = NULL;
    arvo_store_publish_all(store, both, 2, NULL, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "is NULL");
    ARVO_FREE(event, other, store, again);
    remove_shelf(&shelf);
}

static void an_event_that_goes_to_nobody_is_refused(void) {
    arvo_store *store = opened("sqlite::memory:");
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_event_parse_lenient(
        NULL,
        ARVO_STR("{\"id\":\"1\",\"source\":\"/sensors\",\"specversion\":\"1.0\","
                 "\"type\":\"io.cloud.seen\",\"subject\":\"s1\",\"time\":\"2026-01-31T12:00:00Z\",\"data\":{}}"),
        &event, &error);
    CHECK_OK(error);
    arvo_store_publish(store, event, 0, NULL, &error);
    CHECK_ERROR(error, ARVO_NOT_DELIVERED, "\"to\"");
    ARVO_FREE(store, event);
}

static void who_waits_is_told_of_nothing_in_time(void) {
    arvo_store *store = opened("sqlite::memory:");
    arvo_event *event = request(), *answer = NULL;
    int64_t seq = published(store, event), began;
    arvo_error *error = NULL;
    arvo_store_wait(store, seq, 0, &answer, &error);
    CHECK_OK(error);
    began = millis();
    arvo_store_wait(store, seq, 50, &answer, &error);
    CHECK_OK(error);
    CHECK(answer == NULL && millis() - began >= 50);
    arvo_store_wait(store, seq + 1, 50, &answer, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "no delivery");
    ARVO_FREE(store, event);
}

static void a_client_sees_workflows_events_and_counts(void) {
    arvo_store *store = opened("sqlite::memory:");
    arvo_event *begin = init_event(), *event = request();
    arvo_value *which = value_of("{\"status\":\"new\",\"control\":\"run\",\"consumer\":\"arvo.orc.sum\",\"limit\":5,"
                                 "\"skip\":0}");
    arvo_value *found = NULL, *row = NULL, *tree = NULL, *history = NULL, *dead = NULL, *table = NULL;
    arvo_error *error = NULL;
    int64_t seq = published(store, begin);
    size_t count = 9;
    published(store, event);
    arvo_store_workflows(store, which, &found, &error);
    arvo_value_count(found, ARVO_STR(""), &count, &error);
    CHECK(count == 1 && same(text_at(found, "/0/subject"), arvo_event_subject(begin)));
    CHECK_TEXT(text_at(found, "/0/version"), "1.0.0");
    arvo_value_free(found);
    arvo_store_workflows(store, NULL, &found, &error);
    arvo_value_count(found, ARVO_STR(""), &count, &error);
    CHECK(count == 1); /* the other subject is no workflow */
    arvo_store_workflow(store, arvo_event_subject(begin), &row, &error);
    CHECK_TEXT(text_at(row, "/status"), "new");
    arvo_store_tree(store, arvo_event_subject(begin), &tree, &error);
    CHECK(same(text_at(tree, "/0/subject"), arvo_event_subject(begin)));
    arvo_store_history(store, arvo_event_subject(begin), &history, &error);
    CHECK(number_at(history, "/0/seq") == seq);
    CHECK_TEXT(text_at(history, "/0/state"), "waiting");
    CHECK(contains(text_at(history, "/0/event"), "\"type\":\"arvo.orc.sum\""));
    arvo_store_dead(store, 10, &dead, &error);
    arvo_value_count(dead, ARVO_STR(""), &count, &error);
    CHECK(count == 0);
    CHECK(counted(store, "/deliveries/waiting") == 2 && counted(store, "/workflows/new") == 1);
    arvo_store_query(store, ARVO_STR("SELECT count(*) AS events, NULL FROM delivery"), &table, &error);
    CHECK_OK(error);
    CHECK_TEXT(json_of(table), "{\"columns\":[\"events\",\"NULL\"],\"rows\":[[2,null]]}");
    ARVO_FREE(store, begin, event, which, found, row, tree, history, dead, table);
}

static void a_question_that_makes_no_sense_is_refused(void) {
    static const char *const wrong[][2] = {{"{\"status\":\"old\"}", "new, active, done or failed"},
                                           {"{\"status\":1}", "\"status\" of which is no text"},
                                           {"{\"limit\":-1}", "whole number"},
                                           {"{\"colour\":\"red\"}", "no member \"colour\""},
                                           {"[]", "which is an array"}};
    arvo_store *store = opened("sqlite::memory:");
    arvo_event *event = request();
    arvo_value *found = NULL;
    arvo_error *error = NULL;
    int64_t seq = published(store, event);
    size_t index;
    for (index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        arvo_value *which = value_of(wrong[index][0]);
        arvo_store_workflows(store, which, &found, &error);
        CHECK_ERROR(error, ARVO_BAD_ARGUMENT, wrong[index][1]);
        arvo_value_free(which);
    }
    arvo_store_workflow(store, ARVO_STR("nobody"), &found, &error);
    CHECK_OK(error);
    CHECK(found == NULL);
    arvo_store_query(store, ARVO_STR("DELETE FROM delivery"), &found, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "only statements that read");
    arvo_store_query(store, ARVO_STR("SELECT nonsense"), &found, &error);
    CHECK_ERROR(error, ARVO_STORE_FAILED, "nonsense");
    arvo_store_cancel(store, ARVO_STR("nobody"), &found, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "no subject");
    arvo_store_retry(store, seq, &error);
    CHECK_ERROR(error, ARVO_WRONG_STATE, "waiting");
    arvo_store_drop(store, seq + 1, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "no delivery");
    arvo_store_admit(store, seq, &error);
    CHECK_ERROR(error, ARVO_WRONG_STATE, "admitted");
    CHECK(counted(store, "/deliveries/waiting") == 1);
    ARVO_FREE(store, event);
}

/* An event for the service that has a domain. */
static arvo_event *domained(const char *domain) {
    arvo_contract *contract = adding();
    arvo_contract_version *version = NULL;
    arvo_value *attributes = value_of("{\"source\":\"com.test.client\",\"subject\":\"s/1\",\"data\":{\"a\":1}}");
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_contract_lookup(contract, ARVO_STR("latest"), &version, &error);
    arvo_value_set_text(attributes, ARVO_STR("/domain"), str(domain), &error);
    arvo_factory_accepts(version, NULL, attributes, NULL, &event, &error);
    CHECK_OK(error);
    ARVO_FREE(contract, version, attributes);
    return event;
}

static void an_event_with_a_domain_waits_until_somebody_answers_it(void) {
    arvo_store *store = opened("sqlite::memory:");
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_worker *worker = worker_of(store, NULL, handler, NULL);
    arvo_event *first = domained("human.review"), *second = domained("human.review"), *third = domained("human.review");
    int64_t seq = published(store, first), admitted = published(store, second), listed;
    arvo_value *waiting = NULL, *domains = NULL;
    arvo_event *asked = NULL, *reply, *answer;
    const arvo_event *replies[1];
    arvo_error *error = NULL;
    size_t count = 0;
    crew crew;
    begin_crew(&crew, worker, 1);
    arvo_store_take(store, ARVO_STR("human.review"), 1, &waiting, &error);
    arvo_value_count(waiting, ARVO_STR(""), &count, &error);
    CHECK(count == 1 && number_at(waiting, "/0/seq") == seq);
    arvo_event_parse(NULL, text_at(waiting, "/0/event"), &asked, &error);
    reply = answer_to(asked);
    replies[0] = reply;
    arvo_store_answer(store, seq, replies, 1, &error);
    answer = answer_for(store, seq);
    CHECK(same(arvo_event_id(answer), arvo_event_id(reply)));
    CHECK(calls_of(&service) == 0 && counted(store, "/domains/human.review") == 1);
    arvo_store_answer(store, seq, NULL, 0, &error);
    CHECK_ERROR(error, ARVO_WRONG_STATE, "answered");
    arvo_store_admit(store, admitted, &error);
    ARVO_FREE(answer_for(store, admitted), answer, reply, asked);
    CHECK(calls_of(&service) == 1);
    listed = published(store, third);
    arvo_store_domain_add(store, ARVO_STR("human.review"), &count, &error);
    CHECK(count == 1);
    arvo_event_free(answer_for(store, listed));
    arvo_store_domains(store, &domains, &error);
    CHECK_TEXT(json_of(domains), "[\"human.review\"]");
    arvo_store_domain_remove(store, ARVO_STR("human.review"), &error);
    arvo_event_free(third);
    third = domained("human.review");
    published(store, third);
    CHECK(calls_of(&service) == 2 && counted(store, "/domains/human.review") == 1);
    end_crew(&crew);
    CHECK_OK(error);
    ARVO_FREE(store, handler, worker, first, second, third, waiting, domains);
}

static void a_copy_is_a_store_of_its_own(void) {
    shelf shelf = new_shelf();
    arvo_store *store = opened(shelf.url), *copy;
    arvo_event *event = request();
    char url[160];
    arvo_error *error = NULL;
    published(store, event);
    arvo_store_backup(store, str(beside(&shelf, "copy.db")), &error);
    CHECK_OK(error);
    arvo_store_backup(store, str(beside(&shelf, "copy.db")), &error);
    CHECK_ERROR(error, ARVO_STORE_FAILED, "exists");
    snprintf(url, sizeof url, "sqlite:%s", beside(&shelf, "copy.db"));
    copy = opened(url);
    CHECK(counted(copy, "/deliveries/waiting") == 1);
    ARVO_FREE(store, copy, event);
    remove_shelf(&shelf);
}

static void what_is_over_can_be_purged(void) {
    arvo_store *store = opened("sqlite::memory:");
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_resumable *resumable = asking_twice();
    arvo_worker *worker = worker_of(store, NULL, handler, resumable);
    arvo_event *event = init_event();
    arvo_value *row = NULL;
    arvo_error *error = NULL;
    size_t count = 9;
    crew crew;
    begin_crew(&crew, worker, 1);
    arvo_event_free(answer_for(store, published(store, event)));
    end_crew(&crew);
    arvo_store_purge(store, 1, 100, &count, &error);
    CHECK(count == 0); /* it ended after that */
    arvo_store_purge(store, millis() + 60000, 100, &count, &error);
    CHECK_OK(error);
    arvo_store_workflow(store, arvo_event_subject(event), &row, &error);
    CHECK(count == 1 && row == NULL);
    ARVO_FREE(store, handler, resumable, worker, event);
}

static void a_store_that_was_freed_is_refused(void) {
    arvo_store *store = opened("sqlite::memory:");
    arvo_event *event = request();
    arvo_error *error = NULL;
    arvo_store_publish((arvo_store *)event, event, 0, NULL, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "another kind");
    arvo_store_free(store);
    arvo_store_publish(store, event, 0, NULL, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "freed already");
    arvo_event_free(event);
}

const struct test store_tests[] = {
    {"a URL that is none is refused, with a word on what to write",
     a_url_that_is_none_is_refused_with_a_word_on_what_to_write},
    {"an event is stored once", an_event_is_stored_once},
    {"an event that goes to nobody is refused", an_event_that_goes_to_nobody_is_refused},
    {"who waits is told of nothing in time", who_waits_is_told_of_nothing_in_time},
    {"a client sees workflows, events and counts", a_client_sees_workflows_events_and_counts},
    {"a question that makes no sense is refused", a_question_that_makes_no_sense_is_refused},
    {"an event with a domain waits until somebody answers it", an_event_with_a_domain_waits_until_somebody_answers_it},
    {"a copy is a store of its own", a_copy_is_a_store_of_its_own},
    {"what is over can be purged", what_is_over_can_be_purged},
    {"a store that was freed is refused", a_store_that_was_freed_is_refused},
    {NULL, NULL}};
