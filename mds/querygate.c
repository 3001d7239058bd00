/* mds/querygate.c - see querygate.h. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/thread.h"
#include "mds/querygate.h"

struct slot {
    struct rpdoc_run run;
    long long since; /* 0: free */
    bool told;
};

struct querygate {
    pthread_mutex_t lock;
    pthread_cond_t moved; /* one left, or it is the end */
    pthread_cond_t work;  /* for the warden, who had nothing to look after */
    int waiting;          /* for a place */
    pthread_t warden;
    struct slot slot[QUERYGATE_MAX];
    int most, inside;
    long timeout_ms;
    bool idle, ended;
};

/* Wait for COND, MS at most. */
static void
wait_ms(struct querygate *g, pthread_cond_t *cond, long ms)
{
    (void)thread_wait(cond, &g->lock, time_mono_ms() + ms);
}

/* Look after the query in S. */
static void
look_after(const struct querygate *g, struct slot *s, long long now)
{
    if (!s->told && now - s->since >= QUERYGATE_LONG_MS) {
        s->told = true;
        log_event(LOG_INFO, "query.long", "inside=%d", g->inside);
    }
    if (g->ended || now - s->since >= g->timeout_ms)
        rpdoc_stop(&s->run);
}

/* The thread that ends what takes too long.  To end a query once more does no
 * harm: it may not have begun to evaluate. */
static void *
watch(void *arg)
{
    struct querygate *g = arg;

    pthread_mutex_lock(&g->lock);
    while (!g->ended || g->inside > 0) {
        long long now = time_mono_ms();

        for (int i = 0; i < g->most; i++)
            if (g->slot[i].since != 0)
                look_after(g, &g->slot[i], now);
        if (g->inside > 0)
            wait_ms(g, &g->work, g->ended ? 10 : QUERYGATE_LONG_MS / 5);
        else if (!g->ended) {
            g->idle = true;
            pthread_cond_wait(&g->work, &g->lock);
            g->idle = false;
        }
    }
    pthread_mutex_unlock(&g->lock);
    return NULL;
}

int
querygate_create(int most, long timeout_ms, struct querygate **gate,
                 struct err *err)
{
    struct querygate *g = xcalloc(1, sizeof(*g));

    g->most = most < QUERYGATE_MAX ? most : QUERYGATE_MAX;
    g->timeout_ms = timeout_ms;
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->moved, NULL);
    pthread_cond_init(&g->work, NULL);
    if (thread_start(&g->warden, "query-warden", watch, g, err) < 0) {
        free(g);
        return -1;
    }
    *gate = g;
    return 0;
}

void
querygate_end(struct querygate *g)
{
    pthread_mutex_lock(&g->lock);
    g->ended = true;
    pthread_cond_broadcast(&g->moved);
    pthread_cond_signal(&g->work);
    pthread_mutex_unlock(&g->lock);
}

void
querygate_destroy(struct querygate *g)
{
    if (g == NULL)
        return;
    querygate_end(g);
    pthread_join(g->warden, NULL);
    pthread_mutex_destroy(&g->lock);
    pthread_cond_destroy(&g->moved);
    pthread_cond_destroy(&g->work);
    free(g);
}

/* For how long the first of those inside is there. */
static long long
longest(const struct querygate *g)
{
    long long now = time_mono_ms(), most = 0;

    for (int i = 0; i < g->most; i++)
        if (g->slot[i].since != 0 && now - g->slot[i].since > most)
            most = now - g->slot[i].since;
    return most;
}

/* Wait for a place. */
static int
find_place(struct querygate *g, struct err *err)
{
    while (g->inside == g->most && !g->ended) {
        long long most = longest(g);

        if (most >= QUERYGATE_LONG_MS)
            return err_set(err, ERR_LIMIT,
                           "%d queries are being answered, some of them long "
                           "ones: try again",
                           g->inside);
        g->waiting++;
        wait_ms(g, &g->moved, (long)(QUERYGATE_LONG_MS - most));
        g->waiting--;
    }
    return g->ended ? err_set(err, ERR_CANCELLED, "the index is being stopped")
                    : 0;
}

struct rpdoc_run *
querygate_enter(struct querygate *g, struct err *err)
{
    struct slot *s = g->slot;

    pthread_mutex_lock(&g->lock);
    if (find_place(g, err) < 0) {
        pthread_mutex_unlock(&g->lock);
        return NULL;
    }
    while (s->since != 0)
        s++;
    *s = (struct slot){ .since = time_mono_ms() };
    g->inside++;
    if (g->idle)
        pthread_cond_signal(&g->work);
    pthread_mutex_unlock(&g->lock);
    return &s->run;
}

void
querygate_leave(struct querygate *g, struct rpdoc_run *run)
{
    struct slot *s = (struct slot *)(void *)run;

    pthread_mutex_lock(&g->lock);
    s->since = 0;
    g->inside--;
    if (g->waiting > 0)
        pthread_cond_signal(&g->moved);
    pthread_mutex_unlock(&g->lock);
}
