/* Workers in processes of their own: drained by signals, killed in mid-work, forked. */
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "durable.h"

/* --- The child ------------------------------------------------------------------------------------------------------ */

static const arvo_worker *stopped_by_signal;

static void stop(int signal) {
    (void)signal;
    arvo_worker_stop(stopped_by_signal);
}

/* What opening the store says to somebody who may only read it; it gives up this process's rights. */
static int refused_to_a_reader(const char *url) {
    enum { NOBODY = 65534 };
    arvo_store *store = NULL;
    arvo_error *error = NULL;
    int index;
    if (write(STDOUT_FILENO, "r", 1) != 1) return 0;
    if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0)) return 0;
    for (index = 0; index < 2; index++) { /* and again: the first left nothing behind */
        if (arvo_store_open(NULL, str(url), &store, &error) != ARVO_STORE_FAILED || store != NULL) return 0;
        if (!same(arvo_error_name(error), ARVO_STR("StoreReadOnly"))) return 0;
        arvo_error_free(error);
        error = NULL;
    }
    return 1;
}

/* `unit --child WHAT URL MILLISECONDS`: a worker whose service takes that long, and says on its output when it begins.
 * WHAT: "drain" (by the library's signals), "handler" (by one of its own), "hang" (by none); "reader": none of it, see above. */
int child(int argc, char **argv) {
    service service = {0};
    arvo_worker_options options = {{"till-1", 6}, 0, 600000, 0, 1, 1};
    arvo_store *store;
    arvo_handler *handler;
    arvo_worker *worker;
    arvo_error *error = NULL;
    if (argc != 3) return 2;
    if (strcmp(argv[0], "reader") == 0) return refused_to_a_reader(argv[1]) ? 42 : 1;
    service.slow = atoi(argv[2]);
    service.tells = STDOUT_FILENO;
    store = opened(argv[1]);
    handler = service_of(&service);
    worker = worker_of(store, &options, handler, NULL);
    if (strcmp(argv[0], "drain") == 0) arvo_worker_drain_on_signals(worker, &error);
    if (strcmp(argv[0], "handler") == 0) {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = stop;
        stopped_by_signal = worker;
        sigaction(SIGTERM, &action, NULL);
    }
    arvo_worker_run(worker, &error);
    if (error != NULL) fprintf(stderr, "%.*s\n", ARVO_PRINT(arvo_error_message(error)));
    argc = error != NULL;
    ARVO_FREE(error, worker, handler, store);
    return argc;
}

/* --- The parent ------------------------------------------------------------------------------------------------------- */

typedef struct process {
    pid_t pid;
    int output;
} process;

/* What a child runs: this program; where that is under ThreadSanitizer, which may hold a signal back for ever, the one
 * that is not. */
static const char *program(void) {
#ifdef CHILD
    return CHILD;
#else
    static char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    CHECK(length > 0);
    self[length > 0 ? length : 0] = '\0';
    return self;
#endif
}

/* Begins a child, and waits until its service has begun with something. */
static process begun(const char *what, const char *url, const char *takes) {
    const char *self = program();
    process process;
    int ends[2];
    char byte;
    CHECK(pipe(ends) == 0);
    process.pid = fork();
    if (process.pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(self, self, "--child", what, url, takes, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    process.output = ends[0];
    CHECK(process.pid > 0 && read(process.output, &byte, 1) == 1);
    return process;
}

/* How a child ended: its exit code, or less than 0 for a signal. */
static int ended(process process) {
    int status = 0;
    waitpid(process.pid, &status, 0);
    close(process.output);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void drained_by_sigterm(const char *what) {
    shelf shelf = new_shelf();
    arvo_store *store = opened(shelf.url);
    arvo_event *events[3], *answer = NULL;
    int64_t seqs[3];
    process process;
    arvo_error *error = NULL;
    int index;
    for (index = 0; index < 3; index++) seqs[index] = published(store, events[index] = request());
    process = begun(what, shelf.url, "1500");
    kill(process.pid, SIGTERM);
    CHECK(ended(process) == 0);
    answer = answer_for(store, seqs[0]); /* what ran was let end */
    CHECK(counted(store, "/deliveries/done") == 1 && counted(store, "/deliveries/claimed") == 0);
    CHECK(counted(store, "/deliveries/waiting") == 3); /* two requests, and the answer */
    arvo_event_free(answer);
    arvo_store_wait(store, seqs[2], 0, &answer, &error);
    CHECK_OK(error);
    CHECK(answer == NULL);
    for (index = 0; index < 3; index++) arvo_event_free(events[index]);
    arvo_store_free(store);
    remove_shelf(&shelf);
}

static void sigterm_drains_a_worker(void) { drained_by_sigterm("drain"); }

static void a_signal_handler_can_stop_a_worker(void) { drained_by_sigterm("handler"); }

static void a_second_sigterm_ends_the_process_at_once(void) {
    shelf shelf = new_shelf();
    arvo_store *store = opened(shelf.url);
    arvo_event *event = request();
    process process;
    int status = 0, tries = 0;
    published(store, event);
    process = begun("drain", shelf.url, "600000");
    kill(process.pid, SIGTERM);
    rest(50);
    CHECK(waitpid(process.pid, NULL, WNOHANG) == 0);
    /* Again and again: signals that came before the first was taken are one. */
    while (waitpid(process.pid, &status, WNOHANG) == 0 && tries++ < 1200) {
        kill(process.pid, SIGTERM);
        rest(50);
    }
    close(process.output);
    CHECK(tries <= 1200 && WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGTERM);
    ARVO_FREE(store, event);
    remove_shelf(&shelf);
}

static void one_of_the_same_name_takes_over_what_a_killed_worker_held(void) {
    shelf shelf = new_shelf();
    arvo_store *store = opened(shelf.url);
    arvo_worker_options options = {{"till-1", 6}, 0, 600000, 0, 1, 1};
    service service = {0};
    arvo_handler *handler = service_of(&service);
    arvo_worker *worker;
    arvo_event *event = request(), *answer;
    int64_t seq = published(store, event), began;
    process process = begun("hang", shelf.url, "600000");
    arvo_value *history = NULL;
    arvo_error *error = NULL;
    crew crew;
    kill(process.pid, SIGKILL);
    CHECK(ended(process) == -SIGKILL);
    CHECK(counted(store, "/deliveries/claimed") == 1);
    worker = worker_of(store, &options, handler, NULL);
    began = millis();
    begin_crew(&crew, worker, 1);
    answer = answer_for(store, seq);
    CHECK(millis() - began < 300000 && calls_of(&service) == 1); /* long before the lease of ten minutes ended */
    end_crew(&crew);
    arvo_store_history(store, arvo_event_subject(event), &history, &error);
    CHECK_OK(error);
    CHECK(number_at(history, "/0/tries") == 2);
    CHECK_TEXT(text_at(history, "/0/failures/0/name"), "WorkerLost");
    ARVO_FREE(store, handler, worker, event, answer, history);
    remove_shelf(&shelf);
}

static void a_store_is_of_no_use_after_a_fork(void) {
    shelf shelf = new_shelf();
    arvo_store *store = opened(shelf.url);
    arvo_event *event = request();
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        arvo_error *error = NULL;
        arvo_status failed = arvo_store_publish(store, event, 0, NULL, &error);
        _exit(failed == ARVO_STORE_FAILED && same(arvo_error_name(error), ARVO_STR("StoreForked")) ? 42 : 1);
    }
    CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
    published(store, event);
    ARVO_FREE(store, event);
    remove_shelf(&shelf);
}

static void a_store_that_may_only_be_read_is_refused_and_loses_nothing(void) {
    shelf shelf = new_shelf();
    arvo_store *store = opened(shelf.url);
    arvo_event *event = request();
    const char *file = strchr(shelf.url, ':') + 1;
    process process;
    published(store, event);
    arvo_store_free(store);
    CHECK(chmod(file, 0444) == 0 && chmod(shelf.folder, 0555) == 0);
    process = begun("reader", shelf.url, "0");
    CHECK(ended(process) == 42);
    CHECK(chmod(shelf.folder, 0755) == 0 && chmod(file, 0644) == 0);
    store = opened(shelf.url);
    CHECK(counted(store, "/deliveries/waiting") == 1);
    ARVO_FREE(store, event);
    remove_shelf(&shelf);
}

const struct test process_tests[] = {
    {"SIGTERM drains a worker", sigterm_drains_a_worker},
    {"a signal handler can stop a worker", a_signal_handler_can_stop_a_worker},
    {"a second SIGTERM ends the process at once", a_second_sigterm_ends_the_process_at_once},
    {"one of the same name takes over what a killed worker held",
     one_of_the_same_name_takes_over_what_a_killed_worker_held},
    {"a store is of no use after a fork", a_store_is_of_no_use_after_a_fork},
    {"a store that may only be read is refused, and loses nothing",
     a_store_that_may_only_be_read_is_refused_and_loses_nothing},
    {NULL, NULL}};
