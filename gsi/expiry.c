/* gsi/expiry.c - see expiry.h. */
#include <stdlib.h>
#include <time.h>

#include "base/codec.h"
#include "base/log.h"
#include "gsi/chain/trust.h"
#include "gsi/expiry.h"

#define DAY    86400
#define DAY_MS 86400000LL

/* Where to report each expiry: metrics or the log. */
struct ends {
    const struct trust_snap *snap;
    time_t now;
    const char *program; /* of the metrics; NULL: write to the log */
    const char *metric;  /* metric being written */
    struct buf *out;
};

static void
put_gauge(const struct ends *e, const char *name, time_t end)
{
    buf_addf(e->out, "%s{program=\"%s\",name=\"", e->metric, e->program);
    for (const char *p = name; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            buf_addc(e->out, '\\');
        buf_addc(e->out, *p);
    }
    buf_addf(e->out, "\"} %lld\n", (long long)(end - e->now));
}

static void
warn(const struct ends *e, const char *event, const char *name, time_t from,
     time_t end)
{
    long left = (long)(end - e->now), life = (long)(end - from);
    char text[TIME_TEXT];

    if (left < EXPIRY_SOON_DAYS * DAY && (from == 0 || left < life / 3))
        log_event(LOG_WARNING, event, "name=%s expires=%s days=%ld", name,
                  time_utc(end, text), left / DAY);
}

/* Find the list of one CA that ends first. */
static bool
see_lists(X509 *ca, void *arg)
{
    const struct ends *e = arg;
    STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();
    char *name = x509_subject_text(ca);
    time_t first = 0, from = 0;

    if (lists == NULL)
        abort();
    trust_snap_find_crls(e->snap, X509_get_subject_name(ca), lists);
    for (int i = 0; i < sk_X509_CRL_num(lists); i++) {
        const X509_CRL *crl = sk_X509_CRL_value(lists, i);
        const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
        time_t end = next != NULL ? x509_time(next) : 0;

        if (end != 0 && (first == 0 || end < first)) {
            first = end;
            from = x509_time(X509_CRL_get0_lastUpdate(crl));
        }
    }
    if (first != 0 && e->program != NULL)
        put_gauge(e, name, first);
    else if (first != 0)
        warn(e, "crl.expires", name, from, first);
    sk_X509_CRL_pop_free(lists, X509_CRL_free);
    free(name);
    return false;
}

static bool
see_ca(X509 *ca, void *arg)
{
    const struct ends *e = arg;
    char *name = x509_subject_text(ca);
    time_t end = x509_time(X509_get0_notAfter(ca));

    if (e->program != NULL)
        put_gauge(e, name, end);
    else
        warn(e, "ca.expires", name, 0, end);
    free(name);
    return false;
}

static void
head(struct ends *e, const char *metric, const char *help)
{
    e->metric = metric;
    buf_addf(e->out, "# HELP %s %s\n# TYPE %s gauge\n", metric, help, metric);
}

void
expiry_metrics(const struct cred *cred, struct trust *trust,
               const char *program, struct buf *out)
{
    struct trust_snap *snap = trust_snap_get(trust);
    struct ends e = {
        .snap = snap, .now = time(NULL), .program = program, .out = out
    };

    head(&e, "gatehouse_certificate_left_seconds",
         "Seconds until the host's certificate ends.");
    put_gauge(&e, cred_subject(cred), cred_expires(cred));
    head(&e, "gatehouse_ca_left_seconds",
         "Seconds until the certificate of a CA ends.");
    trust_snap_find_ca(snap, see_ca, &e);
    head(&e, "gatehouse_crl_left_seconds",
         "Seconds until the revocation list of a CA is stale.");
    trust_snap_find_ca(snap, see_lists, &e);
    trust_snap_unref(snap);
}

void
expiry_warn(struct expiry_told *told, const struct cred *cred,
            struct trust *trust)
{
    long long day = time_mono_ms() / DAY_MS + 1;
    unsigned generation = trust_generation(trust);
    struct ends e = { .now = time(NULL) };
    struct trust_snap *snap;

    if (told->day == day && told->generation == generation &&
        told->cred == cred)
        return;
    *told = (struct expiry_told){ day, generation, cred };
    e.snap = snap = trust_snap_get(trust);
    warn(&e, "certificate.expires", cred_subject(cred), 0, cred_expires(cred));
    trust_snap_find_ca(snap, see_ca, &e);
    trust_snap_find_ca(snap, see_lists, &e);
    trust_snap_unref(snap);
}

int
expiry_check(const struct cred *cred, long *days, struct err *err)
{
    time_t now = time(NULL);
    char text[TIME_TEXT];

    *days = (long)(cred_expires(cred) - now) / DAY;
    if (cred_not_before(cred) > now)
        return err_set(err, ERR_AUTHN,
                       "the host's certificate is valid from %s on",
                       time_utc(cred_not_before(cred), text));
    if (cred_expires(cred) <= now)
        return err_set(err, ERR_AUTHN, "the host's certificate expired on %s",
                       time_utc(cred_expires(cred), text));
    return 0;
}
