/* clients/gridcp/gridcp_file.h - local files of gridcp: a destination grows
 * under a part name and gets its own when it is whole. */
#ifndef CLIENTS_GRIDCP_FILE_H
#define CLIENTS_GRIDCP_FILE_H

#include "clients/gridcp/gridcp.h"

/* Open the destination PATH for writing.  A regular file, or none yet: a part
 * file ".NAME.part" in its directory, taken with flock(); what it holds already
 * stays when KEEP, else there is a new one, which F->mark tells from the old.
 * IN_PLACE: PATH itself, for parts of files.  A device or pipe is opened as it
 * is.  -1 with ERR: NOT_FOUND (no such directory), AUTHZ, EXISTS (a directory),
 * STATE (another gridcp writes it, or has since the last try: F->changed). */
int gridcp_file_create(struct gridcp_file *f, const char *path, bool in_place,
                       bool keep, struct err *err);
/* Give the whole part its final name, with the mode that the old file had; and
 * close. */
int gridcp_file_finish(struct gridcp_file *f, struct err *err);
struct gridcp_part;
/* Give PATH's part its name when it is the file that holds all of P. */
bool gridcp_file_finish_part(const char *path, const struct gridcp_part *p);
/* Close; the part stays for another try when KEEP. */
void gridcp_file_abandon(struct gridcp_file *f, bool keep);
/* Open the source PATH; size and time of a regular file (else -1).  -1 with
 * ERR: NOT_FOUND, AUTHZ, EXISTS (a directory). */
int gridcp_file_open(const char *path, int64_t *size, time_t *mtime,
                     struct err *err);
/* The length of PATH's part file, and which file it is; -1 when there is none.
 */
int64_t gridcp_file_part(const char *path, struct gridcp_mark *mark);
/* Remove PATH's part file, unless another gridcp is at it, or it is OURS. */
void gridcp_file_discard(const char *path, bool ours);
/* Size and time of the regular file PATH; left alone for others. */
void gridcp_file_stat(const char *path, int64_t *size, time_t *mtime);
/* Make PATH's missing parent directories. */
int gridcp_file_parents(const char *path, struct err *err);
/* ERR for ERRNO about PATH: "cannot WHAT 'PATH': ..". Always -1. */
int gridcp_file_error(struct err *err, const char *what, const char *path);

#endif
