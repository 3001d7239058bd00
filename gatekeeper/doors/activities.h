/* gatekeeper/doors/activities.h - the activities that a request names (OGF
 * GFD.108, ActivityIdentifier).  All are read before any is processed;
 * duplicates count once. */
#ifndef GATEKEEPER_DOORS_ACTIVITIES_H
#define GATEKEEPER_DOORS_ACTIVITIES_H

#include <libxml/tree.h>

#include "base/codec.h"
#include "base/err.h"

/* One activity; ID is "" if the address is not one of ours. */
struct activity {
    char *address; /* as first written in the request */
    char id[UUID_TEXT];
};

struct activities {
    struct activity *of; /* in the order of the request, without duplicates */
    size_t n;
};

/* Read the children of PAYLOAD into LIST, which the caller owns.  Each must be
 * an ActivityIdentifier in PAYLOAD's own namespace; at most MOST different
 * ones.  -1 with ERR: SYNTAX, USAGE (too many); LIST is then empty. */
int activities_read(const xmlNode *payload, size_t most,
                    struct activities *list, struct err *err);
/* Free the contents of LIST. */
void activities_fini(struct activities *list);

#endif
