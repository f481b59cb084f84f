/* The workflow of flows.h as a machine with a function of each kind, which fail when they are told to. */
#ifndef MACHINE_H
#define MACHINE_H

#include "flows.h"

/* Which function does something else than its work, and what they have seen. */
typedef struct mood {
    const char *at;     /* name of a function, or NULL */
    const char *does;   /* "raise", "violate", "status" (returns one and says nothing) or "lie" (no bool) */
    const char *asks;   /* a guard that the enqueue function asks about, as JSON; NULL: "right" */
    bool elsewhere;     /* whether it asks on another thread */
    const char *answer; /* of that question */
    arvo_actions *kept; /* the list that it was lent */
    arvo_execution *running;
    arvo_status answered; /* what the action got when it answered its own execution */
    int noted, logged, freed;
} mood;

/* The machine's definition, and a builder that has all functions but no definition. */
extern const char *const summing_machine;
arvo_machine_builder *machine_builder(mood *mood);
/* The machine of a definition; and an orchestrator of it, with a memory of its own if `memory` is NULL. */
arvo_machine *machine_of(mood *mood, const char *definition);
arvo_orchestrator *orchestrating(mood *mood, const char *definition, const arvo_memory *memory);
/* A broker with an orchestrator and the service. */
arvo_broker *broker_with(const arvo_orchestrator *orchestrator);

#endif
