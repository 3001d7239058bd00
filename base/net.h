/* base/net.h - sockets: addresses in text, listening, connecting in time. */
#ifndef BASE_NET_H
#define BASE_NET_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"

struct net_addr {
    struct sockaddr_storage sa;
    socklen_t len;
};

#define NET_TEXT 64
/* "127.0.0.1:80", "[::1]:80"; returns TEXT. */
char *net_text(const struct net_addr *a, char text[NET_TEXT]);
/* The address alone, without port and brackets (v4-mapped as v4). */
char *net_host_text(const struct net_addr *a, char text[NET_TEXT]);
/* The port in host order. */
unsigned net_port(const struct net_addr *a);
void net_set_port(struct net_addr *a, unsigned port);
/* Same address, ports not compared. */
bool net_same_host(const struct net_addr *a, const struct net_addr *b);

/* A range of ports; 0, 0, and a NULL pointer to one, is any. */
struct net_ports {
    unsigned low, high;
};

/* "LOW,HIGH", "LOW-HIGH" or "LOW HIGH"; empty is any.  -1 with ERR SYNTAX. */
int net_ports_parse(const char *text, struct net_ports *p, struct err *err);
/* The same from the environment variable NAME; unset is any.  -1 with ERR
 * CONFIG, which names it. */
int net_ports_env(const char *name, struct net_ports *p, struct err *err);
/* The first address of HOST, a name or literal, in FAMILY (AF_UNSPEC: any),
 * port 0.  -1 with ERR: UNREACHABLE. */
int net_lookup(const char *host, int family, struct net_addr *a,
               struct err *err);
/* Whether A is one that has no meaning on the Internet (RFC 1918, 6598, 4193,
 * and this host's or this link's own). */
bool net_is_private(const struct net_addr *a);

/* "address:port" or "[v6]:port" with a literal address; -1 ERR: SYNTAX. */
int net_parse(const char *text, struct net_addr *a, struct err *err);
/* The round trip of FD's connection, in milliseconds; -1 not known. */
int net_rtt_ms(int fd);
/* FD, not yet connected or listening for connections, is for what stays within
 * this host: no pace is kept.  (A host's congestion control may be BBR, which
 * paces with timers even what never reaches a line, at three times the CPU.) */
void net_unpace(int fd);
/* Ask for SIZE bytes of send and receive buffer, before FD is connected or
 * listens; how many were granted, SIZE at most: the rest is more than
 * net.core.wmem_max or rmem_max.  SIZE <= 0: 0, and the kernel adapts them. */
int net_buffers(int fd, int size);
/* FD has been sending for a while: where the path is long and loses packets, go
 * on with BBR, which does not take a loss for congestion, if the kernel allows
 * that to everybody (net.ipv4.tcp_allowed_congestion_control).  Whether it was
 * changed. */
bool net_adapt(int fd);
/* Let FD send a TCP keepalive probe after each SECONDS of silence, so that NAT
 * and firewalls on the way do not forget the connection (RFC 9293 s.3.8.4,
 * tcp(7)).  A peer that answers none for ten minutes is gone.  SECONDS <= 0:
 * none are sent. */
void net_keepalive(int fd, int seconds);
/* Whether FD, a TCP connection without progress, looks like one whose path
 * drops large packets without an ICMP message (RFC 2923 s.2.1): what was sent
 * is retransmitted in vain, or came with gaps.  A path that is down looks the
 * same.
 */
bool net_hole(int fd);
/* What to say of that at the end of an error message, or "": nothing unless a
 * new connection to AT (NULL: FD's peer) is opened in 3 s, so that the path is
 * not down.  LARGE: FD's peer was to send more than a small packet next, of
 * which nothing is seen here when all of it is dropped. */
const char *net_hole_hint(int fd, const struct net_addr *at, bool large);
/* Listen on A, SO_REUSEADDR, close-on-exec; *a then holds the true port. */
int net_listen(struct net_addr *a, int backlog, struct err *err);
/* Which process listens at A's port: its pid, and in NAME what it calls itself;
 * 0: none, or one that we may not look at. */
#define NET_HOLDER 32
pid_t net_holder(const struct net_addr *a, char name[NET_HOLDER]);
/* Look HOST up and connect to PORT, each address in turn, within TIMEOUT_MS.
 * A blocking, close-on-exec socket with TCP_NODELAY, and net_unpace() within
 * this host; -1 with ERR: UNREACHABLE, TIMEOUT, naming host and port. */
int net_connect(const char *host, unsigned port, int timeout_ms,
                struct err *err);
/* Who is told of silence: every NET_NOTICE_MS without an answer SAY gets the
 * seconds so far. */
#define NET_NOTICE_MS 5000
struct net_notice {
    void (*say)(void *arg, int seconds);
    void *arg;
};
/* How to connect; all zero is the usual way. */
struct net_how {
    const struct net_ports *from; /* from a port of these; NULL: any */
    int buffer; /* as net_buffers(): TCP tells its peer of a receive buffer but
                   once, before it is connected (RFC 7323 s.2.2) */
    const struct net_notice *notice; /* NULL: nobody is told of silence */
};
/* net_connect() as HOW says. */
int net_connect_host(const char *host, unsigned port, const struct net_how *how,
                     int timeout_ms, struct err *err);
/* Connect to exactly A. */
int net_connect_addr(const struct net_addr *a, int timeout_ms, struct err *err);
/* The same as HOW says, given up when STOP_FD (-1: none) can be read. */
int net_connect_until(const struct net_addr *a, const struct net_how *how,
                      int timeout_ms, int stop_fd, struct err *err);
/* Begin to connect to A as HOW says: a non-blocking, close-on-exec socket with
 * TCP_NODELAY, and net_unpace() within this host.  It can be written to when it
 * is connected or has failed: net_connected().  -1 with ERR as net_connect().
 */
int net_connect_begin(const struct net_addr *a, const struct net_how *how,
                      struct err *err);
/* Whether FD, which can be written to and was to be connected to A, is: 0, or
 * -1 with ERR as net_connect(). */
int net_connected(int fd, const struct net_addr *a, struct err *err);
/* Wait for EVENTS (poll.h) on FD: 1 ready, 0 timed out, -1 errno. */
int net_wait(int fd, short events, int timeout_ms);
/* The same, and NOTICE (NULL: nobody) is told of silence. */
int net_wait_told(int fd, short events, int timeout_ms,
                  const struct net_notice *notice);
/* Have the kernel reset FD, a TCP connection, when it is closed, be it by the
 * death of its process (ON), or end it in order (RFC 9293 s.3.6). */
void net_reset_on_close(int fd, bool on);
bool net_resets_on_close(int fd);
/* Reset FD, a TCP connection, now, which any thread that waits for it notices;
 * FD stays open. */
void net_reset(int fd);
/* Whether ERROR, an errno of a call that moves bytes from a file to a socket
 * (sendfile(2), splice(2)), is the socket's. */
bool net_is_socket_error(int error);
/* This host's fully qualified name, or "localhost". */
const char *net_hostname(void);

#endif
