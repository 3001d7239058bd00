/* mds/names.c - see names.h. */
#include <pthread.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/log.h"
#include "gsi/chain/trust_ban.h"
#include "mds/names.h"

#define LOOK_MS 1000

struct names {
    pthread_mutex_t lock;
    char *file;
    struct trust *trust; /* of a ban list; NULL */
    struct dnlist *list; /* NULL: cannot be read */
    long long looked_ms;
};

static int
load(const char *file, struct trust *trust, struct dnlist **list,
     struct err *err)
{
    return trust != NULL ? trust_ban_load(trust, file, list, err)
                         : dnlist_load(file, DNLIST_ALLOW, list, err);
}

int
names_open(const char *file, struct trust *trust, struct names **names,
           struct err *err)
{
    struct dnlist *list;

    if (load(file, trust, &list, err) < 0)
        return -1;
    *names = xcalloc(1, sizeof(**names));
    pthread_mutex_init(&(*names)->lock, NULL);
    (*names)->file = xstrdup(file);
    (*names)->trust = trust;
    (*names)->list = list;
    (*names)->looked_ms = time_mono_ms();
    return 0;
}

void
names_close(struct names *names)
{
    if (names == NULL)
        return;
    dnlist_destroy(names->list);
    pthread_mutex_destroy(&names->lock);
    free(names->file);
    free(names);
}

/* Read the file again when it is another than before. */
static void
refresh(struct names *n)
{
    long long now = time_mono_ms();
    struct err err = ERR_INIT;

    if (n->list != NULL && now - n->looked_ms < LOOK_MS)
        return;
    n->looked_ms = now;
    if (n->list != NULL && !dnlist_stale(n->list))
        return;
    dnlist_destroy(n->list);
    n->list = NULL;
    if (load(n->file, n->trust, &n->list, &err) < 0)
        log_event(LOG_ERR, "names.fail", "file=%s error=%s", n->file, err.text);
}

bool
names_has(struct names *names, const char *dn, bool unreadable)
{
    bool has;

    pthread_mutex_lock(&names->lock);
    refresh(names);
    has = names->list != NULL ? dnlist_has(names->list, dn) : unreadable;
    pthread_mutex_unlock(&names->lock);
    return has;
}
