/* tests/lib/longpath_tool.c - a long network path on one machine:
 *
 *     longpath COMMAND [ARGUMENT]...
 *
 * COMMAND runs in a network namespace of its own, at the near end of the path
 * (10.9.0.1, near.longpath); `nsenter --net=$LONGPATH_FAR PROGRAM` runs a
 * program at the far end (10.9.0.2, far.longpath).  Both ends are TUN devices
 * of this process, which delays and drops what passes between them, so no
 * packet leaves the machine and the kernel needs no netem.  It ends with
 * COMMAND, and exits as COMMAND does; 77 says that this machine lets us make no
 * such path, and why.
 *
 * $LONGPATH_FD is a SOCK_SEQPACKET socket.  A packet of words KEY=VALUE changes
 * the path, in both directions alike:
 *     delay=MS     one way
 *     rate=MBIT    a second; 0 is not a limit
 *     queue=KB     that wait for the rate, more is dropped; 0 is a round trip
 *     loss=PERCENT dropped at random
 *     hole=BYTES   longer packets vanish without a word (a path MTU black hole)
 *     idle=MS      a middlebox forgets TCP connections silent for so long
 *     down=1       everything vanishes
 *     seed=N       begins the random numbers anew
 *     reset=1      sets the counters to 0, for connections made from now on
 *
 * Each is answered by a packet with the counters, words KEY=VALUE:
 *
 *     trips        round trips that the near end has waited for, see below
 *     opened       TCP connections
 *     packets      that passed
 *     lost hole idle  that were dropped, by reason
 *
 * Round trips are counted without a clock.  Each end has a number, at first 0.
 * A packet carries its sender's number plus one, and whoever gets it takes that
 * number if it is greater than his own: so the number is the length of the
 * longest chain of packets each of which may have caused the next (Lamport,
 * 1978), and half of it is how many round trips somebody waited for.  Packets
 * that cause nothing do not count: acknowledgements, except the one that
 * completes a handshake, and what comes after the near end has closed. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 65535
#define MTU        1500
#define SKIPPED    77
#define FLOWS      65536
/* Packets taken from one end before the other has its turn. */
#define TURN       32
#define MS_NS      1000000LL

enum {
    NEAR,
    FAR,
    ENDS
};

enum {
    FLAG_FIN = 1,
    FLAG_SYN = 2,
    FLAG_ACK = 16
};

enum key {
    DELAY,
    RATE,
    QUEUE,
    LOSS,
    HOLE,
    IDLE,
    DOWN,
    SEED,
    RESET,
    KEYS
};
static const char *const key_name[KEYS] = { "delay", "rate", "queue",
                                            "loss",  "hole", "idle",
                                            "down",  "seed", "reset" };

enum counter {
    OPENED,
    PACKETS,
    LOST,
    IN_HOLE,
    FORGOTTEN,
    COUNTERS
};
static const char *const counter_name[COUNTERS] = { "opened", "packets", "lost",
                                                    "hole", "idle" };

/* A packet on its way. */
struct packet {
    struct packet *next;
    long long due_ns;
    unsigned number; /* what its receiver's number becomes; 0: nothing */
    size_t len;
    unsigned char data[];
};

/* One direction. */
struct way {
    int tun; /* where packets come out */
    struct packet *first, **last;
    long long busy_ns; /* the line is busy until then */
};

/* A TCP connection, as a middlebox knows it. */
struct flow {
    uint16_t port[ENDS];
    long long seen_ns;
    bool shaking;     /* SYN and its answer are seen, the last step is not */
    bool near_closed; /* the near end has sent FIN */
};

struct path {
    double value[KEYS];
    unsigned long long count[COUNTERS];
    unsigned number[ENDS];
    uint64_t random;
    struct way to[ENDS];
    struct flow flow[FLOWS];
    long long absent_ns; /* for which it was not let run */
};

static void give_up(int status, const char *fmt, ...)
    __attribute__((noreturn, format(printf, 2, 3)));
static void
give_up(int status, const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "longpath: ");
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, ": %s\n", strerror(errno));
    exit(status);
}

static long long
now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 * MS_NS + t.tv_nsec;
}

/* ---- the two ends ---- */

static void
set_address(int sock, struct ifreq *r, unsigned long what, const char *text)
{
    struct sockaddr_in a = { .sin_family = AF_INET };

    inet_pton(AF_INET, text, &a.sin_addr);
    memcpy(&r->ifr_addr, &a, sizeof(a));
    if (ioctl(sock, what, r) < 0)
        give_up(SKIPPED, "cannot give %s to a device", text);
}

static void
set_up(int sock, struct ifreq *r)
{
    r->ifr_flags = IFF_UP;
    if (ioctl(sock, SIOCSIFFLAGS, r) < 0)
        give_up(SKIPPED, "cannot bring '%s' up", r->ifr_name);
}

/* Enter a new network namespace, whose way out is a TUN device with ADDRESS.
 * The device's descriptor; *NS is the namespace's. */
static int
make_end(const char *address, int *ns)
{
    struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
    struct ifreq lo = { .ifr_name = "lo" };
    int tun, sock;

    if (unshare(CLONE_NEWNET) < 0)
        give_up(SKIPPED, "cannot make a network namespace");
    *ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (*ns < 0 || sock < 0 || tun < 0 || ioctl(tun, TUNSETIFF, &r) < 0)
        give_up(SKIPPED, "cannot make a TUN device");
    set_up(sock, &lo);
    set_address(sock, &r, SIOCSIFADDR, address);
    set_address(sock, &r, SIOCSIFNETMASK, "255.255.255.0");
    r.ifr_mtu = MTU;
    (void)ioctl(sock, SIOCSIFMTU, &r);
    /* What has to wait does so in here. */
    r.ifr_qlen = 16384;
    (void)ioctl(sock, SIOCSIFTXQLEN, &r);
    set_up(sock, &r);
    close(sock);
    return tun;
}

/* Give both ends their names, for us and those we start: a hosts file of our
 * own lies over the machine's. */
static void
name_ends(void)
{
    char path[] = "/tmp/longpath.XXXXXX", text[4096];
    static const char names[] = "\n10.9.0.1 near.longpath\n"
                                "10.9.0.2 far.longpath\n";
    int hosts = open("/etc/hosts", O_RDONLY | O_CLOEXEC);
    ssize_t n = hosts >= 0 ? read(hosts, text, sizeof(text)) : 0;
    int fd = mkstemp(path);

    if (fd < 0 || (n > 0 && write(fd, text, (size_t)n) != n) ||
        write(fd, names, sizeof(names) - 1) < 0 || fchmod(fd, 0644) < 0)
        give_up(1, "cannot write '%s'", path);
    if (unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount(path, "/etc/hosts", NULL, MS_BIND, NULL) < 0) {
        unlink(path);
        give_up(SKIPPED, "cannot put names into a hosts file of our own");
    }
    unlink(path);
    close(fd);
    close(hosts);
}

/* ---- what passes ---- */

/* Whether something that happens PERCENT of the time happens now (PCG). */
static bool
happens(struct path *p, double percent)
{
    uint64_t x = p->random;

    p->random = x * 6364136223846793005ULL + 1442695040888963407ULL;
    x ^= x >> 22;
    return (double)((uint32_t)(x >> (22 + (x >> 61)))) / 4294967296.0 * 100 <
           percent;
}

/* The time for which this program has looked at its packets: on a busy machine
 * it may not be let run for seconds, in which no connection was silent. */
static long long
watched_ns(const struct path *p)
{
    return now_ns() - p->absent_ns;
}

/* What a packet is about. */
struct look {
    bool tcp;
    unsigned flags;
    size_t payload;
    struct flow *flow;
};

static unsigned
two_bytes(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* Look at a packet that FROM sends.  Connections whose numbers fall on one
 * place of the table push each other out: there are few at a time. */
static struct look
look_at(struct path *p, const unsigned char *d, size_t n, int from)
{
    struct look l = { .tcp = false };
    size_t ip = n >= 20 ? (size_t)(d[0] & 15) * 4 : 0;
    unsigned port[ENDS];

    if (n < 20 || d[0] >> 4 != 4 || d[9] != IPPROTO_TCP || n < ip + 20)
        return l;
    port[from] = two_bytes(d + ip);
    port[1 - from] = two_bytes(d + ip + 2);
    l.tcp = true;
    l.flags = d[ip + 13];
    l.payload = n - ip - (size_t)(d[ip + 12] >> 4) * 4;
    l.flow = &p->flow[(port[NEAR] * 40503U + port[FAR]) % FLOWS];
    if ((l.flags & FLAG_SYN) && !(l.flags & FLAG_ACK)) {
        *l.flow = (struct flow){ .seen_ns = watched_ns(p) };
        p->count[OPENED]++;
    }
    if (l.flags & FLAG_SYN) {
        l.flow->port[NEAR] = (uint16_t)port[NEAR];
        l.flow->port[FAR] = (uint16_t)port[FAR];
    }
    if (l.flow->port[NEAR] != port[NEAR] || l.flow->port[FAR] != port[FAR])
        l.flow = NULL;
    return l;
}

/* Whether a middlebox still knows the connection; those it never saw begin it
 * does not. */
static bool
is_known(const struct path *p, const struct look *l)
{
    long long now = watched_ns(p);

    if (p->value[IDLE] <= 0 || !l->tcp)
        return true;
    if (l->flow == NULL ||
        (double)(now - l->flow->seen_ns) > p->value[IDLE] * MS_NS)
        return false;
    l->flow->seen_ns = now;
    return true;
}

/* The number that a packet of FROM gives to its receiver; 0 none. */
static unsigned
number_of(const struct path *p, const struct look *l, int from)
{
    struct flow *f = l->flow;
    bool causes = l->payload > 0 || (l->flags & (FLAG_SYN | FLAG_FIN));

    if (f == NULL)
        return 0;
    if ((l->flags & FLAG_SYN) && (l->flags & FLAG_ACK)) {
        f->shaking = true;
    } else if (f->shaking && !(l->flags & FLAG_SYN)) {
        f->shaking = false;
        causes = true;
    }
    if (from == FAR && f->near_closed)
        return 0;
    if (from == NEAR && (l->flags & FLAG_FIN))
        f->near_closed = true;
    return causes ? p->number[from] + 1 : 0;
}

/* When N bytes on WAY arrive; -1 when they find no room in its queue. */
static long long
line_up(const struct path *p, struct way *way, size_t n)
{
    double byte_ns = p->value[RATE] > 0 ? 8000.0 / p->value[RATE] : 0;
    double room = p->value[QUEUE] * 1000;
    long long now = now_ns();

    if (way->busy_ns < now)
        way->busy_ns = now;
    if (byte_ns > 0 && room <= 0)
        room = 2 * p->value[DELAY] * MS_NS / byte_ns;
    if (room < PACKET_MAX)
        room = PACKET_MAX;
    if (byte_ns > 0 &&
        (double)(way->busy_ns - now) / byte_ns + (double)n > room)
        return -1;
    way->busy_ns += (long long)((double)n * byte_ns);
    return way->busy_ns + (long long)(p->value[DELAY] * MS_NS);
}

/* Why a packet does not pass, or PACKETS; *DUE_NS when it arrives. */
static enum counter
fate(struct path *p, struct way *way, const struct look *l, size_t n,
     long long *due_ns)
{
    if (p->value[DOWN] > 0)
        return LOST;
    if (p->value[HOLE] > 0 && (double)n > p->value[HOLE])
        return IN_HOLE;
    if (!is_known(p, l))
        return FORGOTTEN;
    *due_ns = line_up(p, way, n);
    if (*due_ns < 0 || happens(p, p->value[LOSS]))
        return LOST;
    return PACKETS;
}

/* Packets of the end FROM enter the path. */
static void
enter(struct path *p, int from)
{
    static unsigned char data[PACKET_MAX];
    struct way *way = &p->to[1 - from];
    struct packet *packet;
    enum counter why;
    long long due_ns;
    struct look l;
    ssize_t n;
    int i;

    for (i = 0; i < TURN && (n = read(p->to[from].tun, data, sizeof(data))) > 0;
         i++) {
        l = look_at(p, data, (size_t)n, from);
        why = fate(p, way, &l, (size_t)n, &due_ns);
        p->count[why]++;
        if (why != PACKETS)
            continue;
        packet = malloc(sizeof(*packet) + (size_t)n);
        if (packet == NULL)
            give_up(1, "no memory");
        packet->next = NULL;
        packet->due_ns = due_ns;
        packet->number = number_of(p, &l, from);
        packet->len = (size_t)n;
        memcpy(packet->data, data, (size_t)n);
        *way->last = packet;
        way->last = &packet->next;
    }
}

/* Packets whose time has come leave the path at the end TO; when the next one
 * does, -1 never. */
static long long
leave(struct path *p, int to)
{
    struct way *way = &p->to[to];
    struct packet *packet;

    while ((packet = way->first) != NULL) {
        if (packet->due_ns > now_ns())
            return packet->due_ns;
        way->first = packet->next;
        if (way->first == NULL)
            way->last = &way->first;
        if (packet->number > p->number[to])
            p->number[to] = packet->number;
        (void)!write(way->tun, packet->data, packet->len);
        free(packet);
    }
    return -1;
}

/* ---- what is asked of it ---- */

/* What is under way, and connections there are, count no more. */
static void
forget(struct path *p)
{
    struct packet *packet;
    int i;

    memset(p->flow, 0, sizeof(p->flow));
    for (i = 0; i < ENDS; i++)
        for (packet = p->to[i].first; packet != NULL; packet = packet->next)
            packet->number = 0;
}

static void
set(struct path *p, const char *word)
{
    const char *is = strchr(word, '=');
    int i;

    for (i = 0; is != NULL && i < KEYS; i++)
        if (strlen(key_name[i]) == (size_t)(is - word) &&
            strncmp(word, key_name[i], (size_t)(is - word)) == 0)
            p->value[i] = strtod(is + 1, NULL);
    if (p->value[SEED] > 0)
        p->random = (uint64_t)p->value[SEED];
    if (p->value[RESET] > 0) {
        memset(p->count, 0, sizeof(p->count));
        p->number[NEAR] = p->number[FAR] = 0;
        forget(p);
    }
    p->value[SEED] = p->value[RESET] = 0;
}

/* One packet of words on FD, and the answer; false at the end. */
static bool
answer(struct path *p, int fd)
{
    char text[1024], *word, *rest = NULL;
    ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
    int i, len;

    if (n <= 0)
        return false;
    text[n] = '\0';
    for (word = strtok_r(text, " \n", &rest); word != NULL;
         word = strtok_r(NULL, " \n", &rest))
        set(p, word);
    len = snprintf(text, sizeof(text), "trips=%g", p->number[NEAR] / 2.0);
    for (i = 0; i < COUNTERS; i++)
        len += snprintf(text + len, sizeof(text) - (size_t)len, " %s=%llu",
                        counter_name[i], p->count[i]);
    return send(fd, text, (size_t)len, MSG_NOSIGNAL) == len;
}

/* Serve until the near end's command has closed FD and ended. */
static void
serve(struct path *p, int fd)
{
    struct pollfd f[ENDS + 1] = { { .fd = p->to[NEAR].tun, .events = POLLIN },
                                  { .fd = p->to[FAR].tun, .events = POLLIN },
                                  { .fd = fd, .events = POLLIN } };
    struct timespec wait;
    long long due, other;
    int n;

    for (;;) {
        long long began;

        due = leave(p, NEAR);
        other = leave(p, FAR);
        if (due < 0 || (other >= 0 && other < due))
            due = other;
        due = due < 0 ? 1000 * MS_NS : due - now_ns();
        if (due < 0)
            due = 0;
        if (p->value[IDLE] > 0 && due > 20 * MS_NS)
            due = 20 * MS_NS; /* an absence is seen */
        began = now_ns();
        wait = (struct timespec){ .tv_sec = due / (1000 * MS_NS),
                                  .tv_nsec = due % (1000 * MS_NS) };
        n = ppoll(f, ENDS + 1, &wait, NULL);
        if (now_ns() - began > due + 20 * MS_NS)
            p->absent_ns += now_ns() - began - due;
        if (n <= 0)
            continue;
        if (f[NEAR].revents != 0)
            enter(p, NEAR);
        if (f[FAR].revents != 0)
            enter(p, FAR);
        if (f[ENDS].revents != 0 && !answer(p, fd))
            return;
    }
}

/* COMMAND at the near end, with FD. */
static void
run(char **command, int fd, int far_ns)
{
    char text[64];

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    fcntl(fd, F_SETFD, 0);
    snprintf(text, sizeof(text), "%d", fd);
    setenv("LONGPATH_FD", text, 1);
    snprintf(text, sizeof(text), "/proc/%d/fd/%d", (int)getppid(), far_ns);
    setenv("LONGPATH_FAR", text, 1);
    execvp(command[0], command);
    give_up(1, "cannot run '%s'", command[0]);
}

int
main(int argc, char *argv[])
{
    static struct path p = { .random = 1 };
    int pair[2], ns[ENDS], i, status;
    pid_t pid;

    if (argc < 2) {
        fprintf(stderr, "usage: longpath COMMAND [ARGUMENT]...\n");
        return 64;
    }
    name_ends();
    p.to[FAR].tun = make_end("10.9.0.2", &ns[FAR]);
    p.to[NEAR].tun = make_end("10.9.0.1", &ns[NEAR]);
    for (i = 0; i < ENDS; i++)
        p.to[i].last = &p.to[i].first;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
        (pid = fork()) < 0)
        give_up(SKIPPED, "cannot start '%s'", argv[1]);
    if (pid == 0)
        run(argv + 1, pair[1], ns[FAR]);
    close(pair[1]);
    serve(&p, pair[0]);
    if (waitpid(pid, &status, 0) != pid)
        give_up(1, "lost '%s'", argv[1]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
