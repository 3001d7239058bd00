/* gatekeeper/journal/journal.c - see journal.h. */
#include <stdlib.h>

#include "base/lock.h"
#include "base/thread.h"
#include "gatekeeper/journal/journal.h"

struct journal {
    const struct store *store;
    void *store_self;
    struct lock lock; /* guards all fields below */
    pthread_cond_t news;
    bool ended;
    long long last;
    /* The newest events without a gap: N of them, the oldest at FIRST. */
    struct store_event ring[JOURNAL_RING];
    size_t first, n;
};

int
journal_open(struct journal **out, const struct store *store, void *self,
             struct err *err)
{
    struct store_events none;
    struct journal *j;

    *out = NULL;
    if (store->events(self, &(struct store_query){ .max = 0 }, &none, err) < 0)
        return err_wrap(err, "the journal");
    j = xcalloc(1, sizeof(*j));
    j->store = store;
    j->store_self = self;
    j->last = none.last;
    store_events_fini(&none);
    lock_init(&j->lock, LOCK_journal);
    pthread_cond_init(&j->news, NULL);
    *out = j;
    return 0;
}

/* Event I of the ring; 0 is the oldest. */
static struct store_event *
ring_at(struct journal *j, size_t i)
{
    return &j->ring[(j->first + i) % JOURNAL_RING];
}

static void
ring_drop(struct journal *j)
{
    store_event_fini(ring_at(j, 0));
    j->first = (j->first + 1) % JOURNAL_RING;
    j->n--;
}

void
journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    while (j->n > 0)
        ring_drop(j);
    pthread_cond_destroy(&j->news);
    lock_fini(&j->lock);
    free(j);
}

void
journal_append(struct journal *j, const struct store_event *event)
{
    lock_take(&j->lock);
    /* Another process wrote the events in between: only the store has them. */
    while (j->n > 0 && (j->n == JOURNAL_RING || event->seq != j->last + 1))
        ring_drop(j);
    store_event_copy(ring_at(j, j->n++), event);
    j->last = event->seq;
    pthread_cond_broadcast(&j->news);
    lock_release(&j->lock);
}

void
journal_reach(struct journal *j, long long last)
{
    lock_take(&j->lock);
    if (last > j->last) {
        while (j->n > 0)
            ring_drop(j);
        j->last = last;
        pthread_cond_broadcast(&j->news);
    }
    lock_release(&j->lock);
}

void
journal_end(struct journal *j)
{
    lock_take(&j->lock);
    j->ended = true;
    pthread_cond_broadcast(&j->news);
    lock_release(&j->lock);
}

/* Whether memory has every event after SINCE; if so, OUT gets them.  With the
 * lock. */
static bool
read_ring(struct journal *j, long long since, size_t max,
          struct store_events *out)
{
    size_t skip;

    *out = (struct store_events){ .last = j->last };
    if (since == j->last)
        return true;
    if (since > j->last || j->n == 0 || since + 1 < ring_at(j, 0)->seq)
        return false;
    skip = (size_t)(since + 1 - ring_at(j, 0)->seq);
    out->n = j->n - skip < max ? j->n - skip : max;
    out->more = j->n - skip > max;
    out->first = ring_at(j, 0)->seq;
    out->of = xcalloc(out->n + 1, sizeof(*out->of));
    for (size_t i = 0; i < out->n; i++)
        store_event_copy(&out->of[i], ring_at(j, skip + i));
    return true;
}

int
journal_read(struct journal *j, long long since, size_t max,
             struct store_events *out, struct err *err)
{
    const struct store_query q = { .since = since, .max = max };
    bool found;

    lock_take(&j->lock);
    found = read_ring(j, since, max, out);
    lock_release(&j->lock);
    if (found)
        return 0;
    if (j->store->events(j->store_self, &q, out, err) < 0)
        return -1;
    if (since == 0 || since == out->last ||
        (since < out->last && out->first > 0 && since + 1 >= out->first))
        return 0;
    err_set(err, ERR_STATE,
            "the journal no longer has event %lld: it has %lld to "
            "%lld, and the reader must start again",
            since + 1, out->first, out->last);
    store_events_fini(out);
    return -1;
}

bool
journal_wait(struct journal *j, long long since, long long until_ms)
{
    bool news;

    lock_take(&j->lock);
    while (j->last <= since && !j->ended &&
           lock_wait_until(&j->lock, &j->news, until_ms))
        continue;
    news = j->last > since;
    lock_release(&j->lock);
    return news;
}

long long
journal_last(struct journal *j)
{
    long long last;

    lock_take(&j->lock);
    last = j->last;
    lock_release(&j->lock);
    return last;
}
