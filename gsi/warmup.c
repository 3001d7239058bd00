/* gsi/warmup.c - see warmup.h. */
#include <string.h>

#include "gsi/gss.h"
#include "gsi/warmup.h"

#define LIFETIME  600
#define STEPS_MAX 16

/* Both ends of one security context. */
struct pair {
    struct cred *cred; /* of both; a throwaway */
    struct tls_ctx *server_ctx, *client_ctx;
    struct gss *server, *client;
};

static void
pair_fini(struct pair *p)
{
    gss_destroy(p->server);
    gss_destroy(p->client);
    tls_ctx_unref(p->server_ctx);
    tls_ctx_unref(p->client_ctx);
    cred_unref(p->cred);
}

static int
pair_init(struct pair *p, struct trust *trust, struct err *err)
{
    const unsigned flags = TLS_GSI_DATA | TLS_NO_HOST_CHECK;

    *p = (struct pair){ .cred = NULL };
    if (cred_self_signed("warm-up", LIFETIME, &p->cred, err) < 0 ||
        tls_ctx_create(true, p->cred, trust, flags | TLS_REQUIRE_PEER, "1.2",
                       &p->server_ctx, err) < 0 ||
        tls_ctx_create(false, p->cred, trust, flags, "1.2", &p->client_ctx,
                       err) < 0 ||
        gss_accept_create(p->server_ctx, -1, &p->server, err) < 0 ||
        gss_init_create(p->client_ctx, NULL, GSS_DELEG_FULL, p->cred,
                        &p->client, err) < 0)
        return -1;
    return 0;
}

/* Exchange tokens until both ends are established. */
static int
establish(struct pair *p, struct err *err)
{
    struct buf up = BUF_INIT, down = BUF_INIT;
    int client = 0, server = 0;

    for (int i = 0; i < STEPS_MAX && (client == 0 || server == 0); i++) {
        buf_clear(&up);
        if (client == 0 && (i == 0 || down.len > 0))
            client = gss_step(p->client, down.data, down.len, &up, err);
        buf_clear(&down);
        if (server == 0 && up.len > 0)
            server = gss_step(p->server, up.data, up.len, &down, err);
        if (client < 0 || server < 0)
            break;
    }
    buf_fini(&up);
    buf_fini(&down);
    return client == 1 && server == 1 ? 0 : -1;
}

/* Send one line in each direction. */
static int
talk(struct pair *p, struct err *err)
{
    struct buf token = BUF_INIT, plain = BUF_INIT;
    int rc = gss_wrap(p->client, "NOOP", 4, &token, err);

    if (rc == 0)
        rc = gss_unwrap(p->server, token.data, token.len, &plain, err);
    buf_clear(&token);
    if (rc == 0)
        rc = gss_wrap(p->server, "200", 3, &token, err);
    if (rc == 0)
        rc = gss_unwrap(p->client, token.data, token.len, &plain, err);
    buf_fini(&token);
    buf_fini(&plain);
    return rc;
}

/* Handle the delegated credential as a session does. */
static int
use_delegated(struct pair *p, struct trust *trust, struct err *err)
{
    const struct buf *pem = gss_delegated(p->server);
    struct tls_ctx *ctx = NULL;
    struct cred *cred;
    int rc = -1;

    if (pem != NULL && cred_from_pem(pem->data, pem->len, &cred, err) == 0) {
        rc = tls_ctx_create(true, cred, trust, TLS_GSI_DATA | TLS_REQUIRE_PEER,
                            "1.2", &ctx, err);
        tls_ctx_unref(ctx);
        cred_unref(cred);
    }
    return rc;
}

int
warmup_run(struct trust *trust, const struct cred *cred, struct err *err)
{
    struct peer peer = { 0 };
    struct pair p;
    int rc = -1;

    if (pair_init(&p, trust, err) == 0 && establish(&p, err) == 0 &&
        talk(&p, err) == 0 && use_delegated(&p, trust, err) == 0)
        rc = chain_verify_cred(trust, cred, NULL, &peer, err);
    peer_fini(&peer);
    pair_fini(&p);
    return rc;
}
