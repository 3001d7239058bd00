/* clients/gridcp/gridcp_web.h - http and https ends, by libcurl with the user's
 * proxy and our judgement of the server's certificate. */
#ifndef CLIENTS_GRIDCP_WEB_H
#define CLIENTS_GRIDCP_WEB_H

#include <stddef.h>
#include <sys/types.h>

#include "clients/gridcp/gridcp.h"

/* Take N bytes; 0, or -1 with ERR.  Bytes to send; 0 at the end, -1 with ERR.
 */
typedef int gridcp_sink_fn(void *arg, const void *p, size_t n, struct err *err);
typedef ssize_t gridcp_source_fn(void *arg, void *p, size_t n, struct err *err);

/* GET T's source from byte FROM on; FROM is set to 0 when the server, or the
 * file, does not let us go on: REWIND is then called before the first byte.
 * t->size and t->mtime are learned.  -1 with ERR; *transient when another try
 * may help. */
int gridcp_web_get(struct gridcp_task *t, int64_t from,
                   int (*rewind)(void *arg, struct err *err),
                   gridcp_sink_fn *sink, void *arg, bool *transient,
                   struct err *err);
/* PUT what SOURCE gives, SIZE bytes (-1: unknown, sent in chunks).  REWIND is
 * called where it must give all of it again. */
int gridcp_web_put(struct gridcp_task *t, int64_t size,
                   gridcp_source_fn *source,
                   int (*rewind)(void *arg, struct err *err), void *arg,
                   bool *transient, struct err *err);

#endif
