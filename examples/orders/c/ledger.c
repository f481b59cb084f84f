/* The ledger of the durable demo. */
#include <stdio.h>
#include <unistd.h>

#include "ledger.h"

arvo_status ledger_note(const ledger *ledger, const arvo_input *input, arvo_error **error) {
    char line[512];
    int length;
    if (ledger == NULL) return ARVO_OK;
    length = snprintf(line, sizeof line, "%.*s\t%s\t%ld\n", ARVO_PRINT(arvo_event_id(arvo_input_event(input))),
                      ledger->worker, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof line || write(ledger->file, line, (size_t)length) != length) {
        return arvo_error_raise(error, ARVO_STR("LedgerError"), ARVO_STR("the ledger can't be written"));
    }
    return ARVO_OK;
}
