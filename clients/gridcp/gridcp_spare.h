/* clients/gridcp/gridcp_spare.h - sessions kept for workers: opened while
 * directories are still being read, or left over from reading them. */
#ifndef CLIENTS_GRIDCP_SPARE_H
#define CLIENTS_GRIDCP_SPARE_H

#include "clients/gridcp/gridcp.h"

/* Whether a session's first request is known before its first file: files of a
 * directory, in MODE E, with one stream each. */
bool gridcp_spare_foresees(const struct gridcp *g);
/* Start opening a session with SITE for the SOURCE or destination, unless it is
 * not a GridFTP server, or that side has had one. */
void gridcp_spare_order(struct gridcp *g, struct gridcp_site *site,
                        bool source);
/* Keep C, a session with SITE, for the next worker; closes it if such sessions
 * are not used for files. */
void gridcp_spare_give(struct gridcp *g, struct gridcp_site *site, bool source,
                       struct ftpclient *c);
/* Take the session handed over, or the ordered one after waiting until it is
 * open.  NULL when there is none or it failed; the caller then opens one and
 * gets the error. */
struct ftpclient *gridcp_spare_take(struct gridcp *g,
                                    const struct gridcp_site *site,
                                    bool source);
/* Close the sessions that nobody took.  False when one is still being opened,
 * by a thread that uses G. */
bool gridcp_spare_end(struct gridcp *g);

#endif
