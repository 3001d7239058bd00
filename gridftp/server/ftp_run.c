/* gridftp/server/ftp_run.c - one command line to the function that runs it. */
#include <stddef.h>

#include "base/log.h"
#include "gridftp/server/ftp_cmd.h"
#include "gridftp/server/ftp_line.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_run.h"
#include "gridftp/server/ftp_session.h"

#define ftp_run_none NULL
static ftp_run_fn *const run[FTP_CMD_COUNT] = {
#define CMD(id, verb, codec, session, right, arg, syntax, standard, help) \
    [FTP_CMD_##id] = ftp_run_##session,
#define FEATURE(text)
#include "gridftp/server/ftp_cmd.def"
#undef CMD
#undef FEATURE
};
#undef ftp_run_none

void
ftp_run_line(struct ftp_session *s, char *text, unsigned long n)
{
    struct err err = ERR_INIT;
    struct ftp_line line;
    int id;

    if (ftp_line_parse(text, n, &line, &err) < 0) {
        ftp_reply(s, 500, "Invalid command: %s.", err.text);
        return;
    }
    id = ftp_cmd_find(line.verb);
    /* A credential is nobody's business. */
    log_event(LOG_INFO, "ftp.command", "verb=%s arg=%s", line.verb,
              id == FTP_CMD_DCSC ? "..." : line.arg);
    if (id < 0 || run[id] == NULL) {
        ftp_reply(s, 500, "Invalid command.");
        return;
    }
    if (!ftp_cmd_arg_ok(id, line.arg)) {
        ftp_reply(s, 501, "Syntax error in parameters or arguments.");
        return;
    }
    if (ftp_cmds[id].right == FTP_RIGHT_WRITE && s->paths.read_only) {
        ftp_reply(s, 550, "Permission denied: this session only reads.");
        return;
    }
    run[id](s, line.arg);
}
