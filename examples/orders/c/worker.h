/* A worker of the durable demo. */
#ifndef WORKER_H
#define WORKER_H

/* Serves services and workflows on a store until SIGTERM; gives the program's status. `folder`: that of the orders. The
 * arguments: URL of the store, name, lease in milliseconds, the ledger's file, and the types to serve. */
int worker_run(const char *folder, char **arguments, int count);

#endif
