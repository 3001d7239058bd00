/* gatekeeper/runner/runner_client.c - the gatekeeper's end of the socket: one
 * thread receives, any number send requests.  See runner_client.h. */
#include "gatekeeper/runner/runner_client.h"
#include "base/lock.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "gatekeeper/runner/runner_call.h"

#define IN_FLIGHT_MAX 256

struct runner {
    int sock;
    runner_event_fn *event;
    void *arg;
    pthread_t thread;
    struct lock lock; /* guards all fields below */
    pthread_cond_t room;
    struct runner_call *calls; /* waiting for their answers */
    size_t in_flight;
    uint64_t seq;
    bool closing;
};

/* Take the call that waits for SEQ off the list; NULL if there is none. */
static struct runner_call *
take_call(struct runner *r, uint64_t seq)
{
    struct runner_call **p = &r->calls, *c;

    while (*p != NULL && (*p)->request.seq != seq)
        p = &(*p)->next;
    c = *p;
    if (c != NULL) {
        *p = c->next;
        r->in_flight--;
        pthread_cond_signal(&r->room);
    }
    return c;
}

/* Pass the answer to its caller; drop it if no call waits for it. */
static void
deliver(struct runner *r, const struct runner_reply *reply, const int *fds,
        size_t nfds)
{
    struct runner_call *c;

    lock_take(&r->lock);
    c = take_call(r, reply->seq);
    if (c != NULL) {
        c->reply = *reply;
        memcpy(c->reply_fd, fds, nfds * sizeof(*fds));
        c->nreply_fd = nfds;
        c->done = true;
        pthread_cond_signal(&c->wake);
    }
    lock_release(&r->lock);
    while (c == NULL && nfds > 0)
        close(fds[--nfds]);
}

/* Report the run of REPLY, or each task that it lists. */
static void
tell_event(const struct runner *r, const struct runner_reply *reply)
{
    const char *p = reply->text;
    char *end;

    if (*p == '\0')
        r->event(r->arg, reply->job, (enum runner_unit)reply->unit,
                 reply->task);
    for (; *p >= '0' && *p <= '9'; p = *end == ' ' ? end + 1 : end)
        r->event(r->arg, reply->job, (enum runner_unit)reply->unit,
                 (uint32_t)strtoul(p, &end, 10));
}

static void
take_event(struct runner *r, const struct runner_reply *reply, const int *fds,
           size_t nfds)
{
    if (reply->kind == RUNNER_EVENT_LOG && nfds > 0)
        dup2(fds[0], STDERR_FILENO);
    if (reply->kind == RUNNER_EVENT_ENDED && r->event != NULL)
        tell_event(r, reply);
    while (nfds > 0)
        close(fds[--nfds]);
}

static bool
is_closing(struct runner *r)
{
    bool closing;

    lock_take(&r->lock);
    closing = r->closing;
    lock_release(&r->lock);
    return closing;
}

/* The runner ended although we did not ask it to.  This process can do nothing
 * without it: exit now, before it gives wrong answers, and let the service be
 * restarted. */
static void
lost(struct runner *r, const char *reason)
{
    if (is_closing(r))
        return;
    log_event(LOG_ERR, "runner.lost", "reason=%s", reason);
    _exit(70);
}

static void *
receive(void *arg)
{
    struct runner *r = arg;
    struct runner_reply reply;
    int fds[RUNNER_FDS_MAX];
    size_t nfds;
    ssize_t n;

    for (;;) {
        n = runner_wire_recv(r->sock, &reply, sizeof(reply), fds, &nfds, 0);
        if (n <= 0 || runner_wire_check_reply(&reply, (size_t)n, NULL) < 0)
            break;
        if (reply.kind == RUNNER_REPLY)
            deliver(r, &reply, fds, nfds);
        else
            take_event(r, &reply, fds, nfds);
    }
    lost(r, n < 0 ? strerror(errno) : "it has gone");
    return NULL;
}

int
runner_open(struct runner **out, int fd, runner_event_fn *event, void *arg,
            struct err *err)
{
    struct runner *r = xcalloc(1, sizeof(*r));
    int rc;

    r->sock = fd;
    r->event = event;
    r->arg = arg;
    lock_init(&r->lock, LOCK_runner);
    pthread_cond_init(&r->room, NULL);
    rc = pthread_create(&r->thread, NULL, receive, r);
    if (rc != 0) {
        close(fd);
        free(r);
        return err_set(err, ERR_NOMEM, "cannot start a thread: %s",
                       strerror(rc));
    }
    pthread_setname_np(r->thread, "runner-answers");
    *out = r;
    return 0;
}

void
runner_close(struct runner *r)
{
    if (r == NULL)
        return;
    lock_take(&r->lock);
    r->closing = true;
    lock_release(&r->lock);
    shutdown(r->sock, SHUT_RDWR);
    pthread_join(r->thread, NULL);
    close(r->sock);
    pthread_cond_destroy(&r->room);
    lock_fini(&r->lock);
    free(r);
}

void
runner_call_init(struct runner_call *c, enum runner_op op, const char *job)
{
    memset(c, 0, sizeof(*c));
    c->request.magic = RUNNER_MAGIC;
    c->request.op = (uint32_t)op;
    if (job != NULL)
        memcpy(c->request.job, job, strnlen(job, sizeof(c->request.job) - 1));
}

/* Copy TEXT into TO[0..SIZE); an error if it does not fit. */
static int
put(char *to, size_t size, const char *text, struct err *err)
{
    size_t n = strlen(text);

    if (n >= size)
        return err_set(err, ERR_USAGE, "'%.60s...' is too long", text);
    memcpy(to, text, n);
    return 0;
}

int
runner_call_text(struct runner_call *c, const char *text, struct err *err)
{
    return put(c->request.text, sizeof(c->request.text), text, err);
}

int
runner_call_word(struct runner_call *c, const char *word, struct err *err)
{
    return word == NULL
               ? 0
               : put(c->request.word, sizeof(c->request.word), word, err);
}

int
runner_call_send(struct runner *r, struct runner_call *c, struct err *err)
{
    int why;

    /* The runner would end this process for a malformed request: refuse it
     * here. */
    if (runner_wire_check(&c->request, sizeof(c->request), c->nfds, err) < 0)
        return -1;
    pthread_cond_init(&c->wake, NULL);
    lock_take(&r->lock);
    while (r->in_flight >= IN_FLIGHT_MAX)
        lock_wait(&r->lock, &r->room);
    c->request.seq = ++r->seq;
    c->next = r->calls;
    r->calls = c;
    r->in_flight++;
    lock_release(&r->lock);
    if (runner_wire_send(r->sock, &c->request, sizeof(c->request), c->fds,
                         c->nfds, 0) == 0)
        return 0;
    why = errno;
    if (why == EPIPE || why == ECONNRESET)
        lost(r, strerror(why));
    err_set(err, ERR_IO, "cannot ask the runner: %s", strerror(why));
    lock_take(&r->lock);
    take_call(r, c->request.seq);
    lock_release(&r->lock);
    pthread_cond_destroy(&c->wake);
    return -1;
}

int
runner_call_wait(struct runner *r, struct runner_call *c, size_t nfds,
                 struct err *err)
{
    lock_take(&r->lock);
    while (!c->done)
        lock_wait(&r->lock, &c->wake);
    lock_release(&r->lock);
    pthread_cond_destroy(&c->wake);
    if (c->reply.code == ERR_OK && c->nreply_fd == nfds)
        return 0;
    while (c->nreply_fd > 0)
        close(c->reply_fd[--c->nreply_fd]);
    if (c->reply.code == ERR_OK)
        return err_set(err, ERR_PROTOCOL, "the runner sent %zu descriptors",
                       c->nreply_fd);
    return err_set(err, (enum err_code)c->reply.code, "%s", c->reply.text);
}

int
runner_call_do(struct runner *r, struct runner_call *c, size_t nfds,
               struct err *err)
{
    if (runner_call_send(r, c, err) < 0)
        return -1;
    return runner_call_wait(r, c, nfds, err);
}
