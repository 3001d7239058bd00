/* gsi/chain/chain.h - whom to believe: trust directory, chain verification,
 * peers. */
#ifndef GSI_CHAIN_H
#define GSI_CHAIN_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "gsi/cred.h"

/* Certificates of one chain: proxies of 15 delegations, a few CAs, and room. */
#define CHAIN_MAX 32

/* A trust directory in memory: CAs, signing policies, CRLs.  Shared between
 * threads; reloads itself when the directory or a file in it changes (looked at
 * once a second at most) and logs "trust.reload". */
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
/* Another holder of T; thread safe. */
struct trust *trust_ref(struct trust *t);
/* Give T back; the last holder frees it.  NULL ok. */
void trust_close(struct trust *t);
/* Proxies that were made for longer than SECONDS are refused from now on; 0:
 * none.  Call before T is shared. */
void trust_set_proxy_max(struct trust *t, long seconds);
/* Verify the signatures of all revocation lists now, where else the first
 * judgement that needs one does: for a process that forks others, each of which
 * would do it again.  A signature that is good is remembered until the file
 * changes; one that is not is refused when a certificate is judged by it. */
void trust_verify_lists(struct trust *t);
/* Counts up at every reload: a cached judgement is as old as its number. */
unsigned trust_generation(struct trust *t);

/* Who a chain speaks for.  Strings are the struct's own. */
struct peer {
    char *identity; /* "/C=.."; the end entity, proxies stripped; an independent
                       proxy is an entity of its own and stays */
    char *subject;  /* of the leaf */
    bool limited;   /* a limited proxy is in the chain */
    bool independent;
    int proxies;     /* how many */
    time_t expires;  /* earliest end of chain, CA left out */
    char *chain_pem; /* leaf first, for re-judging and for delegation */
};

/* NULL-safe. */
void peer_fini(struct peer *p);
/* A deep copy. */
void peer_copy(struct peer *to, const struct peer *from);

enum chain_purpose {
    CHAIN_ANY,
    CHAIN_CLIENT,
    CHAIN_SERVER,
    CHAIN_OWN /* the very certificate that we show ourselves, self-signed: the
                 caller has compared them, only its life is judged */
};

struct chain_check {
    time_t now; /* 0 = the clock */
    enum chain_purpose purpose;
    const char *host; /* must name this host (RFC 2818, IP SAN); NULL */
    const char
        *policy_oid; /* RFC 5280 initial policies, commas between; NULL = any */
    bool explicit_policy;
    bool inhibit_mapping; /* RFC 5280 s.6.1.1 (e):
                             initial-policy-mapping-inhibit */
    bool inhibit_any;     /* (g): initial-any-policy-inhibit */
    int max_depth; /* one more than how many certificates may be between the
                      leaf and the trusted CA; 0 = CHAIN_MAX */
    bool outside;  /* the sentence of a refusal may go to the peer: it names no
                      directory of ours */
};

/* Verify the PEM chain (leaf first; further intermediates may lie in the trust
 * directory) up to a trusted CA by RFC 5280, RFC 3820 s.4, signing_policy,
 * CRLs, and the rules OpenSSL leaves to us: once limited always limited, known
 * policy languages only, critical proxyCertInfo, no keyCertSign in a proxy, no
 * proxy beyond its issuer.  CHECK may be NULL.  -1 with ERR AUTHN, one sentence
 * that says which certificate and why ("certificate '/C=..' expired on ...").
 */
int chain_verify(struct trust *t, const char *pem, size_t n,
                 const struct chain_check *check, struct peer *peer,
                 struct err *err);
/* The same for a credential of ours. */
int chain_verify_cred(struct trust *t, const struct cred *cred,
                      const struct chain_check *check, struct peer *peer,
                      struct err *err);

#endif
