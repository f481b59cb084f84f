/* A program that tests a handler: a suite of a file, as every language reads it, and whether the handler keeps its
 * contract. What it prints is TAP, which most runners of tests take; it ends with 1 if a test failed. */
#include "arvo.h"

static arvo_status add(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    double a = 0, b = 0;
    (void)user_data;
    arvo_value_f64(arvo_input_data(input), ARVO_STR("/a"), &a, error);
    arvo_value_f64(arvo_input_data(input), ARVO_STR("/b"), &b, error);
    return arvo_value_set_f64(arvo_outputs_emit(outputs, ARVO_STR("evt.calc.add.success")), ARVO_STR("/sum"), a + b,
                              error);
}

/* A file, usually. */
static const char file[] =
    "{\"config\": {\"handler\": \"com.calc.add\"}, \"cases\": ["
    "  {\"name\": \"adds\", \"steps\": [{"
    "    \"input\": {\"type\": \"com.calc.add\", \"dataschema\": \"#/svc/calc/1.0.0\", \"data\": {\"a\": 1}},"
    "    \"expectedEvents\": {\"$eq\": [{\"$ref\": \"events.0.data.sum\"}, 2]}}]},"
    "  {\"name\": \"takes numbers alone\", \"steps\": [{"
    "    \"input\": {\"type\": \"com.calc.add\", \"dataschema\": \"#/svc/calc/1.0.0\", \"data\": {\"a\": \"one\"}},"
    "    \"expectedError\": {\"$eq\": [{\"$ref\": \"error.type\"}, \"Contract\"]}}]}]}";

int main(void) {
    arvo_contract *contract = NULL;
    arvo_handler *handler = NULL;
    arvo_suite *suite = NULL;
    arvo_error *error = NULL;
    int failed = 1;
    arvo_contract_simple(ARVO_STR("#/svc/calc"), ARVO_STR("calc.add"),
                         ARVO_STR("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\",\"maximum\":1e6},"
                                  "\"b\":{\"type\":\"number\",\"maximum\":1e6,\"default\":1}},\"required\":[\"a\"]}"),
                         ARVO_STR("{\"type\":\"object\",\"properties\":{\"sum\":{\"type\":\"number\"}}}"), &contract,
                         &error);
    arvo_handler_new(contract, add, NULL, &handler, &error);
    arvo_suite_parse(arvo_str_of(file, sizeof file - 1), &suite, &error);
    arvo_suite_add_handler(suite, handler, ARVO_NO_STR, &error);
    if (error == NULL) failed = arvo_suite_tap(suite, stdout);

    arvo_handler_conforms(handler, NULL, &error); /* random data, other data in each run */
    if (error != NULL) {
        printf("%.*s\n", ARVO_PRINT(arvo_error_message(error)));
        failed = 1;
    } else {
        puts("and it keeps its contract");
    }
    ARVO_FREE(contract, handler, suite, error);
    return failed;
}

/* Prints:
 * TAP version 13
 * # Test<com.calc.add>
 * ok 1 - adds
 * ok 2 - takes numbers alone
 * 1..2
 * and it keeps its contract
 */
