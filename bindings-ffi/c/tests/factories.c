/* Events by contract. */
#include "check.h"

static arvo_contract_version *latest(arvo_contract *contract) {
    arvo_contract_version *version = NULL;
    arvo_error *error = NULL;
    arvo_contract_lookup(contract, ARVO_STR("latest"), &version, &error);
    CHECK_OK(error);
    arvo_contract_free(contract);
    return version;
}

static arvo_contract_version *flow(void) {
    arvo_value *any = value_of("{\"type\":\"object\"}");
    arvo_schema *schema = NULL;
    arvo_contract_builder *builder = NULL;
    arvo_contract *contract = NULL;
    arvo_error *error = NULL;
    arvo_emit emit = {{NULL, 0}, NULL};
    arvo_schema_new(any, ARVO_UNKNOWN_KEYS_AS_WRITTEN, &schema, &error);
    emit.schema = schema;
    arvo_contract_builder_orchestrator(ARVO_STR("#/flow"), ARVO_STR("order"), &builder, &error);
    arvo_contract_builder_version(builder, ARVO_STR("1.0.0"), schema, &emit, 1, &error);
    arvo_contract_builder_build(builder, &contract, &error);
    CHECK_OK(error);
    arvo_contract_builder_free(builder);
    arvo_schema_free(schema);
    arvo_value_free(any);
    return latest(contract);
}

static void each_factory_makes_its_event(void) {
    arvo_contract_version *service = latest(greeting()), *workflow = flow();
    arvo_value *attributes = value_of("{\"source\":\"com.test.client\",\"redirectto\":\"com.other.place\","
                                      "\"__extensions\":{\"tenant\":\"acme\"}}");
    arvo_value *name = value_of("{\"name\":\"Ada\",\"junk\":1}"), *answer = value_of("{\"text\":\"hi\"}");
    arvo_value *begin = value_of("{\"parentSubject$$\":null}"), *end = value_of("{}"), *content = NULL,
               *extensions = NULL;
    arvo_event *event = NULL;
    arvo_error *error = NULL, *failure = NULL;
    arvo_str text;

    arvo_factory_accepts(service, NULL, attributes, name, &event, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(event), "com.greet.user");
    CHECK_TEXT(arvo_event_dataschema(event), "#/services/greet/1.0.0");
    CHECK_TEXT(arvo_event_data_text(event), "{\"name\":\"Ada\",\"times\":1}");
    arvo_event_extensions(event, &extensions, &error);
    CHECK_TEXT(json_of(extensions), "{\"tenant\":\"acme\"}");
    arvo_subject_parse(NULL, arvo_event_subject(event), &content, &error);
    arvo_value_text(content, ARVO_STR("/meta/redirectto"), &text, &error);
    CHECK_TEXT(text, "com.other.place");
    arvo_event_free(event);
    arvo_value_free(content);
    arvo_value_free(extensions);

    event = NULL;
    arvo_factory_emits(service, NULL, ARVO_STR("evt.greet.user.success"), attributes, answer, &event, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(event), "evt.greet.user.success");
    arvo_event_free(event);

    event = NULL;
    arvo_error_raise(&failure, ARVO_STR("Timeout"), ARVO_STR("nobody answered"));
    arvo_error_set_stack(failure, ARVO_STR("in charge()"));
    CHECK_TEXT(arvo_error_stack(failure), "in charge()");
    arvo_factory_system_error(service, NULL, attributes, failure, &event, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_data_text(event),
               "{\"errorName\":\"Timeout\",\"errorMessage\":\"nobody answered\",\"errorStack\":\"in charge()\"}");
    arvo_event_free(event);
    arvo_error_free(failure);

    event = NULL;
    arvo_factory_init(workflow, NULL, attributes, begin, &event, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(event), "arvo.orc.order");
    arvo_event_free(event);
    event = NULL;
    arvo_factory_complete(workflow, NULL, attributes, end, &event, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_type(event), "arvo.orc.order.done");
    arvo_event_free(event);
    arvo_value_free(attributes);
    arvo_value_free(name);
    arvo_value_free(answer);
    arvo_value_free(begin);
    arvo_value_free(end);
    arvo_contract_version_free(service);
    arvo_contract_version_free(workflow);
}

static void data_that_breaks_the_contract_is_told_by_path(void) {
    arvo_contract_version *service = latest(greeting());
    arvo_value *attributes = value_of("{\"source\":\"com.test.client\"}"), *wrong = value_of("{\"times\":\"two\"}");
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_factory_accepts(service, NULL, attributes, wrong, &event, &error);
    CHECK(has_detail(error, "/issues", "path", "/name") && has_detail(error, "/issues", "path", "/times"));
    CHECK_ERROR(error, ARVO_INVALID_DATA, "Accept Event data validation failed: ");
    arvo_factory_accepts(service, NULL, attributes, NULL, &event, &error);
    CHECK_ERROR(error, ARVO_INVALID_DATA, NULL);
    arvo_factory_emits(service, NULL, ARVO_STR("evt.other.thing"), attributes, wrong, &event, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "No contract available for evt.other.thing");
    arvo_factory_init(service, NULL, attributes, wrong, &event, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "ArvoOrchestratorContract");
    CHECK(event == NULL);
    arvo_value_free(attributes);
    arvo_value_free(wrong);
    arvo_contract_version_free(service);
}

static void attributes_that_are_broken_are_all_named(void) {
    arvo_contract_version *service = latest(greeting());
    arvo_value *attributes =
        value_of("{\"source\":\"com.test.client\",\"subject\":\"s\",\"domain\":\"X\",\"time\":\"x\"}");
    arvo_value *web = value_of("{\"source\":\"web\"}"), *name = value_of("{\"name\":\"Ada\"}"), *list = value_of("[]");
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_factory_accepts(service, NULL, attributes, name, &event, &error);
    CHECK(has_detail(error, "/broken", "attribute", "domain") && has_detail(error, "/broken", "attribute", "time"));
    CHECK_ERROR(error, ARVO_INVALID_EVENT, "2 broken");
    arvo_factory_accepts(service, NULL, web, name, &event, &error); /* a new subject needs a source like a type */
    CHECK_ERROR(error, ARVO_INVALID_SUBJECT, "execution.initiator");
    arvo_factory_accepts(service, NULL, list, name, &event, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "attributes is an array; pass an object");
    arvo_value_free(attributes);
    arvo_value_free(web);
    arvo_value_free(name);
    arvo_value_free(list);
    arvo_contract_version_free(service);
}

const struct test factory_tests[] = {
    {"each factory makes its event", each_factory_makes_its_event},
    {"data that breaks the contract is told by path", data_that_breaks_the_contract_is_told_by_path},
    {"attributes that are broken are all named", attributes_that_are_broken_are_all_named},
    {NULL, NULL}};
