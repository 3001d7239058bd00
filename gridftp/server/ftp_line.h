/* gridftp/server/ftp_line.h - split a line from a client into verb and argument
 * (RFC 959 s.5.3, RFC 3659 s.2.2). */
#ifndef FTP_LINE_H
#define FTP_LINE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Longest clear command; DCSC contains a whole credential. */
#define FTP_LINE_MAX 65536
/* Longest line on the network: an ADAT or ENC of FTP_LINE_MAX bytes in
 * base64. */
#define FTP_RAW_MAX  (2 * FTP_LINE_MAX)
#define FTP_VERB_MAX 32

/* "SITE CHMOD" counts as one verb. */
struct ftp_line {
    char verb[FTP_VERB_MAX]; /* upper case */
    char *arg;               /* points into the parsed text; "" when none */
};

/* Take the line at the front of IN: 1, *text of *n bytes without CRLF but with
 * a NUL, borrowed until buf_drop() of *used; 0 when none is complete; -1 when
 * the line is too long. */
int ftp_line_next(struct buf *in, char **text, size_t *n, size_t *used);
/* The base64 of a protected command (ENC, CONF, MIC) in TEXT; NULL when it is
 * not one. */
const char *ftp_line_protected(const char *text);
/* Split TEXT[0..N], TEXT[N] being NUL and CRLF removed; skips leading Telnet
 * commands and keeps the argument unchanged.  TEXT is changed. -1 with ERR
 * SYNTAX: no verb, a verb with other characters than letters, a NUL inside. */
int ftp_line_parse(char *text, size_t n, struct ftp_line *line,
                   struct err *err);

#endif
