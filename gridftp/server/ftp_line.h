/* gridftp/server/ftp_line.h - one line from a client into verb and argument
 * (RFC 959 s.5.3, RFC 3659 s.2.2). */
#ifndef FTP_LINE_H
#define FTP_LINE_H

#include <stddef.h>

#include "base/err.h"

/* Longest clear command; DCSC carries whole credentials. */
#define FTP_LINE_MAX 65536
#define FTP_VERB_MAX 32

/* "SITE CHMOD" is one verb. */
struct ftp_line {
    char verb[FTP_VERB_MAX]; /* upper case */
    char *arg;               /* in the text that was parsed; "" when none */
};

/* Split TEXT[0..N], TEXT[N] being NUL, CRLF taken off; Telnet commands in front
 * are passed over, the argument is kept as it is.  TEXT is changed.  -1 with
 * ERR SYNTAX: no verb, a verb with other than letters, a NUL inside. */
int ftp_line_parse(char *text, size_t n, struct ftp_line *line,
                   struct err *err);

#endif
