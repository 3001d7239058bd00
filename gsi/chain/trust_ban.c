/* gsi/chain/trust_ban.c - load the ban list and check it against the trust
 * directory. */
#include <stdlib.h>

#include "gsi/chain/trust.h"
#include "gsi/chain/trust_ban.h"

struct search {
    const struct dnlist *list;
    char *found; /* a CA named in the list; owned by the struct */
};

static bool
is_named(X509 *ca, void *arg)
{
    struct search *s = arg;
    char *name = x509_subject_text(ca);

    if (!dnlist_names(s->list, name)) {
        free(name);
        return false;
    }
    s->found = name;
    return true;
}

int
trust_ban_load(struct trust *t, const char *path, struct dnlist **list,
               struct err *err)
{
    struct trust_snap *snap;
    struct search s = { .found = NULL };

    if (dnlist_load(path, DNLIST_BAN, list, err) < 0)
        return -1;
    s.list = *list;
    snap = trust_snap_get(t);
    trust_snap_find_ca(snap, is_named, &s);
    trust_snap_unref(snap);
    if (s.found == NULL)
        return 0;
    err_set(err, ERR_CONFIG,
            "'%s' names the CA '%s', which bans nobody: take the CA out of the "
            "trust directory, or ban names such as '/O=Grid/*'",
            path, s.found);
    free(s.found);
    dnlist_destroy(*list);
    *list = NULL;
    return -1;
}
