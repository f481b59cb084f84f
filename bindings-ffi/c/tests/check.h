/* A test framework in one page. A test is a function; it passes if each of its checks does. */
#ifndef CHECK_H
#define CHECK_H

#include "arvo.h"

typedef struct test {
    const char *name; /* a sentence about behaviour */
    void (*run)(void);
} test;

/* Each file of tests gives a list, ended by an empty entry. */
extern const struct test null_tests[], value_tests[], event_tests[], name_tests[], contract_tests[], factory_tests[],
    handler_tests[], host_tests[], execution_tests[], error_tests[], misuse_tests[], hostile_tests[], heap_tests[],
    workflow_tests[], step_tests[], fault_tests[], broker_tests[], thread_tests[], expression_tests[], machine_tests[],
    orchestrator_tests[], store_tests[], worker_tests[], failure_tests[], process_tests[], history_tests[],
    telemetry_tests[], trace_tests[], otlp_tests[], suite_tests[];

/* What this program does as the child of a test: `unit --child WHAT ...`. */
int child(int argc, char **argv);

/* Set with --quick: fewer rounds, for valgrind; with --soak: more. */
extern bool quick, soak;

/* Bytes of the heap that are in use. */
size_t heap_in_use(void);

void check(bool ok, const char *what, const char *file, int line);
void check_text(arvo_str found, const char *wanted, const char *file, int line);
void check_status(arvo_status status, arvo_status wanted, const char *call, const char *file, int line);
void check_no_error(arvo_error *error, const char *file, int line);
/* The error has this status, its message contains `part` (if not NULL); frees it and sets it to NULL. */
void check_error(arvo_error **error, arvo_status wanted, const char *part, const char *file, int line);

#define CHECK(condition) check(condition, #condition, __FILE__, __LINE__)
#define CHECK_IS(what, found, wanted) check((found) == (wanted), what, __FILE__, __LINE__)
#define CHECK_TEXT(found, wanted) check_text(found, wanted, __FILE__, __LINE__)
#define CHECK_STATUS(call, wanted) check_status(call, wanted, #call, __FILE__, __LINE__)
#define CHECK_OK(error) check_no_error(error, __FILE__, __LINE__)
#define CHECK_ERROR(error, wanted, part) check_error(&(error), wanted, part, __FILE__, __LINE__)

/* Things that most tests need; they end the program if they fail. */
arvo_str str(const char *text);
bool same(arvo_str left, arvo_str right);
bool contains(arvo_str text, const char *part);
arvo_value *value_of(const char *json);
arvo_event *event_of(const char *json);
/* JSON text of a value; lives until the next call. */
arvo_str json_of(const arvo_value *value);
/* com.greet.user 1.0.0: accepts {name: text, times: integer, default 1}, emits evt.greet.user.success {text: text}. */
arvo_contract *greeting(void);
/* An event for it, or for another contract's latest version, with this data. */
arvo_event *greeting_event(const char *data);
arvo_event *event_for(const arvo_contract *contract, const char *data);
/* Text at a pointer of an error's details. */
arvo_str detail(const arvo_error *error, const char *pointer);
/* Whether a list in the details of an error has an entry with this member. */
bool has_detail(const arvo_error *error, const char *list, const char *key, const char *text);

#endif
