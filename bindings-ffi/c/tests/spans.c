/* The tracer of the tests. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "spans.h"

static tracing all;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* What `begin` gives: number of the span among those told, or less than 0. */
typedef struct begun_span {
    arvo_span_context context;
    int number;
} begun_span;

static __thread begun_span *current[16];
static __thread int depth;

static void copy(char *to, size_t size, arvo_str text) {
    size_t length = text.len < size ? text.len : size - 1;
    if (length > 0) memcpy(to, text.ptr, length);
    to[length] = '\0';
}

static void add(told *told, const arvo_attribute *attributes, size_t count) {
    size_t index;
    for (index = 0; index < count; index++) {
        const arvo_attribute *attribute = &attributes[index];
        char pointer[128];
        snprintf(pointer, sizeof pointer, "/%.*s", ARVO_PRINT(attribute->name));
        switch (attribute->kind) {
            case ARVO_TEXT: arvo_value_set_text(told->attributes, str(pointer), attribute->text, NULL); break;
            case ARVO_NUMBER: arvo_value_set_f64(told->attributes, str(pointer), attribute->number, NULL); break;
            case ARVO_BOOL: arvo_value_set_bool(told->attributes, str(pointer), attribute->boolean, NULL); break;
            default: CHECK(!"an attribute of another kind");
        }
    }
}

static void note(told *told, const arvo_mark *mark) {
    size_t index;
    told->marks++;
    CHECK(mark->time >= told->start && mark->attribute_count >= 2);
    for (index = 0; index < mark->attribute_count; index++) {
        if (contains(mark->attributes[index].name, ".message")) {
            size_t used = strlen(told->log);
            copy(told->log + used, sizeof told->log - used, mark->attributes[index].text);
        }
    }
}

/* Under the lock. */
static told *tell(begun_span *span, arvo_str name, arvo_span_kind kind, uint64_t start, const char *parent) {
    told *told = &all.spans[all.count];
    if (all.count == SPANS) return NULL;
    span->number = all.count++;
    memset(told, 0, sizeof *told);
    copy(told->name, sizeof told->name, name);
    snprintf(told->parent, sizeof told->parent, "%s", parent);
    told->context = span->context;
    told->context.tracestate = ARVO_NO_STR;
    told->kind = kind;
    told->start = start;
    arvo_value_new_object(&told->attributes, NULL);
    return told;
}

static void name_span(begun_span *span, const arvo_span_context *parent) {
    static unsigned long ids;
    unsigned long id = ++ids;
    snprintf(span->context.span_id, sizeof span->context.span_id, "%016lx", id);
    if (parent != NULL) {
        memcpy(span->context.trace_id, parent->trace_id, sizeof parent->trace_id);
        span->context.sampled = parent->sampled;
    } else {
        snprintf(span->context.trace_id, sizeof span->context.trace_id, "%032lx", id);
        span->context.sampled = true;
    }
    span->number = -1;
}

static void begin(void *user_data, const arvo_opening *opening, arvo_begun *begun) {
    begun_span *span = calloc(1, sizeof *span);
    const arvo_span_context *parent = opening->parent ? opening->parent : depth ? &current[depth - 1]->context : NULL;
    CHECK(user_data == &all && span != NULL && begun->span == NULL && begun->context.span_id[0] == '\0');
    pthread_mutex_lock(&lock);
    all.calls++;
    name_span(span, parent);
    if (span->context.sampled) {
        told *told = tell(span, opening->name, opening->kind, opening->start, parent ? parent->span_id : "");
        if (told) add(told, opening->attributes, opening->attribute_count);
    } else {
        all.unsampled++;
    }
    pthread_mutex_unlock(&lock);
    span->context.tracestate = begun->context.tracestate;
    begun->context = span->context;
    begun->span = span;
    begun->recorded = span->context.sampled;
}

/* The record of a span, under the lock. */
static told *of(void *span) {
    begun_span *begun = span;
    pthread_mutex_lock(&lock);
    all.calls++;
    CHECK(begun->number >= 0);
    return &all.spans[begun->number];
}

static void attributes(void *user_data, void *span, const arvo_attribute *attributes, size_t count) {
    (void)user_data;
    add(of(span), attributes, count);
    pthread_mutex_unlock(&lock);
}

static void mark(void *user_data, void *span, const arvo_mark *mark) {
    (void)user_data;
    note(of(span), mark);
    pthread_mutex_unlock(&lock);
}

static void status(void *user_data, void *span, arvo_span_status status, arvo_str message) {
    told *told = of(span);
    (void)user_data;
    told->status = status;
    copy(told->message, sizeof told->message, message);
    pthread_mutex_unlock(&lock);
}

static void inner(void *user_data, void *span, const arvo_child *child) {
    const begun_span *parent = span;
    begun_span made;
    told *told = of(span);
    size_t index;
    (void)user_data;
    CHECK(child->start >= told->start && child->end >= child->start);
    memset(&made, 0, sizeof made);
    name_span(&made, &parent->context);
    told = tell(&made, child->name, ARVO_SPAN_INTERNAL, child->start, parent->context.span_id);
    if (told) {
        add(told, child->attributes, child->attribute_count);
        for (index = 0; index < child->mark_count; index++) note(told, &child->marks[index]);
        told->status = child->status;
        copy(told->message, sizeof told->message, child->message);
        told->end = child->end;
        told->ended = 1;
    }
    pthread_mutex_unlock(&lock);
}

static void end(void *user_data, void *span, uint64_t time) {
    begun_span *begun = span;
    (void)user_data;
    pthread_mutex_lock(&lock);
    all.calls++;
    if (begun->number >= 0) {
        all.spans[begun->number].end = time;
        all.spans[begun->number].ended++;
    } else {
        all.unsampled--;
    }
    pthread_mutex_unlock(&lock);
    free(begun);
}

static void enter(void *user_data, void *span) {
    (void)user_data;
    if (depth < 16) current[depth++] = span;
    __atomic_add_fetch(&all.entered, 1, __ATOMIC_SEQ_CST);
}

static void leave(void *user_data, void *span) {
    (void)user_data;
    CHECK(depth > 0 && current[depth - 1] == span);
    depth--;
    __atomic_sub_fetch(&all.entered, 1, __ATOMIC_SEQ_CST);
}

static void measure(void *user_data, const arvo_measure *measure) {
    int index;
    size_t at;
    char name[64];
    (void)user_data;
    copy(name, sizeof name, measure->metric->name);
    CHECK(measure->metric->unit.len > 0 && measure->metric->description.len > 0);
    CHECK((measure->metric->instrument == ARVO_HISTOGRAM) == (measure->metric->bound_count > 0));
    pthread_mutex_lock(&lock);
    all.calls++;
    for (index = 0; index < METRICS - 1 && all.metrics[index].times > 0; index++) {
        if (strcmp(all.metrics[index].name, name) == 0) break;
    }
    memcpy(all.metrics[index].name, name, sizeof name);
    if (all.metrics[index].times == 0) all.metrics[index].first = measure->value;
    all.metrics[index].last = measure->value;
    all.metrics[index].of[0] = 0;
    for (at = 0; at < measure->attribute_count; at++) {
        if (!same(measure->attributes[at].name, ARVO_STR("messaging.destination.name"))) continue;
        copy(all.metrics[index].of, sizeof all.metrics[index].of, measure->attributes[at].text);
    }
    all.metrics[index].sum += measure->value;
    all.metrics[index].times++;
    pthread_mutex_unlock(&lock);
}

static void freed(void *user_data) { ((tracing *)user_data)->freed++; }

static void forget(void) {
    int index;
    for (index = 0; index < all.count; index++) arvo_value_free(all.spans[index].attributes);
    memset(&all, 0, sizeof all);
}

tracing *begin_tracing(void) {
    static const arvo_tracer tracer = {begin, attributes, mark, status, inner, end, enter, leave, measure};
    arvo_error *error = NULL;
    forget();
    arvo_tracer_install(&tracer, &all, freed, &error);
    CHECK_OK(error);
    return &all;
}

void end_tracing(void) {
    int index;
    arvo_tracer_remove();
    CHECK(all.freed == 1 && all.entered == 0 && all.unsampled == 0);
    for (index = 0; index < all.count; index++) {
        CHECK(all.spans[index].ended == 1 && all.spans[index].end >= all.spans[index].start);
    }
}

const told *span_named(const char *name, int from) {
    for (; from < all.count; from++) {
        if (strcmp(all.spans[from].name, name) == 0) return &all.spans[from];
    }
    fprintf(stderr, "no span %s\n", name);
    abort();
}

bool is_header_of(arvo_str traceparent, const told *span) {
    char header[56];
    snprintf(header, sizeof header, "00-%s-%s-%02x", span->context.trace_id, span->context.span_id,
             (unsigned)span->context.sampled);
    return same(traceparent, str(header));
}

int measured(const char *name, double *last) {
    int index;
    for (index = 0; index < METRICS; index++) {
        if (strcmp(all.metrics[index].name, name) != 0) continue;
        if (last != NULL) *last = all.metrics[index].last;
        return all.metrics[index].times;
    }
    return 0;
}

double first_measured(const char *name, const char **of) {
    int index;
    double first = -1;
    *of = "";
    pthread_mutex_lock(&lock); /* others may be measuring */
    for (index = 0; index < METRICS; index++) {
        if (strcmp(all.metrics[index].name, name) != 0) continue;
        *of = all.metrics[index].of;
        first = all.metrics[index].first;
    }
    pthread_mutex_unlock(&lock);
    return first;
}

void open_span(const char *name) {
    begun_span *span = calloc(1, sizeof *span);
    if (span == NULL) abort();
    pthread_mutex_lock(&lock);
    name_span(span, depth ? &current[depth - 1]->context : NULL);
    tell(span, str(name), ARVO_SPAN_INTERNAL, 0, depth ? current[depth - 1]->context.span_id : "");
    pthread_mutex_unlock(&lock);
    enter(&all, span);
}

void close_span(void) {
    begun_span *span = current[depth - 1];
    leave(&all, span);
    end(&all, span, 1);
}
