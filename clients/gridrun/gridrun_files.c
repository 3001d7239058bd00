/* clients/gridrun/gridrun_files.c - see gridrun_files.h. */
#include "clients/gridrun/gridrun_files.h"

#include <stdlib.h>

static int
move(struct gridrun *g, const struct gridrun_files_way *way,
     const struct gridrun_refs *refs, struct err *err)
{
    if (way->count(g) == 0)
        return err_set(err, ERR_USAGE, "'%s' %s: there is nothing to do",
                       g->description_file, way->nothing);
    if (gridrun_open(g, refs->of[0].url, err) < 0)
        return -1;
    return way->move(g, &refs->of[0], err);
}

int
gridrun_files(struct gridrun *g, const struct gridrun_files_way *way)
{
    struct err err = ERR_INIT;
    struct gridrun_refs refs = { .n = 0 };
    struct job job;
    char *jsdl = NULL;
    int rc = -1;

    job_init(&job);
    if (g->description_file == NULL)
        err_set(&err, ERR_USAGE,
                "%s needs -job-description-file FILE, by which the job was "
                "submitted",
                way->option);
    else if (gridrun_description(g, &jsdl, &job, &err) == 0 &&
             gridrun_refs_load(g, 1, &refs, &err) == 0)
        rc = move(g, way, &refs, &err);
    if (err.code != ERR_OK)
        client_complain("gridrun", &err);
    gridrun_close(g);
    gridrun_refs_fini(&refs);
    gridrun_inputs_fini(&g->inputs);
    gridrun_fetches_fini(&g->fetches);
    job_fini(&job);
    free(jsdl);
    return rc == 0 ? 0 : GRIDRUN_FAILED;
}
