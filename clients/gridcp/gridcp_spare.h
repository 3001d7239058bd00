/* clients/gridcp/gridcp_spare.h - sessions that wait for a worker: opened while
 * directories are still read, or left by those who have read them. */
#ifndef CLIENTS_GRIDCP_SPARE_H
#define CLIENTS_GRIDCP_SPARE_H

#include "clients/gridcp/gridcp.h"

/* Whether what a session is asked for first can be said before its first file
 * is known: files of a directory, in MODE E, over one stream each. */
bool gridcp_spare_foresees(const struct gridcp *g);
/* Begin to open a session with SITE as the SOURCE or destination, unless it is
 * not a GridFTP server, or one was ordered for that side before. */
void gridcp_spare_order(struct gridcp *g, struct gridcp_site *site,
                        bool source);
/* C, a session with SITE, goes to the next who takes one; it is closed where
 * none is used for files in this way. */
void gridcp_spare_give(struct gridcp *g, struct gridcp_site *site, bool source,
                       struct ftpclient *c);
/* The session that was given, or that was ordered, waiting until it is open;
 * NULL when there is none, or it could not be opened: then the caller does so,
 * and hears why. */
struct ftpclient *gridcp_spare_take(struct gridcp *g,
                                    const struct gridcp_site *site,
                                    bool source);
/* Close those that nobody took.  False when one is still being opened, by a
 * thread that uses G. */
bool gridcp_spare_end(struct gridcp *g);

#endif
