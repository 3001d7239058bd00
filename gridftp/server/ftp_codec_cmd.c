/* gridftp/server/ftp_codec_cmd.c - commands before the login: the security
 * exchange, USER and PASS (RFC 2228, GFD.20). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "gridftp/server/ftp_cmd.h"
#include "gridftp/server/ftp_codec_state.h"
#include "gridftp/server/ftp_count.h"
#include "gridftp/server/ftp_wire.h"

#define FAILURES_MAX 3

#define ftp_codec_none NULL
static ftp_codec_fn *const run[FTP_CMD_COUNT] = {
#define CMD(id, verb, codec, session, right, arg, syntax, standard, help) \
    [FTP_CMD_##id] = ftp_codec_##codec,
#define FEATURE(text)
#include "gridftp/server/ftp_cmd.def"
#undef CMD
#undef FEATURE
};
#undef ftp_codec_none

/* Whether the configuration allows anonymous sessions in clear FTP. */
static bool
clear_allowed(const struct ftp_codec *c)
{
    return conf_bool(c->spec->conf, CONF_gridftp_clear_ftp) &&
           *conf_str(c->spec->conf, CONF_gridftp_anonymous) != '\0';
}

/* Whether the peer's chain is still trusted: trust directory and CRLs may have
 * changed since the login.  The session checks its expiry. */
static bool
is_trusted(struct ftp_codec *c)
{
    const struct peer *peer = c->established ? gss_peer(c->gss) : NULL;
    struct err err = ERR_INIT;

    if (peer == NULL || time(NULL) >= peer->expires ||
        gss_recheck(c->gss, &err) == 0)
        return true;
    log_event(LOG_WARNING, "ftp.codec.withdraw", "why=%s", err.text);
    ftp_codec_reply(c, 421,
                    "Your credential is not accepted any more: "
                    "closing control connection.");
    c->end = true;
    return false;
}

/* Run a clear command, or pass it to the session. */
static void
run_clear(struct ftp_codec *c, char *text, size_t n)
{
    struct ftp_refusal no;
    struct ftp_line line;
    int id;

    if (n > FTP_LINE_MAX) {
        ftp_codec_reply(c, 500, "Command line too long.");
        return;
    }
    if (c->session >= 0 && !is_trusted(c))
        return;
    if (c->session >= 0) {
        ftp_frame_add(&c->down, FTP_FRAME_LINE, text, n);
        return;
    }
    id = ftp_cmd_judge(text, n,
                       c->established || clear_allowed(c) ? FTP_PHASE_LOGIN
                                                          : FTP_PHASE_SECURITY,
                       &line, &no);
    if (id < 0)
        ftp_codec_reply(c, no.code, "%s", no.text);
    else
        run[id](c, line.arg);
}

/* Handle the command inside ENC, CONF or MIC. */
static void
run_protected(struct ftp_codec *c, const char *text)
{
    struct buf token = BUF_INIT, clear = BUF_INIT;
    struct err err = ERR_INIT;

    if (base64_decode(&token, text, strlen(text)) < 0) {
        ftp_codec_reply(c, 501, "Not base64.");
    } else if (gss_unwrap(c->gss, token.data, token.len, &clear, &err) < 0) {
        /* The layer is out of sync: nothing after this can be trusted. */
        log_event(LOG_WARNING, "ftp.codec.unwrap", "why=%s", err.text);
        c->wrapped = false;
        ftp_codec_reply(c, 535, "Protected command cannot be read.");
        c->end = true;
    } else {
        while (clear.len > 0 && strchr("\r\n", clear.data[clear.len - 1]))
            clear.data[--clear.len] = '\0';
        buf_addc(&clear, '\0');
        run_clear(c, clear.data, clear.len - 1);
    }
    buf_fini(&token);
    buf_fini(&clear);
}

void
ftp_codec_line(struct ftp_codec *c, char *text, size_t n)
{
    const char *base64 = ftp_line_protected(text);

    if (!c->established)
        run_clear(c, text, n);
    else if (base64 != NULL)
        run_protected(c, base64);
    else
        ftp_codec_reply(c, 533, "Commands must be protected now: ENC.");
}

void
ftp_codec_auth(struct ftp_codec *c, char *arg)
{
    struct err err = ERR_INIT;

    if (strcasecmp(arg, "GSSAPI") != 0) {
        ftp_codec_reply(c, 504, "Unknown authentication type.");
        return;
    }
    if (c->gss != NULL || c->session >= 0) {
        ftp_codec_reply(c, 503, "AUTH was said already.");
        return;
    }
    if (gss_accept_create(
            c->spec->ctx,
            (int)conf_num(c->spec->conf, CONF_gridftp_delegation_bits), &c->gss,
            &err) < 0) {
        log_event(LOG_ERR, "ftp.codec.gss", "why=%s", err.text);
        ftp_codec_reply(c, 431, "Security is not available now.");
        return;
    }
    ftp_codec_reply(c, 334, "Using authentication type; ADAT must follow.");
}

/* The exchange failed with ERR; this channel allows no second try.  For a
 * refused credential the peer gets the reason, which names none of our files;
 * for other failures only what the TLS alert says. */
static void
refuse(struct ftp_codec *c, const struct err *err)
{
    bool credential = err->code == ERR_AUTHN || err->code == ERR_LIMIT;
    const char *words = credential ? err->text : gss_alert(c->gss);
    char text[NET_TEXT];

    ftp_count_deny(ERR_AUTHN);
    log_event(LOG_WARNING, "ftp.auth.deny", "peer=%s why=%s",
              net_text(&c->spec->peer, text), err->text);
    if (words != NULL)
        ftp_codec_reply(c, 535, "Authentication failed: %s.", words);
    else
        ftp_codec_reply(c, 535, "Authentication failed.");
    c->end = true;
}

void
ftp_codec_adat(struct ftp_codec *c, char *arg)
{
    struct buf token = BUF_INIT, answer = BUF_INIT, text = BUF_INIT;
    struct err err = ERR_INIT;
    int rc;

    if (c->gss == NULL || c->established) {
        ftp_codec_reply(c, 503, "AUTH GSSAPI first.");
        return;
    }
    if (base64_decode(&token, arg, strlen(arg)) < 0) {
        ftp_codec_reply(c, 501, "ADAT: not base64.");
        return;
    }
    rc = gss_step(c->gss, token.data, token.len, &answer, &err);
    base64_encode(&text, answer.data, answer.len);
    if (rc < 0) {
        refuse(c, &err);
    } else if (rc == 0) {
        ftp_codec_reply(c, 335, "ADAT=%s", buf_str(&text));
    } else {
        c->established = true;
        log_event(LOG_DEBUG, "ftp.auth.ok", "dn=%s tls=%s",
                  gss_peer(c->gss) != NULL ? gss_peer(c->gss)->identity : "-",
                  gss_description(c->gss));
        if (text.len > 0)
            ftp_codec_reply(c, 235, "ADAT=%s", buf_str(&text));
        else
            ftp_codec_reply(c, 235, "GSSAPI Authentication successful.");
        c->wrapped = true;
    }
    buf_fini(&token);
    buf_fini(&answer);
    buf_fini(&text);
}

void
ftp_codec_clear(struct ftp_codec *c, char *arg)
{
    (void)arg;
    ftp_codec_reply(c, 503, "AUTH GSSAPI first.");
}

void
ftp_codec_user(struct ftp_codec *c, char *arg)
{
    if (!c->established && !clear_allowed(c)) {
        ftp_codec_reply(c, 530, "Must perform GSSAPI authentication.");
        return;
    }
    if (strlen(arg) >= sizeof(c->user)) {
        ftp_codec_reply(c, 501, "No account has such a name.");
        return;
    }
    if (!c->established && strcasecmp(arg, "anonymous") != 0 &&
        strcasecmp(arg, "ftp") != 0) {
        ftp_codec_reply(c, 530,
                        "Without AUTH GSSAPI only 'anonymous' logs in.");
        return;
    }
    snprintf(c->user, sizeof(c->user), "%s", arg);
    c->has_user = true;
    ftp_codec_reply(c, 331, "Password required for %s.", arg);
}

/* Ask the monitor to log in; returns the session's socket, or -1 with the
 * refusal in REPLY. */
static int
ask_monitor(struct ftp_codec *c, struct ftp_login_reply *reply)
{
    struct ftp_login_request request = { .magic = FTP_LOGIN_MAGIC,
                                         .kind = FTP_LOGIN_ANONYMOUS };
    const struct peer *peer = c->established ? gss_peer(c->gss) : NULL;
    struct err err = ERR_INIT;
    int fd = -1;

    if (c->established) {
        request.kind = FTP_LOGIN_GSI;
        if (peer == NULL || strlen(peer->identity) >= sizeof(request.dn)) {
            reply->code = FTP_LOGIN_REFUSE;
            snprintf(reply->reason, sizeof(reply->reason),
                     "no certificate was shown");
            return -1;
        }
        snprintf(request.dn, sizeof(request.dn), "%s", peer->identity);
        request.expires = peer->expires;
        if (strcmp(c->user, ":globus-mapping:") != 0)
            snprintf(request.want, sizeof(request.want), "%s", c->user);
    }
    if (ftp_message_send(c->spec->monitor, &request, sizeof(request), -1,
                         &err) < 0 ||
        ftp_message_receive(c->spec->monitor, reply, sizeof(*reply), &fd,
                            &err) <= 0 ||
        reply->magic != FTP_LOGIN_MAGIC) {
        reply->code = FTP_LOGIN_LATER;
        snprintf(reply->reason, sizeof(reply->reason), "the service is ending");
    }
    reply->account[sizeof(reply->account) - 1] = '\0';
    reply->reason[sizeof(reply->reason) - 1] = '\0';
    if (fd >= 0 && reply->code != FTP_LOGIN_OK) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Send the session the delegated credential, which it uses for data
 * channels. */
static void
hand_on_credential(struct ftp_codec *c)
{
    const struct buf *pem = c->established ? gss_delegated(c->gss) : NULL;

    if (pem != NULL)
        ftp_frame_add(&c->down, FTP_FRAME_CRED, pem->data, pem->len);
}

/* Report the refusal that the monitor put in REPLY. */
static void
deny(struct ftp_codec *c, const struct ftp_login_reply *reply)
{
    struct buf text = BUF_INIT;

    if (reply->code == FTP_LOGIN_REFUSE) {
        buf_addf(&text, "530-Login incorrect. : %s\r\n530 End.\r\n",
                 reply->reason);
        ftp_codec_send(c, text.data, text.len);
        buf_fini(&text);
        c->end = c->end || ++c->failures >= FAILURES_MAX;
        return;
    }
    ftp_codec_reply(c, 421, "No login now, try again later: %s.",
                    reply->reason);
    c->end = true;
}

void
ftp_codec_pass(struct ftp_codec *c, char *arg)
{
    struct ftp_login_reply reply = { 0 };

    (void)arg;
    if (!c->has_user) {
        ftp_codec_reply(c, 503, "Login with USER first.");
        return;
    }
    c->has_user = false;
    c->session = ask_monitor(c, &reply);
    if (c->session >= 0) {
        fcntl(c->session, F_SETFL, fcntl(c->session, F_GETFL) | O_NONBLOCK);
        hand_on_credential(c);
        ftp_codec_reply(c, 230, "User %s logged in.", reply.account);
        return;
    }
    deny(c, &reply);
}

void
ftp_codec_quit(struct ftp_codec *c, char *arg)
{
    (void)arg;
    ftp_codec_reply(c, 221, "Goodbye.");
    c->end = true;
}

void
ftp_codec_noop(struct ftp_codec *c, char *arg)
{
    (void)arg;
    ftp_codec_reply(c, 200, "NOOP command successful.");
}

void
ftp_codec_syst(struct ftp_codec *c, char *arg)
{
    (void)arg;
    ftp_codec_reply(c, 215, "UNIX Type: L8");
}

static void
send_help(struct ftp_codec *c, const char *arg, bool site)
{
    struct buf b = BUF_INIT;

    ftp_cmd_help(arg, site, &b);
    ftp_codec_send(c, b.data, b.len);
    buf_fini(&b);
}

void
ftp_codec_help(struct ftp_codec *c, char *arg)
{
    send_help(c, arg, false);
}

void
ftp_codec_site_help(struct ftp_codec *c, char *arg)
{
    send_help(c, arg, true);
}

void
ftp_codec_feat(struct ftp_codec *c, char *arg)
{
    struct buf b = BUF_INIT;

    (void)arg;
    ftp_cmd_feat(&b);
    ftp_codec_send(c, b.data, b.len);
    buf_fini(&b);
}
