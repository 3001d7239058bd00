/* base/net.c - see net.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/net.h"

/* Seconds without an answer to keepalive probes after which the connection
 * fails; paths are sometimes down for minutes.  The kernel's limit is 127
 * probes. */
#define KEEPALIVE_GIVE_UP_S  600
#define KEEPALIVE_PROBES_MAX 127

/* Thresholds of a long path that loses packets. */
#define BBR          "bbr"
#define ADAPT_RTT_US 5000
#define ADAPT_LOSSES 2

/* The address cast to the struct of its family. */
static const struct sockaddr_in *
as_v4(const struct net_addr *a)
{
    return (const struct sockaddr_in *)(const void *)&a->sa;
}

static const struct sockaddr_in6 *
as_v6(const struct net_addr *a)
{
    return (const struct sockaddr_in6 *)(const void *)&a->sa;
}

/* The address as 4 or 16 bytes; v4-mapped as 4. */
static const void *
host_bytes(const struct net_addr *a, size_t *n)
{
    const struct in6_addr *v6 = &as_v6(a)->sin6_addr;

    *n = 4;
    if (a->sa.ss_family == AF_INET)
        return &as_v4(a)->sin_addr;
    if (a->sa.ss_family == AF_INET6) {
        if (IN6_IS_ADDR_V4MAPPED(v6))
            return &v6->s6_addr[12];
        *n = 16;
        return v6;
    }
    *n = 0;
    return NULL;
}

char *
net_host_text(const struct net_addr *a, char text[NET_TEXT])
{
    size_t n;
    const void *host = host_bytes(a, &n);

    if (a->sa.ss_family == AF_UNIX)
        snprintf(text, NET_TEXT, "local");
    else if (n == 0 || inet_ntop(n == 4 ? AF_INET : AF_INET6, host, text,
                                 NET_TEXT) == NULL)
        snprintf(text, NET_TEXT, "?");
    return text;
}

char *
net_text(const struct net_addr *a, char text[NET_TEXT])
{
    char host[NET_TEXT];

    net_host_text(a, host);
    if (a->sa.ss_family == AF_UNIX)
        snprintf(text, NET_TEXT, "%s", host);
    else if (strchr(host, ':') != NULL)
        snprintf(text, NET_TEXT, "[%.45s]:%u", host, net_port(a));
    else
        snprintf(text, NET_TEXT, "%.45s:%u", host, net_port(a));
    return text;
}

unsigned
net_port(const struct net_addr *a)
{
    if (a->sa.ss_family == AF_INET)
        return ntohs(as_v4(a)->sin_port);
    return a->sa.ss_family == AF_INET6 ? ntohs(as_v6(a)->sin6_port) : 0;
}

void
net_set_port(struct net_addr *a, unsigned port)
{
    if (a->sa.ss_family == AF_INET)
        ((struct sockaddr_in *)(void *)&a->sa)->sin_port =
            htons((uint16_t)port);
    else if (a->sa.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)&a->sa)->sin6_port =
            htons((uint16_t)port);
}

bool
net_same_host(const struct net_addr *a, const struct net_addr *b)
{
    size_t na, nb;
    const void *ha = host_bytes(a, &na), *hb = host_bytes(b, &nb);

    if (na == 0 || na != nb || memcmp(ha, hb, na) != 0)
        return false;
    /* fe80::1 is a different host on each link. */
    return na == 4 || !IN6_IS_ADDR_LINKLOCAL(&as_v6(a)->sin6_addr) ||
           as_v6(a)->sin6_scope_id == as_v6(b)->sin6_scope_id;
}

bool
net_is_private(const struct net_addr *a)
{
    static const struct {
        uint32_t net, mask;
    } nets[] = { { 0x0a000000, 0xff000000 }, { 0xac100000, 0xfff00000 },
                 { 0xc0a80000, 0xffff0000 }, { 0x64400000, 0xffc00000 },
                 { 0x7f000000, 0xff000000 }, { 0xa9fe0000, 0xffff0000 } };
    size_t n, i;
    const unsigned char *p = host_bytes(a, &n);
    uint32_t v4;

    if (n == 16)
        return (p[0] & 0xfe) == 0xfc ||
               IN6_IS_ADDR_LINKLOCAL(&as_v6(a)->sin6_addr) ||
               IN6_IS_ADDR_LOOPBACK(&as_v6(a)->sin6_addr);
    if (n != 4)
        return false;
    v4 = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
         p[3];
    for (i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
        if ((v4 & nets[i].mask) == nets[i].net)
            return true;
    return false;
}

int
net_parse(const char *text, struct net_addr *a, struct err *err)
{
    const char *colon = strrchr(text, ':');
    bool v6 = *text == '[';
    struct addrinfo hints = { 0 }, *found;
    char host[NET_TEXT];
    long long port;
    size_t n;

    *a = (struct net_addr){ 0 };
    if (colon == NULL || number_parse(colon + 1, 0, 65535, &port) < 0 ||
        (size_t)(colon - text) >= sizeof(host))
        return err_set(err, ERR_SYNTAX, "'%s' is not ADDRESS:PORT", text);
    n = (size_t)(colon - text);
    if (v6 && (n < 2 || text[n - 1] != ']'))
        return err_set(err, ERR_SYNTAX, "'%s' lacks the closing ']'", text);
    snprintf(host, sizeof(host), "%.*s", (int)(v6 ? n - 2 : n), text + v6);
    hints.ai_family = v6 ? AF_INET6 : AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST;
    if (*host == '\0' || getaddrinfo(host, NULL, &hints, &found) != 0)
        return err_set(err, ERR_SYNTAX,
                       "'%s': '%s' is not a literal %s address", text, host,
                       v6 ? "IPv6" : "IPv4");
    memcpy(&a->sa, found->ai_addr, found->ai_addrlen);
    a->len = found->ai_addrlen;
    freeaddrinfo(found);
    net_set_port(a, (unsigned)port);
    return 0;
}

void
net_unpace(int fd)
{
    /* Reno does not pace, and every kernel allows it to everybody. */
    static const char reno[] = "reno";

    (void)setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, reno, sizeof(reno) - 1);
}

int
net_buffers(int fd, int size)
{
    int granted = 0, in = 0;
    socklen_t len = sizeof(int);

    if (size <= 0)
        return 0;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    (void)getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &granted, &len);
    (void)getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &in, &len);
    granted = (in < granted ? in : granted) / 2;
    return granted < size ? granted : size;
}

static pthread_once_t bbr_once = PTHREAD_ONCE_INIT;
static bool bbr_allowed;

/* Runs once.  Checks the list of algorithms allowed to everybody, because root
 * may use others. */
static void
find_bbr(void)
{
    FILE *f = fopen("/proc/sys/net/ipv4/tcp_allowed_congestion_control", "re");
    char word[64];

    while (f != NULL && !bbr_allowed && fscanf(f, "%63s", word) == 1)
        bbr_allowed = strcmp(word, BBR) == 0;
    if (f != NULL)
        fclose(f);
}

bool
net_adapt(int fd)
{
    struct tcp_info i = { 0 };
    char name[16] = "";
    socklen_t len = sizeof(i);

    pthread_once(&bbr_once, find_bbr);
    if (!bbr_allowed || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &i, &len) < 0 ||
        i.tcpi_total_retrans < ADAPT_LOSSES || i.tcpi_rtt < ADAPT_RTT_US)
        return false;
    len = sizeof(name) - 1;
    if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len) < 0 ||
        strcmp(name, BBR) == 0)
        return false;
    return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, BBR, strlen(BBR)) == 0;
}

void
net_keepalive(int fd, int seconds)
{
    int on = seconds > 0, probes = on ? 1 + KEEPALIVE_GIVE_UP_S / seconds : 0;

    if (probes > KEEPALIVE_PROBES_MAX)
        probes = KEEPALIVE_PROBES_MAX;
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    if (!on)
        return;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(seconds));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof(seconds));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
}

int
net_listen(struct net_addr *a, int backlog, struct err *err)
{
    int fd, one = 1, saved;
    char text[NET_TEXT];

    fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 &&
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
        bind(fd, (const struct sockaddr *)&a->sa, a->len) == 0 &&
        listen(fd, backlog) == 0) {
        a->len = sizeof(a->sa);
        if (getsockname(fd, (struct sockaddr *)&a->sa, &a->len) == 0)
            return fd;
    }
    saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return err_set(err, ERR_IO, "cannot listen on %s: %s", net_text(a, text),
                   strerror(errno));
}

int
net_wait(int fd, short events, int timeout_ms)
{
    long long end = time_mono_ms() + timeout_ms;
    struct pollfd p = { .fd = fd, .events = events };
    int n;

    while ((n = poll(&p, 1, timeout_ms)) < 0 && errno == EINTR) {
        if (timeout_ms < 0)
            continue;
        timeout_ms = (int)(end - time_mono_ms());
        if (timeout_ms < 0)
            timeout_ms = 0;
    }
    return n;
}

int
net_lookup(const char *host, int family, struct net_addr *a, struct err *err)
{
    struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_STREAM },
                    *found;
    int rc = getaddrinfo(host, NULL, &hints, &found);

    if (rc != 0)
        return err_set(err, ERR_UNREACHABLE, "cannot look '%s' up: %s", host,
                       rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
    *a = (struct net_addr){ .len = found->ai_addrlen };
    memcpy(&a->sa, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

static char host_name[256] = "localhost";

/* Runs once: gethostname(), completed by the resolver. */
static void
find_host_name(void)
{
    struct addrinfo hints = { 0 }, *found;
    char name[256];

    if (gethostname(name, sizeof(name)) < 0 || name[0] == '\0')
        return;
    name[sizeof(name) - 1] = '\0';
    snprintf(host_name, sizeof(host_name), "%s", name);
    hints.ai_flags = AI_CANONNAME;
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(name, NULL, &hints, &found) != 0)
        return;
    if (found->ai_canonname != NULL && strchr(found->ai_canonname, '.') != NULL)
        snprintf(host_name, sizeof(host_name), "%s", found->ai_canonname);
    freeaddrinfo(found);
}

void
net_reset_on_close(int fd, bool on)
{
    struct linger how = { .l_onoff = on, .l_linger = 0 };

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &how, sizeof(how));
}

bool
net_resets_on_close(int fd)
{
    struct linger how = { 0, 0 };
    socklen_t len = sizeof(how);

    return getsockopt(fd, SOL_SOCKET, SO_LINGER, &how, &len) == 0 &&
           how.l_onoff != 0 && how.l_linger == 0;
}

void
net_reset(int fd)
{
    struct sockaddr none = { .sa_family = AF_UNSPEC };

    (void)connect(fd, &none, sizeof(none));
}

bool
net_is_socket_error(int error)
{
    static const int errors[] = {
        EPIPE,        ECONNRESET, ECONNABORTED, ENOTCONN, ETIMEDOUT,
        EHOSTUNREACH, EHOSTDOWN,  ENETUNREACH,  ENETDOWN, ENETRESET,
    };
    size_t i;

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i] == error)
            return true;
    return false;
}

const char *
net_hostname(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, find_host_name);
    return host_name;
}

int
net_rtt_ms(int fd)
{
    struct tcp_info i = { 0 };
    socklen_t len = sizeof(i);

    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &i, &len) < 0
               ? -1
               : (int)(i.tcpi_rtt / 1000);
}
