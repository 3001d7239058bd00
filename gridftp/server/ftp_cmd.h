/* gridftp/server/ftp_cmd.h - the table of commands (ftp_cmd.def), and the texts
 * of HELP and FEAT that come from it (RFC 959, 2389). */
#ifndef FTP_CMD_H
#define FTP_CMD_H

#include "base/buf.h"
#include "gridftp/server/ftp_line.h"

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

/* How far the session has come. */
enum ftp_phase {
    FTP_PHASE_SECURITY, /* AUTH and ADAT are due */
    FTP_PHASE_LOGIN,    /* USER and PASS are */
    FTP_PHASE_SESSION,
    FTP_PHASE_READER /* a session that may not write */
};

/* The reply to a line that is not run. */
struct ftp_refusal {
    int code;
    const char *text;
};

struct ftp_cmd {
    const char *verb;
    const char *codec, *session; /* what runs it before the login, after it:
                                    "none" or ftp_codec_*, ftp_run_* */
    enum ftp_right right;
    enum ftp_arg arg;
    const char *syntax, *standard, *help;
};

/* FTP_CMD_COUNT rows. */
extern const struct ftp_cmd ftp_cmds[];

/* The row of VERB ("SITE CHMOD" is one), -1 when there is none. */
int ftp_cmd_find(const char *verb);
/* From a clear line TEXT[0..N) of a client, TEXT[N] being NUL, to the row that
 * may be run in PHASE, and its LINE; or -1 and what to answer. */
int ftp_cmd_judge(char *text, size_t n, enum ftp_phase phase,
                  struct ftp_line *line, struct ftp_refusal *no);
/* The reply to FEAT. */
void ftp_cmd_feat(struct buf *out);
/* The reply to HELP ARG or (SITE) to SITE HELP ARG. */
void ftp_cmd_help(const char *arg, bool site, struct buf *out);

#endif
