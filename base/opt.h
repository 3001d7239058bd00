/* base/opt.h - option tables: one table is both parser and help text.  Globus
 * spelling: one dash, long or short ("-batch", "-b"); two dashes and
 * "-name=value" work as well. */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdio.h>

#include "base/err.h"

struct opt {
    int id; /* what opt_next() returns, > 0; a row with 0 ends the table */
    const char *names; /* "job-epr-file j": long first, without dashes */
    const char *arg;   /* name of the argument, "FILE"; NULL: it takes none */
    const char *help;  /* one or more lines; NULL hides it; a row with NULL
                          names is a heading */
};

struct opt_scan {
    const struct opt *table;
    char *const *argv;
    int argc;
    int at;           /* index in argv[] of the next word */
    const char *arg;  /* of the option just returned */
    const char *name; /* as the user typed it */
};

/* Start at argv[1]. */
void opt_init(struct opt_scan *s, const struct opt *table, int argc,
              char *const argv[]);
/* Return the id of the next option. 0 at the first operand, after "--", or at
 * the end; s->at is then the first operand. -1 with ERR: USAGE, which names the
 * option and the closest known one. */
int opt_next(struct opt_scan *s, struct err *err);
/* Print "usage" and every row, wrapped to 80 columns. */
void opt_help(FILE *out, const char *usage, const struct opt *table);

#endif
