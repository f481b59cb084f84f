/* 100,000 failing calls leave the heap as it was. */
#include <malloc.h>
#include <stdio.h>

#include "check.h"

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
static size_t in_use(void) { return __sanitizer_get_current_allocated_bytes(); }
#else
static size_t in_use(void) { return mallinfo2().uordblks; }
#endif

static arvo_status fail(void *user_data, const arvo_input *input, arvo_outputs *outputs, arvo_error **error) {
    (void)user_data;
    (void)input;
    arvo_outputs_emit(outputs, ARVO_STR("evt.greet.user.success"));
    return arvo_error_raise_violation(error, ARVO_STR("Busy"), ARVO_STR("later"), NULL);
}

/* One round of calls that fail, each in its own way. */
static void round_of_failures(const arvo_handler *handler, const arvo_event *event) {
    arvo_events *events = NULL;
    arvo_event *parsed = NULL;
    arvo_value *value = NULL;
    arvo_contract *contract = NULL;
    arvo_execution *execution = NULL;
    arvo_error *error = NULL;
    arvo_handler_execute(handler, event, &events, &error);
    CHECK_ERROR(error, ARVO_CUSTOM_VIOLATION, NULL);
    arvo_event_parse(NULL, ARVO_STR("{\"id\":\"\",\"type\":\"X\",\"data\":[]}"), &parsed, &error);
    CHECK_ERROR(error, ARVO_INVALID_EVENT, NULL);
    arvo_value_parse(NULL, ARVO_STR("{\"a\":[1,2,{\"b\":"), &value, &error);
    CHECK_ERROR(error, ARVO_INVALID_JSON, NULL);
    arvo_contract_parse(ARVO_STR("{\"uri\":\"#/a\",\"versions\":[]}"), ARVO_UNKNOWN_KEYS_STRIP, &contract, &error);
    CHECK_ERROR(error, ARVO_INVALID_CONTRACT, NULL);
    arvo_execution_begin(handler, event, &execution, NULL);
    CHECK_STATUS(arvo_execution_commit(execution, NULL), ARVO_WRONG_STEP);
    arvo_execution_free(execution);
}

static void failing_calls_leave_the_heap_flat(void) {
    arvo_contract *contract = greeting();
    arvo_handler *handler = NULL;
    arvo_event *event = greeting_event("{\"name\":\"Ada\"}");
    arvo_error *error = NULL;
    size_t before, after;
    int round, rounds = quick ? 20 : 20000; /* of five calls each */
    arvo_handler_new(contract, fail, NULL, &handler, &error);
    CHECK_OK(error);
    for (round = 0; round < 200; round++) round_of_failures(handler, event);
    before = in_use();
    for (round = 0; round < rounds; round++) round_of_failures(handler, event);
    after = in_use();
    /* A byte for each call would be 100,000; what malloc keeps at hand counts as in use. */
    if (after > before + 65536) printf("%lu bytes more after %d rounds\n", (unsigned long)(after - before), rounds);
    CHECK(after <= before + 65536);
    arvo_event_free(event);
    arvo_handler_free(handler);
    arvo_contract_free(contract);
}

const struct test heap_tests[] = {{"100,000 failing calls leave the heap flat", failing_calls_leave_the_heap_flat},
                                  {NULL, NULL}};
