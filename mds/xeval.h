/* mds/xeval.h - evaluates an expression (xpath.h) on the tree of one entry
 * (xtree.h) with the result that libxml2 would give on the whole document.  If
 * that needs other entries, BEYOND is set. */
#ifndef MDS_XEVAL_H
#define MDS_XEVAL_H

#include "base/buf.h"
#include "mds/xpath.h"
#include "mds/xtree.h"

#define XEVAL_TICK (1u << 17) /* nodes visited between ticks */

/* The set of names that a test matches. */
struct xpath_names {
    bool entry;    /* it includes an entry's name */
    uint32_t one;  /* the only name; 0: none, or several */
    uint32_t most; /* highest name in BITS */
    uint8_t bits[];
};

struct xlist {
    uint32_t *at;
    size_t n, room;
    struct xlist *next;
};

enum xtype {
    XTYPE_NODES,
    XTYPE_NUMBER,
    XTYPE_TEXT,
    XTYPE_BOOL
};

struct xvalue {
    enum xtype type;
    struct xlist *nodes;
    double num;
    bool truth;
    const char *text; /* not NUL-terminated; valid until xeval_clear() */
    size_t len;
};

struct xblock; /* of texts made during the evaluation */
struct xeval;

/* The context at which an expression is evaluated. */
struct xplace {
    uint32_t node;
    size_t position, size;
};

typedef struct xvalue xeval_fn(struct xeval *x, const struct xpath *expr,
                               const struct xplace *place);

struct xeval {
    struct xtree tree;
    xeval_fn *evaluate;  /* xeval(), for the files below it */
    bool beyond;         /* it needs other entries or unsupported features */
    bool over;           /* TICK ended it */
    int inside;          /* depth of predicates */
    size_t looked, made; /* nodes since the last tick; bytes of text */
    bool (*tick)(void *arg);
    void *arg;
    struct xlist *spare;
    struct xblock *block;
    const struct xvalue *found; /* for XPATH_FOUND */
};

/* Evaluate EXPR at PLACE.  The result is valid only if neither beyond nor over
 * is set.  Free its nodes with xeval_drop(). */
struct xvalue xeval(struct xeval *x, const struct xpath *expr,
                    const struct xplace *place);
/* The nodes of PATH in document order; xpath_step.c. Free with xeval_give(). */
struct xlist *xeval_path(struct xeval *x, const struct xpath *path,
                         const struct xplace *place);

/* Conversions of section 4, and comparisons; xvalue.c. To boolean: */
bool xeval_truth(const struct xvalue *v);
/* To number. */
double xeval_number(struct xeval *x, const struct xvalue *v);
/* To string; its length in *LEN. */
const char *xeval_text(struct xeval *x, const struct xvalue *v, size_t *len);
/* The string value of node I. */
const char *xeval_node_text(struct xeval *x, uint32_t i, size_t *len);
/* Convert a string to a number. */
double xeval_text_number(struct xeval *x, const char *text, size_t len);
/* Whether A OP B. */
bool xeval_compare(struct xeval *x, enum xpath_op op, const struct xvalue *a,
                   const struct xvalue *b);
/* Evaluate the function call CALL; xpath_fn.c. */
struct xvalue xeval_call(struct xeval *x, const struct xpath *call,
                         const struct xplace *place);

/* Get an empty list. */
struct xlist *xeval_take(struct xeval *x);
/* Return LIST for reuse; NULL ok. */
void xeval_give(struct xeval *x, struct xlist *list);
/* Free the nodes of V. */
void xeval_drop(struct xeval *x, struct xvalue *v);
/* Append I. */
void xlist_add(struct xlist *list, uint32_t i);
/* Get room for N bytes of text, valid until xeval_clear(); too much sets
 * beyond. */
char *xeval_room(struct xeval *x, size_t n);
/* Free all texts. */
void xeval_clear(struct xeval *x);
/* Free everything. */
void xeval_fini(struct xeval *x);

#endif
