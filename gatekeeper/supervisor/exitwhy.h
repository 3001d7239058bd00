/* gatekeeper/supervisor/exitwhy.h - what the numbers of an exit record mean,
 * for people: which limit ended the run, or may have. */
#ifndef GATEKEEPER_SUPERVISOR_EXITWHY_H
#define GATEKEEPER_SUPERVISOR_EXITWHY_H

#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/launch.h"

/* Put into REC what all children of this process have used. */
void exitwhy_usage(struct exitrec *rec);
/* Add to REC, which has why, exit code, signal and use of a run of L that is
 * over, the text. */
void exitwhy_explain(struct exitrec *rec, const struct launch *l);

/* A run begins to end because of WHY, unless something else came first.  The
 * program's own end by SIGTERM does not: a batch system sends that to all
 * processes of a job, and the supervisor may see the program's end first. */
void exitwhy_note(struct exitrec *rec, enum exitrec_why why);
/* All of the run has ended: it was cancelled if this process, which blocks
 * SIGTERM, has one that it did not look at, and the program failed. */
void exitwhy_last(struct exitrec *rec);

#endif
