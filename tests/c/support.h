/* What every file of the vector runner leans on: values that free themselves when the case ends, and reports. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include "arvo.h"

/* --- things that live until the case ends (pool.c) --- */

size_t pool_mark(void);
void pool_release(size_t mark); /* frees what was kept since that mark */
arvo_value *keep_value(arvo_value *value);
arvo_text *keep_text(arvo_text *text);
arvo_event *keep_event(arvo_event *event);
arvo_events *keep_events(arvo_events *events);
arvo_error *keep_error(arvo_error *error);
arvo_schema *keep_schema(arvo_schema *schema);
arvo_contract *keep_contract(arvo_contract *contract);
arvo_contract_version *keep_version(arvo_contract_version *version);
arvo_handler *keep_handler(arvo_handler *handler);
arvo_resumable *keep_resumable(arvo_resumable *resumable);
arvo_machine *keep_machine(arvo_machine *machine);
arvo_orchestrator *keep_orchestrator(arvo_orchestrator *orchestrator);
arvo_chart *keep_chart(arvo_chart *chart);
arvo_memory *keep_memory(arvo_memory *memory);
arvo_broker *keep_broker(arvo_broker *broker);
arvo_expression *keep_expression(arvo_expression *expression);
void *keep_bytes(size_t size); /* zeroed */
const char *format(const char *pattern, ...);

/* --- JSON, read and made without freeing anything (json.c); NULL is a value that is not there --- */

typedef const arvo_value *json;

arvo_str str(const char *text);
bool same(arvo_str left, arvo_str right);
bool is(arvo_str text, const char *wanted);
bool starts(arvo_str text, const char *prefix);
bool contains(arvo_str whole, arvo_str part);

json at(json value, const char *pointer);
json member(json object, arvo_str key);
json item(json value, size_t index);
arvo_str key(json object, size_t index);
size_t count(json value); /* 0 for what is no array or object */
arvo_kind kind(json value);
arvo_str text(json value); /* no text for what is none */
double number(json value);
bool truth(json value);   /* true only for true */
bool truthy(json value);  /* as JavaScript takes it: not 0, not "" */
bool is_null(json value); /* null, or not there */
bool equal(json left, json right);
const char *show(json value);

json parse(arvo_str text);
json read_json_file(const char *path); /* NULL if there is no such file */
arvo_value *make_object(void);
arvo_value *make_array(void);
json make_text(arvo_str text);
json make_number(double number);
json make_bool(bool boolean);
json make_null(void);
arvo_value *copy(json value);
json with_member(json object, const char *name, json value); /* a copy with one more, or another, member */
void put(arvo_value *object, const char *name, json value);  /* a value that is not there is left out */
void put_key(arvo_value *object, arvo_str key, json value);
void append(arvo_value *array, json value);

/* Ends the program with the error's message, if there is an error: for what can't fail in a sound case. */
void must(arvo_error *error);

/* --- input values that plain JSON can't hold (expand.c) --- */

/* Puts `{"$repeat": ...}` and `{"$utf16": ...}` in place. `*refused` is set when a text holds a lone surrogate: the
 * library was asked and refused it. */
json expand(json value, bool *refused);
/* Digest of a long text. */
const char *sha256_hex(arvo_str text);

/* --- the little language of behaviours (behaviour.c) --- */

/* What a path, "a.b.0.c" or a list of keys, leads to; NULL: nothing. */
json look_up(json value, json path);
/* Value of a template; NULL if there is none. `*failed` is set by an operator that fails on purpose. */
json evaluate(json template_, json scope, bool *failed);
/* The C function behind one behaviour: an arvo_handler_fn whose user data is the behaviour (a value). */
arvo_status behave(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error);

/* Whether a behaviour or rule throws: then `*error` is set. */
bool behaves_badly(json behaviour, arvo_error **error);

/* --- handlers and workflows by definition (handler.c, resumable.c, orchestrator.c) --- */

arvo_status handler_of(json contracts, json spec, arvo_handler **out, arvo_error **error);
/* `memory` may be NULL. */
arvo_status resumable_of(json contracts, json spec, const arvo_memory *memory, arvo_resumable **out,
                         arvo_error **error);

arvo_status orchestrator_of(json contracts, json spec, const arvo_memory *memory, arvo_orchestrator **out,
                            arvo_error **error);

/* --- expectations (match.c) --- */

/* Whether `found` is as `wanted` says; else `*why` tells the first difference. Labels hold in `labels`, an object. */
bool match(json wanted, json found, arvo_value *labels, const char **why);
/* An error or violation as JSON: {name, message, type, metadata, issues: [path], broken: [name]}. */
json error_json(const arvo_error *error);
/* Whether an error is as recorded: its message, and the paths of its issues; of a violation every field. */
bool match_error(json wanted, json found, const char **why);
/* A list of one field of each entry. */
json each(json list, const char *pointer);
/* Whether two lists hold the same texts, in any order. */
bool same_set(json left, json right);

/* --- contracts by definition (contract_of.c) --- */

/* Makes the contract of a definition (README of the vectors, section 2). */
arvo_status contract_of(json definition, arvo_contract **out, arvo_error **error);
/* Makes the schema `{schema, unknownKeys}`, or the empty one for "{}". */
arvo_status schema_of(json definition, arvo_schema **out, arvo_error **error);

/* --- reports (report.c) --- */

typedef struct report {
    const char *file; /* without .json */
    json vectors;
    json differences;     /* differences.json, or NULL */
    arvo_value *produced; /* errors that cases of all files gave: {"file.json#case": [error]} */
    size_t passed, failed, differed;
} report;

typedef void (*case_fn)(report *report, const char *group, size_t index, json case_);
/* Runs each case of a group. */
void run_group(report *report, const char *group, case_fn run);

/* What the case must give: `expect`, or what stands in its place (`oursExpect`, differences.json); NULL: anything. */
json expectation(report *report, const char *group, size_t index, json case_, const char *expect);
/* Remembers an error that a case gave, for the messages of errors.json. */
void produced(report *report, json case_, json error);
/* One case judged: `ok`, or printed with what was wanted and found. */
void judge(report *report, const char *group, size_t index, json case_, bool ok, json wanted, json found,
           const char *why);

/* Events as JSON; of system errors, remembers what they tell of (produced). */
json events_json(report *report, json case_, const arvo_events *events);
/* System errors tell where the error happened, if it is told: C has no stacks, so null fits there. */
json with_stacks(json events, json wanted);

/* --- recorded workflows of either kind (workflow.c) --- */

typedef struct workflow {
    arvo_resumable *resumable;
    arvo_orchestrator *orchestrator; /* one of them */
} workflow;

/* Makes the workflow of a case; what it makes, the pool keeps. */
typedef void (*workflow_fn)(json contracts, json case_, const arvo_memory *memory, workflow *out, arvo_error **error);
/* Goes on with it. */
void execute_workflow(const workflow *workflow, const arvo_event *event, arvo_events **out, arvo_error **error);
/* A violation is compared field by field; in `wanted`, `$consumedEvent` stands for the event. */
bool right_violation(json wanted, json found, json event, const char **why);
/* Runs all steps of a case. */
void run_steps(report *report, const char *group, size_t index, json case_, workflow_fn make);

/* --- functions of statecharts (mini.c) --- */

/* The functions of one case; what they did is told in `ran`. */
typedef struct mini {
    json guards, actions, functions;
    arvo_value *ran;
} mini;

void mini_of(mini *mini, json case_, json file);
/* A builder with the definition and all functions of a case; yours. `contract` may be NULL. */
arvo_machine_builder *mini_builder(mini *mini, json case_, const arvo_contract_version *contract, arvo_error **error);

/* --- one function for each file --- */

void run_events(report *report);
void run_ids(report *report);
void run_versions(report *report);
void run_subjects(report *report);
void run_contracts(report *report);
void run_factories(report *report);
void run_domains(report *report);
void run_handler(report *report);
void run_resumable(report *report);
void run_orchestrator(report *report);
void run_broker(report *report);
void run_charts(report *report);
void run_engine(report *report);
void run_refused(report *report);
void run_locking(report *report);
void run_errors(report *report);
void run_expressions(report *report);
void run_telemetry(report *report);
void run_testsuites(report *report);

#endif
