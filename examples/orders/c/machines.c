/* The two workflows of the order demo as machines, read from files that hold expressions and no code: every language runs
 * them (../fulfilment.machine.json, ../shipment.machine.json). */
#include "machines.h"

enum { CONTRACTS = 16 };

arvo_status machine_read(const arvo_value *contracts, arvo_str file, arvo_machine **out, arvo_error **error) {
    arvo_contract *known[CONTRACTS] = {NULL};
    size_t count = 0, index;
    arvo_value_count(contracts, ARVO_STR(""), &count, error);
    if (count > CONTRACTS) {
        return arvo_error_raise(error, ARVO_STR("TooMany"), ARVO_STR("there are more contracts than this demo knows"));
    }
    for (index = 0; index < count; index++) {
        arvo_value *json = NULL;
        arvo_value_item(contracts, ARVO_STR(""), index, &json, error);
        /* The reference, which wrote contracts.json, drops unknown keys. */
        arvo_contract_from_value(json, ARVO_UNKNOWN_KEYS_STRIP, &known[index], error);
        arvo_value_free(json);
    }
    arvo_machine_from_json(file, (const arvo_contract *const *)known, count, out, error);
    for (index = 0; index < count; index++) arvo_contract_free(known[index]);
    return arvo_error_status(*error);
}
