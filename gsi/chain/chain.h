/* gsi/chain/chain.h - trust directory, chain verification, peer identities. */
#ifndef GSI_CHAIN_H
#define GSI_CHAIN_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "gsi/cred.h"

/* Most certificates in one chain: 15 delegated proxies, a few CAs, and a
 * reserve. */
#define CHAIN_MAX 32

/* A trust directory in memory: CAs, signing policies, CRLs.  Threads share it.
 * It reloads itself when the directory or a file in it changes (checked at most
 * once a second) and logs "trust.reload". */
struct trust;

enum trust_crl {
    TRUST_CRL_IF_PRESENT,
    TRUST_CRL_REQUIRE
};

/* "if-present" or "require"; -1 with ERR CONFIG. */
int trust_crl_parse(const char *text, enum trust_crl *crl, struct err *err);
/* -1 with ERR: NOT_FOUND, IO, CONFIG (no CA certificate in it). */
int trust_open(const char *dir, enum trust_crl crl, struct trust **t,
               struct err *err);
/* Add a reference to T; thread safe. */
struct trust *trust_ref(struct trust *t);
/* Drop a reference to T; the last one frees it.  NULL is allowed. */
void trust_close(struct trust *t);
/* From now on refuse proxies whose total lifetime exceeds SECONDS; 0: no
 * limit.  Call before T is shared. */
void trust_set_proxy_max(struct trust *t, long seconds);
/* Verify the signatures of all revocation lists now instead of at first use.
 * For a process that forks others, each of which would repeat it.  A good
 * signature is cached until the file changes; a bad one makes later
 * verifications fail. */
void trust_verify_lists(struct trust *t);
/* A number that grows at every reload; a cached verdict is valid only for the
 * number it was made with. */
unsigned trust_generation(struct trust *t);

/* Whose identity a chain proves.  The struct owns its strings. */
struct peer {
    char *identity; /* "/C=.." of the end entity, without proxies; an
                       independent proxy counts as an entity of its own */
    char *subject;  /* of the leaf */
    bool limited;   /* the chain contains a limited proxy */
    bool independent;
    int proxies;     /* number of proxies */
    time_t expires;  /* earliest expiry in the chain, CAs excluded */
    char *chain_pem; /* leaf first, to verify it again and for delegation */
};

/* NULL is allowed. */
void peer_fini(struct peer *p);
/* A deep copy. */
void peer_copy(struct peer *to, const struct peer *from);

enum chain_purpose {
    CHAIN_ANY,
    CHAIN_CLIENT,
    CHAIN_SERVER,
    CHAIN_OWN /* exactly our own self-signed certificate, as the caller has
                 verified: only the validity period is checked */
};

struct chain_check {
    time_t now; /* 0 = current time */
    enum chain_purpose purpose;
    const char *
        host; /* the certificate must name this host (RFC 2818, IP SAN); NULL */
    const char *policy_oid; /* RFC 5280 initial policies, separated by commas;
                               NULL = any */
    bool explicit_policy;
    bool inhibit_mapping; /* RFC 5280 s.6.1.1 (e):
                             initial-policy-mapping-inhibit */
    bool inhibit_any;     /* (g): initial-any-policy-inhibit */
    int max_depth; /* largest number of certificates between the leaf and the
                      trusted CA, plus one; 0 = CHAIN_MAX */
    bool outside;  /* the reason may be sent to the peer: it names no local
                      directory */
};

/* Verify the PEM chain (leaf first; more intermediates may be in the trust
 * directory) up to a trusted CA, by RFC 5280, RFC 3820 s.4, signing_policy,
 * CRLs and the rules that OpenSSL does not check: below a limited proxy only
 * limited ones, only known policy languages, proxyCertInfo critical, no
 * keyCertSign in a proxy, no proxy that outlives its issuer.  CHECK may be
 * NULL. -1 with ERR AUTHN, one sentence that names the certificate and the
 * reason ("certificate '/C=..' expired on ..."). */
int chain_verify(struct trust *t, const char *pem, size_t n,
                 const struct chain_check *check, struct peer *peer,
                 struct err *err);
/* The same for one of our own credentials. */
int chain_verify_cred(struct trust *t, const struct cred *cred,
                      const struct chain_check *check, struct peer *peer,
                      struct err *err);

#endif
