/* gatekeeper/runner/server_pool.c - the helper processes, one per account. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/runner_server.h"
#include "gatekeeper/runner/sessions.h"

#define SOCKET_BUFFER (4 << 20)
/* The maximum age of an account's lookup, while it has work and while it has
 * none: accounts from LDAP or NIS change without any local file changing. */
#define FRESH_MS      1000
#define IDLE_FRESH_MS 10000

static int
run_helper(void *arg)
{
    return helper_run(arg);
}

/* Set all that the helper of USER needs, before the fork. */
static int
fill_shape(struct server *s, struct helper *h, const struct sys_user *user,
           bool operator, struct err * err)
{
    const struct conf *conf = s->daemon->conf;

    h->user = *user;
    h->conf = conf;
    h->sessions = operator? NULL : conf_str(conf, CONF_gatekeeper_sessions);
    h->certificates = conf_str(conf, CONF_security_certificates);
    h->kill_grace = conf_num(conf, CONF_gatekeeper_kill_grace);
    h->staging_deadline = conf_num(conf, CONF_gatekeeper_staging_deadline);
    memcpy(h->program, s->program, sizeof(h->program));
    return operator? 0 : sessions_account(s->sessionsfd, &h->user, err);
}

static int
start(struct server_helper *p, struct err *err)
{
    int pair[2], size = SOCKET_BUFFER;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    for (int i = 0; i < 2; i++)
        if (setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &size,
                       sizeof(size)) < 0)
            setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    p->shape.sock = pair[1];
    p->pid = sys_fork(run_helper, &p->shape, err);
    close(pair[1]);
    if (p->pid < 0) {
        close(pair[0]);
        return -1;
    }
    p->sock = pair[0];
    p->t_used = time_mono_ms();
    log_event(LOG_INFO, "runner.helper.start", "account=%s pid=%d",
              p->shape.user.name, (int)p->pid);
    return 0;
}

/* Remove helper I. Its outstanding requests are answered with TIMEOUT. */
static void
drop(struct server *s, size_t i, const char *why)
{
    struct server_helper *p = s->helper[i];

    log_event(LOG_INFO, "runner.helper.end", "account=%s pid=%d reason=%s",
              p->shape.user.name, (int)p->pid, why);
    for (size_t k = 0; k < p->npending; k++) {
        struct server_call *c = xcalloc(1, sizeof(*c));
        struct err err = ERR_INIT;

        c->r.seq = p->pending[k].seq;
        err_set(&err, ERR_TIMEOUT, "the helper of account '%s' %s",
                p->shape.user.name, why);
        server_call_reply(s, c, &err);
    }
    close(p->sock);
    s->helper[i] = s->helper[--s->nhelpers];
    free(p->pending);
    free(p);
}

/* End the least recently used idle helper. */
static int
make_room(struct server *s, struct err *err)
{
    size_t oldest = SERVER_HELPERS_MAX;

    for (size_t i = 0; i < s->nhelpers; i++)
        if (s->helper[i]->npending == 0 &&
            (oldest == SERVER_HELPERS_MAX ||
             s->helper[i]->t_used < s->helper[oldest]->t_used))
            oldest = i;
    if (oldest == SERVER_HELPERS_MAX)
        return err_set(err, ERR_LIMIT, "too many accounts are busy");
    drop(s, oldest, "made room for another");
    return 0;
}

/* Whether P is the helper of O. */
static bool
is_of(const struct server_helper *p, const struct runner_owner *o)
{
    return p->operator== o->operator&&
               strcmp(p->shape.user.name, o->account) == 0 &&
           (o->uid == RUNNER_UID_UNKNOWN || o->uid == p->shape.user.uid);
}

/* Look up the account of helper I again.  If it changed, end the helper and
 * pass its requests to a new one. false: the helper is gone. */
static bool
judge_again(struct server *s, size_t i, long long age_ms)
{
    struct server_helper *p = s->helper[i];
    const struct runner_owner o = { .account = p->shape.user.name,
                                    .uid = p->shape.user.uid,
                                    .operator= p->operator};
    struct err err = ERR_INIT;

    if (server_account_fresh(&p->account, age_ms))
        return true;
    if (server_account_judge(s, &o, &p->account, &err) == 0 &&
        server_account_same(&p->account.user, &p->shape.user))
        return true;
    kill(p->pid, SIGKILL);
    drop(s, i, "has another account now");
    return false;
}

/* Start a new helper for the account A. */
static struct server_helper *
add_helper(struct server *s, const struct server_account *a, bool operator,
           struct err * err)
{
    struct server_helper *p;

    if (s->nhelpers == SERVER_HELPERS_MAX && make_room(s, err) < 0)
        return NULL;
    p = xcalloc(1, sizeof(*p));
    p->account = *a;
    p->operator= operator;
    if (fill_shape(s, &p->shape, &a->user, operator, err) < 0 ||
        start(p, err) < 0) {
        free(p);
        return NULL;
    }
    s->helper[s->nhelpers++] = p;
    return p;
}

struct server_helper *
server_pool_get(struct server *s, const struct runner_owner *o, uint32_t op,
                struct err *err)
{
    struct server_account a;

    for (size_t i = s->nhelpers; i > 0; i--) {
        struct server_helper *p = s->helper[i - 1];

        if (!is_of(p, o) || !judge_again(s, i - 1, FRESH_MS))
            continue;
        if (server_account_may(&p->account, op, err) == 0)
            return p;
        if (o->uid != RUNNER_UID_UNKNOWN)
            return NULL;
        *err = (struct err)
            ERR_INIT; /* that error belongs to the old uid of the name */
    }
    if (server_account_judge(s, o, &a, err) < 0 ||
        server_account_may(&a, op, err) < 0)
        return NULL;
    return add_helper(s, &a, o->operator, err);
}

/* Time limit of a request: removing a large session or running a scheduler's
 * command may take longer than others, but must end when the service does. */
static long long
answer_ms(const struct server *s, uint32_t op)
{
    if (s->hurried)
        return SERVER_END_S * 1000LL;
    if (op == RUNNER_OP_WIPE)
        return 3600 * 1000LL;
    return (op == RUNNER_OP_TOOL || op == RUNNER_OP_QUERY ? 10 : 1) *
           SERVER_ANSWER_S * 1000LL;
}

static void
add_pending(const struct server *s, struct server_helper *p,
            const struct runner_request *r)
{
    struct server_pending *q;

    if (p->npending == p->room) {
        p->room = p->room == 0 ? 16 : p->room * 2;
        p->pending = xrealloc(p->pending, p->room, sizeof(*p->pending));
    }
    q = &p->pending[p->npending++];
    *q = (struct server_pending){ .seq = r->seq,
                                  .op = r->op,
                                  .arg = r->arg,
                                  .t_due =
                                      time_mono_ms() + answer_ms(s, r->op) };
    memcpy(q->job, r->job, sizeof(q->job));
}

int
server_pool_send(struct server *s, const struct runner_owner *o,
                 const struct server_call *c, struct err *err)
{
    struct server_helper *p = server_pool_get(s, o, c->r.op, err);

    if (p == NULL)
        return -1;
    p->t_used = time_mono_ms();
    if (p->npending >= SERVER_PENDING_MAX ||
        (runner_wire_send(p->sock, &c->r, sizeof(c->r), c->fds, c->nfds,
                          MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == ETOOMANYREFS)))
        return err_set(err, ERR_LIMIT, "account '%s' is busy: try again",
                       o->account);
    /* Any other failure is noticed as the end of the helper. */
    add_pending(s, p, &c->r);
    return 0;
}

/* Remove the pending request SEQ; false if there is none. */
static bool
take_pending(struct server_helper *p, uint64_t seq, struct server_pending *out)
{
    for (size_t i = 0; i < p->npending; i++)
        if (p->pending[i].seq == seq) {
            *out = p->pending[i];
            p->npending--;
            memmove(&p->pending[i], &p->pending[i + 1],
                    (p->npending - i) * sizeof(*p->pending));
            return true;
        }
    return false;
}

/* Fill in the account and path, which the runner does not take from a
 * helper. */
static void
finish(struct server *s, const struct server_helper *p,
       const struct server_pending *q, struct runner_reply *reply)
{
    const struct sys_user *user = &p->shape.user;
    int n;

    if (q->op == RUNNER_OP_WIPE && (reply->code == ERR_OK || q->arg != 0))
        runner_registry_remove(s->registry, q->job);
    if (reply->code != ERR_OK)
        return;
    if (q->op != RUNNER_OP_REGISTER)
        return;
    memcpy(reply->word, user->name, sizeof(reply->word));
    reply->uid = (uint32_t)user->uid;
    reply->gid = (uint32_t)user->gid;
    memset(reply->text, 0, sizeof(reply->text));
    n = snprintf(reply->text, sizeof(reply->text) - sizeof(user->home),
                 "%s/%s/%s", p->shape.sessions, user->name, q->job);
    memcpy(reply->text + n + 1, user->home, sizeof(user->home));
}

/* An event must be about a job of the helper's account. */
static bool
event_ok(const struct server *s, const struct server_helper *p,
         const struct runner_reply *reply)
{
    const struct runner_owner *o;

    if (reply->kind != RUNNER_EVENT_ENDED || !uuid_ok(reply->job))
        return false;
    o = runner_registry_owner(s->registry, reply->job);
    return o != NULL && is_of(p, o);
}

static void
relay(struct server *s, struct server_helper *p, struct server_call *c)
{
    struct server_pending q;
    struct err none = ERR_INIT;

    if (c->reply.kind == RUNNER_REPLY && take_pending(p, c->reply.seq, &q)) {
        test_point("runner.relay");
        c->r.seq = q.seq;
        finish(s, p, &q, &c->reply);
        server_call_reply(s, c, &none);
        return;
    }
    if (event_ok(s, p, &c->reply))
        (void)runner_wire_send(s->peer, &c->reply, sizeof(c->reply), NULL, 0,
                               0);
    while (c->nreply_fd > 0)
        close(c->reply_fd[--c->nreply_fd]);
    free(c);
}

void
server_pool_receive(struct server *s, size_t i)
{
    struct server_helper *p = s->helper[i];

    for (int k = 0; k < SERVER_BATCH; k++) {
        struct server_call *c = xcalloc(1, sizeof(*c));
        ssize_t n = runner_wire_recv(p->sock, &c->reply, sizeof(c->reply),
                                     c->reply_fd, &c->nreply_fd, MSG_DONTWAIT);

        if (n > 0 && runner_wire_check_reply(&c->reply, (size_t)n, NULL) == 0) {
            relay(s, p, c);
            continue;
        }
        while (c->nreply_fd > 0)
            close(c->reply_fd[--c->nreply_fd]);
        free(c);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n > 0)
            kill(p->pid, SIGKILL);
        drop(s, i, n > 0 ? "spoke nonsense" : "has ended");
        return;
    }
}

static bool
is_overdue(const struct server_helper *p, long long now)
{
    for (size_t i = 0; i < p->npending; i++)
        if (p->pending[i].t_due < now)
            return true;
    return false;
}

void
server_pool_expire(struct server *s)
{
    long long now = time_mono_ms();

    if (now < s->t_expire)
        return;
    s->t_expire = now + 1000;
    for (size_t i = s->nhelpers; i > 0; i--) {
        struct server_helper *p = s->helper[i - 1];

        if (!judge_again(s, i - 1, IDLE_FRESH_MS))
            continue;
        if (is_overdue(p, now)) {
            kill(p->pid, SIGKILL);
            drop(s, i - 1, "did not answer");
        } else if (p->npending == 0 &&
                   p->t_used + SERVER_IDLE_S * 1000LL < now) {
            drop(s, i - 1, "was idle");
        }
    }
}

void
server_pool_hurry(struct server *s)
{
    long long most = time_mono_ms() + SERVER_END_S * 1000LL;

    s->hurried = true;
    for (size_t i = 0; i < s->nhelpers; i++)
        for (size_t k = 0; k < s->helper[i]->npending; k++)
            if (s->helper[i]->pending[k].t_due > most)
                s->helper[i]->pending[k].t_due = most;
}

/* Wait for the N helpers PID, whose sockets are closed, and kill those that
 * hang. */
static void
await_end(const pid_t *pid, size_t n)
{
    const struct timespec pause = { .tv_nsec = 10 * 1000000 };
    long long until = time_mono_ms() + SERVER_END_S * 1000LL;
    pid_t rc;

    for (size_t i = 0; i < n; i++) {
        while ((rc = waitpid(pid[i], NULL, WNOHANG)) == 0 &&
               time_mono_ms() < until)
            nanosleep(&pause, NULL);
        if (rc == 0) {
            kill(pid[i], SIGKILL);
            waitpid(pid[i], NULL, 0);
        }
    }
}

void
server_pool_close(struct server *s)
{
    pid_t pid[SERVER_HELPERS_MAX];
    size_t n = 0;

    while (s->nhelpers > 0) {
        pid[n++] = s->helper[s->nhelpers - 1]->pid;
        drop(s, s->nhelpers - 1, "is not needed any more");
    }
    await_end(pid, n);
}
