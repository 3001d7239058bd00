/* clients/gridcp/gridcp_part.h - what a state journal (gridcp_state.h) tells of
 * files that were begun and not finished: lines "o", "p", "b" and "w". */
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
    char *ranges;            /* "p": what had arrived in it; NULL */
    bool begun;              /* "b": at a server, .. */
    bool ordered;            /* .. which was sent one byte after the other */
    bool whole; /* "w": all is in the local file that these tell: */
    unsigned long long dev, ino;
    long long sec, nsec; /* when it was written last */
};

/* Take LINE of a journal into the list; false when it is not a line of a part.
 */
bool gridcp_part_read(struct gridcp_part **list, const char *line);
/* The part of ENTRY and KEY, or where one would be put. */
struct gridcp_part **gridcp_part_find(struct gridcp_part **list, uint64_t entry,
                                      uint64_t key);
/* Forget it. */
void gridcp_part_drop(struct gridcp_part **list, uint64_t entry, uint64_t key);
/* The lines for T: its local part; its ranges; that it was begun; that all of
 * it is in the file ST. */
void gridcp_part_write_open(struct buf *out, const struct gridcp_task *t);
void gridcp_part_write(struct buf *out, const struct gridcp_task *t);
void gridcp_part_write_begun(struct buf *out, const struct gridcp_task *t);
void gridcp_part_write_whole(struct buf *out, const struct gridcp_task *t,
                             const struct stat *st);
/* Whether two are the same file. */
bool gridcp_part_same(const struct gridcp_mark *a, const struct gridcp_mark *b);
/* Whether ST is the file that holds all of P. */
bool gridcp_part_is(const struct gridcp_part *p, const struct stat *st);

#endif
