/* tests/lib/lib_testcred.h - what tests ask of credentials, and no program
 * does. */
#ifndef TESTS_LIB_TESTCRED_H
#define TESTS_LIB_TESTCRED_H

#include "gsi/gsi_ssl.h"

/* "EC", "RSA", of CRED's key. */
static inline const char *
testcred_key_type(const struct cred *cred)
{
    return EVP_PKEY_get0_type_name(X509_get0_pubkey(cred_cert(cred)));
}

/* How many certificates CRED shows, the leaf included. */
static inline size_t
testcred_chain_len(const struct cred *cred)
{
    return 1 + (size_t)sk_X509_num(cred_chain(cred));
}

#endif
