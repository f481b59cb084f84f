/* The two workflows of the order demo. */
#ifndef WORKFLOWS_H
#define WORKFLOWS_H

#include <arvo.h>

/* From an order to a parcel, or to a reasoned refusal. `contracts` is an array as in contracts.json. */
arvo_status fulfilment_build(const arvo_value *contracts, arvo_resumable **out, arvo_error **error);
/* Label and courier at the same time; one that fails fails the shipment. */
arvo_status shipment_build(const arvo_value *contracts, arvo_resumable **out, arvo_error **error);

#endif
