/* clients/gridcp/gridcp_entries.h - the entries of a directory, however many:
 * in memory while they are few, beyond that in a file without a name. */
#ifndef CLIENTS_GRIDCP_ENTRIES_H
#define CLIENTS_GRIDCP_ENTRIES_H

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
struct gridcp_entries {
    struct buf tail;  /* records behind those in the file */
    struct buf chunk; /* of the file, as it is read */
    int fd;           /* the file, when OPEN; else there is none, .. */
    bool open;
    bool none;       /* .. nor will be */
    int64_t written; /* bytes in it .. */
    int64_t read;    /* .. that chunk has had */
    size_t at[2];    /* the next record of chunk, of tail */
    size_t n;        /* how many were added */
};

/* Put NAME (copied) behind the others.  Where $TMPDIR (/tmp) has no room they
 * stay in memory. */
void gridcp_entries_add(struct gridcp_entries *l,
                        const struct gridcp_name *name);
/* The next one: 1, 0 at the end, -1 with ERR: IO.  NAME->name is the listing's,
 * until it is asked again. */
int gridcp_entries_next(struct gridcp_entries *l, struct gridcp_name *name,
                        struct err *err);
/* Free it; it is empty then. */
void gridcp_entries_fini(struct gridcp_entries *l);

#endif
