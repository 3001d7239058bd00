/* mds/xeval.h - an expression (xpath.h) evaluated on the tree of one entry
 * (xtree.h), as libxml2 would on the whole document; where that would need
 * another entry, it says so. */
#ifndef MDS_XEVAL_H
#define MDS_XEVAL_H

#include "base/buf.h"
#include "mds/xpath.h"
#include "mds/xtree.h"

#define XEVAL_TICK (1u << 17) /* nodes that are looked at */

/* Names that a test takes. */
struct xpath_names {
    bool entry;    /* that of an entry among them */
    uint32_t one;  /* the only one; 0: none, or several */
    uint32_t most; /* the highest that BITS know */
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
    const char *text; /* not NUL-terminated; until xeval_clear() */
    size_t len;
};

struct xblock; /* of texts that were made */
struct xeval;

/* A place at which an expression is evaluated. */
struct xplace {
    uint32_t node;
    size_t position, size;
};

typedef struct xvalue xeval_fn(struct xeval *x, const struct xpath *expr,
                               const struct xplace *place);

struct xeval {
    struct xtree tree;
    xeval_fn *evaluate; /* xeval(), for what is below it */
    bool beyond;        /* it needs other entries, or more than there is here */
    bool over;          /* TICK said so */
    int inside;         /* predicates */
    size_t looked, made; /* nodes since the last tick; bytes of text */
    bool (*tick)(void *arg);
    void *arg;
    struct xlist *spare;
    struct xblock *block;
    const struct xvalue *found; /* for XPATH_FOUND */
};

/* Evaluate EXPR at PLACE; what comes is only good when neither beyond nor over
 * is set.  Its nodes, if it has any, go to xeval_drop(). */
struct xvalue xeval(struct xeval *x, const struct xpath *expr,
                    const struct xplace *place);
/* The nodes of PATH, in the order of the document; xpath_step.c.  Goes to
 * xeval_give(). */
struct xlist *xeval_path(struct xeval *x, const struct xpath *path,
                         const struct xplace *place);

/* Conversions of section 4, and comparisons; xvalue.c.  As a truth. */
bool xeval_truth(const struct xvalue *v);
/* As a number. */
double xeval_number(struct xeval *x, const struct xvalue *v);
/* As a text; the length in *len. */
const char *xeval_text(struct xeval *x, const struct xvalue *v, size_t *len);
/* The value of node I as a text. */
const char *xeval_node_text(struct xeval *x, uint32_t i, size_t *len);
/* A text as a number. */
double xeval_text_number(struct xeval *x, const char *text, size_t len);
/* Whether A OP B. */
bool xeval_compare(struct xeval *x, enum xpath_op op, const struct xvalue *a,
                   const struct xvalue *b);
/* The function that CALL names; xpath_fn.c. */
struct xvalue xeval_call(struct xeval *x, const struct xpath *call,
                         const struct xplace *place);

/* An empty list; and back. */
struct xlist *xeval_take(struct xeval *x);
/* LIST is not used any more; NULL ok. */
void xeval_give(struct xeval *x, struct xlist *list);
/* V is not used any more. */
void xeval_drop(struct xeval *x, struct xvalue *v);
/* Append I. */
void xlist_add(struct xlist *list, uint32_t i);
/* Room for N bytes of text, until xeval_clear(); too much is beyond. */
char *xeval_room(struct xeval *x, size_t n);
/* Forget all texts that were made. */
void xeval_clear(struct xeval *x);
/* The same, and all else. */
void xeval_fini(struct xeval *x);

#endif
