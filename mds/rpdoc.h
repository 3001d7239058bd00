/* mds/rpdoc.h - the resource property document of the group as a live tree, one
 * for each dialect that somebody asked in.  Who holds the entries locks; to be
 * read, a document must but stay as it is (generation.h). */
#ifndef MDS_RPDOC_H
#define MDS_RPDOC_H

#include <libxml/tree.h>
#include <libxml/xpath.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "mds/dialect.h"

/* What a document shows of one entry; all borrowed. */
struct rpdoc_entry {
    const char *id, *member, *member_params, *config, *data;
};

/* Parse ENTRY as one Entry element of D.  The node is unlinked, the caller's to
 * link or free.  ENTRY_URL: address of entry EPRs.  NULL with ERR: SYNTAX. */
xmlNode *rpdoc_entry(enum dialect d, const char *entry_url,
                     const struct rpdoc_entry *entry, struct err *err);
/* An empty document of D. */
xmlDoc *rpdoc_create(enum dialect d);
/* Put NODE in; OLD (NULL none) goes. */
void rpdoc_replace(xmlDoc *doc, xmlNode *old, xmlNode *node);
/* Take NODE out and free it. */
void rpdoc_remove(xmlNode *node);
/* Set CurrentTime. */
void rpdoc_set_time(xmlDoc *doc, long long now_ms);

/* A query that another thread may stop; all zero at first. */
struct rpdoc_run {
    xmlXPathContext *ctx; /* while it is evaluated */
    bool stopped;
};
/* End RUN's query, now or as soon as it begins, with ERR: LIMIT. */
void rpdoc_stop(struct rpdoc_run *run);
/* XPath over DOC, as entries_query().  At most OPS steps, at most ANSWER_MAX
 * bytes. */
int rpdoc_query(xmlDoc *doc, const char *text, const xmlNode *scope,
                unsigned long ops, size_t answer_max, struct rpdoc_run *run,
                struct buf *out, struct err *err);

#endif
