/* tests/lib/lib_chaincase.c - see lib_chaincase.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/lib_chaincase.h"

struct chaincase chaincase = { .dir = "/tmp/test_chain.XXXXXX" };

int
chaincase_set_up(void **state)
{
    (void)state;
    if (!mkdtemp(chaincase.dir))
        return -1;
    chaincase.ca = testca_create("/O=Grid/CN=Test CA");
    testca_trust(chaincase.ca, chaincase.dir, "/O=Grid/*");
    chaincase.alice =
        testca_issue(chaincase.ca, &(struct testcert){ .name = ALICE });
    return 0;
}

int
chaincase_tear_down(void **state)
{
    (void)state;
    cred_unref(chaincase.alice);
    testca_destroy(chaincase.ca);
    testca_remove_dir(chaincase.dir);
    return 0;
}

struct cred *
chaincase_proxy(struct cred *issuer, struct testcert c)
{
    return testca_proxy(issuer, &c);
}

struct cred *
chaincase_issue(struct testcert c)
{
    return testca_issue(chaincase.ca, &c);
}

/* "" when CRED is accepted (PEER then the caller's), else why not. */
const char *
chaincase_judge(const struct cred *cred, const struct chain_check *check,
                enum trust_crl crl, struct peer *peer)
{
    static struct err err;
    struct trust *t;
    struct peer mine;
    err = (struct err)ERR_INIT;
    assert_int_equal(trust_open(chaincase.dir, crl, &t, &err), 0);
    trust_set_proxy_max(t, chaincase.proxy_max);
    if (chain_verify_cred(t, cred, check, peer ? peer : &mine, &err)) {
        assert_int_equal(err.code, ERR_AUTHN);
        assert_null((peer ? peer : &mine)->identity);
    } else if (!peer) {
        peer_fini(&mine);
    }
    /* nothing may be left that a TLS call would take for its own failure */
    assert_int_equal(ERR_peek_error(), 0);
    trust_close(t);
    return err.text;
}

/* Give CRED up; it must be accepted as IDENTITY. */
void
chaincase_accepted(struct cred *cred, const char *identity)
{
    struct peer peer = { .identity = NULL };
    const char *why = chaincase_judge(cred, NULL, TRUST_CRL_IF_PRESENT, &peer);
    if (*why)
        fail_msg("refused: %s", why);
    assert_string_equal(peer.identity, identity);
    peer_fini(&peer);
    cred_unref(cred);
}

/* Give CRED up; it must be refused in one sentence that has WORDS. */
void
chaincase_refused_check(struct cred *cred, const struct chain_check *check,
                        const char *words)
{
    const char *why = chaincase_judge(cred, check, TRUST_CRL_IF_PRESENT, NULL);
    if (!*why)
        fail_msg("accepted, though: %s", words);
    if (!strstr(why, words))
        fail_msg("'%s' does not say '%s'", why, words);
    assert_null(strchr(why, '\n'));
    cred_unref(cred);
}

void
chaincase_refused(struct cred *cred, const char *words)
{
    chaincase_refused_check(cred, NULL, words);
}
