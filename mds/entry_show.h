/* mds/entry_show.h - writes the resource properties of an entry and of the
 * group in the caller's dialect (WS-ServiceGroup 1.2 sections 3.1, 4.1). */
#ifndef MDS_ENTRY_SHOW_H
#define MDS_ENTRY_SHOW_H

#include "mds/entries.h"
#include "mds/entry.h"

/* The addresses in EPRs; borrowed. */
struct entry_urls {
    const char *group, *entry;
};

/* Convert IN to the stored form; returns one reference.  NULL with ERR: SYNTAX,
 * LIMIT (names). */
struct entry_text *entry_show_read(const struct registration_in *in,
                                   struct tagnames *names, struct err *err);
/* Append E as one Entry element of D. */
void entry_show(const struct entry *e, enum dialect d, const char *entry_url,
                struct buf *out);
/* Append the property NAME of E; see entries_entry_property(). */
int entry_show_property(const struct entry *e, enum dialect d,
                        const struct entry_urls *urls, const char *name,
                        struct buf *out, struct err *err);
/* Append the property document of E in D.  -1 with ERR. */
int entry_show_document(const struct entry *e, enum dialect d,
                        const struct entry_urls *urls, struct buf *out,
                        struct err *err);
/* Append the group's property NAME; see entries_group_property().  COUNT is its
 * RegistrationCount. */
int entry_show_group(enum dialect d, const char *name, size_t count,
                     struct buf *out, struct err *err);

#endif
