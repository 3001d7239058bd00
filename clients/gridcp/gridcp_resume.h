/* clients/gridcp/gridcp_resume.h - what a server holds of a file that was sent
 * to it before: by an earlier try, or an earlier run (-state). */
#ifndef CLIENTS_GRIDCP_RESUME_H
#define CLIENTS_GRIDCP_RESUME_H

#include "clients/gridcp/gridcp_worker.h"

/* T, which has T->x, moves to a server; note it when that has begun.  Where
 * they go one after the other, the length of what the server holds tells how
 * much arrived. */
void gridcp_resume_moved(const struct gridcp_worker *w, struct gridcp_task *t);
/* Ask the destination of T, with whom C is a session, what it holds, and put
 * that into t->have: the length of our server's part file, whose last bytes are
 * compared by checksum, or of the file itself (the real server), all of which
 * is.  1: everything is there, under its name; 0 else; -1 with ERR: the session
 * was lost. */
int gridcp_resume_ask(struct gridcp_worker *w, struct gridcp_task *t,
                      struct ftpclient *c, struct err *err);

#endif
