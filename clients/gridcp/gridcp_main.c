/* clients/gridcp/gridcp_main.c - copy files between this host and GridFTP, FTP
 * and web servers, with the options of globus-url-copy and more. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/net.h"
#include "base/thread.h"
#include "clients/gridcp/gridcp_alias.h"
#include "clients/gridcp/gridcp_dump.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_report.h"
#include "clients/gridcp/gridcp_spare.h"
#include "clients/gridcp/gridcp_state.h"

#define QUEUE_MAX    4096
#define WORKERS_MAX  64
/* Automatic number of sessions: one for this many waiting files. */
#define AUTO_WORKERS 4
#define AUTO_FILES   48
/* The same if each file costs a round trip, from this many milliseconds on. */
#define FAR_WORKERS  16
#define FAR_FILES    6
#define FAR_MS       20
#define TICK_MS      100
/* Time for all threads to return their tasks after a signal. */
#define LEAVE_MS     5000

static _Atomic int interrupted; /* the signal; read by every thread */

static void
on_signal(int sig)
{
    interrupted = sig;
}

/* Catch the signals that end the run, except those ignored because of nohup or
 * a background shell. */
static void
catch_signals(void)
{
    static const int sigs[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction sa = { .sa_handler = on_signal }, old;
    size_t i;

    for (i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
        if (sigaction(sigs[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(sigs[i], &sa, NULL);
}

/* How many workers there should be now. */
static size_t
wanted(struct gridcp *g, size_t now)
{
    size_t n = gridcp_queue_length(g->queue), want;
    int turn_ms;

    if (g->o.concurrency > 0)
        return (size_t)g->o.concurrency;
    if (now == 0)
        return 1;
    lock_take(&g->lock);
    turn_ms = g->turn_ms;
    if (g->soon.files > n)
        n = g->soon.files;
    lock_release(&g->lock);
    want = n / FAR_FILES < FAR_WORKERS ? n / FAR_FILES : FAR_WORKERS;
    if (turn_ms >= FAR_MS && want > now)
        return want;
    return now < AUTO_WORKERS && n >= now * AUTO_FILES ? now + 1 : now;
}

/* Periodic work; returns whether a signal or the -t limit ends the run. */
static bool
tick(struct gridcp *g)
{
    gridcp_report_tick(g->report);
    if (g->state != NULL)
        gridcp_state_flush(g->state);
    return interrupted != 0 ||
           (g->o.run_time > 0 &&
            time_mono_ms() - g->begin_ms > g->o.run_time * 1000);
}

/* Running threads; the first one expands. */
struct crew {
    pthread_t thread[1 + WORKERS_MAX];
    struct gridcp_hand hand[1 + WORKERS_MAX];
    size_t n;
    bool left; /* some are still logging in and are not needed any more */
};

/* Start one more worker; if others are working, it logs in first. */
static bool
hire(struct gridcp *g, struct crew *crew)
{
    struct gridcp_hand *hand = &crew->hand[crew->n];

    hand->g = g;
    hand->opening = gridcp_worker_count(g, 1) > 1;
    if (pthread_create(&crew->thread[crew->n], NULL, gridcp_worker, hand) ==
        0) {
        crew->n++;
        return true;
    }
    gridcp_worker_count(g, -1);
    return false;
}

/* Report, add workers, watch the clock and signals until nothing more can be
 * started.  False when the run must end at once. */
static bool
watch(struct gridcp *g, struct crew *crew)
{
    bool go_on = true;
    size_t want;

    while (go_on && !gridcp_queue_over(g->queue)) {
        want = wanted(g, crew->n - 1);
        while (crew->n - 1 < want && hire(g, crew))
            ;
        gridcp_queue_wait(g->queue, TICK_MS);
        go_on = !tick(g);
    }
    if (!go_on)
        gridcp_queue_stop(g->queue);
    return go_on;
}

/* Wait until all running tasks end, but not for threads still logging in.
 * Result as watch(). */
static bool
join(struct gridcp *g, struct crew *crew)
{
    while (crew->n > 0) {
        if (crew->hand[crew->n - 1].opening) {
            crew->left = true;
            crew->n--;
        } else if (thread_join(crew->thread[crew->n - 1],
                               time_mono_ms() + TICK_MS))
            crew->n--;
        else if (tick(g))
            return false;
    }
    return true;
}

static void
discard(const struct gridcp_task *t, void *arg)
{
    (void)arg;
    if (t->dst.site != NULL && t->dst.site->scheme == GRIDCP_FILE && t->whole)
        gridcp_file_discard(t->dst.path, true);
}

/* Remove the parts of files that nobody will continue.  After this no new ones
 * appear, unless opening one takes too long: a FIFO. */
static void
discard_all(struct gridcp *g)
{
    const struct timespec until = thread_deadline(1000);
    struct gridcp_task *t;

    (void)pthread_rwlock_clockwrlock(&g->parts, CLOCK_MONOTONIC, &until);
    gridcp_report_each(g->report, discard, NULL);
    while ((t = gridcp_queue_left(g->queue)) != NULL)
        gridcp_dump_keep(g, t);
}

/* Write the list of files not transferred: each worker returns its task, except
 * those that wait for a server. */
static void
dump_left(struct gridcp *g, const struct crew *crew)
{
    long long until_ms = time_mono_ms() + LEAVE_MS;
    struct err err = ERR_INIT;
    bool all = true;
    size_t n = crew->n;

    g->cancel = true;
    while (n > 0)
        all = thread_join(crew->thread[--n], until_ms) && all;
    if (!all)
        err_set(&err, ERR_TIMEOUT,
                "'%s' is not written: a server does not answer", g->o.dump);
    if (!all || gridcp_dump_end(g, &err) < 0)
        client_complain("gridcp", &err);
}

/* End at once after a signal or the -t limit: threads may be waiting for
 * servers. */
static void
leave(struct gridcp *g, const struct crew *crew)
{
    if (g->o.dump != NULL)
        dump_left(g, crew);
    if (g->state == NULL)
        discard_all(g);
    else
        gridcp_state_flush(g->state);
    gridcp_report_end(g->report);
    if (interrupted == 0)
        fprintf(stderr, "gridcp: the time given by -t is over\n");
    else
        fprintf(stderr, "gridcp: ended by signal %d\n", interrupted);
    _exit(interrupted == 0 ? err_exit_status(ERR_CANCELLED)
                           : 128 + interrupted);
}

/* Choose what to copy: -df's list of the rest, if it exists; with -state the
 * same arguments as before, because the state file records what was done. */
static int
choose_list(struct gridcp *g, struct err *err)
{
    const char *dump = g->o.dump;
    struct stat st;

    g->from_list = g->o.list;
    if (dump == NULL || access(dump, R_OK) < 0)
        return 0;
    if (stat(dump, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
        return err_set(err, ERR_USAGE,
                       "'%s' exists and is empty: nothing is left to be "
                       "copied; remove it to begin anew",
                       dump);
    if (g->o.state == NULL)
        g->from_list = dump;
    else if (access(g->o.state, F_OK) < 0)
        return err_set(err, ERR_USAGE,
                       "'%s' is the list of a run without -state '%s': "
                       "continue it without -state, or copy it with -f",
                       dump, g->o.state);
    return 0;
}

/* Warn if this host does not grant buffers of the size in -tcp-bs. */
static void
check_buffer(const struct gridcp *g)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), granted;

    if (fd < 0)
        return;
    granted = net_buffers(fd, (int)g->o.tcp_buffer);
    close(fd);
    if (granted < g->o.tcp_buffer && !g->o.quiet)
        fprintf(stderr,
                "gridcp: -tcp-bs %lld: this host grants %d bytes; raise "
                "net.core.rmem_max and net.core.wmem_max for more\n",
                g->o.tcp_buffer, granted);
}

/* Expand and copy everything. */
static int
work(struct gridcp *g, struct err *err)
{
    struct crew *crew = xcalloc(1, sizeof(*crew));

    if (pthread_create(&crew->thread[crew->n++], NULL, gridcp_expand, g) != 0) {
        free(crew);
        return err_set(err, ERR_NOMEM, "cannot start a thread");
    }
    if (!watch(g, crew) || !join(g, crew))
        leave(g, crew);
    g->left = crew->left;
    if (!crew->left)
        free(crew);
    return 0;
}

/* Everything between the options and the exit status. */
static int
run(struct gridcp *g, struct err *err)
{
    if (g->o.alias != NULL && gridcp_alias_read(g->o.alias, &g->alias, err) < 0)
        return -1;
    if (choose_list(g, err) < 0)
        return -1;
    if (g->o.dry_run)
        g->o.dump = NULL; /* only read, neither written nor removed */
    if (g->o.state != NULL &&
        gridcp_state_open(g, g->o.state, &g->state, err) < 0)
        return -1;
    check_buffer(g);
    g->report = gridcp_report_create(g);
    g->queue = gridcp_queue_create(QUEUE_MAX);
    if (g->state != NULL && gridcp_state_complete(g->state)) {
        gridcp_report_end(g->report);
        return 0;
    }
    if (work(g, err) < 0)
        return -1;
    gridcp_report_end(g->report);
    return gridcp_dump_end(g, err);
}

/* The exit status of main. */
static int
status(struct gridcp *g, struct err *err)
{
    /* Failed files have been reported already. */
    if (err->code == ERR_OK && g->list_broken)
        *err = g->err;
    if (err->code != ERR_OK) {
        client_complain("gridcp", err);
        return err_exit_status(err->code);
    }
    return err_exit_status(g->err.code);
}

/* Free everything after a run with result RC; returns the exit status.  Does
 * not wait for a server that has not answered, because nothing needs it any
 * more. */
static int
end(struct gridcp *g, int rc)
{
    bool all_done = rc == 0 && !g->o.dry_run && g->o.dump_only == NULL;
    struct err err = ERR_INIT;

    if (gridcp_state_close(g->state, all_done, &err) < 0) {
        client_complain("gridcp", &err);
        rc = rc == 0 ? err_exit_status(err.code) : rc;
    }
    if (!gridcp_spare_end(g) || g->left)
        _exit(rc);
    gridcp_queue_destroy(g->queue);
    gridcp_report_destroy(g->report);
    gridcp_place_free(g);
    buf_fini(&g->dump);
    gridcp_alias_free(g->alias);
    gridcp_stack_fini(g->stack);
    cred_unref(g->src_cred);
    cred_unref(g->dst_cred);
    cred_unref(g->data_cred);
    client_env_fini(&g->env);
    pthread_rwlock_destroy(&g->parts);
    lock_fini(&g->lock);
    return rc;
}

int
main(int argc, char *argv[])
{
    struct gridcp g = { .lock = LOCK_INIT(LOCK_gridcp),
                        .parts = PTHREAD_RWLOCK_INITIALIZER,
                        .begin_ms = time_mono_ms(),
                        .dump_mode = 0666 };
    struct err err = ERR_INIT;
    int rc = 0;

    log_open("gridcp", "stderr", LOG_ERR);
    if (gridcp_opt_parse(&g.o, argc, argv, &err) < 0 ||
        gridcp_stack_make(&g.o, g.stack, &err) < 0) {
        client_complain("gridcp", &err);
        return err_exit_status(err.code);
    }
    g.strange = gridcp_stack_strange(g.stack);
    signal(SIGPIPE, SIG_IGN);
    if (g.o.listing == NULL)
        catch_signals();
    if (g.o.help)
        gridcp_opt_help();
    else if (g.o.version)
        printf("gridcp (Gatehouse) %s\n", GATEHOUSE_VERSION);
    else
        rc = g.o.listing != NULL ? gridcp_expand_list(&g, &err) : run(&g, &err);
    if (rc < 0 && err.code == ERR_OK)
        err_set(&err, ERR_INTERNAL, "ended without a reason");
    rc = client_exit("gridcp", status(&g, &err), err_exit_status(ERR_IO));
    return end(&g, rc);
}
