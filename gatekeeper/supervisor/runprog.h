/* gatekeeper/supervisor/runprog.h - starts the program of a launch file: its
 * path, standard streams and limits. */
#ifndef GATEKEEPER_SUPERVISOR_RUNPROG_H
#define GATEKEEPER_SUPERVISOR_RUNPROG_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "gatekeeper/supervisor/launch.h"

/* Zero every field but launch, and set program_fd to -1. */
struct runprog {
    const struct launch *launch; /* borrowed */
    int program_fd;              /* the open program; -1: look it up */
    bool adopts;       /* it is a subreaper: its orphans become its children */
    int fd[3];         /* its standard streams */
    char *path;        /* the path that was found */
    const char **argv; /* launcher and its arguments, then the program's */
    char **envp;
};

/* Open the streams and find the program; the session must be the current
 * directory.  -1 with ERR: NOT_FOUND, IO, AUTHZ, naming the file. */
int runprog_open(struct runprog *p, struct err *err);
/* Fork one copy.  Returns its pid, and in *REPORT a descriptor for
 * runprog_outcome(); -1 with ERR. */
pid_t runprog_begin(const struct runprog *p, int *report, struct err *err);
/* Wait until copy number COPY has executed the program or failed.  -1 with ERR:
 * why it failed.  Closes REPORT. */
int runprog_outcome(int report, size_t copy, struct err *err);
/* Start copy number COPY.  Returns its pid after the exec, or -1 with ERR. */
pid_t runprog_start(const struct runprog *p, size_t copy, struct err *err);
/* Close and free. */
void runprog_close(struct runprog *p);

#endif
