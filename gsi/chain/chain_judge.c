/* gsi/chain/chain_judge.c - see chain_judge.h. */
#include <stdlib.h>
#include <string.h>

#include "gsi/chain/chain_judge.h"

struct judge *
judge_of(const X509_STORE_CTX *ctx)
{
    const X509_STORE_CTX *parent;
    while ((parent = X509_STORE_CTX_get0_parent_ctx(ctx)))
        ctx = parent; /* this path belongs to a revocation list's signer */
    return X509_STORE_CTX_get_app_data(ctx);
}

const char *
judge_file(const struct judge *j, const char *path)
{
    const char *slash = strrchr(path, '/');
    return *j->where == '\0' && slash ? slash + 1 : path;
}

int
judge_refuse(struct judge *j, int verify_error, X509 *cert, const char *words)
{
    char *subject = x509_subject_text(cert);
    if (j->verify_error == X509_V_OK)
        j->verify_error = verify_error;
    err_set(j->err, ERR_AUTHN, "certificate '%s' %s", subject, words);
    free(subject);
    return -1;
}
