/* mds/xplan_bind.h - the names in an expression become those of the entries. */
#ifndef MDS_XPLAN_BIND_H
#define MDS_XPLAN_BIND_H

#include "mds/xplan.h"

/* Give each test of a name in X the names it takes.  *[local-name() = 'a'] is
 * such a test too.  false: a prefix is unknown. */
bool xplan_bind(struct xpath *x, const struct xplan_spec *spec);
/* Free those. */
void xplan_unbind(struct xpath *x);

#endif
