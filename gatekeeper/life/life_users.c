/* gatekeeper/life/life_users.c - whose jobs there are, for who may see
 * everybody's; see life.h. */
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/life/life_core.h"

int
life_owner(struct life *l, const char *id, char **owner, struct err *err)
{
    const struct life_job *job;
    struct store_job kept;

    lock_take(&l->lock);
    job = life_table_find(l, id);
    *owner = job != NULL && !job->wiped ? xstrdup(job->owner->dn) : NULL;
    lock_release(&l->lock);
    if (*owner != NULL)
        return 0;
    if (l->store->load(l->store_self, id, &kept, err) < 0)
        return -1;
    *owner = xstrdup(kept.owner);
    store_job_fini(&kept);
    return 0;
}

struct life_user *
life_users(struct life *l, size_t *n)
{
    struct life_user *list;

    *n = 0;
    lock_take(&l->lock);
    list = xcalloc(l->nowners + 1, sizeof(*list));
    for (size_t i = 0; i < l->owner_buckets; i++)
        for (const struct life_owner *o = l->owner_hash[i]; o != NULL;
             o = o->next)
            if (o->total > 0)
                list[(*n)++] = (struct life_user){ .dn = xstrdup(o->dn),
                                                   .unfinished = o->unfinished,
                                                   .total = o->total };
    lock_release(&l->lock);
    return list;
}

void
life_users_free(struct life_user *users, size_t n)
{
    for (size_t i = 0; users != NULL && i < n; i++)
        free(users[i].dn);
    free(users);
}
