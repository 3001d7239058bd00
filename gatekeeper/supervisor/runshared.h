/* gatekeeper/supervisor/runshared.h - the supervisor of an account's ordinary
 * jobs: it begins each run as soon as it gets it and records how it ended.  It
 * gets runs from the process that started it through a socket (SOCK_SEQPACKET)
 * and sends messages about them back.  When the other end is closed, it
 * finishes its runs and ends. */
#ifndef GATEKEEPER_SUPERVISOR_RUNSHARED_H
#define GATEKEEPER_SUPERVISOR_RUNSHARED_H

#include <signal.h>
#include <stdint.h>

#include "base/err.h"
#include "gatekeeper/supervisor/startbook.h"

/* To signal one run, send the supervisor this signal with a value: the run's
 * number (identity.h) and the signal that a single run's supervisor would
 * get. */
#define RUNSHARED_SIGNAL           SIGRTMIN
#define RUNSHARED_VALUE(run, sig)  ((int)((run) << 8 | (unsigned)(sig)))
#define RUNSHARED_VALUE_RUN(value) ((unsigned)(value) >> 8)
#define RUNSHARED_VALUE_SIG(value) ((int)((unsigned)(value)&255u))

enum runshared_kind {
    RUNSHARED_READY,  /* supervised: it can be signalled through its id file */
    RUNSHARED_FAILED, /* not supervised; see code and text */
    RUNSHARED_RUNS,   /* it has run for a moment: most have ended by then */
    RUNSHARED_OVER,   /* its exit record exists, or it must not be started */
    RUNSHARED_KINDS
};

/* A message of the supervisor; messages to it are struct startbook_run. */
struct runshared_news {
    uint32_t kind; /* enum runshared_kind */
    int32_t code;  /* enum err_code */
    struct startbook_run run;
    char text[256];
};

struct runshared;

/* Supervise the runs received through the socket FD.  The current directory
 * must be the account's directory of sessions.  The signals are blocked.  NULL
 * with ERR: NOSPACE, IO. */
struct runshared *runshared_create(int fd, struct err *err);
/* Serve until the socket is closed and all runs are over.  Returns the exit
 * status. */
int runshared_run(struct runshared *m);
/* Free it; NULL ok. */
void runshared_destroy(struct runshared *m);

#endif
