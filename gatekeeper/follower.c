/* gatekeeper/follower.c - see follower.h. */
#include <limits.h>
#include <stdlib.h>

#include "base/thread.h"
#include "gatekeeper/follower.h"
#include "gatekeeper/publish.h"

struct follower {
    struct service *service;
    struct journal *journal;
    long long since; /* the number that it has come to */
    pthread_t thread;
};

static void *
follower_run(void *arg)
{
    struct follower *f = arg;

    while (journal_wait(f->journal, f->since, LLONG_MAX)) {
        f->since = journal_last(f->journal);
        publish_touch(f->service->publish);
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
