/* A small business on a store: a workflow that calls a service twice, as functions and as a machine, and workers. */
#ifndef DURABLE_H
#define DURABLE_H

#include <pthread.h>

#include "flows.h"

enum { CREW = 4 };

/* A store in a file of its own. */
typedef struct shelf {
    char folder[64], url[96];
} shelf;

shelf new_shelf(void);
/* Removes the file, and whatever a test laid beside it. */
void remove_shelf(const shelf *shelf);
/* Path of a file beside the store; lives until the next call. */
const char *beside(const shelf *shelf, const char *name);
arvo_store *opened(const char *url);

/* The service com.calc.add: what it does, and what has become of that. Several threads may be in it. */
typedef struct service {
    int calls;        /* how often it was called */
    int fails;        /* so often it fails first; less than 0: always */
    const char *with; /* type of the violation that it raises; "": an error; NULL: returns a status and says nothing */
    int slow;         /* milliseconds that it takes */
    int tells;        /* file that it writes a byte to when it begins; 0: none */
    void *object;     /* attached to what it raises */
} service;

arvo_handler *service_of(service *service);
/* How often it was called so far, while others may be in it. */
int calls_of(const service *service);
/* The workflow arvo.orc.sum: {n} → asks twice, ends with {total: n + 1}. */
arvo_resumable *asking_twice(void);
arvo_orchestrator *machine_asking_twice(void);

/* A worker that serves what is not NULL. */
arvo_worker *worker_of(const arvo_store *store, const arvo_worker_options *options, const arvo_handler *handler,
                       const arvo_resumable *resumable);

/* Threads inside arvo_worker_run. */
typedef struct crew {
    pthread_t threads[CREW];
    int count;
    const arvo_worker *worker;
} crew;

void begin_crew(crew *crew, const arvo_worker *worker, int threads);
/* Stops the worker, and waits until each run has ended well. */
void end_crew(crew *crew);

/* Publishes an event; the number of its delivery. */
int64_t published(const arvo_store *store, const arvo_event *event);
/* An event for the service, which waits for nobody. */
arvo_event *request(void);
/* The answer, for which it waits as long as it takes; NULL when there is none. */
arvo_event *answer_for(const arvo_store *store, int64_t seq);
/* A number in the store's counts, or in one row of its history: 0 if there is none. */
int64_t counted(const arvo_store *store, const char *pointer);
int64_t number_at(const arvo_value *value, const char *pointer);
arvo_str text_at(const arvo_value *value, const char *pointer);
/* Milliseconds since 1970, and a rest of some. */
int64_t millis(void);
void rest(int millis);

#endif
