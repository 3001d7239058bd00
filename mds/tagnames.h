/* mds/tagnames.h - a table of the names of elements and attributes in entries:
 * each name has a number, so comparing names means comparing numbers. */
#ifndef MDS_TAGNAMES_H
#define MDS_TAGNAMES_H

#include <stdint.h>

#include "base/err.h"

#define TAGNAMES_MAX 65535

/* Namespaces that depend on the dialect of the query. */
#define TAGNAMES_SG    "\001sg"
#define TAGNAMES_WSA   "\001wsa"
/* For attributes that exist only in the drafts. */
#define TAGNAMES_DRAFT "\001xsi"

struct tagnames;

/* Create an empty table. */
struct tagnames *tagnames_create(void);
/* NULL ok. */
void tagnames_destroy(struct tagnames *t);
/* Get the number of {NS}LOCAL, from 1 on; NS "" for none. 0 with ERR LIMIT: the
 * table has TAGNAMES_MAX names. */
uint32_t tagnames_intern(struct tagnames *t, const char *ns, const char *local,
                         struct err *err);
/* The number of names; their numbers are 1 to that. */
uint32_t tagnames_count(const struct tagnames *t);
/* The namespace and the local name of N; valid as long as T. */
const char *tagnames_ns(const struct tagnames *t, uint32_t n);
const char *tagnames_local(const struct tagnames *t, uint32_t n);

#endif
