/* http/metrics.h - counters of the HTTP server in Prometheus' text format
 * (exposition format 0.0.4). */
#ifndef HTTP_METRICS_H
#define HTTP_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

#define METRICS_BUCKETS 10

struct metrics_row {
    char *name; /* the label: an operation or a route */
    atomic_ulong ok, failed;
};

/* Zero it before first use. */
struct metrics {
    struct metrics_row *row;
    size_t rows;
    atomic_long connections, queued, waiting;
    atomic_ulong accepted, refused, handshakes_ok;
    atomic_ulong handshakes_failed[ERR_COUNT];
    atomic_ullong bytes_in, bytes_out;
    atomic_ulong bucket[METRICS_BUCKETS +
                        1]; /* latency histogram; the last bucket is +Inf */
    atomic_ullong seconds_us;
};

/* Add a row called NAME unless it exists; returns its number.  Call before the
 * threads start. */
size_t metrics_add(struct metrics *m, const char *name);
/* The row called NAME; M's last row when there is none. */
size_t metrics_find(const struct metrics *m, const char *name);
/* Count a request of ROW that took US microseconds. */
void metrics_request(struct metrics *m, size_t row, bool failed, long long us);
/* Append all metrics; PROGRAM is a label. */
void metrics_write(struct metrics *m, const char *program, struct buf *out);
/* Append the process metrics: version, start, CPU time, memory, descriptors,
 * named as in Prometheus' client libraries. */
void metrics_process(const char *program, struct buf *out);
/* Free the rows. */
void metrics_fini(struct metrics *m);

#endif
