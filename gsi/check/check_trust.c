/* gsi/check/check_trust.c - checks of -t: the trust directory. */
#include <stdlib.h>
#include <time.h>

#include "base/codec.h"
#include "gsi/chain/trust.h"
#include "gsi/check/check_rows.h"
#include "gsi/site.h"

void
check_trust_open(struct check *c)
{
    struct err err = ERR_INIT;

    if (site_open_trust(c->conf, &c->trust, &err) < 0)
        check_fail(c, &err);
}

struct look {
    struct check *check;
    const struct trust_snap *snap;
    time_t now;
};

static void
judge_life(const struct look *k, X509 *ca, const char *name)
{
    time_t from = x509_time(X509_get0_notBefore(ca));
    time_t to = x509_time(X509_get0_notAfter(ca));
    char text[TIME_TEXT];

    if (to <= k->now)
        check_say(k->check, CHECK_WARN,
                  "the CA '%s' expired on %s: take it out, or get its "
                  "successor",
                  name, time_utc(to, text));
    else if (from > k->now)
        check_say(k->check, CHECK_WARN,
                  "the CA '%s' is valid from %s on: is the clock right?", name,
                  time_utc(from, text));
}

static void
judge_policy(const struct look *k, X509 *ca, const char *name)
{
    const X509_NAME *subject = X509_get_subject_name(ca);
    struct dn dn;

    if (x509_name_dn(subject, &dn, NULL) < 0)
        return;
    if (trust_snap_permit(k->snap, subject, &dn, &dn) == TRUST_PERMIT_ABSENT)
        check_say(k->check, CHECK_FAIL,
                  "the CA '%s' has no HASH.signing_policy or HASH.namespaces, "
                  "so its users are refused: install one that names %08lx",
                  name, X509_NAME_hash_ex(subject, NULL, NULL, NULL));
    dn_fini(&dn);
}

/* Check one revocation list: its start and end. */
static void
judge_crl(const struct look *k, const X509_CRL *crl, const char *name)
{
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
    time_t from = x509_time(X509_CRL_get0_lastUpdate(crl));
    char text[TIME_TEXT];

    if (next != NULL && x509_time(next) <= k->now)
        check_say(k->check, CHECK_FAIL,
                  "the revocation list of '%s' is out of date since %s, so "
                  "users of this CA are refused: run fetch-crl",
                  name, time_utc(x509_time(next), text));
    else if (from > k->now)
        check_say(k->check, CHECK_WARN,
                  "the revocation list of '%s' is of %s, which is in the "
                  "future: is the clock right?",
                  name, time_utc(from, text));
}

static void
judge_crls(const struct look *k, X509 *ca, const char *name)
{
    bool required = trust_crl_mode(k->check->trust) == TRUST_CRL_REQUIRE;
    STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();

    if (lists == NULL)
        abort();
    if (trust_snap_find_crls(k->snap, X509_get_subject_name(ca), lists) == 0)
        check_say(k->check, required ? CHECK_FAIL : CHECK_WARN,
                  "the CA '%s' has no revocation list (HASH.r0), so %s: run "
                  "fetch-crl",
                  name,
                  required ? "its users are refused"
                           : "revoked certificates are accepted");
    for (int i = 0; i < sk_X509_CRL_num(lists); i++)
        judge_crl(k, sk_X509_CRL_value(lists, i), name);
    sk_X509_CRL_pop_free(lists, X509_CRL_free);
}

static bool
judge_ca(X509 *ca, void *arg)
{
    const struct look *k = arg;
    char *name = x509_subject_text(ca);

    judge_life(k, ca, name);
    judge_policy(k, ca, name);
    if (x509_time(X509_get0_notAfter(ca)) > k->now)
        judge_crls(k, ca, name);
    free(name);
    return false;
}

void
check_trust_cas(struct check *c)
{
    struct look k = { .check = c, .now = time(NULL) };
    struct trust_snap *snap;
    const char *path;

    if (c->trust == NULL) {
        check_pass(c);
        return;
    }
    k.snap = snap = trust_snap_get(c->trust);
    for (size_t i = 0; (path = trust_snap_broken(snap, i)) != NULL; i++)
        check_say(c, CHECK_FAIL,
                  "'%s' cannot be used, so users of its CA are refused: the "
                  "line 'trust.file' says why",
                  path);
    trust_snap_find_ca(snap, judge_ca, &k);
    trust_snap_unref(snap);
}
