/* One step of an order's workflow in C: a record and an event in, the record and the events afterwards out.
 *
 * Reads lines of JSON and answers each with one (run.py says more). Time and ids are those of the line, so that the bytes
 * of a record are the same whoever writes it. */
#include <arvo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machines.h"

enum { LINE = 1 << 20 };

/* What the line gives, and what is kept meanwhile. */
typedef struct line {
    uint64_t clock, ids;
    char *record; /* NULL: none */
    size_t length;
} line;

static int64_t now(void *user_data) { return (int64_t)((line *)user_data)->clock; }

/* UUIDs of version 4 and variant 1 that count. */
static void uuid(void *user_data, uint8_t bytes[16]) {
    uint64_t number = ((line *)user_data)->ids++;
    size_t index;
    memset(bytes, 0, 16);
    bytes[6] = 0x40;
    bytes[8] = 0x80;
    for (index = 15; index > 8; index--, number >>= 8) bytes[index] = (uint8_t)number;
}

static void keep(line *line, arvo_str record) {
    free(line->record);
    line->record = malloc(record.len + 1);
    if (line->record == NULL) exit(2);
    memcpy(line->record, record.ptr, record.len);
    line->length = record.len;
}

static arvo_status read_record(void *user_data, arvo_str id, arvo_text **record, arvo_error **error) {
    const line *line = user_data;
    (void)id;
    return line->record == NULL ? ARVO_OK : arvo_text_new(arvo_str_of(line->record, line->length), record, error);
}

static arvo_status write_record(void *user_data, arvo_str id, arvo_str record, arvo_str previous, arvo_error **error) {
    (void)id, (void)previous, (void)error;
    keep(user_data, record);
    return ARVO_OK;
}

static void must(arvo_error *error) {
    if (error == NULL) return;
    fprintf(stderr, "%.*s\n", ARVO_PRINT(arvo_error_message(error)));
    exit(2);
}

/* A whole file of the folder of the orders. */
static arvo_str read_file(const char *name) {
    const char *folder = getenv("ARVO_ORDERS");
    char path[1024], *bytes = malloc(LINE);
    FILE *file;
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "examples/orders", name);
    file = fopen(path, "rb");
    if (file == NULL || bytes == NULL) {
        perror(path);
        exit(2);
    }
    {
        size_t length = fread(bytes, 1, LINE, file);
        fclose(file);
        return arvo_str_of(bytes, length);
    }
}

static arvo_orchestrator *workflow(const arvo_value *contracts, const char *file, const arvo_memory *memory,
                                   const arvo_environment *environment) {
    arvo_str json = read_file(file);
    arvo_machine *machine = NULL;
    arvo_orchestrator_builder *builder = NULL;
    arvo_orchestrator *orchestrator = NULL;
    arvo_error *error = NULL;
    machine_read(contracts, json, &machine, &error);
    arvo_orchestrator_builder_new(&builder, &error);
    arvo_orchestrator_builder_machine(builder, machine, &error);
    arvo_orchestrator_builder_memory(builder, memory, &error);
    arvo_orchestrator_builder_environment(builder, environment, &error);
    arvo_orchestrator_builder_build(builder, &orchestrator, &error);
    must(error);
    ARVO_FREE(machine, builder);
    free((char *)json.ptr);
    return orchestrator;
}

/* {"events": [...]} or {"violation": text}. */
static arvo_value *answer_of(const arvo_orchestrator *const *workflows, const arvo_event *event) {
    arvo_str to = arvo_event_to(event), source = arvo_orchestrator_source(workflows[0]);
    bool first = to.len == source.len && memcmp(to.ptr, source.ptr, to.len) == 0;
    arvo_events *events = NULL;
    arvo_value *answer = NULL;
    arvo_error *failure = NULL, *error = NULL;
    size_t index;
    arvo_value_new_object(&answer, &error);
    arvo_orchestrator_execute(workflows[first ? 0 : 1], event, &events, &failure);
    if (failure != NULL) {
        arvo_value_set_text(answer, ARVO_STR("/violation"), arvo_error_message(failure), &error);
    } else {
        arvo_value *list = NULL;
        arvo_value_parse(NULL, ARVO_STR("[]"), &list, &error);
        arvo_value_set(answer, ARVO_STR("/events"), list, &error);
        arvo_value_free(list);
    }
    for (index = 0; index < arvo_events_count(events); index++) {
        arvo_text *text = NULL;
        arvo_value *json = NULL;
        arvo_event_write(arvo_events_at(events, index), 0, &text, &error);
        arvo_value_parse(NULL, arvo_text_view(text), &json, &error);
        arvo_value_set(answer, ARVO_STR("/events/-"), json, &error);
        ARVO_FREE(text, json);
    }
    must(error);
    ARVO_FREE(events, failure);
    return answer;
}

int main(void) {
    static const arvo_memory_functions functions = {read_record, write_record, NULL, NULL};
    char *bytes = malloc(LINE);
    line line = {0, 0, NULL, 0};
    arvo_str contracts_json = read_file("contracts.json");
    arvo_value *contracts = NULL;
    arvo_environment *environment = NULL;
    arvo_memory *memory = NULL;
    arvo_orchestrator *workflows[2];
    arvo_error *error = NULL;
    arvo_value_parse(NULL, contracts_json, &contracts, &error);
    arvo_environment_new(now, uuid, &line, NULL, NULL, &environment, &error);
    arvo_memory_new_own(&functions, &line, NULL, &memory, &error);
    must(error);
    workflows[0] = workflow(contracts, "fulfilment.machine.json", memory, environment);
    workflows[1] = workflow(contracts, "shipment.machine.json", memory, environment);

    while (bytes != NULL && fgets(bytes, LINE, stdin) != NULL) {
        arvo_value *given = NULL, *json = NULL, *answer;
        arvo_text *text = NULL;
        arvo_event *event = NULL;
        arvo_str record = ARVO_NO_STR;
        arvo_value_parse(NULL, arvo_str_of(bytes, strlen(bytes)), &given, &error);
        arvo_value_u64(given, ARVO_STR("/clock"), &line.clock, &error);
        arvo_value_u64(given, ARVO_STR("/ids"), &line.ids, &error);
        arvo_value_get(given, ARVO_STR("/event"), &json, &error);
        arvo_value_write(json, 0, &text, &error);
        arvo_event_parse(NULL, arvo_text_view(text), &event, &error);
        must(error);
        free(line.record);
        line.record = NULL;
        if (arvo_value_text(given, ARVO_STR("/record"), &record, NULL) == ARVO_OK) keep(&line, record);

        answer = answer_of((const arvo_orchestrator *const *)workflows, event);
        arvo_value_set_null(answer, ARVO_STR("/record"), &error);
        if (line.record != NULL) {
            arvo_value_set_text(answer, ARVO_STR("/record"), arvo_str_of(line.record, line.length), &error);
        }
        arvo_text_free(text);
        text = NULL;
        arvo_value_write(answer, 0, &text, &error);
        must(error);
        printf("%.*s\n", ARVO_PRINT(arvo_text_view(text)));
        fflush(stdout);
        ARVO_FREE(given, json, answer, text, event);
    }
    ARVO_FREE(workflows[0], workflows[1], contracts, environment, memory);
    free(line.record);
    free((char *)contracts_json.ptr);
    free(bytes);
    return 0;
}
