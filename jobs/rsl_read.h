/* jobs/rsl_read.h - the syntax of RSL 1.0, from Globus Toolkit 2 to 5: a
 * conjunction of relations, "&(name=value ...)(name=value ...)".  Only for
 * jobs/rsl*.c. */
#ifndef JOBS_RSL_READ_H
#define JOBS_RSL_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define RSL_DEPTH_MAX    16      /* nesting of values */
#define RSL_TEXT_MAX     1048576 /* total bytes from variables */
/* The relation that defines variables: the relation_fn is called for each of
 * them before the next one is read. */
#define RSL_SUBSTITUTION "rslsubstitution"

/* A text, or a list of values. */
struct rsl_value {
    char *text; /* NULL: a list */
    struct rsl_value *of;
    size_t n;
};

/* The values of variables. */
struct rsl_words {
    struct rsl_word {
        char *name, *value;
    } * of;
    size_t n;
};

/* Called for one relation.  NAME is in lower case without '_', as RSL compares
 * names, and begins at byte AT of the text, counted from 1; VALUES is a list.
 * -1 with ERR stops the reader. */
typedef int rsl_relation_fn(void *arg, const char *name, size_t at,
                            const struct rsl_value *values, struct err *err);

/* Call FN, which may add to WORDS, for each relation of TEXT.  A variable that
 * is not in WORDS is an error, or empty if ANY is set, except in
 * RSL_SUBSTITUTION.  -1 with ERR: SYNTAX with the place, LIMIT, UNSUPPORTED (a
 * multi-request '+', alternatives '|', operators other than '='). */
int rsl_read(const char *text, const struct rsl_words *words, bool any,
             rsl_relation_fn *fn, void *arg, struct err *err);

#endif
