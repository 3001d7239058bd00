/* base/net_connect.c - connecting with a timeout; see net.h. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/net.h"

/* Whether A is this host: the kernel chooses the same address as the source. */
static bool
is_here(const struct net_addr *a)
{
    struct net_addr own = { .len = sizeof(own.sa) };
    int fd = socket(a->sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool here;

    if (fd < 0)
        return false;
    here = connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0 &&
           getsockname(fd, (struct sockaddr *)&own.sa, &own.len) == 0 &&
           net_same_host(a, &own);
    close(fd);
    return here;
}

/* The length of the next wait of an operation from BEGIN to END (< 0: no
 * limit), short enough to call the progress callback in time. */
static int
next_wait(long long begin, long long end)
{
    long long now = time_mono_ms();
    long long told = (now - begin) / NET_NOTICE_MS * NET_NOTICE_MS + begin;
    long long left = told + NET_NOTICE_MS - now;

    if (end >= 0 && end - now < left)
        left = end - now;
    return left > 0 ? (int)left : 0;
}

/* Wait for P[0] or P[1] and call NOTICE (NULL: none); as poll(). */
static int
wait_notify(struct pollfd p[2], int timeout_ms, const struct net_notice *notice)
{
    long long begin = time_mono_ms(), now;
    long long end = timeout_ms < 0 ? -1 : begin + timeout_ms;
    int n;

    for (;;) {
        n = poll(p, 2, next_wait(begin, end));
        now = time_mono_ms();
        if (n > 0 || (n < 0 && errno != EINTR) || (end >= 0 && now >= end))
            return n > 0 ? n : n < 0 && errno != EINTR ? -1 : 0;
        if (n == 0 && notice != NULL)
            notice->say(notice->arg, (int)((now - begin) / 1000));
    }
}

int
net_wait_notify(int fd, short events, int timeout_ms,
                const struct net_notice *notice)
{
    struct pollfd p[2] = { { .fd = fd, .events = events }, { .fd = -1 } };

    return wait_notify(p, timeout_ms, notice);
}

/* Wait until FD is writable: 1, 0 timed out, -1 with errno, ECANCELED when
 * STOP_FD (-1: none) becomes readable. */
static int
wait_connected(int fd, int timeout_ms, int stop_fd,
               const struct net_notice *notice)
{
    struct pollfd p[2] = { { .fd = fd, .events = POLLOUT },
                           { .fd = stop_fd, .events = POLLIN } };
    int n = wait_notify(p, timeout_ms, notice);

    if (n <= 0 || p[1].revents == 0)
        return n;
    errno = ECANCELED;
    return -1;
}

/* Connect FD, which is non-blocking, to A within TIMEOUT_MS, or until STOP_FD
 * becomes readable; -1 with errno. */
static int
connect_in_time(int fd, const struct net_addr *a, int timeout_ms, int stop_fd,
                const struct net_notice *notice)
{
    socklen_t len = sizeof(int);
    int bad = 0, n;

    if (connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EINTR)
        return -1;
    n = wait_connected(fd, timeout_ms, stop_fd, notice);
    if (n == 0)
        errno = ETIMEDOUT;
    if (n <= 0)
        return -1;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &bad, &len) < 0)
        return -1;
    errno = bad;
    return bad != 0 ? -1 : 0;
}

/* Bind FD, which will connect to an address of FAMILY, to the local port PORT,
 * shareable for other peers. -1 with errno. */
static int
bind_port(int fd, int family, unsigned port)
{
    struct net_addr any = { .len = sizeof(struct sockaddr_in) };
    int one = 1;

    any.sa.ss_family = (sa_family_t)family;
    if (family == AF_INET6)
        any.len = sizeof(struct sockaddr_in6);
    net_set_port(&any, port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    return bind(fd, (const struct sockaddr *)&any.sa, any.len);
}

/* Close FD after a failure; always -1 with errno. */
static int
give_up(int fd)
{
    int saved = errno;

    close(fd);
    errno = saved;
    return -1;
}

/* Create a non-blocking socket to connect to A from local port PORT (0: any)
 * with the settings of HOW; -1 with errno. */
static int
socket_to(const struct net_addr *a, const struct net_how *how, unsigned port)
{
    int fd, one = 1;

    fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (is_here(a))
        net_unpace(fd);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    net_buffers(fd, how->buffer);
    if (port != 0 && bind_port(fd, a->sa.ss_family, port) < 0)
        return give_up(fd);
    return fd;
}

/* The order in which to try the ports of FROM (NULL: any): from a random
 * start. */
struct tries {
    struct net_ports from;
    unsigned first, n;
};

static struct tries
tries_of(const struct net_ports *from)
{
    struct tries t = { { 0, 0 }, 0, 1 };

    if (from == NULL || from->low == 0)
        return t;
    t.from = *from;
    t.n = from->high - from->low + 1;
    t.first = (unsigned)time_mono_ms() * 2654435761u % t.n;
    return t;
}

/* The port of attempt I; 0 is any. */
static unsigned
tries_port(const struct tries *t, unsigned i)
{
    return t->from.low == 0 ? 0 : t->from.low + (t->first + i) % t->n;
}

/* Whether errno means that this local port is in use, so that another may
 * work. */
static bool
is_taken(void)
{
    return errno == EADDRINUSE || errno == EADDRNOTAVAIL;
}

/* Connect to A: a blocking socket; -1 with errno. */
static int
open_to(const struct net_addr *a, const struct net_how *how, int timeout_ms,
        int stop_fd)
{
    struct tries t = tries_of(how->from);
    unsigned i;
    int fd, flags;

    for (i = 0; i < t.n; i++) {
        fd = socket_to(a, how, tries_port(&t, i));
        if (fd >= 0 &&
            connect_in_time(fd, a, timeout_ms, stop_fd, how->notice) == 0 &&
            (flags = fcntl(fd, F_GETFL)) >= 0 &&
            fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0)
            return fd;
        if (fd >= 0)
            (void)give_up(fd);
        if (!is_taken())
            break;
    }
    return -1;
}

/* Report by errno why connecting to A failed; always -1. */
static int
cannot_connect(const struct net_addr *a, struct err *err)
{
    char text[NET_TEXT];

    return err_set(err, errno == ETIMEDOUT ? ERR_TIMEOUT : ERR_UNREACHABLE,
                   "cannot connect to %s: %s", net_text(a, text),
                   strerror(errno));
}

int
net_connect_begin(const struct net_addr *a, const struct net_how *how,
                  struct err *err)
{
    struct tries t = tries_of(how->from);
    unsigned i;
    int fd;

    for (i = 0; i < t.n; i++) {
        fd = socket_to(a, how, tries_port(&t, i));
        if (fd >= 0) {
            if (connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0 ||
                errno == EINPROGRESS || errno == EINTR)
                return fd;
            (void)give_up(fd);
        }
        if (!is_taken())
            break;
    }
    return cannot_connect(a, err);
}

int
net_connected(int fd, const struct net_addr *a, struct err *err)
{
    socklen_t len = sizeof(int);
    int bad = 0;

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &bad, &len) == 0 && bad == 0)
        return 0;
    if (bad != 0)
        errno = bad;
    return cannot_connect(a, err);
}

int
net_connect_until(const struct net_addr *a, const struct net_how *how,
                  int timeout_ms, int stop_fd, struct err *err)
{
    int fd = open_to(a, how, timeout_ms, stop_fd);

    return fd >= 0 ? fd : cannot_connect(a, err);
}

int
net_connect_addr(const struct net_addr *a, int timeout_ms, struct err *err)
{
    return net_connect_until(a, &(struct net_how){ 0 }, timeout_ms, -1, err);
}

int
net_connect(const char *host, unsigned port, int timeout_ms, struct err *err)
{
    return net_connect_host(host, port, &(struct net_how){ 0 }, timeout_ms,
                            err);
}

int
net_connect_host(const char *host, unsigned port, const struct net_how *how,
                 int timeout_ms, struct err *err)
{
    long long end = time_mono_ms() + timeout_ms, left = timeout_ms;
    struct addrinfo hints = { 0 }, *found, *i;
    struct net_addr a;
    int fd = -1, rc, addresses = 0;

    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    rc = getaddrinfo(host, NULL, &hints, &found);
    if (rc != 0)
        return err_set(err, ERR_UNREACHABLE, "cannot look '%s' up: %s", host,
                       rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
    for (i = found; i != NULL; i = i->ai_next)
        addresses++;
    errno = EADDRNOTAVAIL;
    for (i = found; i != NULL && fd < 0; i = i->ai_next) {
        /* Divide the time, so that a dead address leaves some for the next. */
        if (timeout_ms >= 0)
            left = (end - time_mono_ms()) / addresses--;
        a = (struct net_addr){ .len = i->ai_addrlen };
        memcpy(&a.sa, i->ai_addr, i->ai_addrlen);
        net_set_port(&a, port);
        fd = open_to(&a, how, left < 0 && timeout_ms >= 0 ? 0 : (int)left, -1);
    }
    rc = errno;
    freeaddrinfo(found);
    errno = rc;
    if (fd < 0)
        err_set(err, errno == ETIMEDOUT ? ERR_TIMEOUT : ERR_UNREACHABLE,
                "cannot connect to '%s' port %u: %s", host, port,
                strerror(errno));
    return fd;
}
