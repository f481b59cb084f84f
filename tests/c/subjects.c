/* subjects.json: the identity of a workflow, made and read. */
#include "support.h"

/* {decoded} of a subject, or {error: {broken}}. */
static json outcome(arvo_text *subject, arvo_error *error) {
    arvo_value *found = make_object(), *content = NULL;
    keep_text(subject);
    if (error == NULL) arvo_subject_parse(NULL, arvo_text_view(subject), &content, &error);
    if (error == NULL) {
        put(found, "decoded", keep_value(content));
    } else {
        arvo_value *broken = make_object();
        put(broken, "broken", each(at(arvo_error_details(keep_error(error)), "/broken"), "/attribute"));
        put(broken, "message", make_text(arvo_error_message(error)));
        put(found, "error", broken);
    }
    return found;
}

static bool fits(json wanted, json found, const char **why) {
    if (wanted == NULL) return true;
    if (at(wanted, "/error")) {
        json broken = at(wanted, "/error/broken");
        return at(found, "/error") && (broken == NULL || same_set(broken, at(found, "/error/broken")));
    }
    return at(found, "/decoded") && match(at(wanted, "/decoded"), at(found, "/decoded"), make_object(), why);
}

static void settle(report *report, const char *group, size_t index, json case_, json found) {
    json wanted = expectation(report, group, index, case_, "/expect");
    const char *why = NULL;
    judge(report, group, index, case_, fits(wanted, found, &why), wanted, found, why);
}

static void make_new(report *report, const char *group, size_t index, json case_) {
    json input = at(case_, "/input");
    arvo_text *subject = NULL;
    arvo_error *error = NULL;
    arvo_subject_new(NULL, text(at(input, "/orchestator")), text(at(input, "/version")), text(at(input, "/initiator")),
                     text(at(input, "/domain")), at(input, "/meta"), &subject, &error);
    settle(report, group, index, case_, outcome(subject, error));
}

static void make_child(report *report, const char *group, size_t index, json case_) {
    json input = at(case_, "/input");
    arvo_text *subject = NULL;
    arvo_error *error = NULL;
    arvo_subject_from(NULL, text(at(input, "/orchestator")), text(at(input, "/version")), text(at(input, "/subject")),
                      text(at(input, "/domain")), at(input, "/meta"), &subject, &error);
    settle(report, group, index, case_, outcome(subject, error));
}

static void create(report *report, const char *group, size_t index, json case_) {
    bool refused = false;
    json content = expand(at(case_, "/content"), &refused), wanted = at(case_, "/expect"), found;
    arvo_text *subject = NULL;
    arvo_error *error = NULL;
    const char *why = NULL;
    arvo_subject_create(content, &subject, &error);
    found = outcome(subject, error);
    if (at(wanted, "/encoded")) { /* the reference's own text must read the same */
        arvo_value *decoded = NULL;
        error = NULL;
        arvo_subject_parse(NULL, text(at(wanted, "/encoded")), &decoded, &error);
        must(error);
        judge(report, group, index, case_,
              equal(keep_value(decoded), at(found, "/decoded")) && fits(wanted, found, &why), wanted, found, why);
        return;
    }
    settle(report, group, index, case_, found);
}

static void read_back(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect");
    arvo_value *content = NULL;
    arvo_status status = arvo_subject_parse(NULL, text(at(case_, "/subject")), &content, NULL);
    bool ok = truth(at(case_, "/isValid")) == (status == ARVO_OK);
    keep_value(content);
    if (wanted != NULL) ok = ok && (at(wanted, "/error") ? status != ARVO_OK : equal(at(wanted, "/decoded"), content));
    judge(report, group, index, case_, ok, case_, content, NULL);
}

/* As the subject of an event it stays as it is. */
static void in_event(report *report, const char *group, size_t index, json case_) {
    arvo_value *attributes = copy(parse(ARVO_STR("{\"source\":\"com.a.b\",\"type\":\"com.a.b\",\"data\":{}}")));
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    json subject = at(case_, "/subject"), found;
    put(attributes, "subject", subject);
    arvo_event_new(NULL, attributes, NULL, &event, &error);
    must(error);
    found = make_text(arvo_event_subject(keep_event(event)));
    judge(report, group, index, case_, equal(subject, found) == truth(at(case_, "/staysAsItIs")), subject, found, NULL);
}

void run_subjects(report *report) {
    run_group(report, "new", make_new);
    run_group(report, "create", create);
    run_group(report, "from", make_child);
    run_group(report, "parse", read_back);
    run_group(report, "validAsEventSubject", in_event);
}
