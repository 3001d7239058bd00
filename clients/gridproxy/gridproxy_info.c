/* clients/gridproxy/gridproxy_info.c - show a proxy, with grid-proxy-info's
 * options, lines and exit status. */
#include <stdio.h>
#include <stdlib.h>

#include "base/prose.h"
#include "clients/gridproxy/gridproxy.h"
#include "gsi/names/dn.h"

#define DAY        86400
#define FIELDS_MAX 64

enum option {
    OPT_DEBUG = GRIDPROXY_OWN,
    OPT_FILE,
    OPT_EXISTS,
    OPT_VALID,
    OPT_HOURS,
    OPT_BITS,
    OPT_RFC2253,
    OPT_ALL,
    OPT_SUBJECT, /* these print one line each, in the order given */
    OPT_ISSUER,
    OPT_IDENTITY,
    OPT_TYPE,
    OPT_TIMELEFT,
    OPT_STRENGTH,
    OPT_TEXT,
    OPT_PATH
};

static const struct opt options[] = {
    GRIDPROXY_ROWS,
    { OPT_DEBUG, "debug", NULL, NULL },
    { OPT_FILE, "file f", "FILE",
      "the proxy; else X509_USER_PROXY or "
      "/tmp/x509up_uUID" },
    { 0, NULL, NULL, "What to print (all by default):" },
    { OPT_SUBJECT, "subject s", NULL, "name of the proxy" },
    { OPT_ISSUER, "issuer i", NULL, "who signed it" },
    { OPT_IDENTITY, "identity", NULL, "identity that it proves" },
    { OPT_TYPE, "type", NULL, "kind of proxy" },
    { OPT_TIMELEFT, "timeleft", NULL, "seconds until it expires, or -1" },
    { OPT_STRENGTH, "strength", NULL, "bits of its key" },
    { OPT_ALL, "all", NULL, "all of these, for people" },
    { OPT_TEXT, "text", NULL, "the whole certificate" },
    { OPT_PATH, "path", NULL, "the file it is in" },
    { OPT_RFC2253, "rfc2253", NULL, "names in the form of RFC 2253" },
    { 0, NULL, NULL, "A question, answered by the exit status, 0 or 1:" },
    { OPT_EXISTS, "exists e", NULL, "is there a proxy that has not expired?" },
    { OPT_VALID, "valid v", "H:M", "and is it valid for this long?" },
    { OPT_HOURS, "hours h", "H", "the same in hours" },
    { OPT_BITS, "bits b", "N", "and has it a key of at least N bits?" },
    { 0, NULL, NULL, NULL },
};

struct info {
    char *file;
    bool exists, all, rfc2253;
    const char *sub; /* an option that needs -exists */
    long need_seconds, need_bits;
    int field[FIELDS_MAX];
    int fields;
    struct cred *cred;
};

/* Handle a condition of -exists. */
static int
take_need(struct info *in, int id, const struct opt_scan *s, struct err *err)
{
    in->sub = s->name;
    if (id == OPT_VALID)
        return gridproxy_hours("-valid", s->arg, &in->need_seconds, err);
    if (id == OPT_HOURS)
        return gridproxy_whole_hours("-hours", s->arg, &in->need_seconds, err);
    return gridproxy_number("-bits", s->arg, 0, 65536, &in->need_bits, err);
}

static int
take(void *arg, int id, const struct opt_scan *s, struct err *err)
{
    struct info *in = arg;
    switch (id) {
    case OPT_DEBUG:
        return 0;
    case OPT_FILE:
        free(in->file);
        in->file = xstrdup(s->arg);
        return 0;
    case OPT_EXISTS:
        in->exists = true;
        return 0;
    case OPT_VALID:
    case OPT_HOURS:
    case OPT_BITS:
        return take_need(in, id, s, err);
    case OPT_RFC2253:
        in->rfc2253 = true;
        return 0;
    case OPT_ALL:
        in->all = true;
        return 0;
    default:
        if (in->fields < FIELDS_MAX)
            in->field[in->fields++] = id;
        return 0;
    }
}

static int
parse(struct info *in, int argc, char *const argv[], struct err *err)
{
    struct opt_scan s;
    int rc;
    opt_init(&s, options, argc, argv);
    rc = gridproxy_only_options(
        &s, "gridproxy info [options]   show what a proxy is", take, in, err);
    if (!rc && in->sub && !in->exists)
        return err_set(err, ERR_USAGE, "option %s needs -exists", in->sub);
    return rc;
}

static void
print_name(const struct info *in, const char *label, const char *name)
{
    struct dn dn;
    struct buf text = BUF_INIT;
    if (in->rfc2253 && !dn_parse(name, &dn, NULL)) {
        dn_text_rfc2253(&dn, &text);
        dn_fini(&dn);
    } else {
        buf_adds(&text, name);
    }
    gridproxy_show("%s%s\n", label, buf_str(&text));
    buf_fini(&text);
}

static long
left(const struct info *in)
{
    return (long)(cred_expires(in->cred) - time(NULL));
}

static void
print_all(const struct info *in)
{
    long t = left(in) > 0 ? left(in) : 0;
    print_name(in, "subject  : ", cred_subject(in->cred));
    print_name(in, "issuer   : ", cred_issuer(in->cred));
    print_name(in, "identity : ", cred_identity(in->cred));
    printf("type     : %s\n", cred_type_text(in->cred));
    printf("strength : %d bits\n", cred_key_bits(in->cred));
    printf("path     : %s\n", in->file);
    printf("timeleft : %ld:%02ld:%02ld", t / 3600, t / 60 % 60, t % 60);
    if (t > DAY)
        printf("  (%.1f days)", (double)t / DAY);
    putchar('\n');
}

static void
print_text(const struct info *in)
{
    struct buf text = BUF_INIT;
    if (!cred_print(in->cred, &text, NULL))
        prose_show(stdout, buf_str(&text));
    buf_fini(&text);
}

static void
print_field(const struct info *in, int id)
{
    switch (id) {
    case OPT_SUBJECT:
        print_name(in, "", cred_subject(in->cred));
        break;
    case OPT_ISSUER:
        print_name(in, "", cred_issuer(in->cred));
        break;
    case OPT_IDENTITY:
        print_name(in, "", cred_identity(in->cred));
        break;
    case OPT_TYPE:
        puts(cred_type_text(in->cred));
        break;
    case OPT_TIMELEFT:
        printf("%ld\n", left(in) > 0 ? left(in) : -1);
        break;
    case OPT_STRENGTH:
        printf("%d\n", cred_key_bits(in->cred));
        break;
    case OPT_PATH:
        puts(in->file);
        break;
    default:
        print_text(in);
        break;
    }
}

static int
show(const struct info *in)
{
    if (in->all || !in->fields)
        print_all(in);
    for (int i = 0; i < in->fields; i++)
        print_field(in, in->field[i]);
    return 0;
}

int
gridproxy_info(int argc, char *const argv[])
{
    struct err err = ERR_INIT;
    struct info in = { .file = cred_proxy_path() };
    int rc = parse(&in, argc, argv, &err);
    if (rc) {
        rc = rc < 0 ? gridproxy_fail(&err) : 0;
    } else if (cred_load(in.file, in.file, NULL, NULL, &in.cred, &err)) {
        if (!in.exists) {
            fputs("ERROR: Couldn't find a valid proxy.\n", stderr);
            prose_plain(err.text, true);
            fprintf(stderr, "       %s\n", err.text);
        }
        rc = 1;
    } else if (in.exists) {
        rc = left(&in) <= 0 || left(&in) < in.need_seconds ||
             cred_key_bits(in.cred) < in.need_bits;
    } else {
        rc = show(&in);
    }
    cred_unref(in.cred);
    free(in.file);
    return rc;
}
