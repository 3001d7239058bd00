/* gatekeeper/supervisor/runshared.h - the supervisor of an account's ordinary
 * runs: begins each as soon as it is given, beside others, and writes down how
 * it ended.  Runs come through a socket (SOCK_SEQPACKET) from who started it,
 * and news of them goes back; when that side is closed, it runs what it has and
 * ends. */
#ifndef GATEKEEPER_SUPERVISOR_RUNSHARED_H
#define GATEKEEPER_SUPERVISOR_RUNSHARED_H

#include <signal.h>
#include <stdint.h>

#include "base/err.h"
#include "gatekeeper/supervisor/startbook.h"

/* One run is signalled by this signal to the supervisor, with a value: the
 * run's number (identity.h) and the signal that a supervisor of a single run
 * would get. */
#define RUNSHARED_SIGNAL           SIGRTMIN
#define RUNSHARED_VALUE(run, sig)  ((int)((run) << 8 | (unsigned)(sig)))
#define RUNSHARED_VALUE_RUN(value) ((unsigned)(value) >> 8)
#define RUNSHARED_VALUE_SIG(value) ((int)((unsigned)(value)&255u))

enum runshared_kind {
    RUNSHARED_READY,  /* it has a supervisor: it is signalled by its id file */
    RUNSHARED_FAILED, /* it has not, by code and text */
    RUNSHARED_RUNS,   /* it has run for a moment: most are over by then */
    RUNSHARED_OVER, /* its exit record is there, or it was not to be started */
    RUNSHARED_KINDS
};

/* What the supervisor tells; what it is given is a struct startbook_run. */
struct runshared_news {
    uint32_t kind; /* enum runshared_kind */
    int32_t code;  /* enum err_code */
    struct startbook_run run;
    char text[256];
};

struct runshared;

/* Supervise what comes through the socket FD, in the account's directory of
 * sessions, which is the current one.  The signals are blocked.  NULL with ERR:
 * NOSPACE, IO. */
struct runshared *runshared_create(int fd, struct err *err);
/* Until nothing more comes and all is over.  Returns the status to exit with.
 */
int runshared_run(struct runshared *m);
/* Free it; NULL ok. */
void runshared_destroy(struct runshared *m);

#endif
