/* tests/lib/soapload_tool.c - many TLS connections to one server, and what they
 * cost it:
 *   soapload -c HOST:PORT -t TRUST -u CREDENTIAL -n CONNECTIONS -r REQUESTS
 *            [-p PID] [-d] [-k] -f BODY_FILE [-P PATH]
 *
 * Opens CONNECTIONS with a proxy of CREDENTIAL, one for all or (-d) one for
 * each, sends REQUESTS over them in turn, and holds all until standard input
 * ends. Lines "NAME VALUE" on standard output; of the server PID: memory of one
 * connection, CPU of one handshake and one request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/net.h"
#include "gsi/proxy.h"
#include "gsi/tls/tls.h"

#define WAIT_MS 120000

struct load {
    const char *host, *trust_dir, *cred_file, *body_file, *path;
    unsigned port;
    long connections, requests, pid;
    bool distinct, closing;
    struct trust *trust;
    struct cred *user, *proxy;
    struct tls_ctx *ctx;
    struct tls **tls;
    int fd; /* of the last one */
    struct buf request;
};

/* Kilobytes of private memory of the server. */
static long
server_memory(const struct load *l)
{
    char path[64], line[256];
    long kb = 0, n;
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%ld/smaps_rollup", l->pid);
    f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (sscanf(line, "Private_Clean: %ld", &n) == 1 ||
            sscanf(line, "Private_Dirty: %ld", &n) == 1)
            kb += n;
    if (f != NULL)
        fclose(f);
    return kb;
}

/* Seconds of CPU, user and system, that the server has used. */
static double
server_cpu(const struct load *l)
{
    unsigned long user = 0, sys = 0;
    char path[64];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%ld/stat", l->pid);
    f = fopen(path, "re");
    if (f != NULL && fscanf(f,
                            "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u "
                            "%*u %*u %lu %lu",
                            &user, &sys) != 2)
        user = 0;
    if (f != NULL)
        fclose(f);
    return (double)(user + sys) / (double)sysconf(_SC_CLK_TCK);
}

/* The settings of the next connection: a new proxy for each when distinct. */
static int
load_ctx(struct load *l, struct err *err)
{
    struct proxy_spec spec = { .type = CRED_FULL,
                               .path_length = -1,
                               .bits = -1 };

    if (l->ctx != NULL && !l->distinct)
        return 0;
    tls_ctx_unref(l->ctx);
    l->ctx = NULL;
    cred_unref(l->proxy);
    l->proxy = NULL;
    if (proxy_create(l->user, &spec, &l->proxy, err) < 0)
        return -1;
    return tls_ctx_create(false, l->proxy, l->trust, 0, "1.2", &l->ctx, err);
}

static int
load_connect(struct load *l, long i, struct err *err)
{
    int fd;

    if (load_ctx(l, err) < 0)
        return -1;
    fd = net_connect(l->host, l->port, WAIT_MS, err);
    if (fd < 0)
        return -1;
    if (tls_create(l->ctx, fd, l->host, &l->tls[i], err) < 0)
        return -1;
    if (tls_handshake_wait(l->tls[i], WAIT_MS, err) < 0)
        return -1;
    l->fd = fd;
    return 0;
}

/* Open and close: the server ends it when it has read our end of stream. */
static int
load_once(struct load *l, struct err *err)
{
    char waste[64];

    if (load_connect(l, 0, err) < 0)
        return -1;
    tls_destroy(l->tls[0]);
    l->tls[0] = NULL;
    shutdown(l->fd, SHUT_WR);
    while (read(l->fd, waste, sizeof(waste)) > 0)
        ;
    close(l->fd);
    return 0;
}

/* CPU of handshakes alone. */
static int
load_handshakes(struct load *l, struct err *err)
{
    double cpu;

    if (load_once(l, err) < 0)
        return -1;
    cpu = server_cpu(l);
    for (long i = 0; i < l->connections; i++)
        if (load_once(l, err) < 0)
            return err_wrap(err, "connection %ld", i);
    printf("handshake_cpu_ms %.3f\n",
           (server_cpu(l) - cpu) * 1000 / (double)l->connections);
    return 0;
}

/* The whole answer is there: head and body in BUF. */
static bool
complete(const struct buf *in)
{
    const char *head = buf_str(in), *end = strstr(head, "\r\n\r\n"),
               *length = strcasestr(head, "content-length:");

    return end != NULL && length != NULL &&
           in->len >= (size_t)(end + 4 - head) +
                          strtoul(length + strlen("content-length:"), NULL, 10);
}

/* One exchange on connection I. */
static int
load_request(struct load *l, long i, struct err *err)
{
    struct buf in = BUF_INIT;
    int rc =
        tls_write_all(l->tls[i], l->request.data, l->request.len, WAIT_MS, err);

    while (rc == 0 && !complete(&in)) {
        ssize_t n = tls_read_wait(l->tls[i], buf_reserve(&in, 16384), 16384,
                                  WAIT_MS, err);

        if (n <= 0)
            rc = err_set(err, ERR_IO, "connection %ld ended", i);
        else
            in.len += (size_t)n;
        if (in.data != NULL)
            in.data[in.len] = '\0';
    }
    if (rc == 0 && strncmp(in.data, "HTTP/1.1 200", 12) != 0)
        rc = err_set(err, ERR_REMOTE, "the answer is '%.300s'", in.data);
    buf_fini(&in);
    return rc;
}

/* Compose the request. */
static int
load_compose(struct load *l, struct err *err)
{
    struct buf body = BUF_INIT;
    FILE *f = fopen(l->body_file, "re");
    int rc = 0;

    if (f == NULL || buf_read_fd(&body, fileno(f), 1 << 20) < 0)
        rc = err_set(err, ERR_IO, "cannot read '%s'", l->body_file);
    if (f != NULL)
        fclose(f);
    buf_addf(&l->request,
             "POST %s HTTP/1.1\r\nHost: localhost\r\n"
             "Content-Type: text/xml\r\nContent-Length: %zu\r\n\r\n",
             l->path, body.len);
    buf_add(&l->request, body.data, body.len);
    buf_fini(&body);
    return rc;
}

static int
load_run(struct load *l, struct err *err)
{
    long before;
    double cpu;

    if (load_compose(l, err) < 0 ||
        trust_open(l->trust_dir, TRUST_CRL_IF_PRESENT, &l->trust, err) < 0 ||
        cred_load(l->cred_file, l->cred_file, NULL, NULL, &l->user, err) < 0)
        return -1;
    l->tls = xcalloc((size_t)l->connections + 1, sizeof(struct tls *));
    if (l->closing)
        return load_handshakes(l, err);
    /* The first one makes the server touch what all share. */
    if (load_connect(l, l->connections, err) < 0 ||
        load_request(l, l->connections, err) < 0)
        return -1;
    before = server_memory(l);
    cpu = server_cpu(l);
    for (long i = 0; i < l->connections; i++)
        if (load_connect(l, i, err) < 0)
            return err_wrap(err, "connection %ld", i);
    /* TLS 1.3: that the server took the last one shows in an answer. */
    if (load_request(l, l->connections, err) < 0)
        return -1;
    printf("handshake_cpu_ms %.3f\n",
           (server_cpu(l) - cpu) * 1000 / (double)l->connections);
    printf("connection_kib %.2f\n",
           (double)(server_memory(l) - before) / (double)l->connections);
    cpu = server_cpu(l);
    for (long i = 0; i < l->requests; i++)
        if (load_request(l, i % l->connections, err) < 0)
            return err_wrap(err, "request %ld", i);
    printf("request_cpu_us %.1f\n",
           (server_cpu(l) - cpu) * 1e6 / (double)(l->requests | 1));
    printf("connection_used_kib %.2f\n",
           (double)(server_memory(l) - before) / (double)l->connections);
    printf("held %ld\n", l->connections);
    fflush(stdout);
    return 0;
}

/* Read the options; -1 when they make no sense. */
static int
load_options(struct load *l, int argc, char *argv[])
{
    char *colon;
    int o;

    l->path = "/echo";
    while ((o = getopt(argc, argv, "c:t:u:n:r:p:dkf:P:")) != -1) {
        switch (o) {
        case 'c':
            l->host = optarg;
            break;
        case 't':
            l->trust_dir = optarg;
            break;
        case 'u':
            l->cred_file = optarg;
            break;
        case 'n':
            l->connections = strtol(optarg, NULL, 10);
            break;
        case 'r':
            l->requests = strtol(optarg, NULL, 10);
            break;
        case 'p':
            l->pid = strtol(optarg, NULL, 10);
            break;
        case 'd':
            l->distinct = true;
            break;
        case 'k':
            l->closing = true;
            break;
        case 'f':
            l->body_file = optarg;
            break;
        case 'P':
            l->path = optarg;
            break;
        default:
            return -1;
        }
    }
    colon = l->host != NULL ? strrchr(argv[2], ':') : NULL;
    if (colon == NULL || l->trust_dir == NULL || l->cred_file == NULL ||
        l->body_file == NULL || l->connections < 1)
        return -1;
    *colon = '\0';
    l->port = (unsigned)strtoul(colon + 1, NULL, 10);
    return 0;
}

int
main(int argc, char *argv[])
{
    struct load l = { .connections = 0 };
    struct err err = ERR_INIT;
    struct rlimit lim;
    char line[16];

    if (load_options(&l, argc, argv) < 0) {
        fprintf(stderr, "soapload: read the comment in its source\n");
        return 64;
    }
    lim.rlim_cur = lim.rlim_max = (rlim_t)l.connections + 100;
    if (setrlimit(RLIMIT_NOFILE, &lim) < 0 &&
        getrlimit(RLIMIT_NOFILE, &lim) == 0) {
        lim.rlim_cur = lim.rlim_max;
        setrlimit(RLIMIT_NOFILE, &lim);
    }
    if (load_run(&l, &err) < 0) {
        fprintf(stderr, "soapload: %s\n", err.text);
        return 1;
    }
    while (fgets(line, sizeof(line), stdin) != NULL)
        ;
    return 0;
}
