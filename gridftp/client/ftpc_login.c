/* gridftp/client/ftpc_login.c - from the greeting to the features: AUTH GSSAPI,
 * ADAT, USER, PASS, FEAT (RFC 959, 2228, 2389, GFD.20). */
#include <ctype.h>
#include <string.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_stack.h"
#include "gsi/dn.h"

#define ADAT_ROUNDS 32

/* The greeting, 120 ("in nnn minutes") waited through. */
static int
greeting(struct ftpclient *c, struct err *err)
{
    do
        if (ftpc_control_reply(&c->ctl, c->conf.connect_timeout_ms, &c->reply,
                               err) < 0)
            return -1;
    while (ftpc_reply_class(&c->reply) == 1);
    if (ftpc_reply_class(&c->reply) != 2)
        return ftpc_reply_error(&c->reply, err, "'%s' serves nobody now",
                                c->conf.host);
    return 0;
}

/* The token after "ADAT=" of a reply; 0, -1 when it is no base64. */
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
                       "the server's ADAT reply is no base64");
    return 0;
}

/* Send TOKEN, read the next one into it; the reply's code or -1. */
static int
adat(struct ftpclient *c, struct buf *token, struct err *err)
{
    struct buf text = BUF_INIT;
    int rc;

    base64_encode(&text, token->data, token->len);
    rc = ftpc_control_queue(&c->ctl, err, "ADAT %s", buf_str(&text));
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

/* ADAT until both sides are content. */
static int
exchange(struct ftpclient *c, struct gss *gss, struct err *err)
{
    struct buf token = BUF_INIT, out = BUF_INIT;
    int rounds, rc = -1, done, code = 334;

    for (rounds = 0; rounds < ADAT_ROUNDS; rounds++) {
        done = gss_step(gss, token.data, token.len, &out, err);
        if (done < 0 && out.len > 0) { /* the alert: the server may log why */
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
        err_set(err, ERR_PROTOCOL, "'%s' does not come to an end with ADAT",
                c->conf.host);
    buf_fini(&token);
    buf_fini(&out);
    return rc;
}

/* With a given subject the name in the certificate decides, not the host. */
static int
check_subject(const struct ftpclient *c, const struct gss *gss, struct err *err)
{
    const struct peer *peer = gss_peer(gss);
    struct dn dn = { 0 };
    bool same;

    if (peer == NULL)
        return err_set(err, ERR_AUTHN, "'%s' showed no certificate",
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

/* AUTH GSSAPI and what follows; protected from there on. */
static int
authenticate(struct ftpclient *c, struct err *err)
{
    unsigned flags = c->conf.subject != NULL ? TLS_NO_HOST_CHECK : 0;
    enum gss_delegate delegate =
        c->conf.no_delegation ? GSS_DELEG_NONE : GSS_DELEG_LIMITED;
    const char *host = c->conf.subject != NULL ? NULL : c->conf.host;
    struct gss *gss = NULL;
    int class;

    class = ftpc_ask(c, err, "AUTH GSSAPI");
    if (class < 0)
        return -1;
    if (class != 3)
        return ftpc_reply_error(&c->reply, err, "'%s' has no GSI",
                                c->conf.host);
    if (tls_ctx_create(false, c->conf.cred, c->conf.trust, flags, "1.2",
                       &c->control_ctx, err) < 0 ||
        gss_init_create(c->control_ctx, host, delegate,
                        delegate == GSS_DELEG_NONE ? NULL : c->conf.cred, &gss,
                        err) < 0)
        return -1;
    if (exchange(c, gss, err) < 0 || check_subject(c, gss, err) < 0) {
        gss_destroy(gss);
        return -1;
    }
    c->server_identity = xstrdup(gss_peer(gss)->identity);
    c->ctl.gss = gss;
    return 0;
}

/* "User NAME logged in" of a 230. */
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

/* USER and PASS. */
static int
user(struct ftpclient *c, struct err *err)
{
    const char *name = c->conf.user, *password = c->conf.password;
    int class;

    if (name == NULL)
        name = c->conf.plain ? "anonymous" : ":globus-mapping:";
    if (password == NULL)
        password = c->conf.plain ? "gatehouse@" : "dummy";
    class = ftpc_ask(c, err, "USER %s", name);
    if (class == 3)
        class = ftpc_ask(c, err, "PASS %s", password);
    if (class < 0)
        return -1;
    if (class != 2)
        return ftpc_reply_error(&c->reply, err, "'%s' did not let us in",
                                c->conf.host);
    note_account(c);
    return 0;
}

static const struct {
    const char *word;
    unsigned bit;
} feature_words[] = {
    { "REST STREAM", FTPCLIENT_REST }, { "PARALLEL", FTPCLIENT_PARALLEL },
    { "DCAU", FTPCLIENT_DCAU },        { "DCSC", FTPCLIENT_DCSC },
    { "ERET", FTPCLIENT_ERET },        { "ESTO", FTPCLIENT_ESTO },
    { "SIZE", FTPCLIENT_SIZE },        { "MLST", FTPCLIENT_MLST },
    { "MLSD", FTPCLIENT_MLST },        { "CKSM", FTPCLIENT_CKSM },
    { "SPAS", FTPCLIENT_SPAS },        { "MFMT", FTPCLIENT_MFMT },
    { "MDTM", FTPCLIENT_MDTM },        { "MLSR", FTPCLIENT_MLSR },
    { "UTF8", FTPCLIENT_UTF8 },        { "CLIENTINFO", FTPCLIENT_CLIENTINFO },
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

/* FEAT; a server without it has none. */
static int
features(struct ftpclient *c, struct err *err)
{
    int class = ftpc_ask(c, err, "FEAT");

    if (class == 2)
        c->features = ftpc_features_parse(buf_str(&c->reply.text));
    if (class >= 0 && !c->conf.plain)
        class = ftpc_ask(c, err,
                         "SITE CLIENTINFO scheme=gsiftp;appname=\"%s\";"
                         "appver=\"%s\";",
                         c->conf.app, GATEHOUSE_VERSION);
    return class < 0 ? -1 : 0;
}

int
ftpc_login(struct ftpclient *c, struct err *err)
{
    if (greeting(c, err) < 0)
        return -1;
    if (!c->conf.plain && authenticate(c, err) < 0)
        return -1;
    if (user(c, err) < 0 || features(c, err) < 0)
        return -1;
    return ftpc_stack_tell(c, err);
}
