/* clients/gridcp/gridcp_file.h - local files of gridcp: a destination is
 * written as a part file and renamed when complete. */
#ifndef CLIENTS_GRIDCP_FILE_H
#define CLIENTS_GRIDCP_FILE_H

#include "clients/gridcp/gridcp.h"

/* Open the destination PATH for writing.  For a regular or new file this is a
 * part file ".NAME.part" in its directory, locked with flock(); KEEP keeps its
 * content, else a new file is made, whose F->mark differs from the old one's.
 * IN_PLACE: PATH itself, for parts of files.  A device or pipe is opened
 * itself. -1 with ERR: NOT_FOUND (no such directory), AUTHZ, EXISTS (a
 * directory), STATE (another gridcp is writing it, or has since the last try:
 * F->changed). */
int gridcp_file_create(struct gridcp_file *f, const char *path, bool in_place,
                       bool keep, struct err *err);
/* Rename the complete part to the final name, with the mode of the old file,
 * and close it. */
int gridcp_file_finish(struct gridcp_file *f, struct err *err);
struct gridcp_part;
/* Rename PATH's part if it is the file that contains all of P. */
bool gridcp_file_finish_part(const char *path, const struct gridcp_part *p);
/* Close; KEEP the part for another try. */
void gridcp_file_abandon(struct gridcp_file *f, bool keep);
/* Open the source PATH; returns size and time of a regular file (else -1). -1
 * with ERR: NOT_FOUND, AUTHZ, EXISTS (a directory). */
int gridcp_file_open(const char *path, int64_t *size, time_t *mtime,
                     struct err *err);
/* The length and identity of PATH's part file; -1 when there is none. */
int64_t gridcp_file_part(const char *path, struct gridcp_mark *mark);
/* Remove PATH's part file, unless another gridcp uses it (not checked if
 * OURS). */
void gridcp_file_discard(const char *path, bool ours);
/* Size and time of the regular file PATH; unchanged for other files. */
void gridcp_file_stat(const char *path, int64_t *size, time_t *mtime);
/* Make PATH's missing parent directories. */
int gridcp_file_parents(const char *path, struct err *err);
/* Set ERR for ERRNO about PATH: "cannot WHAT 'PATH': ..".  Always -1. */
int gridcp_file_error(struct err *err, const char *what, const char *path);

#endif
