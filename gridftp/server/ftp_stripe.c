/* gridftp/server/ftp_stripe.c - stripes of a transfer in MODE E: assign bytes
 * to addresses and detect completion (GFD.20 s.3.4, s.5.1). */
#include "gridftp/server/ftp_stripe.h"

#define BLOCK_MAX (4 * 1024 * 1024)

/* One stripe for each address that we listen on or connect to. */
static size_t
count(const struct ftp_xfer *x)
{
    size_t n = x->receiving ? x->d->nlisten : x->d->nport;

    return x->mode_e && n > 1 ? n : 1;
}

/* Bytes in a block of the stripe layout. */
static int64_t
block_size(const struct ftp_xfer *x)
{
    int64_t all = x->end - x->begin;
    int64_t n = (int64_t)x->nstripe;

    if (n > 1 && x->d->layout != FTP_LAYOUT_PARTITIONED)
        return x->d->stripe_block;
    return all > 0 ? all / n + (all % n != 0) : 1;
}

/* Bytes of a block on the network.  Large ones cost nothing, because nobody
 * buffers a block, but every connection should get a fair share of the file. */
static int64_t
wire_block(const struct ftp_xfer *x)
{
    int64_t size = x->end - x->begin;
    size_t k, streams = 0;

    for (k = 0; k < x->nstripe; k++)
        streams += x->stripe[k].planned;
    size /= 8 * (int64_t)(streams > 0 ? streams : 1);
    if (size < x->d->block)
        return x->d->block;
    return size < BLOCK_MAX ? size : BLOCK_MAX;
}

void
ftp_stripe_plan(struct ftp_xfer *x)
{
    const struct ftp_data *d = x->d;
    size_t i, k, each = (size_t)d->parallel;

    x->nstripe = count(x);
    x->layout = block_size(x);
    if (each > FTP_STREAMS_MAX / x->nstripe)
        each = FTP_STREAMS_MAX / x->nstripe;
    for (k = 0; k < x->nstripe; k++)
        x->stripe[k] = (struct ftp_stripe){ .next = x->begin };
    for (i = 0; i < d->nkept; i++)
        x->stripe[d->kept[i].stripe % x->nstripe].planned++;
    for (k = 0; k < x->nstripe; k++)
        if (!x->mode_e)
            x->stripe[k].planned = 1;
        else if (x->stripe[k].planned < each)
            x->stripe[k].planned = each;
    x->block = wire_block(x);
}

bool
ftp_stripe_piece(struct ftp_xfer *x, size_t stripe, struct range *piece)
{
    struct ftp_stripe *s = &x->stripe[stripe];
    bool more = false;
    int64_t block, end;

    while (!more && s->next < x->end) {
        block = (s->next - x->begin) / x->layout;
        end = x->begin + (block + 1) * x->layout;
        if (end > x->end)
            end = x->end;
        if ((size_t)block % x->nstripe == stripe)
            more = ranges_hole(x->skip, s->next, end, piece);
        if (more && piece->end - piece->begin > x->block)
            piece->end = piece->begin + x->block;
        s->next = more ? piece->end : end;
    }
    return more;
}

int
ftp_stripe_ends(struct ftp_xfer *x, size_t stripe, const struct modee_block *b,
                struct err *err)
{
    struct ftp_stripe *s = &x->stripe[stripe];
    size_t k;

    if (b->flags & MODEE_EOF) {
        if (s->eof && s->due != b->offset)
            return err_set(err, ERR_PROTOCOL,
                           "MODE E: two ends of file that do not agree");
        s->eof = true;
        s->due = b->offset;
    }
    if (b->flags & MODEE_EOD)
        s->eods++;
    for (k = 0; k < x->nstripe; k++)
        if (!x->stripe[k].eof || x->stripe[k].eods < x->stripe[k].due)
            return 0;
    x->done = true;
    return 0;
}
