/* ids.json: how an event gets its id, and what a managed id tells. */
#include "support.h"

static json parsed(arvo_str id) {
    arvo_value *content = NULL;
    return arvo_id_parse(NULL, id, &content, NULL) == ARVO_OK ? keep_value(content) : NULL;
}

static bool fits(json wanted, arvo_str id, const char **why) {
    json kind_ = at(wanted, "/kind");
    arvo_value *labels = make_object();
    if (is(text(kind_), "exact")) return same(id, text(at(wanted, "/id")));
    if (is(text(kind_), "uuid4")) return match(parse(ARVO_STR("{\"$uuid\":\"u\"}")), make_text(id), labels, why);
    return match(at(wanted, "/decoded"), parsed(id), labels, why);
}

static void create(report *report, const char *group, size_t index, json case_) {
    bool refused = false;
    json input = expand(at(case_, "/input"), &refused), wanted = expectation(report, group, index, case_, "/expect");
    arvo_str how = text(at(input, "/deduplication"));
    arvo_id_kind kind_ = is(how, "DEVELOPER_MANAGED") ? ARVO_ID_DEVELOPER_MANAGED
                         : is(how, "ARVO_MANAGED")    ? ARVO_ID_ARVO_MANAGED
                                                      : ARVO_ID_RANDOM;
    arvo_text *id = NULL;
    arvo_error *error = NULL;
    const char *why = NULL;
    arvo_id_new(NULL, kind_, text(at(input, "/value")), &id, &error);
    must(error);
    keep_text(id);
    judge(report, group, index, case_, wanted == NULL || fits(wanted, arvo_text_view(id), &why), wanted,
          make_text(arvo_text_view(id)), why);
}

static void read_back(report *report, const char *group, size_t index, json case_) {
    json wanted = expectation(report, group, index, case_, "/expect"), found = parsed(text(at(case_, "/id")));
    bool ok = truth(at(wanted, "/plain")) ? found == NULL : equal(at(wanted, "/decoded"), found);
    judge(report, group, index, case_, wanted == NULL || ok, wanted, found, NULL);
}

void run_ids(report *report) {
    run_group(report, "create", create);
    run_group(report, "parse", read_back);
}
