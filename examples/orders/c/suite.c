/* Tests the services: by the suite that all languages share, and by random data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "services.h"
#include "suite.h"

/* "services" of the suite: whichever accepts an event handles it. */
static arvo_status handle(void *user_data, const arvo_event *event, arvo_events *emitted, arvo_error **error) {
    const service *services = user_data, *found = NULL;
    arvo_str type = arvo_event_type(event);
    arvo_events *events = NULL;
    size_t index;
    for (index = 0; index < SERVICES; index++) {
        const char *accepts = services[index].type;
        if (type.len == strlen(accepts) && memcmp(type.ptr, accepts, type.len) == 0) found = &services[index];
    }
    arvo_handler_execute(found ? found->handler : NULL, event, &events, error);
    for (index = 0; index < arvo_events_count(events); index++) {
        arvo_events_add(emitted, arvo_events_at(events, index), error);
    }
    arvo_events_free(events);
    return arvo_error_status(*error);
}

int suite_run(const char *folder) {
    service services[SERVICES];
    arvo_value *contracts = NULL;
    arvo_suite *suite = NULL;
    arvo_error *error = NULL;
    size_t length, index;
    char *json, *file;
    int status;
    json = read_file(folder, "contracts.json", &length);
    arvo_value_parse(NULL, arvo_str_of(json, length), &contracts, &error);
    services_build(contracts, NULL, services, &error);
    must(error, "contracts.json");
    file = read_file(folder, "suite.json", &length);
    arvo_suite_parse(arvo_str_of(file, length), &suite, &error);
    arvo_suite_add_function(suite, ARVO_STR("services"), ARVO_NO_STR, handle, services, NULL, &error);
    must(error, "suite.json");
    status = arvo_suite_tap(suite, stdout);
    for (index = 0; index < SERVICES; index++) {
        arvo_handler_conforms(services[index].handler, NULL, &error);
        printf("# %s: %.*s\n", services[index].type,
               ARVO_PRINT(error ? arvo_error_message(error) : ARVO_STR("keeps its contract")));
        if (error != NULL) status = 1;
        arvo_error_free(error);
        error = NULL;
    }
    arvo_suite_free(suite);
    services_free(services);
    arvo_value_free(contracts);
    free(json);
    free(file);
    return status;
}
