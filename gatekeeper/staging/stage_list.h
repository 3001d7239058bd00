/* gatekeeper/staging/stage_list.h - what one step of one job moves: its files
 * as pairs of URLs, in groups that one run of gridcp can do. */
#ifndef GATEKEEPER_STAGING_STAGE_LIST_H
#define GATEKEEPER_STAGING_STAGE_LIST_H

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "gatekeeper/staging/staging.h"

/* One file.  Strings are the struct's own. */
struct stage_move {
    char *file;          /* as in the record: relative to the session */
    char *src, *dst;     /* URLs; NULL in STAGE_CLEAN */
    char *delegation_id; /* credential of its own; NULL the job's */
    bool missing_only;   /* dontOverwrite */
    bool executable;
    size_t group;
};

/* One input that the job's owner uploads. */
struct stage_upload {
    char *file; /* plain, relative to the session; the struct's own */
    long long bytes;
    size_t part;       /* its number among the job's inputs */
    bool missing_only; /* dontOverwrite */
    bool executable;
};

/* Zeroed: empty. */
struct stage_list {
    struct stage_move *move;
    size_t n, ngroups;
    struct stage_upload *upload;
    size_t nuploads;
    char **endpoint; /* "gsiftp://host:port", each once */
    size_t nendpoints;
};

/* The moves of STEP of JOB; for STAGE_CLEAN the paths to be removed. */
int stage_list_make(struct stage_list *l, const struct stage_job *job,
                    enum stage_step step, struct err *err);
void stage_list_fini(struct stage_list *l);
/* Append the text of group GROUP for gridcp -f, except for moves in SKIP (NULL
 * or l->n flags).  Its first line is "# group GROUP". */
void stage_list_text(const struct stage_list *l, size_t group, const bool *skip,
                     struct buf *out);
/* The group that a list's first line names; -1 none. */
int stage_list_group(const char *text);
/* The first move of GROUP. */
const struct stage_move *stage_list_first(const struct stage_list *l,
                                          size_t group);

/* May jobs move to and from URL (gatekeeper.staging_allow)?  -1 with ERR:
 * UNSUPPORTED, SYNTAX. */
int stage_list_allowed(const struct conf *conf, const char *url,
                       struct err *err);

#endif
