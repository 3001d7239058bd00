/* mds/tagnames.c - see tagnames.h. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/lock.h"
#include "base/table.h"
#include "mds/tagnames.h"

struct tagname {
    struct table_link link;
    uint32_t number;
    char *ns, *local;
};

struct tagnames {
    struct lock lock; /* guards the table */
    struct table table;
    atomic_uint count;
    struct tagname *name[TAGNAMES_MAX + 1]; /* never changes once counted */
};

struct tagnames *
tagnames_create(void)
{
    struct tagnames *t = xcalloc(1, sizeof(*t));

    lock_init(&t->lock, LOCK_index_names);
    return t;
}

void
tagnames_destroy(struct tagnames *t)
{
    if (t == NULL)
        return;
    for (uint32_t i = 1; i <= atomic_load(&t->count); i++) {
        free(t->name[i]->ns);
        free(t->name[i]->local);
        free(t->name[i]);
    }
    table_fini(&t->table);
    lock_fini(&t->lock);
    free(t);
}

static const struct tagname *
find(const struct tagnames *t, unsigned hash, const char *ns, const char *local)
{
    for (struct table_link *l = table_first(&t->table, hash); l != NULL;
         l = table_next(l)) {
        const struct tagname *n = TABLE_OF(l, struct tagname, link);

        if (strcmp(n->local, local) == 0 && strcmp(n->ns, ns) == 0)
            return n;
    }
    return NULL;
}

uint32_t
tagnames_intern(struct tagnames *t, const char *ns, const char *local,
                struct err *err)
{
    unsigned hash = table_hash(table_hash(TABLE_HASH, ns), local);
    const struct tagname *n;
    uint32_t number = 0;

    lock_take(&t->lock);
    n = find(t, hash, ns, local);
    if (n != NULL)
        number = n->number;
    else if (atomic_load(&t->count) < TAGNAMES_MAX) {
        struct tagname *new = xcalloc(1, sizeof(*new));

        number = new->number = atomic_load(&t->count) + 1;
        new->ns = xstrdup(ns);
        new->local = xstrdup(local);
        t->name[number] = new;
        table_put(&t->table, &new->link, hash);
        atomic_store(&t->count, number);
    } else
        err_set(err, ERR_LIMIT,
                "the registrations here have %d different names of elements "
                "and attributes already: there is no room for '%s'",
                TAGNAMES_MAX, local);
    lock_release(&t->lock);
    return number;
}

uint32_t
tagnames_count(const struct tagnames *t)
{
    return atomic_load(&t->count);
}

const char *
tagnames_ns(const struct tagnames *t, uint32_t n)
{
    return t->name[n]->ns;
}

const char *
tagnames_local(const struct tagnames *t, uint32_t n)
{
    return t->name[n]->local;
}
