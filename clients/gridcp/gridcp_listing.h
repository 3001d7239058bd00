/* clients/gridcp/gridcp_listing.h - list directories, here and at servers;
 * several of one server are pipelined. */
#ifndef CLIENTS_GRIDCP_LISTING_H
#define CLIENTS_GRIDCP_LISTING_H

#include "clients/gridcp/gridcp_walk.h"

/* The content of a directory. */
struct gridcp_listing {
    struct gridcp_entries files, dirs;
    char *unique;   /* identifies the directory at its host; NULL unknown */
    struct err err; /* ERR_OK, or why it is unreadable */
};

/* Read the N directories DIRS of one site, whose paths end in '/', for the
 * SOURCE or the destination, into L; free with gridcp_listing_fini().  BELOW:
 * their parent was read before. */
void gridcp_listing_read(struct gridcp_walk *w, const struct gridcp_end *dirs,
                         size_t n, bool source, bool below,
                         struct gridcp_listing *l);
/* Free what L contains; L is empty afterwards. */
void gridcp_listing_fini(struct gridcp_listing *l);

#endif
