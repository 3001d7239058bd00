/* clients/gridproxy/gridproxy_verify.c - verify a certificate chain as the
 * daemons do, and print one line: the accepted identity, or the reason for
 * refusal. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "clients/gridproxy/gridproxy.h"
#include "gsi/chain/chain.h"

#define PEM_MAX (1024 * 1024)

enum option {
    OPT_TRUST = GRIDPROXY_OWN,
    OPT_TIME,
    OPT_HOST,
    OPT_PURPOSE,
    OPT_POLICY,
    OPT_EXPLICIT,
    OPT_NO_MAPPING,
    OPT_NO_ANY,
    OPT_DEPTH,
    OPT_CRL
};

static const struct opt options[] = {
    GRIDPROXY_ROWS,
    { OPT_TRUST, "trust certdir", "DIR",
      "trust directory: CAs, signing policies, revocation lists, further "
      "intermediates; else as Globus finds it" },
    { OPT_TIME, "time", "UTC",
      "verify for that time: 2026-11-23T14:27:59Z, or seconds since 1970" },
    { OPT_HOST, "host", "NAME", "the certificate must name this host" },
    { OPT_PURPOSE, "purpose", "client|server", "purpose of the certificate" },
    { OPT_POLICY, "policy", "OID",
      "a requested certificate policy (may be repeated); one must hold with "
      "-explicit-policy" },
    { OPT_EXPLICIT, "explicit-policy", NULL,
      "some certificate policy must hold (any, without -policy)" },
    { OPT_NO_MAPPING, "inhibit-policy-mapping", NULL,
      "no CA may map one certificate policy to another" },
    { OPT_NO_ANY, "inhibit-any-policy", NULL,
      "the policy anyPolicy matches no other policy" },
    { OPT_DEPTH, "depth", "N",
      "at most N certificates between the chain's first and the trusted CA" },
    { OPT_CRL, "crl", "if-present|require",
      "whether every CA must have a revocation list" },
    { 0, NULL, NULL, NULL },
};

struct verify {
    char *dir;
    char *policies;
    enum trust_crl crl;
    struct chain_check check;
    const char *file;
};

static int
set_time(struct verify *v, const char *text, struct err *err)
{
    long long seconds;
    if (!number_parse(text, 1, 253402300799, &seconds))
        v->check.now = (time_t)seconds;
    else if (time_parse(text, &v->check.now))
        return err_set(err, ERR_USAGE,
                       "option -time: not a valid time: '%s'; write it as "
                       "2026-11-23T14:27:59Z",
                       text);
    return 0;
}

static int
set_purpose(struct verify *v, const char *text, struct err *err)
{
    if (strcmp(text, "client") == 0)
        v->check.purpose = CHAIN_CLIENT;
    else if (strcmp(text, "server") == 0)
        v->check.purpose = CHAIN_SERVER;
    else
        return err_set(err, ERR_USAGE,
                       "option -purpose: '%s' is neither client nor server",
                       text);
    return 0;
}

static int
set_depth(struct verify *v, const char *text, struct err *err)
{
    long depth;
    if (gridproxy_number("-depth", text, 0, CHAIN_MAX, &depth, err))
        return -1;
    v->check.max_depth = (int)depth + 1;
    return 0;
}

/* Add one policy for each -policy. */
static void
add_policy(struct verify *v, const char *oid)
{
    char *all =
        v->policies ? xasprintf("%s,%s", v->policies, oid) : xstrdup(oid);
    free(v->policies);
    v->policies = all;
    v->check.policy_oid = all;
}

static int
take(void *arg, int id, const struct opt_scan *s, struct err *err)
{
    struct verify *v = arg;
    switch (id) {
    case OPT_TRUST:
        free(v->dir);
        v->dir = xstrdup(s->arg);
        return 0;
    case OPT_TIME:
        return set_time(v, s->arg, err);
    case OPT_HOST:
        v->check.host = s->arg;
        return 0;
    case OPT_PURPOSE:
        return set_purpose(v, s->arg, err);
    case OPT_POLICY:
        add_policy(v, s->arg);
        return 0;
    case OPT_EXPLICIT:
        v->check.explicit_policy = true;
        return 0;
    case OPT_NO_MAPPING:
        v->check.inhibit_mapping = true;
        return 0;
    case OPT_NO_ANY:
        v->check.inhibit_any = true;
        return 0;
    case OPT_DEPTH:
        return set_depth(v, s->arg, err);
    default:
        return trust_crl_parse(s->arg, &v->crl, err);
    }
}

/* Options may follow the file as well. */
static int
parse(struct verify *v, int argc, char *const argv[], struct err *err)
{
    struct opt_scan s;
    int rc;
    opt_init(&s, options, argc, argv);
    while (s.at < argc) {
        rc = gridproxy_options(&s, "gridproxy verify [options] CHAIN.pem", take,
                               v, err);
        if (rc || s.at >= argc)
            return rc;
        if (v->file)
            return err_set(err, ERR_USAGE, "one file at a time: '%s' and '%s'",
                           v->file, argv[s.at]);
        v->file = argv[s.at++];
    }
    return 0;
}

static int
read_pem(const char *file, struct buf *pem, struct err *err)
{
    bool std = strcmp(file, "-") == 0;
    int fd = std ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", file,
                       strerror(errno));
    int rc = buf_read_fd(pem, fd, PEM_MAX);
    if (rc)
        err_set(err, ERR_IO, "cannot read '%s': %s", file, strerror(errno));
    if (!std)
        close(fd);
    return rc;
}

static void
say_accepted(const struct peer *peer)
{
    char end[TIME_TEXT];
    gridproxy_show("accepted: %s", peer->identity);
    if (peer->proxies)
        printf(" by %d%s prox%s", peer->proxies,
               peer->independent ? " independent"
               : peer->limited   ? " limited"
                                 : "",
               peer->proxies == 1 ? "y" : "ies");
    printf(" until %s\n", time_utc(peer->expires, end));
}

static int
judge(const struct verify *v, struct err *err)
{
    struct buf pem = BUF_INIT;
    struct trust *trust = NULL;
    struct peer peer = { .identity = NULL };
    int rc = -1;
    if (!read_pem(v->file, &pem, err) &&
        !trust_open(v->dir, v->crl, &trust, err) &&
        !chain_verify(trust, buf_str(&pem), pem.len, &v->check, &peer, err)) {
        say_accepted(&peer);
        rc = 0;
    }
    peer_fini(&peer);
    trust_close(trust);
    buf_wipe(&pem);
    return rc;
}

int
gridproxy_verify(int argc, char *const argv[])
{
    struct err err = ERR_INIT;
    struct verify v = { .dir = cred_trust_dir() };
    int rc = parse(&v, argc, argv, &err);
    if (!rc && !v.file)
        rc = err_set(&err, ERR_USAGE,
                     "name the file with the chain, leaf first: gridproxy "
                     "verify CHAIN.pem");
    if (rc) {
        rc = rc < 0 ? gridproxy_fail(&err) : 0;
    } else if (judge(&v, &err)) {
        gridproxy_show("refused: %s\n", err.text);
        rc = 1;
    }
    free(v.dir);
    free(v.policies);
    return rc;
}
