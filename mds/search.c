/* mds/search.c - see search.h: the daemon's side, and the nursery. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "mds/librarian.h"
#include "mds/search.h"

struct search {
    int nursery; /* each descriptor sent there becomes a librarian's stream */
    pid_t nurse;
    int librarian; /* its stream; -1: there is none */
    bool has[DIALECT_COUNT];
};

/* ---- the nursery ---- */

struct nursery {
    int fd, other; /* fd: ours; other: the daemon's, closed in this process */
    const struct sys_user *user;
    bool quiet;
};

/* Send N bytes at P, with the descriptor FD unless it is -1. */
static int
send_with(int sock, const void *p, size_t n, int fd)
{
    char room[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec v = { (void *)(uintptr_t)p, n };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };

    if (fd >= 0) {
        struct cmsghdr *c;

        m.msg_control = room;
        m.msg_controllen = sizeof(room);
        c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &fd, sizeof(int));
    }
    while (n > 0) {
        ssize_t k = sendmsg(sock, &m, MSG_NOSIGNAL);

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return -1;
        n -= (size_t)k;
        v.iov_base = (char *)v.iov_base + k;
        v.iov_len = n;
        m.msg_control = NULL; /* it was sent with the first byte */
        m.msg_controllen = 0;
    }
    return 0;
}

/* Receive the descriptor that comes with the next byte of SOCK; -1 at its
 * end. */
static int
receive(int sock)
{
    char byte, room[CMSG_SPACE(sizeof(int))];
    struct iovec v = { &byte, 1 };
    struct msghdr m = { .msg_iov = &v,
                        .msg_iovlen = 1,
                        .msg_control = room,
                        .msg_controllen = sizeof(room) };
    struct cmsghdr *c;
    int fd = -1;

    if (recvmsg(sock, &m, MSG_CMSG_CLOEXEC) != 1)
        return -1;
    c = CMSG_FIRSTHDR(&m);
    if (c != NULL && c->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(c), sizeof(int));
    return fd;
}

/* Run a librarian on the stream *ARG, without any other descriptor of ours. */
static int
librarian(void *arg)
{
    const int *fd = arg;

    if (*fd != 3 && dup2(*fd, 3) < 0)
        return 1;
    sys_close_from(4);
    return librarian_run(3);
}

/* Fork a librarian for each descriptor received. */
static int
nurse(void *arg)
{
    const struct nursery *n = arg;
    int fd;

    close(n->other);
    sys_leave_terminal(n->quiet);
    prctl(PR_SET_NAME, "mds-nursery");
    signal(SIGCHLD, SIG_IGN); /* exit statuses are not needed */
    if (n->user != NULL && sys_user_become(n->user, NULL) < 0)
        return 1;
    while ((fd = receive(n->fd)) >= 0) {
        sys_fork(librarian, &fd, NULL);
        close(fd);
    }
    while (wait(NULL) > 0 ||
           errno == EINTR) /* wait until all librarians have ended */
        continue;
    return 0;
}

int
search_open(const struct sys_user *user, bool quiet, struct search **out,
            struct err *err)
{
    struct nursery n = { .user = user, .quiet = quiet };
    int pair[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    n.fd = pair[1];
    n.other = pair[0];
    pid = sys_fork(nurse, &n, err);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return -1;
    }
    *out = xcalloc(1, sizeof(**out));
    (*out)->nursery = pair[0];
    (*out)->nurse = pid;
    (*out)->librarian = -1;
    return 0;
}

/* The librarian has ended. */
static void
lose(struct search *s)
{
    if (s->librarian >= 0)
        close(s->librarian);
    s->librarian = -1;
    memset(s->has, 0, sizeof(s->has));
}

void
search_close(struct search *s)
{
    if (s == NULL)
        return;
    lose(s);
    close(s->nursery);
    /* a daemon in the background is not its parent */
    while (waitpid(s->nurse, NULL, 0) < 0 && errno == EINTR)
        continue;
    free(s);
}

/* ---- documents ---- */

bool
search_has(const struct search *s, enum dialect d)
{
    return s->has[d];
}

/* Send FRAME with FRAME->len bytes at P, and the descriptor FD unless it is
 * -1. */
static int
tell(struct search *s, struct librarian_frame *frame, const void *p, int fd)
{
    if (s->librarian >= 0 &&
        send_with(s->librarian, frame, sizeof(*frame), fd) == 0 &&
        (frame->len == 0 ||
         send_with(s->librarian, p, (size_t)frame->len, -1) == 0))
        return 0;
    if (s->librarian >= 0)
        log_event(LOG_WARNING, "search.lost", "error=%s", strerror(errno));
    lose(s);
    return -1;
}

/* Start a librarian if there is none. */
static int
engage(struct search *s, struct err *err)
{
    int pair[2];

    if (s->librarian >= 0)
        return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    if (send_with(s->nursery, "l", 1, pair[1]) < 0) {
        close(pair[0]);
        close(pair[1]);
        return err_set(err, ERR_IO,
                       "the process that answers queries has ended: start mds "
                       "again");
    }
    close(pair[1]);
    s->librarian = pair[0];
    return 0;
}

int
search_begin(struct search *s, enum dialect d, struct err *err)
{
    struct librarian_frame f = { .op = LIBRARIAN_BEGIN, .dialect = d };

    if (engage(s, err) < 0)
        return -1;
    if (tell(s, &f, NULL, -1) < 0)
        return err_set(err, ERR_UNREACHABLE,
                       "the process that holds the documents has ended");
    s->has[d] = true;
    return 0;
}

void
search_put(struct search *s, enum dialect d, unsigned slot, const char *xml,
           size_t len)
{
    struct librarian_frame f = {
        .op = LIBRARIAN_PUT, .dialect = d, .slot = slot, .len = len
    };

    if (s->has[d])
        tell(s, &f, xml, -1);
}

void
search_drop(struct search *s, enum dialect d, unsigned slot)
{
    struct librarian_frame f = { .op = LIBRARIAN_DROP,
                                 .dialect = d,
                                 .slot = slot };

    if (s->has[d])
        tell(s, &f, NULL, -1);
}

/* ---- questions ---- */

int
search_ask(struct search *s, const struct search_query *q, int *answer,
           struct err *err)
{
    struct librarian_frame f = { .op = LIBRARIAN_ASK,
                                 .dialect = q->dialect,
                                 .document =
                                     q->document != NULL ? q->document->len : 0,
                                 .now_ms = q->now_ms,
                                 .timeout_ms = q->timeout_ms,
                                 .answer_max = q->answer_max,
                                 .memory_max = q->memory_max };
    struct buf bytes = BUF_INIT;
    int pair[2], rc;

    if (q->document != NULL && engage(s, err) < 0)
        return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    buf_add(&bytes, q->text, strlen(q->text) + 1);
    for (const char *const *w = q->ns; w != NULL && *w != NULL; w++)
        buf_add(&bytes, *w, strlen(*w) + 1);
    if (q->document != NULL)
        buf_add(&bytes, q->document->data, q->document->len);
    f.len = bytes.len;
    rc = tell(s, &f, bytes.data, pair[1]);
    buf_fini(&bytes);
    close(pair[1]);
    *answer = pair[0];
    if (rc == 0)
        return 0;
    close(pair[0]);
    return err_set(err, ERR_UNREACHABLE,
                   "the process that holds the documents has ended");
}

/* A query under evaluation. */
struct asked {
    int fd;
    int32_t pid; /* of its process; 0: unknown yet */
    const struct search_query *q;
    const struct search_wait *w;
};

/* The processor time that A has used, ms. */
static long long
used(const struct asked *a)
{
    struct timespec t;
    clockid_t clock;

    if (a->pid == 0 || clock_getcpuclockid(a->pid, &clock) != 0 ||
        clock_gettime(clock, &t) < 0)
        return 0;
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* The other end of A's answer is closed: its process has ended, or could not be
 * started for lack of processes or memory. */
static int
ended(const struct asked *a, struct err *err)
{
    if (a->pid == 0)
        return err_set(err, ERR_LIMIT,
                       "cannot start a process for the query: try again");
    return err_set(err, ERR_LIMIT,
                   "the query was ended: it needs more than the %zu bytes of "
                   "memory allowed here (mds.query_memory), or more time",
                   a->q->memory_max);
}

/* Read N bytes of A's answer to P before its deadline. */
static int
read_within(const struct asked *a, void *p, size_t n, struct err *err)
{
    char *at = p;

    while (n > 0) {
        struct pollfd f = { .fd = a->fd, .events = POLLIN };
        ssize_t k = 0;

        if (time_mono_ms() >= a->w->end_ms)
            return err_set(err, ERR_LIMIT,
                           "the query takes longer than the %ld ms allowed "
                           "here (mds.query_timeout): ask for less",
                           a->q->timeout_ms);
        if (poll(&f, 1, SEARCH_TICK_MS) > 0)
            k = read(a->fd, at, n);
        else if (a->w->tick(a->w->arg, used(a), err) < 0)
            return -1;
        if (f.revents != 0 && k <= 0)
            return ended(a, err);
        at += k;
        n -= (size_t)k;
    }
    return 0;
}

/* Read the N bytes of A's answer after its header to OUT. */
static int
read_text(const struct asked *a, size_t n, struct buf *out, struct err *err)
{
    if (n > a->q->answer_max + sizeof(err->text))
        return err_set(err, ERR_INTERNAL, "a query's answer is malformed");
    if (read_within(a, buf_reserve(out, n), n, err) < 0)
        return -1;
    out->len += n;
    buf_adds(out, "");
    return 0;
}

int
search_wait(int answer, const struct search_query *q,
            const struct search_wait *w, struct buf *out, struct err *err)
{
    struct librarian_answer head = { .code = ERR_OK };
    struct asked a = { .fd = answer, .q = q, .w = w };
    struct buf reason = BUF_INIT;
    int32_t pid;
    int rc = read_within(&a, &pid, sizeof(pid), err);

    a.pid = rc == 0 ? pid : 0;
    if (rc == 0)
        rc = read_within(&a, &head, sizeof(head), err);
    if (rc == 0)
        rc = read_text(&a, head.len, head.code == ERR_OK ? out : &reason, err);
    if (rc == 0 && head.code != ERR_OK)
        rc = err_set(err, (enum err_code)head.code, "%s", buf_str(&reason));
    close(answer);
    buf_fini(&reason);
    return rc;
}
