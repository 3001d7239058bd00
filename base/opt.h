/* base/opt.h - option tables: the table is the parser and the help text.
 *
 * Globus spelling: one dash, long or short ("-batch", "-b"); two dashes are
 * taken as well, and "-name=value". */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdio.h>

#include "base/err.h"

struct opt {
    int id;            /* what opt_next() returns; > 0.  0 ends the table */
    const char *names; /* "job-epr-file j": long first, without dashes */
    const char *arg;   /* "FILE" when it takes one; NULL */
    const char *help;  /* one or more lines; NULL hides it; a row with NULL
                          names is a heading */
};

struct opt_scan {
    const struct opt *table;
    char *const *argv;
    int argc;
    int at;           /* the argv[] looked at next */
    const char *arg;  /* of the option just returned */
    const char *name; /* as the user typed it */
};

/* Begin at argv[1]. */
void opt_init(struct opt_scan *s, const struct opt *table, int argc,
              char *const argv[]);
/* The next option's id; 0 at the first operand, after "--", or at the end
 * (s->at is then the first operand); -1 with ERR: USAGE, which names the option
 * and the closest known one. */
int opt_next(struct opt_scan *s, struct err *err);
/* "usage" and every row, wrapped to 80 columns. */
void opt_help(FILE *out, const char *usage, const struct opt *table);

#endif
