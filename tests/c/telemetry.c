/* telemetry.json: the spans of executions, and of events being made, in a tracer of this runner's own. It makes ids and
 * samples as its parent does. */
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* A span that was begun; `told` is what is compared, NULL of one that is not sampled. */
typedef struct span {
    arvo_span_context context;
    arvo_value *told;
    size_t index;
} span;

/* What was begun in this step, and what is current. */
static struct {
    arvo_value *spans; /* in order of start */
    span *current[16];
    size_t depth;
    unsigned long ids;
} tracer;

/* Gives the span its ids and its parent; adds it to what was begun. */
static void begin_span(span *span, arvo_str name, const char *kind, const arvo_span_context *remote,
                       const struct span *within) {
    arvo_value *told = make_object();
    bool sampled = remote ? remote->sampled : within ? within->context.sampled : true;
    snprintf(span->context.span_id, sizeof span->context.span_id, "%016lx", ++tracer.ids);
    if (remote != NULL || within != NULL) {
        memcpy(span->context.trace_id, remote ? remote->trace_id : within->context.trace_id, 33);
    } else {
        snprintf(span->context.trace_id, sizeof span->context.trace_id, "%032lx", ++tracer.ids);
    }
    span->context.sampled = sampled;
    if (!sampled) return;
    put(told, "name", make_text(name));
    put(told, "kind", make_text(str(kind)));
    put(told, "ended", make_bool(false));
    put(told, "trace", make_text(str(span->context.trace_id)));
    put(told, "span", make_text(str(span->context.span_id)));
    put(told, "parent",
        remote   ? make_text(ARVO_STR("remote"))
        : within ? make_number((double)within->index)
                 : make_null());
    put(told, "attributes", make_object());
    put(told, "events", make_array());
    put(told, "status", parse(ARVO_STR("{\"code\":\"UNSET\"}")));
    span->told = told;
    span->index = count(tracer.spans);
    append(tracer.spans, told);
}

/* The list has copies: what became of a span is put in its place. */
static void tell(const span *span) {
    arvo_error *error = NULL;
    arvo_value_set(tracer.spans, str(format("/%zu", span->index)), span->told, &error);
    must(error);
}

static void add_attributes(arvo_value *told, const arvo_attribute *attributes, size_t size) {
    arvo_value *all = copy(at(told, "/attributes")), *more = NULL;
    arvo_error *error = NULL;
    size_t index;
    arvo_attributes_value(attributes, size, &more, &error);
    must(error);
    keep_value(more);
    for (index = 0; index < count(more); index++) put_key(all, key(more, index), item(more, index));
    put(told, "attributes", all);
}

static void add_mark(arvo_value *told, const arvo_mark *mark) {
    arvo_value *made = make_object(), *attributes = NULL;
    arvo_error *error = NULL;
    arvo_attributes_value(mark->attributes, mark->attribute_count, &attributes, &error);
    put(made, "name", make_text(mark->name));
    put(made, "attributes", keep_value(attributes));
    arvo_value_set(told, ARVO_STR("/events/-"), made, &error);
    must(error);
}

static void set_status(arvo_value *told, arvo_span_status status, arvo_str message) {
    arvo_value *made = make_object();
    put(made, "code", make_text(status == ARVO_SPAN_ERROR ? ARVO_STR("ERROR") : ARVO_STR("OK")));
    if (message.ptr != NULL) put(made, "message", make_text(message));
    put(told, "status", made);
}

/* --- the tracer's functions --- */

static void begin(void *user_data, const arvo_opening *opening, arvo_begun *begun) {
    span *span = keep_bytes(sizeof *span);
    const char *kind = opening->kind == ARVO_SPAN_CONSUMER   ? "CONSUMER"
                       : opening->kind == ARVO_SPAN_PRODUCER ? "PRODUCER"
                                                             : "INTERNAL";
    (void)user_data;
    span->context = begun->context; /* with the parent's tracestate */
    begin_span(span, opening->name, kind, opening->parent, tracer.depth ? tracer.current[tracer.depth - 1] : NULL);
    begun->span = span;
    begun->context = span->context;
    begun->recorded = span->context.sampled;
    if (span->told == NULL) return;
    add_attributes(span->told, opening->attributes, opening->attribute_count);
    tell(span);
}

static void attributes(void *user_data, void *of, const arvo_attribute *attributes, size_t count) {
    span *span = of;
    (void)user_data;
    add_attributes(span->told, attributes, count);
    tell(span);
}

static void mark(void *user_data, void *of, const arvo_mark *mark) {
    span *span = of;
    (void)user_data;
    add_mark(span->told, mark);
    tell(span);
}

static void status(void *user_data, void *of, arvo_span_status status, arvo_str message) {
    span *span = of;
    (void)user_data;
    set_status(span->told, status, message);
    tell(span);
}

static void child(void *user_data, void *of, const arvo_child *child) {
    span *made = keep_bytes(sizeof *made);
    size_t index;
    (void)user_data;
    begin_span(made, child->name, "INTERNAL", NULL, of);
    add_attributes(made->told, child->attributes, child->attribute_count);
    for (index = 0; index < child->mark_count; index++) add_mark(made->told, &child->marks[index]);
    set_status(made->told, child->status, child->message);
    put(made->told, "ended", make_bool(child->end >= child->start));
    tell(made);
}

static void end(void *user_data, void *of, uint64_t time) {
    span *span = of;
    (void)user_data;
    if (span->told == NULL) return;
    put(span->told, "ended", make_bool(time > 0));
    tell(span);
}

static void enter(void *user_data, void *of) {
    (void)user_data;
    tracer.current[tracer.depth++] = of;
}

static void leave(void *user_data, void *of) {
    (void)user_data;
    (void)of;
    tracer.depth--;
}

static const arvo_tracer FUNCTIONS = {begin, attributes, mark, status, child, end, enter, leave, NULL};

static void install(void) {
    arvo_error *error = NULL;
    memset(&tracer, 0, sizeof tracer);
    tracer.spans = make_array();
    arvo_tracer_install(&FUNCTIONS, NULL, NULL, &error);
    must(error);
}

/* A span of the program's own; NULL for no name. */
static span *open_span(arvo_str name) {
    span *outer;
    if (name.ptr == NULL) return NULL;
    outer = keep_bytes(sizeof *outer);
    begin_span(outer, name, "INTERNAL", NULL, NULL);
    enter(NULL, outer);
    return outer;
}

static void close_span(span *outer) {
    if (outer == NULL) return;
    leave(NULL, outer);
    end(NULL, outer, 1);
}

/* --- the cases --- */

/* One of the three kinds. */
typedef struct subject {
    arvo_handler *handler;
    workflow workflow;
} subject;

static void make_subject(json contracts, json case_, subject *subject) {
    arvo_error *error = NULL;
    memset(subject, 0, sizeof *subject);
    if (at(case_, "/handler") != NULL) {
        handler_of(contracts, at(case_, "/handler"), &subject->handler, &error);
    } else if (at(case_, "/resumable") != NULL) {
        resumable_of(contracts, at(case_, "/resumable"), NULL, &subject->workflow.resumable, &error);
    } else {
        orchestrator_of(contracts, at(case_, "/orchestrator"), NULL, &subject->workflow.orchestrator, &error);
    }
    keep_handler(subject->handler);
    keep_resumable(subject->workflow.resumable);
    keep_orchestrator(subject->workflow.orchestrator);
    must(error);
}

static void execute(const subject *subject, bool inherit, const arvo_event *event, arvo_events **out,
                    arvo_error **error) {
    if (subject->handler == NULL) {
        execute_workflow(&subject->workflow, event, out, error);
    } else if (inherit) {
        arvo_handler_execute_inherit(subject->handler, event, out, error);
    } else {
        arvo_handler_execute(subject->handler, event, out, error);
    }
}

static void run_case(report *report, const char *group, size_t index, json case_) {
    json list = at(case_, "/steps");
    arvo_value *done = make_array(), *labels = make_object();
    subject subject;
    size_t at_;
    bool ok = true;
    install();
    make_subject(at(report->vectors, "/contracts"), case_, &subject);
    for (at_ = 0; ok && at_ < count(list); at_++) {
        json step = item(list, at_), wanted = at(step, "/expect"), given;
        arvo_value *scope = make_object(), *found = make_object(), *told = make_object();
        arvo_event *event = NULL;
        arvo_events *events = NULL;
        arvo_error *error = NULL;
        span *outer;
        const char *why = NULL;
        bool failed = false;
        put(scope, "steps", done);
        given = evaluate(at(step, "/event"), scope, &failed);
        arvo_event_parse(NULL, str(show(given)), &event, &error);
        must(error);
        keep_event(event);
        tracer.spans = make_array();
        outer = open_span(text(at(case_, "/insideOpenSpan")));
        execute(&subject, is(text(at(case_, "/inheritFrom")), "CONTEXT"), event, &events, &error);
        close_span(outer);
        keep_events(events);
        put(told, "event", given);
        put(told, "events", events ? events_json(report, case_, events) : make_array());
        append(done, told);
        put(found, "spans", tracer.spans);
        if (keep_error(error) != NULL) {
            json violation = error_json(error);
            put(found, "violation", violation);
            produced(report, case_, violation);
            ok = at(wanted, "/violation") && arvo_error_is_violation(error) &&
                 right_violation(at(wanted, "/violation"), violation, given, &why);
        } else {
            put(found, "events", with_stacks(at(told, "/events"), at(wanted, "/events")));
            ok = at(wanted, "/events") && match(at(wanted, "/events"), at(found, "/events"), labels, &why);
        }
        ok = ok && match(at(wanted, "/spans"), tracer.spans, labels, &why);
        if (!ok) judge(report, group, index, case_, false, wanted, found, format("step %zu: %s", at_, why ? why : ""));
    }
    arvo_tracer_remove();
    if (ok) judge(report, group, index, case_, true, NULL, NULL, NULL);
}

/* Makes an event as the case says. */
static json make(json contracts, json made) {
    arvo_str how = text(at(made, "/how"));
    json input = at(made, "/input");
    arvo_contract *contract = NULL;
    arvo_contract_version *version = NULL;
    arvo_event *event = NULL;
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    if (is(how, "factory accepts")) {
        contract_of(at(contracts, "/calc"), &contract, &error);
        arvo_contract_lookup(keep_contract(contract), ARVO_STR("1.0.0"), &version, &error);
        arvo_factory_accepts(keep_version(version), NULL, input, NULL, &event, &error);
    } else if (is(how, "createArvoEvent, telemetry disabled")) {
        arvo_event_new_untraced(NULL, input, NULL, &event, &error);
    } else {
        arvo_event_new(NULL, input, NULL, &event, &error);
    }
    arvo_event_value(keep_event(event), &value, &error);
    must(error);
    return keep_value(value);
}

static void created(report *report, const char *group, size_t index, json case_) {
    json list = at(case_, "/made"), wanted = with_member(make_object(), "spans", at(case_, "/spans"));
    arvo_value *events = make_array(), *found = make_object();
    span *outer;
    size_t at_;
    const char *why = NULL;
    bool ok;
    install();
    outer = open_span(ARVO_STR("outer"));
    for (at_ = 0; at_ < count(list); at_++) append(events, make(at(report->vectors, "/contracts"), item(list, at_)));
    close_span(outer);
    arvo_tracer_remove();
    put(found, "events", events);
    put(found, "spans", tracer.spans);
    wanted = with_member(wanted, "events", each(list, "/event"));
    ok = match(wanted, found, make_object(), &why);
    judge(report, group, index, case_, ok, wanted, found, why);
}

void run_telemetry(report *report) {
    run_group(report, "cases", run_case);
    run_group(report, "created", created);
}
