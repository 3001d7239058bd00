/* mds/tagnames.h - the names of elements and attributes that entries use, each
 * once: a name is a number, and a test of a name compares numbers. */
#ifndef MDS_TAGNAMES_H
#define MDS_TAGNAMES_H

#include <stdint.h>

#include "base/err.h"

#define TAGNAMES_MAX 65535

/* Namespaces that depend on the family of names in which one asks. */
#define TAGNAMES_SG    "\001sg"
#define TAGNAMES_WSA   "\001wsa"
/* Of an attribute that only the drafts have. */
#define TAGNAMES_DRAFT "\001xsi"

struct tagnames;

/* None at first. */
struct tagnames *tagnames_create(void);
/* NULL ok. */
void tagnames_destroy(struct tagnames *t);
/* The number of {NS}LOCAL, from 1; NS "" for none.  0 with ERR LIMIT: there are
 * TAGNAMES_MAX. */
uint32_t tagnames_intern(struct tagnames *t, const char *ns, const char *local,
                         struct err *err);
/* How many there are: the numbers are 1 to that. */
uint32_t tagnames_count(const struct tagnames *t);
/* The namespace and the local name of N; they live as long as T. */
const char *tagnames_ns(const struct tagnames *t, uint32_t n);
const char *tagnames_local(const struct tagnames *t, uint32_t n);

#endif
