/* mds/xplan_key.h - the value by which a query asks for few entries of many. */
#ifndef MDS_XPLAN_KEY_H
#define MDS_XPLAN_KEY_H

#include "mds/xplan.h"

/* The value that an element of keyleaf.def must have in every entry of which
 * PATH, whose names are bound, finds anything; NULL: there is no such.  It
 * lives as long as PATH. */
const char *xplan_key(const struct xpath *path, const struct xplan_spec *spec);

#endif
