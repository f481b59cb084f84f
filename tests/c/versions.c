/* versions.json: versions, and the dataschemas that name them. */
#include "support.h"

static void compare(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect");
    arvo_error *error = NULL;
    int order = 0;
    arvo_version_compare(text(at(case_, "/a")), text(at(case_, "/b")), &order, &error);
    must(error);
    /* With a note the reference's own answer is wrong: numbers beyond 2^53. */
    judge(report, group, index, case_, wanted == NULL || at(case_, "/note") || number(wanted) == order, wanted,
          make_number(order), NULL);
}

static json lenient(arvo_str version) {
    double numbers[3];
    arvo_error *error = NULL;
    arvo_value *found = make_object();
    if (arvo_version_numbers(version, numbers, &error) != ARVO_OK) {
        put(found, "error", error_json(keep_error(error)));
        return found;
    }
    arvo_value_set_f64(found, ARVO_STR("/ok/major"), numbers[0], &error);
    arvo_value_set_f64(found, ARVO_STR("/ok/minor"), numbers[1], &error);
    arvo_value_set_f64(found, ARVO_STR("/ok/patch"), numbers[2], &error);
    must(error);
    return found;
}

static void valid(report *report, const char *group, size_t index, json case_) {
    arvo_str version = text(at(case_, "/version"));
    json wanted = at(case_, "/parse"), found = lenient(version);
    bool ok = arvo_version_is_valid(version) == truth(at(case_, "/valid")) &&
              arvo_version_is_wildcard(version) == truth(at(case_, "/wildcard")) &&
              equal(at(wanted, "/ok"), at(found, "/ok")) &&
              equal(at(wanted, "/error/message"), at(found, "/error/message"));
    judge(report, group, index, case_, ok, case_, found, NULL);
}

/* {uri, version}, or null for a text that is no dataschema. */
static json split(arvo_str dataschema) {
    arvo_str uri, version;
    arvo_value *found = make_object();
    if (dataschema.ptr == NULL || arvo_dataschema_split(dataschema, &uri, &version, NULL) != ARVO_OK)
        return make_null();
    put(found, "uri", make_text(uri));
    put(found, "version", make_text(version));
    return found;
}

static void dataschema(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), found = split(text(at(case_, "/dataschema")));
    bool ok = wanted == NULL || equal(wanted, found);
    if (at(case_, "/isValid")) ok = ok && truth(at(case_, "/isValid")) == (kind(found) == ARVO_OBJECT);
    judge(report, group, index, case_, ok, wanted, found, NULL);
}

static void of_event(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), found;
    arvo_value *attributes =
        copy(parse(ARVO_STR("{\"source\":\"com.a.b\",\"type\":\"com.a.b\",\"subject\":\"s\",\"data\":{}}")));
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    put(attributes, "dataschema", at(case_, "/dataschema"));
    arvo_event_new(NULL, attributes, NULL, &event, &error);
    must(error);
    found = split(arvo_event_dataschema(keep_event(event)));
    judge(report, group, index, case_, wanted == NULL || equal(wanted, found), wanted, found, NULL);
}

static void build(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), found;
    arvo_text *built = NULL;
    arvo_error *error = NULL;
    arvo_dataschema_build(text(at(case_, "/uri")), text(at(case_, "/version")), &built, &error);
    must(error);
    found = make_text(arvo_text_view(keep_text(built)));
    judge(report, group, index, case_, wanted == NULL || equal(wanted, found), wanted, found, NULL);
}

void run_versions(report *report) {
    json wildcard = at(report->vectors, "/wildcard");
    if (wildcard != NULL) {
        judge(report, "wildcard", 0, NULL, arvo_version_is_wildcard(text(wildcard)), wildcard, NULL, NULL);
    }
    run_group(report, "compare", compare);
    run_group(report, "valid", valid);
    run_group(report, "dataschemaParse", dataschema);
    run_group(report, "dataschemaOfEvent", of_event);
    run_group(report, "dataschemaBuild", build);
}
