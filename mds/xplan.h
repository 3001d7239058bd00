/* mds/xplan.h - answers a query entry by entry: which of its paths run over
 * every entry, and how the results are combined.  The answer equals that over
 * the one document of all entries. */
#ifndef MDS_XPLAN_H
#define MDS_XPLAN_H

#include "mds/entry_table.h"
#include "mds/xeval.h"

struct xplan;

/* A query over a view; all fields are borrowed. */
struct xplan_spec {
    const char *text;      /* XPath 1.0 */
    const char *const *ns; /* prefix, namespace, ..., NULL; NULL: none */
    enum dialect dialect;
    struct tagnames *names;
    const char *entry_url;
    struct entry_table *table; /* of that view; NULL: visit every entry */
    struct view_when when;     /* the view to query */
    size_t answer_max;         /* bytes */
    bool (*tick)(void *arg);   /* called regularly; true: stop */
    void *arg;
};

enum xplan_end {
    XPLAN_DONE,   /* answered */
    XPLAN_BEYOND, /* it cannot be answered entry by entry */
    XPLAN_OVER,   /* TICK ended it */
    XPLAN_LONG    /* the answer is longer than answer_max */
};

/* Answer SPEC and append the result to OUT in the form of rpdoc_query(). */
enum xplan_end xplan_answer(const struct xplan_spec *spec, struct buf *out);

#endif
