/* gatekeeper/runner/runner_helper.c - see runner_helper.h. */
#include "gatekeeper/runner/runner_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "gatekeeper/runner/helper_books.h"
#include "gatekeeper/runner/helper_session.h"
#include "gatekeeper/runner/helper_shared.h"
#include "gatekeeper/runner/helper_starts.h"
#include "gatekeeper/runner/helper_units.h"

/* Pause between two SIGKILLs to an overdue tool. */
#define TOOL_END_MS 1000
/* Done in a row at most. */
#define REQUESTS    32

static helper_fn *const handlers[RUNNER_OP_COUNT] = {
#define RUNNER(handler)   NULL
#define HELPER(handler)   helper_##handler
#define BOTH(handler)     helper_##handler
#define OPERATOR(handler) helper_##handler
#define REQUEST(name, handler, where, shape, fds, arg_max, account) \
    [RUNNER_OP_##name] = where(handler),
#include "gatekeeper/runner/runner_ops.def"
#undef REQUEST
};

/* The process of watch I has ended. */
static void
watch_ended(struct helper *h, size_t i)
{
    struct helper_watch w = h->watch[i];
    struct runner_reply event = { .magic = RUNNER_MAGIC,
                                  .kind = RUNNER_EVENT_ENDED,
                                  .unit = w.unit,
                                  .task = w.task,
                                  .attempt = w.attempt };

    close(w.pidfd);
    h->watch[i] = h->watch[--h->nwatch];
    if (w.tool != NULL) {
        helper_tool_ended(h, w.tool, w.status);
        return;
    }
    if (w.unit == RUNNER_JOB && w.attempt == 0 && helper_book_ended(h, w.job))
        return;
    memcpy(event.job, w.job, UUID_TEXT);
    (void)runner_wire_send(h->sock, &event, sizeof(event), NULL, 0, 0);
}

/* The session of C is permanently unreadable: handle requests about a run
 * without its files. 0: the request is done. */
static int
serve_lost(const struct helper_call *c, struct err *err)
{
    const struct runner_request *r = c->r;
    bool ends = r->op == RUNNER_OP_SIGNAL && r->arg != RUNNER_STOP &&
                r->arg != RUNNER_CONT;

    bool again = r->op == RUNNER_OP_START && (r->arg & RUNNER_BEGIN_AGAIN) != 0;

    if (r->op != RUNNER_OP_STATUS && !ends && !again)
        return -1;
    if (err_transient(err->code))
        return -1;
    if (!helper_unit_sweep(r)) {
        *err = (struct err)ERR_INIT;
        return err_set(err, ERR_TIMEOUT,
                       "processes of job '%s' do not end after SIGKILL",
                       r->job);
    }
    if (ends)
        *err = (struct err)ERR_INIT;
    return ends ? 0 : -1;
}

static bool
needs_session(uint32_t op)
{
    return op != RUNNER_OP_REGISTER && op != RUNNER_OP_WIPE &&
           op != RUNNER_OP_QUERY;
}

static void
serve(struct helper *h, const struct runner_request *r, const int *fds)
{
    struct helper_call *c = xcalloc(1, sizeof(*c));
    struct err err = ERR_INIT;
    int rc = 0;

    c->r = r;
    c->fds = fds;
    c->sessionfd = -1;
    if (needs_session(r->op)) {
        c->sessionfd = helper_session_open(h, r->job, &err);
        rc = c->sessionfd < 0 ? serve_lost(c, &err) : 0;
    }
    if (rc == 0 && (c->sessionfd >= 0 || !needs_session(r->op)))
        rc = handlers[r->op](h, c, &err);
    if (rc != HELPER_LATER)
        helper_reply(h, c, &err);
    if (c->sessionfd >= 0)
        close(c->sessionfd);
    free(c);
}

/* Receive and serve one request of the runner.  1: there is none now; -1: no
 * more will come. */
static int
take_request(struct helper *h)
{
    struct runner_request r;
    int fds[RUNNER_FDS_MAX];
    size_t nfds = 0;
    ssize_t n =
        runner_wire_recv(h->sock, &r, sizeof(r), fds, &nfds, MSG_DONTWAIT);

    if (n < 0 && errno == EAGAIN)
        return 1;
    if (n > 0 && runner_wire_check(&r, (size_t)n, nfds, NULL) == 0 &&
        handlers[r.op] != NULL)
        serve(h, &r, fds);
    else
        n = 0;
    while (nfds > 0)
        close(fds[--nfds]);
    return n > 0 ? 0 : -1;
}

/* Serve the pending requests, up to a limit, so that other work is not delayed.
 * -1 as above. */
static int
take_requests(struct helper *h)
{
    int rc = 0;

    for (int i = 0; i < REQUESTS && rc == 0; i++)
        rc = take_request(h);
    return rc < 0 ? -1 : 0;
}

static int
compare_ints(const void *a, const void *b)
{
    const int *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Close the runner's other descriptors: a user's process must not have them. */
static void
close_others(const struct helper *h)
{
    int keep[RUNNER_PROGRAMS + 2], n = 0, low = 3;

    for (int i = 0; i < RUNNER_PROGRAMS; i++)
        keep[n++] = h->program[i];
    keep[n++] = h->sock;
    keep[n++] = log_descriptor();
    qsort(keep, (size_t)n, sizeof(*keep), compare_ints);
    for (int i = 0; i < n; i++) {
        if (keep[i] < low)
            continue;
        if (keep[i] > low)
            close_range((unsigned)low, (unsigned)keep[i] - 1, 0);
        low = keep[i] + 1;
    }
    close_range((unsigned)low, ~0u, 0);
}

static int
begin(struct helper *h, struct err *err)
{
    char *base = NULL;

    close_others(h);
    prctl(PR_SET_NAME, "gatekeeper-help");
    if (sys_user_become(&h->user, err) < 0)
        return -1;
    /* Nobody, including the user, may read or trace this process. */
    prctl(PR_SET_DUMPABLE, 0);
    umask(077);
    h->basefd = h->newsfd = -1;
    if (h->sessions == NULL)
        return 0;
    base = xasprintf("%s/%s", h->sessions, h->user.name);
    h->basefd = open(base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (h->basefd < 0)
        err_set(err, ERR_IO, "cannot open '%s': %s", base, strerror(errno));
    free(base);
    return err->code == ERR_OK ? helper_starts_restore(h, err) : -1;
}

/* Reap our ended children and keep each one's status in its watch. */
static void
reap(struct helper *h)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < h->nwatch; i++)
            if (h->watch[i].pid == pid)
                h->watch[i].status = status;
}

/* The time until the next deadline, ms; -1: no limit.  Kills overdue tools. */
static int
next_due(struct helper *h)
{
    long long now = time_mono_ms(), next = -1;

    for (size_t i = 0; i < h->nwatch; i++) {
        const struct helper_watch *w = &h->watch[i];
        long long left = w->tool == NULL ? -1 : helper_tool_due(w->tool) - now;

        if (w->tool == NULL)
            continue;
        if (left <= 0) {
            helper_tool_end(w->tool, w->pid);
            left = TOOL_END_MS;
        }
        if (next < 0 || left < next)
            next = left;
    }
    if (helper_shared_due(h) > 0) {
        long long left = helper_shared_due(h) - now;

        helper_shared_turn(h, now);
        if (left > 0 && (next < 0 || left < next))
            next = left;
    }
    return (int)next;
}

/* Wait for a request or the end of a process, and serve it.  -1: the runner has
 * ended. */
static int
turn(struct helper *h)
{
    struct pollfd *p = xcalloc(h->nwatch + 2 + HELPER_SHARED_MAX, sizeof(*p));
    size_t n = h->nwatch, nshared;
    int rc = 0;

    p[0] = (struct pollfd){ .fd = h->sock, .events = POLLIN };
    for (size_t i = 0; i < n; i++)
        p[i + 1] = (struct pollfd){ .fd = h->watch[i].pidfd, .events = POLLIN };
    p[n + 1] = (struct pollfd){ .fd = h->newsfd, .events = POLLIN };
    nshared = helper_shared_poll(h, p + n + 2);
    if (poll(p, n + 2 + nshared, next_due(h)) < 0 && errno != EINTR)
        rc = -1;
    reap(h);
    /* Backwards, since the last entry takes the place of a removed one. */
    for (size_t i = n; rc == 0 && i > 0; i--)
        if (p[i].revents != 0)
            watch_ended(h, i - 1);
    if (rc == 0 && p[n + 1].revents != 0)
        helper_book_news(h);
    if (rc == 0)
        helper_shared_take(h, p + n + 2, nshared);
    if (rc == 0 && p[0].revents != 0)
        rc = take_requests(h);
    free(p);
    return rc;
}

int
helper_run(struct helper *h)
{
    struct err err = ERR_INIT;

    if (begin(h, &err) < 0) {
        log_event(LOG_ERR, "runner.helper.fail", "account=%s reason=%s",
                  h->user.name, err.text);
        return 77;
    }
    while (turn(h) == 0)
        continue;
    return 0;
}
