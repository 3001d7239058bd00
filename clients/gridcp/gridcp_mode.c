/* clients/gridcp/gridcp_mode.c - choose MODE S or E, the number of streams and
 * the pipelining depth from sizes, number of files and distance. */
#include <string.h>

#include "clients/gridcp/gridcp_queue.h"
#include "clients/gridcp/gridcp_worker.h"

/* From this size on a file gets a run of its own. */
#define BIG         (64 * 1024 * 1024)
/* From this distance on only several streams fill the pipe: each begins with a
 * few packets per round trip, and a loss halves the rate of only one. */
#define FAR_MS      4
#define FAR_STREAMS 4
#define FARTHER_MS  30
#define FARTHER     8
/* Least data for one stream: a minimum, and what it transfers in a round trip
 * at full speed. */
#define STREAM_MIN  (512 * 1024)
#define STREAM_RATE (4 * 1024) /* bytes a millisecond */
#define DEPTH       64
/* A put is sent after the reply to the one before; waiting ones could go over
 * another session. */
#define FAR_PUTS    4
#define MANY        256

/* Whether T's bytes go in order. */
static bool
in_order(const struct gridcp_task *t)
{
    return t->src.site->scheme == GRIDCP_STREAM ||
           t->dst.site->scheme == GRIDCP_STREAM;
}

int64_t
gridcp_mode_layout(const struct gridcp_opt *o)
{
    return o->stripe_block == 0  ? -1
           : o->stripe_block < 0 ? 0
                                 : o->stripe_block;
}

bool
gridcp_mode_asked(const struct gridcp *g)
{
    const struct gridcp_opt *o = &g->o;

    /* The Globus server sometimes gives a command the blocks of several streams
     * in the wrong order, in spite of its driver "ordering". */
    return (o->parallel > 0 || o->fast || o->stripe) && !g->stack[1].popen;
}

bool
gridcp_mode_single(const struct gridcp_worker *w)
{
    const struct gridcp_stack *s = w->g->stack;

    return (s[0].assertion != NULL && s[0].assert_each) ||
           (s[1].assertion != NULL && s[1].assert_each) || s[0].pipe ||
           s[1].pipe;
}

int
gridcp_mode_streams(const struct gridcp_opt *o, int64_t size, int rtt_ms)
{
    int64_t n, share;
    int most;

    if (o->parallel > 0)
        return (int)o->parallel;
    if (rtt_ms < FAR_MS)
        return 1;
    most = rtt_ms < FARTHER_MS ? FAR_STREAMS : FARTHER;
    share = (int64_t)rtt_ms * STREAM_RATE;
    n = size / (share > STREAM_MIN ? share : STREAM_MIN);
    return n < 1 ? 1 : n > most ? most : (int)n;
}

/* Whether T is one of many: others wait, or will, because its directory is
 * being read. */
static bool
is_one_of_many(const struct gridcp_worker *w, const struct gridcp_task *t)
{
    return t->child || gridcp_queue_length(w->g->queue) > 0;
}

/* Whether the part of T that exists has gaps, as several streams leave them:
 * MODE S can only restart at the first gap. */
static bool
has_holes(const struct gridcp_task *t)
{
    return t->whole &&
           (t->have.n > 1 || (t->have.n == 1 && t->have.r[0].begin > 0));
}

/* How to transfer T with a server that is RTT_MS away; CAN: it supports MODE
 * E. */
static struct ftpclient_how
how_of(const struct gridcp_worker *w, const struct gridcp_task *t, bool put,
       bool can, int rtt_ms)
{
    bool many = is_one_of_many(w, t);
    const struct gridcp_opt *o = &w->g->o;
    struct ftpclient_how how = { .mode = FTPCLIENT_STREAM,
                                 .parallel = 1,
                                 .depth = 1,
                                 .ascii = o->ascii,
                                 .stripe = o->stripe,
                                 .layout = gridcp_mode_layout(o) };

    if (!can || o->ascii || in_order(t) || (!put && t->src.site->no_extended) ||
        (w->g->strange && !gridcp_mode_asked(w->g)))
        return how;
    how.parallel = gridcp_mode_streams(o, t->size, rtt_ms);
    if (o->parallel > 0 || o->fast || o->stripe || many || put ||
        how.parallel > 1 || has_holes(t))
        how.mode = FTPCLIENT_EXTENDED;
    if (how.mode == FTPCLIENT_EXTENDED && !o->verify && t->whole &&
        !gridcp_mode_single(w))
        how.depth = put && rtt_ms >= FAR_MS ? FAR_PUTS : DEPTH;
    return how;
}

void
gridcp_mode_turns(struct gridcp *g, int rtt_ms)
{
    lock_take(&g->lock);
    if (rtt_ms > g->turn_ms)
        g->turn_ms = rtt_ms;
    lock_release(&g->lock);
}

void
gridcp_mode_choose(struct gridcp_worker *w, const struct gridcp_task *t,
                   const struct ftpclient *c)
{
    bool put = w->way == GRIDCP_PUT;

    w->waiting = gridcp_queue_length(w->g->queue);
    w->site = put ? t->dst.site : t->src.site;
    w->rtt_ms = ftpclient_rtt_ms(c);
    if (put)
        gridcp_mode_turns(w->g, w->rtt_ms);
    if (!put && !ftpclient_reachable(c) && !gridcp_mode_asked(w->g))
        w->site->no_extended = true;
    w->how = how_of(w, t, put, ftpclient_features(c) & FTPCLIENT_PARALLEL,
                    w->rtt_ms);
    w->alone = w->how.depth == 1;
}

void
gridcp_mode_foresee(const struct gridcp_worker *w, const struct gridcp_task *t,
                    bool put, struct gridcp_first *f)
{
    f->how = how_of(w, t, put, true, 0);
    f->first = (struct ftpclient_first){ .how = &f->how, .put = put };
}

/* Whether T can be added to the current run. */
static bool
like(const struct gridcp_task *t, void *arg)
{
    const struct gridcp_worker *w = arg;
    const struct gridcp_site *site =
        w->way == GRIDCP_PUT ? t->dst.site : t->src.site;

    /* To be resumable its size must be queried, which a run cannot do; in a
     * long list files are assumed to be small. */
    if (w->g->state != NULL && t->size < 0 && w->waiting < MANY)
        return false;
    if (w->way == GRIDCP_THIRD && t->dst.site != w->dst_site)
        return false;
    return gridcp_mode_way(w->g, t) == w->way && site == w->site && t->whole &&
           !t->dangling && !in_order(t) &&
           (t->size < BIG || w->g->o.parallel > 0) &&
           gridcp_mode_streams(&w->g->o, t->size, w->rtt_ms) <=
               w->how.parallel &&
           t->have.n == 0 && (!w->g->o.sync || t->checked);
}

struct gridcp_task *
gridcp_mode_next(struct gridcp_worker *w)
{
    struct gridcp_task *t = w->first;

    w->first = NULL;
    if (t == NULL && !w->alone)
        t = gridcp_queue_take_like(w->g->queue, like, w);
    return t;
}

enum gridcp_way
gridcp_mode_way(const struct gridcp *g, const struct gridcp_task *t)
{
    bool src = gridcp_place_ftp(t->src.site),
         dst = gridcp_place_ftp(t->dst.site);
    enum gridcp_scheme from = t->src.site->scheme, to = t->dst.site->scheme;

    if (src && dst && !g->o.no_third && from == to)
        return GRIDCP_THIRD;
    if (src && (to == GRIDCP_FILE || to == GRIDCP_STREAM))
        return GRIDCP_GET;
    if (dst && (from == GRIDCP_FILE || from == GRIDCP_STREAM))
        return GRIDCP_PUT;
    return GRIDCP_RELAY;
}
