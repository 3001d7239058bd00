/* clients/gridcp/gridcp_entries.h - the entries of a directory of any size: a
 * few in memory, more in an unnamed file. */
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
    bool dangling; /* a dangling symbolic link */
    int64_t size;  /* -1 unknown */
    time_t mtime;  /* -1 unknown */
};

/* Initialise with zero; add all names before taking the first. */
struct gridcp_entries {
    struct buf tail;  /* records after those in the file */
    struct buf chunk; /* buffer for reading the file */
    int fd;           /* the file if OPEN; else there is none, .. */
    bool open;
    bool none;       /* .. and creating it has failed */
    int64_t written; /* bytes written to it .. */
    int64_t read;    /* .. and read into chunk */
    size_t at[2];    /* offset of the next record in chunk and in tail */
    size_t n;        /* number of names added */
};

/* Append NAME (copied).  If $TMPDIR (/tmp) has no room, it stays in memory. */
void gridcp_entries_add(struct gridcp_entries *l,
                        const struct gridcp_name *name);
/* Take the next name: 1, 0 at the end, -1 with ERR: IO.  NAME->name belongs to
 * L and is valid until the next call. */
int gridcp_entries_next(struct gridcp_entries *l, struct gridcp_name *name,
                        struct err *err);
/* Free the entries; L is empty afterwards. */
void gridcp_entries_fini(struct gridcp_entries *l);

#endif
