/* clients/gridrun/upload_list.h - the state of a job's uploads at the site: GET
 * /jobs/ID/uploads (docs/wire.md). */
#ifndef CLIENTS_UPLOAD_LIST_H
#define CLIENTS_UPLOAD_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct upload_entry {
    char *name; /* decoded; owned by the struct */
    long long size, received;
    bool complete;
};

/* All zeros: empty. */
struct upload_list {
    struct upload_entry *of;
    size_t n;
};

/* Parse TEXT, one line per upload: facts "name=value;", a blank, and the name
 * percent-encoded.  Unknown facts are ignored.  -1 with ERR: PROTOCOL; L is
 * then empty. */
int upload_list_parse(const char *text, struct upload_list *l, struct err *err);
/* Free the entries. */
void upload_list_fini(struct upload_list *l);

#endif
