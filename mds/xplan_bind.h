/* mds/xplan_bind.h - resolves the names in an expression to those of the
 * entries. */
#ifndef MDS_XPLAN_BIND_H
#define MDS_XPLAN_BIND_H

#include "mds/xplan.h"

/* Set the names that each name test in X matches.  *[local-name() = 'a'] counts
 * as such a test too. false: a prefix is unknown. */
bool xplan_bind(struct xpath *x, const struct xplan_spec *spec);
/* Free these names. */
void xplan_unbind(struct xpath *x);

#endif
