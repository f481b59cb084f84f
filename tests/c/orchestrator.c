/* orchestrator.json: machines as workflows, event by event, with the record after each; and what can't be made. */
#include "support.h"

/* --- a recorded machine: its templates are real functions --- */

/* What templates look things up in. */
static json scope_of(const arvo_args *args) {
    arvo_value *scope = make_object();
    put(scope, "context", arvo_args_context(args));
    put(scope, "event", arvo_args_event(args));
    put(scope, "params", arvo_args_params(args));
    put(scope, "input", arvo_args_input(args));
    return scope;
}

/* The value of a template. */
static arvo_status make(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    bool failed = false;
    json made = evaluate(user_data, scope_of(args), &failed);
    if (failed) return arvo_error_raise(error, ARVO_STR("Error"), ARVO_STR("unknown operator"));
    return arvo_value_set(value, ARVO_STR(""), made ? made : make_null(), error);
}

static arvo_status judge_by(void *user_data, const arvo_args *args, bool *passes, arvo_error **error) {
    json guard = user_data;
    bool failed = false;
    if (behaves_badly(guard, error)) return arvo_error_status(*error);
    *passes = truthy(evaluate(guard, scope_of(args), &failed));
    return failed ? arvo_error_raise(error, ARVO_STR("Error"), ARVO_STR("unknown operator")) : ARVO_OK;
}

static arvo_status act(void *user_data, const arvo_args *args, arvo_error **error) {
    (void)args;
    return behaves_badly(user_data, error) ? arvo_error_status(*error) : ARVO_OK;
}

static void add_action(arvo_machine_builder *builder, arvo_str name, json action, arvo_error **error) {
    static const char *const forms[] = {"assign", "emit", "raise"};
    size_t index;
    for (index = 0; index < 3; index++) {
        json template_ = at(action, format("/%s", forms[index]));
        arvo_value *setup = make_object(), *actions = make_object(), *form = make_object(), *function = make_object();
        if (template_ == NULL) continue;
        put(function, "$fn", make_text(name));
        put(form, forms[index], function);
        put_key(actions, name, form);
        put(setup, "actions", actions);
        arvo_machine_builder_setup(builder, str(show(setup)), error);
        arvo_machine_builder_value(builder, name, make, (void *)template_, NULL, error);
        return;
    }
    arvo_machine_builder_action(builder, name, act, (void *)action, NULL, error);
}

/* The configuration with a function in the place of each template: the root's context, every output, all params. */
static json with_functions(arvo_machine_builder *builder, json config, bool is_root, size_t *made, arvo_error **error) {
    arvo_value *copied = kind(config) == ARVO_ARRAY ? make_array() : make_object();
    size_t index;
    if (kind(config) != ARVO_OBJECT && kind(config) != ARVO_ARRAY) return config;
    for (index = 0; index < count(config); index++) {
        json part = item(config, index);
        arvo_str name = kind(config) == ARVO_OBJECT ? key(config, index) : ARVO_NO_STR;
        if (is(name, "output") || is(name, "params") || (is_root && is(name, "context"))) {
            arvo_value *function = make_object();
            arvo_str number = str(format("template %zu", ++*made));
            arvo_machine_builder_value(builder, number, make, (void *)part, NULL, error);
            put(function, "$fn", make_text(number));
            part = function;
        } else {
            part = with_functions(builder, part, false, made, error);
        }
        if (kind(config) == ARVO_OBJECT) {
            put_key(copied, name, part);
        } else {
            append(copied, part);
        }
    }
    return copied;
}

/* The version of a contract that `{contract, version?}` names. */
static const arvo_contract_version *version_of(json contracts, json reference, arvo_error **error) {
    arvo_contract *contract = NULL;
    arvo_contract_version *found = NULL;
    json version = at(reference, "/version");
    contract_of(member(contracts, text(at(reference, "/contract"))), &contract, error);
    arvo_contract_lookup(keep_contract(contract), version ? text(version) : ARVO_STR("1.0.0"), &found, error);
    return keep_version(found);
}

static const arvo_machine *machine_of(json contracts, json spec, arvo_error **error) {
    json services = at(spec, "/services"), actions = at(spec, "/actions"), guards = at(spec, "/guards");
    arvo_machine_builder *builder = NULL;
    arvo_machine *machine = NULL;
    size_t index, made = 0;
    arvo_machine_builder_new(version_of(contracts, at(spec, "/self"), error), &builder, error);
    for (index = 0; index < count(services); index++) {
        arvo_machine_builder_service(builder, key(services, index), version_of(contracts, item(services, index), error),
                                     error);
    }
    if (at(spec, "/extraSetup")) arvo_machine_builder_setup(builder, str(show(at(spec, "/extraSetup"))), error);
    for (index = 0; index < count(actions); index++) {
        add_action(builder, key(actions, index), item(actions, index), error);
    }
    for (index = 0; index < count(guards); index++) {
        arvo_machine_builder_guard(builder, key(guards, index), judge_by, (void *)item(guards, index), NULL, error);
    }
    arvo_machine_builder_definition(builder,
                                    str(show(with_functions(builder, at(spec, "/config"), true, &made, error))), error);
    arvo_machine_builder_build(builder, &machine, error);
    arvo_machine_builder_free(builder);
    return keep_machine(machine);
}

arvo_status orchestrator_of(json contracts, json spec, const arvo_memory *memory, arvo_orchestrator **out,
                            arvo_error **error) {
    json machines = at(spec, "/machines"), domains = at(spec, "/domains");
    arvo_orchestrator_builder *builder = NULL;
    size_t index;
    arvo_status status;
    arvo_orchestrator_builder_new(&builder, error);
    for (index = 0; index < count(machines); index++) {
        arvo_orchestrator_builder_machine(builder, machine_of(contracts, item(machines, index), error), error);
    }
    if (!is_null(at(spec, "/executionunits"))) {
        arvo_orchestrator_builder_executionunits(builder, number(at(spec, "/executionunits")), error);
    }
    if (!is_null(at(spec, "/locking"))) {
        arvo_orchestrator_builder_locking(builder, truth(at(spec, "/locking")), error);
    }
    if (domains != NULL) {
        arvo_orchestrator_builder_domains(builder, at(domains, "/services"), at(domains, "/complete"),
                                          at(domains, "/systemError"), error);
    }
    if (at(spec, "/span") != NULL) {
        arvo_orchestrator_builder_span(builder, text(at(spec, "/span/name")), at(spec, "/span/attributes"), error);
    }
    if (memory != NULL) arvo_orchestrator_builder_memory(builder, memory, error);
    status = arvo_orchestrator_builder_build(builder, out, error);
    arvo_orchestrator_builder_free(builder);
    return status;
}

static void made(json contracts, json case_, const arvo_memory *memory, workflow *out, arvo_error **error) {
    orchestrator_of(contracts, at(case_, "/orchestrator"), memory, &out->orchestrator, error);
    keep_orchestrator(out->orchestrator);
}

static void steps(report *report, const char *group, size_t index, json case_) {
    run_steps(report, group, index, case_, made);
}

/* Whether something was made as recorded, or refused so; `found` tells what was made. */
static void judge_made(report *report, const char *group, size_t index, json case_, json found, arvo_error *error) {
    json wanted = expectation(report, group, index, case_, "/expect");
    const char *why = NULL;
    bool ok;
    if (keep_error(error) != NULL) {
        found = error_json(error);
        produced(report, case_, found);
        ok = at(wanted, "/error") && match_error(at(wanted, "/error"), found, &why);
    } else {
        ok = equal(wanted, found);
    }
    judge(report, group, index, case_, wanted == NULL || ok, wanted, found, why);
}

static void machine(report *report, const char *group, size_t index, json case_) {
    arvo_error *error = NULL;
    const arvo_machine *machine = machine_of(at(report->vectors, "/contracts"), at(case_, "/machine"), &error);
    arvo_value *found = make_object();
    if (machine != NULL) {
        put(found, "made", make_bool(true));
        put(found, "id", make_text(arvo_machine_id(machine)));
        put(found, "version", make_text(arvo_machine_version(machine)));
        put(found, "source", make_text(arvo_machine_source(machine)));
        put(found, "requiresResourceLocking", make_bool(arvo_machine_locking(machine)));
    }
    judge_made(report, group, index, case_, found, error);
}

static void construction(report *report, const char *group, size_t index, json case_) {
    json contracts = at(report->vectors, "/contracts");
    arvo_orchestrator *orchestrator = NULL;
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    arvo_value *found = make_object();
    orchestrator_of(contracts, case_, NULL, &orchestrator, &error);
    if (keep_orchestrator(orchestrator) != NULL) {
        contract_of(member(contracts, text(at(case_, "/machines/0/self/contract"))), &contract, &error);
        put(found, "made", make_bool(true));
        put(found, "source", make_text(arvo_orchestrator_source(orchestrator)));
        put(found, "domain",
            arvo_contract_domain(keep_contract(contract)).ptr ? make_text(arvo_contract_domain(contract))
                                                              : make_null());
        put(found, "locking", make_bool(arvo_orchestrator_locking(orchestrator)));
        put(found, "systemErrorType", make_text(arvo_contract_system_error_type(contract)));
    }
    judge_made(report, group, index, case_, found, error);
}

void run_orchestrator(report *report) {
    run_group(report, "cases", steps);
    run_group(report, "machines", machine);
    run_group(report, "construction", construction);
}
