/* What the programs of the order demo share: files, and an end where nothing can go on. */
#ifndef FILES_H
#define FILES_H

#include <arvo.h>

/* Ends the program if there is an error, and says what it was about. */
void must(const arvo_error *error, const char *what);
/* Memory of another size, or the end of the program. */
void *grown(void *memory, size_t size);
/* A whole file; free it. */
char *read_file(const char *folder, const char *name, size_t *length);

#endif
