/* A workflow step by step, with a memory of your own that answers later, as a database behind a network does: each step
 * becomes a request, each reply answers the step. No thread waits meanwhile, so any number of executions may be open. */
#include <arvo.h>
#include <string.h>

#define ANY ARVO_STR("{\"type\":\"object\"}")
enum { JOBS = 2 };

/* What the database keeps for one workflow. */
typedef struct row {
    char record[4096];
    size_t length; /* 0: nothing is kept */
    bool locked;
} row;

/* One execution: it waits for the database, or for you. */
typedef struct job {
    const char *name;
    arvo_execution *execution;
    row *row;
} job;

/* The workflow itself: remembers a name, and ends with a greeting when it was asked to. */
static void work(const arvo_input *input, arvo_resumed *next, arvo_error **error) {
    arvo_str name = ARVO_NO_STR;
    arvo_value_text(arvo_input_data(input), ARVO_STR("/name"), &name, error);
    arvo_value_set_format(arvo_resumed_output(next), ARVO_STR("/text"), error, "Hello, %.*s!", ARVO_PRINT(name));
}

/* The reply to what a step has asked for has arrived: it is an answer of that step, and the next one is asked for. */
static void reply(job *job, arvo_error **error) {
    arvo_execution *execution = job->execution;
    row *row = job->row;
    arvo_str record = arvo_execution_record(execution), previous = arvo_execution_previous(execution);
    arvo_resumed *next = NULL;
    switch (arvo_execution_step(execution)) {
        case ARVO_STEP_LOCK:
            printf("%s: lock\n", job->name);
            arvo_execution_locked(execution, !row->locked, error);
            row->locked = true;
            break;
        case ARVO_STEP_READ:
            printf("%s: read\n", job->name);
            arvo_execution_found(execution, row->length ? arvo_str_of(row->record, row->length) : ARVO_NO_STR, error);
            break;
        case ARVO_STEP_CALL:
            printf("%s: call\n", job->name);
            arvo_resumed_new(&next, error);
            work(arvo_execution_input(execution), next, error);
            arvo_execution_resume(execution, next, error);
            arvo_resumed_free(next);
            break;
        case ARVO_STEP_COMMIT: /* in one transaction: the record, if it is still the one that was read, and the events */
            printf("%s: commit %lu event(s)\n", job->name,
                   (unsigned long)arvo_events_count(arvo_execution_emitted(execution)));
            if (previous.len != row->length ||
                memcmp(previous.len ? previous.ptr : "", row->record, row->length) != 0) {
                arvo_execution_conflict(execution, error);
            } else if (record.len > sizeof row->record) {
                arvo_error *full = NULL;
                arvo_error_raise(&full, ARVO_STR("DiskFull"), ARVO_STR("the record is too long"));
                arvo_execution_raise(execution, &full, error);
            } else {
                if (record.ptr) memcpy(row->record, record.ptr, row->length = record.len);
                arvo_execution_commit(execution, error);
            }
            break;
        case ARVO_STEP_UNLOCK:
            printf("%s: unlock\n", job->name);
            row->locked = false;
            arvo_execution_unlocked(execution, error);
            break;
        default: break;
    }
}

int main(void) {
    static row rows[JOBS];
    job jobs[JOBS] = {{"Ada", NULL, &rows[0]}, {"Bob", NULL, &rows[1]}};
    arvo_str data[JOBS] = {ARVO_STR("{\"parentSubject$$\":null,\"name\":\"Ada\"}"),
                           ARVO_STR("{\"parentSubject$$\":null,\"name\":\"Bob\"}")};
    arvo_contract *contract = NULL;
    arvo_resumable_builder *builder = NULL;
    arvo_memory *memory = NULL;
    arvo_resumable *resumable = NULL;
    arvo_error *error = NULL;
    int index, open = JOBS;
    arvo_contract_orchestrator(ARVO_STR("#/welcome"), ARVO_STR("welcome"), ANY, ANY, &contract, &error);
    arvo_memory_new_stepwise(&memory, &error); /* "my loop asks": the library keeps nothing */
    arvo_resumable_builder_new(contract, &builder, &error);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), NULL, NULL, NULL, &error);
    arvo_resumable_builder_memory(builder, memory, &error);
    arvo_resumable_builder_locking(builder, true, &error);
    arvo_resumable_builder_build(builder, &resumable, &error);

    for (index = 0; index < JOBS; index++) {
        arvo_event *event = NULL;
        arvo_factory_request(contract, ARVO_STR("com.shop.web"), data[index], &event, &error);
        arvo_execution_begin_resumable(resumable, event, &jobs[index].execution, &error);
        arvo_event_free(event);
    }
    while (open > 0 && error == NULL) { /* replies come in any order, here in turns */
        open = 0;
        for (index = 0; index < JOBS; index++) {
            if (arvo_execution_step(jobs[index].execution) == ARVO_STEP_DONE) continue;
            reply(&jobs[index], &error);
            open++;
        }
    }
    for (index = 0; index < JOBS; index++) {
        arvo_events *events = NULL;
        arvo_execution_finish(jobs[index].execution, &events, &error);
        printf("%.*s\n", ARVO_PRINT(arvo_event_data_text(arvo_events_at(events, 0))));
        ARVO_FREE(events, jobs[index].execution);
    }
    if (error) printf("%.*s\n", ARVO_PRINT(arvo_error_message(error)));
    ARVO_FREE(error, resumable, builder, memory, contract);
    return 0;
}

/* Prints:
 * Ada: lock
 * Bob: lock
 * Ada: read
 * Bob: read
 * Ada: call
 * Bob: call
 * Ada: commit 1 event(s)
 * Bob: commit 1 event(s)
 * Ada: unlock
 * Bob: unlock
 * {"text":"Hello, Ada!"}
 * {"text":"Hello, Bob!"}
 */
