/* clients/gridrun/gridrun_fetch.h - outputs that a description sends to local
 * files: gridrun fetches them when the job is over. */
#ifndef CLIENTS_GRIDRUN_FETCH_H
#define CLIENTS_GRIDRUN_FETCH_H

#include "base/err.h"
#include "jobs/job.h"

struct gridrun;

struct gridrun_fetch {
    char *file; /* path in the session */
    char *path; /* local path */
};

/* All zeros: none. */
struct gridrun_fetches {
    struct gridrun_fetch *of;
    size_t n;
};

/* Move the outputs of JOB with a file: URL of this machine from JOB to F, since
 * the site does not transfer them.  -1 with ERR: USAGE, UNSUPPORTED, IO (the
 * local file cannot be written). */
int gridrun_fetches_take(struct job *job, struct gridrun_fetches *f,
                         struct err *err);
/* Fetch g->fetches of the job at HANDLE and print progress and errors.  A file
 * appears only when it is complete.  -1: some failed. */
int gridrun_fetch_outputs(struct gridrun *g, const char *handle);
/* Free its contents. */
void gridrun_fetches_fini(struct gridrun_fetches *f);

#endif
