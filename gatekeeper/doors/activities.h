/* gatekeeper/doors/activities.h - the activities that a request names (OGF
 * GFD.108, ActivityIdentifier): all are read before anything is done with one,
 * and each counts once. */
#ifndef GATEKEEPER_DOORS_ACTIVITIES_H
#define GATEKEEPER_DOORS_ACTIVITIES_H

#include <libxml/tree.h>

#include "base/codec.h"
#include "base/err.h"

/* One activity; ID is "" when its address is none of ours. */
struct activity {
    char *address; /* as it was first written */
    char id[UUID_TEXT];
};

struct activities {
    struct activity *of; /* in the order of the request, none twice */
    size_t n;
};

/* Read the children of PAYLOAD, each of which must be an ActivityIdentifier in
 * PAYLOAD's own namespace; at most MOST different ones.  The list is the
 * caller's.  -1 with ERR: SYNTAX, USAGE (too many); LIST is then empty. */
int activities_read(const xmlNode *payload, size_t most,
                    struct activities *list, struct err *err);
/* Free what LIST holds. */
void activities_fini(struct activities *list);

#endif
