/* mds/xpath.h - XPath 1.0 expressions as trees: the part of the language that
 * is evaluated on one entry at a time (xplan.h).  Whatever is not of that part,
 * or is no XPath at all, is libxml2's, in a process (search.h). */
#ifndef MDS_XPATH_H
#define MDS_XPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum xpath_op {
    XPATH_OR,
    XPATH_AND,
    XPATH_EQ,
    XPATH_NE,
    XPATH_LT,
    XPATH_LE,
    XPATH_GT,
    XPATH_GE,
    XPATH_ADD,
    XPATH_SUB,
    XPATH_MUL,
    XPATH_DIV,
    XPATH_MOD,
    XPATH_NEG, /* arg[0] */
    XPATH_UNION,
    XPATH_TEXT, /* a literal */
    XPATH_NUM,
    XPATH_CALL,
    XPATH_PATH,
    XPATH_FOUND /* what a plan found out, number INDEX of it */
};

enum xpath_axis {
    AXIS_CHILD,
    AXIS_DESCENDANT,
    AXIS_DESCENDANT_OR_SELF,
    AXIS_SELF,
    AXIS_ATTRIBUTE,
    AXIS_PARENT,
    AXIS_ANCESTOR,
    AXIS_ANCESTOR_OR_SELF,
    AXIS_FOLLOWING_SIBLING,
    AXIS_PRECEDING_SIBLING
};

enum xpath_test {
    TEST_NAME, /* prefix and local; local NULL: any name */
    TEST_NODE,
    TEST_TEXT,
    TEST_COMMENT,
    TEST_PI
};

struct xpath_names; /* which names a test takes; xplan.h */

struct xpath_step {
    enum xpath_axis axis;
    enum xpath_test test;
    char *prefix, *local; /* NULL: none, any */
    struct xpath_names *names;
    struct xpath **pred;
    size_t preds;
    bool counts; /* a predicate depends on positions */
};

enum xpath_fn {
#define XPATH_FN(word, name, least, most) FN_##word,
#include "mds/xpath_fn.def"
#undef XPATH_FN
    FN_COUNT_OF
};

struct xpath {
    enum xpath_op op;
    enum xpath_fn fn;
    double num;
    char *text;
    size_t index;
    struct xpath *arg[3]; /* of an operator and of a call */
    size_t args;
    bool absolute; /* a path: from the root */
    struct xpath_step *step;
    size_t steps;
};

/* Parse TEXT; NULL: it is not of the part that is understood here.  The
 * caller's. */
struct xpath *xpath_parse(const char *text);
/* NULL ok. */
void xpath_free(struct xpath *x);
/* Whether the value of X is a number, or depends on a position: what makes a
 * predicate one of place. */
bool xpath_is_number(const struct xpath *x);
bool xpath_asks_position(const struct xpath *x);

#endif
