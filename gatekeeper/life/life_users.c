/* gatekeeper/life/life_users.c - all users' jobs, for administrators; see
 * life.h. */
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

struct users {
    struct life_user *of;
    size_t n;
};

/* A table's callback; ARG is the users. */
static void
add_user(struct table_link *link, void *arg)
{
    const struct life_owner *o = TABLE_OF(link, struct life_owner, by_dn);
    struct users *users = arg;

    if (o->total > 0)
        users->of[users->n++] = (struct life_user){ .dn = xstrdup(o->dn),
                                                    .unfinished = o->unfinished,
                                                    .total = o->total };
}

struct life_user *
life_users(struct life *l, size_t *n)
{
    struct users users = { .n = 0 };

    lock_take(&l->lock);
    users.of = xcalloc(l->owners.count + 1, sizeof(*users.of));
    table_each(&l->owners, add_user, &users);
    lock_release(&l->lock);
    *n = users.n;
    return users.of;
}

void
life_users_free(struct life_user *users, size_t n)
{
    for (size_t i = 0; users != NULL && i < n; i++)
        free(users[i].dn);
    free(users);
}
