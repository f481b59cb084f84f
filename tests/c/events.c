/* events.json: making, reading and writing events. */
#include "support.h"

static json event_value(const arvo_event *event) {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    arvo_event_value(event, &value, &error);
    must(error);
    return keep_value(value);
}

/* {valid, json, keyOrder} of an event, or {valid, invalid} of what is none. */
static json outcome(const arvo_event *event, const arvo_error *error) {
    arvo_value *found = make_object();
    put(found, "valid", make_bool(event != NULL));
    if (event != NULL) {
        json value = event_value(event);
        arvo_value *order = make_array();
        size_t index;
        for (index = 0; index < count(value); index++) append(order, make_text(key(value, index)));
        put(found, "json", value);
        put(found, "keyOrder", order);
    } else {
        json details = arvo_error_details(error), broken = at(details, "/broken");
        arvo_value *names = make_array();
        size_t index;
        for (index = 0; index < count(broken); index++) append(names, at(item(broken, index), "/attribute"));
        put(found, "invalid", names);
        put(found, "message", make_text(arvo_error_message(error)));
    }
    return found;
}

static bool fits(json wanted, json found, const char **why) {
    arvo_value *labels = make_object();
    if (wanted == NULL) return true;
    if (truth(at(wanted, "/valid")) != truth(at(found, "/valid"))) return false;
    if (!truth(at(wanted, "/valid"))) return same_set(at(wanted, "/invalid"), at(found, "/invalid"));
    if (at(wanted, "/keyOrder") && !equal(at(wanted, "/keyOrder"), at(found, "/keyOrder"))) return false;
    return match(at(wanted, "/json"), at(found, "/json"), labels, why);
}

static void create(report *report, const char *group, size_t index, json case_) {
    bool refused = false;
    arvo_value *input = copy(at(case_, "/input"));
    json wanted = expectation(report, group, index, case_, "/expect"), expanded, found;
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    const char *why = NULL;
    put(input, "__extensions", at(case_, "/extensions"));
    expanded = expand(input, &refused);
    if (refused) { /* a lone surrogate: no arvo_value, so no event, can hold it */
        judge(report, group, index, case_, !truth(at(wanted, "/valid")), wanted, NULL, "the text was refused");
        return;
    }
    arvo_event_new(NULL, expanded, NULL, &event, &error);
    found = outcome(keep_event(event), keep_error(error));
    judge(report, group, index, case_, fits(wanted, found, &why), wanted, found, why);
}

static void read_back(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), found;
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    const char *why = NULL;
    arvo_event_parse(NULL, str(show(at(case_, "/json"))), &event, &error);
    found = outcome(keep_event(event), keep_error(error));
    judge(report, group, index, case_, fits(wanted, found, &why), wanted, found, why);
}

static void uri(report *report, const char *group, size_t index, json case_) {
    bool refused = false;
    json input = expand(at(case_, "/input"), &refused), wanted = at(case_, "/encoded"), digest;
    arvo_text *encoded = NULL;
    json found = NULL;
    bool ok = !truth(at(case_, "/properlyEncoded"));
    if (!refused) {
        arvo_error *error = NULL;
        arvo_uri_encode(text(input), &encoded, &error);
        must(error);
        found = make_text(arvo_text_view(keep_text(encoded)));
        ok = arvo_uri_is_encoded(text(input)) == truth(at(case_, "/properlyEncoded"));
    }
    digest = at(wanted, "/$sha256OfUtf8");
    if (digest != NULL) {
        ok = ok && is(text(digest), sha256_hex(text(found)));
    } else {
        ok = ok && (refused ? is_null(wanted) : equal(wanted, found));
    }
    judge(report, group, index, case_, ok, case_, found, NULL);
}

static const arvo_event *parsed(json value) {
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_event_parse(NULL, str(show(value)), &event, &error);
    must(error);
    return keep_event(event);
}

static void to_string(report *report, const char *group, size_t index, json case_) {
    arvo_text *written = NULL;
    arvo_error *error = NULL;
    json wanted = expectation(report, group, index, case_, "/expect"), found;
    arvo_event_write(parsed(at(case_, "/json")), (size_t)number(at(case_, "/spacing")), &written, &error);
    must(error);
    found = make_text(arvo_text_view(keep_text(written)));
    judge(report, group, index, case_, wanted == NULL || equal(wanted, found), wanted, found, NULL);
}

static void otel(report *report, const char *group, size_t index, json case_) {
    arvo_value *attributes = NULL;
    arvo_error *error = NULL;
    json wanted = expectation(report, group, index, case_, "/expect");
    arvo_event_otel_attributes(parsed(at(case_, "/json")), &attributes, &error);
    must(error);
    keep_value(attributes);
    judge(report, group, index, case_, wanted == NULL || equal(wanted, attributes), wanted, attributes, NULL);
}

/* The two halves of an event: CloudEvents' own attributes, and everything else. */
static json half(json event, json like) {
    arvo_value *made = make_object();
    size_t index;
    for (index = 0; index < count(like); index++) put_key(made, key(like, index), member(event, key(like, index)));
    return made;
}

static void parts(report *report, const char *group, size_t index, json case_) {
    const arvo_event *event = parsed(at(case_, "/json"));
    json value = event_value(event), own = at(case_, "/cloudeventDefault"), other = at(case_, "/cloudeventExtensions");
    arvo_value *extensions = NULL;
    arvo_error *error = NULL;
    bool ok;
    arvo_event_extensions(event, &extensions, &error);
    must(error);
    ok = equal(keep_value(extensions), at(case_, "/extensions")) && equal(half(value, own), own) &&
         equal(half(value, other), other) && count(own) + count(other) == count(value);
    judge(report, group, index, case_, ok, case_, value, NULL);
}

void run_events(report *report) {
    run_group(report, "create", create);
    run_group(report, "parse", read_back);
    run_group(report, "uri", uri);
    run_group(report, "toString", to_string);
    run_group(report, "otelAttributes", otel);
    run_group(report, "parts", parts);
}
