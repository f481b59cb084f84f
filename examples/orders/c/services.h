/* The services of the order demo, one handler each. */
#ifndef SERVICES_H
#define SERVICES_H

#include <arvo.h>

#include "ledger.h"

enum { SERVICES = 6 };

/* One service: its contract and handler. */
typedef struct service {
    const char *type; /* of the event that it accepts */
    arvo_contract *contract;
    arvo_handler *handler;
} service;

/* Builds the services of `contracts`, an array as in contracts.json. Free them with services_free, after a failure too.
 * ledger   calls are written to it, if it is not NULL; must outlive the services. */
arvo_status services_build(const arvo_value *contracts, const ledger *ledger, service services[SERVICES],
                           arvo_error **error);
void services_free(service services[SERVICES]);

/* The service that accepts events of this type, or NULL. */
const service *services_find(const service services[SERVICES], const char *type);

#endif
