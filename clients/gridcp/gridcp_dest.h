/* clients/gridcp/gridcp_dest.h - destinations at servers: make missing
 * directories (-cd), recognise a directory named without its '/'. */
#ifndef CLIENTS_GRIDCP_DEST_H
#define CLIENTS_GRIDCP_DEST_H

#include "clients/gridcp/gridcp.h"

/* The last component of PATH. */
const char *gridcp_dest_name(const char *path);
/* Mark END as a directory: append '/'. */
void gridcp_dest_be_dir(struct gridcp_end *end);
bool gridcp_dest_is_dir(const struct gridcp_end *end);
/* Whether T, refused with CODE, may succeed after gridcp_dest_prepare(); true
 * once for each reason. */
bool gridcp_dest_retry(struct gridcp_task *t, enum err_code code);
/* Make T's parent directories at C, or move its destination into the directory
 * it names, as gridcp_dest_retry() decided. */
int gridcp_dest_prepare(struct gridcp_task *t, struct ftpclient *c,
                        struct err *err);

/* Refuse to copy a file onto itself, which would truncate it where the server
 * writes in place. 0, or -1 with ERR: USAGE. */
int gridcp_dest_check(const struct gridcp_end *src,
                      const struct gridcp_end *dst, struct err *err);

/* Open T's local destination, a part if it is a whole file; KEEP keeps its
 * content.  As gridcp_file_create(), but -cd makes its directories. */
int gridcp_dest_open(struct gridcp_task *t, bool keep, struct err *err);
/* Complete and close it: gridcp_file_finish(). */
int gridcp_dest_finish(struct gridcp_task *t, struct err *err);

#endif
