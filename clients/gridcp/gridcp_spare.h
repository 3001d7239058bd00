/* clients/gridcp/gridcp_spare.h - sessions that are opened while directories
 * are still read, so that the first worker need not log in after that. */
#ifndef CLIENTS_GRIDCP_SPARE_H
#define CLIENTS_GRIDCP_SPARE_H

#include "clients/gridcp/gridcp.h"

/* Begin to open a session with SITE as the SOURCE or destination, unless it is
 * no GridFTP server, or one was ordered for that side before. */
void gridcp_spare_order(struct gridcp *g, struct gridcp_site *site,
                        bool source);
/* The session that was ordered, waiting until it is open; NULL when there is
 * none, or it could not be opened: then the caller does so, and hears why. */
struct ftpclient *gridcp_spare_take(struct gridcp *g,
                                    const struct gridcp_site *site,
                                    bool source);
/* Close those that nobody took.  False when one is still being opened, by a
 * thread that uses G. */
bool gridcp_spare_end(struct gridcp *g);

#endif
