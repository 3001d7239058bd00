/* mds/xplan_show.h - nodes of an entry as XML, as they are written when they
 * come from the whole document. */
#ifndef MDS_XPLAN_SHOW_H
#define MDS_XPLAN_SHOW_H

#include "mds/xeval.h"

/* Append LIST, nodes of TREE's entry in order. */
void xplan_show(const struct xtree *tree, const struct xlist *list,
                struct buf *out);
/* Append LEN bytes as the text of an element. */
void xplan_put_text(struct buf *out, const char *text, size_t len);

#endif
