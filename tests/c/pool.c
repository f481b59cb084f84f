/* Things that live until the case ends: so that a test reads like a test, and still leaks nothing. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "support.h"

static struct {
    void *thing;
    bool is_handle; /* else plain memory */
} *kept;
static size_t used, room;

static void *keep(void *thing, bool is_handle) {
    if (thing == NULL) return NULL;
    if (used == room) {
        room = room ? 2 * room : 256;
        kept = realloc(kept, room * sizeof *kept);
        if (kept == NULL) abort();
    }
    kept[used].is_handle = is_handle;
    kept[used++].thing = thing;
    return thing;
}

size_t pool_mark(void) { return used; }

void pool_release(size_t mark) {
    while (used > mark) {
        void *thing = kept[--used].thing;
        if (kept[used].is_handle) {
            arvo_free(thing);
        } else {
            free(thing);
        }
    }
    if (used == 0) {
        free(kept);
        kept = NULL;
        room = 0;
    }
}

arvo_value *keep_value(arvo_value *value) { return keep(value, true); }
arvo_text *keep_text(arvo_text *text) { return keep(text, true); }
arvo_event *keep_event(arvo_event *event) { return keep(event, true); }
arvo_events *keep_events(arvo_events *events) { return keep(events, true); }
arvo_error *keep_error(arvo_error *error) { return keep(error, true); }
arvo_schema *keep_schema(arvo_schema *schema) { return keep(schema, true); }
arvo_contract *keep_contract(arvo_contract *contract) { return keep(contract, true); }
arvo_contract_version *keep_version(arvo_contract_version *version) { return keep(version, true); }
arvo_handler *keep_handler(arvo_handler *handler) { return keep(handler, true); }
arvo_resumable *keep_resumable(arvo_resumable *resumable) { return keep(resumable, true); }
arvo_machine *keep_machine(arvo_machine *machine) { return keep(machine, true); }
arvo_orchestrator *keep_orchestrator(arvo_orchestrator *orchestrator) { return keep(orchestrator, true); }
arvo_chart *keep_chart(arvo_chart *chart) { return keep(chart, true); }
arvo_memory *keep_memory(arvo_memory *memory) { return keep(memory, true); }
arvo_broker *keep_broker(arvo_broker *broker) { return keep(broker, true); }
arvo_expression *keep_expression(arvo_expression *expression) { return keep(expression, true); }

void *keep_bytes(size_t size) {
    void *bytes = calloc(size ? size : 1, 1);
    if (bytes == NULL) abort();
    return keep(bytes, false);
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
