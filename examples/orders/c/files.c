/* What the programs of the order demo share. */
#include <stdio.h>
#include <stdlib.h>

#include "files.h"

void must(const arvo_error *error, const char *what) {
    if (error == NULL) return;
    fprintf(stderr, "%s: %.*s\n", what, ARVO_PRINT(arvo_error_message(error)));
    exit(2);
}

void *grown(void *memory, size_t size) {
    memory = realloc(memory, size);
    if (memory == NULL) {
        fputs("no memory\n", stderr);
        exit(2);
    }
    return memory;
}

char *read_file(const char *folder, const char *name, size_t *length) {
    char path[1024], *bytes = NULL;
    size_t got;
    FILE *file;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    *length = 0;
    do {
        bytes = grown(bytes, *length + 65536);
        got = fread(bytes + *length, 1, 65536, file);
        *length += got;
    } while (got > 0);
    fclose(file);
    return bytes;
}
