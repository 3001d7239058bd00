/* clients/gridcp/gridcp_resume.h - find what a server has of a file that an
 * earlier try or run (-state) sent. */
#ifndef CLIENTS_GRIDCP_RESUME_H
#define CLIENTS_GRIDCP_RESUME_H

#include "clients/gridcp/gridcp_worker.h"

/* Record that T, which has T->x, has begun to move to a server.  If its bytes
 * go in order, the length of the server's file tells how much arrived. */
void gridcp_resume_moved(const struct gridcp_worker *w, struct gridcp_task *t);
/* Query T's destination over the session C and put what it has into t->have:
 * the length of our server's part file, whose last bytes are compared by
 * checksum, or of the file itself (the Globus server), which is compared whole.
 * 1: complete under its name; 0 else; -1 with ERR: the session was lost. */
int gridcp_resume_ask(struct gridcp_worker *w, struct gridcp_task *t,
                      struct ftpclient *c, struct err *err);

#endif
