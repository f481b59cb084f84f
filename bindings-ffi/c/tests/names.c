/* URIs, ids, subjects, versions, dataschemas and domains. */
#include "check.h"

static void uris_are_encoded_once(void) {
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    arvo_uri_encode(ARVO_STR("\xc3\xa4 b"), &text, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_text_view(text), "%C3%A4%20b");
    CHECK(arvo_uri_is_encoded(arvo_text_view(text)) && !arvo_uri_is_encoded(ARVO_STR("a b")));
    arvo_text_free(text);
}

static void ids_tell_what_they_were_made_of(void) {
    arvo_text *id = NULL;
    arvo_value *content = NULL;
    arvo_error *error = NULL;
    arvo_str value;
    arvo_id_new(NULL, ARVO_ID_ARVO_MANAGED, ARVO_STR(" order-1 "), &id, &error);
    arvo_id_parse(NULL, arvo_text_view(id), &content, &error);
    arvo_value_text(content, ARVO_STR("/value"), &value, &error);
    CHECK_OK(error);
    CHECK_TEXT(value, "order-1");
    arvo_text_free(id);
    arvo_value_free(content);
    id = NULL;
    content = NULL;
    arvo_id_parse(NULL, ARVO_STR("order-1"), &content, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "plain");
    arvo_id_new(NULL, (arvo_id_kind)7, ARVO_STR("x"), &id, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "kind is 7");
}

static void subjects_carry_a_workflow(void) {
    arvo_text *parent = NULL, *child = NULL, *same_ = NULL;
    arvo_value *content = NULL, *meta = value_of("{\"team\":\"red\"}");
    arvo_error *error = NULL;
    arvo_str text;
    arvo_subject_new(NULL, ARVO_STR("arvo.orc.order"), ARVO_STR("1.0.0"), ARVO_STR("com.shop.web"), ARVO_STR("eu"),
                     meta, &parent, &error);
    arvo_subject_from(NULL, ARVO_STR("arvo.orc.ship"), ARVO_NO_STR, arvo_text_view(parent), ARVO_NO_STR, NULL, &child,
                      &error);
    arvo_subject_parse(NULL, arvo_text_view(child), &content, &error);
    arvo_value_text(content, ARVO_STR("/execution/initiator"), &text, &error);
    CHECK_TEXT(text, "arvo.orc.order");
    arvo_value_text(content, ARVO_STR("/execution/domain"), &text, &error);
    CHECK_TEXT(text, "eu");
    arvo_value_text(content, ARVO_STR("/orchestrator/version"), &text, &error);
    CHECK_TEXT(text, "0.0.0");
    arvo_value_text(content, ARVO_STR("/meta/team"), &text, &error);
    CHECK_TEXT(text, "red");
    arvo_subject_create(content, &same_, &error);
    CHECK_OK(error);
    CHECK(same(arvo_text_view(same_), arvo_text_view(child)));
    arvo_text_free(parent);
    arvo_text_free(child);
    arvo_text_free(same_);
    arvo_value_free(content);
    arvo_value_free(meta);
}

static void subjects_name_every_broken_field(void) {
    arvo_text *subject = NULL;
    arvo_value *content = NULL;
    arvo_error *error = NULL;
    arvo_subject_new(NULL, ARVO_STR("order"), ARVO_STR("1"), ARVO_STR("web"), ARVO_STR("EU"), NULL, &subject, &error);
    CHECK(has_detail(error, "/broken", "attribute", "orchestrator.name"));
    CHECK(has_detail(error, "/broken", "attribute", "orchestrator.version"));
    CHECK(has_detail(error, "/broken", "attribute", "execution.initiator"));
    CHECK(has_detail(error, "/broken", "attribute", "execution.domain"));
    CHECK(has_detail(error, "/issues", "path", "/execution/domain"));
    CHECK_ERROR(error, ARVO_INVALID_SUBJECT, "orchestrator.name");
    arvo_subject_parse(NULL, ARVO_STR("order-1"), &content, &error);
    CHECK_ERROR(error, ARVO_INVALID_SUBJECT, "order-1");
}

static void versions_are_compared_as_numbers(void) {
    double numbers[3] = {0, 0, 0};
    arvo_error *error = NULL;
    int order = 5;
    arvo_version_compare(ARVO_STR("1.9.0"), ARVO_STR("1.10.0"), &order, &error);
    CHECK(order < 0);
    arvo_version_compare(ARVO_STR("2.0.0"), ARVO_STR("1.10.0"), &order, &error);
    CHECK(order > 0);
    arvo_version_compare(ARVO_STR("1.0.0"), ARVO_STR("01.0.0"), &order, &error);
    CHECK(order == 0);
    arvo_version_numbers(ARVO_STR("1.2.3-beta"), numbers, &error);
    CHECK(numbers[0] == 1 && numbers[1] == 2 && numbers[2] == 3);
    CHECK_OK(error);
    CHECK(arvo_version_is_valid(ARVO_STR("1.10.0")) && !arvo_version_is_valid(ARVO_STR("1.10")));
    CHECK(arvo_version_is_wildcard(ARVO_STR("0.0.0")) && !arvo_version_is_wildcard(ARVO_STR("1.0.0")));
    arvo_version_compare(ARVO_STR("1.0"), ARVO_STR("1.0.0"), &order, &error);
    CHECK_ERROR(error, ARVO_INVALID_NAME, "\"1.0\" is no version");
    arvo_version_numbers(ARVO_STR("v1"), numbers, &error);
    CHECK_ERROR(error, ARVO_INVALID_NAME, NULL);
}

static void dataschemas_are_cut_at_the_last_slash(void) {
    arvo_str uri, version;
    arvo_text *built = NULL;
    arvo_error *error = NULL;
    arvo_dataschema_split(ARVO_STR("#/shop/order/1.0.0"), &uri, &version, &error);
    CHECK_TEXT(uri, "#/shop/order");
    CHECK_TEXT(version, "1.0.0");
    arvo_dataschema_build(uri, version, &built, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_text_view(built), "#/shop/order/1.0.0");
    arvo_text_free(built);
    built = NULL;
    arvo_dataschema_split(ARVO_STR("#/shop/order"), &uri, &version, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "#/shop/order");
    arvo_dataschema_build(ARVO_STR("#/a"), ARVO_STR("1"), &built, &error);
    CHECK_ERROR(error, ARVO_INVALID_NAME, NULL);
}

static void domains_are_resolved_without_duplicates(void) {
    arvo_value *list =
        value_of("[null,\"a\",\"" ARVO_DOMAIN_FROM_SELF_CONTRACT "\",\"" ARVO_DOMAIN_FROM_TRIGGERING_EVENT "\"]");
    arvo_value *found = NULL, *wrong = value_of("[1]");
    arvo_domain_context context = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    arvo_error *error = NULL;
    context.self_contract = ARVO_STR("own");
    context.triggering_event = ARVO_STR("a");
    arvo_domain_resolve(NULL, list, &context, &found, &error);
    CHECK_OK(error);
    CHECK_TEXT(json_of(found), "[null,\"a\",\"own\"]");
    arvo_value_free(found);
    found = NULL;
    arvo_domain_resolve(NULL, wrong, &context, &found, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "a number");
    arvo_domain_resolve(NULL, list, NULL, &found, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "context is NULL");
    arvo_value_free(list);
    arvo_value_free(wrong);
}

const struct test name_tests[] = {{"URIs are encoded once", uris_are_encoded_once},
                                  {"ids tell what they were made of", ids_tell_what_they_were_made_of},
                                  {"subjects carry a workflow", subjects_carry_a_workflow},
                                  {"subjects name every broken field", subjects_name_every_broken_field},
                                  {"versions are compared as numbers", versions_are_compared_as_numbers},
                                  {"dataschemas are cut at the last slash", dataschemas_are_cut_at_the_last_slash},
                                  {"domains are resolved without duplicates", domains_are_resolved_without_duplicates},
                                  {NULL, NULL}};
