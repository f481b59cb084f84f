/* Things that live until the case ends: so that a test reads like a test, and still leaks nothing. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "support.h"

typedef enum what {
    VALUE,
    TEXT,
    EVENT,
    EVENTS,
    ERROR,
    SCHEMA,
    CONTRACT,
    VERSION,
    HANDLER,
    RESUMABLE,
    MEMORY,
    BROKER,
    EXPRESSION,
    BYTES
} what;

static struct {
    what what;
    void *thing;
} *kept;
static size_t used, room;

static void *keep(what what, void *thing) {
    if (thing == NULL) return NULL;
    if (used == room) {
        room = room ? 2 * room : 256;
        kept = realloc(kept, room * sizeof *kept);
        if (kept == NULL) abort();
    }
    kept[used].what = what;
    kept[used++].thing = thing;
    return thing;
}

size_t pool_mark(void) { return used; }

void pool_release(size_t mark) {
    while (used > mark) {
        void *thing = kept[--used].thing;
        switch (kept[used].what) {
            case VALUE: arvo_value_free(thing); break;
            case TEXT: arvo_text_free(thing); break;
            case EVENT: arvo_event_free(thing); break;
            case EVENTS: arvo_events_free(thing); break;
            case ERROR: arvo_error_free(thing); break;
            case SCHEMA: arvo_schema_free(thing); break;
            case CONTRACT: arvo_contract_free(thing); break;
            case VERSION: arvo_contract_version_free(thing); break;
            case HANDLER: arvo_handler_free(thing); break;
            case RESUMABLE: arvo_resumable_free(thing); break;
            case MEMORY: arvo_memory_free(thing); break;
            case BROKER: arvo_broker_free(thing); break;
            case EXPRESSION: arvo_expression_free(thing); break;
            case BYTES: free(thing); break;
        }
    }
    if (used == 0) {
        free(kept);
        kept = NULL;
        room = 0;
    }
}

arvo_value *keep_value(arvo_value *value) { return keep(VALUE, value); }
arvo_text *keep_text(arvo_text *text) { return keep(TEXT, text); }
arvo_event *keep_event(arvo_event *event) { return keep(EVENT, event); }
arvo_events *keep_events(arvo_events *events) { return keep(EVENTS, events); }
arvo_error *keep_error(arvo_error *error) { return keep(ERROR, error); }
arvo_schema *keep_schema(arvo_schema *schema) { return keep(SCHEMA, schema); }
arvo_contract *keep_contract(arvo_contract *contract) { return keep(CONTRACT, contract); }
arvo_contract_version *keep_version(arvo_contract_version *version) { return keep(VERSION, version); }
arvo_handler *keep_handler(arvo_handler *handler) { return keep(HANDLER, handler); }
arvo_resumable *keep_resumable(arvo_resumable *resumable) { return keep(RESUMABLE, resumable); }
arvo_memory *keep_memory(arvo_memory *memory) { return keep(MEMORY, memory); }
arvo_broker *keep_broker(arvo_broker *broker) { return keep(BROKER, broker); }
arvo_expression *keep_expression(arvo_expression *expression) { return keep(EXPRESSION, expression); }

void *keep_bytes(size_t size) {
    void *bytes = calloc(size ? size : 1, 1);
    if (bytes == NULL) abort();
    return keep(BYTES, bytes);
}

const char *format(const char *pattern, ...) {
    va_list arguments;
    char first[512], *text;
    int length;
    if (pattern == NULL) abort();
    va_start(arguments, pattern);
    length = vsnprintf(first, sizeof first, pattern, arguments);
    va_end(arguments);
    text = keep_bytes((size_t)length + 1);
    va_start(arguments, pattern);
    vsnprintf(text, (size_t)length + 1, pattern, arguments);
    va_end(arguments);
    return text;
}
