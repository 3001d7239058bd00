/* gridftp/server/ftp_confine.h - what a client gives up for the rest of its
 * session: SITE CHROOT and SITE RESTRICT, as the Globus server has them.  Each
 * can be said once: what was given up does not come back. */
#ifndef FTP_CONFINE_H
#define FTP_CONFINE_H

#include "gridftp/server/ftp_path.h"

/* What lies at or below PREFIX, and is not named by a longer one. */
struct ftp_restriction {
    char *prefix; /* true name, in the tree of gridftp.root */
    bool read, write;
};

/* The directory PATH (absolute) is the client's / from now on; it is there.  -1
 * with ERR STATE when this was said before, NOT_FOUND, AUTHZ ... when it cannot
 * be reached. */
int ftp_confine_root(struct ftp_paths *p, const char *path, struct err *err);
/* Only the paths of LIST, "R/path,W/path,RW/path,N/path,/path", are allowed
 * from now on, each with what its letters say (none: all, N: nothing); of two
 * the longer one decides.  LIST is changed.  -1 with ERR STATE when this was
 * said before, SYNTAX, NOT_FOUND ... */
int ftp_confine_paths(struct ftp_paths *p, char *list, struct err *err);
/* Whether that leaves RIGHT on the true name PATH. */
bool ftp_confine_allows(const struct ftp_paths *p, const char *path,
                        enum ftp_right right);
/* Free what was noted. */
void ftp_confine_fini(struct ftp_paths *p);

#endif
