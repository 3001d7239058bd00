/* gatekeeper/life/life_fence.c - whether this process may still work on its
 * jobs or has lost them to another process; see life_core.h. */
#include "base/log.h"
#include "gatekeeper/life/life_core.h"

bool
life_fence_held(const struct life *l)
{
    return l->store->held(l->store_self);
}

bool
life_fence_open(const struct life *l)
{
    return !l->stop && life_fence_held(l);
}

bool
life_fence_may_stage(void *arg)
{
    return life_fence_held(arg);
}

bool
life_fence_may_start(void *arg)
{
    const struct life_sched *sched = arg;

    return life_fence_held(sched->life);
}

void
life_fence_lose(struct life *l, const struct err *why)
{
    bool first;

    lock_take(&l->lock);
    first = l->lost.code == ERR_OK;
    if (first)
        l->lost = *why;
    pthread_cond_broadcast(&l->lease_cond);
    lock_release(&l->lock);
    if (first)
        log_event(LOG_ERR, "lease.lost", "instance=%s why=%s",
                  conf_str(l->conf, CONF_gatekeeper_instance), why->text);
}

/* -1 with ERR: the jobs were lost for that reason. */
static int
check_lost(struct life *l, struct err *err)
{
    struct err lost;

    lock_take(&l->lock);
    lost = l->lost;
    lock_release(&l->lock);
    return lost.code == ERR_OK ? 0 : err_set(err, lost.code, "%s", lost.text);
}

int
life_fenced(struct life *l, struct err *err)
{
    struct err why = ERR_INIT;

    if (check_lost(l, err) < 0)
        return -1;
    if (l->store->fenced(l->store_self, &why) == 0)
        return 0;
    life_fence_lose(l, &why);
    return err_set(err, why.code, "%s", why.text);
}

int
life_health(struct life *l, struct err *err)
{
    if (check_lost(l, err) < 0)
        return -1;
    return life_fence_held(l) ? 0 : life_fenced(l, err);
}
