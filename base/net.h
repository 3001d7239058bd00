/* base/net.h - sockets: addresses as text, listening, connecting with a
 * timeout. */
#ifndef BASE_NET_H
#define BASE_NET_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

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
/* Whether the addresses are equal; ports are ignored. */
bool net_same_host(const struct net_addr *a, const struct net_addr *b);

/* A range of ports; 0, 0 or a NULL pointer means any port. */
struct net_ports {
    unsigned low, high;
};

/* Parse "LOW,HIGH", "LOW-HIGH" or "LOW HIGH"; empty means any. -1 with ERR
 * SYNTAX. */
int net_ports_parse(const char *text, struct net_ports *p, struct err *err);
/* The same from the environment variable NAME; unset means any. -1 with ERR
 * CONFIG, which names the variable. */
int net_ports_env(const char *name, struct net_ports *p, struct err *err);
/* Resolve HOST, a name or literal, to its first address in FAMILY (AF_UNSPEC:
 * any), with port 0. -1 with ERR: UNREACHABLE. */
int net_lookup(const char *host, int family, struct net_addr *a,
               struct err *err);
/* Whether A is not a public Internet address (RFC 1918, 6598, 4193, loopback,
 * link-local). */
bool net_is_private(const struct net_addr *a);

/* "address:port" or "[v6]:port" with a literal address; -1 ERR: SYNTAX. */
int net_parse(const char *text, struct net_addr *a, struct err *err);
/* The round trip time of FD's connection in milliseconds; -1 when unknown. */
int net_rtt_ms(int fd);
/* Turn off pacing for FD, whose traffic stays on this host; FD is not yet
 * connected or listening. (BBR as the host's congestion control paces with
 * timers even on loopback, at three times the CPU.) */
void net_unpace(int fd);
/* Request SIZE bytes of send and receive buffer before FD is connected or
 * listens.  Returns the size granted, which net.core.wmem_max and rmem_max
 * limit.  SIZE <= 0: 0, and the kernel chooses the size. */
int net_buffers(int fd, int size);
/* Switch FD, which has been sending for a while, to BBR when its path is long
 * and loses packets: BBR does not treat a loss as congestion.  Only if the
 * kernel allows BBR to everybody (net.ipv4.tcp_allowed_congestion_control).
 * Whether it switched. */
bool net_adapt(int fd);
/* Send a TCP keepalive probe on FD after each SECONDS of silence, so that NAT
 * and firewalls keep the connection open (RFC 9293 s.3.8.4, tcp(7)).  The
 * connection fails when no probe is answered for ten minutes.  SECONDS <= 0: no
 * probes. */
void net_keepalive(int fd, int seconds);
/* Whether FD, a stalled TCP connection, shows signs of a path that drops large
 * packets without an ICMP message (RFC 2923 s.2.1): retransmissions without
 * success, or gaps in what was received.  A path that is down shows the same
 * signs. */
bool net_hole(int fd);
/* The hint about this to append to an error message, or "".  A hint is given
 * only if a new connection to AT (NULL: FD's peer) opens within 3 s, which
 * shows that the path is up.  LARGE: the peer was to send more than a small
 * packet next; this side sees nothing when all of it is dropped. */
const char *net_hole_hint(int fd, const struct net_addr *at, bool large);
/* Listen on A (SO_REUSEADDR, close-on-exec); *a then holds the actual port. */
int net_listen(struct net_addr *a, int backlog, struct err *err);
/* Find the process that listens on A's port: returns its pid and sets NAME to
 * its name; 0 when there is none, or none that we may examine. */
#define NET_HOLDER 32
pid_t net_holder(const struct net_addr *a, char name[NET_HOLDER]);
/* Resolve HOST and connect to PORT, trying each address in turn, within
 * TIMEOUT_MS.  Returns a blocking, close-on-exec socket with TCP_NODELAY, and
 * net_unpace() for this host; -1 with ERR: UNREACHABLE, TIMEOUT, naming host
 * and port. */
int net_connect(const char *host, unsigned port, int timeout_ms,
                struct err *err);
/* Progress callback: while there is no answer, SAY gets the seconds waited so
 * far, every NET_NOTICE_MS. */
#define NET_NOTICE_MS 5000
struct net_notice {
    void (*say)(void *arg, int seconds);
    void *arg;
};
/* How to connect; all zero is the default. */
struct net_how {
    const struct net_ports *from; /* local ports to use; NULL: any */
    int buffer; /* as net_buffers(): TCP announces its window scale only when it
                   connects (RFC 7323 s.2.2) */
    const struct net_notice *notice; /* NULL: no callback */
};
/* net_connect() with the settings of HOW. */
int net_connect_host(const char *host, unsigned port, const struct net_how *how,
                     int timeout_ms, struct err *err);
/* Connect to A only. */
int net_connect_addr(const struct net_addr *a, int timeout_ms, struct err *err);
/* The same with the settings of HOW; give up when STOP_FD (-1: none) becomes
 * readable. */
int net_connect_until(const struct net_addr *a, const struct net_how *how,
                      int timeout_ms, int stop_fd, struct err *err);
/* Start connecting to A with the settings of HOW: a non-blocking, close-on-exec
 * socket with TCP_NODELAY, and net_unpace() for this host.  When it becomes
 * writable, call net_connected(). -1 with ERR as net_connect(). */
int net_connect_begin(const struct net_addr *a, const struct net_how *how,
                      struct err *err);
/* Result of connecting FD, which has become writable, to A: 0, or -1 with ERR
 * as net_connect(). */
int net_connected(int fd, const struct net_addr *a, struct err *err);
/* Wait for EVENTS (poll.h) on FD: 1 ready, 0 timed out, -1 with errno. */
int net_wait(int fd, short events, int timeout_ms);
/* The same with the progress callback NOTICE (NULL: none). */
int net_wait_notify(int fd, short events, int timeout_ms,
                    const struct net_notice *notice);
/* ON: the kernel resets FD, a TCP connection, when it is closed, also when its
 * process dies.  Else it closes it in the orderly way (RFC 9293 s.3.6). */
void net_reset_on_close(int fd, bool on);
bool net_resets_on_close(int fd);
/* Reset FD, a TCP connection, now; threads that wait for it wake up.  FD stays
 * open. */
void net_reset(int fd);
/* Whether ERROR, the errno of sendfile(2) or splice(2), comes from the socket
 * and not from the file. */
bool net_is_socket_error(int error);
#define NET_LOCAL_PATH 108
/* Listen at the Unix socket DIR/NAME, made 0600 in the place of one that is
 * there; a descriptor that does not block, or -1 with ERR IO. */
int net_local_listen(const char *dir, const char *name, int backlog,
                     struct err *err);
/* A path of the Unix socket DIR/NAME that is short enough to connect to, good
 * as long as the descriptor that is returned stays open.  -1 with ERR:
 * NOT_FOUND, AUTHZ, USAGE. */
int net_local_path(const char *dir, const char *name, char path[NET_LOCAL_PATH],
                   struct err *err);
/* Who is at the other end of FD, a Unix socket: SO_PEERCRED, as of its
 * connect(2).  -1 with errno. */
int net_local_peer(int fd, uid_t *uid);
/* This host's fully qualified name, or "localhost". */
const char *net_hostname(void);

#endif
