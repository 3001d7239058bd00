/* tests/lib/lib_tlspair.c - see lib_tlspair.h. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/lib_tlspair.h"

static void
must(bool ok, const struct err *err)
{
    if (ok)
        return;
    fprintf(stderr, "# %s\n", err->text);
    abort();
}

struct tls_ctx *
pair_context(bool server, struct cred *cred, struct trust *trust,
             unsigned flags)
{
    struct tls_ctx *ctx = NULL;
    struct err err = ERR_INIT;

    must(tls_ctx_create(server, cred, trust, flags, "1.2", &ctx, &err) == 0,
         &err);
    return ctx;
}

void
pair_tls12(struct tls_ctx *ctx)
{
    SSL_CTX_set_max_proto_version(ctx->ssl, TLS1_2_VERSION);
}

/* What the client hears when it reads for the first time. */
static void
client_reads(struct pair *p)
{
    enum tls_want want;
    char c;

    if (tls_read(p->client, &c, 1, &want) == -1 && want == TLS_DONE)
        tls_failure(p->client, &p->cerr);
}

void
pair_shake(struct pair *p, struct tls_ctx *server, struct tls_ctx *client,
           const char *name)
{
    int s = TLS_WANT_READ, c = TLS_WANT_READ, i;

    memset(p, 0, sizeof(*p));
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p->fd) == -1)
        abort();
    must(tls_create(server, p->fd[0], NULL, &p->server, &p->serr) == 0,
         &p->serr);
    must(tls_create(client, p->fd[1], name, &p->client, &p->cerr) == 0,
         &p->cerr);
    for (i = 0; i < 20; i++) {
        if (c > TLS_DONE)
            c = tls_handshake(p->client, &p->cerr);
        if (s > TLS_DONE)
            s = tls_handshake(p->server, &p->serr);
    }
    if (c == TLS_DONE)
        client_reads(p);
}

void
pair_end(struct pair *p)
{
    tls_destroy(p->client);
    tls_destroy(p->server);
    close(p->fd[0]);
    close(p->fd[1]);
}
