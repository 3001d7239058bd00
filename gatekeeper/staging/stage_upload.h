/* gatekeeper/staging/stage_upload.h - inputs that the job's owner brings to the
 * gateway's own port, piece by piece.
 *
 * What is there of one is what the session holds, nothing else: its part, or
 * the file itself once it is complete.  So a gatekeeper that was killed goes on
 * where it was. */
#ifndef GATEKEEPER_STAGING_STAGE_UPLOAD_H
#define GATEKEEPER_STAGING_STAGE_UPLOAD_H

#include "gatekeeper/staging/stage_list.h"

/* Whether this site takes what JOB says will be uploaded: names, and
 * gatekeeper.upload_max.  -1 with ERR: USAGE, UNSUPPORTED. */
int stage_upload_check(const struct conf *conf, const struct job *job,
                       struct err *err);
/* The input FILE of L; NULL when it is none that is uploaded. */
const struct stage_upload *stage_upload_find(const struct stage_list *l,
                                             const char *file);
/* A copy of U of its own; stage_upload_fini() it. */
struct stage_upload stage_upload_copy(const struct stage_upload *u);
/* Free the strings. */
void stage_upload_fini(struct stage_upload *u);
/* Bytes of U that job ID has; *complete: it has its name.  -1 with ERR: AUTHZ
 * (something else is in its place), or what the runner says. */
long long stage_upload_have(struct runner *r, const char *id,
                            const struct stage_upload *u, bool *complete,
                            struct err *err);
/* Write PIECE of U of job ID behind what is there.  Success too when U is
 * complete already.  -1 with ERR: USAGE (it is not as long as the job said),
 * STATE (other bytes are next, or another piece is being written), NOSPACE,
 * AUTHZ, IO. */
int stage_upload_put(struct runner *r, const char *id,
                     const struct stage_upload *u,
                     const struct stage_piece *piece, struct err *err);
/* Append a line for each of L: "size=6;received=6;complete=yes; " and its name,
 * percent-encoded except for '/'.  -1 with ERR. */
int stage_upload_text(struct runner *r, const char *id,
                      const struct stage_upload *list, size_t n,
                      struct buf *out, struct err *err);

#endif
