/* mds/xplan.h - how a query is answered entry by entry: which paths of it run
 * over every entry, and what is made of what each finds.  The answer is that
 * over the one document of all entries. */
#ifndef MDS_XPLAN_H
#define MDS_XPLAN_H

#include "mds/entry_table.h"
#include "mds/xeval.h"

struct xplan;

/* A query over a view; all borrowed. */
struct xplan_spec {
    const char *text;      /* XPath 1.0 */
    const char *const *ns; /* prefix, namespace, ..., NULL; NULL: none */
    enum dialect dialect;
    struct tagnames *names;
    const char *entry_url;
    struct entry_table *table; /* of that view; NULL: look at every entry */
    struct view_when when;     /* what is asked */
    size_t answer_max;         /* bytes */
    bool (*tick)(void *arg);   /* now and then; true: it is to end */
    void *arg;
};

enum xplan_end {
    XPLAN_DONE,   /* answered */
    XPLAN_BEYOND, /* it is no query that entries answer one by one */
    XPLAN_OVER,   /* TICK ended it */
    XPLAN_LONG    /* the answer has more than answer_max bytes */
};

/* Answer SPEC: append to OUT as rpdoc_query() does. */
enum xplan_end xplan_answer(const struct xplan_spec *spec, struct buf *out);

#endif
