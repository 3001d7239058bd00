/* gatekeeper/supervisor/exitwhy.h - explains an exit record to people: which
 * limit ended the run, or may have ended it. */
#ifndef GATEKEEPER_SUPERVISOR_EXITWHY_H
#define GATEKEEPER_SUPERVISOR_EXITWHY_H

#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/launch.h"

/* Put the resource use of all children of this process into REC. */
void exitwhy_usage(struct exitrec *rec);
/* Set the text of REC, which holds why, exit code, signal and resource use of
 * an ended run of L. */
void exitwhy_explain(struct exitrec *rec, const struct launch *l);

/* Note WHY the run is being ended, unless an earlier reason is noted.  The
 * program's own death by SIGTERM is not such a reason: a batch system sends
 * SIGTERM to all processes of a job, and the supervisor may see the program's
 * end first. */
void exitwhy_note(struct exitrec *rec, enum exitrec_why why);
/* The run has ended.  It counts as cancelled if the program failed and this
 * process, which blocks SIGTERM, has an unhandled one pending. */
void exitwhy_last(struct exitrec *rec);

#endif
