/* The machine that tests of machines, orchestrators, threads and memory share. */
#include <pthread.h>
#include <string.h>

#include "machine.h"

const char *const summing_machine =
    "{\"id\":\"sum\",\"context\":{\"$fn\":\"first\"},\"initial\":\"asking\",\"output\":{\"$fn\":\"total\"},"
    "\"states\":{\"asking\":{\"entry\":[\"ask\",{\"type\":\"note\",\"params\":{\"loud\":true}},\"choose\"],"
    "\"on\":{\"evt.calc.add.success\":{\"guard\":\"right\",\"target\":\"done\",\"actions\":\"keep\"},"
    "\"sys.com.calc.add.error\":\"done\"}},"
    "\"done\":{\"type\":\"final\"}}}";

/* Does something else than the function's work, if that is to be. */
static bool is_moody(mood *mood, const char *name, arvo_status *status, arvo_error **error) {
    if (mood->at == NULL || strcmp(mood->at, name) != 0 || strcmp(mood->does, "lie") == 0) return false;
    if (strcmp(mood->does, "status") == 0) {
        *status = ARVO_EXECUTION_VIOLATION;
        return true;
    }
    *status = strcmp(mood->does, "raise") == 0
                  ? arvo_error_raise(error, ARVO_STR("Broken"), ARVO_STR("it broke"))
                  : arvo_error_raise_violation(error, ARVO_STR("Busy"), ARVO_STR("later"), NULL);
    arvo_error_attach(*error, mood, NULL);
    return true;
}

static arvo_status first(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    int64_t number = 0;
    arvo_status status;
    if (is_moody(user_data, "first", &status, error)) return status;
    CHECK(arvo_args_context(args) == NULL && arvo_args_event(args) == NULL && arvo_args_params(args) == NULL);
    arvo_value_i64(arvo_args_input(args), ARVO_STR("/data/n"), &number, error);
    return arvo_value_set_i64(value, ARVO_STR("/n"), number, error);
}

static arvo_status ask(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    int64_t number = 0;
    arvo_status status;
    if (is_moody(user_data, "ask", &status, error)) return status;
    CHECK(arvo_args_input(args) == NULL);
    arvo_value_i64(arvo_args_context(args), ARVO_STR("/n"), &number, error);
    arvo_value_set_text(value, ARVO_STR("/type"), ARVO_STR("com.calc.add"), error);
    return arvo_value_set_i64(value, ARVO_STR("/data/a"), number, error);
}

static arvo_status note(void *user_data, const arvo_args *args, arvo_error **error) {
    mood *mood = user_data;
    bool loud = false;
    arvo_status status;
    if (is_moody(mood, "note", &status, error)) return status;
    arvo_value_bool(arvo_args_params(args), ARVO_STR("/loud"), &loud, error);
    CHECK(loud && arvo_args_event_type(args).len > 0);
    if (mood->running != NULL) mood->answered = arvo_execution_commit(mood->running, NULL);
    mood->noted++;
    return arvo_error_status(*error);
}

/* A question that another thread asks. */
typedef struct question {
    const arvo_actions *actions;
    arvo_error *error;
} question;

static void *asking(void *user_data) {
    question *question = user_data;
    bool passes = false;
    arvo_actions_check(question->actions, ARVO_STR("right"), NULL, &passes, &question->error);
    return NULL;
}

static arvo_status choose(void *user_data, const arvo_args *args, arvo_actions *actions, arvo_error **error) {
    mood *mood = user_data;
    arvo_value *form = value_of(mood->asks ? mood->asks : "{\"not\":\"right\"}"), *params = value_of("{\"loud\":true}");
    arvo_value *line = value_of("{\"log\":{\"$\":\"context.tries\"},\"label\":\"tries\"}");
    bool passes = false, named = true;
    arvo_status status;
    if (is_moody(mood, "choose", &status, error)) {
        ARVO_FREE(form, params, line);
        return status;
    }
    CHECK(arvo_args_context(args) != NULL);
    mood->kept = actions;
    if (mood->elsewhere) {
        question question = {actions, NULL};
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, asking, &question) == 0);
        pthread_join(thread, NULL);
        CHECK_ERROR(question.error, ARVO_BUSY, "on the thread alone");
    }
    arvo_actions_check_value(actions, form, &passes, error);
    if (mood->asks == NULL) arvo_actions_check(actions, ARVO_STR("right"), NULL, &named, error);
    CHECK(*error != NULL || (passes && !named) || mood->asks != NULL);
    arvo_actions_add(actions, ARVO_STR("note"), params, error);
    arvo_actions_json(actions, ARVO_STR("{\"assign\":{\"tries\":{\"$\":\"context.n - context.n\"}}}"), error);
    arvo_actions_value(actions, line, error);
    ARVO_FREE(form, params, line);
    return arvo_error_status(*error);
}

static arvo_status right(void *user_data, const arvo_args *args, bool *passes, arvo_error **error) {
    mood *mood = user_data;
    unsigned char lie = 7;
    arvo_status status;
    if (is_moody(mood, "right", &status, error)) return status;
    CHECK(!*passes);
    if (mood->at != NULL && strcmp(mood->does, "lie") == 0) memcpy(passes, &lie, 1);
    if (mood->at == NULL || strcmp(mood->does, "lie") != 0) {
        *passes = same(arvo_args_event_type(args), ARVO_STR("evt.calc.add.success"));
    }
    return ARVO_OK;
}

static arvo_status kept(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    int64_t sum = 0;
    arvo_status status;
    if (is_moody(user_data, "kept", &status, error)) return status;
    arvo_value_i64(arvo_args_event(args), ARVO_STR("/data/sum"), &sum, error);
    return arvo_value_set_i64(value, ARVO_STR("/sum"), sum, error);
}

static arvo_status total(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error) {
    int64_t number = 0;
    arvo_status status;
    if (is_moody(user_data, "total", &status, error)) return status;
    arvo_value_i64(arvo_args_context(args), ARVO_STR("/n"), &number, error);
    return arvo_value_set_i64(value, ARVO_STR("/total"), number + 1, error);
}

static void take_line(void *user_data, arvo_str label, const arvo_value *value) {
    int64_t tries = -1;
    arvo_value_i64(value, ARVO_STR(""), &tries, NULL);
    CHECK(same(label, ARVO_STR("tries")) && tries == 0);
    ((mood *)user_data)->logged++;
}

static void freed(void *user_data) { ((mood *)user_data)->freed++; }

arvo_machine_builder *machine_builder(mood *mood) {
    arvo_contract *contract = sums(), *service = adding();
    arvo_contract_version *own = NULL, *version = NULL;
    arvo_machine_builder *builder = NULL;
    arvo_error *error = NULL;
    arvo_contract_lookup(contract, ARVO_STR("latest"), &own, &error);
    arvo_contract_lookup(service, ARVO_STR("latest"), &version, &error);
    arvo_machine_builder_new(own, &builder, &error);
    arvo_machine_builder_service(builder, ARVO_STR("add"), version, &error);
    arvo_machine_builder_value(builder, ARVO_STR("first"), first, mood, freed, &error);
    arvo_machine_builder_value(builder, ARVO_STR("ask"), ask, mood, NULL, &error);
    arvo_machine_builder_value(builder, ARVO_STR("kept"), kept, mood, NULL, &error);
    arvo_machine_builder_value(builder, ARVO_STR("total"), total, mood, NULL, &error);
    arvo_machine_builder_action(builder, ARVO_STR("note"), note, mood, NULL, &error);
    arvo_machine_builder_enqueue(builder, ARVO_STR("choose"), choose, mood, NULL, &error);
    arvo_machine_builder_guard(builder, ARVO_STR("right"), right, mood, NULL, &error);
    arvo_machine_builder_log(builder, take_line, mood, NULL, &error);
    arvo_machine_builder_setup(builder,
                               ARVO_STR("{\"actions\":{\"ask\":{\"emit\":{\"$fn\":\"ask\"}},"
                                        "\"keep\":{\"assign\":{\"$fn\":\"kept\"}}}}"),
                               &error);
    CHECK_OK(error);
    ARVO_FREE(contract, service, own, version);
    return builder;
}

arvo_machine *machine_of(mood *mood, const char *definition) {
    arvo_machine_builder *builder = machine_builder(mood);
    arvo_machine *machine = NULL;
    arvo_error *error = NULL;
    arvo_machine_builder_definition(builder, str(definition), &error);
    arvo_machine_builder_build(builder, &machine, &error);
    CHECK_OK(error);
    arvo_machine_builder_free(builder);
    return machine;
}

arvo_orchestrator *orchestrating(mood *mood, const char *definition, const arvo_memory *memory) {
    arvo_machine *machine = machine_of(mood, definition);
    arvo_orchestrator_builder *builder = NULL;
    arvo_orchestrator *orchestrator = NULL;
    arvo_value *domains = value_of("[null]");
    arvo_error *error = NULL;
    arvo_orchestrator_builder_new(&builder, &error);
    arvo_orchestrator_builder_machine(builder, machine, &error);
    arvo_orchestrator_builder_executionunits(builder, 2, &error);
    arvo_orchestrator_builder_domains(builder, domains, NULL, NULL, &error);
    arvo_orchestrator_builder_environment(builder, NULL, &error);
    arvo_orchestrator_builder_locking(builder, true, &error);
    if (memory != NULL) arvo_orchestrator_builder_memory(builder, memory, &error);
    arvo_orchestrator_builder_build(builder, &orchestrator, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_orchestrator_source(orchestrator), "arvo.orc.sum");
    CHECK(arvo_orchestrator_locking(orchestrator));
    arvo_orchestrator_builder_free(builder);
    ARVO_FREE(machine, domains);
    return orchestrator;
}

static arvo_status add_up(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data;
    (void)input;
    return arvo_value_set_i64(arvo_outputs_emit(outputs, ARVO_STR("evt.calc.add.success")), ARVO_STR("/sum"), 42,
                              error);
}

arvo_broker *broker_with(const arvo_orchestrator *orchestrator) {
    arvo_contract *contract = adding();
    arvo_handler *handler = NULL;
    arvo_broker *broker = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, add_up, NULL, &handler, &error);
    arvo_broker_new(ARVO_QUEUE_LIMIT, &broker, &error);
    arvo_broker_add_handler(broker, handler, &error);
    arvo_broker_add_orchestrator(broker, orchestrator, &error);
    CHECK_OK(error);
    ARVO_FREE(contract, handler);
    return broker;
}
