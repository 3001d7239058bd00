/* gatekeeper/life/life_record.c - the record for schedulers and staging, with
 * the site's values for ${GLOBUS_USER_HOME} and the like. */
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/life/life_core.h"

struct words {
    const char *name[4], *value[4];
};

/* Replace every ${NAME} of W in *TEXT; others stay. */
static void
expand(char **text, const struct words *w)
{
    struct buf out = BUF_INIT;
    const char *p = *text;

    if (p == NULL || strstr(p, "${") == NULL)
        return;
    while (*p != '\0') {
        size_t i = 4;

        if (p[0] == '$' && p[1] == '{')
            for (i = 0; i < 4; i++) {
                size_t n = strlen(w->name[i]);

                if (strncmp(p + 2, w->name[i], n) == 0 && p[2 + n] == '}')
                    break;
            }
        if (i < 4) {
            buf_adds(&out, w->value[i]);
            p += 3 + strlen(w->name[i]);
        } else {
            buf_addc(&out, *p++);
        }
    }
    free(*text);
    *text = buf_detach(&out);
}

static void
expand_transfers(struct job_transfer *list, size_t n, const struct words *w)
{
    for (size_t i = 0; i < n; i++) {
        expand(&list[i].file, w);
        expand(&list[i].url, w);
    }
}

/* Make *PATH relative to the session: relative paths of the application are
 * relative to its working directory (jsdl-posix, GT4). */
static void
below(const char *directory, char **path)
{
    char *whole;

    if (directory == NULL || *path == NULL || (*path)[0] == '/')
        return;
    whole = xasprintf("%s/%s", directory, *path);
    free(*path);
    *path = whole;
}

int
life_record_load(struct life *l, const struct life_job *job, struct job *record,
                 struct err *err)
{
    const struct words w = { { "GLOBUS_USER_HOME", "GLOBUS_USER_NAME",
                               "GLOBUS_SCRATCH_DIR", "GLOBUS_JOB_ID" },
                             { job->home != NULL ? job->home : "",
                               job->account != NULL ? job->account : "",
                               job->session != NULL ? job->session : "",
                               job->id } };
    struct store_job kept;

    if (l->store->load(l->store_self, job->id, &kept, err) < 0)
        return -1;
    if (job_from_json(kept.record, record, err) < 0) {
        store_job_fini(&kept);
        return -1;
    }
    store_job_fini(&kept);
    expand(&record->executable, &w);
    expand(&record->directory, &w);
    expand(&record->input, &w);
    expand(&record->output, &w);
    expand(&record->error, &w);
    below(record->directory, &record->input);
    below(record->directory, &record->output);
    below(record->directory, &record->error);
    if (strchr(record->executable, '/') !=
        NULL) /* a bare name is searched in PATH */
        below(record->directory, &record->executable);
    for (size_t i = 0; i < record->nargs; i++)
        expand(&record->args[i], &w);
    for (size_t i = 0; i < record->nenv; i++)
        expand(&record->env[i].value, &w);
    for (size_t i = 0; i < record->nclean_up; i++)
        expand(&record->clean_up[i], &w);
    expand_transfers(record->stage_in, record->nstage_in, &w);
    expand_transfers(record->stage_out, record->nstage_out, &w);
    return 0;
}
