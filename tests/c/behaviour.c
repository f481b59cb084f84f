/* The little language of behaviours (README of the vectors, section 2), and the C function that acts by it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"

/* Beside its one `$key` an operator may have `default` alone; keys that end with `$$` are plain ones. */
static bool is_operator(json template_, arvo_str *name) {
    size_t index, size = count(template_), operators = 0;
    if (kind(template_) != ARVO_OBJECT) return false;
    for (index = 0; index < size; index++) {
        arvo_str this = key(template_, index);
        if (starts(this, "$") && !(this.len >= 2 && this.ptr[this.len - 1] == '$' && this.ptr[this.len - 2] == '$')) {
            operators++;
            *name = this;
        } else if (!is(this, "default")) {
            return false;
        }
    }
    return operators == 1;
}

static json step(json value, arvo_str part) {
    char *end;
    char digits[24];
    unsigned long index;
    if (kind(value) != ARVO_ARRAY) return member(value, part);
    if (part.len == 0 || part.len >= sizeof digits) return NULL;
    memcpy(digits, part.ptr, part.len);
    digits[part.len] = '\0';
    index = strtoul(digits, &end, 10);
    return *end == '\0' ? item(value, index) : NULL;
}

json look_up(json value, json path) {
    size_t index, size = count(path);
    arvo_str rest = text(path);
    if (kind(path) == ARVO_ARRAY) {
        for (index = 0; index < size && value != NULL; index++) {
            json part = item(path, index);
            value = kind(part) == ARVO_NUMBER ? item(value, (size_t)number(part)) : step(value, text(part));
        }
        return value;
    }
    while (value != NULL && rest.ptr != NULL) {
        const char *dot = memchr(rest.ptr, '.', rest.len);
        arvo_str part = dot ? arvo_str_of(rest.ptr, (size_t)(dot - rest.ptr)) : rest;
        value = step(value, part);
        rest = dot ? arvo_str_of(dot + 1, rest.len - part.len - 1) : ARVO_NO_STR;
    }
    return value;
}

bool truthy(json value) {
    switch (kind(value)) {
        case ARVO_BOOL: return truth(value);
        case ARVO_NUMBER: return number(value) != 0;
        case ARVO_TEXT: return text(value).len > 0;
        case ARVO_ARRAY:
        case ARVO_OBJECT: return true;
        default: return false;
    }
}

/* What is joined into a text: numbers as JavaScript writes them, which is how the library writes JSON. */
static const char *joined(json value) {
    return kind(value) == ARVO_TEXT ? format("%.*s", ARVO_PRINT(text(value))) : value ? show(value) : "";
}

static size_t utf16_length(arvo_str text) {
    size_t index, length = 0;
    for (index = 0; index < text.len; index++) {
        unsigned char byte = (unsigned char)text.ptr[index];
        if ((byte & 0xC0) != 0x80) length += byte >= 0xF0 ? 2 : 1;
    }
    return length;
}

static json compare(arvo_str name, json left, json right) {
    int order;
    if (kind(left) == ARVO_NUMBER && kind(right) == ARVO_NUMBER) {
        order = (number(left) > number(right)) - (number(left) < number(right));
    } else if (kind(left) == ARVO_TEXT && kind(right) == ARVO_TEXT) {
        order = strcmp(joined(left), joined(right));
    } else {
        return make_bool(false);
    }
    return make_bool(is(name, "$gt") ? order > 0 : is(name, "$gte") ? order >= 0 : order < 0);
}

static json apply(arvo_str name, json operand, json scope, bool *failed);

json evaluate(json template_, json scope, bool *failed) {
    arvo_str name = ARVO_NO_STR;
    arvo_value *made;
    size_t index, size = count(template_);
    if (kind(template_) != ARVO_OBJECT && kind(template_) != ARVO_ARRAY) return template_;
    if (is_operator(template_, &name)) {
        json value = apply(name, member(template_, name), scope, failed);
        return value == NULL && at(template_, "/default") ? evaluate(at(template_, "/default"), scope, failed) : value;
    }
    made = kind(template_) == ARVO_OBJECT ? make_object() : make_array();
    for (index = 0; index < size; index++) {
        json part = evaluate(item(template_, index), scope, failed);
        if (kind(template_) == ARVO_OBJECT) {
            put_key(made, key(template_, index), part);
        } else {
            append(made, part ? part : make_null());
        }
    }
    return made;
}

static json fold(arvo_str name, json parts) {
    size_t index, size = count(parts);
    double result = is(name, "$mul") ? 1 : 0;
    for (index = 0; index < size; index++) {
        double part = number(item(parts, index));
        result = is(name, "$mul") ? result * part : is(name, "$sub") && index > 0 ? result - part : result + part;
    }
    return make_number(result);
}

static json overlay(json objects) {
    arvo_value *merged = make_object();
    size_t index, inner;
    for (index = 0; index < count(objects); index++) {
        json object = item(objects, index);
        for (inner = 0; kind(object) == ARVO_OBJECT && inner < count(object); inner++) {
            put_key(merged, key(object, inner), item(object, inner));
        }
    }
    return merged;
}

static json apply(arvo_str name, json operand, json scope, bool *failed) {
    json parts;
    size_t index, size;
    if (is(name, "$literal")) return operand;
    if (is(name, "$ref")) return look_up(scope, evaluate(operand, scope, failed));
    if (is(name, "$if")) {
        bool yes = truthy(evaluate(item(operand, 0), scope, failed));
        return evaluate(item(operand, yes ? 1 : 2), scope, failed);
    }
    if (is(name, "$eq") || is(name, "$gt") || is(name, "$gte") || is(name, "$lt")) {
        json left = evaluate(item(operand, 0), scope, failed), right = evaluate(item(operand, 1), scope, failed);
        if (!is(name, "$eq")) return compare(name, left, right);
        return make_bool((is_null(left) && is_null(right)) || equal(left, right));
    }
    parts = evaluate(operand, scope, failed);
    size = count(parts);
    if (is(name, "$sum") || is(name, "$mul") || is(name, "$sub")) return fold(name, parts);
    if (is(name, "$merge")) return overlay(parts);
    if (is(name, "$not")) return make_bool(!truthy(parts));
    if (is(name, "$and") || is(name, "$or")) {
        bool result = is(name, "$and");
        for (index = 0; index < size; index++) {
            bool yes = truthy(item(parts, index));
            result = is(name, "$and") ? result && yes : result || yes;
        }
        return make_bool(result);
    }
    if (is(name, "$concat")) {
        const char *whole = "";
        for (index = 0; index < size; index++) whole = format("%s%s", whole, joined(item(parts, index)));
        return make_text(str(whole));
    }
    if (is(name, "$len")) {
        return make_number(kind(parts) == ARVO_TEXT ? (double)utf16_length(text(parts)) : (double)size);
    }
    if (is(name, "$append")) {
        arvo_value *longer = is_null(item(parts, 0)) ? make_array() : copy(item(parts, 0));
        for (index = 1; index < size; index++) append(longer, item(parts, index));
        return longer;
    }
    if (is(name, "$pluck")) {
        arvo_value *plucked = make_array();
        for (index = 0; index < count(item(parts, 0)); index++) {
            json found = look_up(item(item(parts, 0), index), item(parts, 1));
            append(plucked, found ? found : make_null());
        }
        return plucked;
    }
    *failed = true; /* any other operator fails on purpose */
    return NULL;
}

/* What a behaviour sees of its input. */
static json scope_of(const arvo_input *input) {
    arvo_value *scope = make_object(), *event = NULL;
    arvo_error *error = NULL;
    arvo_str self = arvo_input_domain_self(input), domain = arvo_input_domain_event(input);
    arvo_event_value(arvo_input_event(input), &event, &error);
    must(error);
    keep_value(event);
    put(event, "data", arvo_input_data(input)); /* validated: defaults filled, unknown keys stripped */
    put(scope, "event", event);
    put(scope, "source", make_text(arvo_input_source(input)));
    arvo_value_set_null(scope, ARVO_STR("/domain/self"), NULL);
    arvo_value_set_null(scope, ARVO_STR("/domain/event"), NULL);
    if (self.ptr) arvo_value_set_text(scope, ARVO_STR("/domain/self"), self, NULL);
    if (domain.ptr) arvo_value_set_text(scope, ARVO_STR("/domain/event"), domain, NULL);
    arvo_value_set_text(scope, ARVO_STR("/contract/uri"), arvo_input_uri(input), NULL);
    arvo_value_set_text(scope, ARVO_STR("/contract/version"), arvo_input_version(input), NULL);
    return scope;
}

bool behaves_badly(json behaviour, arvo_error **error) {
    json outcome = at(behaviour, "/throws");
    if (outcome != NULL) {
        arvo_error_raise(error, text(at(outcome, "/name")), text(at(outcome, "/message")));
    } else if ((outcome = at(behaviour, "/throwsViolation")) != NULL) {
        json type = at(outcome, is(text(at(outcome, "/kind")), "Custom") ? "/type" : "/kind");
        arvo_error_raise_violation(error, text(type), text(at(outcome, "/message")), at(outcome, "/metadata"));
    }
    return outcome != NULL;
}

arvo_status behave(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    json behaviour = user_data, outcome;
    bool failed = false;
    if (at(behaviour, "/returnsNothing") || behaves_badly(behaviour, error)) return arvo_error_status(*error);
    outcome = evaluate(at(behaviour, "/returns"), scope_of(input), &failed);
    if (failed) return arvo_error_raise(error, ARVO_STR("Error"), ARVO_STR("unknown operator"));
    return arvo_outputs_json(outputs, str(show(outcome ? outcome : make_null())), error);
}
