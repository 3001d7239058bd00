/* gsi/tls/tls.h - TLS 1.2 and 1.3 with our judgement of chains: for HTTPS
 * fronts (non-blocking), data channels (blocking) and libcurl. */
#ifndef GSI_TLS_H
#define GSI_TLS_H

#include <stdbool.h>
#include <sys/types.h>

#include "gsi/chain/chain.h"
#include "gsi/cred.h"

/* One side's settings; shared by connections, swapped on renewal. */
struct tls_ctx;

enum tls_flags {
    TLS_REQUEST_PEER = 1,  /* server: ask for a certificate, none is fine, a bad
                              one fails the handshake with its alert */
    TLS_REQUIRE_PEER = 2,  /* server: none fails too */
    TLS_ANON_CLIENT = 4,   /* client: show no certificate */
    TLS_NO_HOST_CHECK = 8, /* client: the caller judges the peer's name */
    TLS_GSI_DATA = 16      /* GridFTP data channel: both sides show a proxy and
                              must; the caller compares identities; the very
                              certificate that we show, self-signed, is believed
                              (whoever has its key was given it); an end
                              without close_notify counts as orderly, since the
                              Globus server sends none (only 226 is proof) */
};

/* -1 with ERR.  TRUST and CRED (NULL with TLS_ANON_CLIENT) are referenced.
 * MIN_VERSION is "1.2" or "1.3".  Sessions are never resumed. */
int tls_ctx_create(bool server, struct cred *cred, struct trust *trust,
                   unsigned flags, const char *min_version,
                   struct tls_ctx **ctx, struct err *err);
struct tls_ctx *tls_ctx_ref(struct tls_ctx *ctx);
void tls_ctx_unref(struct tls_ctx *ctx);

/* One connection over a socket that the caller owns. */
struct tls;
/* HOST: client side, whom to reach (SNI and RFC 2818 check); NULL on servers.
 */
int tls_create(struct tls_ctx *ctx, int fd, const char *host, struct tls **tls,
               struct err *err);
/* close_notify if it can be sent without waiting; frees; fd stays open. */
void tls_destroy(struct tls *tls);

enum tls_want {
    TLS_DONE,
    TLS_WANT_READ,
    TLS_WANT_WRITE
};
/* One step on a non-blocking fd: TLS_DONE or what to poll for, or -1 with ERR
 * AUTHN (the certificate, in a sentence), PROTOCOL, IO. */
int tls_handshake(struct tls *tls, struct err *err);
/* The whole handshake on a blocking or non-blocking fd within TIMEOUT_MS. */
int tls_handshake_wait(struct tls *tls, int timeout_ms, struct err *err);
/* Who the peer is; NULL when it showed no certificate. */
const struct peer *tls_peer(const struct tls *tls);
/* Bytes, 0 at the orderly end, -1 with *want set and errno EAGAIN, or -1 with
 * *want TLS_DONE and errno: tls_failure() then has the sentence.  A client of
 * TLS 1.3 learns only here that the server refused its certificate. */
ssize_t tls_read(struct tls *tls, void *p, size_t n, enum tls_want *want);
ssize_t tls_write(struct tls *tls, const void *p, size_t n,
                  enum tls_want *want);
/* Why tls_read() or tls_write() failed: ERR AUTHN ("the server refused our
 * certificate: certificate expired"), PROTOCOL or IO.  Always -1. */
int tls_failure(const struct tls *tls, struct err *err);
/* tls_read() that waits TIMEOUT_MS at most (-1: no limit) on either kind of
 * descriptor; -1 with ERR, TIMEOUT among them. */
ssize_t tls_read_wait(struct tls *tls, void *p, size_t n, int timeout_ms,
                      struct err *err);
/* All N bytes, TIMEOUT_MS for each step forward; 0, or -1 with ERR. */
int tls_write_all(struct tls *tls, const void *p, size_t n, int timeout_ms,
                  struct err *err);
/* Bytes decrypted and waiting, 1 when there are only undecrypted ones; not 0:
 * tls_read() before waiting for the descriptor. */
size_t tls_pending(const struct tls *tls);
/* "TLSv1.3 TLS_AES_128_GCM_SHA256"; TLS's own. */
const char *tls_description(const struct tls *tls);

/* Judge the peer of a kept-alive connection again: expiry, trust, CRL.  A
 * judgement serves all connections of the same chain until a file of the trust
 * directory changes (looked at once a second) or a certificate or list begins
 * or ends, an hour at most.  0 (also without a peer), or -1 with ERR AUTHN. */
int tls_recheck(struct tls *tls, struct err *err);

/* Make libcurl's HANDLE (a CURL *) show CRED (NULL: none), believe TRUST and
 * apply our rules; the three must outlive it.  The sentence of a refused chain,
 * theirs or ours, ends in *why, which is the caller's struct (code AUTHN; clear
 * it between transfers).  One handle serves one credential: libcurl reuses its
 * connections.  -1 when libcurl lacks OpenSSL. */
int tls_curl(void *handle, struct cred *cred, struct trust *trust,
             struct err *why);

/* After tls_curl(): the server must be exactly SUBJECT ("/C=..", copied),
 * whatever its host is called. */
void tls_curl_subject(void *handle, const char *subject);

/* What TLS alert number ALERT (RFC 8446 s.6) means, "certificate expired" of
 * "the server refused our certificate: certificate expired"; static; NULL for
 * close_notify, user_canceled and unknown numbers. */
const char *tls_alert_words(int alert);

#endif
