/* What the services did, in a file outside the store: the durable demo holds it against what the store says. */
#ifndef LEDGER_H
#define LEDGER_H

#include <arvo.h>

typedef struct ledger {
    int file; /* open for appending */
    const char *worker;
} ledger;

/* Writes a call down, or fails; NULL is no ledger. One line, in one write, so that those of several processes do not mix:
 * the consumed event's id, which is what a service that must not act twice would keep, the worker, the process. */
arvo_status ledger_note(const ledger *ledger, const arvo_input *input, arvo_error **error);

#endif
