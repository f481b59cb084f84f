/* JSON: read by pointer, built member by member. */
#include <math.h>
#include <string.h>

#include "check.h"

static const char ORDER[] =
    "{\"id\":\"ORD-1\",\"total\":421.5,\"paid\":true,\"note\":null,\"count\":3,\"big\":18446744073709551615,"
    "\"small\":-9223372036854775808,\"whole\":3.0,\"items\":[{\"sku\":\"A\"},{\"sku\":\"B\"}],\"a/b\":{\"c~d\":1}}";

static void reads_by_pointer(void) {
    arvo_value *order = value_of(ORDER);
    arvo_error *error = NULL;
    arvo_str text;
    double number;
    int64_t integer;
    uint64_t natural;
    bool boolean;
    arvo_value_text(order, ARVO_STR("/items/1/sku"), &text, &error);
    CHECK_TEXT(text, "B");
    arvo_value_f64(order, ARVO_STR("/total"), &number, &error);
    CHECK(number == 421.5);
    arvo_value_i64(order, ARVO_STR("/count"), &integer, &error);
    CHECK(integer == 3);
    arvo_value_i64(order, ARVO_STR("/whole"), &integer, &error);
    CHECK(integer == 3);
    arvo_value_i64(order, ARVO_STR("/small"), &integer, &error);
    CHECK(integer == INT64_MIN);
    arvo_value_u64(order, ARVO_STR("/big"), &natural, &error);
    CHECK(natural == UINT64_MAX);
    arvo_value_bool(order, ARVO_STR("/paid"), &boolean, &error);
    CHECK(boolean);
    arvo_value_i64(order, ARVO_STR("/a~1b/c~0d"), &integer, &error);
    CHECK(integer == 1);
    CHECK_OK(error);
    arvo_value_free(order);
}

static void says_what_is_there_instead(void) {
    arvo_value *order = value_of(ORDER), *part = NULL;
    arvo_error *error = NULL;
    arvo_str text = ARVO_STR("untouched");
    int64_t integer;
    uint64_t natural;
    double number;
    bool boolean;
    size_t count;
    arvo_value_text(order, ARVO_STR("/missing"), &text, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "nothing at \"/missing\"");
    CHECK_TEXT(text, "untouched");
    arvo_value_text(order, ARVO_STR("/total"), &text, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "\"/total\" is a number, not text");
    arvo_value_i64(order, ARVO_STR("/total"), &integer, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "read it as f64");
    arvo_value_i64(order, ARVO_STR("/big"), &integer, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "signed 64-bit");
    arvo_value_u64(order, ARVO_STR("/small"), &natural, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "unsigned 64-bit");
    arvo_value_f64(order, ARVO_STR("/id"), &number, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "is text, not a number");
    arvo_value_bool(order, ARVO_STR("/note"), &boolean, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "is null");
    arvo_value_count(order, ARVO_STR("/id"), &count, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "an array or object");
    arvo_value_key(order, ARVO_STR("/items"), 0, &text, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "not an object");
    arvo_value_item(order, ARVO_STR("/items"), 2, &part, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "there are 2");
    arvo_value_get(order, ARVO_STR("items"), &part, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "does not start with '/'");
    CHECK(part == NULL);
    arvo_value_free(order);
}

static void tells_kinds_apart(void) {
    arvo_value *order = value_of(ORDER);
    CHECK(arvo_value_kind(order, ARVO_STR("")) == ARVO_OBJECT);
    CHECK(arvo_value_kind(order, ARVO_STR("/items")) == ARVO_ARRAY);
    CHECK(arvo_value_kind(order, ARVO_STR("/id")) == ARVO_TEXT);
    CHECK(arvo_value_kind(order, ARVO_STR("/total")) == ARVO_NUMBER);
    CHECK(arvo_value_kind(order, ARVO_STR("/paid")) == ARVO_BOOL);
    CHECK(arvo_value_kind(order, ARVO_STR("/note")) == ARVO_NULL);
    CHECK(arvo_value_kind(order, ARVO_STR("/items/2")) == ARVO_NOTHING);
    CHECK(arvo_value_kind(order, ARVO_STR("no pointer")) == ARVO_NOTHING);
    arvo_value_free(order);
}

static void iterates(void) {
    arvo_value *order = value_of(ORDER);
    arvo_error *error = NULL;
    size_t count, index;
    arvo_str key, sku;
    arvo_value_count(order, ARVO_STR("/items"), &count, &error);
    CHECK(count == 2);
    for (index = 0; index < count; index++) {
        arvo_value *item = NULL;
        arvo_value_item(order, ARVO_STR("/items"), index, &item, &error);
        arvo_value_text(item, ARVO_STR("/sku"), &sku, &error);
        CHECK_TEXT(sku, index == 0 ? "A" : "B");
        arvo_value_free(item);
    }
    arvo_value_count(order, ARVO_STR(""), &count, &error);
    CHECK(count == 10);
    arvo_value_key(order, ARVO_STR(""), 9, &key, &error);
    CHECK_TEXT(key, "a/b");
    CHECK_OK(error);
    arvo_value_free(order);
}

static void builds_member_by_member(void) {
    arvo_value *value = NULL, *tags = NULL;
    arvo_error *error = NULL;
    arvo_value_new_object(&value, &error);
    arvo_value_new_array(&tags, &error);
    arvo_value_set_text(value, ARVO_STR("/name"), ARVO_STR("Ada"), &error);
    arvo_value_set_i64(value, ARVO_STR("/born"), 1815, &error);
    arvo_value_set_u64(value, ARVO_STR("/big"), UINT64_MAX, &error);
    arvo_value_set_f64(value, ARVO_STR("/half"), 0.5, &error);
    arvo_value_set_bool(value, ARVO_STR("/known"), true, &error);
    arvo_value_set_null(value, ARVO_STR("/address"), &error);
    arvo_value_set_text(tags, ARVO_STR("/-"), ARVO_STR("first"), &error);
    arvo_value_set(value, ARVO_STR("/tags"), tags, &error);
    arvo_value_set_text(value, ARVO_STR("/tags/-"), ARVO_STR("second"), &error);
    arvo_value_set_text(value, ARVO_STR("/tags/0"), ARVO_STR("1st"), &error);
    arvo_value_set_i64(value, ARVO_STR("/deep/er/list/-"), 1, &error);
    arvo_value_remove(value, ARVO_STR("/born"), &error);
    CHECK_OK(error);
    CHECK_TEXT(json_of(value),
               "{\"name\":\"Ada\",\"big\":18446744073709551615,\"half\":0.5,\"known\":true,\"address\":null,"
               "\"tags\":[\"1st\",\"second\"],\"deep\":{\"er\":{\"list\":[1]}}}");
    CHECK_TEXT(json_of(tags), "[\"first\"]"); /* what was put in is a value of its own */
    arvo_value_free(value);
    arvo_value_free(tags);
}

static void refuses_what_can_not_be_put(void) {
    arvo_value *value = value_of("{\"list\":[1],\"text\":\"x\"}");
    arvo_error *error = NULL;
    arvo_value_set_i64(value, ARVO_STR("/list/1"), 2, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, "append with '-'");
    arvo_value_set_i64(value, ARVO_STR("/list/00"), 2, &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, NULL);
    arvo_value_set_i64(value, ARVO_STR("/text/x"), 2, &error);
    CHECK_ERROR(error, ARVO_WRONG_KIND, "is text");
    arvo_value_set_f64(value, ARVO_STR("/nan"), NAN, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "not finite");
    arvo_value_remove(value, ARVO_STR("/none"), &error);
    CHECK_ERROR(error, ARVO_NOT_FOUND, NULL);
    arvo_value_remove(value, ARVO_STR(""), &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "free it");
    CHECK_TEXT(json_of(value), "{\"list\":[1],\"text\":\"x\"}");
    arvo_value_free(value);
}

static void a_handle_is_a_value_of_its_own(void) {
    arvo_value *whole = value_of("{\"inner\":{\"n\":1}}"), *part = NULL, *again = NULL;
    arvo_error *error = NULL;
    arvo_value_get(whole, ARVO_STR("/inner"), &part, &error);
    arvo_value_set_i64(part, ARVO_STR("/n"), 2, &error);
    CHECK_TEXT(json_of(whole), "{\"inner\":{\"n\":1}}");
    arvo_value_get(whole, ARVO_STR("/inner"), &again, &error);
    arvo_value_set_i64(whole, ARVO_STR("/inner/n"), 3, &error);
    CHECK_TEXT(json_of(again), "{\"n\":1}");
    arvo_value_set(whole, ARVO_STR("/inner/self"), whole, &error); /* a copy of what it was */
    arvo_value_free(part);
    CHECK_TEXT(json_of(whole), "{\"inner\":{\"n\":3,\"self\":{\"inner\":{\"n\":3}}}}");
    arvo_value_free(whole);
    CHECK_TEXT(json_of(again), "{\"n\":1}"); /* outlives the value it was read from */
    arvo_value_free(again);
    CHECK_OK(error);
}

static void never_nests_deeper_than_it_may_come_in(void) {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    char pointer[2 * 200 + 1];
    int index;
    for (index = 0; index < 200; index++) memcpy(pointer + 2 * index, "/a", 2);
    arvo_value_new_object(&value, &error);
    arvo_value_set_null(value, arvo_str_of(pointer, 2 * 128), &error);
    CHECK_OK(error);
    arvo_value_set_null(value, arvo_str_of(pointer, 2 * 129), &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, "deeper than 128");
    arvo_value_set(value, ARVO_STR("/b"), value, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, "deeper than 128");
    arvo_value_free(value);
}

static void writes_as_javascript_does(void) {
    arvo_value *value = value_of("{\"a\":1.0,\"b\":1e21,\"c\":\"\\u00e4\\n\",\"d\":[],\"e\":{}}");
    arvo_text *text = NULL;
    arvo_error *error = NULL;
    CHECK_TEXT(json_of(value), "{\"a\":1,\"b\":1e+21,\"c\":\"\xc3\xa4\\n\",\"d\":[],\"e\":{}}");
    arvo_value_write(value, 2, &text, &error);
    CHECK_TEXT(arvo_text_view(text),
               "{\n  \"a\": 1,\n  \"b\": 1e+21,\n  \"c\": \"\xc3\xa4\\n\",\n  \"d\": [],\n  \"e\": {}\n}");
    CHECK_OK(error);
    arvo_text_free(text);
    arvo_value_free(value);
}

static void texts_are_made_as_printf_makes_them(void) {
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    char digits[400];
    memset(digits, '7', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    arvo_value_new_object(&value, &error);
    arvo_value_set_format(value, ARVO_STR("/id"), &error, "PAY-%05d", 42);
    arvo_value_set_format(value, ARVO_STR("/long"), &error, "%s", digits);
    CHECK_OK(error);
    CHECK(json_of(value).len == strlen("{\"id\":\"PAY-00042\",\"long\":\"\"}") + 399);
    arvo_value_free(value);
}

static void reads_within_limits(void) {
    arvo_limits limits = arvo_limits_default();
    arvo_environment *strict = NULL;
    arvo_value *value = NULL;
    arvo_error *error = NULL;
    CHECK(limits.event == 1024 * 1024 && limits.depth == 128 && limits.record == 4 * 1024 * 1024 && limits.error_stack);
    CHECK(limits.expression_steps == 100000 && limits.expression_bytes == 1024 * 1024);
    limits.depth = 1;
    limits.keys = 2;
    arvo_environment_new(NULL, NULL, NULL, NULL, &limits, &strict, &error);
    arvo_value_parse(strict, ARVO_STR("{\"a\":1}"), &value, &error);
    CHECK_OK(error);
    arvo_value_free(value);
    arvo_value_parse(strict, ARVO_STR("{\"a\":[]}"), &value, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, "deeper than 1");
    arvo_value_parse(strict, ARVO_STR("{\"a\":1,\"b\":2,\"c\":3}"), &value, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, "limit of 2");
    arvo_value_parse(NULL, ARVO_STR("{\"a\":}"), &value, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, "line 1");
    arvo_environment_free(strict);
}

const struct test value_tests[] = {{"reads by pointer", reads_by_pointer},
                                   {"says what is there instead", says_what_is_there_instead},
                                   {"tells kinds apart", tells_kinds_apart},
                                   {"iterates", iterates},
                                   {"builds member by member", builds_member_by_member},
                                   {"refuses what can't be put", refuses_what_can_not_be_put},
                                   {"a handle is a value of its own", a_handle_is_a_value_of_its_own},
                                   {"never nests deeper than it may come in", never_nests_deeper_than_it_may_come_in},
                                   {"writes as JavaScript does", writes_as_javascript_does},
                                   {"texts are made as printf makes them", texts_are_made_as_printf_makes_them},
                                   {"reads within limits", reads_within_limits},
                                   {NULL, NULL}};
