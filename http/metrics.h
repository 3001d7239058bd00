/* http/metrics.h - counters of the web-service engine, in Prometheus' text
 * form (exposition format 0.0.4). */
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
    atomic_ulong bucket[METRICS_BUCKETS + 1]; /* of latency; the last: more */
    atomic_ullong seconds_us;
};

/* Add a row unless NAME has one; returns its number.  Before the threads start.
 */
size_t metrics_add(struct metrics *m, const char *name);
/* The row of NAME; M's last row when there is none. */
size_t metrics_find(const struct metrics *m, const char *name);
/* Count a request of ROW that took US microseconds. */
void metrics_request(struct metrics *m, size_t row, bool failed, long long us);
/* Append all of it; PROGRAM is a label. */
void metrics_write(struct metrics *m, const char *program, struct buf *out);
/* Append what every process tells of itself: version, start, time, memory,
 * descriptors, by the names that Prometheus' client libraries have. */
void metrics_process(const char *program, struct buf *out);
/* Free the rows. */
void metrics_fini(struct metrics *m);

#endif
