/* Expressions and templates; what they give is in tests/cases/expressions.json, which tests/c runs. */
#include "check.h"

static arvo_expression *expression_of(const char *text, const char *names) {
    arvo_expression *made = NULL;
    arvo_value *list = names == NULL ? NULL : value_of(names);
    arvo_error *error = NULL;
    arvo_expression_new(str(text), list, &made, &error);
    CHECK_OK(error);
    arvo_value_free(list);
    return made;
}

static void an_expression_is_worked_out_over_named_values(void) {
    arvo_expression *next = expression_of("context.tries + event.by", NULL);
    arvo_value *values = value_of("{\"context\":{\"tries\":1},\"event\":{\"by\":2},\"other\":null}"), *found = NULL;
    arvo_error *error = NULL;
    arvo_expression_evaluate(NULL, next, values, &found, &error);
    CHECK_OK(error);
    CHECK_TEXT(json_of(found), "3");
    ARVO_FREE(next, values, found);
}

static void a_template_is_filled_and_an_empty_optional_drops_its_key(void) {
    arvo_value *json = value_of("{\"id\":{\"$\":\"input.id\"},\"note\":{\"$\":\"input.?note\"}}"), *found = NULL;
    arvo_value *names = value_of("[\"input\"]"), *values = value_of("{\"input\":{\"id\":\"o1\"}}");
    arvo_expression *template_ = NULL;
    arvo_error *error = NULL;
    arvo_expression_of_template(json, names, &template_, &error);
    arvo_expression_evaluate(NULL, template_, values, &found, &error);
    CHECK_OK(error);
    CHECK_TEXT(json_of(found), "{\"id\":\"o1\"}");
    ARVO_FREE(json, names, values, template_, found);
}

static void an_empty_optional_is_no_value(void) {
    arvo_expression *note = expression_of("context.?note", NULL);
    arvo_value *values = value_of("{\"context\":{}}"), *found = values;
    arvo_error *error = NULL;
    arvo_expression_evaluate(NULL, note, values, &found, &error);
    CHECK_OK(error);
    CHECK(found == NULL);
    ARVO_FREE(note, values);
}

static void a_guard_gives_true_or_false(void) {
    arvo_expression *guard = expression_of("context.total > 100", NULL), *other = expression_of("1", "[]");
    arvo_value *values = value_of("{\"context\":{\"total\":150}}");
    arvo_error *error = NULL;
    bool passes = false;
    arvo_expression_test(NULL, guard, values, &passes, &error);
    CHECK_OK(error);
    CHECK(passes);
    arvo_expression_test(NULL, other, NULL, &passes, &error);
    CHECK_ERROR(error, ARVO_EXPRESSION_FAILED, "true or false is needed here, and this is a number");
    ARVO_FREE(guard, other, values);
}

static void what_is_no_expression_is_refused_with_its_place(void) {
    arvo_value *json = value_of("{\"a\":[{\"$\":\"contxt.x\"}],\"b\":{\"$\":1}}"), *details;
    arvo_expression *made = NULL;
    arvo_error *error = NULL;
    int64_t line = 0, column = 0;
    arvo_expression_of_template(json, NULL, &made, &error);
    details = (arvo_value *)arvo_error_details(error);
    CHECK_TEXT(detail(error, "/path"), ".a[0]");
    CHECK_STATUS(arvo_value_i64(details, ARVO_STR("/line"), &line, NULL), ARVO_OK);
    CHECK_STATUS(arvo_value_i64(details, ARVO_STR("/column"), &column, NULL), ARVO_OK);
    CHECK(line == 1 && column == 1);
    CHECK_TEXT(arvo_error_name(error), "InvalidExpression");
    CHECK_ERROR(error, ARVO_INVALID_EXPRESSION, "at .b: an expression is text");
    arvo_expression_new(ARVO_STR("input.x"), NULL, &made, &error);
    CHECK_ERROR(error, ARVO_INVALID_EXPRESSION, "known are context, event");
    CHECK(made == NULL);
    arvo_value_free(json);
}

static void what_fails_says_where_and_never_shows_a_value(void) {
    arvo_expression *next = expression_of("context.card + 1", NULL);
    arvo_value *values = value_of("{\"context\":{\"card\":\"4111\"}}"), *found = NULL;
    arvo_error *error = NULL;
    arvo_expression_evaluate(NULL, next, values, &found, &error);
    CHECK_TEXT(arvo_error_name(error), "ExpressionFailed");
    CHECK_TEXT(arvo_error_message(error),
               "expression, line 1 column 14: + takes two numbers, two texts or two lists, not text and a number\n"
               "  context.card + 1\n"
               "               ^");
    CHECK_ERROR(error, ARVO_EXPRESSION_FAILED, NULL);
    arvo_expression_evaluate(NULL, next, NULL, &found, &error);
    CHECK_ERROR(error, ARVO_EXPRESSION_FAILED, "no value was given for this name");
    ARVO_FREE(next, values);
}

static void limits_are_those_of_the_environment(void) {
    arvo_limits limits = arvo_limits_default();
    arvo_environment *strict = NULL;
    arvo_expression *all = expression_of("context.map(i, i)", NULL);
    arvo_value *values = value_of("{\"context\":[1,2,3,4,5,6,7,8]}"), *found = NULL;
    arvo_error *error = NULL;
    limits.expression_steps = 10;
    arvo_environment_new(NULL, NULL, NULL, NULL, &limits, &strict, &error);
    CHECK_OK(error);
    arvo_expression_evaluate(strict, all, values, &found, &error);
    CHECK_TEXT(arvo_error_name(error), "ExpressionBudget");
    CHECK_ERROR(error, ARVO_EXPRESSION_FAILED, "exceeded the limit of 10");
    ARVO_FREE(strict, all, values);
}

static void wrong_arguments_are_named(void) {
    arvo_expression *made = NULL, *one = expression_of("1", NULL);
    arvo_value *wrong = value_of("[\"context\",1]"), *text = value_of("\"context\""), *found = NULL;
    arvo_error *error = NULL;
    arvo_expression_new(ARVO_STR("1"), wrong, &made, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "names is or holds a number");
    arvo_expression_new(ARVO_STR("1"), text, &made, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "names is or holds text");
    arvo_expression_evaluate(NULL, one, wrong, &found, &error);
    CHECK_ERROR(error, ARVO_BAD_ARGUMENT, "values is an array");
    arvo_expression_free(one);
    ARVO_FREE(wrong, text);
}

const struct test expression_tests[] = {
    {"an expression is worked out over named values", an_expression_is_worked_out_over_named_values},
    {"a template is filled, and an empty optional drops its key",
     a_template_is_filled_and_an_empty_optional_drops_its_key},
    {"an empty optional is no value", an_empty_optional_is_no_value},
    {"a guard gives true or false", a_guard_gives_true_or_false},
    {"what is no expression is refused with its place", what_is_no_expression_is_refused_with_its_place},
    {"what fails says where, and never shows a value", what_fails_says_where_and_never_shows_a_value},
    {"limits are those of the environment", limits_are_those_of_the_environment},
    {"wrong arguments are named", wrong_arguments_are_named},
    {NULL, NULL}};
