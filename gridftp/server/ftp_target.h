/* gridftp/server/ftp_target.h - the file that a transfer writes: a part beside
 * the final name, which it takes only when it is complete. */
#ifndef FTP_TARGET_H
#define FTP_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "gridftp/server/ftp_path.h"

enum ftp_target_how {
    FTP_TARGET_WHOLE,    /* STOR */
    FTP_TARGET_CONTINUE, /* STOR after REST: goes on with what there is */
    FTP_TARGET_APPEND,   /* APPE */
    FTP_TARGET_PART      /* ESTO: bytes in the middle, in place */
};

struct ftp_target {
    int fd;
    int dir;        /* of the part; -1 when written in place */
    char part[256]; /* "" in place */
    char name[256]; /* final */
    bool made;      /* the part is ours, with nothing in it before */
    bool replaces;  /* the final name existed */
    unsigned mode;  /* what it had then */
    unsigned gid;
    int64_t length;  /* IN, to commit: where a continued part ends; -1 */
    time_t modified; /* IN, to commit: the time that it is to have; 0 */
};

/* Open PATH for writing.  A new file, and a plain one of the user's own that is
 * replaced, is written as ".NAME.part-gridftp" beside it (".NAME-UID..." where
 * that name is another's), nobody else's to read while it is to replace a file;
 * links, files with several names, foreign owners or
 * extended attributes, and directories that take no new file are written in
 * place.  AT bytes are there already (CONTINUE).  -1 with errno; EBUSY when
 * another session writes it, ESPIPE when fewer than AT bytes are there. */
int ftp_target_open(struct ftp_target *t, const struct ftp_paths *p,
                    const char *path, enum ftp_target_how how, int64_t at);
/* The transfer is complete: bytes on disk (SYNC), final name, and that on disk
 * as well.  Closes; -1 with errno: the final name then has what it had, or,
 * where only its own sync failed, the complete file.  ESTALE: the part's name
 * is another file's by now. */
int ftp_target_commit(struct ftp_target *t, bool sync);
/* The transfer failed: the part stays when KEEP, for a continuation. */
void ftp_target_abandon(struct ftp_target *t, bool keep);

#endif
