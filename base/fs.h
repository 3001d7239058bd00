/* base/fs.h - files that survive a crash, and paths that cannot escape. */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* What kind of failure of a file errno is: NOSPACE (also a quota's), else IO.
 */
enum err_code fs_errno_code(void);

/* Make DIR and its missing parents with MODE.  0, or -1 with ERR. */
int fs_mkdirs(const char *dir, mode_t mode, struct err *err);
/* Put N bytes under NAME in directory DIRFD (AT_FDCWD ok) all or nothing:
 * temporary file, fsync, rename, fsync of the directory. */
int fs_write_atomic(int dirfd, const char *name, const void *p, size_t n,
                    mode_t mode, struct err *err);
/* The same with mode 0600 and no sync: all or nothing for who reads it, and for
 * kill -9; after a power failure anything may be there. */
int fs_write_whole(int dirfd, const char *name, const struct buf *text,
                   struct err *err);
/* Read NAME, at most MAX bytes, no symbolic link at the end.  ERR: NOT_FOUND,
 * LIMIT, IO. */
int fs_read(int dirfd, const char *name, size_t max, struct buf *out,
            struct err *err);
/* Read all that NAME, typed by the user who runs this program, stands for: a
 * file, a link to one, /dev/stdin, a pipe; at most MAX bytes, waiting for them.
 * ERR as fs_read(). */
int fs_read_input(const char *name, size_t max, struct buf *out,
                  struct err *err);
/* Open PATH beneath DIRFD: openat2 with RESOLVE_BENEATH |
 * RESOLVE_NO_MAGICLINKS, and RESOLVE_NO_SYMLINKS unless SYMLINKS.  The
 * descriptor, or -1 with errno. */
int fs_open_beneath(int dirfd, const char *path, int flags, mode_t mode,
                    bool symlinks);
/* Remove NAME in DIRFD with all below it, never through a symbolic link.
 * An absent one is success.  0, or -1 with ERR for the first that stayed. */
int fs_remove_tree(int dirfd, const char *name, struct err *err);
/* Whether long work that was begun with ARG is to go on. */
typedef bool fs_going_fn(void *arg);
/* The same, while GOING (NULL: always), asked before each entry, says so; what
 * is left then stays: -1 with ERR CANCELLED, where nothing failed before. */
int fs_remove_tree_while(int dirfd, const char *name, fs_going_fn *going,
                         void *arg, struct err *err);
/* Give each file in DIR to UID and GID; what is not a regular file, or has
 * names elsewhere too, stays as it is.  0, or -1 with ERR. */
int fs_give_files(const char *dir, uid_t uid, gid_t gid, struct err *err);
/* Whether NAME in DIRFD, no symbolic link at its end, stands for what FD is
 * open on; its stat(2) in ST, which may be NULL. */
bool fs_is_named(int fd, int dirfd, const char *name, struct stat *st);
/* Keep the directory of DIRFD, called DIR in messages, for this process alone:
 * lock its file NAME (made 0600, holds our pid) for as long as the descriptor
 * that is returned stays open.  One that is just ending is waited for.  WHAT is
 * what our kind of process is called.  -1 with ERR: STATE (another has it), IO.
 */
int fs_lock(int dirfd, const char *name, const char *dir, const char *what,
            struct err *err);
enum fs_room {
    FS_ROOM_UNKNOWN, /* DIR cannot be looked at */
    FS_ROOM_ENOUGH,
    FS_ROOM_LITTLE, /* less than a twentieth, and than 5 GiB */
    FS_ROOM_NONE,
    FS_ROOM_READONLY
};
/* How much room the disk of DIR has for us: bytes and files. */
enum fs_room fs_room(const char *dir, unsigned long long *bytes,
                     unsigned long long *files);
/* fsync the directory DIR. */
int fs_sync_dir(const char *dir);
/* What close(FD) would say of earlier writes (NFS, quotas), without closing it:
 * before a rename that makes them count.  0 or -1 with errno. */
int fs_try_close(int fd);
/* write(2) until all N are out; 0 or -1 with errno. */
int fs_write_all(int fd, const void *p, size_t n);

#endif
