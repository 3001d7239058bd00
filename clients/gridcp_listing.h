/* clients/gridcp_listing.h - the entries of a directory, however many: in
 * memory while they are few, beyond that in a file without a name. */
#ifndef CLIENTS_GRIDCP_LISTING_H
#define CLIENTS_GRIDCP_LISTING_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

/* One name in a directory. */
struct gridcp_name {
    char *name;
    bool dir;
    bool dangling; /* a symbolic link that leads nowhere */
    int64_t size;  /* -1 unknown */
    time_t mtime;  /* -1 unknown */
};

/* Zero it; all of one are added before the first is taken. */
struct gridcp_listing {
    struct buf tail;  /* records behind those in the file */
    struct buf chunk; /* of the file, as it is read */
    int fd;           /* the file, when OPEN; else there is none, .. */
    bool open;
    bool none;       /* .. nor will be */
    int64_t written; /* bytes in it .. */
    int64_t read;    /* .. that chunk has had */
    size_t at[2];    /* the next record of chunk, of tail */
};

/* Put NAME (copied) behind the others.  Where $TMPDIR (/tmp) has no room they
 * stay in memory. */
void gridcp_listing_add(struct gridcp_listing *l,
                        const struct gridcp_name *name);
/* The next one: 1, 0 at the end, -1 with ERR: IO.  NAME->name is the listing's,
 * until it is asked again. */
int gridcp_listing_next(struct gridcp_listing *l, struct gridcp_name *name,
                        struct err *err);
/* Free it; it is empty then. */
void gridcp_listing_fini(struct gridcp_listing *l);

#endif
