/* One thread, a bounded queue, and HTTP/1.1 over a plain socket. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "post.h"

enum { QUEUE = 8192, BATCH = 512, REST = 200, PATIENCE = 3000 }; /* pieces, and milliseconds */

typedef struct piece {
    char *bytes;
    size_t length;
} piece;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    piece queue[QUEUE];
    size_t first, count;
    bool ending, ended;
    int socket; /* less than 0: none */
    char host[256], port[16], path[512];
    const char *head, *tail;
} poster = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, {{NULL, 0}}, 0, 0, false, false, -1, "", "", "", "", ""};

static struct timespec after(int millis) {
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_sec += millis / 1000;
    time.tv_nsec += millis % 1000 * 1000000L;
    if (time.tv_nsec >= 1000000000L) {
        time.tv_sec++;
        time.tv_nsec -= 1000000000L;
    }
    return time;
}

/* Splits http://HOST[:PORT][/PATH]. */
static bool read_url(const char *url) {
    const char *host = url + 7, *path, *port;
    size_t length;
    if (strncmp(url, "http://", 7) != 0) return false;
    path = host + strcspn(host, "/");
    port = memchr(host, ':', (size_t)(path - host));
    length = (size_t)((port ? port : path) - host);
    if (length == 0 || length >= sizeof poster.host || strlen(path) >= sizeof poster.path) return false;
    memcpy(poster.host, host, length);
    poster.host[length] = '\0';
    snprintf(poster.port, sizeof poster.port, "%.*s", port ? (int)(path - port - 1) : 2, port ? port + 1 : "80");
    snprintf(poster.path, sizeof poster.path, "%s", *path ? path : "/");
    return true;
}

/* Waits until the socket can be read or written. */
static bool is_ready(int socket, short events) {
    struct pollfd waited;
    waited.fd = socket;
    waited.events = events;
    waited.revents = 0;
    return poll(&waited, 1, PATIENCE) > 0 && (waited.revents & events) != 0;
}

/* A connection that never blocks. */
static int connected(void) {
    struct addrinfo hints, *found = NULL, *at;
    int made = -1;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(poster.host, poster.port, &hints, &found) != 0) return -1;
    for (at = found; at != NULL && made < 0; at = at->ai_next) {
        int error = 0;
        socklen_t size = sizeof error;
        made = socket(at->ai_family, at->ai_socktype, at->ai_protocol);
        if (made < 0) continue;
        fcntl(made, F_SETFL, fcntl(made, F_GETFL) | O_NONBLOCK);
        fcntl(made, F_SETFD, FD_CLOEXEC);
        if (connect(made, at->ai_addr, at->ai_addrlen) == 0) break;
        if (errno == EINPROGRESS && is_ready(made, POLLOUT) &&
            getsockopt(made, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0) {
            break;
        }
        close(made);
        made = -1;
    }
    freeaddrinfo(found);
    return made;
}

static bool sent(const char *bytes, size_t length) {
    while (length > 0) {
        ssize_t done = send(poster.socket, bytes, length, MSG_NOSIGNAL);
        if (done > 0) {
            bytes += done;
            length -= (size_t)done;
        } else if (done == 0 || (errno != EAGAIN && errno != EINTR) || !is_ready(poster.socket, POLLOUT)) {
            return false;
        }
    }
    return true;
}

/* The status of the answer, 0 for none. The connection is for one request alone, so the rest need not be read. */
static int answered(void) {
    char bytes[256];
    size_t length = 0;
    int status = 0;
    while (length < sizeof bytes - 1 && is_ready(poster.socket, POLLIN)) {
        ssize_t got = recv(poster.socket, bytes + length, sizeof bytes - 1 - length, 0);
        if (got <= 0) break;
        length += (size_t)got;
        bytes[length] = '\0';
        if (sscanf(bytes, "HTTP/1.%*c %d", &status) == 1 && strchr(bytes, '\n') != NULL) return status;
    }
    return 0;
}

/* Whether the server has them, or will never take them. */
static bool posted(const piece *pieces, size_t count) {
    char head[1200];
    size_t index, length = strlen(poster.head) + strlen(poster.tail) + count - 1;
    int status = 0;
    for (index = 0; index < count; index++) length += pieces[index].length;
    snprintf(head, sizeof head,
             "POST %s HTTP/1.1\r\nHost: %s:%s\r\nContent-Type: application/json\r\nContent-Length: %lu\r\n"
             "Connection: close\r\n\r\n",
             poster.path, poster.host, poster.port, (unsigned long)length);
    poster.socket = connected();
    if (poster.socket < 0) return false;
    if (sent(head, strlen(head)) && sent(poster.head, strlen(poster.head))) {
        for (index = 0; index < count; index++) {
            if ((index > 0 && !sent(",", 1)) || !sent(pieces[index].bytes, pieces[index].length)) break;
        }
        if (index == count && sent(poster.tail, strlen(poster.tail))) status = answered();
    }
    close(poster.socket);
    poster.socket = -1;
    return status != 0 && status != 429 && status < 500;
}

static void *run(void *nothing) {
    piece batch[BATCH];
    (void)nothing;
    pthread_mutex_lock(&poster.lock);
    while (poster.count > 0 || !poster.ending) {
        size_t count = 0, index;
        if (poster.count < BATCH && !poster.ending) { /* a little later there may be more */
            struct timespec limit = after(REST);
            pthread_cond_timedwait(&poster.changed, &poster.lock, &limit);
        }
        while (count < BATCH && poster.count > 0) {
            batch[count++] = poster.queue[poster.first];
            poster.first = (poster.first + 1) % QUEUE;
            poster.count--;
        }
        if (count == 0) continue;
        pthread_mutex_unlock(&poster.lock);
        if (!posted(batch, count)) posted(batch, count); /* once more; then they are lost */
        for (index = 0; index < count; index++) free(batch[index].bytes);
        pthread_mutex_lock(&poster.lock);
    }
    poster.ended = true;
    pthread_cond_broadcast(&poster.changed);
    pthread_mutex_unlock(&poster.lock);
    return NULL;
}

bool post_begin(const char *url, const char *head, const char *tail) {
    if (!read_url(url)) return false;
    poster.head = head;
    poster.tail = tail;
    poster.ending = poster.ended = false;
    return pthread_create(&poster.thread, NULL, run, NULL) == 0;
}

void post_add(char *piece, size_t length) {
    pthread_mutex_lock(&poster.lock);
    if (poster.count < QUEUE && !poster.ending) {
        size_t last = (poster.first + poster.count++) % QUEUE;
        poster.queue[last].bytes = piece;
        poster.queue[last].length = length;
        piece = NULL;
        if (poster.count == BATCH) pthread_cond_broadcast(&poster.changed);
    }
    pthread_mutex_unlock(&poster.lock);
    free(piece);
}

void post_end(int millis) {
    struct timespec limit = after(millis);
    bool ended;
    pthread_mutex_lock(&poster.lock);
    poster.ending = true;
    pthread_cond_broadcast(&poster.changed);
    while (!poster.ended && pthread_cond_timedwait(&poster.changed, &poster.lock, &limit) != ETIMEDOUT) {
    }
    ended = poster.ended;
    if (!ended) { /* what waits is given up; the thread ends with its request */
        for (; poster.count > 0; poster.count--, poster.first = (poster.first + 1) % QUEUE) {
            free(poster.queue[poster.first].bytes);
        }
    }
    pthread_mutex_unlock(&poster.lock);
    if (ended) {
        pthread_join(poster.thread, NULL);
    } else {
        pthread_detach(poster.thread);
    }
}
