/* clients/gridcp/gridcp_listing.h - what directories hold, here and at servers:
 * several of one server in one run of commands. */
#ifndef CLIENTS_GRIDCP_LISTING_H
#define CLIENTS_GRIDCP_LISTING_H

#include "clients/gridcp/gridcp_walk.h"

/* What a directory holds. */
struct gridcp_listing {
    struct gridcp_entries files, dirs;
    char *unique; /* what is the directory's alone at its host; NULL unknown */
    struct err err; /* ERR_OK, or why it could not be read */
};

/* Read the N directories DIRS of one site, whose paths end in '/', of the
 * SOURCE or the destination, into L, which gridcp_listing_fini() frees.  BELOW:
 * they are below one that was read before. */
void gridcp_listing_read(struct gridcp_walk *w, const struct gridcp_end *dirs,
                         size_t n, bool source, bool below,
                         struct gridcp_listing *l);
/* Free what L holds; it is empty then. */
void gridcp_listing_fini(struct gridcp_listing *l);

#endif
