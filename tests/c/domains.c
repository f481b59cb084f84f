/* domains.json: from the domains that emitting code gives to those of the events. */
#include "support.h"

static json resolved(json list, arvo_domain_context context) {
    arvo_value *found = NULL;
    arvo_error *error = NULL;
    arvo_domain_resolve(NULL, list, &context, &found, &error);
    must(error);
    return keep_value(found);
}

/* Subjects and parents are named; the file says which text that is. */
static arvo_str subject_text(json named, json name) {
    json found = member(named, text(name));
    return text(kind(found) == ARVO_OBJECT ? at(found, "/subject") : found);
}

static void one(report *report, const char *group, size_t index, json case_) {
    json vectors = report->vectors, domains = at(vectors, "/contractDomains");
    json wanted = expectation(report, group, index, case_, "/expect"), found;
    arvo_value *list = make_array();
    arvo_domain_context context;
    context.self_contract = text(member(domains, text(at(case_, "/selfContract"))));
    context.event_contract = text(member(domains, text(at(case_, "/eventContract"))));
    context.triggering_event = text(at(case_, "/triggeringDomain"));
    context.current_subject = subject_text(at(vectors, "/subjects"), at(case_, "/currentSubject"));
    context.parent_subject = subject_text(at(vectors, "/parents"), at(case_, "/parentSubject"));
    append(list, at(case_, "/value"));
    found = item(resolved(list, context), 0);
    judge(report, group, index, case_, wanted == NULL || equal(wanted, found), wanted, found, NULL);
}

static arvo_str with_domain(const char *orchestrator, json domain) {
    arvo_text *subject = NULL;
    arvo_error *error = NULL;
    arvo_subject_new(NULL, str(orchestrator), ARVO_STR("1.0.0"), ARVO_STR("com.test.client"), text(domain), NULL,
                     &subject, &error);
    must(error);
    return arvo_text_view(keep_text(subject));
}

static void several(report *report, const char *group, size_t index, json case_) {
    json contracts = member(at(report->vectors, "/listContracts"), text(at(case_, "/at")));
    json parent = at(case_, "/parent"), wanted = expectation(report, group, index, case_, "/expect"), found;
    arvo_domain_context context;
    context.self_contract = text(at(contracts, "/self"));
    context.event_contract = text(at(contracts, "/event"));
    context.triggering_event = text(at(case_, "/event"));
    context.current_subject = with_domain("arvo.orc.current", at(case_, "/subject"));
    context.parent_subject =
        parent == NULL || is(text(parent), "no parent") ? ARVO_NO_STR : with_domain("arvo.orc.parent", parent);
    found = resolved(at(case_, "/list"), context);
    judge(report, group, index, case_, wanted == NULL || equal(wanted, found), wanted, found, NULL);
}

void run_domains(report *report) {
    static const struct {
        const char *name, *symbol;
    } symbols[] = {{"FROM_SELF_CONTRACT", ARVO_DOMAIN_FROM_SELF_CONTRACT},
                   {"FROM_EVENT_CONTRACT", ARVO_DOMAIN_FROM_EVENT_CONTRACT},
                   {"FROM_TRIGGERING_EVENT", ARVO_DOMAIN_FROM_TRIGGERING_EVENT},
                   {"FROM_CURRENT_SUBJECT", ARVO_DOMAIN_FROM_CURRENT_SUBJECT},
                   {"FROM_PARENT_SUBJECT", ARVO_DOMAIN_FROM_PARENT_SUBJECT},
                   {"ORCHESTRATION_CONTEXT", ARVO_DOMAIN_ORCHESTRATION_CONTEXT}};
    size_t index;
    for (index = 0; index < sizeof symbols / sizeof *symbols; index++) {
        json wanted = member(at(report->vectors, "/symbols"), str(symbols[index].name));
        json found = make_text(str(symbols[index].symbol));
        if (wanted != NULL) judge(report, "symbols", index, NULL, equal(wanted, found), wanted, found, NULL);
    }
    run_group(report, "resolve", one);
    run_group(report, "lists", several);
}
