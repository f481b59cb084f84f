/* Telemetry: what a tracer is told of one execution. */
#include <stdio.h>
#include <string.h>

#include "durable.h"
#include "spans.h"

/* A handler for greetings that works in spans of its own, makes an event in it, and tells a line and an error. */
static arvo_status greet(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    arvo_value *attributes =
        value_of("{\"source\":\"com.test\",\"type\":\"com.test.made\",\"subject\":\"s\",\"data\":{}}");
    arvo_event *made = NULL;
    arvo_error *trouble = NULL;
    arvo_str name = ARVO_NO_STR;
    (void)user_data;
    arvo_event_new(NULL, attributes, NULL, &made, error);
    arvo_error_raise(&trouble, ARVO_STR("Slow"), ARVO_STR("it took long"));
    arvo_span_exception(trouble);
    arvo_span_log(ARVO_LOG_WARNING, ARVO_STR("half way"));
    arvo_value_text(arvo_input_data(input), ARVO_STR("/name"), &name, error);
    arvo_value_set_text(arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success")), ARVO_STR("/text"), name, error);
    ARVO_FREE(attributes, made, trouble);
    return arvo_error_status(*error);
}

arvo_handler *greeter(void) {
    arvo_contract *contract = greeting();
    arvo_handler *handler = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, greet, NULL, &handler, &error);
    CHECK_OK(error);
    arvo_contract_free(contract);
    return handler;
}

arvo_event *traced(const char *traceparent, const char *name) {
    arvo_event *plain = greeting_event("{\"name\":\"Ada\"}"), *event = NULL;
    arvo_value *value = NULL, *data = value_of(name);
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_event_value(plain, &value, &error);
    arvo_value_set_text(value, ARVO_STR("/traceparent"), str(traceparent), &error);
    arvo_value_set_text(value, ARVO_STR("/tracestate"), ARVO_STR("vendor=x, ,Broken=y"), &error);
    arvo_value_set(value, ARVO_STR("/data/name"), data, &error);
    arvo_value_write(value, 0, &text, &error);
    arvo_event_parse(NULL, arvo_text_view(text), &event, &error);
    CHECK_OK(error);
    ARVO_FREE(plain, value, data, text);
    return event;
}

arvo_events *greeted(const char *traceparent) {
    arvo_handler *handler = greeter();
    arvo_event *event = traced(traceparent, "\"Ada\"");
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_handler_execute(handler, event, &events, &error);
    CHECK_OK(error);
    CHECK(arvo_events_count(events) == 1);
    ARVO_FREE(handler, event);
    return events;
}

static void an_execution_is_a_span_whose_headers_its_events_carry(void) {
    arvo_events *events;
    const told *span, *made;
    const arvo_event *event;
    begin_tracing();
    events = greeted("00-" PARENT "-01");
    end_tracing();
    span = span_named("Handler<#/services/greet>", 0);
    event = arvo_events_at(events, 0);
    CHECK(span->kind == ARVO_SPAN_CONSUMER && span->status == ARVO_SPAN_OK);
    CHECK(is_header_of(arvo_event_traceparent(event), span));
    CHECK_TEXT(arvo_event_tracestate(event), "vendor=x");
    CHECK_TEXT(str(span->context.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK_TEXT(str(span->parent), "00f067aa0ba902b7");
    CHECK_TEXT(text_at(span->attributes, "/arvo.handler.execution.status"), "normal");
    CHECK_TEXT(text_at(span->attributes, "/emittables.0.cloudevents.event_type"), "evt.greet.user.success");
    made = span_named("EventFactory.emits<evt.greet.user.success>", 0);
    CHECK_TEXT(str(made->parent), span->context.span_id);
    arvo_events_free(events);
}

static void user_functions_run_in_the_span_and_speak_to_it(void) {
    const told *span, *made;
    arvo_events *events;
    begin_tracing();
    events = greeted("00-" PARENT "-01");
    end_tracing();
    span = span_named("Handler<#/services/greet>", 0);
    made = span_named("createArvoEvent<com.test.made>", 0);
    CHECK_TEXT(str(made->parent), span->context.span_id);
    CHECK(strstr(span->log, "it took long") != NULL && strstr(span->log, "half way") != NULL);
    CHECK(arvo_value_kind(span->attributes, ARVO_STR("/exception.type")) == ARVO_TEXT);
    arvo_events_free(events);
}

static void a_trace_that_is_not_sampled_is_passed_on_and_not_recorded(void) {
    tracing *tracing = begin_tracing();
    arvo_events *events = greeted("00-" PARENT "-00");
    arvo_str header = arvo_event_traceparent(arvo_events_at(events, 0));
    CHECK(tracing->count == 1); /* of the greeting being made; it was no part of that trace yet */
    CHECK_TEXT(str(tracing->spans[0].name), "EventFactory.accepts<com.greet.user>");
    CHECK(header.len == 55 && contains(header, "4bf92f3577b34da6a3ce929d0e0e4736-"));
    CHECK(!contains(header, "00f067aa0ba902b7") && header.ptr[54] == '0');
    end_tracing();
    arvo_events_free(events);
}

static void a_malformed_header_counts_as_none(void) {
    arvo_events *events;
    begin_tracing();
    events = greeted("nonsense");
    CHECK_TEXT(str(span_named("Handler<#/services/greet>", 0)->parent), "");
    end_tracing();
    arvo_events_free(events);
}

static void without_a_tracer_nothing_is_called(void) {
    tracing *tracing = begin_tracing();
    arvo_events *events;
    arvo_span_context context;
    end_tracing();
    events = greeted("00-" PARENT "-01");
    CHECK(tracing->calls == 0 && !arvo_span_current(&context));
    CHECK_TEXT(arvo_event_traceparent(arvo_events_at(events, 0)), NULL);
    arvo_events_free(events);
}

static void an_execution_can_be_a_part_of_what_is_current(void) {
    arvo_handler *handler = greeter();
    arvo_event *event = traced("00-" PARENT "-01", "\"Ada\"");
    arvo_events *here = NULL, *there = NULL;
    arvo_error *error = NULL;
    tracing *tracing = begin_tracing();
    int before;
    open_span("outer");
    arvo_handler_execute_inherit(handler, event, &here, &error);
    before = tracing->count;
    arvo_handler_execute(handler, event, &there, &error);
    close_span();
    end_tracing();
    CHECK_OK(error);
    CHECK_TEXT(str(span_named("Handler<#/services/greet>", 0)->parent), span_named("outer", 0)->context.span_id);
    CHECK_TEXT(str(span_named("Handler<#/services/greet>", before)->parent), "00f067aa0ba902b7");
    ARVO_FREE(handler, event, here, there);
}

static void a_workflow_can_be_a_part_of_what_is_current(void) {
    plan plan = {NULL, NULL};
    arvo_resumable *resumable = summing(&plan, NULL, false);
    arvo_orchestrator *orchestrator = machine_asking_twice();
    arvo_event *event = init_event();
    arvo_events *first = NULL, *second = NULL;
    arvo_error *error = NULL;
    const char *outer;
    begin_tracing();
    open_span("outer");
    arvo_resumable_execute_inherit(resumable, event, &first, &error);
    arvo_orchestrator_execute_inherit(orchestrator, event, &second, &error);
    close_span();
    end_tracing();
    CHECK_OK(error);
    outer = span_named("outer", 0)->context.span_id;
    CHECK_TEXT(str(span_named("Resumable<#/flows/sum>@<arvo.orc.sum>", 0)->parent), outer);
    CHECK_TEXT(str(span_named("Orchestrator<#/flows/sum>@<arvo.orc.sum>", 0)->parent), outer);
    ARVO_FREE(resumable, orchestrator, event, first, second);
}

/* What a machine's own functions see. */
typedef struct sight {
    int guards, actions;
    char span_id[17];
} sight;

static arvo_status is_seen(void *user_data, const arvo_args *args, bool *passes, arvo_error **error) {
    sight *sight = user_data;
    arvo_span_context context;
    (void)args;
    sight->guards += arvo_span_current(&context);
    *passes = true;
    return arvo_error_status(*error);
}

static arvo_status see(void *user_data, const arvo_args *args, arvo_error **error) {
    sight *sight = user_data;
    arvo_span_context context;
    (void)args;
    sight->actions += arvo_span_current(&context);
    memcpy(sight->span_id, context.span_id, sizeof sight->span_id);
    arvo_span_log(ARVO_LOG_INFO, ARVO_STR("an action"));
    return arvo_error_status(*error);
}

static void guards_and_actions_run_in_the_span(void) {
    sight sight = {0, 0, ""};
    arvo_contract *contract = sums();
    arvo_contract_version *version = NULL;
    arvo_machine_builder *builder = NULL;
    arvo_machine *machine = NULL;
    arvo_orchestrator_builder *workflows = NULL;
    arvo_orchestrator *orchestrator = NULL;
    arvo_value *attributes = value_of("{\"team\":\"billing\",\"tier\":1,\"hot\":true,\"arvo.span.kind\":\"mine\"}");
    arvo_event *event = init_event();
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    const told *span;
    arvo_contract_lookup(contract, ARVO_STR("latest"), &version, &error);
    arvo_machine_builder_new(version, &builder, &error);
    arvo_machine_builder_guard(builder, ARVO_STR("seen"), is_seen, &sight, NULL, &error);
    arvo_machine_builder_action(builder, ARVO_STR("see"), see, &sight, NULL, &error);
    arvo_machine_builder_definition(
        builder,
        ARVO_STR("{\"id\":\"m\",\"initial\":\"a\",\"output\":{},\"states\":{\"a\":{\"entry\":\"see\","
                 "\"always\":{\"guard\":\"seen\",\"target\":\"b\"}},\"b\":{\"type\":\"final\"}}}"),
        &error);
    arvo_machine_builder_build(builder, &machine, &error);
    arvo_orchestrator_builder_new(&workflows, &error);
    arvo_orchestrator_builder_machine(workflows, machine, &error);
    arvo_orchestrator_builder_span(workflows, ARVO_STR("Billing"), attributes, &error);
    arvo_orchestrator_builder_build(workflows, &orchestrator, &error);
    CHECK_OK(error);
    begin_tracing();
    arvo_orchestrator_execute(orchestrator, event, &events, &error);
    end_tracing();
    CHECK_OK(error);
    span = span_named("Billing", 0);
    CHECK(span->kind == ARVO_SPAN_PRODUCER && sight.guards == 1 && sight.actions == 1);
    CHECK_TEXT(str(sight.span_id), span->context.span_id);
    CHECK_TEXT(text_at(span->attributes, "/team"), "billing");
    CHECK_TEXT(text_at(span->attributes, "/arvo.span.kind"), "mine");
    CHECK(number_at(span->attributes, "/tier") == 1 &&
          arvo_value_kind(span->attributes, ARVO_STR("/hot")) == ARVO_BOOL);
    CHECK_TEXT(str(span_named("Execute Machine", 0)->parent), span->context.span_id);
    ARVO_FREE(contract, version, builder, machine, workflows, orchestrator, attributes, event, events);
}

static void a_builder_refuses_attributes_that_are_none(void) {
    arvo_contract *contract = greeting(), *flow = sums();
    arvo_handler_builder *handlers = NULL;
    arvo_resumable_builder *resumables = NULL;
    arvo_value *bad = value_of("{\"team\":[]}"), *list = value_of("[]");
    arvo_error *error = NULL;
    arvo_handler_builder_new(contract, &handlers, &error);
    arvo_resumable_builder_new(flow, &resumables, &error);
    arvo_resumable_builder_span(resumables, ARVO_NO_STR, NULL, &error);
    CHECK_OK(error);
    arvo_handler_builder_span(handlers, ARVO_NO_STR, bad, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "attribute \"team\" is an array; pass a text, a number or a boolean");
    arvo_handler_builder_span(handlers, ARVO_NO_STR, list, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "attributes is an array");
    ARVO_FREE(contract, flow, handlers, resumables, bad, list);
}

static void an_execution_step_by_step_is_a_span_from_its_beginning_to_its_end(void) {
    arvo_handler *handler = greeter();
    arvo_event *event = traced("00-" PARENT "-01", "\"Ada\"");
    arvo_execution *execution = NULL, *left = NULL;
    arvo_outputs *outputs = NULL;
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_span_context context;
    tracing *tracing = begin_tracing();
    arvo_execution_begin(handler, event, &left, &error);
    arvo_execution_begin(handler, event, &execution, &error);
    CHECK(arvo_execution_span(execution) != NULL && arvo_execution_span(execution) != arvo_execution_span(left));
    CHECK(!arvo_span_current(&context) && tracing->spans[1].ended == 0);
    arvo_outputs_new(&outputs, &error);
    arvo_value_set_text(arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success")), ARVO_STR("/text"), str("Ada"),
                        &error);
    arvo_execution_answer(execution, outputs, &error);
    arvo_execution_commit(execution, &error);
    CHECK(tracing->spans[1].ended == 1 && tracing->spans[1].status == ARVO_SPAN_OK); /* before it is finished */
    CHECK(arvo_execution_span(execution) == NULL);
    arvo_execution_finish(execution, &events, &error);
    CHECK_OK(error);
    CHECK(is_header_of(arvo_event_traceparent(arvo_events_at(events, 0)), &tracing->spans[1]));
    CHECK(tracing->spans[0].ended == 0);
    ARVO_FREE(handler, event, execution, left, outputs, events);
    end_tracing(); /* the one that was given up ended with its handle */
}

static void a_failed_execution_says_why(void) {
    arvo_handler *handler = greeter();
    arvo_event *event = traced("00-" PARENT "-01", "5");
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    const told *span;
    double seconds = -1;
    begin_tracing();
    arvo_handler_execute(handler, event, &events, &error);
    end_tracing();
    CHECK_ERROR(error, ARVO_CONTRACT_VIOLATION, NULL);
    span = span_named("Handler<#/services/greet>", 0);
    CHECK(span->status == ARVO_SPAN_ERROR && strstr(span->message, "Event processing failed: ") == span->message);
    CHECK_TEXT(text_at(span->attributes, "/exception.type"), "ViolationError<Contract>");
    CHECK(measured("arvo.execution.violations", NULL) == 1 && measured("messaging.client.sent.messages", NULL) == 0);
    CHECK(measured("messaging.process.duration", &seconds) == 1 && seconds >= 0 && seconds < 60);
    ARVO_FREE(handler, event, events);
}

const struct test telemetry_tests[] = {
    {"an execution is a span, whose headers its events carry", an_execution_is_a_span_whose_headers_its_events_carry},
    {"user functions run in the span, and speak to it", user_functions_run_in_the_span_and_speak_to_it},
    {"a trace that is not sampled is passed on and not recorded",
     a_trace_that_is_not_sampled_is_passed_on_and_not_recorded},
    {"a malformed header counts as none", a_malformed_header_counts_as_none},
    {"without a tracer nothing is called", without_a_tracer_nothing_is_called},
    {"an execution can be a part of what is current", an_execution_can_be_a_part_of_what_is_current},
    {"a workflow can be a part of what is current", a_workflow_can_be_a_part_of_what_is_current},
    {"guards and actions run in the span", guards_and_actions_run_in_the_span},
    {"a builder refuses attributes that are none", a_builder_refuses_attributes_that_are_none},
    {"an execution step by step is a span from its beginning to its end",
     an_execution_step_by_step_is_a_span_from_its_beginning_to_its_end},
    {"a failed execution says why", a_failed_execution_says_why},
    {NULL, NULL}};
