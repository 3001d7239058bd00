/* gsi/chain/chain.c - verify a certificate chain: RFC 5280 s.6 by OpenSSL, RFC
 * 3820 and Globus' rules by chain_rules.c; return whose identity it proves. */
#include <stdlib.h>
#include <string.h>

#include "gsi/chain/chain_judge.h"

#define ANY_POLICY "2.5.29.32.0"

void
peer_fini(struct peer *p)
{
    if (!p)
        return;
    free(p->identity);
    free(p->subject);
    free(p->chain_pem);
    *p = (struct peer){ .identity = NULL };
}

void
peer_copy(struct peer *to, const struct peer *from)
{
    *to = *from;
    to->identity = xstrdup_or_null(from->identity);
    to->subject = xstrdup_or_null(from->subject);
    to->chain_pem = xstrdup_or_null(from->chain_pem);
}

/* Whether OpenSSL's error in CTX may be ignored: a revocation list that may be
 * missing, or a list that also covers its signer's certificate (RFC 5280
 * s.4.2.1.13): OpenSSL requires a separate path to the signer, but this is that
 * path. */
static bool
may_ignore(struct judge *j, X509_STORE_CTX *ctx)
{
    X509 *cert = X509_STORE_CTX_get_current_cert(ctx);
    X509 *signer = X509_STORE_CTX_get0_current_issuer(ctx);
    switch (X509_STORE_CTX_get_error(ctx)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
        return cert && judge_may_lack_crl(j, cert);
    case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
        return X509_STORE_CTX_get0_parent_ctx(ctx) && cert && signer &&
               X509_STORE_CTX_get_error_depth(ctx) == 0 &&
               X509_cmp(cert, signer) == 0;
    default:
        return false;
    }
}

static int
on_error(int ok, X509_STORE_CTX *ctx)
{
    if (ok)
        return ok;
    struct judge *j = judge_of(ctx);
    if (may_ignore(j, ctx)) {
        X509_STORE_CTX_set_error(ctx, X509_V_OK);
        return 1;
    }
    judge_explain(j, ctx);
    return 0;
}

/* Add each of the OIDs in LIST. */
static int
add_policies(X509_VERIFY_PARAM *param, const char *list, struct err *err)
{
    while (*list) {
        size_t n = strcspn(list, ",");
        char *oid = xasprintf("%.*s", (int)n, list);
        ASN1_OBJECT *policy = OBJ_txt2obj(oid, 1);
        bool ok = policy && X509_VERIFY_PARAM_add0_policy(param, policy);
        if (!ok) {
            ASN1_OBJECT_free(policy);
            err_set(err, ERR_USAGE, "'%s' is not a policy OID", oid);
        }
        free(oid);
        if (!ok)
            return -1;
        list += n + (list[n] == ',');
    }
    return 0;
}

static int
set_policy(struct judge *j, X509_VERIFY_PARAM *param)
{
    const char *oids = j->check->policy_oid;
    unsigned long flags = X509_V_FLAG_POLICY_CHECK;
    if (j->check->explicit_policy)
        flags |= X509_V_FLAG_EXPLICIT_POLICY;
    if (j->check->inhibit_mapping)
        flags |= X509_V_FLAG_INHIBIT_MAP;
    if (j->check->inhibit_any)
        flags |= X509_V_FLAG_INHIBIT_ANY;
    X509_VERIFY_PARAM_set_flags(param, flags);
    /* no OID given means any policy; an empty set would mean none */
    return add_policies(param, oids ? oids : ANY_POLICY, j->err);
}

static int
set_params(struct judge *j, X509_STORE_CTX *ctx, bool policies)
{
    static const int purpose[] = {
        [CHAIN_CLIENT] = X509_PURPOSE_SSL_CLIENT,
        [CHAIN_SERVER] = X509_PURPOSE_SSL_SERVER,
    };
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_flags(
        param, X509_V_FLAG_ALLOW_PROXY_CERTS | X509_V_FLAG_CRL_CHECK |
                   X509_V_FLAG_CRL_CHECK_ALL |
                   X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS);
    X509_VERIFY_PARAM_set_time(param, j->now);
    X509_VERIFY_PARAM_set_depth(
        param, j->check->max_depth > 0 ? j->check->max_depth - 1 : CHAIN_MAX);
    X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
    if (j->check->purpose != CHAIN_ANY)
        X509_STORE_CTX_set_purpose(ctx, purpose[j->check->purpose]);
    X509_STORE_CTX_set_app_data(ctx, j);
    X509_STORE_CTX_set_verify_cb(ctx, on_error);
    return policies ? set_policy(j, param) : 0;
}

/* Whether the policies in VERIFIED decide: the caller requires some, or a CA
 * requires or maps them (RFC 5280 s.6.1.4 (a)).  Otherwise a path without any
 * policy is valid. */
static bool
policies_count(const struct judge *j, STACK_OF(X509) * verified)
{
    if (j->check->policy_oid || j->check->explicit_policy ||
        j->check->inhibit_mapping || j->check->inhibit_any)
        return true;
    for (int i = 0; i < sk_X509_num(verified); i++) {
        const X509 *cert = sk_X509_value(verified, i);
        if (X509_get_ext_by_NID(cert, NID_policy_constraints, -1) >= 0 ||
            X509_get_ext_by_NID(cert, NID_policy_mappings, -1) >= 0)
            return true;
    }
    return false;
}

/* Untrusted certificates for building paths: those sent with the leaf, and the
 * signers of revocation lists, which no peer sends; borrowed. */
static STACK_OF(X509) * helpers(struct judge *j, STACK_OF(X509) * chain)
{
    STACK_OF(X509) *all = chain ? sk_X509_dup(chain) : sk_X509_new_null();
    STACK_OF(X509) *signers = trust_snap_signers(j->snap);
    if (!all)
        abort();
    for (int i = 0; i < sk_X509_num(signers); i++)
        if (!sk_X509_push(all, sk_X509_value(signers, i)))
            abort();
    return all;
}

/* Verify LEAF by RFC 5280, with or without its POLICIES.  The verified chain,
 * leaf first; the caller frees it with sk_X509_pop_free().  NULL when
 * refused. */
static STACK_OF(X509) *
    validate(struct judge *j, X509 *leaf, STACK_OF(X509) * chain, bool policies)
{
    STACK_OF(X509) *verified = NULL, *all = helpers(j, chain);
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    /* older errors in the queue must not be mistaken for ours */
    ERR_clear_error();
    if (!ctx || !X509_STORE_CTX_init(ctx, trust_snap_store(j->snap), leaf, all))
        err_set(j->err, ERR_NOMEM, "cannot begin to verify a certificate");
    else if (!set_params(j, ctx, policies)) {
        if (X509_verify_cert(ctx) == 1)
            verified = X509_STORE_CTX_get1_chain(ctx);
        else
            judge_explain(j, ctx);
    }
    X509_STORE_CTX_free(ctx);
    sk_X509_free(all);
    ERR_clear_error();
    return verified;
}

static X509 *
legacy_proxy(X509 *leaf, STACK_OF(X509) * chain)
{
    if (x509_type(leaf) == CRED_LEGACY)
        return leaf;
    for (int i = 0; i < sk_X509_num(chain); i++)
        if (x509_type(sk_X509_value(chain, i)) == CRED_LEGACY)
            return sk_X509_value(chain, i);
    return NULL;
}

/* Report a GT2 or draft proxy as such, not the error at which OpenSSL
 * stopped. */
static int
refused(struct judge *j, X509 *leaf, STACK_OF(X509) * chain)
{
    X509 *legacy = legacy_proxy(leaf, chain);
    if (!legacy)
        return -1;
    if (j->err)
        *j->err = (struct err)ERR_INIT;
    j->verify_error = X509_V_OK;
    return judge_refuse(j, X509_V_ERR_INVALID_PURPOSE, legacy,
                        "is a legacy proxy, which is not accepted: make an RFC "
                        "3820 proxy with 'gridproxy init'");
}

/* Check the certificate policies of the end entity; proxies carry none. */
static int
check_policies(struct judge *j, STACK_OF(X509) * verified,
               STACK_OF(X509) * chain)
{
    if (!policies_count(j, verified))
        return 0;
    X509 *eec = sk_X509_value(verified, judge_proxies(verified));
    STACK_OF(X509) *again = validate(j, eec, chain, true);
    sk_X509_pop_free(again, X509_free);
    return again ? 0 : -1;
}

/* Fill PEER with the identity that VERIFIED proves. */
static void
fill_peer(struct peer *peer, STACK_OF(X509) * verified)
{
    struct buf pem = BUF_INIT;
    int n = sk_X509_num(verified), speaks = -1;
    *peer = (struct peer){ .proxies = judge_proxies(verified) };
    for (int i = 0; i <= peer->proxies; i++) {
        X509 *cert = sk_X509_value(verified, i);
        enum cred_type type = x509_type(cert);
        time_t end = x509_time(X509_get0_notAfter(cert));
        peer->limited = peer->limited || type == CRED_LIMITED;
        peer->independent = peer->independent || type == CRED_INDEPENDENT;
        if (i == 0 || end < peer->expires)
            peer->expires = end;
        if (speaks < 0 && (type == CRED_INDEPENDENT || i == peer->proxies))
            speaks = i;
    }
    for (int i = 0; i < n; i++) {
        X509 *cert = sk_X509_value(verified, i);
        if (i == 0 || !(X509_get_extension_flags(cert) & EXFLAG_SS))
            x509_pem_write(cert, &pem);
    }
    peer->subject = x509_subject_text(sk_X509_value(verified, 0));
    peer->identity = x509_subject_text(sk_X509_value(verified, speaks));
    peer->chain_pem = buf_detach(&pem);
}

static int
judge_chain(struct judge *j, X509 *leaf, STACK_OF(X509) * chain,
            struct peer *peer)
{
    if (chain && sk_X509_num(chain) > CHAIN_MAX) {
        char *text = xasprintf("comes with more than %d others: it was "
                               "delegated too often",
                               CHAIN_MAX);
        judge_refuse(j, X509_V_ERR_CERT_CHAIN_TOO_LONG, leaf, text);
        free(text);
        return -1;
    }
    STACK_OF(X509) *verified = validate(j, leaf, chain, false);
    if (!verified)
        return refused(j, leaf, chain);
    X509 *eec = sk_X509_value(verified, judge_proxies(verified));
    int rc = -1;
    if (!judge_certificates(j, verified) && !judge_proxy_rules(j, verified) &&
        !judge_policies(j, verified) && !check_policies(j, verified, chain) &&
        !judge_host(j, eec)) {
        fill_peer(peer, verified);
        rc = 0;
    }
    sk_X509_pop_free(verified, X509_free);
    return rc;
}

/* Check only the validity period of LEAF, which is our own certificate. */
static int
judge_own(struct judge *j, X509 *leaf, struct peer *peer)
{
    if (x509_time(X509_get0_notBefore(leaf)) > j->now)
        return judge_refuse(j, X509_V_ERR_CERT_NOT_YET_VALID, leaf,
                            "is not valid yet");
    if (x509_time(X509_get0_notAfter(leaf)) <= j->now)
        return judge_refuse(j, X509_V_ERR_CERT_HAS_EXPIRED, leaf,
                            "has expired");
    STACK_OF(X509) *alone = sk_X509_new_null();
    if (!alone || !sk_X509_push(alone, leaf))
        abort();
    fill_peer(peer, alone);
    sk_X509_free(alone);
    return 0;
}

int
chain_verify_code(struct trust *t, X509 *leaf, STACK_OF(X509) * chain,
                  const struct chain_check *check, struct peer *peer,
                  int *x509_err, struct err *err)
{
    static const struct chain_check none;
    struct judge j = { .trust = t,
                       .check = check ? check : &none,
                       .verify_error = X509_V_OK,
                       .err = err };
    *peer = (struct peer){ .identity = NULL };
    j.now = j.check->now ? j.check->now : time(NULL);
    j.snap = trust_snap_get(t);
    j.where = j.check->outside ? xstrdup("") : xasprintf(" '%s'", trust_dir(t));
    int rc = j.check->purpose == CHAIN_OWN ? judge_own(&j, leaf, peer)
                                           : judge_chain(&j, leaf, chain, peer);
    trust_snap_unref(j.snap);
    free(j.where);
    if (x509_err)
        *x509_err = !rc                           ? X509_V_OK
                    : j.verify_error != X509_V_OK ? j.verify_error
                                                  : X509_V_ERR_UNSPECIFIED;
    return rc;
}

int
chain_verify_stack(struct trust *t, X509 *leaf, STACK_OF(X509) * chain,
                   const struct chain_check *check, struct peer *peer,
                   struct err *err)
{
    return chain_verify_code(t, leaf, chain, check, peer, NULL, err);
}

int
chain_verify(struct trust *t, const char *pem, size_t n,
             const struct chain_check *check, struct peer *peer,
             struct err *err)
{
    struct err why = ERR_INIT;
    *peer = (struct peer){ .identity = NULL };
    STACK_OF(X509) *chain = x509_pem_read(pem, n, &why);
    if (!chain)
        return err_set(err, ERR_AUTHN, "%s", why.text);
    int rc =
        chain_verify_stack(t, sk_X509_value(chain, 0), chain, check, peer, err);
    sk_X509_pop_free(chain, X509_free);
    return rc;
}

int
chain_verify_cred(struct trust *t, const struct cred *cred,
                  const struct chain_check *check, struct peer *peer,
                  struct err *err)
{
    return chain_verify_stack(t, cred_cert(cred), cred_chain(cred), check, peer,
                              err);
}
