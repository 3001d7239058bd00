/* tests/lib/lib_tlspair.h - a TLS server and its client on one socketpair. */
#ifndef TESTS_LIB_TLSPAIR_H
#define TESTS_LIB_TLSPAIR_H

#include "gsi/tls/tls_conn.h"

struct pair {
    int fd[2];
    struct tls *server, *client;
    struct err serr, cerr; /* why an end failed */
};

/* tls_ctx_create() that fails the test. */
struct tls_ctx *pair_context(bool server, struct cred *cred,
                             struct trust *trust, unsigned flags);
/* Keep CTX to TLS 1.2. */
void pair_tls12(struct tls_ctx *ctx);
/* Step both ends until neither gets on; the client, which wants NAME, then
 * reads once, to hear what TLS 1.3 tells it only now. */
void pair_shake(struct pair *p, struct tls_ctx *server, struct tls_ctx *client,
                const char *name);
/* Close what is left of it. */
void pair_end(struct pair *p);

#endif
