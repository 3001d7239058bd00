/* gridftp/server/ftp_marker.c - 111 and 112 markers of a receiver in MODE E
 * (GFD.20). */
#include <sys/time.h>

#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_session.h"
#include "gridftp/server/ftp_xfer.h"

/* Ranges in one 111 line: clients limit the line length. */
#define RANGES_PER_LINE 256

static void
send_lines(struct ftp_session *s, const struct ranges *set)
{
    struct ranges part = *set;
    struct buf line = BUF_INIT;
    size_t at;

    for (at = 0; at < set->n; at += part.n) {
        part.r = set->r + at;
        part.n = set->n - at < RANGES_PER_LINE ? set->n - at : RANGES_PER_LINE;
        buf_clear(&line);
        ranges_text(&part, &line);
        ftp_reply(s, 111, "Range Marker %s", buf_str(&line));
    }
    buf_fini(&line);
}

/* Send the 112 for stripe K. */
static void
send_stripe(struct ftp_xfer *x, size_t k)
{
    struct buf b = BUF_INIT;
    struct timeval now;
    long long bytes = (long long)atomic_load(&x->bytes);

    if (x->nstripe > 1) {
        lock_take(&x->lock);
        bytes = (long long)x->stripe[k].bytes;
        lock_release(&x->lock);
    }
    gettimeofday(&now, NULL);
    buf_addf(&b,
             "112-Perf Marker\r\n Timestamp:  %lld.%d\r\n Stripe Index: %zu\r\n"
             " Stripe Bytes Transferred: %lld\r\n Total Stripe Count: %zu\r\n"
             "112 End.\r\n",
             (long long)now.tv_sec, (int)(now.tv_usec / 100000), k, bytes,
             x->nstripe);
    ftp_reply_text(x->s, &b);
    buf_fini(&b);
}

static void
send_perf(struct ftp_xfer *x)
{
    size_t k;

    for (k = 0; k < x->nstripe && x->s->perf_s >= 0; k++)
        send_stripe(x, k);
}

/* Send the ranges that arrived since the last time. */
static void
send_ranges(struct ftp_xfer *x)
{
    struct ranges fresh;

    if (x->s->ranges_s < 0)
        return;
    lock_take(&x->lock);
    fresh = x->fresh;
    x->fresh = (struct ranges){ 0 };
    lock_release(&x->lock);
    send_lines(x->s, &fresh);
    ranges_fini(&fresh);
}

void
ftp_marker_begin(struct ftp_xfer *x)
{
    x->perf_ms = x->began_ms + 1000 * x->s->perf_s;
    x->ranges_ms = x->began_ms + 1000 * x->s->ranges_s;
    /* Only for the first file; later an empty range is implied. */
    if (x->d->nkept == 0)
        send_perf(x);
}

void
ftp_marker_look(struct ftp_xfer *x, long long now)
{
    if (now >= x->perf_ms) {
        x->perf_ms = now + 1000 * x->s->perf_s;
        send_perf(x);
    }
    if (now >= x->ranges_ms) {
        x->ranges_ms = now + 1000 * x->s->ranges_s;
        send_ranges(x);
    }
}

void
ftp_marker_end(struct ftp_xfer *x, bool failed)
{
    send_perf(x);
    if (failed)
        send_ranges(x);
}
