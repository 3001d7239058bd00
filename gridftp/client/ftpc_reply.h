/* gridftp/client/ftpc_reply.h - parse replies of an FTP server from a byte
 * stream with arbitrary boundaries (RFC 959 s.4.2). */
#ifndef FTPC_REPLY_H
#define FTPC_REPLY_H

#include "base/buf.h"
#include "base/err.h"

/* Longest line, and longest reply (MLSC and STAT may send a directory on the
 * control channel). */
#define FTPC_LINE_MAX  (192 * 1024)
#define FTPC_REPLY_MAX (4 * 1024 * 1024)

/* Zero it before first use; reusable for any number of replies. */
struct ftpc_reply {
    int code;        /* 100..699 */
    struct buf text; /* lines without CR LF and without "ddd " or "ddd-", joined
                        by '\n' */
};

/* Parse one reply from the front of IN.  Returns 1 when it is complete, 0 when
 * more bytes are needed, -1 with ERR: PROTOCOL, LIMIT. */
int ftpc_reply_take(struct buf *in, struct ftpc_reply *r, struct err *err);
/* Free the text. */
void ftpc_reply_fini(struct ftpc_reply *r);

/* The class: 1 preliminary, 2 success, 3 continue, 4 transient, 5 permanent. */
int ftpc_reply_class(const struct ftpc_reply *r);
/* Set ERR from a negative reply in one sentence: "WHAT: No such file or
 * directory"; the code follows from words and number.  Always -1. */
int ftpc_reply_error(const struct ftpc_reply *r, struct err *err,
                     const char *what, ...)
    __attribute__((format(printf, 3, 4)));
/* Whether a retry may succeed: 4yz that is not about disk space. */
int ftpc_reply_transient(const struct ftpc_reply *r);

#endif
