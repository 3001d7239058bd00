/* gridftp/server/ftp_path.h - open paths given by a client.  Nothing leads
 * above gridftp.root, and rules apply to what is really reached (openat2(2)
 * RESOLVE_IN_ROOT), not to the spelling. */
#ifndef FTP_PATH_H
#define FTP_PATH_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/conf.h"
#include "base/err.h"
#include "base/sys_proc.h"
#include "gridftp/server/ftp_cmd.h"
#include "gridftp/server/ftp_rules.h"

struct ftp_paths {
    int root;         /* O_PATH descriptor of gridftp.root */
    char *root_text;  /* its real path, "" for / */
    char *home, *cwd; /* as the client sees them, absolute */
    bool read_only;   /* nothing can be changed */
    /* identity that opens the files, determined once */
    struct sys_identity self;
    const struct ftp_rules *rules; /* rules of the site */
    bool ruled;                    /* the site has rules, or ONLY is set */
    bool confined;                 /* after SITE CHROOT */
    struct ftp_restriction *only;  /* SITE RESTRICT; NULL */
    size_t nonly;
};

/* Open gridftp.root of CONF with this process's rights.  The session starts in
 * HOME if that is below and accessible, else in "/".  RULES belong to the
 * caller and must outlive P. */
int ftp_paths_init(struct ftp_paths *p, const struct conf *conf,
                   const struct ftp_rules *rules, const char *home,
                   bool read_only, struct err *err);
/* Close and free. */
void ftp_paths_fini(struct ftp_paths *p);

/* Make ARG an absolute path without ".", ".." and doubled slashes, relative to
 * the current directory; "~" and "/~" are the home directory, "~NAME" and
 * "/~NAME" that of another existing account.  The caller must free() it. */
char *ftp_path_join(const struct ftp_paths *p, const char *arg);

/* Open PATH (absolute) with FLAGS of open(2); symbolic links stay inside.
 * RIGHT: FTP_RIGHT_READ or _WRITE. -1 with errno, EACCES when a rule forbids
 * it, EROFS in a read-only session. */
int ftp_path_open(const struct ftp_paths *p, const char *path, int flags,
                  mode_t mode, enum ftp_right right);
/* Open the plain file PATH for reading, or (FLOWS) a FIFO or character device,
 * without blocking; ST gets its stat(2). -1 with errno: EISDIR, ENOTSUP for
 * other types, which are not even opened, because opening may wake a writer or
 * move a tape. */
int ftp_path_open_file(const struct ftp_paths *p, const char *path, bool flows,
                       struct stat *st);
/* Open the directory of PATH's last component, *name (points into PATH), with
 * RIGHT checked for both. -1 with errno; EEXIST for "/" itself. */
int ftp_path_parent(const struct ftp_paths *p, const char *path,
                    enum ftp_right right, const char **name);
/* Whether NAME in directory DIR may be moved or removed with everything below:
 * otherwise files protected by rules would be lost or get another name. -1 with
 * errno. */
int ftp_path_check_tree(const struct ftp_paths *p, int dir, const char *name);
/* The real path of what FD has open, relative to gridftp.root. -1 with errno,
 * EACCES when it is outside, ENOENT when it was removed, because rules cannot
 * match the name that the kernel reports then. */
int ftp_path_name(const struct ftp_paths *p, int fd, char text[PATH_MAX]);
/* Whether the rules allow reading what FD has open; -1 with errno. */
int ftp_path_check(const struct ftp_paths *p, int fd);
/* stat(2), or lstat(2) unless FOLLOW. */
int ftp_path_stat(const struct ftp_paths *p, const char *path, bool follow,
                  struct stat *st);

#endif
