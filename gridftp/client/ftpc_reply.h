/* gridftp/client/ftpc_reply.h - replies of an FTP server, read from a stream
 * of bytes that may be cut anywhere (RFC 959 s.4.2). */
#ifndef FTPC_REPLY_H
#define FTPC_REPLY_H

#include "base/buf.h"
#include "base/err.h"

/* Longest line, and all lines of one reply together (a directory may come on
 * the control channel: MLSC, STAT). */
#define FTPC_LINE_MAX  (192 * 1024)
#define FTPC_REPLY_MAX (4 * 1024 * 1024)

/* Zero it before first use; it serves for any number of replies. */
struct ftpc_reply {
    int code;        /* 100..699 */
    struct buf text; /* lines without CR LF, joined by '\n'; "ddd " and "ddd-"
                        cut off where they stand */
};

/* Take one reply off the front of IN.  Returns 1 when it is complete, 0 when
 * more bytes are needed, -1 with ERR: PROTOCOL, LIMIT. */
int ftpc_reply_take(struct buf *in, struct ftpc_reply *r, struct err *err);
/* Free the text. */
void ftpc_reply_fini(struct ftpc_reply *r);

/* The class: 1 preliminary, 2 done, 3 go on, 4 transient, 5 permanent. */
int ftpc_reply_class(const struct ftpc_reply *r);
/* Record in ERR what a refusing reply says in one sentence: "WHAT: No such
 * file or directory", the code chosen from words and number.  Always -1. */
int ftpc_reply_error(const struct ftpc_reply *r, struct err *err,
                     const char *what, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether another try may have another end: 4yz that is not about the disk. */
int ftpc_reply_transient(const struct ftpc_reply *r);

#endif
