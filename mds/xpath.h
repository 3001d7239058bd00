/* mds/xpath.h - XPath 1.0 expressions as trees: the subset that is evaluated on
 * one entry at a time (xplan.h).  Everything else, including syntax errors, is
 * left to libxml2 in a process (search.h). */
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
    XPATH_FOUND /* result number INDEX of a plan */
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

struct xpath_names; /* the names that a test matches; xeval.h */

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
    struct xpath *arg[3]; /* of an operator or a call */
    size_t args;
    bool absolute; /* a path that begins at the root */
    struct xpath_step *step;
    size_t steps;
};

/* Parse TEXT; NULL: it is outside the subset.  The caller frees the result. */
struct xpath *xpath_parse(const char *text);
/* NULL ok. */
void xpath_free(struct xpath *x);
/* Whether X is a number, or depends on the position: a predicate with such an X
 * is positional. */
bool xpath_is_number(const struct xpath *x);
bool xpath_asks_position(const struct xpath *x);

#endif
