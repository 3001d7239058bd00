/* gridftp/server/ftp_cmd.h - the command table (ftp_cmd.def), and the HELP and
 * FEAT texts made from it (RFC 959, 2389). */
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

/* The right that a command needs. */
enum ftp_right {
    FTP_RIGHT_NONE,
    FTP_RIGHT_READ,
    FTP_RIGHT_WRITE
};

/* The argument that a command needs. */
enum ftp_arg {
    FTP_ARG_OPT,  /* optional */
    FTP_ARG_TEXT, /* required */
    FTP_ARG_PATH  /* required: a path shorter than PATH_MAX */
};

/* The state of the session. */
enum ftp_phase {
    FTP_PHASE_SECURITY, /* AUTH and ADAT are expected */
    FTP_PHASE_LOGIN,    /* USER and PASS are expected */
    FTP_PHASE_SESSION,
    FTP_PHASE_READER /* a read-only session */
};

/* The reply to a rejected line. */
struct ftp_refusal {
    int code;
    const char *text;
};

struct ftp_cmd {
    const char *verb;
    const char *codec, *session; /* functions that run it before and after the
                                    login: "none" or ftp_codec_*, ftp_run_* */
    enum ftp_right right;
    enum ftp_arg arg;
    const char *syntax, *standard, *help;
};

/* FTP_CMD_COUNT rows. */
extern const struct ftp_cmd ftp_cmds[];

/* The row of VERB ("SITE CHMOD" is one), -1 when there is none. */
int ftp_cmd_find(const char *verb);
/* Check a clear line TEXT[0..N) of a client, TEXT[N] being NUL: returns the row
 * that may run in PHASE, and its LINE; or -1 with the reply. */
int ftp_cmd_judge(char *text, size_t n, enum ftp_phase phase,
                  struct ftp_line *line, struct ftp_refusal *no);
/* The reply to FEAT. */
void ftp_cmd_feat(struct buf *out);
/* The reply to HELP ARG or (SITE) to SITE HELP ARG. */
void ftp_cmd_help(const char *arg, bool site, struct buf *out);

#endif
