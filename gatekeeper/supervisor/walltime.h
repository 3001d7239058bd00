/* gatekeeper/supervisor/walltime.h - the wall time limit of a run, and the file
 * in its unit's directory that says what it was changed to since its launch
 * file was written: a number of seconds, from the start of the run on. */
#ifndef GATEKEEPER_SUPERVISOR_WALLTIME_H
#define GATEKEEPER_SUPERVISOR_WALLTIME_H

#include <stdbool.h>

#include "base/err.h"
#include "gatekeeper/supervisor/launch.h"

/* At most this many seconds. */
#define WALLTIME_MAX (1LL << 40)

/* Times are in ms on the monotonic clock. */
struct walltime {
    int unitfd;
    long long begin, due; /* due 0: no limit */
    long long look;       /* when the file is looked at next; 0 never */
};

/* What the file says; -1: there is none, or it is not a number of seconds. */
long long walltime_read(int unitfd);
/* Write SECONDS there.  -1 with ERR: NOSPACE, IO. */
int walltime_write(int unitfd, long long seconds, struct err *err);

/* The run of L begins now; it was prepared in UNITFD. */
void walltime_begin(struct walltime *w, int unitfd, struct launch *l);
/* The file may have changed: L's limit is then as it says. */
void walltime_look(struct walltime *w, struct launch *l);
/* Whether L's limit is reached; the file is asked before. */
bool walltime_over(struct walltime *w, struct launch *l, long long now);
/* When walltime_over() is to be asked next; 0 never. */
long long walltime_next(const struct walltime *w);

#endif
