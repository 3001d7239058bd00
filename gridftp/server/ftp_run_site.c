/* gridftp/server/ftp_run_site.c - SITE commands of the Globus server about the
 * whole session: rights to give up, and functions that Gatehouse lacks,
 * answered as by a Globus server with them turned off. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/log.h"
#include "gridftp/server/ftp_confine.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_run.h"
#include "gridftp/server/ftp_session.h"

/* SITE without arguments; SITE commands have rows of their own. */
void
ftp_run_site(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 500, "Invalid command.");
}

/* Reply with the result of giving up rights. */
static void
answer_confined(struct ftp_session *s, int rc, const struct err *err)
{
    if (rc == 0)
        ftp_reply(s, 250, "OK.");
    else if (err->code == ERR_STATE || err->code == ERR_SYNTAX)
        ftp_reply(s, err->code == ERR_STATE ? 500 : 501, "%s", err->text);
    else
        ftp_reply_err(s, 0, err);
}

void
ftp_run_site_chroot(struct ftp_session *s, char *arg)
{
    char *path = ftp_path_join(&s->paths, arg);
    struct err err = ERR_INIT;

    answer_confined(s, ftp_confine_root(&s->paths, path, &err), &err);
    free(path);
}

void
ftp_run_site_restrict(struct ftp_session *s, char *arg)
{
    struct err err = ERR_INIT;

    answer_confined(s, ftp_confine_paths(&s->paths, arg, &err), &err);
}

/* Assertions are for an authorization service, which does not exist here; they
 * have no effect, as with a Globus server without one. */
void
ftp_run_site_authz_assert(struct ftp_session *s, char *arg)
{
    log_event(LOG_NOTICE, "ftp.session.assertion", "bytes=%zu", strlen(arg));
    ftp_reply(s, 250, "OK.");
}

/* Whether LIST contains only WORDS, a list that ends in NULL. */
static bool
only_words(char *list, const char *const *words)
{
    char *item, *rest;
    size_t i;

    for (item = strtok_r(list, ",", &rest); item != NULL;
         item = strtok_r(NULL, ",", &rest)) {
        for (i = 0; words[i] != NULL && strcasecmp(item, words[i]) != 0; i++)
            continue;
        if (words[i] == NULL)
            return false;
    }
    return true;
}

/* Data only goes over TCP, protected by DCAU and PROT. */
void
ftp_run_site_netstack(struct ftp_session *s, char *arg)
{
    static const char *const words[] = { "default", "tcp", "gsi", NULL };

    if (only_words(arg, words))
        ftp_reply(s, 250, "OK.");
    else
        ftp_reply(s, 500, "Setting data channel driver stack failed.");
}

void
ftp_run_site_diskstack(struct ftp_session *s, char *arg)
{
    static const char *const words[] = { "default", "file", NULL };

    if (only_words(arg, words))
        ftp_reply(s, 250, "OK.");
    else
        ftp_reply(s, 500, "Setting filesystem driver stack failed.");
}

/* UDT through NAT: UPAS, UPRT. */
void
ftp_run_site_udt(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 500, "Setting data channel driver stack failed.");
}

void
ftp_run_site_dsi(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 500, "no such DSI");
}

void
ftp_run_site_sharing(struct ftp_session *s, char *arg)
{
    if (strncasecmp(arg, "CREATE ", 7) == 0 ||
        strncasecmp(arg, "DELETE ", 7) == 0)
        ftp_reply(s, 500, "Sharing is not done here.");
    else
        ftp_reply(s, 501, "Syntax error in parameters or arguments.");
}

/* A server that fetches URLs for anybody would bypass firewalls. */
void
ftp_run_site_http(struct ftp_session *s, char *arg)
{
    (void)arg;
    ftp_reply(s, 501, "Invalid command arguments.");
}

/* "modify=YYYYMMDDHHMMSS;" for the next received file; other attributes are
 * unknown and ignored. */
void
ftp_run_site_storattr(struct ftp_session *s, char *arg)
{
    char *item, *rest;

    for (item = strtok_r(arg, ";", &rest); item != NULL;
         item = strtok_r(NULL, ";", &rest))
        if (strncasecmp(item, "modify=", 7) == 0 &&
            ftp_run_parse_time(item + 7, &s->store_time) < 0) {
            ftp_reply(s, 501, "Invalid modification time.");
            return;
        }
    ftp_reply(s, 250, "OK.");
}

/* TREV PERF|RESTART SECONDS; below 0: no such markers. */
void
ftp_run_trev(struct ftp_session *s, char *arg)
{
    char *number = strchr(arg, ' ');
    long long n;

    if (number == NULL || number_parse(number + 1, -3600, 3600, &n) < 0 ||
        n == 0) {
        ftp_reply(s, 501, "Bad parameter mode.");
        return;
    }
    *number = '\0';
    if (strcasecmp(arg, "PERF") == 0) {
        s->perf_s = n;
    } else if (strcasecmp(arg, "RESTART") == 0) {
        s->ranges_s = n;
    } else {
        ftp_reply(s, 502, "Unsupported event.");
        return;
    }
    ftp_reply(s, 200, "Command Successful.");
}
