/* mds/querygate.c - see querygate.h. */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/thread.h"
#include "mds/querygate.h"

#define LOOK_MS 50 /* how often a waiting query looks for one that must end */

struct query_place {
    long long since;   /* 0: free */
    long long used_ms; /* processor time as of its last report */
    bool told;         /* reported as long */
    bool yield;        /* must end for a waiting query */
};

struct querygate {
    struct lock lock;
    pthread_cond_t moved; /* a query left, or the gate is ending */
    struct query_place place[QUERYGATE_MAX];
    int most, inside, waiting, waiting_max;
    long fair_ms;
    bool ended;
};

struct querygate *
querygate_create(int most, int waiting, long fair_ms)
{
    struct querygate *g = xcalloc(1, sizeof(*g));

    g->most = most < QUERYGATE_MAX ? most : QUERYGATE_MAX;
    g->waiting_max = waiting;
    g->fair_ms = fair_ms;
    lock_init(&g->lock, LOCK_index_queries);
    pthread_cond_init(&g->moved, NULL);
    return g;
}

void
querygate_end(struct querygate *g)
{
    lock_take(&g->lock);
    g->ended = true;
    pthread_cond_broadcast(&g->moved);
    lock_release(&g->lock);
}

void
querygate_destroy(struct querygate *g)
{
    if (g == NULL)
        return;
    lock_fini(&g->lock);
    pthread_cond_destroy(&g->moved);
    free(g);
}

/* Whether there is a long query. */
static bool
any_long(const struct querygate *g)
{
    long long since = time_mono_ms() - QUERYGATE_LONG_MS;

    for (int i = 0; i < g->most; i++)
        if (g->place[i].since != 0 && g->place[i].since <= since)
            return true;
    return false;
}

/* A query waits and all places are taken: tell the one that has used the most
 * processor time to end. */
static void
make_room(struct querygate *g)
{
    struct query_place *p = g->place;

    for (int i = 0; i < g->most; i++) {
        if (g->place[i].yield)
            return; /* a place will soon be free */
        if (g->place[i].used_ms > p->used_ms)
            p = &g->place[i];
    }
    p->yield = p->used_ms >= g->fair_ms;
}

/* Wait for a place, behind earlier waiters. */
static int
find_place(struct querygate *g, struct err *err)
{
    bool first = true;

    while ((g->inside == g->most || (first && g->waiting > 0)) && !g->ended) {
        if (first && g->waiting >= g->waiting_max && any_long(g))
            return err_set(err, ERR_LIMIT,
                           "%d queries are being answered, some of them long "
                           "ones: try again",
                           g->inside);
        first = false;
        if (g->inside == g->most)
            make_room(g);
        g->waiting++;
        lock_wait_until(&g->lock, &g->moved, time_mono_ms() + LOOK_MS);
        g->waiting--;
    }
    return g->ended ? err_set(err, ERR_CANCELLED, "the index is being stopped")
                    : 0;
}

struct query_place *
querygate_enter(struct querygate *g, struct err *err)
{
    struct query_place *p = g->place;

    lock_take(&g->lock);
    if (find_place(g, err) < 0) {
        lock_release(&g->lock);
        return NULL;
    }
    while (p->since != 0)
        p++;
    *p = (struct query_place){ .since = time_mono_ms() };
    g->inside++;
    lock_release(&g->lock);
    return p;
}

int
querygate_stay(struct querygate *g, struct query_place *p, long long used_ms,
               struct err *err)
{
    int inside, rc = 0;
    bool tell;

    lock_take(&g->lock);
    tell = !p->told && time_mono_ms() - p->since >= QUERYGATE_LONG_MS;
    p->told = p->told || tell;
    p->used_ms = used_ms;
    inside = g->inside;
    if (g->ended)
        rc = err_set(err, ERR_CANCELLED, "the index is being stopped");
    else if (p->yield)
        rc = err_set(err, ERR_LIMIT,
                     "others wait, and of %d queries this one has used most: "
                     "it gives up its place after %lld ms of processor time "
                     "(mds.query_fair is %ld); ask for less, or try again",
                     inside, used_ms, g->fair_ms);
    lock_release(&g->lock);
    if (tell)
        log_event(LOG_INFO, "query.long", "inside=%d", inside);
    return rc;
}

void
querygate_leave(struct querygate *g, struct query_place *p)
{
    lock_take(&g->lock);
    p->since = 0;
    g->inside--;
    if (g->waiting > 0)
        pthread_cond_signal(&g->moved);
    lock_release(&g->lock);
}
