/* Posts pieces of JSON, many at once, to an HTTP server, from a thread of its own. Nobody who adds one ever waits: when
 * the server is slow, the newest are dropped. */
#ifndef POST_H
#define POST_H

#include <stdbool.h>
#include <stddef.h>

/* Begins. A request's body is `head`, the pieces with commas between them, and `tail`; both must outlive it.
 * url   http://HOST[:PORT][/PATH]; false if it is none. */
bool post_begin(const char *url, const char *head, const char *tail);
/* Takes over a piece, which free() frees. */
void post_add(char *piece, size_t length);
/* Posts what is left, for `millis` at most. */
void post_end(int millis);

#endif
