/* gsi/check/check_cert.c - checks of -t: the host's certificate. */
#include <stdlib.h>
#include <time.h>

#include "base/codec.h"
#include "base/net.h"
#include "gsi/check/check_rows.h"
#include "gsi/check/check_url.h"
#include "gsi/site.h"

#define DAY  86400L
#define SOON (14 * DAY)

void
check_cert_load(struct check *c)
{
    struct err err = ERR_INIT;

    if (site_credential(c->conf, &c->cred, &err) < 0)
        check_fail(c, &err);
}

void
check_cert_life(struct check *c)
{
    time_t now = time(NULL), from, to;
    char text[TIME_TEXT];

    if (c->cred == NULL) {
        check_pass(c);
        return;
    }
    from = cred_not_before(c->cred);
    to = cred_expires(c->cred);
    if (from > now)
        check_say(c, CHECK_FAIL,
                  "it is valid from %s on: set the clock, or wait",
                  time_utc(from, text));
    else if (to <= now)
        check_say(c, CHECK_FAIL, "it expired on %s: get a new one",
                  time_utc(to, text));
    else if (to - now < SOON)
        check_say(c, CHECK_WARN, "it expires on %s, in %ld days: renew it",
                  time_utc(to, text), (long)(to - now) / DAY);
}

/* The key with the URL at which clients reach C's daemon. */
static enum conf_key
url_key(const struct check *c)
{
    switch (c->daemon[0]) {
    case 'm':
        return CONF_mds_service_url;
    case 'g':
        return c->daemon[1] == 'a' ? CONF_gatekeeper_service_url
                                   : CONF_gatekeeper_gridftp_url;
    default:
        return CONF_gatekeeper_service_url;
    }
}

/* Check that C's certificate names HOST; WHOSE tells where HOST comes from. */
static void
judge_name(struct check *c, enum check_level level, const char *host,
           const char *whose)
{
    if (!cred_names_host(c->cred, host))
        check_say(c, level,
                  "it does not name '%s', %s: clients that come by that name "
                  "refuse it; get one with that subjectAltName",
                  host, whose);
}

void
check_cert_name(struct check *c)
{
    enum conf_key key = url_key(c);
    const char *text = conf_str(c->conf, key);
    char *host, *whose;
    unsigned port;

    if (c->cred == NULL) {
        check_pass(c);
    } else if (*text == '\0') {
        judge_name(c, CHECK_WARN, net_hostname(), "this host's name");
    } else {
        host = check_url_host(text, &port);
        whose = xasprintf("the host of %s.%s", conf_rows[key].section,
                          conf_rows[key].key);
        judge_name(c, CHECK_FAIL, host, whose);
        free(whose);
        free(host);
    }
}

void
check_cert_trust(struct check *c)
{
    struct chain_check how = { .purpose = CHAIN_SERVER };
    struct peer peer = { .identity = NULL };
    struct err err = ERR_INIT;

    if (c->cred == NULL || c->trust == NULL ||
        cred_expires(c->cred) <= time(NULL)) {
        check_pass(c);
        return;
    }
    if (chain_verify_cred(c->trust, c->cred, &how, &peer, &err) < 0)
        check_say(c, CHECK_WARN,
                  "%s: a peer that trusts the same CAs as this host refuses it",
                  err.text);
    else
        peer_fini(&peer);
}
