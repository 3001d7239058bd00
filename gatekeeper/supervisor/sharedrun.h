/* gatekeeper/supervisor/sharedrun.h - one run of a shared supervisor
 * (runshared.h): its directories, files and processes. */
#ifndef GATEKEEPER_SUPERVISOR_SHAREDRUN_H
#define GATEKEEPER_SUPERVISOR_SHAREDRUN_H

#include "gatekeeper/supervisor/identity.h"
#include "gatekeeper/supervisor/runrecord.h"
#include "gatekeeper/supervisor/startbook.h"
#include "gatekeeper/supervisor/taskrun.h"

struct sharedrun {
    struct startbook_run run;
    uint32_t number; /* the supervisor's number for it, from 1 on */
    int sessionfd, unitfd;
    struct runrecord record;
    struct buf launch; /* the launch file */
    struct taskrun task;
    bool began;        /* its marker was taken here */
    bool booked;       /* its end is in the book */
    bool hopeless;     /* try its record only once more */
    long long t_again; /* time of the next try of its record; 0 */
};

/* Prepare RUN in its session below BASEFD; its id file then names SELF and
 * NUMBER.  NULL with ERR: NOT_FOUND, STATE it was started before or has a
 * supervisor, SYNTAX, NOSPACE, IO. */
struct sharedrun *sharedrun_create(int basefd, const struct startbook_run *run,
                                   const struct identity *self, uint32_t number,
                                   struct err *err);
/* Take the marker and start the program, unless the error ARMED is set.  A
 * failure goes into the record, and the run is over.  Changes the current
 * directory to the session. */
void sharedrun_begin(struct sharedrun *r, const struct err *armed);
/* Handle SIG as a single run's supervisor does. */
void sharedrun_signal(struct sharedrun *r, int sig);
/* Write the exit record of R, which is over. false: it cannot be written
 * now. */
bool sharedrun_record(struct sharedrun *r);
/* Free it; NULL ok. */
void sharedrun_destroy(struct sharedrun *r);

#endif
