/* Executions in a loop of the program's own: steps, answers, and answers that come wrong or late. */
#include <pthread.h>
#include <string.h>

#include "check.h"

static arvo_handler *stepwise(void) {
    arvo_contract *contract = greeting();
    arvo_handler *handler = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, NULL, NULL, &handler, &error);
    CHECK_OK(error);
    arvo_contract_free(contract);
    return handler;
}

static arvo_execution *begun(void) {
    arvo_handler *handler = stepwise();
    arvo_event *event = greeting_event("{\"name\":\"Ada\"}");
    arvo_execution *execution = NULL;
    arvo_error *error = NULL;
    arvo_execution_begin(handler, event, &execution, &error);
    CHECK_OK(error);
    arvo_handler_free(handler); /* the execution keeps what it needs */
    arvo_event_free(event);
    return execution;
}

static arvo_outputs *one_output(void) {
    arvo_outputs *outputs = NULL;
    arvo_error *error = NULL;
    arvo_outputs_new(&outputs, &error);
    arvo_value_set_text(arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success")), ARVO_STR("/text"),
                        ARVO_STR("hi"), &error);
    CHECK_OK(error);
    return outputs;
}

static void goes_step_by_step(void) {
    arvo_execution *execution = begun();
    arvo_outputs *outputs = one_output();
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_str name;
    CHECK(arvo_execution_step(execution) == ARVO_STEP_CALL);
    arvo_value_text(arvo_input_data(arvo_execution_input(execution)), ARVO_STR("/name"), &name, &error);
    CHECK_TEXT(name, "Ada");
    CHECK(arvo_execution_emitted(execution) == NULL);
    arvo_execution_answer(execution, outputs, &error);
    CHECK(arvo_execution_step(execution) == ARVO_STEP_COMMIT);
    CHECK(arvo_execution_input(execution) == NULL);
    CHECK(arvo_events_count(arvo_execution_emitted(execution)) == 1);
    arvo_execution_commit(execution, &error);
    CHECK(arvo_execution_step(execution) == ARVO_STEP_DONE);
    arvo_execution_finish(execution, &events, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_data_text(arvo_events_at(events, 0)), "{\"text\":\"hi\"}");
    arvo_events_free(events);
    events = NULL;
    arvo_execution_finish(execution, &events, &error);
    CHECK_ERROR(error, ARVO_WRONG_STEP, "finished before");
    arvo_execution_free(execution);
    arvo_outputs_free(outputs);
}

static void refuses_answers_that_do_not_fit(void) {
    arvo_execution *execution = begun();
    arvo_outputs *outputs = one_output();
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_execution_commit(execution, &error);
    CHECK_ERROR(error, ARVO_WRONG_STEP, "waits for arvo_execution_answer");
    arvo_execution_finish(execution, &events, &error);
    CHECK_ERROR(error, ARVO_WRONG_STEP, "waits for arvo_execution_answer");
    arvo_execution_answer(execution, outputs, &error);
    CHECK_OK(error);
    arvo_execution_answer(execution, outputs, &error); /* twice */
    CHECK_ERROR(error, ARVO_WRONG_STEP, "waits for arvo_execution_commit");
    arvo_execution_commit(execution, &error);
    arvo_execution_commit(execution, &error);
    CHECK_ERROR(error, ARVO_WRONG_STEP, "it is done");
    arvo_execution_finish(execution, &events, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(events) == 1);
    arvo_events_free(events);
    arvo_execution_free(execution);
    arvo_outputs_free(outputs);
}

static void an_answer_after_a_cancel_has_no_effect(void) {
    arvo_execution *execution = begun();
    arvo_outputs *outputs = one_output();
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_execution_cancel(execution, &error);
    CHECK_OK(error);
    CHECK(arvo_execution_step(execution) == ARVO_STEP_DONE);
    arvo_execution_answer(execution, outputs, &error);
    CHECK_ERROR(error, ARVO_WRONG_STEP, "it is done");
    arvo_execution_cancel(execution, &error);
    CHECK_ERROR(error, ARVO_WRONG_STEP, "a cancel");
    arvo_execution_finish(execution, &events, &error);
    CHECK_ERROR(error, ARVO_EXECUTION_VIOLATION, "cancelled");
    CHECK(events == NULL);
    arvo_execution_free(execution);
    arvo_outputs_free(outputs);
}

static void what_is_raised_comes_back(void) {
    arvo_execution *execution = begun();
    arvo_events *events = NULL;
    arvo_error *error = NULL, *raised = NULL, *kept;
    int object = 0;
    arvo_error_raise_violation(&raised, ARVO_STR("Busy"), ARVO_STR("later"), NULL);
    arvo_error_attach(raised, &object, NULL);
    kept = raised;
    arvo_execution_raise(execution, &raised, &error);
    CHECK_OK(error);
    CHECK(raised == NULL); /* taken over */
    arvo_execution_finish(execution, &events, &error);
    CHECK(error == kept && arvo_error_object(error) == &object);
    CHECK_ERROR(error, ARVO_CUSTOM_VIOLATION, "later");
    arvo_error_raise(&raised, ARVO_STR("Late"), ARVO_STR("too late"));
    arvo_execution_raise(execution, &raised, &error);
    CHECK_ERROR(error, ARVO_WRONG_STEP, NULL);
    CHECK(raised != NULL); /* still the caller's */
    arvo_error_free(raised);
    raised = NULL;
    arvo_execution_raise(execution, &raised, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "*raised is NULL");
    arvo_execution_free(execution);
}

static void a_store_that_fails_is_a_transaction_violation(void) {
    arvo_execution *execution = begun();
    arvo_outputs *outputs = one_output();
    arvo_events *events = NULL;
    arvo_error *error = NULL, *raised = NULL;
    int object = 0;
    arvo_execution_answer(execution, outputs, &error);
    arvo_error_raise(&raised, ARVO_STR("DiskFull"), ARVO_STR("no space left"));
    arvo_error_attach(raised, &object, NULL);
    arvo_execution_raise(execution, &raised, &error);
    CHECK_OK(error);
    arvo_execution_finish(execution, &events, &error);
    CHECK_TEXT(arvo_error_violation(error), "OrchestratorTransaction");
    CHECK_TEXT(arvo_error_name(arvo_error_cause(error)), "DiskFull");
    CHECK(arvo_error_object(arvo_error_cause(error)) == &object);
    CHECK_ERROR(error, ARVO_TRANSACTION_VIOLATION, "no space left");
    arvo_execution_free(execution);
    arvo_outputs_free(outputs);
}

/* A schema that answers the execution which asks it. */
typedef struct meddler {
    arvo_execution *execution;
    int calls;
    arvo_status answer, step, cancel;
} meddler;

static arvo_status meddle(void *user_data, const arvo_value *data, arvo_value **out, arvo_error **error) {
    meddler *meddler = user_data;
    arvo_outputs *outputs = NULL;
    (void)data;
    (void)out;
    meddler->calls++;
    arvo_outputs_new(&outputs, error);
    meddler->answer = arvo_execution_answer(meddler->execution, outputs, NULL);
    meddler->cancel = arvo_execution_cancel(meddler->execution, NULL);
    meddler->step = (arvo_status)arvo_execution_step(meddler->execution);
    arvo_outputs_free(outputs);
    return ARVO_OK;
}

static void a_callback_can_not_answer_its_own_execution(void) {
    meddler meddler = {NULL, 0, ARVO_OK, 99, ARVO_OK};
    arvo_value *any = value_of("{\"type\":\"object\"}");
    arvo_schema *accepts = NULL, *emits = NULL;
    arvo_contract_builder *builder = NULL;
    arvo_contract *contract = NULL;
    arvo_handler *handler = NULL;
    arvo_event *event;
    arvo_outputs *outputs = NULL;
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_emit emit = {{NULL, 0}, NULL};
    arvo_schema_new(any, ARVO_UNKNOWN_KEYS_AS_WRITTEN, &accepts, &error);
    arvo_schema_new_host(meddle, &meddler, NULL, any, &emits, &error);
    emit.schema = emits;
    arvo_contract_builder_simple(ARVO_STR("#/meddle"), ARVO_STR("meddle.now"), &builder, &error);
    arvo_contract_builder_version(builder, ARVO_STR("1.0.0"), accepts, &emit, 1, &error);
    arvo_contract_builder_build(builder, &contract, &error);
    arvo_handler_new(contract, NULL, NULL, &handler, &error);
    event = event_for(contract, "{}");
    arvo_execution_begin(handler, event, &meddler.execution, &error);
    arvo_outputs_new(&outputs, &error);
    arvo_outputs_emit(outputs, ARVO_STR("evt.meddle.now.success"));
    arvo_execution_answer(meddler.execution, outputs, &error);
    CHECK_OK(error);
    CHECK(meddler.calls == 1 && meddler.answer == ARVO_BUSY && meddler.cancel == ARVO_BUSY &&
          meddler.step == ARVO_STEP_NONE);
    arvo_execution_commit(meddler.execution, &error);
    arvo_execution_finish(meddler.execution, &events, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(events) == 1);
    arvo_events_free(events);
    arvo_outputs_free(outputs);
    arvo_execution_free(meddler.execution);
    arvo_event_free(event);
    arvo_handler_free(handler);
    arvo_contract_free(contract);
    arvo_contract_builder_free(builder);
    arvo_schema_free(accepts);
    arvo_schema_free(emits);
    arvo_value_free(any);
}

static void *answering(void *execution) {
    arvo_outputs *outputs = one_output();
    static arvo_status statuses[4];
    static int next;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    arvo_status status = arvo_execution_answer(execution, outputs, NULL), *place;
    pthread_mutex_lock(&lock);
    place = &statuses[next++];
    *place = status;
    pthread_mutex_unlock(&lock);
    arvo_outputs_free(outputs);
    return place;
}

static void of_several_threads_that_answer_one_wins(void) {
    arvo_execution *execution = begun();
    pthread_t threads[4];
    int index, won = 0;
    for (index = 0; index < 4; index++) pthread_create(&threads[index], NULL, answering, execution);
    for (index = 0; index < 4; index++) {
        void *status = NULL;
        pthread_join(threads[index], &status);
        if (*(arvo_status *)status == ARVO_OK) {
            won++;
        } else {
            CHECK(*(arvo_status *)status == ARVO_BUSY || *(arvo_status *)status == ARVO_WRONG_STEP);
        }
    }
    CHECK(won == 1);
    CHECK(arvo_execution_step(execution) == ARVO_STEP_COMMIT);
    arvo_execution_free(execution); /* not done: given up */
}

static void a_violation_at_the_start_is_told_at_the_end(void) {
    arvo_handler *handler = stepwise();
    arvo_event *event = event_of(
        "{\"id\":\"1\",\"source\":\"a.b.c\",\"specversion\":\"1.0\",\"type\":\"com.other.type\",\"subject\":\"s\","
        "\"dataschema\":null,\"data\":{},\"time\":\"2026-01-15T10:20:30Z\",\"to\":\"a.b.c\",\"accesscontrol\":null,"
        "\"redirectto\":null,\"executionunits\":null,\"traceparent\":null,\"tracestate\":null,\"parentid\":null,"
        "\"domain\":null}");
    arvo_execution *execution = NULL;
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_execution_begin(handler, event, &execution, &error);
    CHECK_OK(error);
    CHECK(arvo_execution_step(execution) == ARVO_STEP_DONE);
    arvo_execution_finish(execution, &events, &error);
    CHECK_ERROR(error, ARVO_CONFIG_VIOLATION, "Event type mismatch");
    arvo_execution_free(execution);
    arvo_event_free(event);
    arvo_handler_free(handler);
}

const struct test execution_tests[] = {
    {"goes step by step", goes_step_by_step},
    {"refuses answers that do not fit", refuses_answers_that_do_not_fit},
    {"an answer after a cancel has no effect", an_answer_after_a_cancel_has_no_effect},
    {"what is raised comes back", what_is_raised_comes_back},
    {"a store that fails is a transaction violation", a_store_that_fails_is_a_transaction_violation},
    {"a callback can't answer its own execution", a_callback_can_not_answer_its_own_execution},
    {"of several threads that answer, one wins", of_several_threads_that_answer_one_wins},
    {"a violation at the start is told at the end", a_violation_at_the_start_is_told_at_the_end},
    {NULL, NULL}};
