/* tests/fuzz/fuzz_chain.c - chains of any bytes, PEM or DER, are judged; DER is
 * tried as one certificate, alone and below a good one. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/lib/lib_testca.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/fuzz_chain.XXXXXX";
static struct trust *trust;
static struct cred *good;

static void
end(void)
{
    testca_remove_dir(dir);
}

static void
begin(void)
{
    log_open("fuzz_chain", "/dev/null", LOG_ERR);
    if (!mkdtemp(dir))
        abort();
    struct testca *ca = testca_create("/O=Grid/CN=Test CA");
    testca_trust(ca, dir, NULL);
    good = testca_issue(ca, &(struct testcert){ .name = "/O=Grid/CN=Alice" });
    if (trust_open(dir, TRUST_CRL_IF_PRESENT, &trust, NULL))
        abort();
    testca_destroy(ca);
    atexit(end);
}

/* Nobody unknown may ever come out of it as somebody. */
static void
judge(X509 *leaf, STACK_OF(X509) * chain)
{
    struct chain_check check = { .host = "gk.example.org" };
    struct peer peer;
    if (!chain_verify_stack(trust, leaf, chain, NULL, &peer, NULL) &&
        X509_cmp(leaf, cred_cert(good)) != 0)
        abort();
    peer_fini(&peer);
    chain_verify_stack(trust, leaf, chain, &check, &peer, NULL);
    peer_fini(&peer);
    struct cred *cred;
    if (!cred_create(leaf, NULL, chain, &cred, NULL)) {
        (void)cred_type_text(cred);
        cred_unref(cred);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct peer peer;
    const unsigned char *p = data;
    if (!trust)
        begin();
    if (size && *data == 0x30) {
        X509 *cert = d2i_X509(NULL, &p, (long)size);
        STACK_OF(X509) *chain = sk_X509_new_null();
        sk_X509_push(chain, cred_cert(good));
        if (cert) {
            judge(cert, NULL);
            judge(cert, chain);
        }
        X509_free(cert);
        sk_X509_free(chain);
        ERR_clear_error();
    } else if (!chain_verify(trust, (const char *)data, size, NULL, &peer,
                             &err)) {
        abort();
    }
    return 0;
}
