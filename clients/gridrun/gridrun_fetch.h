/* clients/gridrun/gridrun_fetch.h - outputs that a description sends to files
 * of this machine: gridrun fetches them when the job is over. */
#ifndef CLIENTS_GRIDRUN_FETCH_H
#define CLIENTS_GRIDRUN_FETCH_H

#include "base/err.h"
#include "jobs/job.h"

struct gridrun;

struct gridrun_fetch {
    char *file; /* in the session */
    char *path; /* here */
};

/* Zeroed: none. */
struct gridrun_fetches {
    struct gridrun_fetch *of;
    size_t n;
};

/* Move the outputs of JOB whose URL is a file: URL of this machine to F: the
 * site has nothing to do with them.  -1 with ERR: USAGE, UNSUPPORTED, IO (it
 * cannot be written here). */
int gridrun_fetches_take(struct job *job, struct gridrun_fetches *f,
                         struct err *err);
/* Fetch g->fetches of the job at HANDLE, saying so, and what fails: a file is
 * there as a whole, or not at all.  -1: some failed. */
int gridrun_fetch_outputs(struct gridrun *g, const char *handle);
/* Free what it holds. */
void gridrun_fetches_fini(struct gridrun_fetches *f);

#endif
