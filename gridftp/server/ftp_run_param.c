/* gridftp/server/ftp_run_param.c - commands with settings for data transfers:
 * TYPE, MODE, PROT, DCAU, DCSC, OPTS, REST ... (RFC 959, 2228, GFD.20,
 * GFD.47). */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "gridftp/proto/facts.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_run.h"
#include "gridftp/server/ftp_session.h"
#include "gsi/names/dn.h"

/* Bounds of OPTS RETR BlockSize: blocks larger than a header, and no
 * overflow. */
#define STRIPE_BLOCK_MIN 4096
#define STRIPE_BLOCK_MAX (1LL << 40)

void
ftp_run_type(struct ftp_session *s, char *arg)
{
    char type = (char)toupper((unsigned char)*arg);

    if (type == 'L' && strcmp(arg + 1, " 8") == 0)
        type = 'I';
    else if (arg[1] != '\0' && strcasecmp(arg + 1, " N") != 0)
        type = '?';
    if (type != 'A' && type != 'I' && type != 'E') {
        ftp_reply(s, 501, "'%s' unrecognized type.", arg);
        return;
    }
    if (s->ascii != (type == 'A'))
        ftp_data_drop(&s->data);
    s->ascii = type == 'A';
    ftp_reply(s, 200, "Type set to %c.", type);
}

void
ftp_run_mode(struct ftp_session *s, char *arg)
{
    char mode = (char)toupper((unsigned char)*arg);

    if (arg[1] != '\0' || (mode != 'S' && mode != 'E')) {
        ftp_reply(s, 501, "'%s' unrecognized transfer mode.", arg);
        return;
    }
    if (s->data.mode_e != (mode == 'E'))
        ftp_data_drop(&s->data);
    s->data.mode_e = mode == 'E';
    ftp_reply(s, 200, "Mode set to %c.", mode);
}

void
ftp_run_stru(struct ftp_session *s, char *arg)
{
    if (strcasecmp(arg, "F") == 0)
        ftp_reply(s, 200, "STRU F ok.");
    else
        ftp_reply(s, 504, "Only STRU F is supported.");
}

void
ftp_run_pbsz(struct ftp_session *s, char *arg)
{
    long long n;

    if (number_parse(arg, 0, UINT32_MAX, &n) < 0)
        ftp_reply(s, 501, "Bad value for PBSZ: %s", arg);
    else
        ftp_reply(s, 200, "PBSZ=%lld", n);
}

void
ftp_run_prot(struct ftp_session *s, char *arg)
{
    char prot = (char)toupper((unsigned char)*arg);

    if (arg[1] != '\0' || strchr("CSPE", prot) == NULL) {
        ftp_reply(s, 504, "Unknown protection level.");
        return;
    }
    if (prot == 'E') {
        ftp_reply(s, 536, "E protection level not supported.");
        return;
    }
    if (s->data.prot != prot)
        ftp_data_drop(&s->data);
    s->data.prot = prot;
    ftp_reply(s, 200, "Protection level set to %c.", prot);
}

void
ftp_run_dcau(struct ftp_session *s, char *arg)
{
    char mode = (char)toupper((unsigned char)*arg);
    const char *subject = arg + 1 + strspn(arg + 1, " ");
    struct ftp_data *d = &s->data;
    struct dn dn = { 0 };

    if (strchr("NAST", mode) == NULL || (arg[1] != '\0' && arg[1] != ' ') ||
        (mode != 'S' && *subject != '\0')) {
        ftp_reply(s, 504, "Bad DCAU mode.");
        return;
    }
    if (mode == 'T') {
        ftp_reply(s, 504, "Bad DCAU mode.");
        return;
    }
    if (mode == 'S' && (*subject == '\0' || dn_parse(subject, &dn, NULL) < 0)) {
        ftp_reply(s, 501, "DCAU S expected subject.");
        return;
    }
    dn_fini(&dn);
    ftp_data_drop(d);
    free(d->subject);
    d->subject = mode == 'S' ? xstrdup(subject) : NULL;
    d->dcau = mode == 'N'   ? FTP_DCAU_NONE
              : mode == 'A' ? FTP_DCAU_SELF
                            : FTP_DCAU_SUBJECT;
    ftp_reply(s, 200, "DCAU %c.", mode);
}

/* Parse the credential of DCSC P: base64 of PEM, or PEM itself. */
static struct cred *
read_credential(const char *text, struct err *err)
{
    struct buf pem = BUF_INIT;
    struct cred *cred = NULL;

    if (base64_decode(&pem, text, strlen(text)) < 0)
        err_set(err, ERR_SYNTAX, "DCSC P: not base64");
    else
        (void)cred_from_pem(pem.data, pem.len, &cred, err);
    buf_wipe(&pem);
    return cred;
}

void
ftp_run_dcsc(struct ftp_session *s, char *arg)
{
    char kind = (char)toupper((unsigned char)*arg);
    struct err err = ERR_INIT;
    struct cred *cred;

    if (kind == 'D' && arg[1] == '\0') {
        ftp_data_use(&s->data, NULL);
        ftp_reply(s, 200, "DCSC reset to default.");
        return;
    }
    if (kind != 'P' || arg[1] != ' ') {
        ftp_reply(s, 501, "Invalid DCSC type.");
        return;
    }
    cred = read_credential(arg + 2 + strspn(arg + 2, " "), &err);
    if (cred == NULL) {
        ftp_reply_err(s, 501, &err);
        return;
    }
    ftp_data_use(&s->data, cred);
    cred_unref(cred);
    ftp_reply(s, 200, "DCSC P successful.");
}

/* Apply one "Name=value" of OPTS RETR; unknown names are ignored. -1 for an
 * invalid value. */
static int
opts_retr_one(struct ftp_data *d, const char *name, const char *value)
{
    char first[16];
    long long n;

    if (strcasecmp(name, "Parallelism") == 0) {
        snprintf(first, sizeof(first), "%.*s", (int)strcspn(value, ","), value);
        if (number_parse(first, 1, INT_MAX, &n) < 0)
            return -1;
        d->parallel = n > FTP_PARALLEL_MAX ? FTP_PARALLEL_MAX : (int)n;
    } else if (strcasecmp(name, "BlockSize") == 0) {
        if (number_parse(value, 1, INT64_MAX, &n) < 0)
            return -1;
        d->stripe_block = n < STRIPE_BLOCK_MIN   ? STRIPE_BLOCK_MIN
                          : n > STRIPE_BLOCK_MAX ? STRIPE_BLOCK_MAX
                                                 : n;
    } else if (strcasecmp(name, "StripeLayout") == 0) {
        if (strcasecmp(value, "Blocked") == 0)
            d->layout = FTP_LAYOUT_BLOCKED;
        else if (strcasecmp(value, "Partitioned") == 0)
            d->layout = FTP_LAYOUT_PARTITIONED;
        else
            return -1;
    }
    return 0;
}

static void
opts_retr(struct ftp_session *s, char *arg)
{
    char *item, *value, *rest;

    for (item = strtok_r(arg, ";", &rest); item != NULL;
         item = strtok_r(NULL, ";", &rest)) {
        item += strspn(item, " ");
        value = strchr(item, '=');
        if (value == NULL) {
            ftp_reply(s, 501, "Malformed argument.");
            return;
        }
        *value++ = '\0';
        if (opts_retr_one(&s->data, item, value) < 0) {
            ftp_reply(s, 501, "Malformed argument.");
            return;
        }
    }
    ftp_reply(s, 200, "OPTS Command Successful.");
}

static void
opts_pasv(struct ftp_session *s, const char *arg)
{
    size_t n = strlen("AllowDelayed=");

    if (strncasecmp(arg, "AllowDelayed=", n) != 0 ||
        (arg[n] != '0' && arg[n] != '1') ||
        (strcmp(arg + n + 1, ";") != 0 && arg[n + 1] != '\0')) {
        ftp_reply(s, 500, "OPTS failed.");
        return;
    }
    s->data.allow_delayed = arg[n] == '1';
    ftp_reply(s, 200, "OPTS Command Successful.");
}

static void
opts_mlst(struct ftp_session *s, char *arg)
{
    static const struct {
        const char *name;
        unsigned mask;
    } names[] = {
        { "Type", FACT_TYPE },        { "Size", FACT_SIZE },
        { "Modify", FACT_MODIFY },    { "Perm", FACT_PERM },
        { "Charset", FACT_CHARSET },  { "UNIX.mode", FACT_MODE },
        { "UNIX.owner", FACT_OWNER }, { "UNIX.uid", FACT_UID },
        { "UNIX.group", FACT_GROUP }, { "UNIX.gid", FACT_GID },
        { "Unique", FACT_UNIQUE },    { "UNIX.slink", FACT_SLINK },
    };
    struct buf chosen = BUF_INIT;
    char *item, *rest;
    size_t i;

    s->facts = 0;
    for (item = strtok_r(arg, ";", &rest); item != NULL;
         item = strtok_r(NULL, ";", &rest))
        for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            if (strcasecmp(item, names[i].name) == 0)
                s->facts |= names[i].mask;
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (s->facts & names[i].mask)
            buf_addf(&chosen, "%s;", names[i].name);
    ftp_reply(s, 200, "MLST OPTS %s", buf_str(&chosen));
    buf_fini(&chosen);
}

void
ftp_run_opts(struct ftp_session *s, char *arg)
{
    char *rest = arg + strcspn(arg, " ");

    if (*rest != '\0')
        *rest++ = '\0';
    rest += strspn(rest, " ");
    if (strcasecmp(arg, "RETR") == 0)
        opts_retr(s, rest);
    else if (strcasecmp(arg, "PASV") == 0)
        opts_pasv(s, rest);
    else if (strcasecmp(arg, "MLST") == 0)
        opts_mlst(s, rest);
    else if (strcasecmp(arg, "STOR") == 0 || strcasecmp(arg, "UTF8") == 0)
        ftp_reply(s, 200, "OPTS Command Successful.");
    else
        ftp_reply(s, 501, "OPTS failed: no options for %s.", arg);
}

void
ftp_run_allo(struct ftp_session *s, char *arg)
{
    long long n;

    arg[strcspn(arg, " ")] = '\0'; /* "ALLO n R m": ignore the record size */
    if (number_parse(arg, 0, INT64_MAX, &n) < 0) {
        ftp_reply(s, 501, "Syntax error in parameter.");
        return;
    }
    s->allo = n;
    ftp_reply(s, 200, "ALLO command successful.");
}

/* The size that a socket of this host gets when it asks for N bytes of
 * buffer. */
static int
granted_buffer(int n)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int granted = n;

    if (fd >= 0) {
        granted = net_buffers(fd, n);
        close(fd);
    }
    return granted;
}

void
ftp_run_sbuf(struct ftp_session *s, char *arg)
{
    long long n;
    int granted;

    if (number_parse(arg, 0, INT_MAX, &n) < 0) {
        ftp_reply(s, 501, "Syntax error in parameter.");
        return;
    }
    s->data.sbuf = (int)n;
    granted = granted_buffer((int)n);
    if (granted < n)
        ftp_reply(s, 200,
                  "SBUF: %d of %lld bytes are granted "
                  "(net.core.rmem_max, net.core.wmem_max).",
                  granted, n);
    else
        ftp_reply(s, 200, "SBUF Command Successful.");
}

void
ftp_run_abuf(struct ftp_session *s, char *arg)
{
    (void)arg;
    s->data.sbuf = 0;
    ftp_reply(s, 200, "ABUF ok: the kernel sizes the buffers.");
}

void
ftp_run_rest(struct ftp_session *s, char *arg)
{
    struct ranges set = { 0 };
    struct err err = ERR_INIT;

    if (ranges_parse(arg, &set, &err) < 0) {
        ranges_fini(&set);
        ftp_reply(s, 501, "bad parameter.");
        return;
    }
    ranges_fini(&s->rest);
    s->rest = set;
    s->has_rest = true;
    ftp_reply(s, 350,
              "Restart Marker OK. Send STORE or RETR to initiate transfer.");
}
