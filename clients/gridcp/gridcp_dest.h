/* clients/gridcp/gridcp_dest.h - what a server's destination lacks or is:
 * directories to be made (-cd), a directory that was named without its '/'. */
#ifndef CLIENTS_GRIDCP_DEST_H
#define CLIENTS_GRIDCP_DEST_H

#include "clients/gridcp/gridcp.h"

/* The last component of PATH. */
const char *gridcp_dest_name(const char *path);
/* Let END be a directory: with '/' at its end. */
void gridcp_dest_be_dir(struct gridcp_end *end);
bool gridcp_dest_is_dir(const struct gridcp_end *end);
/* Whether T, which was refused with CODE, may go better when
 * gridcp_dest_prepare() has had a look; once for each reason. */
bool gridcp_dest_retry(struct gridcp_task *t, enum err_code code);
/* Make T's parent directories at C, or put it below the directory that its
 * destination turns out to be, where gridcp_dest_retry() thought of that. */
int gridcp_dest_prepare(struct gridcp_task *t, struct ftpclient *c,
                        struct err *err);

/* Refuse to copy a file onto itself, which would empty it where the server
 * writes in place.  0, or -1 with ERR: USAGE. */
int gridcp_dest_check(const struct gridcp_end *src,
                      const struct gridcp_end *dst, struct err *err);

/* Open T's local destination, a part when it is a whole file; what it holds
 * already stays when KEEP.  As gridcp_file_create(), with its directories made
 * for -cd. */
int gridcp_dest_open(struct gridcp_task *t, bool keep, struct err *err);
/* Close it when it is whole: gridcp_file_finish(). */
int gridcp_dest_finish(struct gridcp_task *t, struct err *err);

#endif
