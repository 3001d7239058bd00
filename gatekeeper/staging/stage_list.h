/* gatekeeper/staging/stage_list.h - the transfers of one step of one job, as
 * pairs of URLs in groups; each group is one run of gridcp. */
#ifndef GATEKEEPER_STAGING_STAGE_LIST_H
#define GATEKEEPER_STAGING_STAGE_LIST_H

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "gatekeeper/staging/staging.h"

/* One file.  The struct owns its strings. */
struct stage_move {
    char *file;          /* as in the record: relative to the session */
    char *src, *dst;     /* URLs; NULL in STAGE_CLEAN */
    char *delegation_id; /* its own credential; NULL for the job's */
    bool missing_only;   /* dontOverwrite */
    bool executable;
    size_t group;
};

/* One input to be uploaded by the job's owner. */
struct stage_upload {
    char *file; /* plain, relative to the session; owned by the struct */
    long long bytes;
    size_t part;       /* its index among the job's inputs */
    bool missing_only; /* dontOverwrite */
    bool executable;
};

/* All zeros: empty. */
struct stage_list {
    struct stage_move *move;
    size_t n, ngroups;
    struct stage_upload *upload;
    size_t nuploads;
    char **endpoint; /* "gsiftp://host:port", without duplicates */
    size_t nendpoints;
};

/* Make the moves of STEP of JOB; for STAGE_CLEAN the paths to remove. */
int stage_list_make(struct stage_list *l, const struct stage_job *job,
                    enum stage_step step, struct err *err);
void stage_list_fini(struct stage_list *l);
/* Append the list of group GROUP for gridcp -f, without the moves in SKIP (NULL
 * or l->n flags).  Its first line is "# group GROUP". */
void stage_list_text(const struct stage_list *l, size_t group, const bool *skip,
                     struct buf *out);
/* Parse the group from a list's first line; -1 none. */
int stage_list_group(const char *text);
/* The first move of GROUP. */
const struct stage_move *stage_list_first(const struct stage_list *l,
                                          size_t group);

/* Check that jobs may transfer to and from URL (gatekeeper.staging_allow).  -1
 * with ERR: UNSUPPORTED, SYNTAX. */
int stage_list_allowed(const struct conf *conf, const char *url,
                       struct err *err);

#endif
