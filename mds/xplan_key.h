/* mds/xplan_key.h - finds the key value that restricts a query to few
 * entries. */
#ifndef MDS_XPLAN_KEY_H
#define MDS_XPLAN_KEY_H

#include "mds/xplan.h"

/* The value that an element of keyleaf.def must have in every entry in which
 * PATH, whose names are bound, finds a node; NULL: there is none.  Valid as
 * long as PATH. */
const char *xplan_key(const struct xpath *path, const struct xplan_spec *spec);

#endif
