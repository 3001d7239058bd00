/* http/metrics.c - see metrics.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "http/metrics.h"

static const struct {
    long long us;
    const char *label;
} buckets[METRICS_BUCKETS] = {
    { 500, "0.0005" },  { 1000, "0.001" }, { 2500, "0.0025" },
    { 5000, "0.005" },  { 10000, "0.01" }, { 50000, "0.05" },
    { 100000, "0.1" },  { 500000, "0.5" }, { 1000000, "1" },
    { 10000000, "10" },
};

/* Label values of the err.h codes. */
static const char *const reasons[ERR_COUNT] = {
#define ERR(name, exit, ftp, http, soap, bes, passes, text) \
    [ERR_##name] = #name,
#include "base/err.def"
#undef ERR
};

size_t
metrics_find(const struct metrics *m, const char *name)
{
    size_t i = 0;

    while (i + 1 < m->rows && strcmp(m->row[i].name, name) != 0)
        i++;
    return i;
}

size_t
metrics_add(struct metrics *m, const char *name)
{
    for (size_t i = 0; i < m->rows; i++)
        if (strcmp(m->row[i].name, name) == 0)
            return i;
    m->row = xrealloc(m->row, m->rows + 1, sizeof(*m->row));
    m->row[m->rows].name = xstrdup(name);
    atomic_init(&m->row[m->rows].ok, 0);
    atomic_init(&m->row[m->rows].failed, 0);
    return m->rows++;
}

void
metrics_request(struct metrics *m, size_t row, bool failed, long long us)
{
    size_t i = 0;

    if (failed)
        atomic_fetch_add_explicit(&m->row[row].failed, 1, memory_order_relaxed);
    else
        atomic_fetch_add_explicit(&m->row[row].ok, 1, memory_order_relaxed);
    while (i < METRICS_BUCKETS && us > buckets[i].us)
        i++;
    atomic_fetch_add_explicit(&m->bucket[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&m->seconds_us, (unsigned long long)us,
                              memory_order_relaxed);
}

/* Append the two lines that introduce metric NAME. */
static void
metrics_head(struct buf *out, const char *name, const char *type,
             const char *help)
{
    buf_addf(out, "# HELP gatehouse_%s %s\n# TYPE gatehouse_%s %s\n", name,
             help, name, type);
}

/* Append a metric that is one number. */
static void
metrics_one(struct buf *out, const char *name, const char *type,
            const char *help, const char *program, unsigned long long value)
{
    metrics_head(out, name, type, help);
    buf_addf(out, "gatehouse_%s{program=\"%s\"} %llu\n", name, program, value);
}

/* Append the handshakes by result. */
static void
metrics_handshakes(struct metrics *m, const char *program, struct buf *out)
{
    metrics_head(out, "handshakes_total", "counter",
                 "TLS handshakes by how they ended.");
    buf_addf(out,
             "gatehouse_handshakes_total{program=\"%s\",result=\"ok\"} %lu\n",
             program, atomic_load(&m->handshakes_ok));
    for (int i = 0; i < ERR_COUNT; i++) {
        unsigned long n = atomic_load(&m->handshakes_failed[i]);

        if (n == 0)
            continue;
        buf_addf(out, "gatehouse_handshakes_total{program=\"%s\",result=\"",
                 program);
        for (const char *c = reasons[i]; *c != '\0'; c++)
            buf_addc(out, (char)tolower((unsigned char)*c));
        buf_addf(out, "\"} %lu\n", n);
    }
}

/* Append the requests by operation and result. */
static void
metrics_requests(struct metrics *m, const char *program, struct buf *out)
{
    metrics_head(out, "requests_total", "counter",
                 "Answered requests by operation and result.");
    for (size_t i = 0; i < m->rows; i++) {
        buf_addf(out,
                 "gatehouse_requests_total{program=\"%s\",operation=\"%s\","
                 "result=\"ok\"} %lu\n",
                 program, m->row[i].name, atomic_load(&m->row[i].ok));
        buf_addf(out,
                 "gatehouse_requests_total{program=\"%s\",operation=\"%s\","
                 "result=\"failed\"} %lu\n",
                 program, m->row[i].name, atomic_load(&m->row[i].failed));
    }
}

/* Append the latency histogram. */
static void
metrics_latency(struct metrics *m, const char *program, struct buf *out)
{
    unsigned long sum = 0;

    metrics_head(out, "request_seconds", "histogram",
                 "From the last byte of a request to the first of its answer.");
    for (size_t i = 0; i < METRICS_BUCKETS; i++) {
        sum += atomic_load(&m->bucket[i]);
        buf_addf(out,
                 "gatehouse_request_seconds_bucket{program=\"%s\",le=\"%s\"} "
                 "%lu\n",
                 program, buckets[i].label, sum);
    }
    sum += atomic_load(&m->bucket[METRICS_BUCKETS]);
    buf_addf(out,
             "gatehouse_request_seconds_bucket{program=\"%s\",le=\"+Inf\"} "
             "%lu\ngatehouse_request_seconds_sum{program=\"%s\"} %.6f\n"
             "gatehouse_request_seconds_count{program=\"%s\"} %lu\n",
             program, sum, program, (double)atomic_load(&m->seconds_us) / 1e6,
             program, sum);
}

void
metrics_write(struct metrics *m, const char *program, struct buf *out)
{
    metrics_one(out, "connections", "gauge", "Open connections.", program,
                (unsigned long long)atomic_load(&m->connections));
    metrics_one(out, "connections_total", "counter", "Connections accepted.",
                program, atomic_load(&m->accepted));
    metrics_one(out, "connections_refused_total", "counter",
                "Connections closed at once, too many being open.", program,
                atomic_load(&m->refused));
    metrics_one(out, "queue_length", "gauge",
                "Requests and handshake steps that wait for a worker.", program,
                (unsigned long long)atomic_load(&m->queued));
    metrics_one(out, "waiting", "gauge",
                "Requests whose answer waits for something to happen.", program,
                (unsigned long long)atomic_load(&m->waiting));
    metrics_one(out, "received_bytes_total", "counter",
                "Bytes of requests, TLS taken off.", program,
                atomic_load(&m->bytes_in));
    metrics_one(out, "sent_bytes_total", "counter",
                "Bytes of answers, TLS not counted.", program,
                atomic_load(&m->bytes_out));
    metrics_handshakes(m, program, out);
    metrics_requests(m, program, out);
    metrics_latency(m, program, out);
}

void
metrics_fini(struct metrics *m)
{
    for (size_t i = 0; i < m->rows; i++)
        free(m->row[i].name);
    free(m->row);
    m->row = NULL;
    m->rows = 0;
}
