/* gridftp/server/ftp_run_misc.c - commands about the session itself: login
 * commands after the login, HELP, FEAT, QUIT, names of client and task. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "gridftp/server/ftp_cmd.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_run.h"
#include "gridftp/server/ftp_session.h"

void
ftp_run_authed(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 503, "You are already logged in.");
}

void
ftp_run_user(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 503, "You are already logged in.");
}

void
ftp_run_pass(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 503, "You are already logged in.");
}

void
ftp_run_acct(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 202, "ACCT is not needed.");
}

void
ftp_run_quit(struct ftp_session *s, char *arg)
{
    (void)arg;
    s->quit = true;
    ftp_reply(s, 221, "Goodbye.");
}

void
ftp_run_noop(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 200, "NOOP command successful.");
}

void
ftp_run_syst(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 215, "UNIX Type: L8");
}

static void
reply_help(struct ftp_session *s, const char *arg, bool site)
{
    struct buf b = BUF_INIT;

    ftp_cmd_help(arg, site, &b);
    ftp_reply_text(s, &b);
    buf_fini(&b);
}

void
ftp_run_help(struct ftp_session *s, char *arg)
{
    reply_help(s, arg, false);
}

void
ftp_run_site_help(struct ftp_session *s, char *arg)
{
    reply_help(s, arg, true);
}

void
ftp_run_feat(struct ftp_session *s, char *arg)
{
    struct buf b = BUF_INIT;

    (void)arg;
    ftp_cmd_feat(&b);
    ftp_reply_text(s, &b);
    buf_fini(&b);
}

void
ftp_run_lang(struct ftp_session *s, char *arg)
{
    if (*arg == '\0' || strncasecmp(arg, "en", 2) == 0)
        ftp_reply(s, 200, "lang set to EN.");
    else
        ftp_reply(s, 501, "'%s' unrecognized language.", arg);
}

/* Store ARG in *TO; 512 bytes are enough for a log. */
static void
keep_text(char **to, const char *arg)
{
    free(*to);
    *to = strndup(arg, 512);
}

/* Store in S the grid job that the client's INFO names, jobid="UUID". */
static void
note_job(struct ftp_session *s, const char *info)
{
    const char *at = strstr(info, "jobid=\"");

    s->job[0] = '\0';
    if (at == NULL)
        return;
    snprintf(s->job, sizeof(s->job), "%s", at + strlen("jobid=\""));
    if (!uuid_ok(s->job))
        s->job[0] = '\0';
}

void
ftp_run_site_clientinfo(struct ftp_session *s, char *arg)
{
    keep_text(&s->client, arg);
    note_job(s, arg);
    log_event(LOG_INFO, "ftp.session.client", "info=%s", arg);
    ftp_reply(s, 250, "OK.");
}

void
ftp_run_site_taskid(struct ftp_session *s, char *arg)
{
    keep_text(&s->task, arg);
    ftp_reply(s, 250, "OK.");
}

void
ftp_run_site_version(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 200, "Gatehouse gridftp %s", GATEHOUSE_VERSION);
}

void
ftp_run_whoami(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 200, "%s", s->who->user.name);
}

void
ftp_run_abor(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_data_reset(&s->data);
    ftp_reply(s, 226, "Abort successful");
}

void
ftp_run_scks(struct ftp_session *s, char *arg)
{
    char *value = strchr(arg, ' ');
    enum digest_kind kind;

    if (value == NULL || value[1] == '\0') {
        ftp_reply(s, 501, "Syntax error in parameters or arguments.");
        return;
    }
    *value++ = '\0';
    kind = digest_find(arg);
    if (kind == DIGEST_NONE) {
        ftp_reply(s, 500, "Unknown checksum algorithm requested.");
        return;
    }
    s->want_kind = kind;
    keep_text(&s->want_sum, value);
    ftp_reply(s, 200, "OK.");
}
