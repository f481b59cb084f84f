/* A tracer for tests: it keeps what it is told, on any number of threads, and samples as the parent does. */
#ifndef SPANS_H
#define SPANS_H

#include "check.h"

/* What became of one span. */
typedef struct told {
    char name[128], parent[17], message[128], log[2048]; /* messages of its marks, one after the other */
    arvo_span_context context;
    arvo_span_kind kind;
    uint64_t start, end;
    arvo_value *attributes;
    int marks, ended;
    arvo_span_status status;
} told;

enum { SPANS = 4096, METRICS = 8 };

typedef struct tracing {
    told spans[SPANS];
    int count, calls, entered, freed;
    int unsampled; /* spans that were begun and not recorded, and have not ended */
    struct {
        char name[64], of[64]; /* of: the destination that was named last, "" for none */
        double first, last, sum;
        int times;
    } metrics[METRICS];
} tracing;

/* Begins with nothing, installs the tracer. One at a time. */
tracing *begin_tracing(void);
/* Removes the tracer; checks that each span has ended and none is current. What was told stays until the next one. */
void end_tracing(void);
/* The span of that name, the first from number `from` on; ends the program if there is none. */
const told *span_named(const char *name, int from);
/* Whether the header of an event names this span. */
bool is_header_of(arvo_str traceparent, const told *span);
/* How a metric stands: its times; *last may be NULL. */
int measured(const char *name, double *last);
/* The first value of a metric, and the destination that its last one named; -1 and "" while there is none. */
double first_measured(const char *name, const char **of);
/* A span of the program's own, current until it is closed. */
void open_span(const char *name);
void close_span(void);

/* Ids of a parent's headers. */
#define PARENT "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7"
/* A handler of greetings that works in the span of its execution. */
arvo_handler *greeter(void);
/* A greeting that is a part of a trace; `name` is JSON. */
arvo_event *traced(const char *traceparent, const char *name);
/* Executes one; what it emitted. */
arvo_events *greeted(const char *traceparent);

#endif
