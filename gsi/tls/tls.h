/* gsi/tls/tls.h - TLS 1.2 and 1.3 with our chain verification: for HTTPS
 * servers (non-blocking), data channels (blocking) and libcurl. */
#ifndef GSI_TLS_H
#define GSI_TLS_H

#include <stdbool.h>
#include <sys/types.h>

#include "gsi/chain/chain.h"
#include "gsi/cred.h"

/* One side's settings; connections share them, and a renewal replaces them. */
struct tls_ctx;

enum tls_flags {
    TLS_REQUEST_PEER = 1, /* server: request a certificate; none is accepted, an
                             invalid one fails the handshake with its alert */
    TLS_REQUIRE_PEER = 2, /* server: a missing certificate fails too */
    TLS_ANON_CLIENT = 4,  /* client: send no certificate */
    TLS_NO_HOST_CHECK = 8, /* client: the caller checks the peer's name */
    TLS_GSI_DATA =
        16 /* GridFTP data channel: both sides must send a proxy; the caller
              compares identities.  Our own certificate is accepted from the
              peer if self-signed, because only a holder of its key can send it.
              The end needs no close_notify, since the Globus server sends none
              (only 226 proves completeness) */
};

/* -1 with ERR.  Takes references to TRUST and CRED (NULL with
 * TLS_ANON_CLIENT).  MIN_VERSION is "1.2" or "1.3".  Sessions are never
 * resumed. */
int tls_ctx_create(bool server, struct cred *cred, struct trust *trust,
                   unsigned flags, const char *min_version,
                   struct tls_ctx **ctx, struct err *err);
struct tls_ctx *tls_ctx_ref(struct tls_ctx *ctx);
void tls_ctx_unref(struct tls_ctx *ctx);

/* One connection over a socket that the caller owns. */
struct tls;
/* HOST: the server's name (SNI and RFC 2818 check) on clients; NULL on
 * servers. */
int tls_create(struct tls_ctx *ctx, int fd, const char *host, struct tls **tls,
               struct err *err);
/* Send close_notify if possible without waiting, and free; fd stays open. */
void tls_destroy(struct tls *tls);

enum tls_want {
    TLS_DONE,
    TLS_WANT_READ,
    TLS_WANT_WRITE
};
/* One step on a non-blocking fd: TLS_DONE or what to poll for, or -1 with ERR
 * AUTHN (names the certificate and reason), PROTOCOL, IO. */
int tls_handshake(struct tls *tls, struct err *err);
/* The whole handshake on a blocking or non-blocking fd within TIMEOUT_MS. */
int tls_handshake_wait(struct tls *tls, int timeout_ms, struct err *err);
/* The peer; NULL when it sent no certificate. */
const struct peer *tls_peer(const struct tls *tls);
/* Bytes read, 0 at the orderly end, -1 with *want set and errno EAGAIN, or -1
 * with *want TLS_DONE and errno: tls_failure() then has the reason.  A TLS 1.3
 * client learns only here that the server refused its certificate. */
ssize_t tls_read(struct tls *tls, void *p, size_t n, enum tls_want *want);
ssize_t tls_write(struct tls *tls, const void *p, size_t n,
                  enum tls_want *want);
/* Why tls_read() or tls_write() failed: ERR AUTHN ("the server refused our
 * certificate: certificate expired"), PROTOCOL or IO.  Always -1. */
int tls_failure(const struct tls *tls, struct err *err);
/* tls_read() that waits at most TIMEOUT_MS (-1: no limit), blocking descriptor
 * or not; -1 with ERR, also TIMEOUT. */
ssize_t tls_read_wait(struct tls *tls, void *p, size_t n, int timeout_ms,
                      struct err *err);
/* Write all N bytes; TIMEOUT_MS without progress fails. 0, or -1 with ERR. */
int tls_write_all(struct tls *tls, const void *p, size_t n, int timeout_ms,
                  struct err *err);
/* Number of decrypted bytes that are buffered, 1 when there are only
 * undecrypted ones.  If not 0, call tls_read() before waiting for the
 * descriptor. */
size_t tls_pending(const struct tls *tls);
/* "TLSv1.3 TLS_AES_128_GCM_SHA256"; owned by TLS. */
const char *tls_description(const struct tls *tls);

/* Verify the peer of a long connection again: expiry, trust, CRL.  All
 * connections with the same chain share a verdict until a file of the trust
 * directory changes (checked once a second), or a certificate or list starts or
 * ends, at most an hour. 0 (also without a peer), or -1 with ERR AUTHN. */
int tls_recheck(struct tls *tls, struct err *err);

/* Make libcurl's HANDLE (a CURL *) send CRED (NULL: none), trust TRUST and
 * apply our rules; all three arguments must outlive it.  When either side
 * refuses a chain, *why gets the reason (code AUTHN; clear it between
 * transfers).  Use one credential with each handle, because libcurl reuses
 * connections. -1 when libcurl lacks OpenSSL. */
int tls_curl(void *handle, struct cred *cred, struct trust *trust,
             struct err *why);

/* After tls_curl(): the server's name must be exactly SUBJECT ("/C=..",
 * copied), whatever its host name. */
void tls_curl_subject(void *handle, const char *subject);

/* The meaning of TLS alert number ALERT (RFC 8446 s.6): "certificate expired"
 * in "the server refused our certificate: certificate expired"; static; NULL
 * for close_notify, user_canceled and unknown numbers. */
const char *tls_alert_words(int alert);

#endif
