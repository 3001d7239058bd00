/* gridftp/client/ftpc_files.c - commands about files that move no data
 * (RFC 959, 3659, GFD.47 s.4). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_session.h"

/* Send COMMAND PATH; any reply but 2yz is an error that names PATH. */
static int
on_path(struct ftpclient *c, const char *command, const char *path,
        struct err *err)
{
    int class = ftpc_ask(c, err, "%s %s", command, path);

    if (class >= 0 && class != 2)
        return ftpc_reply_error(&c->reply, err, "%s", path);
    return class < 0 ? -1 : 0;
}

/* Parse the facts line of an MLST reply: the one that begins with a blank. */
static int
mlst_facts(const char *text, struct facts *facts, struct err *err)
{
    const char *line = strstr(text, "\n ");
    char *copy;
    int rc;

    if (line == NULL)
        return err_set(err, ERR_PROTOCOL, "the reply to MLST has no facts");
    copy = xasprintf("%.*s", (int)strcspn(line + 1, "\n"), line + 1);
    rc = facts_parse(copy, facts, err);
    free(copy);
    return rc;
}

/* Parse "YYYYMMDDHHMMSS" into seconds since 1970 UTC; -1. */
static time_t
mdtm_time(const char *text)
{
    struct tm tm = { 0 };

    if (sscanf(text, "%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
        return -1;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    return timegm(&tm);
}

/* Use SIZE and MDTM for servers without MLST. */
static int
stat_by_size(struct ftpclient *c, const char *path, struct facts *facts,
             struct err *err)
{
    struct ftpclient_how how = { .mode = FTPCLIENT_STREAM };
    long long size;

    *facts = (struct facts){ .type = FACTS_FILE,
                             .size = -1,
                             .modify = -1,
                             .mode = (unsigned)-1,
                             .uid = -1,
                             .gid = -1 };
    if (ftpc_setup(c, &how, err) < 0 || on_path(c, "SIZE", path, err) < 0)
        return -1;
    if (number_parse(buf_str(&c->reply.text), 0, INT64_MAX, &size) < 0)
        return err_set(err, ERR_PROTOCOL, "SIZE was answered '%.60s'",
                       buf_str(&c->reply.text));
    facts->size = size;
    if (c->features & FTPCLIENT_MDTM && on_path(c, "MDTM", path, NULL) == 0)
        facts->modify = mdtm_time(buf_str(&c->reply.text));
    facts->name = xstrdup(path);
    return ftpclient_usable(c) ? 0 : -1;
}

int
ftpclient_stat(struct ftpclient *c, const char *path, struct facts *facts,
               struct err *err)
{
    *facts = (struct facts){ .type = FACTS_OTHER };
    if (!(c->features & FTPCLIENT_MLST))
        return stat_by_size(c, path, facts, err);
    if (on_path(c, "MLST", path, err) < 0)
        return -1;
    if (mlst_facts(buf_str(&c->reply.text), facts, err) < 0)
        return err_wrap(err, "%s", path);
    return 0;
}

/* Whether the words of the server's refusal mean that the name exists. */
static bool
says_exists(const struct ftpclient *c)
{
    return strcasestr(buf_str(&c->reply.text), "exists") != NULL;
}

/* The same, or else ask whether it exists. */
static bool
is_there(struct ftpclient *c, const char *path)
{
    struct facts facts = { .type = FACTS_OTHER };
    bool there;

    if (says_exists(c))
        return true;
    there = ftpclient_stat(c, path, &facts, NULL) == 0 &&
            (facts.type == FACTS_DIR || facts.type == FACTS_CDIR);
    facts_fini(&facts);
    return there;
}

int
ftpclient_mkdir(struct ftpclient *c, const char *path, struct err *err)
{
    struct err why = ERR_INIT;

    if (on_path(c, "MKD", path, &why) == 0)
        return 0;
    if (ftpclient_usable(c) && why.code != ERR_NOT_FOUND &&
        why.code != ERR_NOSPACE && is_there(c, path))
        return err_set(err, ERR_EXISTS, "%s: exists already", path);
    return err_set(err, why.code, "%s", why.text);
}

int
ftpclient_mkdirs(struct ftpclient *c, const char *const *paths, size_t n,
                 bool *there, struct err *err)
{
    size_t i;
    int class = 0;

    if (!c->foresees || ftpc_ahead_forget(c, err) < 0)
        return ftpclient_usable(c) ? 0 : -1;
    for (i = 0; i < n;
         i++) /* a name that cannot be sent does not exist there */
        there[i] = ftpc_control_queue(&c->ctl, NULL, "MKD %s", paths[i]) == 0;
    for (i = 0; i < n; i++) {
        if (!there[i])
            continue;
        class = ftpc_collect(c, err);
        if (class < 0)
            break;
        there[i] = class == 2 || says_exists(c);
    }
    for (; class < 0 && i < n; i++)
        there[i] = false;
    return class < 0 ? -1 : 0;
}

int
ftpclient_mkparents(struct ftpclient *c, const char *path, struct err *err)
{
    char *copy = xstrdup(path), *slash = strrchr(copy + 1, '/');
    struct err why = ERR_INIT;
    int rc = 0;

    if (*copy == '\0' || slash == NULL)
        goto out;
    *slash = '\0';
    if (ftpclient_mkdir(c, copy, &why) == 0 || why.code == ERR_EXISTS)
        goto out;
    rc = -1;
    if (!ftpclient_usable(c) || ftpclient_mkparents(c, copy, &why) < 0)
        goto out;
    why = (struct err)ERR_INIT;
    rc = ftpclient_mkdir(c, copy, &why);
    if (why.code == ERR_EXISTS)
        rc = 0;
out:
    free(copy);
    return rc < 0 ? err_set(err, why.code, "%s", why.text) : 0;
}

int
ftpclient_rmdir(struct ftpclient *c, const char *path, struct err *err)
{
    return on_path(c, "RMD", path, err);
}

int
ftpclient_delete(struct ftpclient *c, const char *path, struct err *err)
{
    return on_path(c, "DELE", path, err);
}

int
ftpclient_rename(struct ftpclient *c, const char *from, const char *to,
                 struct err *err)
{
    int class = ftpc_ask(c, err, "RNFR %s", from);

    if (class >= 0 && class != 3 && class != 2)
        return ftpc_reply_error(&c->reply, err, "%s", from);
    return class < 0 ? -1 : on_path(c, "RNTO", to, err);
}

int
ftpclient_chmod(struct ftpclient *c, const char *path, unsigned mode,
                struct err *err)
{
    char command[32];

    snprintf(command, sizeof(command), "SITE CHMOD %04o", mode & 07777);
    return on_path(c, command, path, err);
}

int
ftpclient_utime(struct ftpclient *c, const char *path, time_t mtime,
                struct err *err)
{
    char command[64];
    struct tm tm;

    if (gmtime_r(&mtime, &tm) == NULL)
        return err_set(err, ERR_USAGE, "%s: not a valid time", path);
    strftime(command, sizeof(command),
             c->features & FTPCLIENT_MFMT ? "MFMT %Y%m%d%H%M%S"
                                          : "SITE UTIME %Y%m%d%H%M%S",
             &tm);
    return on_path(c, command, path, err);
}

int
ftpclient_checksum(struct ftpclient *c, const char *algorithm, const char *path,
                   int64_t offset, int64_t length, struct buf *sum,
                   struct err *err)
{
    char command[96];
    const char *p;

    snprintf(command, sizeof(command), "CKSM %.32s %lld %lld", algorithm,
             (long long)offset, (long long)length);
    if (on_path(c, command, path, err) < 0)
        return -1;
    for (p = buf_str(&c->reply.text); isxdigit((unsigned char)*p); p++)
        buf_addc(sum, (char)tolower((unsigned char)*p));
    if (p == buf_str(&c->reply.text) ||
        (*p != '\0' && !isspace((unsigned char)*p)))
        return err_set(err, ERR_PROTOCOL, "%s: CKSM was answered '%.80s'", path,
                       buf_str(&c->reply.text));
    return 0;
}

int
ftpclient_command(struct ftpclient *c, const char *command, struct buf *text,
                  struct err *err)
{
    if (ftpc_ask(c, err, "%s", command) < 0)
        return -1;
    if (text != NULL)
        buf_add(text, c->reply.text.data, c->reply.text.len);
    return c->reply.code;
}
