/* arvo.h: contracts, events, handlers and workflows in C (C99 or later, C++ too). Link with
 * `pkg-config --cflags --libs arvo`.
 *
 *   1 Rules that hold for every function   5 Small texts: ids, subjects,   8 Handlers    12 The broker
 *   2 Texts and environments                 versions, domains             9 Workflows   13 Executions
 *   3 Events                               6 Schemas and contracts        10 Machines    14 Errors
 *   4 Values: JSON                         7 Factories                    11 Memory      15 Expressions
 *   16 Stores: durable events and workflows                               17 Workers   18 Histories   19 Telemetry
 *   20 Test suites: cases, and whether a handler keeps its contract
 *
 * --- 1 Rules that hold for every function ----------------------------------------------------------------------
 *
 * Handles. Types without a definition here (arvo_event, arvo_value, ...) are handles. ARVO_OWNED marks results that
 *   are yours: free a T with arvo_T_free. What is ARVO_LENT, and what a callback is given, is never yours to free.
 *   Arguments are borrowed for the call; the library keeps shares of its own of what it needs longer, so you may free
 *   a contract while its handlers live. Every arvo_T_free takes NULL. A NULL handle, one of another kind, and (as far
 *   as can be told) one that was freed already are refused with ARVO_BAD_ARGUMENT.
 *
 * Threads. Any thread may use any handle; a handle may be freed while other handles that were made with it are in use,
 *   but not while a call is using itself.
 *   Several threads at once   everything that never changes (texts, events, contracts, schemas, environments, handlers,
 *                             resumables, machines, orchestrators, charts, expressions, lists of events), memories,
 *                             brokers, stores and workers, with all their functions.
 *   One of them               an execution: of two threads that use it at once, one gets ARVO_BUSY.
 *   One thread at a time      what you are changing: values, outputs, arvo_resumed, arvo_actions, errors, builders.
 *                             Between threads, hand them over as you would hand over memory of your own.
 *   Callbacks of a handler, resumable, machine, schema, environment, memory, broker or tracer run on any thread that is inside a
 *   call, several at once if several threads are: guard what their user_data points to. A broker runs the events of one
 *   workflow one after the other, and so do workers. An open store has a thread of the library's own, which calls the clock
 *   and uuid of the store's environment, and nothing else of yours.
 *
 * Texts. UTF-8, `len` bytes, no terminating zero; `ptr` NULL means no text. As an argument they are borrowed for the
 *   call; other bytes than UTF-8 are refused with ARVO_BAD_ARGUMENT. An arvo_str that a function returns belongs to
 *   the handle it was read from and lives as long as that does (a value's: until the value is changed, too).
 *
 * Results. `out` must not be NULL. It is written on success, and untouched on failure.
 *
 * Errors. A function returns ARVO_OK or the status of its failure. `error` may be NULL; else set `*error` to NULL
 *   before your first call. A failure sets it to a new error: free it with arvo_error_free. When `*error` is set
 *   already, the function does nothing and returns that error's status: so a row of calls can be checked once, at its
 *   end.
 *
 * Readers. Functions that return one field (arvo_event_id, arvo_error_message, ...) can't fail on a handle that is
 *   alive; given NULL or another handle, they return no text, NULL, 0 or false.
 *
 * Callbacks. They run on the thread that is inside the call that needs them, with the `user_data` you gave. They may
 *   call the library, also to run other executions. They must return: no longjmp, no C++ exception out of them.
 */
#ifndef ARVO_H
#define ARVO_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef int32_t arvo_status; /* a number never changes its meaning */
enum {
    ARVO_OK = 0,

    /* Violations: an execution failed so that its caller must know. Nothing was emitted; it may be tried again. */
    ARVO_CONTRACT_VIOLATION = 1,    /* data breaks a contract: details "issues" */
    ARVO_CONFIG_VIOLATION = 2,      /* the handler was not built for this event */
    ARVO_EXECUTION_VIOLATION = 3,   /* the execution itself could not go on, or your code said so */
    ARVO_TRANSACTION_VIOLATION = 4, /* events or state could not be written */
    ARVO_CUSTOM_VIOLATION = 5,      /* a type of your own: arvo_error_raise_violation */

    ARVO_USER_ERROR = 10, /* an error that your code raised: arvo_error_raise */

    ARVO_INVALID_JSON = 20,     /* a text is no JSON, or over a limit */
    ARVO_INVALID_EVENT = 21,    /* attributes are broken, all of them: details "broken" */
    ARVO_INVALID_DATA = 22,     /* data breaks a schema: details "issues" */
    ARVO_INVALID_SCHEMA = 23,   /* a schema can't be compiled */
    ARVO_INVALID_CONTRACT = 24, /* a contract, or what a handler is built of, breaks a rule */
    ARVO_INVALID_SUBJECT = 25,  /* details "broken" names its broken fields */
    ARVO_INVALID_NAME = 26,     /* a version, domain or type breaks its grammar */

    ARVO_INVALID_EXPRESSION = 27, /* a text is none, or reads another name: details "path", "line", "column" */
    ARVO_EXPRESSION_FAILED = 28,  /* its values don't fit, or it is over a limit: the same details */

    ARVO_INVALID_SUITE = 29, /* details "problems" has the path and message of each */

    ARVO_NOT_FOUND = 30,  /* nothing at that pointer, no such version, no such type */
    ARVO_WRONG_KIND = 31, /* there is something, but of another kind */

    ARVO_WRONG_STEP = 41, /* this execution waits for another answer, or is over: it came late, or twice */
    ARVO_BUSY = 42,       /* it is at work: a callback of its own, or a second thread, asked */
    ARVO_CANCELLED = 43,  /* your stop function said so */

    ARVO_NOT_DELIVERED = 50, /* an event that gets to nobody: no `to`, no subscriber, nobody for its domain */
    ARVO_QUEUE_FULL = 51,    /* too many events wait in the broker */
    ARVO_TOPIC_TAKEN = 52, /* the topic has a subscriber who wants it alone; or a resolved event's source is a topic */

    ARVO_STORE_FAILED = 60, /* a store can't be opened, read or written; the error's name says why: section 16 */
    ARVO_DEAD_LETTER = 61,  /* the event failed for good, or was dropped: no answer comes; details "causes" */
    ARVO_WRONG_STATE = 62,  /* not for an event, or a workflow, that is as far as this one */

    ARVO_BREACH = 70, /* a handler does not keep its contract: section 20; details "input", "version", "seed" */

    ARVO_BAD_ARGUMENT = 100, /* NULL, no UTF-8, a handle of another kind: a mistake in the calling program */
    ARVO_PANIC = 101         /* a defect in the library: please report it */
};

typedef struct arvo_text arvo_text;
typedef struct arvo_environment arvo_environment;
typedef struct arvo_event arvo_event;
typedef struct arvo_value arvo_value;
typedef struct arvo_schema arvo_schema;
typedef struct arvo_contract_builder arvo_contract_builder;
typedef struct arvo_contract arvo_contract;
typedef struct arvo_contract_version arvo_contract_version;
typedef struct arvo_handler_builder arvo_handler_builder;
typedef struct arvo_handler arvo_handler;
typedef struct arvo_resumable_builder arvo_resumable_builder;
typedef struct arvo_resumable arvo_resumable;
typedef struct arvo_resumed arvo_resumed;
typedef struct arvo_machine_builder arvo_machine_builder;
typedef struct arvo_machine arvo_machine;
typedef struct arvo_args arvo_args;
typedef struct arvo_actions arvo_actions;
typedef struct arvo_orchestrator_builder arvo_orchestrator_builder;
typedef struct arvo_orchestrator arvo_orchestrator;
typedef struct arvo_chart arvo_chart;
typedef struct arvo_memory arvo_memory;
typedef struct arvo_broker arvo_broker;
typedef struct arvo_errand arvo_errand;
typedef struct arvo_input arvo_input;
typedef struct arvo_outputs arvo_outputs;
typedef struct arvo_events arvo_events;
typedef struct arvo_execution arvo_execution;
typedef struct arvo_expression arvo_expression;
typedef struct arvo_store arvo_store;
typedef struct arvo_worker arvo_worker;
typedef struct arvo_suite arvo_suite;
typedef struct arvo_error arvo_error;

#if defined(__GNUC__)
#define ARVO_FORMAT_(pattern, first) __attribute__((format(printf, pattern, first)))
#else
#define ARVO_FORMAT_(pattern, first)
#endif

/* Who owns what, said of each function. Handles without a mark are borrowed for the call. */
#define ARVO_OWNED /* yours: free it with the function named after its type */
#define ARVO_LENT  /* not yours: it belongs to the handle that it was read from, and lives as the comment says */
#define ARVO_TAKEN /* was yours: the library has it now */

/* Frees a handle of any kind; it says itself which it is. */
void arvo_free(ARVO_TAKEN void *handle);
#ifndef __cplusplus
/* Frees several: ARVO_FREE(events, event, handler); NULLs among them are allowed. */
#define ARVO_FREE(...)                                                                                                 \
    do {                                                                                                               \
        void *arvo_handles_[] = {__VA_ARGS__};                                                                         \
        size_t arvo_handle_ = sizeof arvo_handles_ / sizeof *arvo_handles_;                                            \
        while (arvo_handle_ > 0) arvo_free(arvo_handles_[--arvo_handle_]);                                             \
    } while (0)
#endif

/* --- 2 Texts and environments ---------------------------------------------------------------------------------- */

typedef struct arvo_str {
    const char *ptr;
    size_t len;
} arvo_str;

static inline arvo_str arvo_str_of(const char *bytes, size_t len) {
    arvo_str text;
    text.ptr = bytes;
    text.len = len;
    return text;
}

/* A string literal as arvo_str: ARVO_STR("com.order.placed"). */
#define ARVO_STR(literal) arvo_str_of("" literal, sizeof(literal) - 1)
/* No text, where one may be left out. */
#define ARVO_NO_STR arvo_str_of(NULL, 0)
/* For printf: printf("%.*s\n", ARVO_PRINT(text)). */
#define ARVO_PRINT(text) (int)(text).len, (text).ptr ? (text).ptr : ""

/* Text that the library made. `arvo_text_view` lives as long as the text. */
arvo_status arvo_text_new(arvo_str bytes, ARVO_OWNED arvo_text **out, arvo_error **error);
ARVO_LENT arvo_str arvo_text_view(const arvo_text *text);
void arvo_text_free(ARVO_TAKEN arvo_text *text);

/* Frees what a user gave: called once, when the library needs it no more. May be NULL. */
typedef void (*arvo_destroy_fn)(void *user_data);

/* Milliseconds since 1970-01-01T00:00:00Z. May be called on several threads at once. */
typedef int64_t (*arvo_clock_fn)(void *user_data);
/* Writes 16 random bytes of a UUID of version 4. May be called on several threads at once. */
typedef void (*arvo_uuid_fn)(void *user_data, uint8_t bytes[16]);

/* How much of what comes from outside is accepted. */
typedef struct arvo_limits {
    size_t event;            /* bytes of an event as text: 1 MiB */
    size_t depth;            /* objects and lists inside each other: 128 */
    size_t keys;             /* keys of one object: 10,000 */
    size_t encoded;          /* bytes of a subject or managed id: 64 KiB */
    size_t inflated;         /* bytes it inflates to: 64 KiB */
    size_t record;           /* bytes of a workflow's record: 4 MiB */
    size_t expression_steps; /* steps of one evaluation of an expression: 100,000 */
    size_t expression_bytes; /* bytes that it may make, its result included: 1 MiB */
    bool error_stack;        /* whether system error events carry the stack: true */
} arvo_limits;

/* The limits above. */
arvo_limits arvo_limits_default(void);

/* Where time, ids and limits come from. Functions that take an environment take NULL for the machine's clock, random
 * ids and the default limits.
 * clock, uuid   may be NULL: the machine's own.
 * user_data     given to both; freed with `destroy` when the environment and all that uses it are gone, or on failure.
 * limits        may be NULL: the defaults. */
arvo_status arvo_environment_new(arvo_clock_fn clock, arvo_uuid_fn uuid, void *user_data, arvo_destroy_fn destroy,
                                 const arvo_limits *limits, ARVO_OWNED arvo_environment **out, arvo_error **error);
void arvo_environment_free(ARVO_TAKEN arvo_environment *environment);

/* --- 3 Events ---------------------------------------------------------------------------------------------------
 * A CloudEvents 1.0 envelope with Arvo's extensions, and data; it never changes. */

/* Makes an event. What is left out gets its default; source, subject, to, redirectto, dataschema and parentid are
 * URI-encoded if they are not.
 * attributes   object: source, type, subject (text); if wanted id ({"deduplication": "DEVELOPER_MANAGED" |
 *              "ARVO_MANAGED", "value": text}), time, to, dataschema, datacontenttype, accesscontrol, redirectto,
 *              executionunits, traceparent, tracestate, parentid, domain; __extensions: an object of custom extensions.
 * data         object; may be NULL if `attributes` has the member data.
 * Fails with ARVO_INVALID_EVENT: one error that names every broken attribute. */
arvo_status arvo_event_new(const arvo_environment *environment, const arvo_value *attributes, const arvo_value *data,
                           ARVO_OWNED arvo_event **out, arvo_error **error);
/* The same without a word to the tracer, if there is one (section 19): the event has the trace it is given, or none. */
arvo_status arvo_event_new_untraced(const arvo_environment *environment, const arvo_value *attributes,
                                    const arvo_value *data, ARVO_OWNED arvo_event **out, arvo_error **error);

/* Reads an event from JSON: every attribute must be there, the absent ones as null; nothing is encoded or filled in.
 * Fails with ARVO_INVALID_EVENT (every broken attribute) or ARVO_INVALID_JSON. */
arvo_status arvo_event_parse(const arvo_environment *environment, arvo_str json, ARVO_OWNED arvo_event **out,
                             arvo_error **error);
/* The same for CloudEvents of another origin: Arvo's own attributes may be missing. */
arvo_status arvo_event_parse_lenient(const arvo_environment *environment, arvo_str json, ARVO_OWNED arvo_event **out,
                                     arvo_error **error);
void arvo_event_free(ARVO_TAKEN arvo_event *event);

/* Writes the event as JSON, `indent` blanks a level, 0 for one line. */
arvo_status arvo_event_write(const arvo_event *event, size_t indent, ARVO_OWNED arvo_text **out, arvo_error **error);
/* The whole event as a value. Fails with ARVO_INVALID_JSON as arvo_event_data does. */
arvo_status arvo_event_value(const arvo_event *event, ARVO_OWNED arvo_value **out, arvo_error **error);

/* Its data, read when first asked for; the memory is shared, not copied.
 * Fails with ARVO_INVALID_JSON when the text it came as is too deep, has too many keys, or a lone surrogate. */
arvo_status arvo_event_data(const arvo_event *event, ARVO_OWNED arvo_value **out, arvo_error **error);
/* Its data as JSON text: as it came, or written when first asked for. Lives as long as the event. */
ARVO_LENT arvo_str arvo_event_data_text(const arvo_event *event);

/* Attributes; those that may be absent are no text (ptr NULL) then. They live as long as the event. */
ARVO_LENT arvo_str arvo_event_id(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_source(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_specversion(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_type(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_subject(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_datacontenttype(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_dataschema(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_time(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_to(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_accesscontrol(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_redirectto(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_traceparent(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_tracestate(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_parentid(const arvo_event *event);
ARVO_LENT arvo_str arvo_event_domain(const arvo_event *event);
/* Whether the event says what handling cost; `*units` is written if so. */
bool arvo_event_executionunits(const arvo_event *event, double *units);

/* Custom extensions, an object of texts, numbers, booleans and nulls. */
arvo_status arvo_event_extensions(const arvo_event *event, ARVO_OWNED arvo_value **out, arvo_error **error);
/* Attributes for OpenTelemetry, an object; a null is written "N/A". */
arvo_status arvo_event_otel_attributes(const arvo_event *event, ARVO_OWNED arvo_value **out, arvo_error **error);

/* --- 4 Values: JSON ----------------------------------------------------------------------------------------------
 * Read by JSON Pointer (RFC 6901): "/items/0/name", "" for the whole value; "~1" stands for '/', "~0" for '~'.
 * A handle is a value of its own: changing it changes no other, however it was come by.
 * Reading fails with ARVO_NOT_FOUND (nothing there) or ARVO_WRONG_KIND (something else), and the message says where. */

typedef enum arvo_kind {
    ARVO_NOTHING = 0, /* nothing at that pointer */
    ARVO_NULL = 1,
    ARVO_BOOL = 2,
    ARVO_NUMBER = 3,
    ARVO_TEXT = 4,
    ARVO_ARRAY = 5,
    ARVO_OBJECT = 6
} arvo_kind;

arvo_status arvo_value_new_object(ARVO_OWNED arvo_value **out, arvo_error **error); /* {} */
arvo_status arvo_value_new_array(ARVO_OWNED arvo_value **out, arvo_error **error);  /* [] */
/* Reads JSON text within the environment's limits of depth and keys. Fails with ARVO_INVALID_JSON. */
arvo_status arvo_value_parse(const arvo_environment *environment, arvo_str json, ARVO_OWNED arvo_value **out,
                             arvo_error **error);
/* Writes JSON text, `indent` blanks a level, 0 for one line. */
arvo_status arvo_value_write(const arvo_value *value, size_t indent, ARVO_OWNED arvo_text **out, arvo_error **error);
void arvo_value_free(ARVO_TAKEN arvo_value *value);

/* What there is at `pointer`; ARVO_NOTHING also for a pointer or handle that is none. */
arvo_kind arvo_value_kind(const arvo_value *value, arvo_str pointer);

/* The part at `pointer` as a value of its own; the memory is shared, so that is cheap. */
arvo_status arvo_value_get(const arvo_value *value, arvo_str pointer, ARVO_OWNED arvo_value **out, arvo_error **error);
/* How many items the array, or members the object, at `pointer` has. */
arvo_status arvo_value_count(const arvo_value *value, arvo_str pointer, size_t *out, arvo_error **error);
/* Item or member number `index`, from 0, of the array or object at `pointer`, as a value of its own. */
arvo_status arvo_value_item(const arvo_value *value, arvo_str pointer, size_t index, ARVO_OWNED arvo_value **out,
                            arvo_error **error);
/* Name of member number `index` of the object at `pointer`. */
arvo_status arvo_value_key(const arvo_value *value, arvo_str pointer, size_t index, ARVO_LENT arvo_str *out,
                           arvo_error **error);

arvo_status arvo_value_text(const arvo_value *value, arvo_str pointer, ARVO_LENT arvo_str *out, arvo_error **error);
/* Numbers: an integer is refused if it does not fit exactly; 3.0 is one. */
arvo_status arvo_value_i64(const arvo_value *value, arvo_str pointer, int64_t *out, arvo_error **error);
arvo_status arvo_value_u64(const arvo_value *value, arvo_str pointer, uint64_t *out, arvo_error **error);
arvo_status arvo_value_f64(const arvo_value *value, arvo_str pointer, double *out, arvo_error **error);
arvo_status arvo_value_bool(const arvo_value *value, arvo_str pointer, bool *out, arvo_error **error);

/* Put something at `pointer`: adds or replaces the member of an object, replaces an item of an array, appends to an
 * array with "/-" ("/tags/-"). What is missing on the way is made: an object, or an array before "-".
 * Fails with ARVO_NOT_FOUND (no such item), ARVO_WRONG_KIND (text or number on the way), ARVO_INVALID_JSON (deeper than
 * 128) and then changes nothing. */
arvo_status arvo_value_set(arvo_value *value, arvo_str pointer, const arvo_value *member, arvo_error **error);
arvo_status arvo_value_set_text(arvo_value *value, arvo_str pointer, arvo_str text, arvo_error **error);
arvo_status arvo_value_set_i64(arvo_value *value, arvo_str pointer, int64_t number, arvo_error **error);
arvo_status arvo_value_set_u64(arvo_value *value, arvo_str pointer, uint64_t number, arvo_error **error);
arvo_status arvo_value_set_f64(arvo_value *value, arvo_str pointer, double number, arvo_error **error);
arvo_status arvo_value_set_bool(arvo_value *value, arvo_str pointer, bool boolean, arvo_error **error);
arvo_status arvo_value_set_null(arvo_value *value, arvo_str pointer, arvo_error **error);
/* Puts a text at `pointer`, made as printf makes it: arvo_value_set_format(v, ARVO_STR("/id"), &error, "PAY-%d", 7). */
static inline arvo_status arvo_value_set_format(arvo_value *value, arvo_str pointer, arvo_error **error,
                                                const char *format, ...) ARVO_FORMAT_(4, 5);
/* Takes away what is at `pointer`; later items of an array move up. */
arvo_status arvo_value_remove(arvo_value *value, arvo_str pointer, arvo_error **error);

/* --- 5 Small texts: URIs, ids, subjects, versions, domains ---------------------------------------------------------
 */

/* Whether a text equals encodeURI(decodeURI(text)), as the URIs of events and contracts must. */
bool arvo_uri_is_encoded(arvo_str text);
/* ECMAScript's encodeURI. */
arvo_status arvo_uri_encode(arvo_str text, ARVO_OWNED arvo_text **out, arvo_error **error);

/* How an event gets its id. A receiver knows events of equal ids for duplicates. */
typedef enum arvo_id_kind {
    ARVO_ID_RANDOM = 0,            /* a UUID of version 4 */
    ARVO_ID_DEVELOPER_MANAGED = 1, /* your value, trimmed */
    ARVO_ID_ARVO_MANAGED = 2       /* your value and a UUID, packed */
} arvo_id_kind;

/* Makes an id of `value`; a blank one gives a random id. */
arvo_status arvo_id_new(const arvo_environment *environment, arvo_id_kind kind, arvo_str value,
                        ARVO_OWNED arvo_text **out, arvo_error **error);
/* What an id made as ARVO_ID_ARVO_MANAGED holds: {"uuid": text, "value": text}.
 * Fails with ARVO_NOT_FOUND for a plain id. */
arvo_status arvo_id_parse(const arvo_environment *environment, arvo_str id, ARVO_OWNED arvo_value **out,
                          arvo_error **error);

/* The subject of a new workflow: who runs it, who started it, where. `version` may be left out (0.0.0), `domain` and
 * `meta` (an object of texts) too. Fails with ARVO_INVALID_SUBJECT: details "broken" names every broken field. */
arvo_status arvo_subject_new(const arvo_environment *environment, arvo_str orchestrator, arvo_str version,
                             arvo_str initiator, arvo_str domain, const arvo_value *meta, ARVO_OWNED arvo_text **out,
                             arvo_error **error);
/* The subject of a workflow that the workflow of `parent`, a subject, starts: its initiator is the parent's
 * orchestrator; domain and meta are the parent's where none are given. */
arvo_status arvo_subject_from(const arvo_environment *environment, arvo_str orchestrator, arvo_str version,
                              arvo_str parent, arvo_str domain, const arvo_value *meta, ARVO_OWNED arvo_text **out,
                              arvo_error **error);
/* Packs the content of a subject: {"orchestrator": {"name", "version"}, "execution": {"id", "initiator", "domain"},
 * "meta": {}}. */
arvo_status arvo_subject_create(const arvo_value *content, ARVO_OWNED arvo_text **out, arvo_error **error);
/* Unpacks it again. */
arvo_status arvo_subject_parse(const arvo_environment *environment, arvo_str subject, ARVO_OWNED arvo_value **out,
                               arvo_error **error);

/* Versions are three numbers, "1.10.0"; "0.0.0" is the wildcard. */
bool arvo_version_is_valid(arvo_str version);
bool arvo_version_is_wildcard(arvo_str version);
/* `*out` is less than, equal to or greater than 0, as `left` is to `right`, number by number. */
arvo_status arvo_version_compare(arvo_str left, arvo_str right, int *out, arvo_error **error);

/* The three numbers of a text that need not be a version, as the reference reads them: "1.2.3-beta" gives 1, 2, 3. */
arvo_status arvo_version_numbers(arvo_str version, double out[3], arvo_error **error);

/* The two halves of a dataschema, "{contract uri}/{version}"; both point into `dataschema`. Fails with ARVO_NOT_FOUND
 * when what follows the last '/' is no version. */
arvo_status arvo_dataschema_split(arvo_str dataschema, ARVO_LENT arvo_str *uri, ARVO_LENT arvo_str *version,
                                  arvo_error **error);
arvo_status arvo_dataschema_build(arvo_str uri, arvo_str version, ARVO_OWNED arvo_text **out, arvo_error **error);

/* Entries of a list of domains: a name, null for the local flow, or one of these symbols: ARVO_STR(ARVO_DOMAIN_...). */
#define ARVO_DOMAIN_FROM_SELF_CONTRACT "domain.contract.self.inherit"    /* domain of the emitting handler's contract */
#define ARVO_DOMAIN_FROM_EVENT_CONTRACT "domain.contract.inherit"        /* ... of the emitted event's contract */
#define ARVO_DOMAIN_FROM_TRIGGERING_EVENT "domain.event.inherit"         /* ... of the consumed event */
#define ARVO_DOMAIN_FROM_CURRENT_SUBJECT "domain.event.current.subject"  /* ... in the consumed event's subject */
#define ARVO_DOMAIN_FROM_PARENT_SUBJECT "domain.parent.subject"          /* ... in the parent workflow's subject */
#define ARVO_DOMAIN_ORCHESTRATION_CONTEXT "domain.orchestration.context" /* where the conversation takes place */

/* What symbols stand for; no text where there is none. */
typedef struct arvo_domain_context {
    arvo_str self_contract;    /* domain of the emitting handler's contract */
    arvo_str event_contract;   /* domain of the contract of the event being emitted */
    arvo_str triggering_event; /* domain of the consumed event */
    arvo_str current_subject;  /* subject of the consumed event */
    arvo_str parent_subject;   /* subject of the parent workflow */
} arvo_domain_context;

/* Resolves a list of domains (texts and nulls): the same list of names and nulls, without duplicates. */
arvo_status arvo_domain_resolve(const arvo_environment *environment, const arvo_value *list,
                                const arvo_domain_context *context, ARVO_OWNED arvo_value **out, arvo_error **error);

/* --- 6 Schemas and contracts ------------------------------------------------------------------------------------- */

/* What an object schema does with keys it does not name. A schema may say so itself, by "x-arvo-unknown-keys". */
typedef enum arvo_unknown_keys {
    ARVO_UNKNOWN_KEYS_AS_WRITTEN = 0, /* JSON Schema's own rule */
    ARVO_UNKNOWN_KEYS_STRIP = 1,      /* dropped: for contracts that the TypeScript reference exported */
    ARVO_UNKNOWN_KEYS_STRICT = 2,     /* refused */
    ARVO_UNKNOWN_KEYS_PASSTHROUGH = 3 /* kept */
} arvo_unknown_keys;

/* Compiles a JSON Schema (drafts 4 to 2020-12). Fails with ARVO_INVALID_SCHEMA. */
arvo_status arvo_schema_new(const arvo_value *schema, arvo_unknown_keys unknown_keys, ARVO_OWNED arvo_schema **out,
                            arvo_error **error);

/* A schema of your own: judges `data`, once for each event of that type that comes in or goes out.
 * data     lent for the call.
 * out      to change the data (fill in, convert), set it to a new value, which the library takes over; else leave it.
 * error    set it by arvo_schema_issue, once for each problem, or by arvo_error_raise if the schema itself fails.
 * Returns ARVO_OK, or the status of `*error`. */
typedef arvo_status (*arvo_schema_fn)(void *user_data, const arvo_value *data, ARVO_OWNED arvo_value **out,
                                      arvo_error **error);

/* Adds a problem of the data at `path`, a JSON Pointer, to `*error`; returns ARVO_INVALID_DATA. */
arvo_status arvo_schema_issue(arvo_error **error, arvo_str path, arvo_str message);

/* A schema that calls `function`.
 * described   JSON Schema to export in its place; may be NULL.
 * user_data   given to `function`, on any thread; freed with `destroy` when no contract uses the schema, or on
 *             failure. */
arvo_status arvo_schema_new_host(arvo_schema_fn function, void *user_data, arvo_destroy_fn destroy,
                                 const arvo_value *described, ARVO_OWNED arvo_schema **out, arvo_error **error);

/* Checks data by a JSON Schema: `*out` is the data to use, defaults filled and unknown keys treated.
 * Fails with ARVO_INVALID_DATA: details "issues" has the path (JSON Pointer) and message of each problem. */
arvo_status arvo_schema_validate(const arvo_schema *schema, const arvo_value *data, ARVO_OWNED arvo_value **out,
                                 arvo_error **error);
void arvo_schema_free(ARVO_TAKEN arvo_schema *schema);

/* Reads a contract from its JSON form. `unknown_keys` holds for object schemas that do not say so themselves.
 * Fails with ARVO_INVALID_CONTRACT or ARVO_INVALID_JSON. */
arvo_status arvo_contract_parse(arvo_str json, arvo_unknown_keys unknown_keys, ARVO_OWNED arvo_contract **out,
                                arvo_error **error);
/* The same from a value. */
arvo_status arvo_contract_from_value(const arvo_value *json, arvo_unknown_keys unknown_keys,
                                     ARVO_OWNED arvo_contract **out, arvo_error **error);

/* A simple contract (see below) of one version, 1.0.0, its schemas as JSON text: for tests and first steps. */
arvo_status arvo_contract_simple(arvo_str uri, arvo_str root_type, arvo_str accepts, arvo_str emits,
                                 ARVO_OWNED arvo_contract **out, arvo_error **error);
/* The same for the contract of a workflow (an orchestrator contract, see below). */
arvo_status arvo_contract_orchestrator(arvo_str uri, arvo_str name, arvo_str init, arvo_str complete,
                                       ARVO_OWNED arvo_contract **out, arvo_error **error);

/* Begin a contract; add versions; build it; free the builder.
 * plain          accepts `type`, emits any types.
 * simple         of root type `greet.user`: accepts com.greet.user, emits evt.greet.user.success.
 * orchestrator   of name `order`: accepts arvo.orc.order, emits arvo.orc.order.done. */
arvo_status arvo_contract_builder_plain(arvo_str uri, arvo_str type, ARVO_OWNED arvo_contract_builder **out,
                                        arvo_error **error);
arvo_status arvo_contract_builder_simple(arvo_str uri, arvo_str root_type, ARVO_OWNED arvo_contract_builder **out,
                                         arvo_error **error);
arvo_status arvo_contract_builder_orchestrator(arvo_str uri, arvo_str name, ARVO_OWNED arvo_contract_builder **out,
                                               arvo_error **error);
arvo_status arvo_contract_builder_domain(arvo_contract_builder *builder, arvo_str domain, arvo_error **error);
arvo_status arvo_contract_builder_description(arvo_contract_builder *builder, arvo_str description, arvo_error **error);
arvo_status arvo_contract_builder_metadata(arvo_contract_builder *builder, const arvo_value *metadata,
                                           arvo_error **error);

/* An emitted type with the schema of its data. */
typedef struct arvo_emit {
    arvo_str type; /* no text in simple and orchestrator contracts: they have one type, and name it themselves */
    const arvo_schema *schema;
} arvo_emit;

/* Adds a version: what it accepts, and `count` emitted types, one exactly in simple and orchestrator contracts. */
arvo_status arvo_contract_builder_version(arvo_contract_builder *builder, arvo_str version, const arvo_schema *accepts,
                                          const arvo_emit *emits, size_t count, arvo_error **error);
/* Checks everything. Fails with ARVO_INVALID_CONTRACT: the first thing found wrong. The builder stays yours. */
arvo_status arvo_contract_builder_build(const arvo_contract_builder *builder, ARVO_OWNED arvo_contract **out,
                                        arvo_error **error);
void arvo_contract_builder_free(ARVO_TAKEN arvo_contract_builder *builder);

ARVO_LENT arvo_str arvo_contract_uri(const arvo_contract *contract);
ARVO_LENT arvo_str arvo_contract_type(const arvo_contract *contract); /* accepted by every version */
ARVO_LENT arvo_str arvo_contract_domain(const arvo_contract *contract);
ARVO_LENT arvo_str arvo_contract_description(const arvo_contract *contract);
ARVO_LENT arvo_str arvo_contract_system_error_type(const arvo_contract *contract);
/* Data of the contract's own, an object. */
arvo_status arvo_contract_metadata(const arvo_contract *contract, ARVO_OWNED arvo_value **out, arvo_error **error);
/* Its JSON form, which arvo_contract_from_value and the other languages read. */
arvo_status arvo_contract_value(const arvo_contract *contract, ARVO_OWNED arvo_value **out, arvo_error **error);
/* How many versions it has, and one of them, from 0, ascending. */
size_t arvo_contract_version_count(const arvo_contract *contract);
arvo_status arvo_contract_version_at(const arvo_contract *contract, size_t index,
                                     ARVO_OWNED arvo_contract_version **out, arvo_error **error);
/* One version: "latest" (or "any"), "oldest", or exact. Fails with ARVO_NOT_FOUND. */
arvo_status arvo_contract_lookup(const arvo_contract *contract, arvo_str version,
                                 ARVO_OWNED arvo_contract_version **out, arvo_error **error);
void arvo_contract_free(ARVO_TAKEN arvo_contract *contract);

ARVO_LENT arvo_str arvo_contract_version_text(const arvo_contract_version *version); /* "1.0.0" */
ARVO_LENT arvo_str arvo_contract_version_uri(const arvo_contract_version *version);
ARVO_LENT arvo_str arvo_contract_version_dataschema(const arvo_contract_version *version); /* "{uri}/{version}" */
ARVO_LENT arvo_str arvo_contract_version_accepts(const arvo_contract_version *version);    /* the accepted type */
size_t arvo_contract_version_emit_count(const arvo_contract_version *version);
ARVO_LENT arvo_str arvo_contract_version_emit(const arvo_contract_version *version, size_t index); /* an emitted type */
ARVO_LENT arvo_str arvo_contract_version_system_error_dataschema(const arvo_contract_version *version);
/* The whole contract that the version belongs to. */
arvo_status arvo_contract_version_contract(const arvo_contract_version *version, ARVO_OWNED arvo_contract **out,
                                           arvo_error **error);
void arvo_contract_version_free(ARVO_TAKEN arvo_contract_version *version);

/* --- 7 Factories: events by contract --------------------------------------------------------------------------------
 * Each checks the data by the contract's schema, sets type, dataschema and content type, and makes a new subject unless
 * one is given.
 * attributes   object: source, and what arvo_event_new takes, but type, dataschema and datacontenttype.
 * data         object; may be NULL if `attributes` has the member data.
 * Fails with ARVO_INVALID_DATA (details "issues"), ARVO_INVALID_EVENT (details "broken"), ARVO_INVALID_SUBJECT,
 * ARVO_NOT_FOUND (a type that is not emitted). */

arvo_status arvo_factory_accepts(const arvo_contract_version *version, const arvo_environment *environment,
                                 const arvo_value *attributes, const arvo_value *data, ARVO_OWNED arvo_event **out,
                                 arvo_error **error);
arvo_status arvo_factory_emits(const arvo_contract_version *version, const arvo_environment *environment, arvo_str type,
                               const arvo_value *attributes, const arvo_value *data, ARVO_OWNED arvo_event **out,
                               arvo_error **error);
/* An event that tells of `failure`, any error: its name, message and stack are the data. */
arvo_status arvo_factory_system_error(const arvo_contract_version *version, const arvo_environment *environment,
                                      const arvo_value *attributes, const arvo_error *failure,
                                      ARVO_OWNED arvo_event **out, arvo_error **error);
/* Orchestrator contracts alone: the event that begins a workflow. With a text as data's "parentSubject$$" the workflow
 * belongs to that one. */
arvo_status arvo_factory_init(const arvo_contract_version *version, const arvo_environment *environment,
                              const arvo_value *attributes, const arvo_value *data, ARVO_OWNED arvo_event **out,
                              arvo_error **error);
/* Orchestrator contracts alone: the event that ends one. */
arvo_status arvo_factory_complete(const arvo_contract_version *version, const arvo_environment *environment,
                                  const arvo_value *attributes, const arvo_value *data, ARVO_OWNED arvo_event **out,
                                  arvo_error **error);

/* The event that the latest version of a contract accepts, its data as JSON text: for tests and first steps. Of an
 * orchestrator contract it is the one that begins a workflow. */
arvo_status arvo_factory_request(const arvo_contract *contract, arvo_str source, arvo_str data,
                                 ARVO_OWNED arvo_event **out, arvo_error **error);

/* --- 8 Handlers -----------------------------------------------------------------------------------------------------
 * A handler is a contract with a function for each version. arvo_handler_execute runs it; to run it in a loop of
 * your own (the function's work is asynchronous, or the events go into your database), see arvo_execution_begin. */

/* Handles one event: called on the thread that is inside arvo_handler_execute.
 * input     the event and its data, checked by the contract; lent for the call.
 * outputs   add what shall be emitted: arvo_outputs_emit and its like; nothing is fine, too; lent for the call.
 * error     is never NULL; arvo_error_raise makes system error events, arvo_error_raise_violation fails the execution.
 *           An error of a library function that you return counts as raised.
 * Returns ARVO_OK, or the status of `*error`. */
typedef arvo_status (*arvo_handler_fn)(void *user_data, const arvo_input *input, arvo_outputs *outputs,
                                       arvo_error **error);

/* What a function is given; everything lives as long as the input. */
ARVO_LENT const arvo_event *arvo_input_event(const arvo_input *input);
/* The event's data as the contract leaves it: defaults filled, unknown keys treated. */
ARVO_LENT const arvo_value *arvo_input_data(const arvo_input *input);
/* Source of what will be emitted: the contract's type. */
ARVO_LENT arvo_str arvo_input_source(const arvo_input *input);
ARVO_LENT arvo_str arvo_input_uri(const arvo_input *input);          /* of the contract */
ARVO_LENT arvo_str arvo_input_version(const arvo_input *input);      /* that the event follows */
ARVO_LENT arvo_str arvo_input_domain_self(const arvo_input *input);  /* of the contract */
ARVO_LENT arvo_str arvo_input_domain_event(const arvo_input *input); /* of the event */
ARVO_LENT const arvo_contract_version *arvo_input_contract(const arvo_input *input);

/* Adds an event of `type` to what is emitted, and returns its data, an empty object, for you to fill in: lent, lives as
 * long as the outputs. NULL if `outputs` is no such handle or `type` is no UTF-8; setters then say so. */
ARVO_LENT arvo_value *arvo_outputs_emit(arvo_outputs *outputs, arvo_str type);
/* Adds an event with data of your own.
 * attributes   object, may be NULL: to, redirectto, accesscontrol, executionunits, id, time, __extensions; domain, a list
 *              of names, nulls and symbols (ARVO_DOMAIN_...): one event for each; and deliverat, milliseconds since 1970
 *              or an RFC 3339 text: the store of a worker (section 17) does not deliver it before. */
arvo_status arvo_outputs_add(arvo_outputs *outputs, arvo_str type, const arvo_value *data, const arvo_value *attributes,
                             arvo_error **error);
/* Adds outputs from JSON text: one object {"type", "data", ...attributes}, a list of them, or null for none. Anything
 * else fails the execution with ARVO_CONTRACT_VIOLATION. */
arvo_status arvo_outputs_json(arvo_outputs *outputs, arvo_str json, arvo_error **error);
/* The same from a value. */
arvo_status arvo_outputs_value(arvo_outputs *outputs, const arvo_value *value, arvo_error **error);

/* A handler with one function for all versions of the contract.
 * function    may be NULL for a handler whose executions are run step by step only.
 * user_data   given to `function`; the caller's: it must outlive the handler. */
arvo_status arvo_handler_new(const arvo_contract *contract, arvo_handler_fn function, void *user_data,
                             ARVO_OWNED arvo_handler **out, arvo_error **error);

/* Begin a handler; add a function for each version; build it; free the builder. */
arvo_status arvo_handler_builder_new(const arvo_contract *contract, ARVO_OWNED arvo_handler_builder **out,
                                     arvo_error **error);
/* The function of `version`.
 * function    may be NULL for a handler whose executions are run step by step only.
 * user_data   given to `function`, on any thread; freed with `destroy` when neither builder nor handler needs it, or on
 *             failure. */
arvo_status arvo_handler_builder_on(arvo_handler_builder *builder, arvo_str version, arvo_handler_fn function,
                                    void *user_data, arvo_destroy_fn destroy, arvo_error **error);
/* What handling costs, for events that do not say so. */
arvo_status arvo_handler_builder_executionunits(arvo_handler_builder *builder, double units, arvo_error **error);
/* Where events go that do not say so: lists of names, nulls and symbols. Either may be NULL: to where the conversation
 * takes place (ARVO_DOMAIN_ORCHESTRATION_CONTEXT). */
arvo_status arvo_handler_builder_domains(arvo_handler_builder *builder, const arvo_value *emits,
                                         const arvo_value *system_error, arvo_error **error);
/* How its executions show in telemetry (section 19).
 * name         of their spans; no text: the usual one.
 * attributes   object of texts, numbers and booleans, which may override the kinds of span but not what the execution says
 *              of itself; may be NULL. */
arvo_status arvo_handler_builder_span(arvo_handler_builder *builder, arvo_str name, const arvo_value *attributes,
                                      arvo_error **error);
/* Time, ids and limits of its executions. */
arvo_status arvo_handler_builder_environment(arvo_handler_builder *builder, const arvo_environment *environment,
                                             arvo_error **error);
/* Fails with ARVO_INVALID_CONTRACT when a version has no function. The builder stays yours. */
arvo_status arvo_handler_builder_build(const arvo_handler_builder *builder, ARVO_OWNED arvo_handler **out,
                                       arvo_error **error);
void arvo_handler_builder_free(ARVO_TAKEN arvo_handler_builder *builder);

/* The type it accepts, and source of what it emits. */
ARVO_LENT arvo_str arvo_handler_source(const arvo_handler *handler);
void arvo_handler_free(ARVO_TAKEN arvo_handler *handler);

/* Runs the handler's function for `event`; `*out` is what it emitted, system error events included.
 * Fails with a violation: the event is not this handler's, data breaks the contract, or the function raised one; that
 * error is then the very handle that the function made, with the object attached to it. */
arvo_status arvo_handler_execute(const arvo_handler *handler, const arvo_event *event, ARVO_OWNED arvo_events **out,
                                 arvo_error **error);
/* The same as a part of what is current on this thread, whatever trace the event belongs to (section 19). */
arvo_status arvo_handler_execute_inherit(const arvo_handler *handler, const arvo_event *event,
                                         ARVO_OWNED arvo_events **out, arvo_error **error);

size_t arvo_events_count(const arvo_events *events);
/* Event number `index`, from 0; lives as long as the list. */
ARVO_LENT const arvo_event *arvo_events_at(const arvo_events *events, size_t index);
/* Adds an event to a list that a function of yours is given to fill: arvo_suite_function_fn. */
arvo_status arvo_events_add(arvo_events *events, const arvo_event *event, arvo_error **error);
void arvo_events_free(ARVO_TAKEN arvo_events *events);

/* --- 9 Workflows ------------------------------------------------------------------------------------------------------
 * A resumable is an orchestrator contract with a function for each version, called for every event of a workflow: the
 * one that begins it, and the answers of the services that it calls. Between two events a workflow is its record in a
 * memory (section 11), and nothing else. */

/* Goes on with one workflow: called on the thread that is inside arvo_resumable_execute.
 * input     the event (arvo_input_is_init tells which kind), and what the workflow knows; lent for the call.
 * next      say in it what happens next; left empty, the workflow waits on; lent for the call.
 * error     is never NULL; arvo_error_raise ends the workflow with system error events to whoever began it,
 *           arvo_error_raise_violation fails the execution: nothing has changed then, the event may be tried again.
 * Returns ARVO_OK, or the status of `*error`. */
typedef arvo_status (*arvo_resumable_fn)(void *user_data, const arvo_input *input, arvo_resumed *next,
                                         arvo_error **error);

/* Whether the event is the one that begins the workflow; otherwise it is a service's. False for a handler's input. */
bool arvo_input_is_init(const arvo_input *input);
/* The context that the last call set; `*out` is NULL when none did. Fails with ARVO_INVALID_JSON (over a limit). */
arvo_status arvo_input_context(const arvo_input *input, ARVO_LENT const arvo_value **out, arvo_error **error);
/* The responses of this type so far to the events that the workflow sent last; without a type all of them.
 * They are checked when first asked for: fails with a violation if one breaks its contract by now. */
arvo_status arvo_input_collected(const arvo_input *input, arvo_str type, ARVO_LENT const arvo_events **out,
                                 arvo_error **error);
/* The workflow's record as JSON text, the event already among the responses; no text at the beginning. */
ARVO_LENT arvo_str arvo_input_metadata(const arvo_input *input);
/* The contract of a service, by the name that the builder was given; lives as long as the resumable. NULL: no such. */
ARVO_LENT const arvo_contract_version *arvo_input_service(const arvo_input *input, arvo_str name);

/* The context from now on, an object for you to fill in; to put another value in its place: arvo_value_set(.., "", ..).
 * Not asked for, the context stays as it was. Lent, lives as long as `next`. */
ARVO_LENT arvo_value *arvo_resumed_context(arvo_resumed *next);
/* Ends the workflow: the data of its completion event, an object for you to fill in. Members "__id", "__domain" and
 * "__executionunits" say what that event says beside its data. Lent, lives as long as `next`. */
ARVO_LENT arvo_value *arvo_resumed_output(arvo_resumed *next);
/* Sends an event of `type`: returns its data, an empty object, for you to fill in. Lent, lives as long as `next`. */
ARVO_LENT arvo_value *arvo_resumed_call(arvo_resumed *next, arvo_str type);
/* The list of events to send, for arvo_outputs_add and its like. Lent, lives as long as `next`. */
ARVO_LENT arvo_outputs *arvo_resumed_services(arvo_resumed *next);
/* All of it as JSON text: {"context", "output", "services"}, each may be left out, or null for nothing. Anything else
 * fails the execution with ARVO_CONTRACT_VIOLATION. What is set by the functions above is added. */
arvo_status arvo_resumed_json(arvo_resumed *next, arvo_str json, arvo_error **error);
/* The same from a value. */
arvo_status arvo_resumed_value(arvo_resumed *next, const arvo_value *value, arvo_error **error);
/* One to fill in for arvo_execution_resume, which leaves it yours; empty. */
arvo_status arvo_resumed_new(ARVO_OWNED arvo_resumed **out, arvo_error **error);
void arvo_resumed_free(ARVO_TAKEN arvo_resumed *next);

/* Begin a resumable; add services, and a function for each version; build it; free the builder.
 * contract   an orchestrator contract. */
arvo_status arvo_resumable_builder_new(const arvo_contract *contract, ARVO_OWNED arvo_resumable_builder **out,
                                       arvo_error **error);
/* A service that the workflow may call. `name` is for errors and arvo_input_service. */
arvo_status arvo_resumable_builder_service(arvo_resumable_builder *builder, arvo_str name,
                                           const arvo_contract_version *service, arvo_error **error);
/* The function of `version`; may be NULL for a workflow whose executions are run step by step only. `user_data` as for
 * arvo_handler_builder_on. */
arvo_status arvo_resumable_builder_on(arvo_resumable_builder *builder, arvo_str version, arvo_resumable_fn function,
                                      void *user_data, arvo_destroy_fn destroy, arvo_error **error);
/* Where its workflows are kept; several resumables may share one memory. Without a word, each has one of its own
 * inside the process. */
arvo_status arvo_resumable_builder_memory(arvo_resumable_builder *builder, const arvo_memory *memory,
                                          arvo_error **error);
/* Whether an execution locks its workflow; without a word, with more than one service. */
arvo_status arvo_resumable_builder_locking(arvo_resumable_builder *builder, bool locking, arvo_error **error);
/* What one event costs, for outputs that do not say so. */
arvo_status arvo_resumable_builder_executionunits(arvo_resumable_builder *builder, double units, arvo_error **error);
/* Where events go that do not say so: lists of names, nulls and symbols. Each may be NULL: calls of services go to the
 * local flow, completion and system errors to where the conversation takes place. */
arvo_status arvo_resumable_builder_domains(arvo_resumable_builder *builder, const arvo_value *services,
                                           const arvo_value *complete, const arvo_value *system_error,
                                           arvo_error **error);
/* As arvo_handler_builder_span. */
arvo_status arvo_resumable_builder_span(arvo_resumable_builder *builder, arvo_str name, const arvo_value *attributes,
                                        arvo_error **error);
/* Time, ids and limits of its executions. */
arvo_status arvo_resumable_builder_environment(arvo_resumable_builder *builder, const arvo_environment *environment,
                                               arvo_error **error);
/* Fails with ARVO_CONFIG_VIOLATION (two services of one contract, or itself as a service), ARVO_INVALID_CONTRACT (a
 * version has no function; no orchestrator contract). The builder stays yours. */
arvo_status arvo_resumable_builder_build(const arvo_resumable_builder *builder, ARVO_OWNED arvo_resumable **out,
                                         arvo_error **error);
void arvo_resumable_builder_free(ARVO_TAKEN arvo_resumable_builder *builder);

/* The type that begins a workflow, and source of what it emits. */
ARVO_LENT arvo_str arvo_resumable_source(const arvo_resumable *resumable);
bool arvo_resumable_locking(const arvo_resumable *resumable);
void arvo_resumable_free(ARVO_TAKEN arvo_resumable *resumable);

/* Goes on with the workflow that `event` belongs to: reads its record, runs the function, writes the new record;
 * `*out` is what it emitted. An event of another workflow, or of one that is over, gives none.
 * Fails with a violation: the event or an output breaks its contract, the function raised one, or the memory failed
 * (ARVO_TRANSACTION_VIOLATION: details "cause" and "metadata"; arvo_error_cause is the memory's own error). Nothing has
 * changed then, and nothing was emitted. */
arvo_status arvo_resumable_execute(const arvo_resumable *resumable, const arvo_event *event,
                                   ARVO_OWNED arvo_events **out, arvo_error **error);
/* As arvo_handler_execute_inherit. */
arvo_status arvo_resumable_execute_inherit(const arvo_resumable *resumable, const arvo_event *event,
                                           ARVO_OWNED arvo_events **out, arvo_error **error);

/* --- 10 Machines ------------------------------------------------------------------------------------------------------
 * A machine is a workflow as a statechart: a definition in JSON, after XState's (docs/machines.md), the contracts that
 * it speaks by, and perhaps functions of yours. An orchestrator runs machines, one for each version of their contract,
 * as a resumable runs functions: all that section 9 says of records and memories holds.
 *
 * What a definition can't say in JSON it says by an expression, {"$": "context.total + event.data.price"}, or by a
 * function of yours:
 *   named guards and actions   "guard": "big", "entry": "note"
 *   values                     {"$fn": "first"}, for context, output, params, and within {"assign": ...}, {"emit": ...},
 *                              {"raise": ...}, {"log": ...}
 * A machine without functions is data: one file for every language (arvo_machine_from_json). */

/* What a function of a machine is given; everything is lent for the call. NULL: there is none. */
ARVO_LENT const arvo_value *arvo_args_context(const arvo_args *args); /* none for the function that makes the context */
/* The whole event, its data as the contract leaves it; none for the function that makes the context. */
ARVO_LENT const arvo_value *arvo_args_event(const arvo_args *args);
ARVO_LENT arvo_str arvo_args_event_type(const arvo_args *args);
ARVO_LENT const arvo_value *arvo_args_params(const arvo_args *args); /* of the named guard or action */
/* The event that began the workflow; for the function that makes the context alone. */
ARVO_LENT const arvo_value *arvo_args_input(const arvo_args *args);

/* Functions of a machine. They run on the thread that is inside arvo_orchestrator_execute, or in the call of
 * arvo_execution_... that lets the machine take its step. A step that fails, or is tried again, may run them again: what
 * must happen once is an event, not an action.
 * error     is never NULL; arvo_error_raise ends the workflow with system error events to whoever began it,
 *           arvo_error_raise_violation fails the execution: nothing has changed then.
 * Each returns ARVO_OK, or the status of `*error`. */

/* `*passes`: set it to whether the guard passes; it is false before. */
typedef arvo_status (*arvo_guard_fn)(void *user_data, const arvo_args *args, bool *passes, arvo_error **error);
/* `value`: an empty object for you to fill in; for another value, arvo_value_set and its like with the pointer "". */
typedef arvo_status (*arvo_value_fn)(void *user_data, const arvo_args *args, arvo_value *value, arvo_error **error);
/* Does something at once, outside. */
typedef arvo_status (*arvo_action_fn)(void *user_data, const arvo_args *args, arvo_error **error);
/* Chooses actions to run in its place, in order. */
typedef arvo_status (*arvo_enqueue_fn)(void *user_data, const arvo_args *args, arvo_actions *actions,
                                       arvo_error **error);
/* Told of every {"log": value, "label": text}. label: may be no text; value: may be NULL. Both are lent for the call. */
typedef void (*arvo_log_fn)(void *user_data, arvo_str label, const arvo_value *value);

/* For an enqueue function: adds the action of that name. params: may be NULL. */
arvo_status arvo_actions_add(arvo_actions *actions, arvo_str name, const arvo_value *params, arvo_error **error);
/* Adds an action as a definition writes it, such as {"assign": {"tries": 0}}, from JSON text. */
arvo_status arvo_actions_json(arvo_actions *actions, arvo_str json, arvo_error **error);
/* The same from a value. */
arvo_status arvo_actions_value(arvo_actions *actions, const arvo_value *value, arvo_error **error);
/* Whether the guard of that name passes now, before any of the actions; on the function's own thread, until it returns.
 * params: may be NULL. Fails with what the guard raised, and when there is no such guard. */
arvo_status arvo_actions_check(const arvo_actions *actions, arvo_str name, const arvo_value *params, bool *out,
                               arvo_error **error);
/* The same for a guard as a definition writes it, such as {"not": "big"}. */
arvo_status arvo_actions_check_value(const arvo_actions *actions, const arvo_value *guard, bool *out,
                                     arvo_error **error);

/* Begin a machine; add services, functions and the definition; build it; free the builder.
 * contract   a version of an orchestrator contract; NULL for charts by themselves (arvo_chart_compile). */
arvo_status arvo_machine_builder_new(const arvo_contract_version *contract, ARVO_OWNED arvo_machine_builder **out,
                                     arvo_error **error);
/* The same from a portable machine (arvo_machine_from_json), to give it functions. */
arvo_status arvo_machine_builder_from_json(arvo_str file, const arvo_contract *const *contracts, size_t count,
                                           ARVO_OWNED arvo_machine_builder **out, arvo_error **error);
/* A service that the machine may call. `name` is for errors and pictures. */
arvo_status arvo_machine_builder_service(arvo_machine_builder *builder, arvo_str name,
                                         const arvo_contract_version *service, arvo_error **error);
/* The definition as JSON text. Fails with ARVO_INVALID_JSON. */
arvo_status arvo_machine_builder_definition(arvo_machine_builder *builder, arvo_str json, arvo_error **error);
/* What names stand for, in the forms of a definition, as JSON text: {"guards": {name: form}, "actions": {name: form}};
 * adds to what was given before. Fails with ARVO_INVALID_JSON. */
arvo_status arvo_machine_builder_setup(arvo_machine_builder *builder, arvo_str json, arvo_error **error);
/* Functions by name. Each can be meant by {"$fn": name}, too; the last one given for a name counts.
 * user_data   given to `function`, on any thread; freed with `destroy` when neither builder, machine, orchestrator nor
 *             chart needs it, or on failure. */
arvo_status arvo_machine_builder_guard(arvo_machine_builder *builder, arvo_str name, arvo_guard_fn function,
                                       void *user_data, arvo_destroy_fn destroy, arvo_error **error);
arvo_status arvo_machine_builder_action(arvo_machine_builder *builder, arvo_str name, arvo_action_fn function,
                                        void *user_data, arvo_destroy_fn destroy, arvo_error **error);
/* An action that chooses actions. */
arvo_status arvo_machine_builder_enqueue(arvo_machine_builder *builder, arvo_str name, arvo_enqueue_fn function,
                                         void *user_data, arvo_destroy_fn destroy, arvo_error **error);
/* A value for {"$fn": name}. */
arvo_status arvo_machine_builder_value(arvo_machine_builder *builder, arvo_str name, arvo_value_fn function,
                                       void *user_data, arvo_destroy_fn destroy, arvo_error **error);
/* Where lines of {"log": ...} go; without it nowhere. user_data as above. */
arvo_status arvo_machine_builder_log(arvo_machine_builder *builder, arvo_log_fn function, void *user_data,
                                     arvo_destroy_fn destroy, arvo_error **error);
/* Whether warnings refuse the machine, too. */
arvo_status arvo_machine_builder_strict(arvo_machine_builder *builder, bool strict, arvo_error **error);
/* How far its expressions may go: the environment's limits. */
arvo_status arvo_machine_builder_environment(arvo_machine_builder *builder, const arvo_environment *environment,
                                             arvo_error **error);
/* Checks everything. Fails with ARVO_CONFIG_VIOLATION: details "problems", all of them. The builder stays yours. */
arvo_status arvo_machine_builder_build(const arvo_machine_builder *builder, ARVO_OWNED arvo_machine **out,
                                       arvo_error **error);
void arvo_machine_builder_free(ARVO_TAKEN arvo_machine_builder *builder);

/* Reads a machine that is data alone, from JSON text: {"contract": {"uri", "version"}, "services": {name: {"uri",
 * "version"}}, "guards"?, "actions"?, "machine": definition}.
 * contracts   `count` contracts, its own and those of its services among them.
 * Fails as arvo_machine_builder_build, and with ARVO_INVALID_JSON. */
arvo_status arvo_machine_from_json(arvo_str file, const arvo_contract *const *contracts, size_t count,
                                   ARVO_OWNED arvo_machine **out, arvo_error **error);
void arvo_machine_free(ARVO_TAKEN arvo_machine *machine);

ARVO_LENT arvo_str arvo_machine_id(const arvo_machine *machine);
ARVO_LENT arvo_str arvo_machine_version(const arvo_machine *machine); /* of its contract */
ARVO_LENT arvo_str arvo_machine_source(const arvo_machine *machine); /* the type that begins it, source of its events */
ARVO_LENT arvo_str arvo_machine_definition(const arvo_machine *machine); /* as records show it, without functions */
/* Whether several of its events can be under way at once, so that its executions should lock. */
bool arvo_machine_locking(const arvo_machine *machine);
/* What looks wrong though it runs: a list as details "problems". */
arvo_status arvo_machine_warnings(const arvo_machine *machine, ARVO_OWNED arvo_value **out, arvo_error **error);

/* Pictures, as text for Mermaid and for Graphviz.
 * record   JSON text of a record, or of a snapshot: its states are marked. No text: none is.
 * trace    "taken" of steps (arvo_chart_start): those transitions are numbered; may be NULL.
 * Fails with ARVO_EXECUTION_VIOLATION when the record is not this machine's. */
arvo_status arvo_machine_mermaid(const arvo_machine *machine, arvo_str record, const arvo_value *trace,
                                 ARVO_OWNED arvo_text **out, arvo_error **error);
arvo_status arvo_machine_dot(const arvo_machine *machine, arvo_str record, const arvo_value *trace,
                             ARVO_OWNED arvo_text **out, arvo_error **error);
/* Where a record stands: {"value", "active": [state], "tags", "meta", "awaiting": [event descriptor], "can": [event type
 * of its services]}. */
arvo_status arvo_machine_describe(const arvo_machine *machine, arvo_str record, ARVO_OWNED arvo_value **out,
                                  arvo_error **error);

/* An orchestrator of one machine, with a memory of its own inside the process. */
arvo_status arvo_orchestrator_new(const arvo_machine *machine, ARVO_OWNED arvo_orchestrator **out, arvo_error **error);
/* Begin an orchestrator; add machines; build it; free the builder. */
arvo_status arvo_orchestrator_builder_new(ARVO_OWNED arvo_orchestrator_builder **out, arvo_error **error);
/* A machine, for the version that it was made for; all follow one contract. */
arvo_status arvo_orchestrator_builder_machine(arvo_orchestrator_builder *builder, const arvo_machine *machine,
                                              arvo_error **error);
/* As for a resumable. Without a word, it locks if one of its machines asks for it (arvo_machine_locking). */
arvo_status arvo_orchestrator_builder_memory(arvo_orchestrator_builder *builder, const arvo_memory *memory,
                                             arvo_error **error);
arvo_status arvo_orchestrator_builder_locking(arvo_orchestrator_builder *builder, bool locking, arvo_error **error);
arvo_status arvo_orchestrator_builder_executionunits(arvo_orchestrator_builder *builder, double units,
                                                     arvo_error **error);
arvo_status arvo_orchestrator_builder_domains(arvo_orchestrator_builder *builder, const arvo_value *services,
                                              const arvo_value *complete, const arvo_value *system_error,
                                              arvo_error **error);
/* As arvo_handler_builder_span. */
arvo_status arvo_orchestrator_builder_span(arvo_orchestrator_builder *builder, arvo_str name,
                                           const arvo_value *attributes, arvo_error **error);
arvo_status arvo_orchestrator_builder_environment(arvo_orchestrator_builder *builder,
                                                  const arvo_environment *environment, arvo_error **error);
/* Fails with ARVO_CONFIG_VIOLATION (two machines for one version, or of several contracts), ARVO_INVALID_CONTRACT (no
 * machine). The builder stays yours. */
arvo_status arvo_orchestrator_builder_build(const arvo_orchestrator_builder *builder,
                                            ARVO_OWNED arvo_orchestrator **out, arvo_error **error);
void arvo_orchestrator_builder_free(ARVO_TAKEN arvo_orchestrator_builder *builder);

/* The type that begins a workflow, and source of what it emits. */
ARVO_LENT arvo_str arvo_orchestrator_source(const arvo_orchestrator *orchestrator);
bool arvo_orchestrator_locking(const arvo_orchestrator *orchestrator);
void arvo_orchestrator_free(ARVO_TAKEN arvo_orchestrator *orchestrator);

/* Goes on with the workflow that `event` belongs to: its machine takes one step; as arvo_resumable_execute otherwise. A
 * record that its machine has no states for any more fails with ARVO_EXECUTION_VIOLATION, and stays as it is. */
arvo_status arvo_orchestrator_execute(const arvo_orchestrator *orchestrator, const arvo_event *event,
                                      ARVO_OWNED arvo_events **out, arvo_error **error);
/* As arvo_handler_execute_inherit. */
arvo_status arvo_orchestrator_execute_inherit(const arvo_orchestrator *orchestrator, const arvo_event *event,
                                              ARVO_OWNED arvo_events **out, arvo_error **error);

/* A chart by itself, without contracts and records, for tests of machines. Compiles definition, set-up and functions of
 * a builder. Fails as arvo_machine_builder_build. */
arvo_status arvo_chart_compile(const arvo_machine_builder *builder, ARVO_OWNED arvo_chart **out, arvo_error **error);
/* The chart of a machine, with its functions. */
arvo_status arvo_machine_chart(const arvo_machine *machine, ARVO_OWNED arvo_chart **out, arvo_error **error);
/* Starts a run. `*out` tells of the step: {"snapshot", "emitted": [event], "enqueued": [event of enqueueArvoEvent],
 * "taken": [number of a transition], "tags": [text], "meta": {state: meta}}.
 * input   what the function or expression of the context is given; may be NULL.
 * Fails with what a function raised, ARVO_USER_ERROR ({"fail": ...} of the machine itself), ARVO_EXPRESSION_FAILED,
 * ARVO_EXECUTION_VIOLATION (a step that would not end). */
arvo_status arvo_chart_start(const arvo_chart *chart, const arvo_value *input, ARVO_OWNED arvo_value **out,
                             arvo_error **error);
/* Sends an event, an object with a type, to a run that stands as "snapshot" of its last step says. Fails, too, with
 * ARVO_EXECUTION_VIOLATION when the snapshot is not this chart's. */
arvo_status arvo_chart_send(const arvo_chart *chart, const arvo_value *snapshot, const arvo_value *event,
                            ARVO_OWNED arvo_value **out, arvo_error **error);
void arvo_chart_free(ARVO_TAKEN arvo_chart *chart);

/* --- 11 Memory --------------------------------------------------------------------------------------------------------
 * Keeps the record of each workflow, JSON text, under the workflow's subject. There are three kinds:
 *   arvo_memory_new            inside the process
 *   arvo_memory_new_own        functions of your own, which the library calls and waits for
 *   arvo_memory_new_stepwise   whatever you like, asked by a loop of your own: it may be asynchronous */

/* A memory inside the process, safe for any number of threads: of two executions that read the same record, one loses
 * and fails. */
arvo_status arvo_memory_new(ARVO_OWNED arvo_memory **out, arvo_error **error);

/* A memory of your own. Each returns ARVO_OK, or fails as callbacks do; `id` and the records are lent for the call. */

/* `*record`: set it to a text (arvo_text_new), which the library takes over; leave it NULL if nothing is kept. */
typedef arvo_status (*arvo_memory_read_fn)(void *user_data, arvo_str id, ARVO_OWNED arvo_text **record,
                                           arvo_error **error);
/* Keeps `record`. `previous` is what was read before, no text if nothing was: fail when something else is kept by now,
 * and no update is ever lost, with or without locks. */
typedef arvo_status (*arvo_memory_write_fn)(void *user_data, arvo_str id, arvo_str record, arvo_str previous,
                                            arvo_error **error);
/* `*held`: set it to true if the lock was got; it is false before. */
typedef arvo_status (*arvo_memory_lock_fn)(void *user_data, arvo_str id, bool *held, arvo_error **error);
/* Gives the lock back. A failure changes nothing: let locks end by themselves. */
typedef arvo_status (*arvo_memory_unlock_fn)(void *user_data, arvo_str id, arvo_error **error);

typedef struct arvo_memory_functions {
    arvo_memory_read_fn read;
    arvo_memory_write_fn write;
    arvo_memory_lock_fn lock;     /* NULL: no locks; each counts as got */
    arvo_memory_unlock_fn unlock; /* may be NULL, too */
} arvo_memory_functions;

/* user_data   given to each function, on any thread; freed with `destroy` when neither the memory nor a resumable needs
 *             it, or on failure. */
arvo_status arvo_memory_new_own(const arvo_memory_functions *functions, void *user_data, arvo_destroy_fn destroy,
                                ARVO_OWNED arvo_memory **out, arvo_error **error);

/* A memory that stands for one of yours, and does nothing itself: executions of its workflows say in their steps what is
 * to be locked, read and written (section 13). Whatever would drive them without you (arvo_resumable_execute,
 * arvo_broker_add_resumable) fails with ARVO_WRONG_KIND. */
arvo_status arvo_memory_new_stepwise(ARVO_OWNED arvo_memory **out, arvo_error **error);
void arvo_memory_free(ARVO_TAKEN arvo_memory *memory);

/* A memory inside the process, used directly: for setting one up, looking into it, and tests. Of another memory these
 * fail with ARVO_WRONG_KIND. An empty id fails with ARVO_BAD_ARGUMENT. */

/* `*out` is NULL if nothing is kept. */
arvo_status arvo_memory_read(const arvo_memory *memory, arvo_str id, ARVO_OWNED arvo_text **out, arvo_error **error);
/* Keeps `record`, whatever is kept now. */
arvo_status arvo_memory_write(const arvo_memory *memory, arvo_str id, arvo_str record, arvo_error **error);
/* `*out`: whether the lock was got. It lasts until arvo_memory_unlock, or 30 s. */
arvo_status arvo_memory_lock(const arvo_memory *memory, arvo_str id, bool *out, arvo_error **error);
arvo_status arvo_memory_unlock(const arvo_memory *memory, arvo_str id, arvo_error **error);
/* Forgets record and lock of `id`, or everything if it is no text. */
arvo_status arvo_memory_clear(const arvo_memory *memory, arvo_str id, arvo_error **error);

/* --- 12 The broker ----------------------------------------------------------------------------------------------------
 * Delivers events between the handlers and workflows of one process, first in, first out, one after the other on the
 * thread that is inside arvo_broker_resolve or arvo_broker_run. Several threads may be inside: then deliveries run at
 * once, but the events of one workflow never do. */

/* How many events may wait, if you have no other number in mind. */
#define ARVO_QUEUE_LIMIT ((size_t)100000)
/* queue_limit   how many events may wait. */
arvo_status arvo_broker_new(size_t queue_limit, ARVO_OWNED arvo_broker **out, arvo_error **error);
void arvo_broker_free(ARVO_TAKEN arvo_broker *broker);

/* Delivers to a handler or workflow what is addressed to its source. Fails with ARVO_TOPIC_TAKEN. */
arvo_status arvo_broker_add_handler(arvo_broker *broker, const arvo_handler *handler, arvo_error **error);
arvo_status arvo_broker_add_resumable(arvo_broker *broker, const arvo_resumable *resumable, arvo_error **error);
arvo_status arvo_broker_add_orchestrator(arvo_broker *broker, const arvo_orchestrator *orchestrator,
                                         arvo_error **error);

/* Takes an event. `errand` stands for the conversation that the event belongs to, see arvo_errand_publish. Both are lent
 * for the call. Returns ARVO_OK, or fails as callbacks do. */
typedef arvo_status (*arvo_event_fn)(void *user_data, const arvo_event *event, const arvo_errand *errand,
                                     arvo_error **error);
/* Delivers to a function what is addressed to `topic`. `alone`: nobody else may have the topic. `*out` is for
 * arvo_broker_unsubscribe. Fails with ARVO_TOPIC_TAKEN. user_data as for arvo_handler_builder_on. */
arvo_status arvo_broker_subscribe(arvo_broker *broker, arvo_str topic, bool alone, arvo_event_fn function,
                                  void *user_data, arvo_destroy_fn destroy, uint64_t *out, arvo_error **error);
arvo_status arvo_broker_unsubscribe(arvo_broker *broker, uint64_t subscriber, arvo_error **error);

/* Takes events that have a domain: they leave the local flow. Without it they are failures. To bring one (or an answer)
 * back: arvo_errand_publish. user_data as for arvo_handler_builder_on. */
arvo_status arvo_broker_on_domained_event(arvo_broker *broker, arvo_event_fn function, void *user_data,
                                          arvo_destroy_fn destroy, arvo_error **error);
/* Told of every failure, with the event that it happened to: a violation, an event that gets to nobody, a full queue.
 * Without such a function nobody is told. */
typedef void (*arvo_broker_error_fn)(void *user_data, const arvo_error *failure, const arvo_event *event);
arvo_status arvo_broker_on_error(arvo_broker *broker, arvo_broker_error_fn function, void *user_data,
                                 arvo_destroy_fn destroy, arvo_error **error);

/* Queues an event. Fails with ARVO_NOT_DELIVERED (it has no `to`), ARVO_QUEUE_FULL. */
arvo_status arvo_broker_publish(const arvo_broker *broker, const arvo_event *event, arvo_error **error);
/* The same for an event that belongs to the conversation which a callback is in. */
arvo_status arvo_errand_publish(const arvo_errand *errand, const arvo_event *event, arvo_error **error);

/* Asked before each delivery: true ends the call with ARVO_CANCELLED. What is queued stays queued. */
typedef bool (*arvo_stop_fn)(void *user_data);

/* Publishes an event and delivers until nothing is left of that conversation: `*out` is the last event that came back to
 * the event's source, NULL if none did. May be called again, by several threads, and by callbacks.
 * stop   may be NULL.
 * Fails with ARVO_TOPIC_TAKEN (the source is a topic of the broker), ARVO_CANCELLED, as arvo_broker_publish, and with
 * ARVO_BUSY if the conversation waits for the very callback that called this. */
arvo_status arvo_broker_resolve(const arvo_broker *broker, const arvo_event *event, arvo_stop_fn stop, void *user_data,
                                ARVO_OWNED arvo_event **out, arvo_error **error);
/* Delivers until nothing is queued and nothing runs; so it fails with ARVO_BUSY in a callback of the broker. */
arvo_status arvo_broker_run(const arvo_broker *broker, arvo_stop_fn stop, void *user_data, arvo_error **error);

/* All events published so far, in order. */
arvo_status arvo_broker_history(const arvo_broker *broker, ARVO_OWNED arvo_events **out, arvo_error **error);
arvo_status arvo_broker_clear_history(const arvo_broker *broker, arvo_error **error);
/* Topics that somebody has, a list of texts. */
arvo_status arvo_broker_topics(const arvo_broker *broker, ARVO_OWNED arvo_value **out, arvo_error **error);
size_t arvo_broker_subscribers(const arvo_broker *broker, arvo_str topic); /* that a topic has */
size_t arvo_broker_queued(const arvo_broker *broker);                      /* events that wait */

/* --- 13 Executions ---------------------------------------------------------------------------------------------------- */

/* An execution in a loop of your own. Its step says what it waits for; answer that step when you are ready, on any
 * thread, and look again:
 *
 *   arvo_execution_begin(handler, event, &execution, &error);      // a workflow's: _begin_resumable, _begin_orchestrator
 *   while (arvo_execution_step(execution) != ARVO_STEP_DONE && error == NULL)
 *       switch (arvo_execution_step(execution)) {
 *       case ARVO_STEP_CALL:                                       // arvo_execution_input tells what to work on
 *           arvo_execution_answer(execution, outputs, &error);     // a workflow's: arvo_execution_resume
 *           break;
 *       case ARVO_STEP_COMMIT:                                     // first store arvo_execution_emitted
 *           arvo_execution_commit(execution, &error);
 *           break;                                                 // LOCK, READ, UNLOCK: see below
 *       }
 *   arvo_execution_finish(execution, &events, &error);
 *   arvo_execution_free(execution);
 *
 * A handler's execution gives CALL and COMMIT. A workflow's with a stepwise memory (arvo_memory_new_stepwise) gives, in
 * this order, LOCK (if the resumable locks), READ, CALL, COMMIT and UNLOCK (if the lock was got); with any other memory
 * the library answers those itself, and CALL alone is seen (a lock inside the process lasts 30 s). An orchestrator's
 * never gives CALL: its machine takes its step while READ is answered. Each comes once at most, and DONE may follow any
 * of them. A whole loop: examples/steps.c.
 *
 * Whatever fails at a step, or never answers, ends the execution with nothing changed: raise, or cancel, then begin anew
 * with the same event.
 *
 * An answer that fits no open step fails with ARVO_WRONG_STEP and changes nothing: one given twice, too late (the step
 * was answered or cancelled meanwhile), or after the end. */
typedef enum arvo_step {
    ARVO_STEP_NONE = 0, /* no execution, or it is at work in another call */
    ARVO_STEP_CALL = 1, /* run your function: arvo_execution_answer, _resume for a workflow's, or _raise */
    ARVO_STEP_COMMIT =
        2, /* make arvo_execution_emitted and _record durable: arvo_execution_commit, _conflict or _raise */
    ARVO_STEP_DONE = 3,  /* arvo_execution_finish */
    ARVO_STEP_LOCK = 4,  /* lock the workflow arvo_execution_subject: arvo_execution_locked or _raise */
    ARVO_STEP_READ = 5,  /* read the record of arvo_execution_subject: arvo_execution_found or _raise */
    ARVO_STEP_UNLOCK = 6 /* give the lock back: arvo_execution_unlocked, whatever became of that */
} arvo_step;

/* Begins handling `event`. An event that is refused at once gives ARVO_STEP_DONE, and the violation at the end. */
arvo_status arvo_execution_begin(const arvo_handler *handler, const arvo_event *event, ARVO_OWNED arvo_execution **out,
                                 arvo_error **error);
/* Begin going on with the workflow that `event` belongs to. */
arvo_status arvo_execution_begin_resumable(const arvo_resumable *resumable, const arvo_event *event,
                                           ARVO_OWNED arvo_execution **out, arvo_error **error);
arvo_status arvo_execution_begin_orchestrator(const arvo_orchestrator *orchestrator, const arvo_event *event,
                                              ARVO_OWNED arvo_execution **out, arvo_error **error);
arvo_step arvo_execution_step(const arvo_execution *execution);

/* What the step is about. Each is nothing (NULL, no text) at other steps than named, and lives until the step is answered
 * or cancelled. */
ARVO_LENT const arvo_input *arvo_execution_input(const arvo_execution *execution);    /* CALL */
ARVO_LENT const arvo_events *arvo_execution_emitted(const arvo_execution *execution); /* COMMIT */
/* LOCK, READ, COMMIT, UNLOCK: the workflow, the key of its record and of its lock. */
ARVO_LENT arvo_str arvo_execution_subject(const arvo_execution *execution);
/* COMMIT: the record to keep; no text: leave what is kept (a handler's, an event that came too late). */
ARVO_LENT arvo_str arvo_execution_record(const arvo_execution *execution);
/* COMMIT: what READ found, no text if that was nothing. Write only over this, and no update is ever lost, with or without
 * locks. */
ARVO_LENT arvo_str arvo_execution_previous(const arvo_execution *execution);

/* LOCK: whether the lock was got. If not, the execution fails: somebody else is at the workflow. Let locks end by
 * themselves, for programs that end without giving them back. */
arvo_status arvo_execution_locked(arvo_execution *execution, bool held, arvo_error **error);
/* READ: the record as it was written, no text (ARVO_NO_STR) if nothing is kept. */
arvo_status arvo_execution_found(arvo_execution *execution, arvo_str record, arvo_error **error);
/* CALL of a handler. `outputs` are yours still, to be freed or filled again. */
arvo_status arvo_execution_answer(arvo_execution *execution, const arvo_outputs *outputs, arvo_error **error);
/* CALL of a workflow; as above. */
arvo_status arvo_execution_resume(arvo_execution *execution, const arvo_resumed *next, arvo_error **error);
/* COMMIT: all of it is durable. */
arvo_status arvo_execution_commit(arvo_execution *execution, arvo_error **error);
/* COMMIT: something else than arvo_execution_previous is kept by now. The execution fails, and has to be begun anew. */
arvo_status arvo_execution_conflict(arvo_execution *execution, arvo_error **error);
/* UNLOCK: the lock was given back, or will end by itself. */
arvo_status arvo_execution_unlocked(arvo_execution *execution, arvo_error **error);
/* LOCK, READ, CALL, COMMIT: that failed. Takes `*raised` over and sets it to NULL, unless the call itself fails. What a
 * CALL raises does what it does when a function returns it; what the others raise fails the execution. */
arvo_status arvo_execution_raise(arvo_execution *execution, ARVO_TAKEN arvo_error **raised, arvo_error **error);

/* Outputs to fill in for arvo_execution_answer. */
arvo_status arvo_outputs_new(ARVO_OWNED arvo_outputs **out, arvo_error **error);
void arvo_outputs_free(ARVO_TAKEN arvo_outputs *outputs);

/* Gives up, at any step: nothing is emitted, arvo_execution_finish fails with ARVO_EXECUTION_VIOLATION. If the lock of the
 * workflow was got, UNLOCK still comes before DONE; a cancel there skips that alone. */
arvo_status arvo_execution_cancel(arvo_execution *execution, arvo_error **error);
/* At ARVO_STEP_DONE, once: what was emitted, or the violation. */
arvo_status arvo_execution_finish(arvo_execution *execution, ARVO_OWNED arvo_events **out, arvo_error **error);
/* Freeing an execution that is not done gives it up, too; a lock that you hold for it stays. */
void arvo_execution_free(ARVO_TAKEN arvo_execution *execution);

/* --- 14 Errors ------------------------------------------------------------------------------------------------------ */

arvo_status arvo_error_status(const arvo_error *error); /* ARVO_OK for NULL */
/* "InvalidEvent", "ViolationError<Contract>", or the name you gave. */
ARVO_LENT arvo_str arvo_error_name(const arvo_error *error);
/* What was wrong, where, and what to do. */
ARVO_LENT arvo_str arvo_error_message(const arvo_error *error);
ARVO_LENT arvo_str arvo_error_stack(const arvo_error *error);
/* Whether it is a violation: then the execution failed, nothing was emitted, and it may be tried again. */
bool arvo_error_is_violation(const arvo_error *error);
/* Type of a violation, "Contract" or one of your own; no text if it is none. */
ARVO_LENT arvo_str arvo_error_violation(const arvo_error *error);
/* Data for a program, an object; lives as long as the error.
 *   "broken"     [{"attribute", "reason"}]: attributes of an event, fields of a subject
 *   "problems"   [{"code", "severity": "error" or "warning", "path", "message"}]: all that is wrong with a machine
 *   "issues"     [{"path", "message"}]: places in data that break a schema, as JSON Pointers
 *   "metadata"   of a violation that your code raised; of a transaction's, {"initiatingEvent": the consumed event}
 *   "path", "line", "column"   of an expression: where in a template (".data.items[0]", "" for an expression alone), and
 *                where in the expression there, from 1, in characters
 *   "causes"     of a dead letter: [{"name", "message", "at": milliseconds since 1970}], the last one last
 *   "cause"      of a transaction's: "LOCK_UNACQUIRED", "LOCK_MACHINE_MEMORY_FAILURE", "READ_MACHINE_MEMORY_FAILURE",
 *                "WRITE_MACHINE_MEMORY_FAILURE" or "INVALID_SUBJECT" */
ARVO_LENT const arvo_value *arvo_error_details(const arvo_error *error);
/* The error of your code that led to this one: of a memory or store, or of a schema of yours. Lives as long as the error; may be
 * NULL. */
ARVO_LENT const arvo_error *arvo_error_cause(const arvo_error *error);
/* What arvo_error_attach hung on it. */
ARVO_LENT void *arvo_error_object(const arvo_error *error);
void arvo_error_free(ARVO_TAKEN arvo_error *error);

/* Sets `*error` to an error of yours and returns ARVO_USER_ERROR, so that a callback can end with
 * `return arvo_error_raise(error, ARVO_STR("GatewayTimeout"), ARVO_STR("the bank does not answer"));`
 * An empty name stands for "Error". If `*error` is set already, that one stays and its status is returned. */
arvo_status arvo_error_raise(arvo_error **error, arvo_str name, arvo_str message);
/* The same for a violation: it fails the execution instead of becoming an event.
 * type       "Contract", "Config", "Execution", or a type of your own: then the status is ARVO_CUSTOM_VIOLATION.
 *            Without a type it is an ordinary error.
 * metadata   data for whoever gets the error; may be NULL. */
arvo_status arvo_error_raise_violation(arvo_error **error, arvo_str type, arvo_str message, const arvo_value *metadata);
/* Where an error of yours happened, for system error events. */
arvo_status arvo_error_set_stack(arvo_error *error, arvo_str stack);
/* Hangs an object on an error of yours, which comes back with it. `destroy` frees it with the error, or when another
 * object takes its place; may be NULL. */
arvo_status arvo_error_attach(arvo_error *error, void *object, arvo_destroy_fn destroy);

/* --- 15 Expressions -------------------------------------------------------------------------------------------------
 * Short texts in CEL's syntax over JSON values, for machines that are data (docs/expressions.md); here by themselves, to
 * try and to test them. */

/* Compiles an expression.
 * names   an array of texts: what it may read; NULL for context and event, as in most places of a machine.
 * Fails with ARVO_INVALID_EXPRESSION: the message shows the line and the spot. */
arvo_status arvo_expression_new(arvo_str text, const arvo_value *names, ARVO_OWNED arvo_expression **out,
                                arvo_error **error);
/* Compiles a template: JSON in which {"$": text} stands for what the expression gives, {"$quote": json} for that JSON.
 * The message of a failure names every place. */
arvo_status arvo_expression_of_template(const arvo_value *template_, const arvo_value *names,
                                        ARVO_OWNED arvo_expression **out, arvo_error **error);
/* Works it out, within the limits of the environment.
 * values   an object: a value for each name that is read; NULL for none.
 * out      the result, NULL for an empty optional ("context.?note" without a note).
 * Fails with ARVO_EXPRESSION_FAILED; the error's name is "ExpressionBudget" if a limit was exceeded, else
 * "ExpressionFailed". Messages never show a value. */
arvo_status arvo_expression_evaluate(const arvo_environment *environment, const arvo_expression *expression,
                                     const arvo_value *values, ARVO_OWNED arvo_value **out, arvo_error **error);
/* Asks it as a guard: fails, too, if it gives anything but true or false. */
arvo_status arvo_expression_test(const arvo_environment *environment, const arvo_expression *expression,
                                 const arvo_value *values, bool *out, arvo_error **error);
void arvo_expression_free(ARVO_TAKEN arvo_expression *expression);

/* --- 16 Stores ----------------------------------------------------------------------------------------------------------
 * A store keeps events and workflows in a file, for many threads, processes and languages at once. Kill any of them, and
 * nothing is lost: a workflow's record, the events that it sends and the word that its event is handled become real
 * together, or not at all. Workers (section 17) do the work; here is what everybody else asks of a store.
 *
 * Each call waits for the store: a thread of its own works on the file. Calls of many threads share its commits.
 *
 * Times are milliseconds since 1970. Names of errors of ARVO_STORE_FAILED: "StoreUrl" (no URL of a store), "StoreOpen",
 * "StoreForeign" (a database of something else), "StoreNewer" (a newer version wrote it), "StoreCorrupt",
 * "StoreReadOnly", "StoreFull" (the disk), "StoreIo" (the system failed to read or write the file), "StoreBusy" (another
 * process kept it locked), "StoreForked" (the process was forked after it was opened: open it after the fork),
 * "StoreClosed", "StoreLost" (whether the request took effect is not known), and "StoreRefused" (the database's own
 * words). But for StoreLost nothing was changed. An event over the limit is refused as ARVO_BAD_ARGUMENT, "TooLarge".
 *
 * The library has an SQLite of its own. A program that opens the file by another one, even to read, breaks the locks of
 * this one, and can destroy the file: ask by arvo_store_query. Other processes may do as they like. */

/* Opens a store by its URL: "sqlite:shop.db", "sqlite:/var/lib/shop.db"; the file is made if there is none. Each commit
 * waits for the disk; "?synchronous=normal" behind it trades the last commits before a power cut for speed (those before
 * a crash are safe). "sqlite::memory:" is gone with its last handle.
 * environment   gives it and its workers the time and the limits. Its clock and uuid are called on the store's thread,
 *               too: they must not call the store.
 * Fails with ARVO_STORE_FAILED. */
arvo_status arvo_store_open(const arvo_environment *environment, arvo_str url, ARVO_OWNED arvo_store **out,
                            arvo_error **error);
/* Closes the store when its workers are freed, too. */
void arvo_store_free(ARVO_TAKEN arvo_store *store);

/* Where an event is in the store. */
typedef struct arvo_receipt {
    int64_t seq; /* its number there */
    bool fresh;  /* whether this call stored it; otherwise it was there already, and nothing was changed */
} arvo_receipt;

/* Stores an event for whoever handles it, `to`. An event is the same as one that is there if subject, `to`, domain and id
 * are: then nothing changes, and the answer is the first one's. So a publisher that is not sure publishes again.
 * deliver_at   not to be handled before this time, a durable timer; 0: at once.
 * receipt      may be NULL.
 * Fails with ARVO_NOT_DELIVERED (it has no `to`), ARVO_STORE_FAILED. */
arvo_status arvo_store_publish(const arvo_store *store, const arvo_event *event, int64_t deliver_at,
                               arvo_receipt *receipt, arvo_error **error);
/* Stores `count` events together: all, or none.
 * receipts   room for `count`; may be NULL. */
arvo_status arvo_store_publish_all(const arvo_store *store, const arvo_event *const *events, size_t count,
                                   arvo_receipt *receipts, arvo_error **error);
/* Waits for the answer to a published event: the first event that comes back to its source. Of a workflow that is its
 * completion, or its system error.
 * seq     of the receipt.
 * limit   milliseconds at most; 0: only looks; less: for as long as it takes.
 * out     NULL when there was no answer within the limit.
 * Fails with ARVO_DEAD_LETTER (the event failed for good: details "causes"; or it was dropped, or its workflow cancelled),
 * ARVO_NOT_FOUND. */
arvo_status arvo_store_wait(const arvo_store *store, int64_t seq, int64_t limit, ARVO_OWNED arvo_event **out,
                            arvo_error **error);

/* What is there. A workflow is an object:
 *   "subject"; "consumer" (its type; null: no workflow, some other subject), "version"; "parent": subject of the workflow
 *   that began it, or null; "revision": how often its record was written; "status": "new", "active", "done", "failed";
 *   "control": "run", "pause" (a dead letter stops it) or "cancel"; "worker": name of the one that is at it, or null;
 *   "changed": a time
 * An event is an object:
 *   "seq"; "cause": seq of the event that led to it, null for a published one; "subject"; "consumer"; "domain": that it
 *   waits in, "" for none; "state": "waiting", "claimed", "done", "dead", "dropped"; "due": not to be handled before;
 *   "tries"; "done": when it was, or null; "failures": as details "causes"; "event": JSON text, for arvo_event_parse */

/* Workflows, the last changed first.
 * which   object: "status", "control", "consumer", "limit" (else 100), "skip"; each may be left out. NULL: all. */
arvo_status arvo_store_workflows(const arvo_store *store, const arvo_value *which, ARVO_OWNED arvo_value **out,
                                 arvo_error **error);
/* One workflow, with its "record" as JSON text; `*out` is NULL if there is none. */
arvo_status arvo_store_workflow(const arvo_store *store, arvo_str subject, ARVO_OWNED arvo_value **out,
                                arvo_error **error);
/* A workflow and all that descend from it, parents first: a list. */
arvo_status arvo_store_tree(const arvo_store *store, arvo_str subject, ARVO_OWNED arvo_value **out, arvo_error **error);
/* The events of a subject, in the order they came: a list. */
arvo_status arvo_store_history(const arvo_store *store, arvo_str subject, ARVO_OWNED arvo_value **out,
                               arvo_error **error);
/* Dead letters: a list of events, the oldest first, at most `limit`. */
arvo_status arvo_store_dead(const arvo_store *store, size_t limit, ARVO_OWNED arvo_value **out, arvo_error **error);
/* {"workflows": {status: number}, "deliveries": {state: number}, "domains": {domain: number that wait}, "workers": [name]};
 * workflows that are cancelled or paused count as "cancelled" and "paused". */
arvo_status arvo_store_counts(const arvo_store *store, ARVO_OWNED arvo_value **out, arvo_error **error);
/* What an SQL statement gives that reads: {"columns": [name], "rows": [[value]]}.
 * Fails with ARVO_BAD_ARGUMENT if the statement would write. */
arvo_status arvo_store_query(const arvo_store *store, arvo_str sql, ARVO_OWNED arvo_value **out, arvo_error **error);

/* A dead letter, by its seq, is tried again, with all its tries; or given up. A workflow that it paused goes on.
 * Fail with ARVO_WRONG_STATE if it is none, ARVO_NOT_FOUND. */
arvo_status arvo_store_retry(const arvo_store *store, int64_t seq, arvo_error **error);
arvo_status arvo_store_drop(const arvo_store *store, int64_t seq, arvo_error **error);
/* Cancels a workflow and its children, also those that have not begun: `*out` is a list of their subjects. Whoever began
 * it gets its system error with "errorName": "WorkflowCancelled". What runs now has no effect any more.
 * Fails with ARVO_NOT_FOUND, ARVO_WRONG_STATE (it has ended). */
arvo_status arvo_store_cancel(const arvo_store *store, arvo_str subject, ARVO_OWNED arvo_value **out,
                              arvo_error **error);
/* Removes subjects that ended before a time with all their events, at most `limit`; `*out`: how many. Call it again until
 * that is less than the limit. Until then an event that comes again is known for one. */
arvo_status arvo_store_purge(const arvo_store *store, int64_t before, size_t limit, size_t *out, arvo_error **error);
/* Copies the store, whole and consistent, to a file that must not be there yet. Workers may go on. */
arvo_status arvo_store_backup(const arvo_store *store, arvo_str path, arvo_error **error);

/* Domains. An event with a domain leaves the local flow: it waits in the store until somebody answers it or lets it in. */

/* Events that wait in a domain: a list, the oldest first, at most `limit`. They stay until they are answered or admitted. */
arvo_status arvo_store_take(const arvo_store *store, arvo_str domain, size_t limit, ARVO_OWNED arvo_value **out,
                            arvo_error **error);
/* Answers an event that waits in a domain: it is handled, and `count` events go on. NULL and 0: none do.
 * Fails with ARVO_WRONG_STATE if it does not wait in one, ARVO_NOT_FOUND. */
arvo_status arvo_store_answer(const arvo_store *store, int64_t seq, const arvo_event *const *events, size_t count,
                              arvo_error **error);
/* Lets it into the local flow, as if it had no domain. Fails as arvo_store_answer. */
arvo_status arvo_store_admit(const arvo_store *store, int64_t seq, arvo_error **error);
/* The domains whose events are handled by this store's own workers, a list of texts; all processes share it. */
arvo_status arvo_store_domains(const arvo_store *store, ARVO_OWNED arvo_value **out, arvo_error **error);
/* Adds one; what waits in it is let in: `*out` tells how many. */
arvo_status arvo_store_domain_add(const arvo_store *store, arvo_str domain, size_t *out, arvo_error **error);
/* Takes one away: its events wait from now on. */
arvo_status arvo_store_domain_remove(const arvo_store *store, arvo_str domain, arvo_error **error);

/* --- 17 Workers ---------------------------------------------------------------------------------------------------------
 * A worker has handlers and workflows at work on a store: it claims their events, runs them, and makes real what came of
 * it.
 *
 *   arvo_store_open(NULL, ARVO_STR("sqlite:shop.db"), &store, &error);
 *   arvo_worker_new(store, NULL, &worker, &error);
 *   arvo_worker_add_handler(worker, handler, &error);
 *   arvo_worker_drain_on_signals(worker, &error);
 *   arvo_worker_run(worker, &error);                               // until SIGTERM
 *
 * Your functions run at least once for an event; the record, the answers and the word that it is handled take effect
 * exactly once. What a function does elsewhere (a payment) is done once if the receiver knows the event's id again.
 *
 * A function that fails (arvo_error_raise) makes system error events, as everywhere. One that raises a violation fails the
 * execution: the event of a "Contract" or "Config" goes to the dead letters at once, that of all others is tried again later
 * and later, and goes there when its tries are used up. A dead letter of a workflow stops that workflow. */

/* All may be 0, or no text, for what stands beside them. */
typedef struct arvo_worker_options {
    arvo_str name;       /* its own among the workers of a store: whoever starts under the name of another takes over at
                              once what that one held; no text: a fresh one */
    size_t capacity;     /* how many events it holds at once, running or about to: 100 */
    int64_t lease;       /* milliseconds that its claims outlive it, if it dies: 30,000 */
    size_t tries;        /* before an event goes to the dead letters: 10 */
    int64_t retry_after; /* milliseconds after the first failure, then twice as long each time, give or take: 200 */
    int64_t retry_longest; /* the longest of these waits: 60,000 */
} arvo_worker_options;

/* Begin a worker; add what it serves; run it; free it.
 * options   may be NULL: the defaults. */
arvo_status arvo_worker_new(const arvo_store *store, const arvo_worker_options *options, ARVO_OWNED arvo_worker **out,
                            arvo_error **error);
/* Serves a handler or workflow. A workflow's own memory is not used: its records are in the store.
 * Fail with ARVO_TOPIC_TAKEN (one of that type is there), ARVO_BUSY (the worker has begun). */
arvo_status arvo_worker_add_handler(arvo_worker *worker, const arvo_handler *handler, arvo_error **error);
arvo_status arvo_worker_add_resumable(arvo_worker *worker, const arvo_resumable *resumable, arvo_error **error);
arvo_status arvo_worker_add_orchestrator(arvo_worker *worker, const arvo_orchestrator *orchestrator,
                                         arvo_error **error);
/* Told of each execution that failed, with its event, before that is tried again; for logs. On the thread that ran it.
 * user_data as for arvo_handler_builder_on. Fails with ARVO_BUSY (the worker has begun). */
arvo_status arvo_worker_on_error(arvo_worker *worker, arvo_broker_error_fn function, void *user_data,
                                 arvo_destroy_fn destroy, arvo_error **error);
/* From the first arvo_worker_run on, SIGTERM and SIGINT stop the worker as arvo_worker_stop does; a second one ends the
 * process at once. Handlers of these signals that were set before are called, too. */
arvo_status arvo_worker_drain_on_signals(arvo_worker *worker, arvo_error **error);

/* Runs what comes, on this thread, until the worker is stopped and what ran has ended; at once if it was stopped before.
 * Several threads may be inside: then they run as many events at once, those of one workflow one after the other. Long
 * functions need no care: a thread of the store's keeps the worker's claims alive meanwhile.
 * Fails with ARVO_BAD_ARGUMENT (it serves nothing), ARVO_STORE_FAILED (the store is lost), ARVO_BUSY in a callback of its
 * own. */
arvo_status arvo_worker_run(const arvo_worker *worker, arvo_error **error);
/* Ends it: it claims nothing more, gives back what does not run yet, and lets end what runs; then every arvo_worker_run
 * returns. It does not wait for that. A stopped worker stays so. Any thread may call it, and a signal handler, too, while
 * the worker is alive: it only sets flags, which the store's thread sees within 20 ms. */
void arvo_worker_stop(const arvo_worker *worker);
/* Freed before its runs have ended as they should, a worker leaves what it holds to the end of its lease, or to one of the
 * same name. */
void arvo_worker_free(ARVO_TAKEN arvo_worker *worker);

/* Lives as long as the worker. */
ARVO_LENT arvo_str arvo_worker_name(const arvo_worker *worker);

/* What a worker did so far. */
typedef struct arvo_tally {
    uint64_t claimed;  /* events */
    uint64_t repeated; /* of these, claimed before, by whomever */
    uint64_t handled;  /* executions whose effects are real */
    uint64_t failed;   /* executions that failed and go again later, or are dead letters now */
    uint64_t lost;     /* executions that ended after somebody else had taken over: without effect */
} arvo_tally;

arvo_status arvo_worker_tally(const arvo_worker *worker, arvo_tally *out, arvo_error **error);

/* --- 18 Histories -------------------------------------------------------------------------------------------------------
 * What happened, as pictures: events of arvo_broker_history, or deliveries of arvo_store_history; the other one is NULL.
 * Of more than `most` events the first and the last are shown.
 * environment   its limits hold for events of a store; may be NULL.
 * Fail with ARVO_BAD_ARGUMENT, and with ARVO_INVALID_EVENT, ARVO_INVALID_JSON if a delivery holds no event. */

/* A line for each event, without a line feed at its end: its number, the time since the first event, its place among the
 * events that it came from and led to, who sent it to whom, its type, the end of its id, its domain, what it cost, what
 * became of it. Lines are cut to `width` columns. */
arvo_status arvo_timeline(const arvo_environment *environment, const arvo_events *events, const arvo_value *deliveries,
                          size_t width, size_t most, ARVO_OWNED arvo_text **out, arvo_error **error);
/* A Mermaid sequenceDiagram, which Markdown on GitHub and many editors draw: requests are solid arrows, answers dashed, a
 * system error ends in a cross, an event that leaves for a domain in an open arrow. It is never longer than Mermaid draws. */
arvo_status arvo_sequence_diagram(const arvo_environment *environment, const arvo_events *events,
                                  const arvo_value *deliveries, size_t most, ARVO_OWNED arvo_text **out,
                                  arvo_error **error);

/* --- 19 Telemetry -------------------------------------------------------------------------------------------------------
 * What executions do, told to a tracer of yours: a bridge to an OpenTelemetry SDK, or a small exporter (examples/trace.c).
 * Each execution is a span, by whomever it is run; so is each event that arvo_event_new or a factory makes. The library
 * says what a span is called, whose child it is, what it says and when; the tracer says who it is (its ids), whether it is
 * recorded, and where it goes. Events carry the trace onward by themselves. Names and attributes: docs/telemetry.md.
 *
 *   arvo_tracer tracer = {begin, attributes, mark, status, child, end, enter, leave, measure};
 *   arvo_tracer_install(&tracer, exporter, NULL, &error);          // before the first execution
 *
 * Every function of a tracer may be NULL: that is not wanted. What they are given is lent for the call. They can't fail: what
 * goes wrong in a tracer is the tracer's, and the event goes on. Those of one span are called one after the other, `begin`
 * first and `end` last. They must not execute anything or make events: those are spans, too. Times are nanoseconds since
 * 1970. Without a tracer nothing is recorded, and nothing is called. */

/* An attribute of a span, of a mark or of a measurement. */
typedef struct arvo_attribute {
    arvo_str name;
    arvo_kind kind; /* ARVO_TEXT, ARVO_NUMBER or ARVO_BOOL: which of the next three it is */
    arvo_str text;
    double number;
    bool boolean;
} arvo_attribute;

/* Attributes as an object, to be written as JSON (arvo_value_write). */
arvo_status arvo_attributes_value(const arvo_attribute *attributes, size_t count, ARVO_OWNED arvo_value **out,
                                  arvo_error **error);

/* Who a span is: W3C's headers traceparent and tracestate, taken apart. */
typedef struct arvo_span_context {
    char trace_id[33];   /* 32 hexadecimal digits, lower case, and a zero */
    char span_id[17];    /* 16 */
    bool sampled;        /* whether somebody records this trace */
    arvo_str tracestate; /* may be no text */
} arvo_span_context;

typedef enum arvo_span_kind { /* OTLP's numbers */
                              ARVO_SPAN_INTERNAL = 1,
                              ARVO_SPAN_PRODUCER = 4, /* of a workflow's execution */
                              ARVO_SPAN_CONSUMER = 5  /* of a handler's */
} arvo_span_kind;

/* How a span begins. */
typedef struct arvo_opening {
    arvo_str name;
    arvo_span_kind kind;
    uint64_t start;
    const arvo_span_context
        *parent; /* in another process, or past: who sent the event; NULL: the child of what is current on
                                         this thread, if anything is */
    const arvo_attribute *attributes; /* the first ones, for samplers */
    size_t attribute_count;
} arvo_opening;

/* What the tracer made of it: `begin` fills it in. */
typedef struct arvo_begun {
    void *span; /* yours, given to the other functions; NULL before */
    arvo_span_context
        context;   /* its ids, and whether it is sampled: events carry them on. Empty before, but for the parent's
                                  tracestate; left empty, events carry none. A tracestate of yours lives until `end` */
    bool recorded; /* whether to tell what happens in it; true before. A trace that is not sampled needs no record,
                                  but ids */
} arvo_begun;
typedef void (*arvo_begin_fn)(void *user_data, const arvo_opening *opening, arvo_begun *begun);

/* More attributes; of equal names the last counts. */
typedef void (*arvo_attributes_fn)(void *user_data, void *span, const arvo_attribute *attributes, size_t count);

/* Something that happened, OpenTelemetry's event: a "log" (log.severity, log.message) or an "exception" (exception.type,
 * exception.message, exception.stacktrace). */
typedef struct arvo_mark {
    arvo_str name;
    uint64_t time;
    const arvo_attribute *attributes;
    size_t attribute_count;
} arvo_mark;
typedef void (*arvo_mark_fn)(void *user_data, void *span, const arvo_mark *mark);

typedef enum arvo_span_status { /* OTLP's numbers */
                                ARVO_SPAN_UNSET = 0,
                                ARVO_SPAN_OK = 1,
                                ARVO_SPAN_ERROR = 2
} arvo_span_status;
/* message: of an error; else no text. */
typedef void (*arvo_status_fn)(void *user_data, void *span, arvo_span_status status, arvo_str message);

/* A span inside this one, of kind ARVO_SPAN_INTERNAL, that is over already: it gets its ids from the tracer, and nobody asks
 * for them. */
typedef struct arvo_child {
    arvo_str name;
    uint64_t start;
    uint64_t end;
    const arvo_attribute *attributes;
    size_t attribute_count;
    const arvo_mark *marks;
    size_t mark_count;
    arvo_span_status status;
    arvo_str message;
} arvo_child;
typedef void (*arvo_child_fn)(void *user_data, void *span, const arvo_child *child);

/* The last word on a span, also on one that is not recorded: free it. */
typedef void (*arvo_end_fn)(void *user_data, void *span, uint64_t time);

/* The span is current on this thread from `enter` to `leave`, while your functions may run in it: spans that these begin
 * are its children. They nest. */
typedef void (*arvo_enter_fn)(void *user_data, void *span);

typedef enum arvo_instrument {
    ARVO_COUNTER = 1,   /* adds up */
    ARVO_HISTOGRAM = 2, /* shows how values are spread */
    ARVO_GAUGE = 3      /* the last one counts */
} arvo_instrument;

/* Something that is measured; each has one address, which stays. */
typedef struct arvo_metric {
    arvo_str name;
    arvo_str unit;
    arvo_str description;
    arvo_instrument instrument;
    const double *bounds; /* that OpenTelemetry advises for a histogram */
    size_t bound_count;
} arvo_metric;

typedef struct arvo_measure {
    const arvo_metric *metric;
    double value; /* in the metric's unit */
    const arvo_attribute *attributes;
    size_t attribute_count;
} arvo_measure;
/* Called by executions, and by whoever has a queue: a broker that delivers, and a thread inside arvo_worker_run, which tells
 * of each type that the worker serves how many events wait in the store, each 5 s at most. Without it nobody counts them. */
typedef void (*arvo_measure_fn)(void *user_data, const arvo_measure *measure);

typedef struct arvo_tracer {
    arvo_begin_fn begin; /* NULL: no spans, perhaps measurements */
    arvo_attributes_fn attributes;
    arvo_mark_fn mark;
    arvo_status_fn status;
    arvo_child_fn child;
    arvo_end_fn end;
    arvo_enter_fn enter;
    arvo_enter_fn leave;
    arvo_measure_fn measure;
} arvo_tracer;

/* Installs a tracer for the process, in the place of the one before; what that one began, it ends.
 * user_data   given to each function, on any thread; freed with `destroy` when the tracer was replaced or removed and its
 *             last span has ended, or on failure. */
arvo_status arvo_tracer_install(const arvo_tracer *tracer, void *user_data, arvo_destroy_fn destroy,
                                arvo_error **error);
/* From now on nothing is recorded. */
void arvo_tracer_remove(void);

/* For your own functions, about the execution whose span is current on this thread; without one they do nothing. */

typedef enum arvo_severity {
    ARVO_LOG_DEBUG = 0,
    ARVO_LOG_INFO = 1,
    ARVO_LOG_WARNING = 2,
    ARVO_LOG_ERROR = 3,
    ARVO_LOG_CRITICAL = 4
} arvo_severity;
/* A line of its log: a mark "log". */
void arvo_span_log(arvo_severity severity, arvo_str message);
/* An error that does not end the execution: a mark "exception", and the same attributes on the span. */
void arvo_span_exception(const arvo_error *error);
/* Who it is, for whatever is sent by other means than events; `tracestate` lives as long as it is current. False without
 * one. */
bool arvo_span_current(arvo_span_context *out);
/* The span of an execution that is run step by step (section 13), as the tracer's `begin` gave it, to make it current where
 * that loop's own functions run. It is current by itself in the calls of section 13 alone. NULL without a tracer, and at
 * ARVO_STEP_DONE. */
ARVO_LENT void *arvo_execution_span(const arvo_execution *execution);

/* --- 20 Test suites -----------------------------------------------------------------------------------------------------
 * Cases of events and of what must come of them, for handlers, workflows and functions of yours; in a file that every
 * language runs alike, or with functions (docs/testing.md).
 *
 *   arvo_suite_parse(json, &suite, &error);
 *   arvo_suite_add_handler(suite, handler, ARVO_NO_STR, &error);
 *   return arvo_suite_tap(suite, stdout);                          // the program's exit code
 *
 * What the cases execute runs on the thread that is inside arvo_suite_run. */

/* Reads a suite from its JSON form. Fails with ARVO_INVALID_SUITE: all that is wrong with it. */
arvo_status arvo_suite_parse(arvo_str json, ARVO_OWNED arvo_suite **out, arvo_error **error);
/* One without cases yet. */
arvo_status arvo_suite_new(ARVO_OWNED arvo_suite **out, arvo_error **error);
void arvo_suite_free(ARVO_TAKEN arvo_suite *suite);

/* What is tested. A suite of a file takes it for what the file says under the type that it accepts, or a function's name.
 * group   what reports call it; no text: "Test<type>". A file says that itself. */
arvo_status arvo_suite_add_handler(arvo_suite *suite, const arvo_handler *handler, arvo_str group, arvo_error **error);
arvo_status arvo_suite_add_resumable(arvo_suite *suite, const arvo_resumable *resumable, arvo_str group,
                                     arvo_error **error);
arvo_status arvo_suite_add_orchestrator(arvo_suite *suite, const arvo_orchestrator *orchestrator, arvo_str group,
                                        arvo_error **error);
/* A function that gets an event, and adds those that come of it to `emitted` (arvo_events_add). Returns ARVO_OK, or fails
 * as callbacks do. */
typedef arvo_status (*arvo_suite_function_fn)(void *user_data, const arvo_event *event, arvo_events *emitted,
                                              arvo_error **error);
/* user_data as for arvo_handler_builder_on. */
arvo_status arvo_suite_add_function(arvo_suite *suite, arvo_str name, arvo_str group, arvo_suite_function_fn function,
                                    void *user_data, arvo_destroy_fn destroy, arvo_error **error);

/* Begins a case; then add its steps. */
arvo_status arvo_suite_case(arvo_suite *suite, arvo_str name, arvo_error **error);
/* The last case is run so many times, and passes if at least `threshold` percent of its runs do. */
arvo_status arvo_suite_repeat(arvo_suite *suite, size_t times, double threshold, arvo_error **error);

/* Makes the event of a step: `*out`, which the library takes over.
 * previous   what the step before emitted, nothing where an error was expected; NULL for the first step. */
typedef arvo_status (*arvo_suite_input_fn)(void *user_data, const arvo_events *previous, ARVO_OWNED arvo_event **out,
                                           arvo_error **error);
/* `*holds`: set it to whether these events are as they must be; it is false before. */
typedef arvo_status (*arvo_suite_events_fn)(void *user_data, const arvo_events *events, bool *holds,
                                            arvo_error **error);
/* The same for an error that was expected. */
typedef arvo_status (*arvo_suite_thrown_fn)(void *user_data, const arvo_error *thrown, bool *holds, arvo_error **error);

/* Adds a step to the last case.
 * events, thrown   one of them, or neither: then the step passes if nothing fails.
 * user_data        as for arvo_handler_builder_on. */
arvo_status arvo_suite_step(arvo_suite *suite, arvo_suite_input_fn input, arvo_suite_events_fn events,
                            arvo_suite_thrown_fn thrown, void *user_data, arvo_destroy_fn destroy, arvo_error **error);

/* A runner of tests, as a suite sees it. Each may be NULL: that is not wanted. */
typedef void (*arvo_describe_fn)(void *user_data, arvo_str group);              /* the tests that follow belong to it */
typedef void (*arvo_before_fn)(void *user_data);                                /* before each test */
typedef void (*arvo_test_fn)(void *user_data, arvo_str name, arvo_str failure); /* failure: no text if it passed */
typedef struct arvo_test_adapter {
    arvo_describe_fn describe;
    arvo_before_fn before;
    arvo_test_fn test;
} arvo_test_adapter;

/* Runs every case on all that is tested, and tells the adapter.
 * adapter   may be NULL.
 * out       how many tests failed.
 * Fails with ARVO_BAD_ARGUMENT (no case, nothing to test), ARVO_INVALID_SUITE (a case without a step). */
arvo_status arvo_suite_run(const arvo_suite *suite, const arvo_test_adapter *adapter, void *user_data, size_t *out,
                           arvo_error **error);
/* The same for a program of its own: prints the report as TAP (version 13); what it returns is for `main` to return. */
static inline int arvo_suite_tap(const arvo_suite *suite, FILE *report);

/* Whether a handler keeps its contract, by random data: what fits it ends without a violation but those that the handler's
 * own functions raise, what does not is refused before any of these is called. A workflow gets the events that begin it. */
typedef struct arvo_effort {
    uint64_t seed;  /* the same seed tries the same; 0: the environment variable ARVO_SEED, else a fresh one */
    size_t valid;   /* inputs that fit, for each version; 0: 100 */
    size_t invalid; /* inputs that don't; 0: 50 */
} arvo_effort;
/* effort   may be NULL.
 * Fail with ARVO_BREACH: the message is a report with the smallest input that shows it; ARVO_INVALID_SCHEMA if no data can
 * be made for a schema. */
arvo_status arvo_handler_conforms(const arvo_handler *handler, const arvo_effort *effort, arvo_error **error);
arvo_status arvo_resumable_conforms(const arvo_resumable *resumable, const arvo_effort *effort, arvo_error **error);
arvo_status arvo_orchestrator_conforms(const arvo_orchestrator *orchestrator, const arvo_effort *effort,
                                       arvo_error **error);

/* What arvo_suite_tap prints to, and how far it is. */
struct arvo_tap_ {
    FILE *report;
    unsigned long tests;
};
/* A text of several lines, each behind a prefix. */
static inline void arvo_tap_lines_(FILE *report, const char *prefix, arvo_str text) {
    size_t index;
    fputs(prefix, report);
    for (index = 0; index < text.len; index++) {
        fputc(text.ptr[index], report);
        if (text.ptr[index] == '\n') fputs(prefix, report);
    }
    fputc('\n', report);
}
static inline void arvo_tap_group_(void *user_data, arvo_str group) {
    arvo_tap_lines_(((struct arvo_tap_ *)user_data)->report, "# ", group);
}
static inline void arvo_tap_test_(void *user_data, arvo_str name, arvo_str failure) {
    struct arvo_tap_ *tap = (struct arvo_tap_ *)user_data;
    fprintf(tap->report, "%s %lu - %.*s\n", failure.ptr == NULL ? "ok" : "not ok", ++tap->tests, ARVO_PRINT(name));
    if (failure.ptr != NULL) arvo_tap_lines_(tap->report, "#   ", failure);
}
static inline int arvo_suite_tap(const arvo_suite *suite, FILE *report) {
    struct arvo_tap_ tap;
    arvo_test_adapter adapter;
    arvo_error *error = NULL;
    size_t failed = 0;
    tap.report = report;
    tap.tests = 0;
    adapter.describe = arvo_tap_group_;
    adapter.before = NULL;
    adapter.test = arvo_tap_test_;
    fputs("TAP version 13\n", report);
    if (arvo_suite_run(suite, &adapter, &tap, &failed, &error) != ARVO_OK) {
        arvo_tap_lines_(report, "Bail out! ", arvo_error_message(error));
        arvo_error_free(error);
        return 2;
    }
    fprintf(report, "1..%lu\n", tap.tests);
    return failed > 0;
}

static inline arvo_status arvo_value_set_format(arvo_value *value, arvo_str pointer, arvo_error **error,
                                                const char *format, ...) {
    char small[256], *text = small;
    va_list arguments;
    arvo_status status;
    int length;
    va_start(arguments, format);
    length = vsnprintf(small, sizeof small, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof small) {
        text = (char *)malloc((size_t)length + 1);
        va_start(arguments, format);
        if (text != NULL) length = vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    status = text == NULL || length < 0
                 ? arvo_error_raise(error, ARVO_STR("NoText"), ARVO_STR("no text can be made of that format"))
                 : arvo_value_set_text(value, pointer, arvo_str_of(text, (size_t)length), error);
    if (text != small) free(text);
    return status;
}

#ifdef __cplusplus
}
#endif
#endif
