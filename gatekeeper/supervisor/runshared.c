/* gatekeeper/supervisor/runshared.c - see runshared.h; startbook.h specifies
 * the order of writes to disk. */
#include "gatekeeper/supervisor/runshared.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/testpoint.h"
#include "gatekeeper/supervisor/sharedrun.h"
#include "gatekeeper/supervisor/taskrun.h"

/* Report a run that has run this long. */
#define RUNS_MS  40
/* An end is synced at most this long after it. */
#define SYNC_MS  20
/* A failed record is written again after this. */
#define AGAIN_MS 1000

struct runshared {
    int sock, signalfd, basefd;
    bool closed; /* the helper has closed the socket */
    bool stuck;  /* a record cannot be written */
    struct identity self;
    struct startbook book;
    uint32_t given; /* runs so far */
    struct sharedrun **run;
    size_t nrun, room;
    size_t nready; /* runs that are ready to begin: the last ones */
    struct runshared_news *news;
    size_t nnews;
    long long t_sync; /* monotonic clock; 0 not due */
};

static void
add_news(struct runshared *m, enum runshared_kind kind,
         const struct startbook_run *run, const struct err *err)
{
    struct runshared_news *n;

    m->news = xrealloc(m->news, m->nnews + 1, sizeof(*m->news));
    n = &m->news[m->nnews++];
    *n = (struct runshared_news){ .kind = kind, .run = *run };
    if (err != NULL) {
        n->code = (int32_t)err->code;
        snprintf(n->text, sizeof(n->text), "%.255s", err->text);
    }
}

/* Send the queued messages as far as possible; drop them if the helper is
 * gone. */
static void
send_news(struct runshared *m)
{
    size_t sent = 0;

    for (; sent < m->nnews; sent++)
        if (send(m->sock, &m->news[sent], sizeof(*m->news),
                 MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
            (errno == EAGAIN || errno == ENOBUFS))
            break;
    m->nnews -= sent;
    memmove(m->news, m->news + sent, m->nnews * sizeof(*m->news));
}

static void
add_run(struct runshared *m, struct sharedrun *r)
{
    if (m->nrun == m->room) {
        m->room = m->room == 0 ? 16 : m->room * 2;
        m->run = xrealloc(m->run, m->room, sizeof(struct sharedrun *));
    }
    m->run[m->nrun++] = r;
}

/* Receive runs; report each as ready once it can be signalled. */
static void
take_runs(struct runshared *m)
{
    struct startbook_run run;
    ssize_t n;

    while (!m->closed &&
           (n = recv(m->sock, &run, sizeof(run), MSG_DONTWAIT)) >= 0) {
        struct err err = ERR_INIT;
        struct sharedrun *r = NULL;

        if (n != (ssize_t)sizeof(run) || !uuid_ok(run.job)) {
            m->closed = true;
            break;
        }
        if (startbook_reserve(&m->book, m->nrun + 1, &err) == 0)
            r = sharedrun_create(m->basefd, &run, &m->self, ++m->given, &err);
        if (r == NULL) {
            add_news(m, RUNSHARED_FAILED, &run, &err);
            continue;
        }
        startbook_arm(&m->book, r->number, &run);
        add_run(m, r);
        m->nready++;
        add_news(m, RUNSHARED_READY, &run, NULL);
    }
}

/* Begin all ready runs after one sync. */
static void
begin(struct runshared *m)
{
    struct err err = ERR_INIT;

    if (m->nready == 0)
        return;
    send_news(m);
    test_point("sup.held");
    if (startbook_sync(&m->book, &err) < 0)
        buf_clear(&m->book.armed);
    m->t_sync = 0;
    test_point("sup.armed");
    for (size_t i = m->nrun - m->nready; i < m->nrun; i++)
        sharedrun_begin(m->run[i], &err);
    m->nready = 0;
    (void)!fchdir(m->basefd);
}

/* R is over: write its record.  Returns whether it is written or can never
 * be. */
static bool
end_run(struct runshared *m, struct sharedrun *r, long long now)
{
    if (r->began && !r->booked) {
        r->booked = true;
        taskrun_record(&r->task);
        (void)startbook_end(&m->book, r->number, &r->task.rec, NULL);
        if (m->t_sync == 0)
            m->t_sync = now + SYNC_MS;
    }
    if (sharedrun_record(r))
        return true;
    r->t_again = now + AGAIN_MS;
    return false;
}

/* Carry out deadlines of R. Returns the next one; 0 none.  *OVER: R is over. */
static long long
turn_run(struct runshared *m, struct sharedrun *r, long long now, bool *over)
{
    long long at;

    if (r->t_again > now)
        return r->t_again;
    at = taskrun_turn(&r->task, now);
    *over = taskrun_over(&r->task) && end_run(m, r, now);
    if (taskrun_over(&r->task))
        return r->t_again;
    if (!r->task.told && now - r->task.t_begin >= RUNS_MS) {
        r->task.told = true;
        add_news(m, RUNSHARED_RUNS, &r->run, NULL);
    } else if (!r->task.told && (at == 0 || r->task.t_begin + RUNS_MS < at)) {
        at = r->task.t_begin + RUNS_MS;
    }
    return at;
}

/* Show in our process name, which status requests read, that a record cannot be
 * written. */
static void
say_stuck(struct runshared *m, bool stuck)
{
    if (stuck != m->stuck)
        prctl(PR_SET_NAME, stuck ? IDENTITY_WAITS : "gatekeeper-job");
    m->stuck = stuck;
}

/* Carry out deadlines of all runs and remove those that are over.  Returns the
 * next one; 0 none. */
static long long
turn_runs(struct runshared *m, long long now)
{
    long long next = 0;
    bool stuck = false;

    for (size_t i = m->nrun; i > 0; i--) {
        struct sharedrun *r = m->run[i - 1];
        bool over = false;
        long long at = turn_run(m, r, now, &over);

        if (over) {
            add_news(m, RUNSHARED_OVER, &r->run, NULL);
            sharedrun_destroy(r);
            m->run[i - 1] = m->run[--m->nrun];
            continue;
        }
        stuck = stuck || r->t_again > 0;
        if (at > 0 && (next == 0 || at < next))
            next = at;
    }
    say_stuck(m, stuck);
    return next;
}

static void
reap(struct runshared *m)
{
    struct taskrun **runs = xcalloc(m->nrun + 1, sizeof(*runs));

    for (size_t i = 0; i < m->nrun; i++)
        runs[i] = &m->run[i]->task;
    taskrun_reap(runs, m->nrun);
    free(runs);
}

/* Handle the signal VALUE for one run. */
static void
signal_run(struct runshared *m, int value)
{
    for (size_t i = 0; i < m->nrun; i++)
        if (m->run[i]->number == RUNSHARED_VALUE_RUN(value))
            sharedrun_signal(m->run[i], RUNSHARED_VALUE_SIG(value));
}

static void
take_signals(struct runshared *m)
{
    struct signalfd_siginfo info;

    while (read(m->signalfd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        int sig = (int)info.ssi_signo;

        if (sig == RUNSHARED_SIGNAL)
            signal_run(m, info.ssi_int);
        if (sig == SIGTERM || sig == SIGINT || sig == SIGHUP || sig == SIGUSR2)
            for (size_t i = 0; i < m->nrun; i++)
                sharedrun_signal(m->run[i], sig);
    }
}

/* Wait for an event, or until NEXT (0: no limit). */
static void
await(struct runshared *m, long long next)
{
    struct pollfd p[2] = { { .fd = m->signalfd, .events = POLLIN },
                           { .fd = m->closed && m->nnews == 0 ? -1 : m->sock,
                             .events =
                                 (short)((m->closed ? 0 : POLLIN) |
                                         (m->nnews > 0 ? POLLOUT : 0)) } };
    long long now = time_mono_ms();

    if (m->t_sync > 0 && (next == 0 || m->t_sync < next))
        next = m->t_sync;
    (void)poll(p, 2, next == 0 ? -1 : next > now ? (int)(next - now) : 0);
    if (p[0].revents != 0)
        take_signals(m);
    if (p[1].revents != 0)
        take_runs(m);
    reap(m);
}

/* Do all that is possible now.  Returns the next deadline; 0 none. */
static long long
turn(struct runshared *m)
{
    long long now, next;

    begin(m);
    now = time_mono_ms();
    next = turn_runs(m, now);
    send_news(m);
    if (m->t_sync > 0 && now >= m->t_sync) {
        (void)startbook_sync(&m->book, NULL);
        m->t_sync = 0;
    }
    return next;
}

int
runshared_run(struct runshared *m)
{
    long long next = turn(m);

    while (!m->closed || m->nrun > 0) {
        await(m, next);
        next = turn(m);
    }
    if (m->book.dirty)
        (void)startbook_sync(&m->book, NULL);
    return 0;
}

struct runshared *
runshared_create(int fd, struct err *err)
{
    struct runshared *m = xcalloc(1, sizeof(*m));
    sigset_t all;

    m->sock = fd;
    m->signalfd = -1;
    m->book.fd = -1;
    m->basefd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    sigprocmask(SIG_BLOCK, NULL, &all);
    if (m->basefd < 0)
        err_set(err, ERR_IO, "cannot open the directory of sessions: %s",
                strerror(errno));
    else if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        err_set(err, ERR_IO, "subreaper: %s", strerror(errno));
    else if (identity_self(&m->self, err) == 0 &&
             startbook_create(&m->book, m->basefd, &m->self, err) == 0)
        m->signalfd = signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC);
    if (err->code == ERR_OK && m->signalfd < 0)
        err_set(err, ERR_IO, "signalfd: %s", strerror(errno));
    if (err->code == ERR_OK)
        return m;
    runshared_destroy(m);
    return NULL;
}

void
runshared_destroy(struct runshared *m)
{
    if (m == NULL)
        return;
    startbook_fini(&m->book);
    for (size_t i = 0; i < m->nrun; i++)
        sharedrun_destroy(m->run[i]);
    free(m->run);
    free(m->news);
    if (m->signalfd >= 0)
        close(m->signalfd);
    if (m->basefd >= 0)
        close(m->basefd);
    free(m);
}
