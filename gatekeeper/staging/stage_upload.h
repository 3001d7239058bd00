/* gatekeeper/staging/stage_upload.h - inputs that the job's owner uploads to
 * the gateway's own port, piece by piece.
 *
 * The only state of an upload is in the session: its part, or the complete
 * file.  So a gatekeeper that was killed continues where it was. */
#ifndef GATEKEEPER_STAGING_STAGE_UPLOAD_H
#define GATEKEEPER_STAGING_STAGE_UPLOAD_H

#include "gatekeeper/staging/stage_list.h"

/* Check that this site accepts the uploads that JOB announces: names, and
 * gatekeeper.upload_max.  -1 with ERR: USAGE, UNSUPPORTED. */
int stage_upload_check(const struct conf *conf, const struct job *job,
                       struct err *err);
/* Find the input FILE in L; NULL if it is not an uploaded one. */
const struct stage_upload *stage_upload_find(const struct stage_list *l,
                                             const char *file);
/* Copy U; free the copy with stage_upload_fini(). */
struct stage_upload stage_upload_copy(const struct stage_upload *u);
/* Free the strings. */
void stage_upload_fini(struct stage_upload *u);
/* The number of bytes of U that job ID has; *complete: it has its final name.
 * -1 with ERR: AUTHZ (it was replaced by something else), or the runner's
 * error. */
long long stage_upload_have(struct runner *r, const char *id,
                            const struct stage_upload *u, bool *complete,
                            struct err *err);
/* Append PIECE to U of job ID.  Also a success if U is already complete.  -1
 * with ERR: USAGE (its size differs from the announced one), STATE (PIECE is
 * not at the next offset, or another piece is being written), NOSPACE, AUTHZ,
 * IO. */
int stage_upload_put(struct runner *r, const char *id,
                     const struct stage_upload *u,
                     const struct stage_piece *piece, struct err *err);
/* Append one line per input of L: "size=6;received=6;complete=yes; " and the
 * name, percent-encoded except for '/'.  -1 with ERR. */
int stage_upload_text(struct runner *r, const char *id,
                      const struct stage_upload *list, size_t n,
                      struct buf *out, struct err *err);

#endif
