/* gridftp/server/ftp_cmd.h - the table of commands (ftp_cmd.def), and the texts
 * of HELP and FEAT that come from it (RFC 959, 2389). */
#ifndef FTP_CMD_H
#define FTP_CMD_H

#include "base/buf.h"

enum ftp_cmd_id {
#define CMD(id, verb, codec, session, right, arg, syntax, standard, help) \
    FTP_CMD_##id,
#define FEATURE(text)
#include "gridftp/server/ftp_cmd.def"
#undef CMD
#undef FEATURE
    FTP_CMD_COUNT
};

/* What a session must be allowed. */
enum ftp_right {
    FTP_RIGHT_NONE,
    FTP_RIGHT_READ,
    FTP_RIGHT_WRITE
};

/* What must follow the verb. */
enum ftp_arg {
    FTP_ARG_OPT,  /* anything or nothing */
    FTP_ARG_TEXT, /* something */
    FTP_ARG_PATH  /* a path: something shorter than PATH_MAX */
};

struct ftp_cmd {
    const char *verb;
    enum ftp_right right;
    enum ftp_arg arg;
    const char *syntax, *standard, *help;
};

/* FTP_CMD_COUNT rows. */
extern const struct ftp_cmd ftp_cmds[];

/* The row of VERB ("SITE CHMOD" is one), -1 when there is none. */
int ftp_cmd_find(const char *verb);
/* Whether ARG suits row ID. */
bool ftp_cmd_arg_ok(int id, const char *arg);
/* The reply to FEAT. */
void ftp_cmd_feat(struct buf *out);
/* The reply to HELP ARG or (SITE) to SITE HELP ARG. */
void ftp_cmd_help(const char *arg, bool site, struct buf *out);

#endif
