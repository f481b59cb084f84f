/* Expectations: literal JSON with matchers in it (README of the vectors, section 1). */
#include <ctype.h>
#include <string.h>

#include "support.h"

static bool differs(const char **why, json wanted, json found, const char *what) {
    if (*why == NULL) *why = format("%s: wanted %s, found %s", what, show(wanted), show(found));
    return false;
}

static bool is_uuid4(arvo_str text) {
    size_t index;
    if (text.len != 36) return false;
    for (index = 0; index < 36; index++) {
        char c = text.ptr[index];
        if (index == 8 || index == 13 || index == 18 || index == 23) {
            if (c != '-') return false;
        } else if (!isdigit((unsigned char)c) && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return text.ptr[14] == '4' && strchr("89ab", text.ptr[19]) != NULL;
}

/* YYYY-MM-DDTHH:MM:SS.mmm+00:00 */
static bool is_time(arvo_str text) {
    static const char form[] = "0000-00-00T00:00:00.000+00:00";
    size_t index;
    if (text.len != sizeof form - 1) return false;
    for (index = 0; index < text.len; index++) {
        bool digit = form[index] == '0' && index < 24;
        if (digit ? !isdigit((unsigned char)text.ptr[index]) : text.ptr[index] != form[index]) return false;
    }
    return true;
}

/* The same label means the same text. */
static bool labelled(const char *matcher, json label, arvo_str found, arvo_value *labels) {
    arvo_str name = str(format("%s:%.*s", matcher, ARVO_PRINT(text(label))));
    json known = member(labels, name);
    if (known != NULL) return same(text(known), found);
    put_key(labels, name, make_text(found));
    return true;
}

static bool match_subject(json wanted, json found, arvo_value *labels, const char **why) {
    json content = at(wanted, "/content");
    arvo_value *decoded = NULL;
    if (kind(found) != ARVO_TEXT) return differs(why, wanted, found, "no subject");
    if (content != NULL) {
        if (arvo_subject_parse(NULL, text(found), &decoded, NULL) != ARVO_OK) {
            return differs(why, wanted, found, "no subject");
        }
        if (!match(content, keep_value(decoded), labels, why)) return false;
    }
    return labelled("$subject", at(wanted, "/$subject"), text(found), labels)
               ? true
               : differs(why, wanted, found, "another subject");
}

/* An id of a trace or a span. */
static bool match_id(const char *matcher, size_t digits, json wanted, json found, arvo_value *labels,
                     const char **why) {
    arvo_str id = text(found);
    size_t index;
    bool right = id.len == digits;
    for (index = 0; right && index < digits; index++) right = isxdigit((unsigned char)id.ptr[index]) != 0;
    right = right && labelled(matcher, at(wanted, format("/%s", matcher)), id, labels);
    return right ? true : differs(why, wanted, found, "another id");
}

/* The header, part by part. */
static bool match_traceparent(json wanted, json found, arvo_value *labels, const char **why) {
    json parts = at(wanted, "/$traceparent");
    arvo_str header = text(found);
    arvo_value *split = make_object();
    if (header.len != 55 || !starts(header, "00-")) return differs(why, wanted, found, "no traceparent");
    put(split, "trace", make_text(arvo_str_of(header.ptr + 3, 32)));
    put(split, "span", make_text(arvo_str_of(header.ptr + 36, 16)));
    put(split, "flags", make_text(arvo_str_of(header.ptr + 53, 2)));
    return match(parts, split, labels, why);
}

/* The key of `found` that a key "$uuid:LABEL" stands for: the label's text, or the first UUID without a label. */
static arvo_str labelled_key(arvo_str label, json found, arvo_value *labels) {
    json known = member(labels, label);
    size_t index, other;
    if (known != NULL) return text(known);
    for (index = 0; index < count(found); index++) {
        arvo_str name = key(found, index);
        bool taken = false;
        for (other = 0; other < count(labels); other++) taken = taken || same(text(item(labels, other)), name);
        if (taken || !is_uuid4(name)) continue;
        put_key(labels, label, make_text(name));
        return name;
    }
    return label;
}

static bool match_object(json wanted, json found, arvo_value *labels, const char **why) {
    size_t index, matched = 0;
    if (kind(found) != ARVO_OBJECT) return differs(why, wanted, found, "no object");
    for (index = 0; index < count(wanted); index++) {
        arvo_str name = key(wanted, index);
        json part = item(wanted, index), other;
        if (starts(name, "$uuid:")) name = labelled_key(name, found, labels);
        other = member(found, name);
        if (other == NULL && kind(part) == ARVO_OBJECT && at(part, "/$open")) continue;
        if (other == NULL) return differs(why, part, NULL, format("member %.*s", ARVO_PRINT(name)));
        if (!match(part, other, labels, why)) {
            *why = format("/%.*s %s", ARVO_PRINT(name), *why);
            return false;
        }
        matched++;
    }
    return matched == count(found) ? true : differs(why, wanted, found, "members not expected");
}

bool match(json wanted, json found, arvo_value *labels, const char **why) {
    size_t index;
    switch (kind(wanted)) {
        case ARVO_OBJECT:
            if (at(wanted, "/$open")) return true;
            if (at(wanted, "/$any")) return is_null(found) ? differs(why, wanted, found, "nothing") : true;
            if (at(wanted, "/$time")) return is_time(text(found)) ? true : differs(why, wanted, found, "no time");
            if (at(wanted, "/$subject")) return match_subject(wanted, found, labels, why);
            if (at(wanted, "/$prefix")) {
                bool right = starts(text(found), format("%.*s", ARVO_PRINT(text(at(wanted, "/$prefix")))));
                return right ? true : differs(why, wanted, found, "another beginning");
            }
            if (at(wanted, "/$uuid")) {
                bool right = is_uuid4(text(found)) && labelled("$uuid", at(wanted, "/$uuid"), text(found), labels);
                return right ? true : differs(why, wanted, found, "no such UUID");
            }
            if (at(wanted, "/$traceId")) return match_id("$traceId", 32, wanted, found, labels, why);
            if (at(wanted, "/$spanId")) return match_id("$spanId", 16, wanted, found, labels, why);
            if (at(wanted, "/$traceparent")) return match_traceparent(wanted, found, labels, why);
            return match_object(wanted, found, labels, why);
        case ARVO_ARRAY:
            if (kind(found) != ARVO_ARRAY || count(wanted) != count(found)) {
                return differs(why, wanted, found, "another list");
            }
            for (index = 0; index < count(wanted); index++) {
                if (!match(item(wanted, index), item(found, index), labels, why)) {
                    *why = format("/%zu %s", index, *why);
                    return false;
                }
            }
            return true;
        default: return equal(wanted, found) ? true : differs(why, wanted, found, "another value");
    }
}

/* One field of each entry of a list, as a list. */
json each(json list, const char *field) {
    arvo_value *fields = make_array();
    size_t index;
    for (index = 0; index < count(list); index++) append(fields, at(item(list, index), field));
    return fields;
}

json error_json(const arvo_error *error) {
    arvo_value *made = make_object();
    json details;
    if (error == NULL) return NULL;
    details = arvo_error_details(error);
    put(made, "name", make_text(arvo_error_name(error)));
    put(made, "message", make_text(arvo_error_message(error)));
    put(made, "type", arvo_error_violation(error).ptr ? make_text(arvo_error_violation(error)) : NULL);
    put(made, "metadata", at(details, "/metadata"));
    put(made, "cause", at(details, "/cause"));
    if (at(details, "/issues")) put(made, "issues", each(at(details, "/issues"), "/path"));
    if (at(details, "/broken")) put(made, "broken", at(details, "/broken"));
    return made;
}

static bool holds(json list, arvo_str wanted) {
    size_t index;
    for (index = 0; index < count(list); index++) {
        if (same(text(item(list, index)), wanted)) return true;
    }
    return false;
}

bool same_set(json left, json right) {
    size_t index;
    for (index = 0; index < count(left); index++) {
        if (!holds(right, text(item(left, index)))) return false;
    }
    for (index = 0; index < count(right); index++) {
        if (!holds(left, text(item(right, index)))) return false;
    }
    return true;
}

/* Recorded paths say "/" for the whole value, where JSON Pointer says "". */
static json recorded_paths(json paths) {
    arvo_value *made = make_array();
    size_t index;
    for (index = 0; index < count(paths); index++) {
        arvo_str path = text(item(paths, index));
        append(made, make_text(path.len ? path : ARVO_STR("/")));
    }
    return made;
}

bool match_error(json wanted, json found, const char **why) {
    json message = at(wanted, "/message"), issues = at(message, "/issues"), type = at(wanted, "/type");
    if (message != NULL && !match(message, at(found, "/message"), make_object(), why)) return false;
    if (issues != NULL && !same_set(each(issues, "/path"), recorded_paths(at(found, "/issues")))) {
        return differs(why, issues, at(found, "/issues"), "other problems");
    }
    if (is_null(type)) return true; /* the reference's names of its own errors (ZodError) are not ours */
    if (!equal(at(wanted, "/name"), at(found, "/name"))) return differs(why, wanted, found, "another name");
    if (!equal(type, at(found, "/type"))) return differs(why, wanted, found, "another type");
    return is_null(at(wanted, "/metadata")) ||
           match(at(wanted, "/metadata"), at(found, "/metadata"), make_object(), why);
}
