/* gsi/cred_watch.h - whether the files of the host's credential were replaced
 * since they were last read. */
#ifndef GSI_CRED_WATCH_H
#define GSI_CRED_WATCH_H

#include <stdbool.h>

/* How often cred_watch_due() looks, in ms. */
#define CRED_WATCH_MS 5000

struct cred_watch {
    const char *cert_file, *key_file; /* borrowed */
    unsigned long long taken, seen;   /* stamps of both files */
    long long looked_ms;              /* monotonic */
};

/* Begin with the files as they are now; they are read afterwards. */
void cred_watch_init(struct cred_watch *w, const char *cert_file,
                     const char *key_file);
/* Whether either file is another than the one last taken.  A file that cannot
 * be looked at counts as one that stays the same. */
bool cred_watch_changed(struct cred_watch *w);
/* The same, but no when it was asked less than CRED_WATCH_MS ago. */
bool cred_watch_due(struct cred_watch *w);
/* What cred_watch_changed() last saw was read.  Without this call it goes on to
 * say yes: a certificate may have come before its key. */
void cred_watch_take(struct cred_watch *w);

#endif
