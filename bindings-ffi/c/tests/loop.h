/* A loop that runs the workflow of flows.h step by step, with a memory of its own. */
#ifndef LOOP_H
#define LOOP_H

#include "flows.h"

/* A memory behind the loop: one record and one lock. */
typedef struct store {
    char record[8192];
    size_t length; /* 0: nothing is kept */
    bool locked;
} store;

/* The record; no text if nothing is kept. */
arvo_str kept_in(const store *store);
/* The workflow with a memory that the loop answers. */
arvo_resumable *stepwise(bool locking);
arvo_execution *begun_steps(const arvo_resumable *resumable, const arvo_event *event);
/* Does what the step asks for, as `store` can; the step that was done. */
arvo_step take_step(arvo_execution *execution, store *store);
/* What came of an execution that is done; `*error` as arvo_execution_finish sets it. */
arvo_events *finished(arvo_execution *execution, arvo_error **error);
/* Runs one event through; what it emitted. */
arvo_events *run_steps(const arvo_resumable *resumable, const arvo_event *event, store *store);
/* Runs the rest of a workflow whose first call is `calls`, which it frees: its end is the one that it has without
 * faults. */
void ends_well(const arvo_resumable *resumable, arvo_events *calls, store *store);

#endif
