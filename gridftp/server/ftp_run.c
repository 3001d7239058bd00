/* gridftp/server/ftp_run.c - dispatch one command line to its function. */
#include <string.h>

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
    struct ftp_refusal no;
    struct ftp_line line;
    int id = ftp_cmd_judge(
        text, n, s->paths.read_only ? FTP_PHASE_READER : FTP_PHASE_SESSION,
        &line, &no);

    /* Credentials are never logged. */
    log_event(LOG_INFO, "ftp.command", "verb=%s arg=%s", line.verb,
              strcmp(line.verb, "DCSC") == 0 ? "..." : line.arg);
    /* Small files in sequence are quick; before anything else, which may take
     * long, send the replies held back. */
    if (id != FTP_CMD_RETR && id != FTP_CMD_STOR)
        ftp_reply_flush(s);
    if (id < 0)
        ftp_reply(s, no.code, "%s", no.text);
    else
        run[id](s, line.arg);
}
