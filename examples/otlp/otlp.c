/* Exports spans as OTLP/JSON: a tracer for programs that have no OpenTelemetry of their own. */
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "arvo.h"
#include "otlp.h"
#include "post.h"

/* Text that grows; without memory it stays as it is, and is `broken`. */
typedef struct text {
    char *bytes;
    size_t length, room;
    bool broken;
} text;

static void put(text *text, const char *bytes, size_t length) {
    if (length == 0) return;
    if (text->length + length > text->room) {
        size_t room = 2 * (text->room + length);
        char *grown = realloc(text->bytes, room);
        if (grown == NULL) {
            text->broken = true;
            return;
        }
        text->bytes = grown;
        text->room = room;
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

static void put_words(text *text, const char *words) { put(text, words, strlen(words)); }

/* As printf, for numbers and short words. */
static void put_format(text *text, const char *format, ...) {
    char buffer[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(buffer, sizeof buffer, format, arguments);
    va_end(arguments);
    put_words(text, buffer);
}

/* A JSON string. */
static void put_string(text *text, arvo_str string) {
    size_t index, from = 0;
    put(text, "\"", 1);
    for (index = 0; index < string.len; index++) {
        unsigned char byte = (unsigned char)string.ptr[index];
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        put(text, string.ptr + from, index - from);
        put_format(text, "\\u%04x", (unsigned)byte);
        from = index + 1;
    }
    if (string.len > from) put(text, string.ptr + from, string.len - from);
    put(text, "\"", 1);
}

/* One of OTLP's values. */
static void put_value(text *text, const arvo_attribute *attribute) {
    double number = attribute->number;
    switch (attribute->kind) {
        case ARVO_BOOL: put_words(text, attribute->boolean ? "{\"boolValue\":true}" : "{\"boolValue\":false}"); break;
        case ARVO_NUMBER:
            if (number == floor(number) && fabs(number) < 9e15) {
                put_format(text, "{\"intValue\":\"%.0f\"}", number);
            } else {
                put_format(text, "{\"doubleValue\":%.17g}", number);
            }
            break;
        default:
            put_words(text, "{\"stringValue\":");
            put_string(text, attribute->text);
            put_words(text, "}");
    }
}

/* An attribute with its value as JSON: names are told again, and the last value counts. */
typedef struct attribute {
    text name, value;
} attribute;

typedef struct list {
    attribute *items;
    size_t count, room;
} list;

static void set_attributes(list *list, const arvo_attribute *attributes, size_t count) {
    size_t index, at;
    for (index = 0; index < count; index++) {
        arvo_str name = attributes[index].name;
        for (at = 0; at < list->count; at++) {
            const text *known = &list->items[at].name;
            if (known->length == name.len && memcmp(known->bytes, name.ptr, name.len) == 0) break;
        }
        if (at == list->room) {
            size_t room = list->room ? 2 * list->room : 32;
            attribute *grown = realloc(list->items, room * sizeof *grown);
            if (grown == NULL) return;
            list->items = grown;
            list->room = room;
        }
        if (at == list->count) {
            memset(&list->items[list->count++], 0, sizeof *list->items);
            put(&list->items[at].name, name.ptr, name.len);
        }
        list->items[at].value.length = 0;
        put_value(&list->items[at].value, &attributes[index]);
    }
}

/* Writes the list, and frees it. */
static void put_attributes(text *text, list *list) {
    size_t index;
    put_words(text, "\"attributes\":[");
    for (index = 0; index < list->count; index++) {
        attribute *attribute = &list->items[index];
        if (index > 0) put_words(text, ",");
        put_words(text, "{\"key\":");
        put_string(text, arvo_str_of(attribute->name.bytes, attribute->name.length));
        put_words(text, ",\"value\":");
        put(text, attribute->value.bytes, attribute->value.length);
        put_words(text, "}");
        text->broken = text->broken || attribute->name.broken || attribute->value.broken;
        free(attribute->name.bytes);
        free(attribute->value.bytes);
    }
    put_words(text, "]");
    free(list->items);
    memset(list, 0, sizeof *list);
}

/* A span under way. */
typedef struct span {
    arvo_span_context context;
    struct span *outer;               /* that was current when this one was entered */
    text state, head, events, status; /* `state`: the header tracestate */
    list attributes;
} span;

static __thread span *current;

/* Random bytes as hexadecimal digits; never zeros alone, which name nobody. */
static void random_id(char *out, size_t digits) {
    static __thread unsigned char bytes[256];
    static __thread size_t left;
    size_t index;
    bool zero = true;
    while (zero) {
        if (left < digits / 2) {
            int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
            if (file < 0 || read(file, bytes, sizeof bytes) != (ssize_t)sizeof bytes) abort();
            close(file);
            left = sizeof bytes;
        }
        for (index = 0; index < digits; index += 2) {
            unsigned char byte = bytes[--left];
            snprintf(out + index, 3, "%02x", (unsigned)byte);
            zero = zero && byte == 0;
        }
    }
}

static void put_head(text *text, const arvo_span_context *context, const char *parent, arvo_str name, int kind,
                     uint64_t start) {
    put_format(text, "{\"traceId\":\"%s\",\"spanId\":\"%s\",", context->trace_id, context->span_id);
    if (parent != NULL) put_format(text, "\"parentSpanId\":\"%s\",", parent);
    put_format(text, "\"kind\":%d,\"startTimeUnixNano\":\"%llu\",\"name\":", kind, (unsigned long long)start);
    put_string(text, name);
    put_words(text, ",");
}

static void put_mark(text *events, const arvo_mark *mark) {
    list attributes = {NULL, 0, 0};
    put_format(events, "%s{\"timeUnixNano\":\"%llu\",\"name\":", events->length > 0 ? "," : "",
               (unsigned long long)mark->time);
    put_string(events, mark->name);
    put_words(events, ",");
    set_attributes(&attributes, mark->attributes, mark->attribute_count);
    put_attributes(events, &attributes);
    put_words(events, "}");
}

static void put_status(text *text, arvo_span_status status, arvo_str message) {
    text->length = 0;
    put_format(text, "\"status\":{\"code\":%d", (int)status);
    if (message.ptr != NULL) {
        put_words(text, ",\"message\":");
        put_string(text, message);
    }
    put_words(text, "},");
}

/* The rest of a span, which then goes to the poster; what it is made of is freed. */
static void finish(text *head, text *events, text *status, list *attributes, uint64_t end) {
    put(head, status->bytes, status->length);
    put_format(head, "\"endTimeUnixNano\":\"%llu\",\"events\":[", (unsigned long long)end);
    put(head, events->bytes, events->length);
    put_words(head, "],");
    put_attributes(head, attributes);
    put_words(head, "}");
    if (head->broken || events->broken || status->broken) {
        free(head->bytes);
    } else {
        post_add(head->bytes, head->length);
    }
    free(events->bytes);
    free(status->bytes);
}

/* --- the tracer's functions --- */

static void begin(void *user_data, const arvo_opening *opening, arvo_begun *begun) {
    const arvo_span_context *parent = opening->parent ? opening->parent : current ? &current->context : NULL;
    span *made = calloc(1, sizeof *made);
    (void)user_data;
    if (made == NULL) abort();
    begun->context.sampled = parent == NULL || parent->sampled;
    random_id(begun->context.span_id, 16);
    if (parent != NULL) {
        memcpy(begun->context.trace_id, parent->trace_id, sizeof parent->trace_id);
    } else {
        random_id(begun->context.trace_id, 32);
    }
    if (parent != NULL) put(&made->state, parent->tracestate.ptr, parent->tracestate.len);
    begun->context.tracestate = arvo_str_of(made->state.bytes, made->state.length);
    begun->recorded = begun->context.sampled;
    begun->span = made;
    made->context = begun->context;
    if (!begun->recorded) return;
    put_head(&made->head, &made->context, parent ? parent->span_id : NULL, opening->name, opening->kind,
             opening->start);
    set_attributes(&made->attributes, opening->attributes, opening->attribute_count);
}

static void attributes(void *user_data, void *of, const arvo_attribute *attributes, size_t count) {
    (void)user_data;
    set_attributes(&((span *)of)->attributes, attributes, count);
}

static void mark(void *user_data, void *of, const arvo_mark *mark) {
    (void)user_data;
    put_mark(&((span *)of)->events, mark);
}

static void status(void *user_data, void *of, arvo_span_status status, arvo_str message) {
    (void)user_data;
    put_status(&((span *)of)->status, status, message);
}

static void child(void *user_data, void *of, const arvo_child *child) {
    const span *parent = of;
    arvo_span_context context = parent->context;
    text head = {NULL, 0, 0, false}, events = {NULL, 0, 0, false}, ended = {NULL, 0, 0, false};
    list attributes = {NULL, 0, 0};
    size_t index;
    (void)user_data;
    random_id(context.span_id, 16);
    put_head(&head, &context, parent->context.span_id, child->name, ARVO_SPAN_INTERNAL, child->start);
    set_attributes(&attributes, child->attributes, child->attribute_count);
    for (index = 0; index < child->mark_count; index++) put_mark(&events, &child->marks[index]);
    put_status(&ended, child->status, child->message);
    finish(&head, &events, &ended, &attributes, child->end);
}

static void end(void *user_data, void *of, uint64_t time) {
    span *ended = of;
    (void)user_data;
    if (ended->context.sampled) finish(&ended->head, &ended->events, &ended->status, &ended->attributes, time);
    free(ended->state.bytes);
    free(ended);
}

static void enter(void *user_data, void *of) {
    (void)user_data;
    ((span *)of)->outer = current;
    current = of;
}

static void leave(void *user_data, void *of) {
    (void)user_data;
    current = ((span *)of)->outer;
}

static text head; /* of each request */
static bool is_on;

bool otlp_begin(void) {
    static const arvo_tracer tracer = {begin, attributes, mark, status, child, end, enter, leave, NULL};
    const char *endpoint = getenv("OTEL_EXPORTER_OTLP_ENDPOINT"), *service = getenv("OTEL_SERVICE_NAME");
    text url = {NULL, 0, 0, false};
    if (endpoint == NULL || *endpoint == '\0') return false;
    if (service == NULL || *service == '\0') service = "unknown_service";
    put(&url, endpoint, strlen(endpoint) - (endpoint[strlen(endpoint) - 1] == '/'));
    put(&url, "/v1/traces", sizeof "/v1/traces");
    head.length = 0;
    put_words(&head, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
                     "{\"stringValue\":");
    put_string(&head, arvo_str_of(service, strlen(service)));
    put_words(&head, "}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"arvo\"},\"spans\":[");
    put(&head, "", 1);
    is_on = post_begin(url.bytes, head.bytes, "]}]}]}") && arvo_tracer_install(&tracer, NULL, NULL, NULL) == ARVO_OK;
    if (!is_on) fprintf(stderr, "spans can't be sent to %s\n", endpoint);
    free(url.bytes);
    return is_on;
}

void otlp_end(void) {
    if (!is_on) return;
    is_on = false;
    arvo_tracer_remove();
    post_end(5000);
}
