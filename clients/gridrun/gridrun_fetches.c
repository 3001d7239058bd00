/* clients/gridrun/gridrun_fetches.c - the outputs of a description that go to
 * local files; see gridrun.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/gridrun/gridrun.h"

/* Check that the directory of PATH is writable. */
static int
check_place(const char *path, struct err *err)
{
    char *dir = xasprintf("%.*s", (int)(strrchr(path, '/') - path), path);
    int rc = 0;

    if (access(dir[0] != '\0' ? dir : "/", W_OK | X_OK) < 0)
        rc = err_set(err, ERR_IO, "output '%s' cannot be written here: %s",
                     path, strerror(errno));
    free(dir);
    return rc;
}

/* Add T with the local path PATH, which is taken, to F. */
static int
take(const struct job_transfer *t, char *path, struct gridrun_fetches *f,
     struct err *err)
{
    struct gridrun_fetch *o;

    f->of = xrealloc(f->of, f->n + 1, sizeof(*f->of));
    o = &f->of[f->n++];
    *o = (struct gridrun_fetch){ .path = path,
                                 .file = gridrun_session_path(t->file) };
    if (o->file[0] == '/')
        return err_set(err, ERR_UNSUPPORTED,
                       "'%s': an output that goes to a file of this machine "
                       "lies in the session directory: say a relative path",
                       t->file);
    if (t->delete_after || t->creation != JOB_OVERWRITE)
        return err_set(err, ERR_UNSUPPORTED,
                       "'%s': an output that goes to a file of this machine is "
                       "neither appended nor removed at the site: leave out "
                       "DeleteOnTermination, and let CreationFlag be overwrite",
                       t->file);
    return check_place(path, err);
}

int
gridrun_fetches_take(struct job *job, struct gridrun_fetches *f,
                     struct err *err)
{
    size_t kept = 0;
    int rc = 0;

    for (size_t k = 0; k < job->nstage_out; k++) {
        struct job_transfer *t = &job->stage_out[k];
        char *path = rc == 0 ? gridrun_local_path(t->url) : NULL;

        if (path == NULL) {
            job->stage_out[kept++] = *t;
            continue;
        }
        rc = take(t, path, f, err);
        free(t->file);
        free(t->url);
        free(t->delegation_id);
    }
    job->nstage_out = kept;
    return rc;
}

void
gridrun_fetches_fini(struct gridrun_fetches *f)
{
    for (size_t k = 0; k < f->n; k++) {
        free(f->of[k].path);
        free(f->of[k].file);
    }
    free(f->of);
    *f = (struct gridrun_fetches){ .n = 0 };
}
