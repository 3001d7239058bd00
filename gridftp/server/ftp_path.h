/* gridftp/server/ftp_path.h - paths as a client names them, opened so that
 * nothing leads above gridftp.root and rules hold for what is really reached
 * (openat2(2) RESOLVE_IN_ROOT), not for how it was spelt. */
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
    int root;                      /* O_PATH descriptor of gridftp.root */
    char *root_text;               /* its true name, "" for / */
    char *home, *cwd;              /* as the client sees them, absolute */
    bool read_only;                /* nothing may be changed */
    struct sys_identity self;      /* who opens all of this, asked once */
    const struct ftp_rules *rules; /* of the site */
    bool ruled;                    /* the site has rules, or ONLY is set */
    bool confined;                 /* SITE CHROOT was said */
    struct ftp_restriction *only;  /* SITE RESTRICT; NULL */
    size_t nonly;
};

/* Open gridftp.root of CONF as whoever this process is; the session begins in
 * HOME when that lies below and can be entered, else in "/".  RULES are the
 * caller's and outlive P. */
int ftp_paths_init(struct ftp_paths *p, const struct conf *conf,
                   const struct ftp_rules *rules, const char *home,
                   bool read_only, struct err *err);
/* Close and free. */
void ftp_paths_fini(struct ftp_paths *p);

/* ARG as an absolute path without ".", ".." and doubled slashes: from the
 * current directory, "~" and "/~" being the home directory, "~NAME" and
 * "/~NAME" that of another account, where there is one of that name.  The
 * caller's. */
char *ftp_path_join(const struct ftp_paths *p, const char *arg);

/* Open PATH (absolute) with FLAGS as open(2) has them; symbolic links stay
 * inside.  RIGHT: FTP_RIGHT_READ or _WRITE.  -1 with errno, EACCES where a rule
 * forbids it, EROFS in a read-only session. */
int ftp_path_open(const struct ftp_paths *p, const char *path, int flags,
                  mode_t mode, enum ftp_right right);
/* Open the plain file PATH for reading, or (FLOWS) a FIFO or a character
 * device, which never blocks; its stat(2) in ST.  -1 with errno: EISDIR,
 * ENOTSUP for what is neither, which is not even opened: to open one can wake
 * its writer or move a tape. */
int ftp_path_open_file(const struct ftp_paths *p, const char *path, bool flows,
                       struct stat *st);
/* Open the directory that holds PATH's last component, *name (in PATH), both
 * allowed for RIGHT.  -1 with errno; EEXIST for "/" itself. */
int ftp_path_parent(const struct ftp_paths *p, const char *path,
                    enum ftp_right right, const char **name);
/* Whether NAME in directory DIR may be moved or removed with all below it: what
 * rules protect there would be gone, or reached by another name.  -1 with
 * errno. */
int ftp_path_check_tree(const struct ftp_paths *p, int dir, const char *name);
/* The true name of what FD is open on, in the tree of gridftp.root.  -1 with
 * errno, EACCES when it is not in there, ENOENT when it has been removed: no
 * rule would know it by what the kernel calls it then. */
int ftp_path_name(const struct ftp_paths *p, int fd, char text[PATH_MAX]);
/* Whether the rules let what FD is open on be read; -1 with errno. */
int ftp_path_check(const struct ftp_paths *p, int fd);
/* stat(2), or lstat(2) unless FOLLOW. */
int ftp_path_stat(const struct ftp_paths *p, const char *path, bool follow,
                  struct stat *st);

#endif
