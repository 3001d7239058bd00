/* mds/rights.c - who may change which registration; see index.h. */
#include <string.h>

#include "base/log.h"
#include "base/url.h"
#include "mds/index.h"

/* Whether PEER may register anything.  A list that cannot be read gives no
 * rights. */
static bool
is_registrar(const struct index *ix, const struct peer *peer)
{
    struct err why = ERR_INIT;
    int has = ix->registrars != NULL
                  ? name_watch_has(ix->registrars, peer->identity, &why)
                  : 0;

    if (has < 0)
        log_event(LOG_ERR, "names.fail", "error=%s", why.text);
    return has > 0;
}

int
index_may_register(const struct index *ix, const struct peer *peer,
                   const char *address, struct err *err)
{
    struct chain_check check = { .purpose = CHAIN_ANY };
    struct err why = ERR_INIT;
    struct peer same = { 0 };
    struct url u;
    int rc;

    if (is_registrar(ix, peer))
        return 0;
    if (url_parse(address, &u, err) < 0)
        return -1;
    check.host = u.host;
    rc = chain_verify(ix->trust, peer->chain_pem, strlen(peer->chain_pem),
                      &check, &same, &why);
    peer_fini(&same);
    if (rc < 0)
        err_set(err, ERR_AUTHZ,
                "'%s' may not register '%s': its certificate does not name "
                "that host (mds.registrars lists who else may)",
                peer->identity, address);
    url_fini(&u);
    return rc;
}

const char *
index_owner(const struct index *ix, const struct peer *peer)
{
    return is_registrar(ix, peer) ? NULL : peer->identity;
}
