/* A workflow for tests: it asks the service com.calc.add for a sum, and ends with that and one more. */
#ifndef FLOWS_H
#define FLOWS_H

#include "check.h"

/* What the workflow's function does in place of its work: "raise", "violate", or JSON that it gives; NULL: its work. */
typedef struct plan {
    const char *at_init, *at_answer;
} plan;

/* The contracts of the workflow, arvo.orc.sum, and of the service. */
arvo_contract *sums(void);
arvo_contract *adding(void);
/* The workflow. Without a plan it has no function; without a memory it has one of its own inside the process. */
arvo_resumable *summing(plan *plan, const arvo_memory *memory, bool locking);
/* The same with limits of its own. */
arvo_resumable *summing_within(const arvo_environment *environment, plan *plan, const arvo_memory *memory,
                               bool locking);
/* The event that begins it, from com.test.client: with 41, or another number. */
arvo_event *init_event(void);
arvo_event *init_of(int number);
/* What the service answers to a call of it. */
arvo_event *answer_to(const arvo_event *call);
/* Runs the whole workflow: init, call, answer, completion. */
void run_through(const arvo_resumable *resumable);
/* A broker with the workflow and its service. */
arvo_broker *broker_of(const arvo_resumable *resumable);

#endif
