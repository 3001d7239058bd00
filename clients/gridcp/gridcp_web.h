/* clients/gridcp/gridcp_web.h - http and https ends, by libcurl with the user's
 * proxy and our verification of the server's certificate. */
#ifndef CLIENTS_GRIDCP_WEB_H
#define CLIENTS_GRIDCP_WEB_H

#include <stddef.h>
#include <sys/types.h>

#include "clients/gridcp/gridcp.h"

/* Consume N bytes; 0, or -1 with ERR.  And produce bytes; 0 at the end, -1 with
 * ERR. */
typedef int gridcp_sink_fn(void *arg, const void *p, size_t n, struct err *err);
typedef ssize_t gridcp_source_fn(void *arg, void *p, size_t n, struct err *err);

/* GET T's source from byte FROM on.  FROM becomes 0 when the server or the file
 * does not allow that; REWIND is then called before the first byte.  Sets
 * t->size and t->mtime. -1 with ERR; *transient: a retry may succeed. */
int gridcp_web_get(struct gridcp_task *t, int64_t from,
                   int (*rewind)(void *arg, struct err *err),
                   gridcp_sink_fn *sink, void *arg, bool *transient,
                   struct err *err);
/* PUT the bytes of SOURCE, SIZE bytes (-1: unknown, sent in chunks).  REWIND is
 * called when they must be sent again from the start. */
int gridcp_web_put(struct gridcp_task *t, int64_t size,
                   gridcp_source_fn *source,
                   int (*rewind)(void *arg, struct err *err), void *arg,
                   bool *transient, struct err *err);

#endif
