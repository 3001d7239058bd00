/* gridftp/server/ftp_marker.c - 111 and 112 markers of a receiver in MODE E
 * (GFD.20). */
#include <sys/time.h>

#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_session.h"
#include "gridftp/server/ftp_xfer.h"

/* Ranges in one 111 line: clients read lines of modest length. */
#define RANGES_PER_LINE 256

static void
send_ranges(struct ftp_session *s, const struct ranges *set)
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

/* 112 for stripe K. */
static void
send_perf(struct ftp_xfer *x, size_t k)
{
    struct buf b = BUF_INIT;
    struct timeval now;
    long long bytes = (long long)atomic_load(&x->bytes);

    if (x->nstripe > 1) {
        pthread_mutex_lock(&x->lock);
        bytes = (long long)x->stripe[k].bytes;
        pthread_mutex_unlock(&x->lock);
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

void
ftp_marker_send(struct ftp_xfer *x, bool ranges)
{
    struct ranges fresh;
    size_t k;

    for (k = 0; k < x->nstripe; k++)
        send_perf(x, k);
    if (!ranges)
        return;
    pthread_mutex_lock(&x->lock);
    fresh = x->fresh;
    x->fresh = (struct ranges){ 0 };
    pthread_mutex_unlock(&x->lock);
    send_ranges(x->s, &fresh);
    ranges_fini(&fresh);
}
