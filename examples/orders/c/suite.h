/* What the services of the order demo must do. */
#ifndef SUITE_H
#define SUITE_H

/* Runs ../suite.json, the suite that all languages share, and checks that each service keeps its contract; prints TAP, and
 * gives the program's status. `folder`: that of the orders. */
int suite_run(const char *folder);

#endif
