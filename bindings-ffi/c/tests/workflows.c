/* Workflows: resumables with a memory inside the process and of the program's own, and all the ways in which they fail. */
#include <stdlib.h>
#include <string.h>

#include "flows.h"

/* A memory of one record, which fails or lies as it is told. */
typedef struct shelf {
    const char *fails; /* an operation, or NULL */
    const char *record;
    arvo_value *other;
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
    if (shelf->fails && strcmp(shelf->fails, "handle") == 0) { /* no text: the library leaves it alone */
        *record = (arvo_text *)shelf->other;
        return ARVO_OK;
    }
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
    shelf->written++;
    if (shelf->fails && strcmp(shelf->fails, "forget") == 0) return ARVO_OK;
    memcpy(shelf->kept, record.ptr, record.len);
    shelf->length = record.len;
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
    shelf.other = value_of("{}");
    arvo_memory_new_own(&SHELF, &shelf, NULL, &memory, &error);
    resumable = summing(&plan, memory, true);
    arvo_resumable_execute(resumable, init, &events, &error);
    CHECK(events == NULL && shelf.written == 0 && shelf.unlocked == shelf.locked);
    CHECK_TEXT(detail(error, "/cause"), cause);
    CHECK(same(detail(error, "/metadata/initiatingEvent/id"), arvo_event_id(init)));
    CHECK((arvo_error_cause(error) != NULL) == has_own_error);
    if (has_own_error && strcmp(fails, "lie") != 0 && strcmp(fails, "handle") != 0) {
        CHECK(arvo_error_object(arvo_error_cause(error)) == &shelf);
    }
    CHECK_ERROR(error, ARVO_TRANSACTION_VIOLATION, part);
    shelf.fails = NULL; /* afterwards nothing has happened */
    shelf.record = NULL;
    run_through(resumable);
    ARVO_FREE(init, resumable, memory, shelf.other);
}

static void a_memory_that_fails_or_lies_fails_the_execution(void) {
    with_fault("lock", NULL, "LOCK_MACHINE_MEMORY_FAILURE", "Error acquiring lock", true);
    with_fault("deny", NULL, "LOCK_UNACQUIRED", "Lock acquisition denied", false);
    with_fault("lie", NULL, "LOCK_MACHINE_MEMORY_FAILURE", "wrote 7 to *held", true);
    with_fault("read", NULL, "READ_MACHINE_MEMORY_FAILURE", "Error reading state", true);
    with_fault("handle", NULL, "READ_MACHINE_MEMORY_FAILURE", "*record is a handle of another kind", true);
    with_fault("write", NULL, "WRITE_MACHINE_MEMORY_FAILURE", "Error writing state", true);
    with_fault(NULL, "no record at all", "READ_MACHINE_MEMORY_FAILURE", "the record can't be read", false);
    with_fault(NULL, "{\"executionStatus\":\"normal\",\"subject\":\"somebody else's\"}", "READ_MACHINE_MEMORY_FAILURE",
               "the record is of another workflow", false);
}

/* It could not be read again. */
static void a_record_over_the_limit_is_not_written(void) {
    plan plan = {NULL, NULL};
    shelf shelf;
    arvo_limits limits = arvo_limits_default();
    arvo_environment *tight = NULL;
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_event *init = init_event();
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    memset(&shelf, 0, sizeof shelf);
    limits.record = 100;
    arvo_environment_new(NULL, NULL, NULL, NULL, &limits, &tight, &error);
    arvo_memory_new_own(&SHELF, &shelf, NULL, &memory, &error);
    CHECK_OK(error);
    resumable = summing_within(tight, &plan, memory, true);
    arvo_resumable_execute(resumable, init, &events, &error);
    CHECK(events == NULL && shelf.written == 0 && shelf.unlocked == shelf.locked);
    CHECK_TEXT(detail(error, "/cause"), "WRITE_MACHINE_MEMORY_FAILURE");
    CHECK_ERROR(error, ARVO_TRANSACTION_VIOLATION, "over the limit of 100; send less, or raise `Limits::record`");
    ARVO_FREE(tight, memory, resumable, init);
}

/* Says that it has written, and keeps nothing: the answer finds no workflow that has asked. */
static void a_memory_that_forgets_has_no_workflow_to_go_on_with(void) {
    plan plan = {NULL, NULL};
    shelf shelf;
    arvo_memory *memory = NULL;
    arvo_resumable *resumable;
    arvo_event *init = init_event(), *answer;
    arvo_events *calls = NULL, *end = NULL;
    arvo_error *error = NULL;
    memset(&shelf, 0, sizeof shelf);
    shelf.fails = "forget";
    arvo_memory_new_own(&SHELF, &shelf, NULL, &memory, &error);
    resumable = summing(&plan, memory, true);
    arvo_resumable_execute(resumable, init, &calls, &error);
    CHECK_OK(error);
    answer = answer_to(arvo_events_at(calls, 0));
    arvo_resumable_execute(resumable, answer, &end, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(end) == 0 && shelf.written == 1 && shelf.locked == 2 && shelf.unlocked == 2);
    ARVO_FREE(init, answer, calls, end, resumable, memory);
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

const struct test workflow_tests[] = {
    {"a workflow runs in a memory inside the process", a_workflow_runs_in_a_memory_inside_the_process},
    {"a memory is used directly", a_memory_is_used_directly},
    {"a memory of the program's own keeps workflows", a_memory_of_the_programs_own_keeps_workflows},
    {"a memory that fails or lies fails the execution", a_memory_that_fails_or_lies_fails_the_execution},
    {"a record over the limit is not written", a_record_over_the_limit_is_not_written},
    {"a memory that forgets has no workflow to go on with", a_memory_that_forgets_has_no_workflow_to_go_on_with},
    {"an unlock that fails changes nothing", an_unlock_that_fails_changes_nothing},
    {"a function that fails does so in each position", a_function_that_fails_does_so_in_each_position},
    {"a result may be given as a whole", a_result_may_be_given_as_a_whole},
    {NULL, NULL}};
