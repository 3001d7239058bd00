/* gatekeeper/runner/runner_server.c - see runner_server.h. */
#include "gatekeeper/runner/runner_server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/testpoint.h"

#define END_MS 30000 /* the gatekeeper must end within this after SIGTERM */

static server_fn *const handlers[RUNNER_OP_COUNT] = {
#define RUNNER(handler)   server_##handler
#define HELPER(handler)   NULL
#define BOTH(handler)     server_##handler
#define OPERATOR(handler) NULL
#define REQUEST(name, handler, where, shape, fds, arg_max, account) \
    [RUNNER_OP_##name] = where(handler),
#include "gatekeeper/runner/runner_ops.def"
#undef REQUEST
#undef RUNNER
#undef HELPER
#undef BOTH
#undef OPERATOR
};

/* Requests without a job. */
static const bool for_operator[RUNNER_OP_COUNT] = {
#define RUNNER(handler)   false
#define HELPER(handler)   false
#define BOTH(handler)     false
#define OPERATOR(handler) true
#define REQUEST(name, handler, where, shape, fds, arg_max, account) \
    [RUNNER_OP_##name] = where(handler),
#include "gatekeeper/runner/runner_ops.def"
#undef REQUEST
#undef RUNNER
#undef HELPER
#undef BOTH
#undef OPERATOR
};

/* The owner whose helper serves C; NULL with ERR. */
static const struct runner_owner *
find_owner(struct server *s, const struct server_call *c, struct err *err)
{
    const struct runner_owner *owner = NULL;

    if (for_operator[c->r.op])
        return server_account_operator(s, err);
    if (s->registry != NULL)
        owner = runner_registry_owner(s->registry, c->r.job);
    if (owner == NULL)
        err_set(err, ERR_STATE, "job '%s' is not in the runner's registry",
                c->r.job);
    return owner;
}

static int
dispatch(struct server *s, struct server_call *c, struct err *err)
{
    const struct runner_owner *owner;

    if (handlers[c->r.op] != NULL)
        return handlers[c->r.op](s, c, err);
    owner = find_owner(s, c, err);
    if (owner == NULL && c->r.op == RUNNER_OP_WIPE) {
        *err = (struct err)ERR_INIT;
        return 0;
    }
    if (owner == NULL)
        return -1;
    if (server_account_mapped(s, owner, c->r.op, err) < 0 ||
        server_pool_send(s, owner, c, err) < 0)
        return -1;
    server_call_free(c);
    return SERVER_LATER;
}

/* Receive one request and serve or pass it on.  -1: none is there. */
static int
take_request(struct server *s)
{
    struct server_call *c = xcalloc(1, sizeof(*c));
    struct err err = ERR_INIT;
    ssize_t n = runner_wire_recv(s->peer, &c->r, sizeof(c->r), c->fds, &c->nfds,
                                 MSG_DONTWAIT);

    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            server_peer_lost(s, n == 0 ? "it has gone" : strerror(errno));
        server_call_free(c);
        return -1;
    }
    if (runner_wire_check(&c->r, (size_t)n, c->nfds, &err) < 0) {
        log_event(LOG_ERR, "runner.request.bad", "reason=%s", err.text);
        server_peer_lost(s, "it made a bad request");
        kill(s->gatekeeper, SIGKILL);
        server_call_free(c);
        return -1;
    }
    if (dispatch(s, c, &err) != SERVER_LATER)
        server_call_reply(s, c, &err);
    return 0;
}

/* The new registrations are on disk now: continue with them in order. */
static void
sync_registry(struct server *s)
{
    struct err err = ERR_INIT;

    if (s->registry == NULL)
        return; /* only checking the configuration */
    if (runner_registry_sync(s->registry, &err) < 0 &&
        err.code == ERR_INTERNAL) { /* the contents of the disk are unknown */
        log_event(LOG_CRIT, "runner.registry.fail", "reason=%s", err.text);
        _exit(74);
    }
    if (s->nwaiting > 0)
        test_point("runner.synced");
    for (size_t i = 0; i < s->nwaiting; i++) {
        struct server_call *c = s->waiting[i];
        const struct runner_owner *o =
            runner_registry_owner(s->registry, c->r.job);
        struct err why = err;

        if (why.code == ERR_OK && o != NULL)
            (void)server_pool_send(s, o, c, &why);
        if (why.code == ERR_OK)
            server_call_free(c);
        else
            server_call_reply(s, c, &why);
    }
    s->nwaiting = 0;
}

static void
reap(struct server *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != s->gatekeeper)
            continue;
        s->gatekeeper = 0;
        s->ended = true;
        if (WIFEXITED(status))
            s->status = WEXITSTATUS(status);
        log_event(s->ending ? LOG_INFO : LOG_ERR, "runner.gatekeeper.end",
                  "status=%d signal=%d",
                  WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                  WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    }
}

/* Reopen the log, which may have been rotated, also for the gatekeeper. */
static void
reload(struct server *s)
{
    struct runner_reply event = { .magic = RUNNER_MAGIC,
                                  .kind = RUNNER_EVENT_LOG };
    int fd;

    (void)log_reopen();
    fd = log_descriptor();
    if (fd > STDERR_FILENO)
        (void)runner_wire_send(s->peer, &event, sizeof(event), &fd, 1, 0);
    kill(s->gatekeeper, SIGHUP);
}

static void
take_signals(struct server *s)
{
    int sig;

    while ((sig = daemon_wait(s->daemon, 0)) > 0) {
        if (sig == SIGCHLD)
            reap(s);
        if ((sig == SIGTERM || sig == SIGINT) && s->gatekeeper > 0) {
            s->ending = true;
            server_pool_hurry(s);
            kill(s->gatekeeper, SIGTERM);
        }
        if (sig == SIGHUP && s->gatekeeper > 0)
            reload(s);
    }
}

static void
turn(struct server *s)
{
    struct pollfd p[SERVER_HELPERS_MAX + 2];
    size_t n = s->nhelpers;

    p[0] = (struct pollfd){ .fd = s->daemon->signal_fd, .events = POLLIN };
    p[1] = (struct pollfd){ .fd = s->peer, .events = POLLIN };
    for (size_t i = 0; i < n; i++)
        p[i + 2] =
            (struct pollfd){ .fd = s->helper[i]->sock, .events = POLLIN };
    if (poll(p, n + 2, 1000) < 0 && errno != EINTR)
        server_peer_lost(s, strerror(errno));
    /* Backwards, since the last entry takes the place of a removed one. */
    for (size_t i = n; i > 0; i--)
        if (p[i + 1].revents != 0)
            server_pool_receive(s, i - 1);
    if (p[1].revents != 0)
        for (int i = 0; i < SERVER_BATCH && !s->ended; i++)
            if (take_request(s) < 0)
                break;
    sync_registry(s);
    if (p[0].revents != 0)
        take_signals(s);
    server_pool_expire(s);
}

/* The gatekeeper's socket is closed or unusable: end the gatekeeper if it is
 * not ending already. */
static void
end_gatekeeper(struct server *s)
{
    const struct timespec pause = { .tv_nsec = 10 * 1000000 };
    int wait_ms = s->ending ? END_MS : 1000;

    for (; s->gatekeeper > 0 && wait_ms > 0; wait_ms -= 10) {
        reap(s);
        if (s->gatekeeper > 0)
            nanosleep(&pause, NULL);
    }
    if (s->gatekeeper > 0) {
        kill(s->gatekeeper, SIGKILL);
        waitpid(s->gatekeeper, NULL, 0);
    }
}

int
runner_server_run(struct server *s)
{
    struct timeval limit = { .tv_sec = SERVER_ANSWER_S };

    setsockopt(s->peer, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    s->status = 70;
    while (!s->ended)
        turn(s);
    end_gatekeeper(s);
    return s->status;
}

void
runner_server_fini(struct server *s)
{
    server_pool_close(s);
    runner_registry_close(s->registry);
    gridmap_destroy(s->map);
    free(s->operator.account);
    for (int i = 0; i < RUNNER_PROGRAMS; i++)
        if (s->program[i] >= 0)
            close(s->program[i]);
    if (s->sessionsfd >= 0)
        close(s->sessionsfd);
    if (s->peer >= 0)
        close(s->peer);
}
