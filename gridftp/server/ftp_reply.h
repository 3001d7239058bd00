/* gridftp/server/ftp_reply.h - replies of a session, and errors as the Globus
 * server words them (RFC 959 s.4.2; "GlobusError: v=1 c=PATH_NOT_FOUND"). */
#ifndef FTP_REPLY_H
#define FTP_REPLY_H

#include <stdarg.h>

#include "base/buf.h"
#include "base/err.h"

struct ftp_session;

/* Replies wait for each other, so that a run of small files wakes the codec
 * once for many; ftp_session_read() and whoever else is going to wait, or to
 * work for long, sends them off. */
void ftp_reply_flush(struct ftp_session *s);
/* Append one line "CODE text" and CRLF; line ends inside become blanks. */
void ftp_reply_line(struct buf *out, int code, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));
/* Send such a line. */
void ftp_reply(struct ftp_session *s, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Send TEXT, one whole reply with its CRLFs. */
void ftp_reply_text(struct ftp_session *s, const struct buf *text);
/* Send what errno value ERROR from WHAT ("stat") becomes. */
void ftp_reply_errno(struct ftp_session *s, int error, const char *what);
/* Send ERR: its code's reply, or CODE when that is not 0. */
void ftp_reply_err(struct ftp_session *s, int code, const struct err *err);
/* The reply code of errno value ERROR. */
int ftp_reply_code(int error);
/* ERR from errno value ERROR, WHAT having failed; always -1. */
int ftp_errno_err(int error, const char *what, struct err *err);

#endif
