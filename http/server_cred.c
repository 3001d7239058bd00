/* http/server_cred.c - the server's credential, which can be replaced while it
 * serves; see server.h. */
#include "http/engine.h"

int
http_server_set_cred(struct http_server *s, struct cred *cred, struct err *err)
{
    struct tls_ctx *fresh, *old;
    struct cred *before;

    if (tls_ctx_create(true, cred, s->spec.trust, TLS_REQUEST_PEER,
                       s->spec.tls_min, &fresh, err) < 0)
        return -1;
    lock_take(&s->lock);
    old = s->ctx;
    s->ctx = fresh;
    before = s->cred;
    s->cred = cred_ref(cred);
    lock_release(&s->lock);
    tls_ctx_unref(old);
    cred_unref(before);
    return 0;
}

struct cred *
http_server_cred(struct http_server *s)
{
    struct cred *cred;

    lock_take(&s->lock);
    cred = cred_ref(s->cred);
    lock_release(&s->lock);
    return cred;
}
