/* jobs/rsl_read.h - the syntax of RSL 1.0, of the Globus Toolkit 2 to 5: a
 * conjunction of relations, "&(name=value ...)(name=value ...)".  For
 * jobs/rsl*.c alone. */
#ifndef JOBS_RSL_READ_H
#define JOBS_RSL_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define RSL_DEPTH_MAX    16      /* of values in values */
#define RSL_TEXT_MAX     1048576 /* bytes that come of variables, all in all */
/* The relation that gives variables their values: a relation_fn is called for
 * each of them, before the next is read. */
#define RSL_SUBSTITUTION "rslsubstitution"

/* A text, or a list of values. */
struct rsl_value {
    char *text; /* NULL: a list */
    struct rsl_value *of;
    size_t n;
};

/* What variables stand for. */
struct rsl_words {
    struct rsl_word {
        char *name, *value;
    } * of;
    size_t n;
};

/* One relation: NAME in small letters and without '_' (RSL takes names so),
 * which begins at byte AT of the text, counted from 1; VALUES is a list.  -1
 * with ERR ends the reading. */
typedef int rsl_relation_fn(void *arg, const char *name, size_t at,
                            const struct rsl_value *values, struct err *err);

/* Call FN, which may add to WORDS, for each relation of TEXT.  A variable that
 * is none of WORDS is an error, or nothing when ANY, except for
 * RSL_SUBSTITUTION. -1 with ERR: SYNTAX with the place, LIMIT, UNSUPPORTED (a
 * multi-request '+', alternatives '|', other operators than
 * '='). */
int rsl_read(const char *text, const struct rsl_words *words, bool any,
             rsl_relation_fn *fn, void *arg, struct err *err);

#endif
