/* expressions.json: expressions and templates; ours, not recorded (tests/cases). */
#include "support.h"

static json keys_of(json object) {
    arvo_value *keys = make_array();
    size_t index;
    for (index = 0; index < count(object); index++) append(keys, make_text(key(object, index)));
    return keys;
}

/* What a case gives: {value}, {absent}, or the message of its {error} or {refused}. */
static json outcome(json case_, json scope) {
    json names = keys_of(scope), text_of = at(case_, "/expression");
    arvo_value *outcome = make_object(), *found = NULL;
    arvo_expression *expression = NULL;
    arvo_error *error = NULL;
    if (text_of != NULL) {
        arvo_expression_new(text(text_of), names, &expression, &error);
    } else {
        arvo_expression_of_template(at(case_, "/template"), names, &expression, &error);
    }
    keep_expression(expression);
    if (arvo_expression_evaluate(NULL, expression, scope, &found, &error) == ARVO_OK) {
        put(outcome, found != NULL ? "value" : "absent", found != NULL ? keep_value(found) : make_bool(true));
    } else {
        const char *kind = arvo_error_status(error) == ARVO_INVALID_EXPRESSION ? "refused" : "error";
        put(outcome, kind, make_text(arvo_error_message(keep_error(error))));
    }
    return outcome;
}

static void evaluated(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), scope = at(case_, "/scope"), found, part;
    const char *failed = at(wanted, "/refused") != NULL ? "/refused" : "/error";
    if (kind(scope) == ARVO_TEXT) scope = member(at(report->vectors, "/scopes"), text(scope));
    found = outcome(case_, scope);
    part = at(wanted, failed);
    judge(report, group, index, case_,
          part == NULL ? equal(wanted, found)
                       : at(found, failed) != NULL && contains(text(at(found, failed)), text(part)),
          wanted, found, NULL);
}

void run_expressions(report *report) { run_group(report, "cases", evaluated); }
