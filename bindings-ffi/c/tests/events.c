/* Making, reading and writing events; every attribute wrong. */
#include <stdio.h>
#include <string.h>

#include "check.h"

/* An event with one member put in the place of its own. */
static const char BASE[] =
    "{\"id\":\"1\",\"source\":\"com.test.client\",\"specversion\":\"1.0\",\"type\":\"com.greet.user\",\"subject\":\"s/"
    "1\","
    "\"datacontenttype\":\"application/cloudevents+json;charset=UTF-8;profile=arvo\",\"dataschema\":\"#/a/1.0.0\","
    "\"data\":{\"n\":1},\"time\":\"2026-01-15T10:20:30.000Z\",\"to\":\"com.greet.user\",\"accesscontrol\":\"role:x\","
    "\"redirectto\":\"com.other.place\",\"executionunits\":2.5,\"traceparent\":\"00-1\",\"tracestate\":\"a=b\","
    "\"parentid\":\"0\",\"domain\":\"human.review\",\"tenant\":\"acme\"}";

static void reads_every_attribute(void) {
    arvo_event *event = event_of(BASE);
    arvo_value *extensions = NULL, *data = NULL, *whole = NULL, *otel = NULL;
    arvo_error *error = NULL;
    arvo_str text;
    double units = 0;
    CHECK_TEXT(arvo_event_id(event), "1");
    CHECK_TEXT(arvo_event_source(event), "com.test.client");
    CHECK_TEXT(arvo_event_specversion(event), "1.0");
    CHECK_TEXT(arvo_event_type(event), "com.greet.user");
    CHECK_TEXT(arvo_event_subject(event), "s/1");
    CHECK_TEXT(arvo_event_datacontenttype(event), "application/cloudevents+json;charset=UTF-8;profile=arvo");
    CHECK_TEXT(arvo_event_dataschema(event), "#/a/1.0.0");
    CHECK_TEXT(arvo_event_time(event), "2026-01-15T10:20:30.000Z");
    CHECK_TEXT(arvo_event_to(event), "com.greet.user");
    CHECK_TEXT(arvo_event_accesscontrol(event), "role:x");
    CHECK_TEXT(arvo_event_redirectto(event), "com.other.place");
    CHECK_TEXT(arvo_event_traceparent(event), "00-1");
    CHECK_TEXT(arvo_event_tracestate(event), "a=b");
    CHECK_TEXT(arvo_event_parentid(event), "0");
    CHECK_TEXT(arvo_event_domain(event), "human.review");
    CHECK(arvo_event_executionunits(event, &units) && units == 2.5);
    CHECK(arvo_event_executionunits(event, NULL));
    CHECK_TEXT(arvo_event_data_text(event), "{\"n\":1}");
    arvo_event_extensions(event, &extensions, &error);
    CHECK_TEXT(json_of(extensions), "{\"tenant\":\"acme\"}");
    arvo_event_data(event, &data, &error);
    CHECK_TEXT(json_of(data), "{\"n\":1}");
    arvo_event_value(event, &whole, &error);
    arvo_value_text(whole, ARVO_STR("/tenant"), &text, &error);
    CHECK_TEXT(text, "acme");
    arvo_event_otel_attributes(event, &otel, &error);
    arvo_value_text(otel, ARVO_STR("/cloudevents.arvo.event_domain"), &text, &error);
    CHECK_TEXT(text, "human.review");
    CHECK_OK(error);
    arvo_value_free(extensions);
    arvo_value_free(data);
    arvo_value_free(whole);
    arvo_value_free(otel);
    arvo_event_free(event);
}

static void fills_in_what_is_left_out(void) {
    arvo_value *attributes =
        value_of("{\"source\":\"com.test.client\",\"type\":\"com.greet.user\",\"subject\":\"a b\"}");
    arvo_value *data = value_of("{\"name\":\"Ada\"}");
    arvo_event *event = NULL, *again = NULL;
    arvo_text *written = NULL;
    arvo_error *error = NULL;
    double units;
    arvo_event_new(NULL, attributes, data, &event, &error);
    CHECK(arvo_event_id(event).len == 36);
    CHECK_TEXT(arvo_event_subject(event), "a%20b");
    CHECK_TEXT(arvo_event_to(event), "com.greet.user");
    CHECK_TEXT(arvo_event_domain(event), NULL);
    CHECK(!arvo_event_executionunits(event, &units));
    arvo_event_write(event, 0, &written, &error);
    arvo_event_parse(NULL, arvo_text_view(written), &again, &error);
    CHECK(same(arvo_event_id(again), arvo_event_id(event)));
    CHECK_OK(error);
    arvo_text_free(written);
    arvo_event_free(event);
    arvo_event_free(again);
    arvo_value_free(attributes);
    arvo_value_free(data);
}

static void data_goes_out_as_it_came(void) {
    arvo_event *event = event_of(
        "{\"id\":\"1\",\"source\":\"a.b.c\",\"specversion\":\"1.0\",\"type\":\"a.b.c\",\"subject\":\"s\","
        "\"dataschema\":null,"
        "\"data\":{ \"n\" : 1.00, \"big\":12345678901234567890 },\"time\":\"2026-01-15T10:20:30Z\",\"to\":\"a.b.c\","
        "\"accesscontrol\":null,\"redirectto\":null,\"executionunits\":null,\"traceparent\":null,\"tracestate\":null,"
        "\"parentid\":null,\"domain\":null}");
    arvo_text *written = NULL, *indented = NULL;
    arvo_error *error = NULL;
    arvo_event_write(event, 0, &written, &error);
    arvo_event_write(event, 2, &indented, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_data_text(event), "{ \"n\" : 1.00, \"big\":12345678901234567890 }");
    CHECK(arvo_text_view(indented).len > arvo_text_view(written).len);
    arvo_text_free(written);
    arvo_text_free(indented);
    arvo_event_free(event);
}

/* What each attribute must not be. */
static const struct {
    const char *attribute, *wrong;
} WRONG[] = {{"id", "\"\""},
             {"source", "\"a b\""},
             {"specversion", "\"0.3\""},
             {"type", "\"Order\""},
             {"subject", "7"},
             {"datacontenttype", "\"text/xml\""},
             {"dataschema", "\"\xc3\xa4\""},
             {"data", "[1]"},
             {"time", "\"yesterday\""},
             {"to", "\"\""},
             {"accesscontrol", "\"\""},
             {"redirectto", "\"a b\""},
             {"executionunits", "\"1\""},
             {"traceparent", "\"\""},
             {"tracestate", "{}"},
             {"parentid", "\"\""},
             {"domain", "\"Human\""},
             {"Bad-Name", "1"},
             {"nested", "{\"a\":1}"}};
enum { WRONGS = sizeof WRONG / sizeof *WRONG };

static void spoil(arvo_value *event, int index) {
    char pointer[64];
    arvo_value *wrong = value_of(WRONG[index].wrong);
    snprintf(pointer, sizeof pointer, "/%s", WRONG[index].attribute);
    CHECK_STATUS(arvo_value_set(event, str(pointer), wrong, NULL), ARVO_OK);
    arvo_value_free(wrong);
}

static arvo_error *parsed(const arvo_value *value) {
    arvo_text *text = NULL;
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_value_write(value, 0, &text, &error);
    arvo_event_parse(NULL, arvo_text_view(text), &event, &error);
    CHECK(event == NULL);
    arvo_text_free(text);
    return error;
}

static void names_the_one_broken_attribute(void) {
    int index;
    for (index = 0; index < WRONGS; index++) {
        arvo_value *event = value_of(BASE);
        arvo_error *error;
        size_t count = 0;
        spoil(event, index);
        error = parsed(event);
        arvo_value_count(arvo_error_details(error), ARVO_STR("/broken"), &count, NULL);
        check(count == 1, WRONG[index].attribute, __FILE__, __LINE__);
        CHECK_TEXT(detail(error, "/broken/0/attribute"), WRONG[index].attribute);
        CHECK(detail(error, "/broken/0/reason").len > 0);
        CHECK_TEXT(arvo_error_name(error), "InvalidEvent");
        CHECK_ERROR(error, ARVO_INVALID_EVENT, WRONG[index].attribute);
        arvo_value_free(event);
    }
}

static void names_all_broken_attributes_in_one_error(void) {
    arvo_value *event = value_of(BASE);
    arvo_error *error;
    int index;
    size_t count = 0;
    for (index = 0; index < WRONGS; index++) spoil(event, index);
    error = parsed(event);
    arvo_value_count(arvo_error_details(error), ARVO_STR("/broken"), &count, NULL);
    CHECK(count == WRONGS);
    for (index = 0; index < WRONGS; index++) {
        check(has_detail(error, "/broken", "attribute", WRONG[index].attribute), WRONG[index].attribute, __FILE__,
              __LINE__);
    }
    CHECK_ERROR(error, ARVO_INVALID_EVENT, "19 broken");
    arvo_value_free(event);
}

static void names_them_when_making_one(void) {
    arvo_value *attributes =
        value_of("{\"source\":\"\",\"type\":\"X\",\"subject\":7,\"domain\":\"X\",\"time\":\"x\",\"data\":null,"
                 "\"executionunits\":\"x\",\"id\":5,\"__extensions\":{\"B-B\":1,\"to\":2}}");
    static const char *const broken[] = {"source", "type", "subject", "domain",         "time",
                                         "data",   "id",   "B-B",     "executionunits", "to"};
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    size_t index;
    CHECK_STATUS(arvo_event_new(NULL, attributes, NULL, &event, &error), ARVO_INVALID_EVENT);
    for (index = 0; index < sizeof broken / sizeof *broken; index++) {
        check(has_detail(error, "/broken", "attribute", broken[index]), broken[index], __FILE__, __LINE__);
    }
    CHECK(event == NULL);
    CHECK_ERROR(error, ARVO_INVALID_EVENT, "source");
    arvo_value_free(attributes);
}

static void reads_others_events_leniently(void) {
    arvo_str json = ARVO_STR("{\"id\":\"1\",\"source\":\"/sensors\",\"specversion\":\"1.0\",\"type\":\"io.cloud.seen\","
                             "\"subject\":\"s1\",\"time\":\"2026-01-31T12:00:00Z\",\"data\":{}}");
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_event_parse(NULL, json, &event, &error);
    CHECK_ERROR(error, ARVO_INVALID_EVENT, "\"to\" is missing");
    arvo_event_parse_lenient(NULL, json, &event, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_to(event), NULL);
    arvo_event_free(event);
    event = NULL;
    arvo_event_parse_lenient(NULL, ARVO_STR("[]"), &event, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, NULL);
}

static int64_t noon(void *user_data) {
    ++*(int *)user_data;
    return 43200000;
}

static void ones(void *user_data, uint8_t bytes[16]) {
    ++*(int *)user_data;
    memset(bytes, 0x11, 16);
}

static void count_free(void *user_data) { *(int *)user_data += 100; }

static void takes_time_and_ids_from_its_environment(void) {
    int calls = 0;
    arvo_environment *environment = NULL;
    arvo_value *attributes = value_of("{\"source\":\"a.b.c\",\"type\":\"a.b.c\",\"subject\":\"s\",\"data\":{}}");
    arvo_event *event = NULL;
    arvo_error *error = NULL;
    arvo_environment_new(noon, ones, &calls, count_free, NULL, &environment, &error);
    arvo_event_new(environment, attributes, NULL, &event, &error);
    CHECK_OK(error);
    CHECK_TEXT(arvo_event_time(event), "1970-01-01T12:00:00.000+00:00");
    CHECK_TEXT(arvo_event_id(event), "11111111-1111-1111-1111-111111111111");
    CHECK(calls == 2);
    arvo_environment_free(environment);
    CHECK(calls == 102);
    arvo_event_free(event);
    arvo_value_free(attributes);
    CHECK_STATUS(arvo_environment_new(noon, ones, &calls, count_free, NULL, NULL, NULL), ARVO_BAD_ARGUMENT);
    CHECK(calls == 202); /* freed on failure, too */
}

const struct test event_tests[] = {
    {"reads every attribute", reads_every_attribute},
    {"fills in what is left out", fills_in_what_is_left_out},
    {"data goes out as it came", data_goes_out_as_it_came},
    {"names the one broken attribute", names_the_one_broken_attribute},
    {"names all broken attributes in one error", names_all_broken_attributes_in_one_error},
    {"names them when making one", names_them_when_making_one},
    {"reads others' events leniently", reads_others_events_leniently},
    {"takes time and ids from its environment", takes_time_and_ids_from_its_environment},
    {NULL, NULL}};
