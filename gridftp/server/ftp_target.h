/* gridftp/server/ftp_target.h - the file that a transfer writes: a part file
 * next to the final name, renamed to it only when complete. */
#ifndef FTP_TARGET_H
#define FTP_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "gridftp/server/ftp_path.h"

enum ftp_target_how {
    FTP_TARGET_WHOLE,    /* STOR */
    FTP_TARGET_CONTINUE, /* STOR after REST: continues the existing part */
    FTP_TARGET_APPEND,   /* APPE */
    FTP_TARGET_PART      /* ESTO: bytes in the middle, written in place */
};

struct ftp_target {
    int fd;
    int dir;        /* directory of the part; -1 when written in place */
    char part[256]; /* its name; "" in place */
    char name[256]; /* final name */
    bool made;      /* we created the part, empty */
    bool replaces;  /* the final name existed */
    unsigned mode;  /* the mode it had then */
    unsigned gid;
    int64_t length;  /* IN, for commit: where a continued part ends; -1 */
    time_t modified; /* IN, for commit: modification time to set; 0 */
};

/* Open PATH for writing.  A new file, or a replaced plain file of the user's
 * own, is written as ".NAME.part-gridftp" next to it (".NAME-UID..." when that
 * name is taken); the part of a replaced file is private until complete.
 * Written in place are links, files with several names, foreign owners or
 * extended attributes, and files in directories that accept no new file.  AT
 * bytes must exist already (CONTINUE). -1 with errno; EBUSY when another
 * session writes it, ESPIPE when it has fewer than AT bytes. */
int ftp_target_open(struct ftp_target *t, const struct ftp_paths *p,
                    const char *path, enum ftp_target_how how, int64_t at);
/* The transfer is complete: sync the data (SYNC), rename to the final name,
 * sync the directory.  Closes; -1 with errno: the final name is then unchanged
 * or, if only the directory sync failed, is the complete file.  ESTALE: the
 * part's name now belongs to another file. */
int ftp_target_commit(struct ftp_target *t, bool sync);
/* The transfer failed: KEEP the part for a later continuation, or remove it. */
void ftp_target_abandon(struct ftp_target *t, bool keep);

#endif
