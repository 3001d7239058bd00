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

#endif
