/* The little language of the statechart vectors' functions (their README), as real C functions of a machine. */
#include <math.h>

#include "support.h"

/* A function, as its user data. */
typedef struct function {
    mini *mini;
    arvo_str name;
    json definition;
} function;

void mini_of(mini *mini, json case_, json file) {
    json given = at(case_, "/implementations");
    if (given == NULL) given = at(file, "/implementations");
    mini->guards = at(given, "/guards");
    mini->actions = at(given, "/actions");
    mini->functions = at(given, "/functions");
    mini->ran = make_array();
}

/* --- expressions --- */

static json scope_of(const arvo_args *args) {
    arvo_value *scope = make_object();
    put(scope, "context", arvo_args_context(args));
    put(scope, "event", arvo_args_event(args));
    put(scope, "params", arvo_args_params(args));
    put(scope, "input", arvo_args_input(args));
    return scope;
}

static double numeric(json value) { return kind(value) == ARVO_NUMBER ? number(value) : (double)NAN; }

static json of_number(double number) { return isfinite(number) ? make_number(number) : make_null(); }

static const char *as_text(json value) {
    return kind(value) == ARVO_TEXT ? format("%.*s", ARVO_PRINT(text(value))) : show(value);
}

static double length(json value) {
    const char *text = kind(value) == ARVO_ARRAY ? "" : as_text(value);
    double characters = 0;
    if (kind(value) == ARVO_ARRAY) return (double)count(value);
    for (; *text; text++) characters += ((unsigned char)*text & 0xC0) != 0x80;
    return characters;
}

static json joined(json values) {
    const char *whole = "";
    size_t index;
    for (index = 0; index < count(values); index++) whole = format("%s%s", whole, as_text(item(values, index)));
    return make_text(str(whole));
}

static json appended(json values) {
    arvo_value *longer = kind(item(values, 0)) == ARVO_ARRAY ? copy(item(values, 0)) : make_array();
    size_t index;
    for (index = 1; index < count(values); index++) append(longer, item(values, index));
    return longer;
}

static json merged(json values) {
    arvo_value *merged = make_object();
    size_t index, inner;
    for (index = 0; index < count(values); index++) {
        json object = item(values, index);
        for (inner = 0; kind(object) == ARVO_OBJECT && inner < count(object); inner++) {
            put_key(merged, key(object, inner), item(object, inner));
        }
    }
    return merged;
}

/* Whether all values are true, or any. */
static json logical(json values, bool all) {
    size_t index;
    for (index = 0; index < count(values); index++) {
        if (truth(item(values, index)) != all) return make_bool(!all);
    }
    return make_bool(all);
}

static json operate(arvo_str name, json values) {
    json one = item(values, 0), other = item(values, 1);
    double left = numeric(one), right = numeric(other);
    if (is(name, "+")) return of_number(left + right);
    if (is(name, "-")) return of_number(left - right);
    if (is(name, "*")) return of_number(left * right);
    if (is(name, "/")) return of_number(left / right);
    if (is(name, "%")) return of_number(fmod(left, right));
    if (is(name, "eq")) return make_bool(equal(one, other));
    if (is(name, "ne")) return make_bool(!equal(one, other));
    if (is(name, "lt")) return make_bool(left < right);
    if (is(name, "lte")) return make_bool(left <= right);
    if (is(name, "gt")) return make_bool(left > right);
    if (is(name, "gte")) return make_bool(left >= right);
    if (is(name, "and") || is(name, "or")) return logical(values, is(name, "and"));
    if (is(name, "not")) return make_bool(!truth(one));
    if (is(name, "concat")) return joined(values);
    if (is(name, "list")) return values;
    if (is(name, "append")) return appended(values);
    if (is(name, "len")) return make_number(length(one));
    return merged(values);
}

/* The value of an expression; NULL, and `*error` set, if it throws. */
static json value_of(json expression, json scope, arvo_error **error) {
    arvo_str name = text(item(expression, 0));
    arvo_value *made = kind(expression) == ARVO_OBJECT ? make_object() : make_array();
    size_t index;
    if (kind(expression) == ARVO_ARRAY) {
        if (is(name, "quote")) return item(expression, 1);
        if (is(name, "$")) {
            json found = look_up(scope, item(expression, 1));
            return found ? found : make_null();
        }
        if (is(name, "throw")) {
            arvo_error_raise(error, ARVO_STR("Error"), text(item(expression, 1)));
            return NULL;
        }
        if (is(name, "if")) {
            json condition = value_of(item(expression, 1), scope, error);
            return condition ? value_of(item(expression, truth(condition) ? 2 : 3), scope, error) : NULL;
        }
    } else if (kind(expression) != ARVO_OBJECT) {
        return expression;
    }
    for (index = kind(expression) == ARVO_ARRAY; index < count(expression); index++) {
        json part = value_of(item(expression, index), scope, error);
        if (part == NULL) return NULL;
        if (kind(expression) == ARVO_OBJECT) {
            put_key(made, key(expression, index), part);
        } else {
            append(made, part);
        }
    }
    return kind(expression) == ARVO_OBJECT ? made : operate(name, made);
}

/* --- functions --- */

static arvo_status judge_by(void *user_data, const arvo_args *args, bool *passes, arvo_error **error) {
    function *function = user_data;
    json value = value_of(at(function->definition, "/test"), scope_of(args), error);
    *passes = truthy(value);
    return arvo_error_status(*error);
}

static arvo_status make(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    function *function = user_data;
    json made = value_of(function->definition, scope_of(args), error);
    return arvo_value_set(value, ARVO_STR(""), made, error);
}

/* Tells that an action ran. */
static arvo_status note(function *function, const arvo_args *args, json params, json expression, arvo_error **error) {
    arvo_value *entry = make_array(), *details = make_object();
    json value = expression ? value_of(expression, scope_of(args), error) : NULL;
    if (*error != NULL) return arvo_error_status(*error);
    append(entry, make_text(function->name));
    append(entry, make_text(arvo_args_event_type(args)));
    put(details, "params", params);
    if (!is_null(value)) put(details, "value", value);
    if (count(details) > 0) append(entry, details);
    append(function->mini->ran, entry);
    return ARVO_OK;
}

static arvo_status act(void *user_data, const arvo_args *args, arvo_error **error) {
    function *function = user_data;
    return note(function, args, arvo_args_params(args), at(function->definition, "/custom"), error);
}

static void choose_from(function *function, json steps, const arvo_args *args, arvo_actions *actions,
                        arvo_error **error) {
    size_t index;
    for (index = 0; index < count(steps) && *error == NULL; index++) {
        json step = item(steps, index);
        if (at(step, "/when") != NULL) {
            bool passes = false;
            arvo_actions_check_value(actions, at(step, "/when"), &passes, error);
            choose_from(function, at(step, passes ? "/then" : "/else"), args, actions, error);
        } else if (at(step, "/call") != NULL) {
            note(function, args, NULL, at(step, "/call"), error);
        } else {
            arvo_actions_value(actions, step, error);
        }
    }
}

static arvo_status choose(void *user_data, const arvo_args *args, arvo_actions *actions, arvo_error **error) {
    function *function = user_data;
    choose_from(function, at(function->definition, "/enqueue"), args, actions, error);
    return arvo_error_status(*error);
}

static void take_line(void *user_data, arvo_str label, const arvo_value *value) {
    mini *mini = user_data;
    arvo_value *entry = make_array(), *details = make_object();
    if (label.ptr) put(details, "label", make_text(label));
    put(details, "value", value);
    append(entry, make_text(ARVO_STR("log")));
    append(entry, details);
    append(mini->ran, entry);
}

/* --- a machine of them --- */

static void add(arvo_machine_builder *builder, mini *mini, arvo_str name, json definition, arvo_error **error) {
    function *function = keep_bytes(sizeof *function);
    function->mini = mini;
    function->name = name;
    function->definition = definition;
    if (at(definition, "/test") != NULL) {
        arvo_machine_builder_guard(builder, name, judge_by, function, NULL, error);
    } else if (at(definition, "/custom") != NULL) {
        arvo_machine_builder_action(builder, name, act, function, NULL, error);
    } else if (at(definition, "/enqueue") != NULL) {
        arvo_machine_builder_enqueue(builder, name, choose, function, NULL, error);
    } else {
        arvo_machine_builder_value(builder, name, make, function, NULL, error);
    }
}

/* Named guards or actions: functions, or forms as they are. */
static void implement(arvo_machine_builder *builder, mini *mini, const char *kind_, json forms, arvo_error **error) {
    arvo_value *setup = make_object(), *plain = make_object();
    size_t index;
    for (index = 0; index < count(forms); index++) {
        json form = item(forms, index);
        if (at(form, "/test") || at(form, "/custom") || at(form, "/enqueue")) {
            add(builder, mini, key(forms, index), form, error);
        } else {
            put_key(plain, key(forms, index), form);
        }
    }
    put(setup, kind_, plain);
    arvo_machine_builder_setup(builder, str(show(setup)), error);
}

/* Every text that could be a name. */
static void names_in(json form, arvo_value *names) {
    size_t index;
    if (kind(form) == ARVO_TEXT) put_key(names, text(form), make_null());
    for (index = 0; index < count(form); index++) names_in(item(form, index), names);
}

static bool lists(json list, arvo_str name) {
    size_t index;
    for (index = 0; index < count(list); index++) {
        if (same(text(item(list, index)), name)) return true;
    }
    return false;
}

/* A name without an implementation is an action that only tells that it ran. */
static void add_others(arvo_machine_builder *builder, mini *mini, json case_, arvo_error **error) {
    json custom = parse(ARVO_STR("{\"custom\":null}"));
    arvo_value *names = make_object();
    size_t index;
    names_in(at(case_, "/machine"), names);
    names_in(mini->actions, names);
    names_in(mini->functions, names);
    for (index = 0; index < count(names); index++) {
        arvo_str name = key(names, index);
        if (member(mini->actions, name) == NULL && member(mini->functions, name) == NULL &&
            !lists(at(case_, "/unimplemented"), name) && !is(name, "enqueueArvoEvent")) {
            add(builder, mini, name, custom, error);
        }
    }
}

arvo_machine_builder *mini_builder(mini *mini, json case_, const arvo_contract_version *contract, arvo_error **error) {
    arvo_machine_builder *builder = NULL;
    size_t index;
    arvo_machine_builder_new(contract, &builder, error);
    arvo_machine_builder_definition(builder, str(show(at(case_, "/machine"))), error);
    for (index = 0; index < count(mini->functions); index++) {
        add(builder, mini, key(mini->functions, index), item(mini->functions, index), error);
    }
    implement(builder, mini, "guards", mini->guards, error);
    implement(builder, mini, "actions", mini->actions, error);
    add_others(builder, mini, case_, error);
    arvo_machine_builder_log(builder, take_line, mini, NULL, error);
    return builder;
}
