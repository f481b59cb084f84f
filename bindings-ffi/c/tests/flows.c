/* The workflow that tests of workflows, steps, brokers and threads share. */
#include <stdio.h>
#include <string.h>

#include "flows.h"

#define ANY ARVO_STR("{\"type\":\"object\"}")

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

arvo_contract *sums(void) {
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    arvo_contract_orchestrator(ARVO_STR("#/flows/sum"), ARVO_STR("sum"), ANY, ANY, &contract, &error);
    CHECK_OK(error);
    return contract;
}

arvo_contract *adding(void) {
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    arvo_contract_simple(ARVO_STR("#/services/add"), ARVO_STR("calc.add"), ANY, ANY, &contract, &error);
    CHECK_OK(error);
    return contract;
}

arvo_resumable *summing(plan *plan, const arvo_memory *memory, bool locking) {
    return summing_within(NULL, plan, memory, locking);
}

arvo_resumable *summing_within(const arvo_environment *environment, plan *plan, const arvo_memory *memory,
                               bool locking) {
    arvo_contract *contract = sums(), *service = adding();
    arvo_contract_version *version = NULL;
    arvo_resumable_builder *builder = NULL;
    arvo_resumable *resumable = NULL;
    arvo_value *domains = value_of("[null]");
    arvo_error *error = NULL;
    arvo_contract_lookup(service, ARVO_STR("latest"), &version, &error);
    arvo_resumable_builder_new(contract, &builder, &error);
    arvo_resumable_builder_service(builder, ARVO_STR("add"), version, &error);
    arvo_resumable_builder_on(builder, ARVO_STR("1.0.0"), plan ? add : NULL, plan, NULL, &error);
    arvo_resumable_builder_locking(builder, locking, &error);
    arvo_resumable_builder_executionunits(builder, 2, &error);
    arvo_resumable_builder_domains(builder, domains, NULL, NULL, &error);
    arvo_resumable_builder_environment(builder, environment, &error);
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

arvo_event *init_event(void) { return init_of(41); }

arvo_event *init_of(int number) {
    char data[64];
    snprintf(data, sizeof data, "{\"parentSubject$$\":null,\"n\":%d}", number);
    return beginning(data);
}

/* What the service answers to a call of it. */
arvo_event *answer_to(const arvo_event *call) {
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
void run_through(const arvo_resumable *resumable) {
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

static arvo_status add_up(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data;
    (void)input;
    return arvo_value_set_i64(arvo_outputs_emit(outputs, ARVO_STR("evt.calc.add.success")), ARVO_STR("/sum"), 42,
                              error);
}

arvo_broker *broker_of(const arvo_resumable *resumable) {
    arvo_contract *contract = adding();
    arvo_handler *handler = NULL;
    arvo_broker *broker = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, add_up, NULL, &handler, &error);
    arvo_broker_new(ARVO_QUEUE_LIMIT, &broker, &error);
    arvo_broker_add_handler(broker, handler, &error);
    arvo_broker_add_resumable(broker, resumable, &error);
    CHECK_OK(error);
    arvo_broker_add_handler(broker, handler, &error);
    CHECK_ERROR(error, ARVO_TOPIC_TAKEN, "Only one subscriber allowed");
    ARVO_FREE(contract, handler);
    return broker;
}
