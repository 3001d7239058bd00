/* gsi/chain/chain_judge.h - state of one chain verification, shared by
 * chain*.c. */
#ifndef GSI_CHAIN_JUDGE_H
#define GSI_CHAIN_JUDGE_H

#include "gsi/chain/trust.h"

struct judge {
    struct trust *trust;
    struct trust_snap *snap;
    const struct chain_check *check;
    time_t now;
    int verify_error; /* X509_V_ERR_*: selects the TLS alert */
    char *where; /* " 'DIRECTORY'" to follow "trust directory"; "" when the peer
                    may see the reason */
    struct err *err;
};

/* The verification that CTX, or its parent context, belongs to. */
struct judge *judge_of(const X509_STORE_CTX *ctx);
/* Refuse the chain: set VERIFY_ERROR and the reason "certificate 'SUBJECT'
 * WORDS"; returns -1. */
int judge_refuse(struct judge *j, int verify_error, X509 *cert,
                 const char *words);
/* PATH of a file in the trust directory, shortened when the peer may see the
 * reason. */
const char *judge_file(const struct judge *j, const char *path);
/* Turn OpenSSL's current error in CTX into a sentence. */
void judge_explain(struct judge *j, X509_STORE_CTX *ctx);
/* The number of proxies in CHAIN, leaf first. */
int judge_proxies(STACK_OF(X509) * chain);
/* Check the RFC 3820 rules that OpenSSL does not: 0, or -1 when refused. */
int judge_proxy_rules(struct judge *j, STACK_OF(X509) * chain);
/* Whether CERT needs no revocation list: the site requires none, and none of
 * the issuers whose lists apply to CERT has one. */
bool judge_may_lack_crl(struct judge *j, X509 *cert);
/* What is wrong with a file of lists that apply to CERT, to follow "certificate
 * 'SUBJECT' "; NULL: nothing.  The caller must free() it. */
char *judge_bad_list(struct judge *j, X509 *cert);
/* Check that names have no NUL or control characters and that CAs are CAs. */
int judge_certificates(struct judge *j, STACK_OF(X509) * chain);
/* Check signing_policy, and for unreadable revocation lists, of the CAs in
 * CHAIN. */
int judge_policies(struct judge *j, STACK_OF(X509) * chain);
/* Whether EEC names CHECK's host (RFC 2818). */
int judge_host(struct judge *j, X509 *eec);

#endif
