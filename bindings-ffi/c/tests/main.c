/* Runs all unit tests of the C library: `unit [--quick]`; with --soak those about memory alone, for longer; `unit WORDS` those
 * whose names have these words. The last line says how many passed and failed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

bool quick, soak;

/* called.h makes each call of the library come by here first. */
void note_call(int function) { __atomic_fetch_add(&called[function].times, 1, __ATOMIC_RELAXED); }

static const char *running, *only;
static bool failing;

static void fail(const char *what, const char *file, int line) {
    failing = true;
    printf("%s:%d: %s: %s\n", file, line, running, what);
}

void check(bool ok, const char *what, const char *file, int line) {
    if (!ok) fail(what, file, line);
}

void check_text(arvo_str found, const char *wanted, const char *file, int line) {
    char message[600];
    if (found.ptr == NULL ? wanted == NULL : wanted != NULL && same(found, str(wanted))) return;
    snprintf(message, sizeof message, "wanted \"%.250s\", found \"%.250s\"", wanted ? wanted : "(no text)",
             found.ptr ? found.ptr : "(no text)");
    fail(message, file, line);
}

void check_status(arvo_status status, arvo_status wanted, const char *call, const char *file, int line) {
    char message[300];
    if (status == wanted) return;
    snprintf(message, sizeof message, "wanted status %ld, found %ld: %.200s", (long)wanted, (long)status, call);
    fail(message, file, line);
}

void check_no_error(arvo_error *error, const char *file, int line) {
    char message[600];
    if (error == NULL) return;
    snprintf(message, sizeof message, "failed with %ld: %.*s", (long)arvo_error_status(error),
             ARVO_PRINT(arvo_error_message(error)));
    fail(message, file, line);
    arvo_error_free(error);
}

bool contains(arvo_str text, const char *part) {
    size_t at, length = strlen(part);
    for (at = 0; at + length <= text.len; at++) {
        if (memcmp(text.ptr + at, part, length) == 0) return true;
    }
    return false;
}

void check_error(arvo_error **error, arvo_status wanted, const char *part, const char *file, int line) {
    char message[600];
    arvo_str text = arvo_error_message(*error);
    if (*error == NULL) {
        fail("no error, but one was wanted", file, line);
    } else if (arvo_error_status(*error) != wanted || (part != NULL && !contains(text, part))) {
        snprintf(message, sizeof message, "wanted status %ld and \"%.100s\", found %ld: %.*s", (long)wanted,
                 part ? part : "", (long)arvo_error_status(*error), (int)(text.len < 400 ? text.len : 400), text.ptr);
        fail(message, file, line);
    }
    arvo_error_free(*error);
    *error = NULL;
}

static void run_list(const struct test *list, unsigned *passed, unsigned *failed) {
    for (; list->run != NULL; list++) {
        if (only != NULL && !contains(str(list->name), only)) continue;
        running = list->name;
        failing = false;
        list->run();
        *(failing ? failed : passed) += 1;
    }
}

/* Each function of the header was called by a test, and not only without arguments. */
static void each_function_was_called(void) {
    size_t index;
    for (index = 0; index < FUNCTIONS; index++) {
        if (called[index].times == 0) fail(called[index].name, "arvo.h", 0);
    }
}

int main(int argc, char **argv) {
    static const struct test last[] = {{"each exported function is called", each_function_was_called}, {NULL, NULL}};
    const struct test *lists[] = {null_tests,
                                  value_tests,
                                  event_tests,
                                  name_tests,
                                  contract_tests,
                                  factory_tests,
                                  handler_tests,
                                  host_tests,
                                  execution_tests,
                                  error_tests,
                                  misuse_tests,
                                  hostile_tests,
                                  heap_tests,
                                  workflow_tests,
                                  step_tests,
                                  fault_tests,
                                  broker_tests,
                                  thread_tests,
                                  expression_tests,
                                  machine_tests,
                                  orchestrator_tests,
                                  store_tests,
                                  worker_tests,
                                  failure_tests,
                                  process_tests,
                                  history_tests,
                                  telemetry_tests,
                                  trace_tests,
                                  otlp_tests,
                                  suite_tests,
                                  last};
    size_t index;
    unsigned passed = 0, failed = 0;
    if (argc > 2 && strcmp(argv[1], "--child") == 0) return child(argc - 2, argv + 2);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* so that nothing is lost when a sanitizer ends the program */
    quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    soak = argc > 1 && strcmp(argv[1], "--soak") == 0;
    if (argc > 1 && !quick && !soak) only = argv[1];
    if (soak) run_list(heap_tests, &passed, &failed);
    for (index = 0; !soak && index < sizeof lists / sizeof *lists; index++) run_list(lists[index], &passed, &failed);
    printf("%u passed, %u failed\n", passed, failed);
    return failed > 0;
}
