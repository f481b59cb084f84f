/* What the files of the benchmarks share. */
#ifndef BENCH_H
#define BENCH_H

#include <arvo.h>

/* Ends the program with the error's message, if there is an error. */
void must(const arvo_error *error);
/* Microseconds of a clock that only goes forward. */
double now(void);
/* JSON of a file; ends the program if there is none. */
arvo_value *read_json(const char *path);

/* Steps of machines in memory: machines.json. */
void bench_machines(const char *path);
/* Durable workflows on SQLite. */
void bench_stores(void);

#endif
