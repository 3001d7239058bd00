/* clients/gridproxy/gridproxy_init.c - make a proxy from the user's
 * certificate, with grid-proxy-init's options, lines and exit status. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "clients/gridproxy/gridproxy.h"
#include "gsi/chain/chain.h"
#include "gsi/proxy.h"

#define POLICY_MAX (64 * 1024)

enum option {
    OPT_DEBUG = GRIDPROXY_OWN,
    OPT_QUIET,
    OPT_VERIFY,
    OPT_PWSTDIN,
    OPT_LIMITED,
    OPT_INDEPENDENT,
    OPT_RFC,
    OPT_OLD,
    OPT_VALID,
    OPT_HOURS,
    OPT_BITS,
    OPT_POLICY,
    OPT_LANGUAGE,
    OPT_PATH_LENGTH,
    OPT_CERT,
    OPT_KEY,
    OPT_CERTDIR,
    OPT_OUT
};

static const struct opt options[] = {
    GRIDPROXY_ROWS,
    { OPT_DEBUG, "debug", NULL, "name the files used" },
    { OPT_QUIET, "q", NULL, "print nothing but questions and errors" },
    { OPT_VERIFY, "verify", NULL,
      "verify the new proxy with the trust directory before writing it" },
    { OPT_PWSTDIN, "pwstdin", NULL, "read the pass phrase from stdin" },
    { OPT_LIMITED, "limited", NULL,
      "a limited proxy: moves files, submits no jobs" },
    { OPT_INDEPENDENT, "independent", NULL,
      "an independent proxy: has none of your rights" },
    { OPT_RFC, "rfc", NULL, "an RFC 3820 proxy: always the case" },
    { OPT_OLD, "old draft", NULL,
      "refused: legacy proxies are no longer accepted" },
    { OPT_VALID, "valid", "H:M",
      "hours and minutes until it expires, 12:00 by default; 0:0: as long as "
      "the certificate" },
    { OPT_HOURS, "hours", "H", "the same in hours" },
    { OPT_BITS, "bits", "N", "RSA key: 1024, 2048 (default), 3072 or 4096" },
    { OPT_POLICY, "policy", "FILE", "policy to store in the proxy" },
    { OPT_LANGUAGE, "policy-language pl", "OID",
      "the language the policy is in" },
    { OPT_PATH_LENGTH, "path-length", "N",
      "allow at most N proxies in a chain below this one" },
    { OPT_CERT, "cert", "FILE",
      "certificate, or PKCS #12 with the key; else X509_USER_CERT, "
      "~/.globus/usercert.pem or usercred.p12" },
    { OPT_KEY, "key", "FILE",
      "its key; else X509_USER_KEY or "
      "~/.globus/userkey.pem" },
    { OPT_CERTDIR, "certdir", "DIR", "trust directory for -verify" },
    { OPT_OUT, "out", "FILE",
      "file for the proxy; else X509_USER_PROXY or /tmp/x509up_uUID" },
    { 0, NULL, NULL, NULL },
};

struct init {
    bool quiet, debug, verify, pwstdin;
    int kinds; /* number of -limited, -independent, -policy given */
    struct proxy_spec spec;
    struct buf policy;
    const char *policy_file;
    char *cert, *key, *certdir, *out;
};

static int
set_path(char **to, const char *option, const char *path, int access_mode,
         struct err *err)
{
    if (access_mode >= 0 && access(path, access_mode) != 0)
        return err_set(err, ERR_USAGE, "option %s: '%s' cannot be read", option,
                       path);
    free(*to);
    *to = xstrdup(path);
    return 0;
}

static int
set_bits(struct init *in, const char *text, struct err *err)
{
    long bits;
    if (gridproxy_number("-bits", text, 1, 65536, &bits, err))
        return -1;
    if (bits != 1024 && bits != 2048 && bits != 3072 && bits != 4096)
        return err_set(err, ERR_USAGE,
                       "option -bits: must be 1024, 2048, 3072 or 4096");
    in->spec.bits = (int)bits;
    return 0;
}

static void
set_type(struct init *in, enum cred_type type)
{
    in->kinds += in->spec.type != type;
    in->spec.type = type;
}

static int
take_number(struct init *in, int id, const struct opt_scan *s, struct err *err)
{
    long n;
    switch (id) {
    case OPT_VALID:
        return gridproxy_hours("-valid", s->arg, &in->spec.lifetime, err);
    case OPT_HOURS:
        return gridproxy_whole_hours("-hours", s->arg, &in->spec.lifetime, err);
    case OPT_PATH_LENGTH:
        if (gridproxy_number("-path-length", s->arg, 0, 1000, &n, err))
            return -1;
        in->spec.path_length = (int)n;
        return 0;
    default:
        return set_bits(in, s->arg, err);
    }
}

static int
take_file(struct init *in, int id, const struct opt_scan *s, struct err *err)
{
    switch (id) {
    case OPT_CERT:
        return set_path(&in->cert, "-cert", s->arg, R_OK, err);
    case OPT_KEY:
        return set_path(&in->key, "-key", s->arg, R_OK, err);
    case OPT_CERTDIR:
        return set_path(&in->certdir, "-certdir", s->arg, R_OK | X_OK, err);
    case OPT_OUT:
        return set_path(&in->out, "-out", s->arg, -1, err);
    case OPT_POLICY:
        in->policy_file = s->arg;
        return 0;
    default:
        in->spec.policy_oid = s->arg;
        set_type(in, CRED_RESTRICTED);
        return 0;
    }
}

static int
take(void *arg, int id, const struct opt_scan *s, struct err *err)
{
    struct init *in = arg;
    switch (id) {
    case OPT_DEBUG:
        in->debug = true;
        return 0;
    case OPT_QUIET:
        in->quiet = true;
        return 0;
    case OPT_VERIFY:
        in->verify = true;
        return 0;
    case OPT_PWSTDIN:
        in->pwstdin = true;
        return 0;
    case OPT_LIMITED:
        set_type(in, CRED_LIMITED);
        return 0;
    case OPT_INDEPENDENT:
        set_type(in, CRED_INDEPENDENT);
        return 0;
    case OPT_RFC:
        return 0;
    case OPT_OLD:
        return err_set(err, ERR_USAGE,
                       "option %s: legacy proxies are not accepted any more; "
                       "leave it out to make an RFC 3820 proxy",
                       s->name);
    case OPT_VALID:
    case OPT_HOURS:
    case OPT_BITS:
    case OPT_PATH_LENGTH:
        return take_number(in, id, s, err);
    default:
        return take_file(in, id, s, err);
    }
}

static int
read_policy(struct init *in, struct err *err)
{
    if (!in->policy_file)
        return 0;
    if (!in->spec.policy_oid)
        return err_set(err, ERR_USAGE,
                       "option -policy: give the policy's language with "
                       "-policy-language OID");
    if (fs_read_input(in->policy_file, POLICY_MAX, &in->policy, err))
        return -1;
    in->spec.policy = buf_str(&in->policy);
    in->spec.policy_len = in->policy.len;
    return 0;
}

static int
parse(struct init *in, int argc, char *const argv[], struct err *err)
{
    struct opt_scan s;
    int rc;
    opt_init(&s, options, argc, argv);
    rc = gridproxy_only_options(
        &s, "gridproxy init [options]   make a proxy certificate", take, in,
        err);
    if (rc)
        return rc;
    if (in->kinds > 1)
        return err_set(err, ERR_USAGE,
                       "-independent, -limited and -policy-language exclude "
                       "each other");
    return read_policy(in, err);
}

/* Fill in defaults for options not given. */
static void
fill_in(struct init *in)
{
    char *cert, *key;
    cred_user_paths(&cert, &key);
    /* -cert alone may name a file that also contains the key, like a proxy */
    if (!in->key)
        in->key = xstrdup(in->cert ? in->cert : key);
    if (!in->cert)
        in->cert = xstrdup(cert);
    if (!in->certdir)
        in->certdir = cred_trust_dir();
    if (!in->out)
        in->out = cred_proxy_path();
    free(cert);
    free(key);
}

static void
show_files(const struct init *in)
{
    if (in->debug)
        printf("\nUser Cert File: %s\nUser Key File: %s\n\n"
               "Trusted CA Cert Dir: %s\n\nOutput File: %s\n",
               in->cert, in->key, in->certdir, in->out);
}

static int
verify(const struct init *in, const struct cred *proxy, struct err *err)
{
    struct trust *trust;
    struct peer peer = { .identity = NULL };
    if (!in->verify)
        return 0;
    if (trust_open(in->certdir, TRUST_CRL_IF_PRESENT, &trust, err))
        return -1;
    int rc = chain_verify_cred(trust, proxy, NULL, &peer, err);
    peer_fini(&peer);
    trust_close(trust);
    if (!rc && !in->quiet)
        puts("Proxy Verify OK");
    return rc;
}

static void
report(const struct init *in, const struct cred *proxy)
{
    char text[GRIDPROXY_TIME];
    time_t end = cred_expires(proxy);
    struct err weak = ERR_INIT;
    if (in->quiet)
        return;
    if (cred_check_strength(proxy, &weak))
        gridproxy_show("Warning: %s\n", weak.text);
    gridproxy_time(end, text);
    if (in->spec.lifetime && end + 60 < time(NULL) + in->spec.lifetime)
        printf("Warning: your certificate and proxy will expire %s\n"
               " which is within the requested lifetime of the proxy\n",
               text);
    else
        printf("Your proxy is valid until: %s\n", text);
}

static void
say_identity(const struct init *in, const struct cred *cert)
{
    if (in->quiet)
        return;
    gridproxy_show("Your identity: %s\n", cred_identity(cert));
    fflush(stdout);
}

static int
make(const struct init *in, struct err *err)
{
    struct cred *cert = NULL, *cred = NULL, *proxy = NULL;
    bool packed = cred_is_pkcs12(in->cert);
    int rc = -1;
    if (!packed && cred_load_cert(in->cert, &cert, err))
        return -1;
    if (!packed)
        say_identity(in, cert);
    if (cred_load(in->cert, in->key,
                  in->pwstdin ? cred_pass_stdin : cred_pass_tty, NULL, &cred,
                  err))
        goto out;
    if (packed)
        say_identity(in, cred);
    if (!in->quiet) {
        fputs("Creating proxy ............ ", stdout);
        fflush(stdout);
    }
    if (proxy_create(cred, &in->spec, &proxy, err))
        goto out;
    if (!in->quiet)
        puts("Done");
    if (verify(in, proxy, err) || cred_write(proxy, in->out, err))
        goto out;
    report(in, proxy);
    rc = 0;
out:
    cred_unref(cert);
    cred_unref(cred);
    cred_unref(proxy);
    return rc;
}

int
gridproxy_init(int argc, char *const argv[])
{
    struct err err = ERR_INIT;
    struct init in = {
        .spec = { .type = CRED_FULL, .path_length = -1, .lifetime = 12 * 3600 }
    };
    int rc = parse(&in, argc, argv, &err);
    if (!rc) {
        fill_in(&in);
        show_files(&in);
        rc = make(&in, &err);
    }
    buf_fini(&in.policy);
    free(in.cert);
    free(in.key);
    free(in.certdir);
    free(in.out);
    return rc < 0 ? gridproxy_fail(&err) : 0;
}
