/* clients/gridcp/gridcp_pairs.h - lists of pairs: lines SRC DST [OFFSET
 * LENGTH], the format of globus-url-copy -f, also written by -df and -do. */
#ifndef CLIENTS_GRIDCP_PAIRS_H
#define CLIENTS_GRIDCP_PAIRS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"

#define GRIDCP_LINE_MAX (64 * 1024)

/* One pair; the struct owns its strings. */
struct gridcp_pair {
    char *src, *dst;
    int64_t offset, length; /* -1: not given */
    bool many; /* dst is a directory, because there are more sources */
};

/* Parse one line (without its end). 1 a pair, 0 a comment or blank line, -1
 * with ERR SYNTAX. */
int gridcp_pairs_parse(const char *line, struct gridcp_pair *pair,
                       struct err *err);
void gridcp_pairs_pair_fini(struct gridcp_pair *pair);
/* Append the line for a pair, with its end. */
void gridcp_pairs_write(const char *src, const char *dst, int64_t offset,
                        int64_t length, struct buf *out);

/* A list being read line by line. */
struct gridcp_pairs;
/* Open FILE, "-" for standard input. */
int gridcp_pairs_open(const char *file, struct gridcp_pairs **list,
                      struct err *err);
void gridcp_pairs_close(struct gridcp_pairs *list);
/* Whether the list has ended or failed. */
bool gridcp_pairs_over(const struct gridcp_pairs *list);
/* Read the next pair. 1, 0 at the end, -1 with ERR that names file and line. */
int gridcp_pairs_next(struct gridcp_pairs *list, struct gridcp_pair *pair,
                      struct err *err);

#endif
