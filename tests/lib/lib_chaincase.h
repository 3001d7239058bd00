/* tests/lib/lib_chaincase.h - a CA, a user, and whether a credential of theirs
 * is believed; for tests of chains. */
#ifndef TESTS_LIB_CHAINCASE_H
#define TESTS_LIB_CHAINCASE_H

#include "tests/lib/lib_testca.h"

#define DAY   86400L
#define ALICE "/O=Grid/CN=Alice"

extern struct chaincase {
    char dir[32]; /* of trusted CAs */
    struct testca *ca;
    struct cred *alice;
    long proxy_max; /* what chaincase_judge() sets in its trust */
} chaincase;

/* cmocka's, for all tests together. */
int chaincase_set_up(void **state);
/* As above. */
int chaincase_tear_down(void **state);
/* A proxy C of ISSUER. */
struct cred *chaincase_proxy(struct cred *issuer, struct testcert c);
/* A certificate C of the CA. */
struct cred *chaincase_issue(struct testcert c);
/* "" when CRED is accepted (PEER then the caller's), else why not. */
const char *chaincase_judge(const struct cred *cred,
                            const struct chain_check *check, enum trust_crl crl,
                            struct peer *peer);
/* Give CRED up; it must be accepted as IDENTITY. */
void chaincase_accepted(struct cred *cred, const char *identity);
/* Give CRED up; it must be refused in one sentence that has WORDS. */
void chaincase_refused_check(struct cred *cred, const struct chain_check *check,
                             const char *words);
/* The same without a check. */
void chaincase_refused(struct cred *cred, const char *words);

#endif
