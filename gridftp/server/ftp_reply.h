/* gridftp/server/ftp_reply.h - replies of a session, with errors in the Globus
 * server's form (RFC 959 s.4.2; "GlobusError: v=1 c=PATH_NOT_FOUND"). */
#ifndef FTP_REPLY_H
#define FTP_REPLY_H

#include <stdarg.h>

#include "base/buf.h"
#include "base/err.h"

struct ftp_session;

/* Send the replies held back.  Replies are collected so that a run of small
 * files wakes the codec once for many; ftp_session_read() flushes them, and so
 * must any code before it waits or works for long. */
void ftp_reply_flush(struct ftp_session *s);
/* Append one line "CODE text" and CRLF; line ends in the text become blanks. */
void ftp_reply_line(struct buf *out, int code, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
/* Send such a line. */
void ftp_reply(struct ftp_session *s, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Send TEXT, one whole reply with its CRLFs. */
void ftp_reply_text(struct ftp_session *s, const struct buf *text);
/* Send the reply for errno value ERROR from WHAT ("stat"). */
void ftp_reply_errno(struct ftp_session *s, int error, const char *what);
/* Send ERR with its own reply code, or CODE when that is not 0. */
void ftp_reply_err(struct ftp_session *s, int code, const struct err *err);
/* The reply code of errno value ERROR. */
int ftp_reply_code(int error);
/* Set ERR from errno value ERROR of the failed WHAT; always -1. */
int ftp_errno_err(int error, const char *what, struct err *err);

#endif
