/* gatekeeper/supervisor/sharedrun.h - one run of a supervisor of many
 * (runshared.h): its directories, its files, its processes. */
#ifndef GATEKEEPER_SUPERVISOR_SHAREDRUN_H
#define GATEKEEPER_SUPERVISOR_SHAREDRUN_H

#include "gatekeeper/supervisor/identity.h"
#include "gatekeeper/supervisor/runrecord.h"
#include "gatekeeper/supervisor/startbook.h"
#include "gatekeeper/supervisor/taskrun.h"

struct sharedrun {
    struct startbook_run run;
    uint32_t number; /* among its supervisor's, from 1 on */
    int sessionfd, unitfd;
    struct runrecord record;
    struct buf launch; /* the launch file */
    struct taskrun task;
    bool began;        /* its marker was taken here */
    bool booked;       /* its end is in the book */
    bool hopeless;     /* its record is tried once more, and then given up */
    long long t_again; /* when its record is tried again; 0 */
};

/* Prepare RUN in its session beneath BASEFD: from then on its files name SELF,
 * and it as number NUMBER.  NULL with ERR: NOT_FOUND, STATE it was started
 * before or has a supervisor, SYNTAX, NOSPACE, IO. */
struct sharedrun *sharedrun_create(int basefd, const struct startbook_run *run,
                                   const struct identity *self, uint32_t number,
                                   struct err *err);
/* Take the marker and start the program, unless ARMED says why not: what cannot
 * be started has a record, and is over.  The current directory is the session's
 * then. */
void sharedrun_begin(struct sharedrun *r, const struct err *armed);
/* Do what signal SIG means to a supervisor of one run. */
void sharedrun_signal(struct sharedrun *r, int sig);
/* Write the exit record of R, which is over.  false: it cannot be written now.
 */
bool sharedrun_record(struct sharedrun *r);
/* Free it; NULL ok. */
void sharedrun_destroy(struct sharedrun *r);

#endif
