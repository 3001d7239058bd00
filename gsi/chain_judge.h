/* gsi/chain_judge.h - one judgement of one chain, as the parts of chain*.c hand
 * it on; gsi/chain*.c only. */
#ifndef GSI_CHAIN_JUDGE_H
#define GSI_CHAIN_JUDGE_H

#include "gsi/trust.h"

struct judge {
    struct trust *trust;
    struct trust_snap *snap;
    const struct chain_check *check;
    time_t now;
    int verify_error; /* X509_V_ERR_*: decides the TLS alert */
    struct err *err;
};

/* Refuse: note VERIFY_ERROR and "certificate 'SUBJECT' WORDS"; returns -1. */
int judge_refuse(struct judge *j, int verify_error, X509 *cert,
                 const char *words);
/* Put OpenSSL's reason that CTX stands at into a sentence. */
void judge_explain(struct judge *j, X509_STORE_CTX *ctx);
/* How many certificates of CHAIN, leaf first, are proxies. */
int judge_proxies(STACK_OF(X509) * chain);
/* What RFC 3820 asks and OpenSSL does not: 0, or -1 refused. */
int judge_proxy_rules(struct judge *j, STACK_OF(X509) * chain);
/* Names without NUL and control characters; CAs that are CAs. */
int judge_certificates(struct judge *j, STACK_OF(X509) * chain);
/* signing_policy and unreadable revocation lists of the CAs in CHAIN. */
int judge_policies(struct judge *j, STACK_OF(X509) * chain);
/* Whether EEC names CHECK's host (RFC 2818). */
int judge_host(struct judge *j, X509 *eec);

#endif
