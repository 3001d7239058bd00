/* gatekeeper/follower.c - see follower.h. */
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/thread.h"
#include "gatekeeper/follower.h"
#include "gatekeeper/publish.h"

/* The number of events read at once. */
#define PAGE        256
/* Events that come so soon after others are read together. */
#define TOGETHER_MS 10

struct follower {
    struct service *service;
    struct journal *journal;
    long long since; /* the number of the last event read */
    pthread_t thread;
};

/* Read new events and wake the requests that wait for their jobs.  -1 with ERR:
 * events were missed. */
static int
wake(struct follower *f, bool *more, struct err *err)
{
    struct store_events found;

    if (journal_read(f->journal, f->since, PAGE, &found, err) < 0)
        return -1;
    for (size_t i = 0; i < found.n; i++)
        http_server_wake(f->service->server, found.of[i].job);
    if (found.n > 0)
        f->since = found.of[found.n - 1].seq;
    *more = found.more;
    store_events_fini(&found);
    return 0;
}

/* Events were missed: wake all waiting requests. */
static void
wake_all(struct follower *f, const struct err *why)
{
    log_event(LOG_WARNING, "journal.missed", "since=%lld why=%s", f->since,
              why->text);
    f->since = journal_last(f->journal);
    http_server_wake(f->service->server, NULL);
}

static void *
follower_run(void *arg)
{
    struct follower *f = arg;

    while (journal_wait(f->journal, f->since, LLONG_MAX)) {
        bool more = true;

        while (more) {
            struct err err = ERR_INIT;

            if (wake(f, &more, &err) == 0)
                continue;
            wake_all(f, &err);
            more = false;
        }
        publish_touch(f->service->publish);
        (void)poll(NULL, 0, TOGETHER_MS);
    }
    return NULL;
}

int
follower_start(struct service *s, long long since, struct follower **out,
               struct err *err)
{
    struct follower *f = xcalloc(1, sizeof(*f));

    f->service = s;
    f->journal = life_journal(s->life);
    f->since = since;
    *out = NULL;
    if (thread_start(&f->thread, "follower", follower_run, f, err) < 0) {
        free(f);
        return -1;
    }
    *out = f;
    return 0;
}

void
follower_stop(struct follower *f)
{
    if (f == NULL)
        return;
    journal_end(f->journal);
    pthread_join(f->thread, NULL);
    free(f);
}
