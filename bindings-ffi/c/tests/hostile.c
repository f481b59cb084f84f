/* Hostile input: an error each, in little time and memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"

static char *filled(size_t size, char with) {
    char *bytes = malloc(size + 1);
    if (bytes == NULL) abort();
    memset(bytes, with, size);
    bytes[size] = '\0';
    return bytes;
}

#ifdef __SANITIZE_ADDRESS__
static long peak_kilobytes(void) { return 0; }
static void forget_peak(void) {}
#else
/* Peak of resident memory, as Linux tells it; and since when. */
static long peak_kilobytes(void) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[200];
    long found = 0;
    while (file != NULL && fgets(line, sizeof line, file)) {
        if (sscanf(line, "VmHWM: %ld kB", &found) == 1) break;
    }
    if (file != NULL) fclose(file);
    return found;
}
static void forget_peak(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file == NULL) return;
    fputs("5", file);
    fclose(file);
}
#endif

typedef struct measure {
    struct timespec began;
    long base;
} measure;

static measure begin(void) {
    measure measure;
    forget_peak();
    measure.base = peak_kilobytes();
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &measure.began);
    return measure;
}

/* At most a second of work and 64 MiB above what there was; sanitizers and valgrind are slower, and hide the memory. */
static void end(measure measure, const char *what) {
    struct timespec now;
    double seconds;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    seconds = (double)(now.tv_sec - measure.began.tv_sec) + (double)(now.tv_nsec - measure.began.tv_nsec) / 1e9;
    if (quick) return;
#ifdef __SANITIZE_ADDRESS__
    check(seconds < 10, what, __FILE__, __LINE__);
#else
    check(seconds < 1, what, __FILE__, __LINE__);
#endif
    check(peak_kilobytes() - measure.base <= 64 * 1024, what, __FILE__, __LINE__);
}

static arvo_status accept(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data;
    (void)input;
    (void)outputs;
    (void)error;
    return ARVO_OK;
}

/* Executes a hostile event, or reads it: it must fail somewhere on the way. */
static void must_fail(const char *what, const char *json, size_t length) {
    measure measure = begin();
    arvo_contract *contract = greeting();
    arvo_handler *handler = NULL;
    arvo_event *event = NULL;
    arvo_events *events = NULL;
    arvo_error *error = NULL;
    arvo_handler_new(contract, accept, NULL, &handler, &error);
    arvo_event_parse(NULL, arvo_str_of(json, length), &event, &error);
    arvo_handler_execute(handler, event, &events, &error);
    check(error != NULL && events == NULL, what, __FILE__, __LINE__);
    check(arvo_error_status(error) != ARVO_PANIC, what, __FILE__, __LINE__);
    check(arvo_error_message(error).len < 4096, what, __FILE__, __LINE__);
    arvo_error_free(error);
    arvo_events_free(events);
    arvo_event_free(event);
    arvo_handler_free(handler);
    arvo_contract_free(contract);
    end(measure, what);
}

/* A sound event whose data is this. */
static char *event_with(const char *data) {
    static const char head[] =
        "{\"id\":\"1\",\"source\":\"com.a.b\",\"specversion\":\"1.0\",\"type\":\"com.greet.user\","
        "\"subject\":\"s\",\"dataschema\":null,\"data\":",
                      tail[] = ",\"time\":\"2026-01-15T10:20:30Z\",\"to\":\"com.greet.user\",\"accesscontrol\":null,"
                               "\"redirectto\":null,\"executionunits\":null,\"traceparent\":null,\"tracestate\":null,"
                               "\"parentid\":null,\"domain\":null}";
    char *json = malloc(sizeof head + sizeof tail + strlen(data));
    if (json == NULL) abort();
    return strcat(strcat(strcpy(json, head), data), tail);
}

static void fails_with_data(const char *what, const char *data) {
    char *json = event_with(data);
    must_fail(what, json, strlen(json));
    free(json);
}

static void json_ten_thousand_deep_is_refused(void) {
    char *deep = filled(20000, ' '), *objects = malloc(10000 * 6 + 1);
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    size_t index;
    measure measure = begin();
    if (objects == NULL) abort();
    memset(deep, '[', 10000);
    memset(deep + 10000, ']', 10000);
    arvo_value_parse(NULL, arvo_str_of(deep, 20000), &value, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, "deeper than 128");
    end(measure, "arrays");
    objects[0] = '\0';
    for (index = 0; index < 10000; index++) memcpy(objects + 5 * index, "{\"a\":", 5);
    memcpy(objects + 50000, "1", 1);
    memset(objects + 50001, '}', 9999);
    objects[60000] = '\0';
    must_fail("objects that are no event", objects, 60000);
    fails_with_data("arrays as data", deep);
    deep[0] = '{';
    memcpy(deep, "{\"name\":", 8);
    deep[19999] = '}';
    fails_with_data("arrays inside data", deep);
    free(deep);
    free(objects);
}

static void texts_of_ten_megabytes_are_refused(void) {
    size_t size = 10 * 1024 * 1024;
    char *big = filled(size, 'x');
    arvo_value *content = NULL;
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    measure measure;
    must_fail("no JSON at all", big, size);
    big[0] = '"';
    big[size - 1] = '"';
    must_fail("a text", big, size);
    memset(big, '9', size);
    must_fail("a number", big, size);
    memset(big, 'A', size);
    measure = begin();
    arvo_subject_parse(NULL, arvo_str_of(big, size), &content, &error);
    CHECK_ERROR(error, ARVO_INVALID_SUBJECT, NULL);
    arvo_id_parse(NULL, arvo_str_of(big, size), &content, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, NULL);
    CHECK(!arvo_version_is_valid(arvo_str_of(big, size)));
    arvo_dataschema_build(ARVO_STR("#/a"), arvo_str_of(big, size), &text, &error);
    CHECK_ERROR(error, ARVO_INVALID_NAME, NULL);
    end(measure, "small texts");
    free(big);
    {
        char *value = filled(size, 'x');
        memcpy(value, "{\"name\":\"", 9);
        memcpy(value + size - 2, "\"}", 2);
        fails_with_data("a text in data", value);
        free(value);
    }
}

static void what_inflates_beyond_the_limit_is_refused(void) {
    arvo_limits large = arvo_limits_default(), tight = arvo_limits_default();
    arvo_environment *generous = NULL, *strict = NULL;
    size_t size = 4 * 1024 * 1024;
    char *blanks = filled(size, 'x');
    arvo_text *id = NULL, *subject = NULL;
    arvo_value *content = NULL, *meta = value_of("{}");
    arvo_error *error = NULL;
    measure measure;
    large.inflated = 64 * 1024 * 1024;
    large.encoded = 64 * 1024 * 1024;
    large.event = 64 * 1024 * 1024;
    tight.inflated = 16;
    arvo_environment_new(NULL, NULL, NULL, NULL, &large, &generous, &error);
    arvo_environment_new(NULL, NULL, NULL, NULL, &tight, &strict, &error);
    /* 4 MiB in 6 kB: far below the limit on the packed text, far above that on what is in it. */
    arvo_id_new(generous, ARVO_ID_ARVO_MANAGED, arvo_str_of(blanks, size), &id, &error);
    arvo_value_set_text(meta, ARVO_STR("/m"), arvo_str_of(blanks, size), &error);
    arvo_subject_new(generous, ARVO_STR("arvo.orc.a"), ARVO_NO_STR, ARVO_STR("com.a.b"), ARVO_NO_STR, meta, &subject,
                     &error);
    CHECK_OK(error);
    CHECK(arvo_text_view(id).len < 64 * 1024 && arvo_text_view(subject).len < 64 * 1024);
    measure = begin();
    arvo_id_parse(NULL, arvo_text_view(id), &content, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, NULL);
    arvo_subject_parse(NULL, arvo_text_view(subject), &content, &error);
    CHECK_ERROR(error, ARVO_INVALID_SUBJECT, "65536");
    end(measure, "inflating");
    arvo_subject_parse(generous, arvo_text_view(subject), &content, &error);
    CHECK_OK(error);
    CHECK(arvo_value_kind(content, ARVO_STR("/meta/m")) == ARVO_TEXT);
    arvo_value_free(content);
    content = NULL;
    arvo_text_free(subject);
    subject = NULL;
    arvo_subject_new(NULL, ARVO_STR("arvo.orc.a"), ARVO_NO_STR, ARVO_STR("com.a.b"), ARVO_NO_STR, NULL, &subject,
                     &error);
    arvo_subject_parse(strict, arvo_text_view(subject), &content, &error);
    CHECK_ERROR(error, ARVO_INVALID_SUBJECT, "16");
    arvo_text_free(id);
    arvo_text_free(subject);
    arvo_value_free(meta);
    arvo_environment_free(generous);
    arvo_environment_free(strict);
    free(blanks);
}

static void garbage_is_refused(void) {
    static const char *const garbage[] = {
        "",      " ",      "nul",  "{\"a\":1,}", "[1,2", "{\"a\" 1}", "\"\\x\"", "01",    "1e999999", "{\"a\":NaN}",
        "'a'",   "\x01",   "{}{}", "[}",         "+1",   "tru",       "\"\t\"",  "{1:2}", "Infinity", "//",
        "=====", "eJwAAA", "!!!!", "AAAA\n=",    "%%%"};
    size_t index;
    measure measure = begin();
    for (index = 0; index < sizeof garbage / sizeof *garbage; index++) {
        arvo_value *value = NULL;
        arvo_event *event = NULL;
        arvo_contract *contract = NULL;
        check(arvo_value_parse(NULL, str(garbage[index]), &value, NULL) == ARVO_INVALID_JSON, garbage[index], __FILE__,
              __LINE__);
        check(arvo_event_parse(NULL, str(garbage[index]), &event, NULL) == ARVO_INVALID_JSON, garbage[index], __FILE__,
              __LINE__);
        check(arvo_contract_parse(str(garbage[index]), ARVO_UNKNOWN_KEYS_STRIP, &contract, NULL) == ARVO_INVALID_JSON,
              garbage[index], __FILE__, __LINE__);
        CHECK_STATUS(arvo_subject_parse(NULL, str(garbage[index]), &value, NULL), ARVO_INVALID_SUBJECT);
        CHECK_STATUS(arvo_id_parse(NULL, str(garbage[index]), &value, NULL), ARVO_NOT_FOUND);
        must_fail(garbage[index], garbage[index], strlen(garbage[index]));
    }
    end(measure, "garbage");
}

static void lone_surrogates_are_refused(void) {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    arvo_value_parse(NULL, ARVO_STR("\"\\ud800\""), &value, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, NULL);
    fails_with_data("in data", "{\"name\":\"\\udc00\"}");
    fails_with_data("in a key of data", "{\"name\":\"x\",\"\\ud800\":1}");
}

static void keys_like_proto_are_plain_data(void) {
    char *json = event_with("{\"name\":\"x\",\"__proto__\":{\"polluted\":true},\"constructor\":{\"prototype\":{}}}");
    arvo_event *event = event_of(json);
    arvo_value *data = NULL, *other = value_of("{}");
    arvo_error *error = NULL;
    arvo_event_data(event, &data, &error);
    CHECK_OK(error);
    CHECK(arvo_value_kind(data, ARVO_STR("/__proto__/polluted")) == ARVO_BOOL);
    CHECK(arvo_value_kind(other, ARVO_STR("/polluted")) == ARVO_NOTHING);
    arvo_value_set_text(other, ARVO_STR("/__proto__/constructor"), ARVO_STR("plain"), &error);
    CHECK_OK(error);
    CHECK_TEXT(json_of(other), "{\"__proto__\":{\"constructor\":\"plain\"}}");
    arvo_value_free(data);
    arvo_value_free(other);
    arvo_event_free(event);
    free(json);
}

static void an_object_of_too_many_keys_is_refused(void) {
    size_t count = 10001, index, length = 0;
    char *json = malloc(count * 16 + 16);
    if (json == NULL) abort();
    json[length++] = '{';
    for (index = 0; index < count; index++)
        length += (size_t)sprintf(json + length, "%s\"k%05lu\":1", index ? "," : "", (unsigned long)index);
    json[length++] = '}';
    json[length] = '\0';
    fails_with_data("too many keys", json);
    free(json);
}

const struct test hostile_tests[] = {
    {"JSON ten thousand deep is refused", json_ten_thousand_deep_is_refused},
    {"texts of ten megabytes are refused", texts_of_ten_megabytes_are_refused},
    {"what inflates beyond the limit is refused", what_inflates_beyond_the_limit_is_refused},
    {"garbage is refused", garbage_is_refused},
    {"lone surrogates are refused", lone_surrogates_are_refused},
    {"keys like __proto__ are plain data", keys_like_proto_are_plain_data},
    {"an object of too many keys is refused", an_object_of_too_many_keys_is_refused},
    {NULL, NULL}};
