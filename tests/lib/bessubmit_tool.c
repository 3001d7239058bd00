/* tests/lib/bessubmit_tool.c - submit over BES from several clients at once,
 * and what it cost the server: bessubmit -c HOST:PORT -t TRUST -u CREDENTIAL -j
 * JSDL -n JOBS -k CLIENTS
 *             [-N] [-p PID]...
 *
 * Each client keeps its connection (-N: makes a new one for each job) and waits
 * for the answer before it goes on.  Lines "NAME VALUE" on standard output:
 * accepted, seconds, and of the processes PID together cpu_ms. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/net.h"
#include "gsi/tls/tls.h"

#define WAIT_MS  120000
#define PIDS_MAX 16

struct bench {
    char *host;
    unsigned port;
    struct tls_ctx *ctx;
    struct buf jsdl;
    long jobs, clients;
    bool anew;
    long pid[PIDS_MAX];
    size_t npids;
    long taken, accepted; /* atomic */
};

/* Milliseconds of CPU that the processes have used. */
static double
cpu_ms(const struct bench *b)
{
    double sum = 0;

    for (size_t i = 0; i < b->npids; i++) {
        unsigned long user = 0, sys = 0;
        char path[64];
        FILE *f;

        snprintf(path, sizeof(path), "/proc/%ld/stat", b->pid[i]);
        f = fopen(path, "re");
        if (f == NULL)
            continue;
        if (fscanf(f,
                   "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u "
                   "%*u %lu %lu",
                   &user, &sys) == 2)
            sum += (double)(user + sys) * 1000 / (double)sysconf(_SC_CLK_TCK);
        fclose(f);
    }
    return sum;
}

static void
die(const char *what, const struct err *err)
{
    fprintf(stderr, "bessubmit: %s: %s\n", what, err->text);
    exit(1);
}

static struct tls *
dial(struct bench *b, int *fd)
{
    struct err err = ERR_INIT;
    struct tls *tls;

    *fd = net_connect(b->host, b->port, WAIT_MS, &err);
    if (*fd < 0 || tls_create(b->ctx, *fd, b->host, &tls, &err) < 0 ||
        tls_handshake_wait(tls, WAIT_MS, &err) < 0)
        die("connect", &err);
    return tls;
}

static void
hang_up(struct tls *tls, int fd)
{
    if (tls == NULL)
        return;
    tls_destroy(tls);
    close(fd);
}

static void
make_request(struct bench *b, struct buf *out)
{
    struct buf body = BUF_INIT;
    char id[UUID_TEXT];

    buf_addf(&body,
             "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/"
             "\"><s:Header><a:MessageID xmlns:a=\"http://www.w3.org/2005/08/"
             "addressing\">urn:uuid:%s</a:MessageID></s:Header><s:Body>"
             "<b:CreateActivity xmlns:b=\"http://schemas.ggf.org/bes/2006/08/"
             "bes-factory\"><b:ActivityDocument>%s</b:ActivityDocument>"
             "</b:CreateActivity></s:Body></s:Envelope>",
             uuid_make(id), buf_str(&b->jsdl));
    buf_addf(out,
             "POST /bes HTTP/1.1\r\nHost: %s:%u\r\nContent-Type: text/xml; "
             "charset=utf-8\r\nSOAPAction: \"\"\r\nContent-Length: %zu\r\n\r\n",
             b->host, b->port, body.len);
    buf_add(out, body.data, body.len);
    buf_fini(&body);
}

/* Read one whole answer; whether it accepted the job. */
static bool
read_answer(struct tls *tls, struct buf *in)
{
    const char *end = NULL, *length;
    long long n = 0;

    buf_clear(in);
    for (;;) {
        enum tls_want want;
        ssize_t got = tls_read(tls, buf_reserve(in, 16384), 16384, &want);

        if (got <= 0)
            return false;
        in->len += (size_t)got;
        in->data[in->len] = '\0';
        end = strstr(in->data, "\r\n\r\n");
        if (end == NULL)
            continue;
        length = strcasestr(in->data, "content-length:");
        if (length == NULL || sscanf(length + 15, "%lld", &n) != 1)
            return false;
        if (in->len >= (size_t)(end + 4 - in->data) + (size_t)n)
            return strstr(end, "CreateActivityResponse") != NULL;
    }
}

static void *
client(void *arg)
{
    struct bench *b = arg;
    struct buf out = BUF_INIT, in = BUF_INIT;
    struct tls *tls = NULL;
    enum tls_want want;
    int fd = -1;

    while (__atomic_fetch_add(&b->taken, 1, __ATOMIC_RELAXED) < b->jobs) {
        if (tls == NULL)
            tls = dial(b, &fd);
        buf_clear(&out);
        make_request(b, &out);
        if (tls_write(tls, out.data, out.len, &want) == (ssize_t)out.len &&
            read_answer(tls, &in))
            __atomic_fetch_add(&b->accepted, 1, __ATOMIC_RELAXED);
        else
            fprintf(stderr, "bessubmit: refused: %.2000s\n", buf_str(&in));
        if (b->anew) {
            hang_up(tls, fd);
            tls = NULL;
        }
    }
    hang_up(tls, fd);
    buf_fini(&out);
    buf_fini(&in);
    return NULL;
}

static void
run(struct bench *b)
{
    pthread_t *t = xcalloc((size_t)b->clients, sizeof(*t));
    long long begin = time_mono_ms();
    double cpu = cpu_ms(b);

    for (long i = 0; i < b->clients; i++)
        if (pthread_create(&t[i], NULL, client, b) != 0)
            exit(1);
    for (long i = 0; i < b->clients; i++)
        pthread_join(t[i], NULL);
    printf("accepted %ld\nseconds %.3f\ncpu_ms %.0f\n", b->accepted,
           (double)(time_mono_ms() - begin) / 1000, cpu_ms(b) - cpu);
    free(t);
}

static void
set_up(struct bench *b, const char *trust_dir, const char *cred_file,
       const char *jsdl_file)
{
    struct err err = ERR_INIT;
    struct trust *trust;
    struct cred *cred;
    FILE *f = fopen(jsdl_file, "re");

    if (f == NULL || buf_read_fd(&b->jsdl, fileno(f), 1 << 20) < 0 ||
        trust_open(trust_dir, TRUST_CRL_IF_PRESENT, &trust, &err) < 0 ||
        cred_load(cred_file, cred_file, NULL, NULL, &cred, &err) < 0 ||
        tls_ctx_create(false, cred, trust, 0, "1.2", &b->ctx, &err) < 0)
        die("set up", &err);
    fclose(f);
}

int
main(int argc, char **argv)
{
    struct bench b = { .jobs = 1, .clients = 1 };
    const char *trust = NULL, *cred = NULL, *jsdl = NULL;
    int c;

    while ((c = getopt(argc, argv, "c:t:u:j:n:k:p:N")) > 0) {
        if (c == 'c') {
            b.host = optarg;
        } else if (c == 't') {
            trust = optarg;
        } else if (c == 'u') {
            cred = optarg;
        } else if (c == 'j') {
            jsdl = optarg;
        } else if (c == 'n') {
            b.jobs = strtol(optarg, NULL, 10);
        } else if (c == 'k') {
            b.clients = strtol(optarg, NULL, 10);
        } else if (c == 'N') {
            b.anew = true;
        } else if (c == 'p' && b.npids < PIDS_MAX) {
            b.pid[b.npids++] = strtol(optarg, NULL, 10);
        } else {
            return 64;
        }
    }
    if (b.host == NULL || strrchr(b.host, ':') == NULL || trust == NULL ||
        cred == NULL || jsdl == NULL)
        return 64;
    b.port = (unsigned)strtoul(strrchr(b.host, ':') + 1, NULL, 10);
    *strrchr(b.host, ':') = '\0';
    set_up(&b, trust, cred, jsdl);
    run(&b);
    return b.accepted == b.jobs ? 0 : 1;
}
