/* The two workflows of the order demo as machines. */
#ifndef MACHINES_H
#define MACHINES_H

#include <arvo.h>

/* Reads a machine file, JSON text. `contracts` is an array as in contracts.json. */
arvo_status machine_read(const arvo_value *contracts, arvo_str file, arvo_machine **out, arvo_error **error);

#endif
