/* gridftp/client/ftpc_login.c - from the greeting to the features: AUTH GSSAPI,
 * ADAT, USER, PASS, FEAT (RFC 959, 2228, 2389, GFD.20). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_stack.h"
#include "gsi/names/dn.h"

#define ADAT_ROUNDS 32
#define AUTH        "AUTH GSSAPI"

/* Read the greeting, waiting after 120 ("in nnn minutes"). */
static int
greeting(struct ftpclient *c, struct err *err)
{
    do
        if (ftpc_control_reply(&c->ctl, c->conf.connect_timeout_ms, &c->reply,
                               err) < 0)
            return -1;
    while (ftpc_reply_class(&c->reply) == 1);
    if (ftpc_reply_class(&c->reply) != 2)
        return ftpc_reply_error(&c->reply, err, "'%s' accepts no sessions now",
                                c->conf.host);
    c->foresees = !c->conf.plain && ftpc_ahead_known(buf_str(&c->reply.text));
    return 0;
}

/* "ADAT <base64 of TOKEN>". */
static void
adat_text(const struct buf *token, struct buf *text)
{
    buf_adds(text, "ADAT ");
    base64_encode(text, token->data, token->len);
}

/* Decode the token after "ADAT=" in a reply; 0, -1 when it is not base64. */
static int
reply_token(const struct ftpc_reply *r, struct buf *token, struct err *err)
{
    const char *text = buf_str(&r->text), *p;

    buf_clear(token);
    if (strncmp(text, "ADAT=", 5) != 0)
        return 0;
    p = text + 5;
    if (base64_decode(token, p, strcspn(p, "\r\n")) < 0)
        return err_set(err, ERR_PROTOCOL,
                       "the server's ADAT reply is not base64");
    return 0;
}

/* Send TOKEN, read the next one into it; returns the reply's code or -1. */
static int
adat(struct ftpclient *c, struct buf *token, struct err *err)
{
    struct buf text = BUF_INIT;
    int rc;

    adat_text(token, &text);
    rc = ftpc_ahead_take(c, buf_str(&text))
             ? 0
             : ftpc_control_queue(&c->ctl, err, "%s", buf_str(&text));
    buf_fini(&text);
    if (rc < 0 || ftpc_control_reply(&c->ctl, c->conf.connect_timeout_ms,
                                     &c->reply, err) < 0)
        return -1;
    if (reply_token(&c->reply, token, err) < 0)
        return -1;
    if (ftpc_reply_class(&c->reply) > 3)
        return ftpc_reply_error(
            &c->reply, err, "'%s' did not accept our credential", c->conf.host);
    return c->reply.code;
}

/* Exchange ADAT until both sides have finished.  FIRST is our first token and
 * is consumed. */
static int
exchange(struct ftpclient *c, struct gss *gss, struct buf *first,
         struct err *err)
{
    struct buf token = BUF_INIT, out = *first;
    int rounds, rc = -1, done = 0, code = 334;

    *first = (struct buf)BUF_INIT;
    for (rounds = 0; rounds < ADAT_ROUNDS; rounds++) {
        if (rounds > 0)
            done = gss_step(gss, token.data, token.len, &out, err);
        if (done < 0 &&
            out.len >
                0) { /* send the alert, so that the server can log the reason */
            buf_clear(&token);
            buf_add(&token, out.data, out.len);
            adat(c, &token, NULL);
        }
        if (done < 0)
            break;
        buf_clear(&token);
        buf_add(&token, out.data, out.len);
        buf_clear(&out);
        code = adat(c, &token, err);
        if (code < 0)
            break;
        if (code == 235 && done == 0 && token.len > 0)
            done = gss_step(gss, token.data, token.len, &out, err);
        if (code == 235) {
            rc = done > 0 ? 0
                          : err_set(err, ERR_PROTOCOL,
                                    "'%s' ended the login in the middle",
                                    c->conf.host);
            break;
        }
    }
    if (rc < 0)
        err_set(err, ERR_PROTOCOL, "'%s' does not finish the ADAT exchange",
                c->conf.host);
    buf_fini(&token);
    buf_fini(&out);
    return rc;
}

/* If a subject is given, check the name in the certificate instead of the host
 * name. */
static int
check_subject(const struct ftpclient *c, const struct gss *gss, struct err *err)
{
    const struct peer *peer = gss_peer(gss);
    struct dn dn = { 0 };
    bool same;

    if (peer == NULL)
        return err_set(err, ERR_AUTHN, "'%s' sent no certificate",
                       c->conf.host);
    if (c->conf.subject == NULL)
        return 0;
    if (dn_parse(peer->identity, &dn, err) < 0)
        return -1;
    same = dn_matches_text(&dn, c->conf.subject);
    dn_fini(&dn);
    if (same)
        return 0;
    return err_set(err, ERR_AUTHN, "'%s' is '%s', not '%s'", c->conf.host,
                   peer->identity, c->conf.subject);
}

/* Send AUTH GSSAPI and, if the server is known, FIRST, our first token, in the
 * same round trip. */
static int
begin_auth(struct ftpclient *c, const struct buf *first, struct err *err)
{
    struct buf text = BUF_INIT;
    int rc = 0, class;

    adat_text(first, &text);
    if (c->foresees && (ftpc_ahead_send(c, err, AUTH) < 0 ||
                        ftpc_ahead_send(c, err, "%s", buf_str(&text)) < 0))
        rc = -1;
    buf_fini(&text);
    class = rc < 0 ? -1 : ftpc_ask(c, err, AUTH);
    if (class < 0)
        return -1;
    return class == 3
               ? 0
               : ftpc_reply_error(&c->reply, err, "'%s' does not support GSI",
                                  c->conf.host);
}

/* Authenticate from AUTH GSSAPI on; afterwards the channel is protected. */
static int
authenticate(struct ftpclient *c, struct err *err)
{
    struct buf first = BUF_INIT;
    unsigned flags = c->conf.subject != NULL ? TLS_NO_HOST_CHECK : 0;
    enum gss_delegate delegate =
        c->conf.no_delegation ? GSS_DELEG_NONE : GSS_DELEG_LIMITED;
    const char *host = c->conf.subject != NULL ? NULL : c->conf.host;
    struct gss *gss = NULL;
    int rc;

    if (tls_ctx_create(false, c->conf.cred, c->conf.trust, flags, "1.2",
                       &c->control_ctx, err) < 0 ||
        gss_init_create(c->control_ctx, host, delegate,
                        delegate == GSS_DELEG_NONE ? NULL : c->conf.cred, &gss,
                        err) < 0)
        return -1;
    rc = gss_step(gss, NULL, 0, &first, err);
    if (rc >= 0)
        rc = begin_auth(c, &first, err);
    if (rc == 0)
        rc = exchange(c, gss, &first, err);
    buf_fini(&first);
    if (rc < 0 || check_subject(c, gss, err) < 0) {
        gss_destroy(gss);
        return -1;
    }
    c->server_identity = xstrdup(gss_peer(gss)->identity);
    c->ctl.gss = gss;
    return 0;
}

/* Store NAME from "User NAME logged in" of a 230. */
static void
note_account(struct ftpclient *c)
{
    const char *p = strstr(buf_str(&c->reply.text), "User "), *end;

    if (p == NULL)
        return;
    p += 5;
    end = strchr(p, ' ');
    if (end != NULL && end > p)
        c->account = xasprintf("%.*s", (int)(end - p), p);
}

static const char *
user_name(const struct ftpclient *c)
{
    if (c->conf.user != NULL)
        return c->conf.user;
    return c->conf.plain ? "anonymous" : ":globus-mapping:";
}

static const char *
password(const struct ftpclient *c)
{
    if (c->conf.password != NULL)
        return c->conf.password;
    return c->conf.plain ? "gatehouse@" : "dummy";
}

/* Send USER and PASS. */
static int
user(struct ftpclient *c, struct err *err)
{
    int class = ftpc_ask(c, err, "USER %s", user_name(c));

    if (class == 3)
        class = ftpc_ask(c, err, "PASS %s", password(c));
    if (class < 0)
        return -1;
    if (class != 2)
        return ftpc_reply_error(&c->reply, err, "'%s' refused the login",
                                c->conf.host);
    note_account(c);
    return 0;
}

static const struct {
    const char *word;
    unsigned bit;
} feature_words[] = {
    { "REST STREAM", FTPCLIENT_REST },
    { "PARALLEL", FTPCLIENT_PARALLEL },
    { "DCAU", FTPCLIENT_DCAU },
    { "DCSC", FTPCLIENT_DCSC },
    { "ERET", FTPCLIENT_ERET },
    { "ESTO", FTPCLIENT_ESTO },
    { "SIZE", FTPCLIENT_SIZE },
    { "MLST", FTPCLIENT_MLST },
    { "MLSD", FTPCLIENT_MLST },
    { "CKSM", FTPCLIENT_CKSM },
    { "SPAS", FTPCLIENT_SPAS },
    { "MFMT", FTPCLIENT_MFMT },
    { "MDTM", FTPCLIENT_MDTM },
    { "MLSR", FTPCLIENT_MLSR },
    { "SBUF", FTPCLIENT_SBUF },
    { "UTF8", FTPCLIENT_UTF8 },
    { "CLIENTINFO", FTPCLIENT_CLIENTINFO },
};

unsigned
ftpc_features_parse(const char *text)
{
    unsigned bits = 0;
    const char *line = text;
    size_t i, n, len;

    for (; *line != '\0'; line += len + (line[len] == '\n')) {
        const char *word = line + strspn(line, " ");

        len = strcspn(line, "\n");
        for (i = 0; i < sizeof(feature_words) / sizeof(*feature_words); i++) {
            n = strlen(feature_words[i].word);
            if (*line == ' ' &&
                strncasecmp(word, feature_words[i].word, n) == 0 &&
                !isalnum((unsigned char)word[n]))
                bits |= feature_words[i].bit;
        }
    }
    return bits;
}

/* The SITE CLIENTINFO command for C; the caller must free() it. */
static char *
client_info(const struct ftpclient *c)
{
    const char *job = c->conf.job;

    return xasprintf("SITE CLIENTINFO scheme=gsiftp;appname=\"%s\";"
                     "appver=\"" GATEHOUSE_VERSION "\";%s%s%s",
                     c->conf.app, job != NULL ? "jobid=\"" : "",
                     job != NULL ? job : "", job != NULL ? "\";" : "");
}

static int
tell_info(struct ftpclient *c, struct err *err)
{
    char *info = client_info(c);
    int class = ftpc_ask(c, err, "%s", info);

    free(info);
    return class < 0 ? -1 : 0;
}

/* Send FEAT; a server without FEAT has no features. */
static int
features(struct ftpclient *c, struct err *err)
{
    int class = ftpc_ask(c, err, "FEAT");

    if (class == 2)
        c->features = ftpc_features_parse(buf_str(&c->reply.text));
    return class < 0 || (!c->conf.plain && tell_info(c, err) < 0) ? -1 : 0;
}

/* Send SITE CLIENTINFO ahead. */
static int
foresee_info(struct ftpclient *c, struct err *err)
{
    char *info = client_info(c);
    int rc = ftpc_ahead_send(c, err, "%s", info);

    free(info);
    return rc;
}

/* Send ahead what will be needed next, in one round trip: the login and the
 * caller's first request.  The server refuses what it lacks; that is noticed
 * when the command is needed. */
static int
foresee(struct ftpclient *c, struct err *err)
{
    const struct ftpclient_first *first = c->conf.first;

    if (!c->foresees)
        return 0;
    if (ftpc_ahead_send(c, err, "USER %s", user_name(c)) < 0 ||
        ftpc_ahead_send(c, err, "PASS %s", password(c)) < 0 ||
        ftpc_ahead_send(c, err, "FEAT") < 0 || foresee_info(c, err) < 0)
        return -1;
    if (first == NULL || c->conf.net_stack != NULL ||
        c->conf.disk_stack != NULL || c->conf.assertion != NULL)
        return 0;
    /* a name that cannot be sent fails later, when it is needed */
    if (first->stat != NULL)
        (void)ftpc_ahead_send(c, NULL, "MLST %s", first->stat);
    if (first->how == NULL)
        return 0;
    c->features = ~0u; /* assume all features until FEAT is answered */
    if (ftpc_setup_foresee(c, first->how,
                           first->put || first->how->mode == FTPCLIENT_STREAM,
                           err) < 0)
        return -1;
    c->features = 0;
    return 0;
}

int
ftpc_login(struct ftpclient *c, struct err *err)
{
    if (greeting(c, err) < 0)
        return -1;
    if (!c->conf.plain && authenticate(c, err) < 0)
        return -1;
    if (foresee(c, err) < 0 || user(c, err) < 0 || features(c, err) < 0)
        return -1;
    return ftpc_stack_tell(c, err);
}
