/* gridftp/proto/ranges.h - sets of byte ranges, such as those that have
 * arrived, in the syntax of 111 markers and REST ("0-1000,3000-4000", ends
 * exclusive). */
#ifndef GRIDFTP_PROTO_RANGES_H
#define GRIDFTP_PROTO_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct range {
    int64_t begin, end; /* [begin, end) */
};

/* Sorted, merged, disjoint. */
struct ranges {
    struct range *r;
    size_t n, cap;
};

#define RANGES_MAX 65536

/* Add [begin, end).  -1 with ERR LIMIT beyond RANGES_MAX pieces. */
int ranges_add(struct ranges *set, int64_t begin, int64_t end, struct err *err);
/* Whether the set contains all of [begin, end). */
bool ranges_has(const struct ranges *set, int64_t begin, int64_t end);
/* The first gap in [from, to); false when there is none. */
bool ranges_hole(const struct ranges *set, int64_t from, int64_t to,
                 struct range *hole);
/* Bytes in the set. */
int64_t ranges_total(const struct ranges *set);
/* Parse "a-b,c-d" or one number N (= 0-N). -1 with ERR SYNTAX. */
int ranges_parse(const char *text, struct ranges *set, struct err *err);
/* Append "a-b,c-d". */
void ranges_text(const struct ranges *set, struct buf *out);
/* Free the storage. */
void ranges_fini(struct ranges *set);

#endif
