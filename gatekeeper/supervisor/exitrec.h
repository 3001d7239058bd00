/* gatekeeper/supervisor/exitrec.h - the exit record: how a run ended, as its
 * supervisor wrote it.  It is the only proof that a run succeeded. */
#ifndef GATEKEEPER_SUPERVISOR_EXITREC_H
#define GATEKEEPER_SUPERVISOR_EXITREC_H

#include "base/buf.h"
#include "base/err.h"

#define EXITREC_TEXT 256

enum exitrec_why {
#define EXITREC_WHY(name, word) EXITREC_##name,
#include "gatekeeper/supervisor/exitrec.def"
#undef EXITREC_WHY
    EXITREC_WHY_COUNT
};

/* Fixed size and no pointers, since runner and gatekeeper also send it as
 * bytes. */
struct exitrec {
    int why;       /* enum exitrec_why */
    int exit_code; /* 0..255; 128 + signal after a death by signal */
    int signal;    /* 0 if it exited */
    long long t_start_ms, t_end_ms; /* since 1970 UTC; start 0: never ran */
    long long cpu_user_ms, cpu_system_ms;
    long long max_rss;       /* bytes, of the largest process */
    char text[EXITREC_TEXT]; /* explanation; "" for a plain exit */
};

/* Append REC as "key=value" lines. */
void exitrec_write(const struct exitrec *rec, struct buf *out);
/* Read such lines and ignore unknown keys.  -1 with ERR: SYNTAX. */
int exitrec_parse(const char *text, struct exitrec *rec, struct err *err);
/* The word for WHY: "exited", "walltime", ... */
const char *exitrec_why_word(int why);

#endif
