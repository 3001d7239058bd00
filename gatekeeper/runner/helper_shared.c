/* gatekeeper/runner/helper_shared.c - see helper_shared.h. */
#include "gatekeeper/runner/helper_shared.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/helper_spawn.h"
#include "gatekeeper/runner/helper_starts.h"
#include "gatekeeper/supervisor/runshared.h"

/* An idle supervisor is kept for this long. */
#define IDLE_MS 500

/* A run that was given to a supervisor and is not over. */
struct given {
    struct startbook_run run;
    bool waits;   /* its request is not answered yet */
    uint64_t seq; /* of that request */
};

struct helper_shared {
    pid_t pid;
    int sock;
    bool closed;    /* it gets no more runs */
    uint32_t count; /* runs that it was given so far */
    struct given *given;
    size_t ngiven, room;
    long long t_idle; /* when it became idle; 0 it is busy */
};

static bool
is_run(const struct startbook_run *a, const struct startbook_run *b)
{
    return a->task == b->task && a->attempt == b->attempt &&
           strcmp(a->job, b->job) == 0;
}

static struct startbook_run
run_of(const struct runner_request *r)
{
    struct startbook_run run = { .task = r->task, .attempt = r->attempt };

    memcpy(run.job, r->job, sizeof(run.job));
    return run;
}

static struct given *
find(const struct helper_shared *s, const struct startbook_run *run)
{
    for (size_t i = 0; i < s->ngiven; i++)
        if (is_run(&s->given[i].run, run))
            return &s->given[i];
    return NULL;
}

bool
helper_shared_has(const struct helper *h, const struct runner_request *r)
{
    struct startbook_run run = run_of(r);

    for (size_t i = 0; r->unit == RUNNER_JOB && i < h->nshared; i++)
        if (find(h->shared[i], &run) != NULL)
            return true;
    return false;
}

/* ---- starting a supervisor ---- */

static struct helper_shared *
start(struct helper *h, struct err *err)
{
    const char *argv[] = { "gatekeeper-job", "-shared", "3", NULL };
    struct helper_spawn spawn = { .argv = argv };
    struct helper_shared *s;
    int pair[2];
    pid_t pid;

    if (h->nshared == HELPER_SHARED_MAX) {
        err_set(err, ERR_LIMIT, "the account has %d supervisors: try again",
                HELPER_SHARED_MAX);
        return NULL;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
        return NULL;
    }
    spawn.fd = pair[1];
    pid = helper_spawn(h, &spawn, err);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return NULL;
    }
    test_point("run.started");
    s = xcalloc(1, sizeof(*s));
    s->pid = pid;
    s->sock = pair[0];
    h->shared =
        xrealloc(h->shared, h->nshared + 1, sizeof(struct helper_shared *));
    return h->shared[h->nshared++] = s;
}

/* Give it no more runs; it ends after those that it has. */
static void
close_one(struct helper_shared *s)
{
    s->closed = true;
    (void)shutdown(s->sock, SHUT_WR);
}

/* The supervisor that gets new runs; started if there is none. */
static struct helper_shared *
get(struct helper *h, struct err *err)
{
    for (size_t i = 0; i < h->nshared; i++) {
        struct helper_shared *s = h->shared[i];

        if (!s->closed && s->count == STARTBOOK_RUNS)
            close_one(s);
        if (!s->closed)
            return s;
    }
    return start(h, err);
}

/* Answer the request that gave G. */
static void
answer(struct helper *h, struct given *g, const struct err *err)
{
    struct runner_request r = { .seq = g->seq };
    struct helper_call c = { .r = &r };

    if (!g->waits)
        return;
    g->waits = false;
    c.reply.status.state = err->code == ERR_OK ? RUNNER_HELD : RUNNER_NONE;
    helper_reply(h, &c, err);
}

/* RUN was given before, and that request timed out: the answer goes to C
 * instead. false: it was not given. */
static bool
take_over(struct helper *h, const struct helper_call *c,
          const struct startbook_run *run)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_TIMEOUT, "it was asked for once more");
    for (size_t i = 0; i < h->nshared; i++) {
        struct given *g = find(h->shared[i], run);

        if (g == NULL)
            continue;
        answer(h, g, &err);
        g->waits = true;
        g->seq = c->r->seq;
        return true;
    }
    return false;
}

int
helper_shared_start(struct helper *h, struct helper_call *c, struct err *err)
{
    struct startbook_run run = run_of(c->r);
    struct helper_shared *s;

    if (take_over(h, c, &run))
        return HELPER_LATER;
    s = get(h, err);
    if (s == NULL)
        return -1;
    if (send(s->sock, &run, sizeof(run), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return err_set(err, errno == EAGAIN ? ERR_LIMIT : ERR_TIMEOUT,
                       "cannot give the run to its supervisor: %s",
                       strerror(errno));
    if (s->ngiven == s->room) {
        s->room = s->room == 0 ? 16 : s->room * 2;
        s->given = xrealloc(s->given, s->room, sizeof(*s->given));
    }
    s->given[s->ngiven++] =
        (struct given){ .run = run, .waits = true, .seq = c->r->seq };
    s->count++;
    s->t_idle = 0;
    return HELPER_LATER;
}

/* ---- news ---- */

/* Ask the gatekeeper to look at RUN. */
static void
tell(struct helper *h, const struct startbook_run *run)
{
    struct runner_reply event = { .magic = RUNNER_MAGIC,
                                  .kind = RUNNER_EVENT_ENDED,
                                  .unit = RUNNER_JOB,
                                  .task = run->task,
                                  .attempt = run->attempt };

    memcpy(event.job, run->job, UUID_TEXT);
    (void)runner_wire_send(h->sock, &event, sizeof(event), NULL, 0, 0);
}

static void
remove_given(struct helper_shared *s, struct given *g)
{
    *g = s->given[--s->ngiven];
    if (s->ngiven == 0)
        s->t_idle = time_mono_ms();
}

static void
take_news(struct helper *h, struct helper_shared *s, struct runshared_news *n)
{
    struct given *g = find(s, &n->run);
    struct err err = ERR_INIT;

    if (g == NULL)
        return;
    n->text[sizeof(n->text) - 1] = '\0';
    if (n->kind == RUNSHARED_FAILED)
        err_set(&err,
                n->code > ERR_OK && n->code < ERR_COUNT ? (enum err_code)n->code
                                                        : ERR_IO,
                "the supervisor did not start: %s", n->text);
    if (n->kind == RUNSHARED_READY || n->kind == RUNSHARED_FAILED)
        answer(h, g, &err);
    if (n->kind == RUNSHARED_RUNS || n->kind == RUNSHARED_OVER)
        tell(h, &n->run);
    if (n->kind == RUNSHARED_FAILED || n->kind == RUNSHARED_OVER)
        remove_given(s, g);
}

/* Supervisor I has ended: ask the gatekeeper to look at its runs. */
static void
drop(struct helper *h, size_t i)
{
    struct helper_shared *s = h->shared[i];
    struct err err = ERR_INIT;

    err_set(&err, ERR_TIMEOUT, "the supervisor ended before it began");
    for (size_t k = 0; k < s->ngiven; k++) {
        if (!s->given[k].waits)
            tell(h, &s->given[k].run);
        answer(h, &s->given[k], &err);
    }
    close(s->sock);
    free(s->given);
    free(s);
    h->shared[i] = h->shared[--h->nshared];
    helper_starts_ended(h);
}

/* Read all messages of supervisor I. */
static void
receive(struct helper *h, size_t i)
{
    struct helper_shared *s = h->shared[i];
    struct runshared_news n;
    ssize_t size;

    while ((size = recv(s->sock, &n, sizeof(n), MSG_DONTWAIT)) ==
           (ssize_t)sizeof(n))
        take_news(h, s, &n);
    if (size >= 0 || errno != EAGAIN)
        drop(h, i);
}

size_t
helper_shared_poll(const struct helper *h, struct pollfd *p)
{
    for (size_t i = 0; i < h->nshared; i++)
        p[i] = (struct pollfd){ .fd = h->shared[i]->sock, .events = POLLIN };
    return h->nshared;
}

void
helper_shared_take(struct helper *h, const struct pollfd *p, size_t n)
{
    /* Backwards, since the last entry takes the place of a removed one. */
    for (size_t i = n; i > 0; i--)
        if (p[i - 1].revents != 0)
            receive(h, i - 1);
}

long long
helper_shared_due(const struct helper *h)
{
    long long due = 0;

    for (size_t i = 0; i < h->nshared; i++) {
        const struct helper_shared *s = h->shared[i];

        if (!s->closed && s->t_idle > 0 &&
            (due == 0 || s->t_idle + IDLE_MS < due))
            due = s->t_idle + IDLE_MS;
    }
    return due;
}

void
helper_shared_turn(struct helper *h, long long now)
{
    for (size_t i = 0; i < h->nshared; i++) {
        struct helper_shared *s = h->shared[i];

        if (!s->closed && s->t_idle > 0 && now >= s->t_idle + IDLE_MS)
            close_one(s);
    }
}
