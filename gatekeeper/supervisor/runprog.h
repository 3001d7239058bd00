/* gatekeeper/supervisor/runprog.h - starting the program of a launch file:
 * where it is, what its standard streams are, what it may use. */
#ifndef GATEKEEPER_SUPERVISOR_RUNPROG_H
#define GATEKEEPER_SUPERVISOR_RUNPROG_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "gatekeeper/supervisor/launch.h"

/* Zeroed except for launch, and fd = -1. */
struct runprog {
    const struct launch *launch; /* borrowed */
    int program_fd;              /* the program itself; -1: look it up */
    bool adopts;                 /* what it starts stays beneath it while it
                                    lives, whatever dies in between */
    int fd[3];                   /* its standard streams */
    char *path;                  /* the program, looked up */
    const char **argv;           /* the launcher's words, then the program's */
    char **envp;
};

/* Open the streams and find the program; the session is the current directory.
 * -1 with ERR: NOT_FOUND, IO, AUTHZ, naming the file. */
int runprog_open(struct runprog *p, struct err *err);
/* Begin to start one copy.  Its pid, and in *REPORT a descriptor for
 * runprog_outcome(); -1 with ERR. */
pid_t runprog_begin(const struct runprog *p, int *report, struct err *err);
/* Wait until copy number COPY runs, or has failed to: -1 with ERR says why.
 * REPORT is closed. */
int runprog_outcome(int report, size_t copy, struct err *err);
/* Start copy number COPY.  Returns its pid once it runs, or -1 with ERR. */
pid_t runprog_start(const struct runprog *p, size_t copy, struct err *err);
/* Close and free. */
void runprog_close(struct runprog *p);

#endif
