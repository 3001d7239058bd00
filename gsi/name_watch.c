/* gsi/name_watch.c - see name_watch.h. */
#include <pthread.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/lock.h"
#include "gsi/chain/trust_ban.h"
#include "gsi/name_watch.h"

struct name_watch {
    struct lock lock;
    char *file;
    struct trust *trust; /* for a ban list; NULL */
    struct dnlist *list; /* NULL: unreadable */
    unsigned generation;
};

/* Read the file again if it changed; the caller holds the lock. */
static int
refresh(struct name_watch *w, struct err *err)
{
    int rc;

    if (w->list != NULL && !dnlist_stale(w->list))
        return 0;
    dnlist_destroy(w->list);
    w->list = NULL;
    rc = w->trust != NULL ? trust_ban_load(w->trust, w->file, &w->list, err)
                          : dnlist_load(w->file, DNLIST_ALLOW, &w->list, err);
    w->generation += rc == 0;
    return rc;
}

int
name_watch_open(const char *file, struct trust *trust,
                struct name_watch **watch, struct err *err)
{
    struct name_watch *w = xcalloc(1, sizeof(*w));

    *watch = NULL;
    w->file = xstrdup(file);
    w->trust = trust;
    lock_init(&w->lock, LOCK_name_watch);
    if (refresh(w, err) < 0) {
        name_watch_close(w);
        return -1;
    }
    *watch = w;
    return 0;
}

void
name_watch_close(struct name_watch *w)
{
    if (w == NULL)
        return;
    dnlist_destroy(w->list);
    lock_fini(&w->lock);
    free(w->file);
    free(w);
}

int
name_watch_has(struct name_watch *w, const char *dn, struct err *err)
{
    int rc;

    lock_take(&w->lock);
    rc = refresh(w, err);
    if (rc == 0)
        rc = dnlist_has(w->list, dn);
    lock_release(&w->lock);
    return rc;
}

unsigned
name_watch_generation(struct name_watch *w)
{
    unsigned generation;

    lock_take(&w->lock);
    generation = refresh(w, NULL) == 0 ? w->generation : 0;
    lock_release(&w->lock);
    return generation;
}
