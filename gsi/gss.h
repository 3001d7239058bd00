/* gsi/gss.h - the GSSAPI token layer of GridFTP: GSI over TLS in memory, no
 * sockets (GFD.20, RFC 2228; reference: tokens are bare TLS records). */
#ifndef GSI_GSS_H
#define GSI_GSS_H

#include <stdbool.h>

#include "gsi/chain/chain.h"
#include "gsi/cred.h"
#include "gsi/proxy.h"
#include "gsi/tls/tls.h"

#define GSS_TOKEN_MAX 65536

/* One security context; one thread at a time. */
struct gss;

enum gss_delegate {
    GSS_DELEG_NONE,
    GSS_DELEG_LIMITED,
    GSS_DELEG_FULL
};

/* The initiator (client) or acceptor (server) of a context over CTX, whose
 * flags must suit (TLS_REQUEST_PEER on the server).  HOST: whom the client
 * expects; NULL with TLS_NO_HOST_CHECK.  CRED signs what DELEGATE asks for: a
 * proxy as long as CRED; NULL with GSS_DELEG_NONE.  DELEG_BITS: size of the key
 * that the acceptor makes for a delegation, 0 = as the peer's (RSA 2048 to
 * 4096, or P-256), < 0 = P-256. */
int gss_init_create(struct tls_ctx *ctx, const char *host,
                    enum gss_delegate delegate, struct cred *cred,
                    struct gss **gss, struct err *err);
int gss_accept_create(struct tls_ctx *ctx, int deleg_bits, struct gss **gss,
                      struct err *err);
void gss_destroy(struct gss *gss);

/* Feed one token from the peer (none at the initiator's first step;
 * GSS_TOKEN_MAX bytes at most), collect what to send in OUT (appended; may stay
 * empty at the acceptor's end, never at the initiator's).  Returns 1 when
 * established, 0 when the peer's next token is needed, -1 with ERR AUTHN,
 * PROTOCOL, LIMIT: OUT may then hold an alert that should still be sent.
 * Delegation is part of it: filler byte in TLS 1.3, 'D'/'0', request,
 * certificate. */
int gss_step(struct gss *gss, const void *token, size_t n, struct buf *out,
             struct err *err);

/* What the alert says that we sent to the peer, in a few words that are the
 * same for everybody ("certificate expired"); NULL: none was sent. */
const char *gss_alert(const struct gss *gss);
/* Judge the peer again, as tls_recheck(). */
int gss_recheck(struct gss *gss, struct err *err);
/* The TLS version and cipher, "TLSv1.3 TLS_AES_128_GCM_SHA256"; GSS's own. */
const char *gss_description(const struct gss *gss);
/* The peer, NULL when anonymous. */
const struct peer *gss_peer(const struct gss *gss);
/* The credential that the peer delegated as PEM for cred_from_pem(), NULL when
 * none; GSS's own, wiped with it.  It is text because its user is mostly
 * another process, and to take it apart here would be work for nothing. */
const struct buf *gss_delegated(const struct gss *gss);

/* Protect N bytes: append the TLS records. */
int gss_wrap(struct gss *gss, const void *p, size_t n, struct buf *out,
             struct err *err);
/* Undo; whole records only.  -1 ERR PROTOCOL. */
int gss_unwrap(struct gss *gss, const void *p, size_t n, struct buf *out,
               struct err *err);

#endif
