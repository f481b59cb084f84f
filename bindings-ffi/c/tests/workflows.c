/* Workflows: resumables with a memory inside the process and of the program's own, and all the ways in which they fail. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define ANY ARVO_STR("{\"type\":\"object\"}")

/* A memory of one record, which fails or lies as it is told. */
typedef struct shelf {
    const char *fails; /* an operation, or NULL */
    const char *record;
    char kept[8192];
    size_t length;
    int locked, unlocked, written, freed;
} shelf;

static arvo_status fault(shelf *shelf, const char *operation, arvo_error **error) {
    if (shelf->fails == NULL || strcmp(shelf->fails, operation) != 0) return ARVO_OK;
    arvo_error_raise(error, ARVO_STR("DiskFull"), str(operation));
    arvo_error_attach(*error, shelf, NULL);
    return ARVO_USER_ERROR;
}

static arvo_status shelf_read(void *user_data, arvo_str id, arvo_text **record, arvo_error **error) {
    shelf *shelf = user_data;
    CHECK(id.len > 0);
    if (fault(shelf, "read", error) != ARVO_OK) return ARVO_USER_ERROR;
    if (shelf->record) return arvo_text_new(str(shelf->record), record, error);
    if (shelf->length) return arvo_text_new(arvo_str_of(shelf->kept, shelf->length), record, error);
    return ARVO_OK;
}

static arvo_status shelf_write(void *user_data, arvo_str id, arvo_str record, arvo_str previous, arvo_error **error) {
    shelf *shelf = user_data;
    (void)id;
    if (fault(shelf, "write", error) != ARVO_OK) return ARVO_USER_ERROR;
    CHECK((previous.ptr != NULL) == (shelf->length > 0));
    if (record.len > sizeof shelf->kept) return arvo_error_raise(error, ARVO_NO_STR, ARVO_STR("too long"));
    memcpy(shelf->kept, record.ptr, record.len);
    shelf->length = record.len;
    shelf->written++;
    return ARVO_OK;
}

static arvo_status shelf_lock(void *user_data, arvo_str id, bool *held, arvo_error **error) {
    shelf *shelf = user_data;
    unsigned char lie = 7;
    (void)id;
    CHECK(!*held);
    if (fault(shelf, "lock", error) != ARVO_OK) return ARVO_USER_ERROR;
    if (shelf->fails && strcmp(shelf->fails, "lie") == 0) {
        memcpy(held, &lie, 1);
        return ARVO_OK;
    }
    *held = shelf->fails == NULL || strcmp(shelf->fails, "deny") != 0;
    shelf->locked += *held;
    return ARVO_OK;
}

static arvo_status shelf_unlock(void *user_data, arvo_str id, arvo_error **error) {
    shelf *shelf = user_data;
    (void)id;
    shelf->unlocked++;
    return fault(shelf, "unlock", error);
}

static void shelf_freed(void *user_data) { ((shelf *)user_data)->freed++; }

static const arvo_memory_functions SHELF = {shelf_read, shelf_write, shelf_lock, shelf_unlock};

/* What the workflow's function does beside its work. */
typedef struct plan {
    const char *at_init, *at_answer;
} plan;

static arvo_status mood(const char *does, arvo_resumed *next, arvo_error **error) {
    if (does == NULL) return ARVO_OK;
    if (strcmp(does, "raise") == 0) return arvo_error_raise(error, ARVO_STR("Broken"), ARVO_STR("it broke"));
    if (strcmp(does, "violate") == 0) {
        return arvo_error_raise_violation(error, ARVO_STR("Busy"), ARVO_STR("later"), NULL);
    }
    return arvo_resumed_json(next, str(does), error);
}

/* Adds two numbers by a service: asks for the sum, and ends with it. */
static arvo_status add(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    plan *plan = user_data;
    const arvo_value *context = NULL;
    const arvo_events *answers = NULL;
    int64_t number = 0;
    const char *does = arvo_input_is_init(input) ? plan->at_init : plan->at_answer;
    if (does != NULL) return mood(does, next, error);
    CHECK_TEXT(arvo_contract_version_text(arvo_input_contract(input)), "1.0.0");
    CHECK_TEXT(arvo_contract_version_accepts(arvo_input_service(input, ARVO_STR("add"))), "com.calc.add");
    CHECK(arvo_input_service(input, ARVO_STR("nobody")) == NULL);
    arvo_input_context(input, &context, error);
    if (arvo_input_is_init(input)) {
        CHECK(context == NULL && arvo_input_metadata(input).ptr == NULL);
        arvo_value_i64(arvo_input_data(input), ARVO_STR("/n"), &number, error);
        arvo_value_set_i64(arvo_resumed_context(next), ARVO_STR("/n"), number, error);
        return arvo_value_set_i64(arvo_resumed_call(next, ARVO_STR("com.calc.add")), ARVO_STR("/a"), number, error);
    }
    CHECK(arvo_input_metadata(input).len > 2);
    arvo_input_collected(input, ARVO_STR("evt.calc.add.success"), &answers, error);
    CHECK(arvo_events_count(answers) == 1);
    arvo_input_collected(input, ARVO_STR("evt.none"), &answers, error);
    CHECK(arvo_events_count(answers) == 0);
    arvo_value_i64(context, ARVO_STR("/n"), &number, error);
    return arvo_value_set_i64(arvo_resumed_output(next), ARVO_STR("/total"), number + 1, error);
}

static arvo_contract *sums(void) {
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    arvo_contract_orchestrator(ARVO_STR("#/flows/sum"), ARVO_STR("sum"), ANY, ANY, &contract, &error);
    CHECK_OK(error);
    return contract;
}

static arvo_contract *adding(void) {
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    arvo_contract_simple(ARVO_STR("#/services/add"), ARVO_STR("calc.add"), ANY, ANY, &contract, &error);
    CHECK_OK(error);
    return contract;
}

static arvo_resumable *summing(plan *plan, const arvo_memory *memory, bool locking) {
    arvo_contract *contract = sums(), *service = adding();
    arvo_contract_version *version = NULL;
    arvo_resumable_builder *builder = NULL;
    arvo_resumable *resumable = NULL;
    arvo_value *domains = value_of("[null]");
    arvo_error *error = NULL;
    arvo_contract_lookup(service, ARVO_STR("latest"), &version, &error);
    arvo_resumable_builder_new(contract, &builder, &error);
    arvo_resumable_builder_service(builder, ARVO_STR("add"), version, &error);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), add, plan, NULL, &error);
    arvo_resumable_builder_locking(builder, locking, &error);
    arvo_resumable_builder_executionunits(builder, 2, &error);
    arvo_resumable_builder_domains(builder, domains, NULL, NULL, &error);
    arvo_resumable_builder_environment(builder, NULL, &error);
    if (memory) arvo_resumable_builder_memory(builder, memory, &error);
    arvo_resumable_builder_build(builder, &resumable, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_resumable_source(resumable), "arvo.orc.sum");
    CHECK(arvo_resumable_locking(resumable) == locking);
    ARVO_FREE(contract, service, version, domains);
    arvo_resumable_builder_free(builder);
    return resumable;
}

static arvo_event *beginning(const char *data) {
    arvo_contract *contract = sums();
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_factory_request(contract, ARVO_STR("com.test.client"), str(data), &event, &error);
    CHECK_OK(error);
    arvo_contract_free(contract);
    return event;
}

static arvo_event *init_event(void) { return beginning("{\"parentSubject$$\":null,\"n\":41}"); }

/* What the service answers to a call of it. */
static arvo_event *answer_to(const arvo_event *call) {
    arvo_contract *contract = adding();
    arvo_contract_version *version = NULL;
    arvo_value *attributes = value_of("{\"source\":\"com.calc.add\"}"), *data = value_of("{\"sum\":42}");
    arvo_event *answer = NULL;
    arvo_error *error = NULL;
    arvo_contract_lookup(contract, ARVO_STR("latest"), &version, &error);
    arvo_value_set_text(attributes, ARVO_STR("/subject"), arvo_event_subject(call), &error);
    arvo_value_set_text(attributes, ARVO_STR("/parentid"), arvo_event_id(call), &error);
    arvo_value_set_text(attributes, ARVO_STR("/to"), arvo_event_source(call), &error);
    arvo_factory_emits(version, NULL, ARVO_STR("evt.calc.add.success"), attributes, data, &answer, &error);
    CHECK_OK(error);
    ARVO_FREE(contract, version, attributes, data);
    return answer;
}

/* Runs the whole workflow: init, call, answer, completion. */
static void run_through(const arvo_resumable *resumable) {
    arvo_event *init = init_event(), *answer;
    arvo_events *calls = NULL, *end = NULL, *late = NULL;
    arvo_value *data = NULL;
    arvo_error *error = NULL;
    arvo_resumable_execute(resumable, init, &calls, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(calls) == 1);
    CHECK_TEXT(arvo_event_type(arvo_events_at(calls, 0)), "com.calc.add");
    answer = answer_to(arvo_events_at(calls, 0));
    arvo_resumable_execute(resumable, answer, &end, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(end) == 1);
    CHECK_TEXT(arvo_event_type(arvo_events_at(end, 0)), "arvo.orc.sum.done");
    arvo_event_data(arvo_events_at(end, 0), &data, &error);
    CHECK_TEXT(json_of(data), "{\"total\":42}");
    arvo_resumable_execute(resumable, answer, &late, &error); /* it is over */
    CHECK_OK(error);
    CHECK(arvo_events_count(late) == 0);
    ARVO_FREE(init, answer, calls, end, late, data);
}

static void a_workflow_runs_in_a_memory_inside_the_process(void) {
    plan plan = {NULL, NULL};
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_error *error = NULL;
    arvo_memory_new(&memory, &error);
    resumable = summing(&plan, memory, true);
    arvo_memory_free(memory); /* the resumable has a share of it */
    run_through(resumable);
    arvo_resumable_free(resumable);
    resumable = summing(&plan, NULL, false);
    run_through(resumable);
    arvo_resumable_free(resumable);
}

static void a_memory_is_used_directly(void) {
    arvo_memory *memory = NULL;
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    bool held = false;
    arvo_memory_new(&memory, &error);
    arvo_memory_read(memory, ARVO_STR("s"), &text, &error);
    CHECK(text == NULL);
    arvo_memory_write(memory, ARVO_STR("s"), ARVO_STR("{}"), &error);
    arvo_memory_read(memory, ARVO_STR("s"), &text, &error);
    CHECK_TEXT(arvo_text_view(text), "{}");
    arvo_memory_lock(memory, ARVO_STR("s"), &held, &error);
    CHECK(held);
    arvo_memory_lock(memory, ARVO_STR("s"), &held, &error);
    CHECK(!held);
    arvo_memory_unlock(memory, ARVO_STR("s"), &error);
    arvo_memory_lock(memory, ARVO_STR("s"), &held, &error);
    CHECK(held);
    arvo_memory_clear(memory, ARVO_NO_STR, &error);
    arvo_memory_lock(memory, ARVO_STR("s"), &held, &error);
    CHECK(held);
    CHECK_OK(error);
    arvo_memory_lock(memory, ARVO_NO_STR, &held, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "Machine ID is required for lock operation");
    arvo_text_free(text);
    arvo_memory_free(memory);
}

static void a_memory_of_the_programs_own_keeps_workflows(void) {
    plan plan = {NULL, NULL};
    shelf shelf;
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_memory_functions no_locks = {shelf_read, shelf_write, NULL, NULL}, nothing = {NULL, NULL, NULL, NULL};
    memset(&shelf, 0, sizeof shelf);
    arvo_memory_new_own(&SHELF, &shelf, shelf_freed, &memory, &error);
    resumable = summing(&plan, memory, true);
    arvo_memory_read(memory, ARVO_STR("s"), &text, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "the program's own");
    arvo_memory_free(memory);
    run_through(resumable);
    CHECK(shelf.locked == 3 && shelf.unlocked == 3 && shelf.written == 2 && shelf.freed == 0);
    arvo_resumable_free(resumable);
    CHECK(shelf.freed == 1);
    memset(&shelf, 0, sizeof shelf);
    arvo_memory_new_own(&no_locks, &shelf, NULL, &memory, &error);
    resumable = summing(&plan, memory, true); /* locks count as got */
    run_through(resumable);
    CHECK(shelf.locked == 0 && shelf.written == 2);
    ARVO_FREE(resumable, memory);
    arvo_memory_new_own(&nothing, &shelf, shelf_freed, &memory, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "needs the functions read and write");
    CHECK(shelf.freed == 1);
}

/* One execution with a memory that fails so. */
static void with_fault(const char *fails, const char *record, const char *cause, const char *part, bool has_own_error) {
    plan plan = {NULL, NULL};
    shelf shelf;
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_event *init = init_event();
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    memset(&shelf, 0, sizeof shelf);
    shelf.fails = fails;
    shelf.record = record;
    arvo_memory_new_own(&SHELF, &shelf, NULL, &memory, &error);
    resumable = summing(&plan, memory, true);
    arvo_resumable_execute(resumable, init, &events, &error);
    CHECK(events == NULL && shelf.written == 0 && shelf.unlocked == shelf.locked);
    CHECK_TEXT(detail(error, "/cause"), cause);
    CHECK(same(detail(error, "/metadata/initiatingEvent/id"), arvo_event_id(init)));
    CHECK((arvo_error_cause(error) != NULL) == has_own_error);
    if (has_own_error && record == NULL && strcmp(fails, "lie") != 0) {
        CHECK(arvo_error_object(arvo_error_cause(error)) == &shelf);
    }
    CHECK_ERROR(error, ARVO_TRANSACTION_VIOLATION, part);
    shelf.fails = NULL; /* afterwards nothing has happened */
    shelf.record = NULL;
    run_through(resumable);
    ARVO_FREE(init, resumable, memory);
}

static void a_memory_that_fails_or_lies_fails_the_execution(void) {
    with_fault("lock", NULL, "LOCK_MACHINE_MEMORY_FAILURE", "Error acquiring lock", true);
    with_fault("deny", NULL, "LOCK_UNACQUIRED", "Lock acquisition denied", false);
    with_fault("lie", NULL, "LOCK_MACHINE_MEMORY_FAILURE", "wrote 7 to *held", true);
    with_fault("read", NULL, "READ_MACHINE_MEMORY_FAILURE", "Error reading state", true);
    with_fault("write", NULL, "WRITE_MACHINE_MEMORY_FAILURE", "Error writing state", true);
    with_fault(NULL, "no record at all", "READ_MACHINE_MEMORY_FAILURE", "the record can't be read", false);
    with_fault(NULL, "{\"executionStatus\":\"normal\",\"subject\":\"somebody else's\"}", "READ_MACHINE_MEMORY_FAILURE",
               "the record is of another workflow", false);
}

static void an_unlock_that_fails_changes_nothing(void) {
    plan plan = {NULL, NULL};
    shelf shelf;
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_error *error = NULL;
    memset(&shelf, 0, sizeof shelf);
    shelf.fails = "unlock";
    arvo_memory_new_own(&SHELF, &shelf, NULL, &memory, &error);
    resumable = summing(&plan, memory, true);
    run_through(resumable);
    ARVO_FREE(resumable, memory);
}

/* A function that fails at the beginning or later; what is kept then. */
static void a_function_that_fails_does_so_in_each_position(void) {
    static const struct {
        const char *does;
        arvo_status status; /* ARVO_OK: it becomes an event */
    } moods[] = {{"raise", ARVO_OK},
                 {"violate", ARVO_CUSTOM_VIOLATION},
                 {"17", ARVO_CONTRACT_VIOLATION},
                 {"null", ARVO_OK},
                 {"{\"output\":5}", ARVO_CONTRACT_VIOLATION},
                 {"{\"services\":[{\"type\":\"com.no.body\",\"data\":{}}]}", ARVO_OK}};
    size_t index;
    for (index = 0; index < sizeof moods / sizeof *moods; index++) {
        plan plan = {moods[index].does, NULL};
        shelf shelf;
        arvo_memory *memory = NULL;
        arvo_resumable *resumable;
        arvo_event *init = init_event(), *answer = NULL;
        arvo_events *events = NULL;
        arvo_error *error = NULL;
        int written;
        memset(&shelf, 0, sizeof shelf);
        arvo_memory_new_own(&SHELF, &shelf, NULL, &memory, &error);
        resumable = summing(&plan, memory, true);
        CHECK_STATUS(arvo_resumable_execute(resumable, init, &events, &error), moods[index].status);
        CHECK(shelf.written == (error == NULL));
        if (index == 0) {
            CHECK(arvo_events_count(events) == 1);
            CHECK_TEXT(arvo_event_type(arvo_events_at(events, 0)), "sys.arvo.orc.sum.error");
        }
        ARVO_FREE(events, error);
        events = NULL;
        error = NULL;
        shelf.length = 0;
        shelf.written = 0;
        plan.at_init = NULL;
        plan.at_answer = moods[index].does;
        arvo_resumable_execute(resumable, init, &events, &error);
        CHECK_OK(error);
        answer = answer_to(arvo_events_at(events, 0));
        arvo_events_free(events);
        events = NULL;
        written = shelf.written;
        CHECK_STATUS(arvo_resumable_execute(resumable, answer, &events, &error), moods[index].status);
        CHECK(shelf.written == written + (error == NULL) && shelf.locked == shelf.unlocked);
        ARVO_FREE(init, answer, events, error, resumable, memory);
    }
}

static arvo_status whole(void *user_data, const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    arvo_value *value = value_of("{\"context\":{\"a\":1}}"), *data = value_of("{\"a\":1}");
    (void)user_data;
    (void)input;
    arvo_resumed_value(next, value, error);
    arvo_outputs_add(arvo_resumed_services(next), ARVO_STR("com.calc.add"), data, NULL, error);
    ARVO_FREE(value, data);
    return arvo_error_status(*error);
}

static void a_result_may_be_given_as_a_whole(void) {
    arvo_contract *contract = sums(), *service = adding();
    arvo_contract_version *version = NULL;
    arvo_resumable_builder *builder = NULL;
    arvo_resumable *resumable = NULL;
    arvo_event *init = init_event();
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_contract_lookup(service, ARVO_STR("latest"), &version, &error);
    arvo_resumable_builder_new(contract, &builder, &error);
    CHECK_STATUS(arvo_resumable_builder_build(builder, &resumable, NULL), ARVO_INVALID_CONTRACT);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), whole, NULL, NULL, &error);
    arvo_resumable_builder_service(builder, ARVO_STR("one"), version, &error);
    arvo_resumable_builder_build(builder, &resumable, &error);
    arvo_resumable_execute(resumable, init, &events, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(events) == 1);
    arvo_resumable_free(resumable);
    arvo_resumable_builder_service(builder, ARVO_STR("two"), version, &error);
    arvo_resumable_builder_build(builder, &resumable, &error);
    CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, "The contracts 'two' and 'one' have the same URI");
    ARVO_FREE(contract, service, version, builder, init, events);
}

/* --- the broker --- */

static arvo_status add_up(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data;
    (void)input;
    return arvo_value_set_i64(arvo_outputs_emit(outputs, ARVO_STR("evt.calc.add.success")), ARVO_STR("/sum"), 42,
                              error);
}

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
    arvo_contract *contract = adding();
    arvo_handler *handler = NULL;
    arvo_broker *broker = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, add_up, NULL, &handler, &error);
    arvo_broker_new(ARVO_QUEUE_LIMIT, &broker, &error);
    arvo_broker_add_handler(broker, handler, &error);
    arvo_broker_add_resumable(broker, resumable, &error);
    arvo_broker_on_error(broker, count_error, seen, NULL, &error);
    CHECK_OK(error);
    arvo_broker_add_handler(broker, handler, &error);
    CHECK_ERROR(error, ARVO_TOPIC_TAKEN, "Only one subscriber allowed");
    ARVO_FREE(contract, handler);
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

const struct test workflow_tests[] = {
    {"a workflow runs in a memory inside the process", a_workflow_runs_in_a_memory_inside_the_process},
    {"a memory is used directly", a_memory_is_used_directly},
    {"a memory of the program's own keeps workflows", a_memory_of_the_programs_own_keeps_workflows},
    {"a memory that fails or lies fails the execution", a_memory_that_fails_or_lies_fails_the_execution},
    {"an unlock that fails changes nothing", an_unlock_that_fails_changes_nothing},
    {"a function that fails does so in each position", a_function_that_fails_does_so_in_each_position},
    {"a result may be given as a whole", a_result_may_be_given_as_a_whole},
    {"a broker brings a workflow to its end", a_broker_brings_a_workflow_to_its_end},
    {"a conversation can be given up and gone on with", a_conversation_can_be_given_up_and_gone_on_with},
    {"functions subscribe, and answer within the errand", functions_subscribe_and_answer_within_the_errand},
    {"events with a domain leave the local flow", events_with_a_domain_leave_the_local_flow},
    {"ten thousand workflows keep their order", ten_thousand_workflows_keep_their_order},
    {NULL, NULL}};
