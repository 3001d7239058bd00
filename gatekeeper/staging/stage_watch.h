/* gatekeeper/staging/stage_watch.h - reads gridcp's JSON lines
 * (clients/gridcp/gridcp_report.h) about a run from the session while it is
 * active. */
#ifndef GATEKEEPER_STAGING_STAGE_WATCH_H
#define GATEKEEPER_STAGING_STAGE_WATCH_H

#include "base/buf.h"

/* All zeros: nothing read yet. */
struct stage_watch {
    long long offset; /* bytes of the file read so far */
    struct buf tail;  /* the last, incomplete line */
    long long files, bytes;
    long long moved; /* increases when bytes arrive */
    long long last;  /* bytes of the last progress event */
    char fault[512]; /* of the first failed file; "" */
};

/* Read what was added to the file FD. */
void stage_watch_read(struct stage_watch *w, int fd);
/* Parse N bytes of output; for stage_watch_read() and tests. */
void stage_watch_add(struct stage_watch *w, const char *text, size_t n);
void stage_watch_fini(struct stage_watch *w);

#endif
