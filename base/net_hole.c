/* base/net_hole.c - detect paths that drop large packets without an ICMP
 * message; see net.h. */
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's struct has more members than that of <netinet/tcp.h>. */
#include <linux/sockios.h>
#include <linux/tcp.h>

#include "base/net.h"

/* Retransmissions after which a packet counts as dropped. */
#define RETRIES  3
/* Every path carries packets of this size (RFC 791 s.3.1). */
#define SMALL    576
/* Timeout of the connection that tests whether small packets get through. */
#define PROBE_MS 3000

#define ADVICE                                              \
    "lower the MTU of the interfaces at both ends, or set " \
    "net.ipv4.tcp_mtu_probing=1 there"

/* Whether FD retransmits more than a small packet without success. */
static bool
sends_in_vain(int fd, const struct tcp_info *i)
{
    int unacked = 0;

    return i->tcpi_unacked > 0 && i->tcpi_retransmits >= RETRIES &&
           ioctl(fd, SIOCOUTQ, &unacked) == 0 && unacked > SMALL;
}

bool
net_hole(int fd)
{
    struct tcp_info i = { 0 };
    socklen_t len = sizeof(i);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &i, &len) < 0)
        return false;
    /* Out of order: later data arrived and earlier data did not. */
    return sends_in_vain(fd, &i) ||
           (len >= offsetof(struct tcp_info, tcpi_rcv_ooopack) +
                       sizeof(i.tcpi_rcv_ooopack) &&
            i.tcpi_rcv_ooopack > 0);
}

/* Whether a new connection to AT (NULL: FD's peer) can be opened. */
static bool
passes(int fd, const struct net_addr *at)
{
    struct net_addr peer = { .len = sizeof(peer.sa) };
    int probe;

    if (at == NULL &&
        getpeername(fd, (struct sockaddr *)&peer.sa, &peer.len) < 0)
        return false;
    probe = net_connect_addr(at != NULL ? at : &peer, PROBE_MS, NULL);
    if (probe >= 0)
        close(probe);
    return probe >= 0;
}

const char *
net_hole_hint(int fd, const struct net_addr *at, bool large)
{
    bool seen = net_hole(fd);

    if ((!seen && !large) || !passes(fd, at))
        return "";
    return seen ? ": small packets pass and large ones do not: a router drops "
                  "them without a word; " ADVICE
                : ": a new connection to it is opened, so it may be busy; or "
                  "its answer is too large for a router that drops large "
                  "packets without a word: then " ADVICE;
}
