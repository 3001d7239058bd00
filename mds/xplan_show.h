/* mds/xplan_show.h - writes nodes of an entry as XML exactly as they would be
 * written from the whole document. */
#ifndef MDS_XPLAN_SHOW_H
#define MDS_XPLAN_SHOW_H

#include "mds/xeval.h"

/* Append LIST, nodes of TREE's entry in document order. */
void xplan_show(const struct xtree *tree, const struct xlist *list,
                struct buf *out);
/* Append LEN bytes as the text of an element. */
void xplan_put_text(struct buf *out, const char *text, size_t len);

#endif
