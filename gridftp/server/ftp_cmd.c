/* gridftp/server/ftp_cmd.c - see ftp_cmd.h. */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "gridftp/server/ftp_cmd.h"

const struct ftp_cmd ftp_cmds[FTP_CMD_COUNT] = {
#define CMD(id, verb, codec, session, right, arg, syntax, standard, help)  \
    [FTP_CMD_##id] = { verb,          #codec, #session, FTP_RIGHT_##right, \
                       FTP_ARG_##arg, syntax, standard, help },
#define FEATURE(text)
#include "gridftp/server/ftp_cmd.def"
#undef CMD
#undef FEATURE
};

static const char *const features[] = {
#define CMD(id, verb, codec, session, right, arg, syntax, standard, help)
#define FEATURE(text) text,
#include "gridftp/server/ftp_cmd.def"
#undef CMD
#undef FEATURE
};

int
ftp_cmd_find(const char *verb)
{
    int i;

    for (i = 0; i < FTP_CMD_COUNT; i++)
        if (strcmp(ftp_cmds[i].verb, verb) == 0)
            return i;
    return -1;
}

/* Whether a word of the table names a function. */
static bool
runs(const char *word)
{
    return strcmp(word, "none") != 0;
}

/* Whether ARG is a valid argument for row ID. */
static bool
arg_ok(int id, const char *arg)
{
    switch (ftp_cmds[id].arg) {
    case FTP_ARG_OPT:
        return true;
    case FTP_ARG_TEXT:
        return *arg != '\0';
    case FTP_ARG_PATH:
        return *arg != '\0' && strlen(arg) < PATH_MAX;
    }
    return false;
}

static int
refuse(struct ftp_refusal *no, int code, const char *text)
{
    *no = (struct ftp_refusal){ code, text };
    return -1;
}

int
ftp_cmd_judge(char *text, size_t n, enum ftp_phase phase, struct ftp_line *line,
              struct ftp_refusal *no)
{
    int id =
        ftp_line_parse(text, n, line, NULL) < 0 ? -1 : ftp_cmd_find(line->verb);

    if (id < 0)
        return refuse(no, 500, "Invalid command.");
    if (phase < FTP_PHASE_SESSION && !runs(ftp_cmds[id].codec))
        return refuse(no, 530,
                      phase == FTP_PHASE_LOGIN
                          ? "Please login with USER and PASS."
                          : "Must perform GSSAPI authentication.");
    if (phase >= FTP_PHASE_SESSION && !runs(ftp_cmds[id].session))
        return refuse(no, 500, "Invalid command.");
    if (!arg_ok(id, line->arg))
        return refuse(no, 501, "Syntax error in parameters or arguments.");
    if (phase == FTP_PHASE_READER && ftp_cmds[id].right == FTP_RIGHT_WRITE)
        return refuse(no, 550, "Permission denied: this session only reads.");
    return id;
}

void
ftp_cmd_feat(struct buf *out)
{
    size_t i;

    buf_adds(out, "211-Extensions supported\r\n");
    for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
        buf_addf(out, " %s\r\n", features[i]);
    buf_adds(out, "211 End.\r\n");
}

/* List the verbs, eight in a line; SITE verbs without "SITE" if SITE_ONES. */
static void
list_verbs(bool site_ones, struct buf *out)
{
    const char *verb;
    int i, n = 0;

    for (i = 0; i < FTP_CMD_COUNT; i++) {
        verb = ftp_cmds[i].verb;
        if ((strncmp(verb, "SITE ", 5) == 0) != site_ones)
            continue;
        buf_addf(out, "%s%s", n % 8 == 0 ? "   " : " ",
                 site_ones ? verb + 5 : verb);
        n++;
        if (n % 8 == 0)
            buf_adds(out, "\r\n");
    }
    if (n % 8 != 0)
        buf_adds(out, "\r\n");
}

/* Append the help for one row. */
static void
help_row(const struct ftp_cmd *c, struct buf *out)
{
    buf_addf(out, "214-Help for %s:\r\n   %s%s%s: %s (%s)\r\n214 End.\r\n",
             c->verb, c->verb, *c->syntax != '\0' ? " " : "", c->syntax,
             c->help, c->standard);
}

void
ftp_cmd_help(const char *arg, bool site, struct buf *out)
{
    char verb[64];
    int i;

    if (*arg == '\0' || (!site && strcasecmp(arg, "SITE") == 0)) {
        buf_adds(out, "214-The following commands are recognized:\r\n");
        if (*arg == '\0')
            list_verbs(false, out);
        /* Clients search for their SITE commands in SITE HELP. */
        if (*arg != '\0' || site)
            list_verbs(true, out);
        buf_adds(out, "214 End.\r\n");
        return;
    }
    for (i = 0; i < FTP_CMD_COUNT; i++)
        if (strcasecmp(ftp_cmds[i].verb, arg) == 0) {
            help_row(&ftp_cmds[i], out);
            return;
        }
    if (strlen(arg) < sizeof(verb) - 6) {
        memcpy(verb, "SITE ", 6);
        memcpy(verb + 5, arg, strlen(arg) + 1);
        for (i = 0; i < FTP_CMD_COUNT; i++)
            if (strcasecmp(ftp_cmds[i].verb, verb) == 0) {
                help_row(&ftp_cmds[i], out);
                return;
            }
    }
    buf_adds(out, "502 Unknown command.\r\n");
}
