/* gridftp/server/ftp_confine.h - rights that a client gives up for the rest of
 * its session: SITE CHROOT and SITE RESTRICT of the Globus server.  Each works
 * once and cannot be undone. */
#ifndef FTP_CONFINE_H
#define FTP_CONFINE_H

#include "gridftp/server/ftp_path.h"

/* Applies to PREFIX and below, except where a longer prefix applies. */
struct ftp_restriction {
    char *prefix; /* real path, relative to gridftp.root */
    bool read, write;
};

/* Make the directory PATH (absolute, existing) the client's / from now on. -1
 * with ERR STATE when already done, NOT_FOUND, AUTHZ ... when it cannot be
 * reached. */
int ftp_confine_root(struct ftp_paths *p, const char *path, struct err *err);
/* Allow only the paths of LIST, "R/path,W/path,RW/path,N/path,/path", from now
 * on, each with its letters' rights (no letter: all, N: none); the longest
 * match decides.  LIST is changed. -1 with ERR STATE when already done, SYNTAX,
 * NOT_FOUND ... */
int ftp_confine_paths(struct ftp_paths *p, char *list, struct err *err);
/* Whether this allows RIGHT on the real path PATH. */
bool ftp_confine_allows(const struct ftp_paths *p, const char *path,
                        enum ftp_right right);
/* Free the stored paths. */
void ftp_confine_fini(struct ftp_paths *p);

#endif
