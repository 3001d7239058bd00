/* gatekeeper/life/life_files.c - access to the files of a job's session for its
 * owner; see life.h. */
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/life/life_core.h"

void
life_streams(struct life *l, const char *id, char **output, char **error)
{
    struct life_job *job;
    struct job record;

    *output = *error = NULL;
    lock_take(&l->lock);
    job = life_table_find(l, id);
    if (job != NULL)
        job->lanes++; /* keeps it in memory */
    lock_release(&l->lock);
    if (job == NULL)
        return;
    if (life_record_load(l, job, &record, NULL) == 0) {
        *output = xstrdup_or_null(record.output);
        *error = xstrdup_or_null(record.error);
        job_fini(&record);
    }
    lock_take(&l->lock);
    job->lanes--;
    lock_release(&l->lock);
}

/* Check that OWNER's job ID has a session; -1 with ERR. */
static int
has_session(struct life *l, const char *owner, const char *id, struct err *err)
{
    struct life_view view;
    int rc = 0;

    if (life_view_here(l, owner, id, err) < 0 ||
        life_view(l, owner, id, &view, err) < 0)
        return -1;
    if (view.session == NULL)
        rc = err_set(err, ERR_STATE, "job '%s' has no session yet", id);
    life_view_fini(&view);
    return rc;
}

int
life_open_file(struct life *l, const char *owner, const char *id,
               const char *path, struct err *err)
{
    bool error = strcmp(path, "stderr") == 0;

    if (has_session(l, owner, id, err) < 0)
        return -1;
    if (error || strcmp(path, "stdout") == 0)
        return runner_open_stream(l->runner, id, error, err);
    return runner_open_file(l->runner, id, path, err);
}

int
life_list_files(struct life *l, const char *owner, const char *id,
                const char *path, struct err *err)
{
    return has_session(l, owner, id, err) == 0
               ? runner_list(l->runner, id, path, err)
               : -1;
}

/* Check that OWNER's job ID takes inputs now; -1 with ERR. */
static int
takes_uploads(struct life *l, const char *owner, const char *id,
              struct err *err)
{
    struct life_job *job;
    int rc = 0;

    if (life_view_here(l, owner, id, err) < 0)
        return -1;
    lock_take(&l->lock);
    job = life_table_own(l, owner, id);
    if (job == NULL)
        rc = err_set(err, ERR_NOT_FOUND, "no job '%s'", id);
    else if (job->state != LIFE_STAGEIN)
        rc = err_set(err, ERR_STATE,
                     "job '%s' is %s: it takes inputs while it is %s", id,
                     life_state_word((enum life_state)job->state),
                     life_state_word(LIFE_STAGEIN));
    lock_release(&l->lock);
    return rc;
}

int
life_upload(struct life *l, const char *owner, const char *id, const char *path,
            const struct stage_piece *piece, struct err *err)
{
    char *plain;
    int rc;

    if (takes_uploads(l, owner, id, err) < 0)
        return -1;
    plain = runner_wire_path_plain(path);
    rc = l->stager->upload(l->stager_self, id, plain, piece, err);
    free(plain);
    return rc;
}

int
life_uploads(struct life *l, const char *owner, const char *id, struct buf *out,
             struct err *err)
{
    return takes_uploads(l, owner, id, err) < 0
               ? -1
               : l->stager->uploads(l->stager_self, id, out, err);
}
