/* gsi/gss.h - the GSSAPI token layer of GridFTP: GSI over TLS in memory,
 * without sockets (GFD.20, RFC 2228; tokens are bare TLS records). */
#ifndef GSI_GSS_H
#define GSI_GSS_H

#include <stdbool.h>

#include "gsi/chain/chain.h"
#include "gsi/cred.h"
#include "gsi/proxy.h"
#include "gsi/tls/tls.h"

#define GSS_TOKEN_MAX 65536

/* One security context, for one thread at a time. */
struct gss;

enum gss_delegate {
    GSS_DELEG_NONE,
    GSS_DELEG_LIMITED,
    GSS_DELEG_FULL
};

/* Create the initiator (client) or acceptor (server) of a context over CTX,
 * which needs the matching flags (TLS_REQUEST_PEER on the server).  HOST: the
 * server that the client expects; NULL with TLS_NO_HOST_CHECK.  CRED signs the
 * delegated proxy, which lives as long as CRED; NULL with GSS_DELEG_NONE.
 * DELEG_BITS: size of the acceptor's key for the delegation, 0 = like the
 * peer's (RSA 2048 to 4096, or P-256), < 0 = P-256. */
int gss_init_create(struct tls_ctx *ctx, const char *host,
                    enum gss_delegate delegate, struct cred *cred,
                    struct gss **gss, struct err *err);
int gss_accept_create(struct tls_ctx *ctx, int deleg_bits, struct gss **gss,
                      struct err *err);
void gss_destroy(struct gss *gss);

/* Feed one token from the peer (at most GSS_TOKEN_MAX bytes; none at the
 * initiator's first step) and append the reply to OUT, which may be empty only
 * at the acceptor's end.  Returns 1 when established, 0 when the peer's next
 * token is needed, -1 with ERR AUTHN, PROTOCOL, LIMIT: OUT may then contain an
 * alert, which should still be sent.  Includes delegation: filler byte in TLS
 * 1.3, 'D'/'0', request, certificate. */
int gss_step(struct gss *gss, const void *token, size_t n, struct buf *out,
             struct err *err);

/* The meaning of the alert that we sent to the peer, in a few fixed words
 * ("certificate expired"); NULL: none was sent. */
const char *gss_alert(const struct gss *gss);
/* Verify the peer again, as tls_recheck(). */
int gss_recheck(struct gss *gss, struct err *err);
/* TLS version and cipher, "TLSv1.3 TLS_AES_128_GCM_SHA256"; owned by GSS. */
const char *gss_description(const struct gss *gss);
/* The peer; NULL when anonymous. */
const struct peer *gss_peer(const struct gss *gss);
/* The credential that the peer delegated, as PEM for cred_from_pem(); NULL when
 * none.  Owned by GSS and wiped with it.  PEM, because usually another process
 * uses it. */
const struct buf *gss_delegated(const struct gss *gss);

/* Encrypt N bytes and append the TLS records. */
int gss_wrap(struct gss *gss, const void *p, size_t n, struct buf *out,
             struct err *err);
/* Decrypt whole records. -1 with ERR PROTOCOL. */
int gss_unwrap(struct gss *gss, const void *p, size_t n, struct buf *out,
               struct err *err);

#endif
