/* tests/lib/lib_testca.c - see lib_testca.h. */
#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/lib_testca.h"

#define DAY 86400L

struct testca {
    X509 *cert;
    EVP_PKEY *key;
};

static EVP_PKEY *
make_key(int rsa_bits)
{
    EVP_PKEY *key =
        rsa_bits > 0 ? EVP_RSA_gen((unsigned)rsa_bits) : EVP_EC_gen("P-256");

    assert(key != NULL);
    return key;
}

static EVP_PKEY *
key_for(const struct testcert *c)
{
    EVP_PKEY *key;

    if (c->key_of == NULL)
        return make_key(c->rsa_bits);
    key = cred_key(c->key_of);
    EVP_PKEY_up_ref(key);
    return key;
}

/* "/O=Grid/CN=x" added to NAME. */
static void
add_name(X509_NAME *name, const char *text)
{
    char *copy = xstrdup(text), *save, *part, *value;

    for (part = strtok_r(copy, "/", &save); part != NULL;
         part = strtok_r(NULL, "/", &save)) {
        value = strchr(part, '=');
        assert(value != NULL);
        *value++ = '\0';
        assert(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
                                          (const unsigned char *)value, -1, -1,
                                          0) == 1);
    }
    free(copy);
}

static void
add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509_EXTENSION *ext;
    X509V3_CTX ctx;

    CONF *conf = NCONF_new(NULL); /* policies want a place for sections */

    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, conf);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    NCONF_free(conf);
    assert(ext != NULL);
    assert(X509_add_ext(cert, ext, -1) == 1);
    X509_EXTENSION_free(ext);
}

/* A certificate for KEY, not signed yet. */
static X509 *
make_cert(const X509_NAME *subject, const X509_NAME *issuer, EVP_PKEY *key,
          long from, long until)
{
    static long serial;
    X509 *cert = X509_new();

    assert(cert != NULL);
    if (serial == 0)
        serial = (long)time(NULL) * 1000;
    if (from == 0 && until == 0)
        from = -3600, until = DAY;
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial);
    X509_set_subject_name(cert, subject);
    X509_set_issuer_name(cert, issuer);
    X509_gmtime_adj(X509_getm_notBefore(cert), from);
    X509_gmtime_adj(X509_getm_notAfter(cert), until);
    X509_set_pubkey(cert, key);
    return cert;
}

struct testca *
testca_create(const char *name)
{
    struct testca *ca = xcalloc(1, sizeof(*ca));
    X509_NAME *n = X509_NAME_new();

    ca->key = make_key(0);
    add_name(n, name);
    ca->cert = make_cert(n, n, ca->key, -30 * DAY, 30 * DAY);
    add_ext(ca->cert, ca->cert, NID_basic_constraints, "critical,CA:TRUE");
    add_ext(ca->cert, ca->cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_ext(ca->cert, ca->cert, NID_subject_key_identifier, "hash");
    assert(X509_sign(ca->cert, ca->key, EVP_sha256()) > 0);
    X509_NAME_free(n);
    return ca;
}

struct testca *
testca_below(const struct testca *parent, const char *name, struct cred **cred)
{
    struct testcert c = { .name = name,
                          .basic = "critical,CA:TRUE",
                          .usage = "critical,keyCertSign,cRLSign" };
    struct testca *ca = xcalloc(1, sizeof(*ca));

    *cred = testca_issue(parent, &c);
    ca->cert = cred_cert(*cred);
    ca->key = cred_key(*cred);
    X509_up_ref(ca->cert);
    EVP_PKEY_up_ref(ca->key);
    return ca;
}

void
testca_destroy(struct testca *ca)
{
    if (ca == NULL)
        return;
    X509_free(ca->cert);
    EVP_PKEY_free(ca->key);
    free(ca);
}

/* DIR/HASH.SUFFIX, opened for writing. */
static FILE *
open_hashed(const struct testca *ca, const char *dir, const char *suffix,
            const char *mode)
{
    char *path =
        xasprintf("%s/%08lx.%s", dir, X509_subject_name_hash(ca->cert), suffix);
    FILE *f = fopen(path, mode);

    assert(f != NULL);
    free(path);
    return f;
}

void
testca_trust(const struct testca *ca, const char *dir, const char *subjects)
{
    char *name = x509_subject_text(ca->cert);
    FILE *f = open_hashed(ca, dir, "0", "w");

    assert(PEM_write_X509(f, ca->cert) == 1);
    fclose(f);
    f = open_hashed(ca, dir, "signing_policy", "w");
    fprintf(f,
            "access_id_CA X509 '%s'\npos_rights globus CA:sign\n"
            "cond_subjects globus '\"%s\"'\n",
            name, subjects != NULL ? subjects : "*");
    fclose(f);
    free(name);
}

void
testca_append(const struct testca *ca, const char *dir)
{
    FILE *f = open_hashed(ca, dir, "0", "a");

    assert(PEM_write_X509(f, ca->cert) == 1);
    fclose(f);
}

/* One entry for SERIAL, revoked at T; of another CA's certificate when ISSUER.
 */
static void
add_entry(X509_CRL *crl, ASN1_INTEGER *serial, ASN1_TIME *t,
          const X509_NAME *issuer)
{
    X509_REVOKED *r = X509_REVOKED_new();
    GENERAL_NAMES *names;
    GENERAL_NAME *name;

    X509_REVOKED_set_serialNumber(r, serial);
    X509_REVOKED_set_revocationDate(r, t);
    if (issuer != NULL) {
        names = sk_GENERAL_NAME_new_null();
        name = GENERAL_NAME_new();
        GENERAL_NAME_set0_value(name, GEN_DIRNAME, X509_NAME_dup(issuer));
        sk_GENERAL_NAME_push(names, name);
        assert(X509_REVOKED_add1_ext_i2d(r, NID_certificate_issuer, names, 1,
                                         0) == 1);
        GENERAL_NAMES_free(names);
    }
    X509_CRL_add0_revoked(crl, r);
}

static void
add_others(X509_CRL *crl, long n, ASN1_TIME *t)
{
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    long i;

    for (i = 0; i < n; i++) { /* in no order */
        ASN1_INTEGER_set(serial, 1 + (i * 7919) % n);
        add_entry(crl, serial, t, NULL);
    }
    ASN1_INTEGER_free(serial);
}

/* Which of the keys of a CA's name signs CRL. */
static void
add_key_id(X509_CRL *crl, X509 *ca)
{
    X509_EXTENSION *ext;
    X509V3_CTX ctx;

    if (X509_get0_subject_key_id(ca) == NULL)
        return;
    X509V3_set_ctx(&ctx, ca, NULL, NULL, crl, 0);
    ext = X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier,
                              "keyid:always");
    assert(ext != NULL && X509_CRL_add_ext(crl, ext, -1) == 1);
    X509_EXTENSION_free(ext);
}

static void
set_indirect(X509_CRL *crl)
{
    ISSUING_DIST_POINT *point = ISSUING_DIST_POINT_new();

    point->indirectCRL = 0xff;
    assert(X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, point, 1,
                                 0) == 1);
    ISSUING_DIST_POINT_free(point);
}

void
testca_write_crl(const struct testca *ca, const char *dir,
                 const struct testcrl *c)
{
    bool dated = c->from != 0 || c->until != 0;
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *t = ASN1_TIME_new();
    X509 *revoked = c->revoked != NULL ? cred_cert(c->revoked) : NULL;
    FILE *f = open_hashed(c->file != NULL ? c->file : ca, dir, "r0",
                          c->append ? "a" : "w");

    X509_CRL_set_version(crl, 1);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->cert));
    ASN1_TIME_adj(t, time(NULL), 0, dated ? c->from : -2 * DAY);
    X509_CRL_set1_lastUpdate(crl, t);
    if (revoked != NULL)
        add_entry(crl, X509_get_serialNumber(revoked), t,
                  c->indirect ? X509_get_issuer_name(revoked) : NULL);
    add_others(crl, c->others, t);
    add_key_id(crl, ca->cert);
    if (c->indirect)
        set_indirect(crl);
    ASN1_TIME_adj(t, time(NULL), 0, dated ? c->until : DAY);
    X509_CRL_set1_nextUpdate(crl, t);
    assert(X509_CRL_sign(crl, ca->key, EVP_sha256()) > 0);
    assert(PEM_write_X509_CRL(f, crl) == 1);
    fclose(f);
    ASN1_TIME_free(t);
    X509_CRL_free(crl);
}

void
testca_crl(const struct testca *ca, const char *dir, long until,
           const struct cred *revoked)
{
    testca_write_crl(ca, dir,
                     &(struct testcrl){ .from = -2 * DAY,
                                        .until = until,
                                        .revoked = revoked });
}

/* A distribution point whose lists ISSUER issues. */
static void
add_crl_issuer(X509 *cert, const char *issuer)
{
    CRL_DIST_POINTS *points = sk_DIST_POINT_new_null();
    DIST_POINT *point = DIST_POINT_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    X509_NAME *n = X509_NAME_new();

    add_name(n, issuer);
    GENERAL_NAME_set0_value(name, GEN_DIRNAME, n);
    point->CRLissuer = sk_GENERAL_NAME_new_null();
    sk_GENERAL_NAME_push(point->CRLissuer, name);
    sk_DIST_POINT_push(points, point);
    assert(X509_add1_ext_i2d(cert, NID_crl_distribution_points, points, 0, 0) ==
           1);
    CRL_DIST_POINTS_free(points);
}

/* Extensions that C asks for, or these defaults. */
static void
add_exts(X509 *cert, X509 *issuer, const struct testcert *c, const char *basic)
{
    const char *usage = c->usage != NULL
                            ? c->usage
                            : "critical,digitalSignature,keyEncipherment";

    basic = c->basic != NULL ? c->basic : basic;
    if (*basic != '\0')
        add_ext(cert, issuer, NID_basic_constraints, basic);
    if (*usage != '\0')
        add_ext(cert, issuer, NID_key_usage, usage);
    if (c->san != NULL)
        add_ext(cert, issuer, NID_subject_alt_name, c->san);
    if (c->eku != NULL)
        add_ext(cert, issuer, NID_ext_key_usage, c->eku);
    if (c->policies != NULL)
        add_ext(cert, issuer, NID_certificate_policies, c->policies);
    if (c->crl_issuer != NULL)
        add_crl_issuer(cert, c->crl_issuer);
}

static void
add_raw(X509_NAME *name, const struct testcert *c)
{
    const unsigned char *raw = (const unsigned char *)c->raw;

    if (raw != NULL)
        assert(X509_NAME_add_entry_by_NID(name, NID_commonName,
                                          V_ASN1_UTF8STRING, raw,
                                          (int)c->raw_len, -1, 0) == 1);
}

/* Signed, for KEY. */
static X509 *
certify(const struct testca *ca, const struct testcert *c, EVP_PKEY *key)
{
    X509_NAME *n = X509_NAME_new();
    X509 *cert;

    add_name(n, c->name);
    add_raw(n, c);
    cert =
        make_cert(n, X509_get_subject_name(ca->cert), key, c->from, c->until);
    add_exts(cert, ca->cert, c, "critical,CA:FALSE");
    assert(X509_sign(cert, ca->key, EVP_sha256()) > 0);
    X509_NAME_free(n);
    return cert;
}

X509 *
testca_certificate(const struct testca *ca, const struct testcert *c)
{
    EVP_PKEY *key = key_for(c);
    X509 *cert = certify(ca, c, key);

    EVP_PKEY_free(key);
    return cert;
}

struct cred *
testca_issue(const struct testca *ca, const struct testcert *c)
{
    EVP_PKEY *key = key_for(c);
    X509 *cert = certify(ca, c, key);
    struct cred *cred = NULL;

    assert(cred_create(cert, key, NULL, &cred, NULL) == 0);
    X509_free(cert);
    EVP_PKEY_free(key);
    return cred;
}

static void
add_proxy_info(X509 *cert, const struct testcert *c)
{
    PROXY_CERT_INFO_EXTENSION *pci = PROXY_CERT_INFO_EXTENSION_new();
    ASN1_OCTET_STRING der = { .type = V_ASN1_OCTET_STRING };
    X509_EXTENSION *ext;

    ASN1_OBJECT_free(pci->proxyPolicy->policyLanguage);
    pci->proxyPolicy->policyLanguage =
        OBJ_txt2obj(c->language != NULL ? c->language : OID_PPL_INHERIT_ALL, 1);
    if (c->pathlen != 0) {
        pci->pcPathLengthConstraint = ASN1_INTEGER_new();
        ASN1_INTEGER_set(pci->pcPathLengthConstraint,
                         c->pathlen > 0 ? c->pathlen - 1 : c->pathlen);
    }
    if (c->policy != NULL) {
        pci->proxyPolicy->policy = ASN1_OCTET_STRING_new();
        ASN1_OCTET_STRING_set(pci->proxyPolicy->policy,
                              (const unsigned char *)c->policy,
                              (int)strlen(c->policy));
    }
    der.length = i2d_PROXY_CERT_INFO_EXTENSION(pci, &der.data);
    assert(der.length > 0);
    if (c->trailing) {
        der.data = OPENSSL_realloc(der.data, (size_t)der.length + 1);
        der.data[der.length++] = 0;
    }
    ext = X509_EXTENSION_create_by_NID(NULL, NID_proxyCertInfo,
                                       !c->not_critical, &der);
    assert(ext != NULL && X509_add_ext(cert, ext, -1) == 1);
    X509_EXTENSION_free(ext);
    OPENSSL_free(der.data);
    PROXY_CERT_INFO_EXTENSION_free(pci);
}

struct cred *
testca_proxy(const struct cred *issuer, const struct testcert *c)
{
    const X509_NAME *above = X509_get_subject_name(cred_cert(issuer));
    STACK_OF(X509) *chain = X509_chain_up_ref(cred_chain(issuer));
    EVP_PKEY *key = key_for(c);
    X509_NAME *n = X509_NAME_dup(above);
    struct cred *cred = NULL;
    X509 *cert;

    if (c->whole_name)
        while (X509_NAME_entry_count(n) > 0)
            X509_NAME_ENTRY_free(X509_NAME_delete_entry(n, 0));
    add_name(n, c->name != NULL ? c->name : "/CN=123");
    cert = make_cert(n, above, key, c->from, c->until);
    if (c->from == 0 && c->until == 0)
        X509_set1_notAfter(cert, X509_get0_notAfter(cred_cert(issuer)));
    add_exts(cert, cred_cert(issuer), c, "");
    if (!c->no_info)
        add_proxy_info(cert, c);
    assert(X509_sign(cert, cred_key(issuer), EVP_sha256()) > 0);
    if (chain == NULL)
        chain = sk_X509_new_null();
    X509_up_ref(cred_cert(issuer));
    sk_X509_unshift(chain, cred_cert(issuer));
    assert(cred_create(cert, key, chain, &cred, NULL) == 0);
    sk_X509_pop_free(chain, X509_free);
    X509_NAME_free(n);
    X509_free(cert);
    EVP_PKEY_free(key);
    return cred;
}

void
testca_remove_dir(const char *dir)
{
    const struct dirent *e;
    DIR *d = opendir(dir);

    while (d != NULL && (e = readdir(d)) != NULL)
        unlinkat(dirfd(d), e->d_name, 0);
    if (d != NULL)
        closedir(d);
    rmdir(dir);
}
