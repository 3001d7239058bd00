/* gsi/chain/chain_judge.h - one judgement of one chain, as the parts of
 * chain*.c hand it on. */
#ifndef GSI_CHAIN_JUDGE_H
#define GSI_CHAIN_JUDGE_H

#include "gsi/chain/trust.h"

struct judge {
    struct trust *trust;
    struct trust_snap *snap;
    const struct chain_check *check;
    time_t now;
    int verify_error; /* X509_V_ERR_*: decides the TLS alert */
    char *where;      /* " 'DIRECTORY'" behind "trust directory"; "" when the
                         sentence may go outside */
    struct err *err;
};

/* The judgement that CTX, or the one that it is a part of, belongs to. */
struct judge *judge_of(const X509_STORE_CTX *ctx);
/* Refuse: note VERIFY_ERROR and "certificate 'SUBJECT' WORDS"; returns -1. */
int judge_refuse(struct judge *j, int verify_error, X509 *cert,
                 const char *words);
/* PATH of a file in the trust directory, as a refusal may name it. */
const char *judge_file(const struct judge *j, const char *path);
/* Put OpenSSL's reason that CTX stands at into a sentence. */
void judge_explain(struct judge *j, X509_STORE_CTX *ctx);
/* How many certificates of CHAIN, leaf first, are proxies. */
int judge_proxies(STACK_OF(X509) * chain);
/* What RFC 3820 asks and OpenSSL does not: 0, or -1 refused. */
int judge_proxy_rules(struct judge *j, STACK_OF(X509) * chain);
/* Whether it is not a fault that there is no revocation list for CERT: the site
 * requires none and there is none at all of those whose lists count for it. */
bool judge_may_lack_crl(struct judge *j, X509 *cert);
/* What is wrong with a file of lists that count for CERT, behind "certificate
 * 'SUBJECT' "; NULL: nothing.  The caller's. */
char *judge_bad_list(struct judge *j, X509 *cert);
/* Names without NUL and control characters; CAs that are CAs. */
int judge_certificates(struct judge *j, STACK_OF(X509) * chain);
/* signing_policy and unreadable revocation lists of the CAs in CHAIN. */
int judge_policies(struct judge *j, STACK_OF(X509) * chain);
/* Whether EEC names CHECK's host (RFC 2818). */
int judge_host(struct judge *j, X509 *eec);

#endif
