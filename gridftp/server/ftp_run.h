/* gridftp/server/ftp_run.h - the functions that run a session's commands: one
 * for each word in ftp_cmd.def, in the ftp_run_*.c files. */
#ifndef FTP_RUN_H
#define FTP_RUN_H

#include <time.h>

struct ftp_session;

/* ARG is the text after the verb; it may be changed. */
typedef void ftp_run_fn(struct ftp_session *s, char *arg);

/* The functions of the table; rows may share one. */
#define CMD(id, verb, codec, session, right, arg, syntax, standard, help) \
    ftp_run_fn ftp_run_##session;
#define FEATURE(text)
#define ftp_run_none ftp_run_nothing
#include "gridftp/server/ftp_cmd.def"
#undef CMD
#undef FEATURE
#undef ftp_run_none

/* Parse "YYYYMMDDHHMMSS" in UTC; -1 when TEXT is something else. */
int ftp_run_parse_time(const char *text, time_t *t);
/* Run one clear command line TEXT[0..N), TEXT[N] being NUL. */
void ftp_run_line(struct ftp_session *s, char *text, unsigned long n);

#endif
