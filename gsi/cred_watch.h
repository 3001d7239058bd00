/* gsi/cred_watch.h - detect that the files of the host's credential were
 * replaced since they were last read. */
#ifndef GSI_CRED_WATCH_H
#define GSI_CRED_WATCH_H

#include <stdbool.h>

/* How often cred_watch_due() checks, in ms. */
#define CRED_WATCH_MS 5000

struct cred_watch {
    const char *cert_file, *key_file; /* borrowed */
    unsigned long long taken, seen;   /* stamps of both files */
    long long looked_ms;              /* monotonic */
};

/* Record the files as they are now; read them after this call. */
void cred_watch_init(struct cred_watch *w, const char *cert_file,
                     const char *key_file);
/* Whether either file differs from the one last taken.  A file that cannot be
 * examined counts as unchanged. */
bool cred_watch_changed(struct cred_watch *w);
/* The same, but false when asked less than CRED_WATCH_MS ago. */
bool cred_watch_due(struct cred_watch *w);
/* The files that cred_watch_changed() last saw were read successfully.  Without
 * this call it keeps returning true: the certificate may have been written
 * before its key. */
void cred_watch_take(struct cred_watch *w);

#endif
