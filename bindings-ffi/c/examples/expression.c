/* An expression and a template by themselves, as a test of a portable machine tries them (docs/expressions.md). */
#include <stdio.h>

#include <arvo.h>

int main(void) {
    arvo_error *error = NULL;
    arvo_value *values = NULL, *json = NULL, *found = NULL;
    arvo_expression *guard = NULL, *request = NULL;
    arvo_text *text = NULL;
    bool passes = false;

    arvo_value_parse(NULL, ARVO_STR("{\"context\": {\"id\": \"o1\"}, \"event\": {\"data\": {\"total\": 150}}}"),
                     &values, &error);
    arvo_expression_new(ARVO_STR("event.data.total > 100"), NULL, &guard, &error);
    arvo_expression_test(NULL, guard, values, &passes, &error);
    printf("passes: %s\n", passes ? "yes" : "no");

    /* There is no note, so that its key is left out. */
    arvo_value_parse(NULL, ARVO_STR("{\"id\": {\"$\": \"context.id\"}, \"note\": {\"$\": \"context.?note\"}}"), &json,
                     &error);
    arvo_expression_of_template(json, NULL, &request, &error);
    arvo_expression_evaluate(NULL, request, values, &found, &error);
    arvo_value_write(found, 0, &text, &error);
    printf("request: %.*s\n", ARVO_PRINT(arvo_text_view(text)));

    arvo_expression_free(guard);
    guard = NULL;
    arvo_expression_new(ARVO_STR("contxt.tries < 3"), NULL, &guard, &error);
    if (error != NULL) printf("%.*s\n", ARVO_PRINT(arvo_error_message(error)));

    ARVO_FREE(values, json, found, guard, request, text, error);
    return 0;
}

/* Prints:
 * passes: yes
 * request: {"id":"o1"}
 * expression, line 1 column 1: "contxt" is not known here; known are context, event; did you mean context?
 *   contxt.tries < 3
 *   ^^^^^^
 */
