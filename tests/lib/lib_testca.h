/* tests/lib/lib_testca.h - throwaway certificates made in memory, for unit
 * tests: good ones, and each kind of bad one. */
#ifndef TESTS_LIB_TESTCA_H
#define TESTS_LIB_TESTCA_H

#include "gsi/gsi_ssl.h"

/* What a certificate says; zeroed fields have sensible meanings. */
struct testcert {
    const char *name;     /* "/O=Grid/CN=Alice"; of proxies: one more CN, "123"
                             when NULL */
    long from, until;     /* seconds from now; 0, 0: an hour back, a day on
                            (proxies: their issuer's end) */
    const char *san;      /* "DNS:localhost,IP:127.0.0.1" */
    const char *eku;      /* "serverAuth" */
    const char *language; /* proxies: policy language, NULL = inheritAll */
    int rsa_bits;         /* 0 = P-256 */
    const struct cred *key_of; /* take its key, not a new one */
    bool not_critical;         /* proxies: proxyCertInfo is not */
    bool trailing;             /* proxies: a byte behind proxyCertInfo */
    int pathlen;               /* proxies: + 1; 0 = none; < 0: that */
    const char *usage;    /* keyUsage, "critical,digitalSignature,.." when NULL;
                             "" = without */
    const char *basic;    /* basicConstraints, "critical,CA:FALSE" when NULL (of
                             proxies: without); "" = without */
    const char *policies; /* certificatePolicies, "1.2.3" */
    const char *policy;   /* proxies: the policy's bytes */
    const char *raw;      /* bytes of a last CN, RAW_LEN of them */
    size_t raw_len;
    const char *crl_issuer; /* its distribution point's cRLIssuer, "/O=.." */
    bool no_info;           /* proxies: without proxyCertInfo, as in GT2 */
    bool whole_name;        /* proxies: NAME is all of the name */
};

/* A certification authority. */
struct testca;
/* A new one called NAME, signed by itself, 30 days old and good for as many. */
struct testca *testca_create(const char *name);
/* One below PARENT, whose certificate is also CRED's leaf (the caller's to
 * unref), to be put into chains. */
struct testca *testca_below(const struct testca *parent, const char *name,
                            struct cred **cred);
/* NULL ok. */
void testca_destroy(struct testca *ca);
/* Put CA into the trust directory DIR, with a signing policy for SUBJECTS
 * ("*" and the like; NULL = all). */
void testca_trust(const struct testca *ca, const char *dir,
                  const char *subjects);
/* Write CA's CRL into DIR, valid until UNTIL seconds from now, REVOKED in it
 * (NULL: none). */
void testca_crl(const struct testca *ca, const char *dir, long until,
                const struct cred *revoked);
/* What a revocation list is; zeroed fields have sensible meanings. */
struct testcrl {
    long from, until; /* seconds from now; 0, 0: two days back, a day on */
    const struct cred *revoked; /* NULL: none */
    long others;                /* so many further serial numbers */
    bool indirect;              /* REVOKED is another CA's */
    bool append;                /* behind what the file holds */
    const struct testca *file;  /* whose hash names the file; NULL: the CA's */
};
/* Write a list of CA, HASH.r0, into DIR. */
void testca_write_crl(const struct testca *ca, const char *dir,
                      const struct testcrl *c);
/* Append CA's certificate to HASH.0 in DIR: the second key of a CA. */
void testca_append(const struct testca *ca, const char *dir);
/* An end-entity credential, the caller's to unref. */
struct cred *testca_issue(const struct testca *ca, const struct testcert *c);
/* The certificate alone, even one that no credential can be made of; the
 * caller's to X509_free(). */
X509 *testca_certificate(const struct testca *ca, const struct testcert *c);
/* A proxy of ISSUER. */
struct cred *testca_proxy(const struct cred *issuer, const struct testcert *c);
/* Take DIR, as mkdtemp() makes it, with all in it, away. */
void testca_remove_dir(const char *dir);

#endif
