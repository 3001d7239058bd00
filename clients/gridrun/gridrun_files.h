/* clients/gridrun/gridrun_files.h - options that transfer local files to or
 * from a job, according to the description it was submitted with. */
#ifndef GRIDRUN_FILES_H
#define GRIDRUN_FILES_H

#include "clients/gridrun/gridrun.h"

struct gridrun_files_way {
    const char *option;  /* "-upload" */
    const char *nothing; /* the message for a description without such files:
                            "names no input of this machine" */
    /* The number of such files in G's description. */
    size_t (*count)(const struct gridrun *g);
    /* Transfer them for the job REF. 0; -1, with ERR unless every error was
     * already printed. */
    int (*move)(struct gridrun *g, const struct job_ref *ref, struct err *err);
};

/* Read description and job of G, connect, and transfer as WAY says; prints
 * errors.  Returns the exit status. */
int gridrun_files(struct gridrun *g, const struct gridrun_files_way *way);

#endif
