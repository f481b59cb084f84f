/* Errors: kept, raised, and with a user's object on them. */
#include "check.h"

static void a_row_of_calls_is_checked_once(void) {
    arvo_value *value = NULL, *other = NULL;
    arvo_error *error = NULL;
    arvo_str text = ARVO_STR("untouched");
    CHECK_STATUS(arvo_value_parse(NULL, ARVO_STR("{"), &value, &error), ARVO_INVALID_JSON);
    CHECK_STATUS(arvo_value_text(value, ARVO_STR("/a"), &text, &error), ARVO_INVALID_JSON); /* the first error's */
    CHECK_STATUS(arvo_value_new_object(&other, &error), ARVO_INVALID_JSON);
    CHECK(other == NULL);
    CHECK_TEXT(text, "untouched");
    CHECK_STATUS(arvo_error_raise(&error, ARVO_STR("Other"), ARVO_STR("late")), ARVO_INVALID_JSON);
    CHECK_ERROR(error, ARVO_INVALID_JSON, "no JSON");
}

static void an_error_may_be_of_no_interest(void) {
    arvo_value *value = NULL;
    CHECK_STATUS(arvo_value_parse(NULL, ARVO_STR("{"), &value, NULL), ARVO_INVALID_JSON);
    CHECK(value == NULL);
}

static void violations_have_a_type(void) {
    static const struct {
        const char *type, *name;
        arvo_status status;
        bool violation;
    } cases[] = {
        {"Contract", "ViolationError<Contract>", ARVO_CONTRACT_VIOLATION, true},
        {"Config", "ViolationError<Config>", ARVO_CONFIG_VIOLATION, true},
        {"Execution", "ViolationError<Execution>", ARVO_EXECUTION_VIOLATION, true},
        {"OrchestratorTransaction", "ViolationError<OrchestratorTransaction>", ARVO_TRANSACTION_VIOLATION, true},
        {"RateLimited", "ViolationError<RateLimited>", ARVO_CUSTOM_VIOLATION, true},
        {"", "ViolationError<>", ARVO_USER_ERROR, false}};
    size_t index;
    for (index = 0; index < sizeof cases / sizeof *cases; index++) {
        arvo_error *error = NULL;
        CHECK_STATUS(arvo_error_raise_violation(&error, str(cases[index].type), ARVO_STR("m"), NULL),
                     cases[index].status);
        CHECK_TEXT(arvo_error_name(error), cases[index].name);
        CHECK_TEXT(arvo_error_violation(error), cases[index].type);
        CHECK(arvo_error_is_violation(error) == cases[index].violation);
        CHECK(arvo_error_cause(error) == NULL);
        CHECK_ERROR(error, cases[index].status, " m");
    }
}

static void count(void *user_data) { ++*(int *)user_data; }

static void an_object_is_freed_once(void) {
    int first = 0, second = 0;
    arvo_error *error = NULL;
    arvo_error_raise(&error, ARVO_STR("E"), ARVO_STR("m"));
    CHECK(arvo_error_object(error) == NULL);
    arvo_error_attach(error, &first, count);
    arvo_error_attach(error, &second, count);
    CHECK(first == 1 && second == 0 && arvo_error_object(error) == &second);
    arvo_error_free(error);
    CHECK(first == 1 && second == 1);
}

static void problems_of_a_schema_are_added_up(void) {
    arvo_error *error = NULL;
    size_t found = 0;
    CHECK_STATUS(arvo_schema_issue(&error, ARVO_STR("/a"), ARVO_STR("is odd")), ARVO_INVALID_DATA);
    arvo_value_count(arvo_error_details(error), ARVO_STR("/issues"), &found, NULL);
    CHECK(found == 1);
    CHECK_STATUS(arvo_schema_issue(&error, ARVO_STR("/b"), ARVO_STR("is even")), ARVO_INVALID_DATA);
    arvo_value_count(arvo_error_details(error), ARVO_STR("/issues"), &found, NULL);
    CHECK(found == 2);
    CHECK_ERROR(error, ARVO_INVALID_DATA, "/a: is odd; /b: is even");
    arvo_error_raise(&error, ARVO_STR("E"), ARVO_STR("m"));
    CHECK_STATUS(arvo_schema_issue(&error, ARVO_STR("/b"), ARVO_STR("x")), ARVO_USER_ERROR); /* not among another's */
    CHECK_ERROR(error, ARVO_USER_ERROR, "m");
}

const struct test error_tests[] = {{"a row of calls is checked once", a_row_of_calls_is_checked_once},
                                   {"an error may be of no interest", an_error_may_be_of_no_interest},
                                   {"violations have a type", violations_have_a_type},
                                   {"an object is freed once", an_object_is_freed_once},
                                   {"problems of a schema are added up", problems_of_a_schema_are_added_up},
                                   {NULL, NULL}};
