/* mds/librarian.c - see librarian.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fs.h"
#include "base/sys_proc.h"
#include "mds/librarian.h"
#include "mds/querygate.h"
#include "mds/rpdoc.h"

#define NICE      5  /* queries are less urgent than registrations */
#define NICE_LONG 15 /* and long ones even less */
#define ANSWER_FD 3  /* in a query's process */

/* A query under evaluation. */
struct reader {
    pid_t pid;
    int fd; /* answer descriptor; if the other end is closed, nobody waits */
};

struct librarian {
    int fd, ended; /* the stream; signalfd of SIGCHLD */
    xmlDoc *doc[DIALECT_COUNT];
    xmlNode **node[DIALECT_COUNT]; /* by slot; NULL: none */
    size_t nodes[DIALECT_COUNT];
    struct reader reader[QUERYGATE_MAX];
    size_t readers;
};

/* ---- a query's child ---- */

/* What a child needs. */
struct question {
    const struct librarian *l;
    const struct librarian_frame *frame;
    const struct buf *bytes;
    int fd;
    pid_t parent;
};

static void
limit(int what, rlim_t most)
{
    struct rlimit r = { most, most };

    setrlimit(what, &r);
}

/* The size of this process's address space, bytes. */
static rlim_t
space(void)
{
    struct buf text = BUF_INIT;
    long long pages = 0;
    char *end;

    if (fs_read(AT_FDCWD, "/proc/self/statm", 4096, &text, NULL) == 0)
        pages = strtoll(buf_str(&text), &end, 10);
    buf_fini(&text);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Lower the priority: the query has become a long one. */
static void
slow_down(int signal)
{
    int saved = errno;

    (void)signal;
    setpriority(PRIO_PROCESS, 0, NICE_LONG);
    errno = saved;
}

/* Close the librarian's other descriptors: this child would keep other queries'
 * answers open after their processes have ended. */
static void
keep_answer(int fd)
{
    if (fd != ANSWER_FD && dup2(fd, ANSWER_FD) < 0)
        _exit(1);
    sys_close_from(ANSWER_FD + 1);
}

/* Limit memory and time, and end if the librarian ends. */
static void
confine(const struct question *q)
{
    rlim_t seconds = (rlim_t)q->frame->timeout_ms / 1000 + 2;
    struct itimerval after = { .it_value.tv_usec = QUERYGATE_LONG_MS * 1000 };

    prctl(PR_SET_NAME, "mds-query");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != q->parent)
        _exit(1);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, seconds);
    limit(RLIMIT_AS, space() + q->frame->memory_max);
    setpriority(PRIO_PROCESS, 0, NICE);
    signal(SIGVTALRM, slow_down);
    setitimer(ITIMER_VIRTUAL, &after, NULL);
}

/* The strings of Q after the first as a NULL-terminated array; the caller frees
 * it. */
static const char **
words(const struct question *q, const char **first)
{
    const struct buf *b = q->bytes;
    const char **list = xcalloc(b->len + 2, sizeof(*list));
    const char *end = b->data + (b->len - q->frame->document);
    size_t n = 0;

    *first = buf_str(b);
    for (const char *p = *first + strlen(*first) + 1; p < end;
         p += strlen(p) + 1)
        list[n++] = p;
    return list;
}

/* The document that Q is about.  NULL with ERR. */
static xmlDoc *
document(const struct question *q, struct err *err)
{
    size_t n = q->frame->document;
    xmlDoc *doc = q->l->doc[q->frame->dialect];

    if (n > 0)
        return rpdoc_read(q->bytes->data + (q->bytes->len - n), n, err);
    rpdoc_settle(doc, q->frame->now_ms);
    return doc;
}

static int
write_all(int fd, const void *p, size_t n)
{
    const char *at = p;

    while (n > 0) {
        ssize_t k = send(fd, at, n, MSG_NOSIGNAL);

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return -1;
        at += k;
        n -= (size_t)k;
    }
    return 0;
}

/* The child: evaluate and answer. */
static int
answer(void *arg)
{
    const struct question *q = arg;
    xmlDoc *doc;
    struct librarian_answer head = { .code = ERR_OK };
    struct buf out = BUF_INIT;
    struct err err = ERR_INIT;
    const char *text, **ns;
    int32_t pid = getpid();

    confine(q);
    keep_answer(q->fd);
    if (write_all(ANSWER_FD, &pid, sizeof(pid)) < 0)
        return 1;
    ns = words(q, &text);
    doc = document(q, &err);
    if (doc == NULL ||
        rpdoc_query(doc, text, ns, q->frame->answer_max, &out, &err) < 0) {
        head.code = err.code;
        buf_clear(&out);
        buf_adds(&out, err.text);
    }
    head.len = out.len;
    return write_all(ANSWER_FD, &head, sizeof(head)) < 0 ||
           write_all(ANSWER_FD, out.data, out.len) < 0;
}

/* ---- the librarian ---- */

/* Fork a child for the question FRAME and BYTES, which answers on FD. */
static void
ask(struct librarian *l, const struct librarian_frame *frame,
    const struct buf *bytes, int fd)
{
    struct question q = { l, frame, bytes, fd, getpid() };
    pid_t pid = -1;

    if (l->readers < QUERYGATE_MAX &&
        (l->doc[frame->dialect] != NULL || frame->document > 0))
        pid = sys_fork(answer, &q, NULL);
    if (pid < 0)
        close(fd);
    else
        l->reader[l->readers++] = (struct reader){ pid, fd };
}

/* Remove reader I, which has ended. */
static void
forget(struct librarian *l, size_t i)
{
    close(l->reader[i].fd);
    l->reader[i] = l->reader[--l->readers];
}

static void
begin(struct librarian *l, unsigned d)
{
    if (l->doc[d] != NULL)
        xmlFreeDoc(l->doc[d]);
    l->nodes[d] = 0;
    l->doc[d] = rpdoc_create((enum dialect)d);
}

/* The entry for SLOT in D's table. */
static xmlNode **
place(struct librarian *l, unsigned d, size_t slot)
{
    size_t had = l->nodes[d];

    if (slot >= had) {
        l->nodes[d] = slot + slot / 2 + 64;
        l->node[d] = xrealloc(l->node[d], l->nodes[d], sizeof(xmlNode *));
        memset(l->node[d] + had, 0, (l->nodes[d] - had) * sizeof(xmlNode *));
    }
    return &l->node[d][slot];
}

/* Put NODE (NULL: nothing) at SLOT into the document of D. */
static void
replace(struct librarian *l, unsigned d, size_t slot, xmlNode *node)
{
    xmlNode **at = place(l, d, slot);
    size_t next = slot + 1;

    if (*at == NULL && node != NULL) {
        while (next < l->nodes[d] && l->node[d][next] == NULL)
            next++;
        rpdoc_insert(l->doc[d], next < l->nodes[d] ? l->node[d][next] : NULL,
                     node);
    } else if (node != NULL)
        rpdoc_replace(l->doc[d], *at, node);
    else if (*at != NULL)
        rpdoc_remove(*at);
    *at = node;
}

/* Process FRAME and its BYTES; FD came with it, -1 none. */
static int
obey(struct librarian *l, struct librarian_frame *frame,
     const struct buf *bytes, int fd)
{
    unsigned d = frame->dialect;

    if (d >= DIALECT_COUNT || frame->document >= frame->len + !frame->document)
        return -1;
    if (frame->op != LIBRARIAN_BEGIN && frame->document == 0 && !l->doc[d])
        return -1;
    if (frame->op == LIBRARIAN_BEGIN)
        begin(l, d);
    else if (frame->op == LIBRARIAN_PUT)
        replace(l, d, frame->slot, rpdoc_entry(bytes->data, bytes->len, NULL));
    else if (frame->op == LIBRARIAN_DROP)
        replace(l, d, frame->slot, NULL);
    else if (frame->op == LIBRARIAN_ASK && fd >= 0)
        ask(l, frame, bytes, fd);
    else
        return -1;
    return 0;
}

/* Read N bytes to P; a descriptor that comes with them goes to *got.  -1 at the
 * end. */
static int
read_all(int fd, void *p, size_t n, int *got)
{
    char *at = p, room[CMSG_SPACE(sizeof(int))];

    while (n > 0) {
        struct iovec v = { at, n };
        struct msghdr m = { .msg_iov = &v,
                            .msg_iovlen = 1,
                            .msg_control = room,
                            .msg_controllen = sizeof(room) };
        ssize_t k = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
        struct cmsghdr *c;

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return -1;
        c = CMSG_FIRSTHDR(&m);
        if (c != NULL && c->cmsg_level == SOL_SOCKET &&
            c->cmsg_type == SCM_RIGHTS && got != NULL)
            memcpy(got, CMSG_DATA(c), sizeof(int));
        at += k;
        n -= (size_t)k;
    }
    return 0;
}

/* Process the next frame of the stream; -1 at its end. */
static int
next(struct librarian *l)
{
    struct librarian_frame frame;
    struct buf bytes = BUF_INIT;
    int fd = -1, rc;

    if (read_all(l->fd, &frame, sizeof(frame), &fd) < 0)
        return -1;
    rc = frame.len > 0
             ? read_all(l->fd, buf_reserve(&bytes, frame.len), frame.len, NULL)
             : 0;
    if (rc == 0) {
        bytes.len = frame.len;
        rc = obey(l, &frame, &bytes, fd);
    }
    buf_fini(&bytes);
    return rc;
}

/* Kill readers whose clients have gone, and remove those that have ended. */
static void
look_after(struct librarian *l, const struct pollfd *p)
{
    struct signalfd_siginfo info;
    pid_t pid;

    for (size_t i = 0; i < l->readers; i++)
        if ((p[i].revents & (POLLHUP | POLLERR)) != 0)
            kill(l->reader[i].pid, SIGKILL);
    if (read(l->ended, &info, sizeof(info)) < 0)
        return;
    while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
        for (size_t i = 0; i < l->readers; i++)
            if (l->reader[i].pid == pid) {
                forget(l, i);
                break;
            }
}

/* Wait for the next event; -1 at the end. */
static int
turn(struct librarian *l)
{
    struct pollfd p[QUERYGATE_MAX + 2];
    size_t n = l->readers;

    for (size_t i = 0; i < n; i++)
        p[i] = (struct pollfd){ .fd = l->reader[i].fd };
    p[n] = (struct pollfd){ .fd = l->ended, .events = POLLIN };
    p[n + 1] = (struct pollfd){ .fd = l->fd, .events = POLLIN };
    if (poll(p, n + 2, -1) < 0)
        return errno == EINTR ? 0 : -1;
    look_after(l, p);
    return p[n + 1].revents != 0 ? next(l) : 0;
}

int
librarian_run(int fd)
{
    struct librarian l = { .fd = fd };
    sigset_t child;

    prctl(PR_SET_NAME, "mds-librarian");
    signal(SIGCHLD, SIG_DFL);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    l.ended = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (l.ended < 0)
        return 1;
    while (turn(&l) == 0)
        continue;
    for (size_t i = 0; i < l.readers; i++)
        kill(l.reader[i].pid, SIGKILL);
    while (wait(NULL) > 0 || errno == EINTR)
        continue;
    return 0;
}
