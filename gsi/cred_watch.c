/* gsi/cred_watch.c - see cred_watch.h. */
#include <sys/stat.h>

#include "base/codec.h"
#include "gsi/cred_watch.h"

/* Fold into SUM a number that changes when the file PATH is replaced or
 * changed. */
static unsigned long long
fold(unsigned long long sum, const char *path)
{
    const unsigned long long prime = 1099511628211ull;
    struct stat st;

    if (stat(path, &st) < 0)
        return sum * prime;
    sum = (sum ^ (unsigned long long)st.st_ino) * prime;
    sum = (sum ^ (unsigned long long)st.st_size) * prime;
    sum = (sum ^ (unsigned long long)st.st_mtim.tv_sec) * prime;
    sum = (sum ^ (unsigned long long)st.st_mtim.tv_nsec) * prime;
    sum = (sum ^ (unsigned long long)st.st_ctim.tv_sec) * prime;
    return (sum ^ (unsigned long long)st.st_ctim.tv_nsec) * prime;
}

void
cred_watch_init(struct cred_watch *w, const char *cert_file,
                const char *key_file)
{
    *w = (struct cred_watch){ .cert_file = cert_file, .key_file = key_file };
    (void)cred_watch_changed(w);
    cred_watch_take(w);
}

bool
cred_watch_changed(struct cred_watch *w)
{
    w->seen = fold(fold(14695981039346656037ull, w->cert_file), w->key_file);
    return w->seen != w->taken;
}

bool
cred_watch_due(struct cred_watch *w)
{
    long long now = time_mono_ms();

    if (now - w->looked_ms < CRED_WATCH_MS)
        return false;
    w->looked_ms = now;
    return cred_watch_changed(w);
}

void
cred_watch_take(struct cred_watch *w)
{
    w->taken = w->seen;
}
