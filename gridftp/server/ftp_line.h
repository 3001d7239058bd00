/* gridftp/server/ftp_line.h - one line from a client into verb and argument
 * (RFC 959 s.5.3, RFC 3659 s.2.2). */
#ifndef FTP_LINE_H
#define FTP_LINE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Longest clear command; DCSC carries whole credentials. */
#define FTP_LINE_MAX 65536
/* Longest line on the wire: an ADAT or ENC of FTP_LINE_MAX bytes in base64. */
#define FTP_RAW_MAX  (2 * FTP_LINE_MAX)
#define FTP_VERB_MAX 32

/* "SITE CHMOD" is one verb. */
struct ftp_line {
    char verb[FTP_VERB_MAX]; /* upper case */
    char *arg;               /* in the text that was parsed; "" when none */
};

/* The line at the front of IN, as it came: 1, *text of *n bytes with a NUL
 * behind them, CRLF taken off, borrowed until buf_drop() of *used; 0 when none
 * is complete; -1 when it can never be, being too long. */
int ftp_line_next(struct buf *in, char **text, size_t *n, size_t *used);
/* The base64 of a protected command (ENC, CONF, MIC) in TEXT; NULL when it is
 * none. */
const char *ftp_line_protected(const char *text);
/* Split TEXT[0..N], TEXT[N] being NUL, CRLF taken off; Telnet commands in front
 * are passed over, the argument is kept as it is.  TEXT is changed.  -1 with
 * ERR SYNTAX: no verb, a verb with other than letters, a NUL inside. */
int ftp_line_parse(char *text, size_t n, struct ftp_line *line,
                   struct err *err);

#endif
