/* clients/gridrun/upload_list.h - what a site says it has of a job's uploads:
 * GET /jobs/ID/uploads (docs/wire.md). */
#ifndef CLIENTS_UPLOAD_LIST_H
#define CLIENTS_UPLOAD_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct upload_entry {
    char *name; /* decoded; the struct's own */
    long long size, received;
    bool complete;
};

/* Zeroed: empty. */
struct upload_list {
    struct upload_entry *of;
    size_t n;
};

/* Read TEXT, a line for each upload: facts "name=value;" of which those that we
 * do not know are left out, a blank, the name percent-encoded.  -1 with ERR:
 * PROTOCOL; L is then empty. */
int upload_list_parse(const char *text, struct upload_list *l, struct err *err);
/* Free what it holds. */
void upload_list_fini(struct upload_list *l);

#endif
