/* clients/gridcp/gridcp_part.h - records of a state journal (gridcp_state.h)
 * about files that were begun and not finished: lines "o", "p", "b" and "w". */
#ifndef CLIENTS_GRIDCP_PART_H
#define CLIENTS_GRIDCP_PART_H

#include <sys/stat.h>

#include "clients/gridcp/gridcp.h"

struct gridcp_part {
    struct gridcp_part *next;
    uint64_t entry, key;
    int64_t size; /* of the source */
    time_t mtime;
    struct gridcp_mark mark; /* "o": the local part */
    char *ranges;            /* "p": ranges that had arrived in it; NULL */
    bool begun;              /* "b": begun at a server, .. */
    bool ordered;            /* .. with bytes sent in order */
    bool whole; /* "w": complete in the local file with these facts: */
    unsigned long long dev, ino;
    long long sec, nsec; /* time of its last write */
};

/* Parse LINE of a journal into the list; false when it is not such a record. */
bool gridcp_part_read(struct gridcp_part **list, const char *line);
/* The part of ENTRY and KEY, or the place to insert one. */
struct gridcp_part **gridcp_part_find(struct gridcp_part **list, uint64_t entry,
                                      uint64_t key);
/* Remove it. */
void gridcp_part_drop(struct gridcp_part **list, uint64_t entry, uint64_t key);
/* Append T's records: its local part; its ranges; that it was begun; that all
 * of it is in the file ST. */
void gridcp_part_write_open(struct buf *out, const struct gridcp_task *t);
void gridcp_part_write(struct buf *out, const struct gridcp_task *t);
void gridcp_part_write_begun(struct buf *out, const struct gridcp_task *t);
void gridcp_part_write_whole(struct buf *out, const struct gridcp_task *t,
                             const struct stat *st);
/* Whether two are the same file. */
bool gridcp_part_same(const struct gridcp_mark *a, const struct gridcp_mark *b);
/* Whether ST is the file that contains all of P. */
bool gridcp_part_is(const struct gridcp_part *p, const struct stat *st);

#endif
