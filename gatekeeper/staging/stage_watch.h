/* gatekeeper/staging/stage_watch.h - what gridcp writes about a run: its JSON
 * lines (clients/gridcp/gridcp_report.h), read from the session as they come.
 */
#ifndef GATEKEEPER_STAGING_STAGE_WATCH_H
#define GATEKEEPER_STAGING_STAGE_WATCH_H

#include "base/buf.h"

/* Zeroed: nothing read yet. */
struct stage_watch {
    long long offset; /* of the file, read so far */
    struct buf tail;  /* the line that is not complete yet */
    long long files, bytes;
    long long moved; /* grows when bytes arrive */
    long long last;  /* bytes of the last progress event */
    char fault[512]; /* of the first file that failed; "" */
};

/* Read on in the file FD. */
void stage_watch_read(struct stage_watch *w, int fd);
/* Take N bytes of output; for tests and for stage_watch_read(). */
void stage_watch_add(struct stage_watch *w, const char *text, size_t n);
void stage_watch_fini(struct stage_watch *w);

#endif
