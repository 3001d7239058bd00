/* base/fs.h - crash-safe file writes, and path lookups that stay beneath a
 * directory. */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* The error code for errno: NOSPACE (also for a quota), else IO. */
enum err_code fs_errno_code(void);

/* Make DIR and its missing parents with MODE.  0, or -1 with ERR. */
int fs_mkdirs(const char *dir, mode_t mode, struct err *err);
/* Write N bytes atomically to NAME in directory DIRFD (or AT_FDCWD): temporary
 * file, fsync, rename, fsync of the directory. */
int fs_write_atomic(int dirfd, const char *name, const void *p, size_t n,
                    mode_t mode, struct err *err);
/* The same with mode 0600 and without fsync: atomic for readers and across kill
 * -9, but not across a power failure. */
int fs_write_whole(int dirfd, const char *name, const struct buf *text,
                   struct err *err);
/* Read NAME, at most MAX bytes, no symbolic link at the end.  ERR: NOT_FOUND,
 * LIMIT, IO. */
int fs_read(int dirfd, const char *name, size_t max, struct buf *out,
            struct err *err);
/* Read all of the file NAME that the user of this program named: also a link,
 * /dev/stdin or a pipe.  At most MAX bytes; blocks.  ERR as fs_read(). */
int fs_read_input(const char *name, size_t max, struct buf *out,
                  struct err *err);
/* Open PATH beneath DIRFD: openat2 with RESOLVE_BENEATH |
 * RESOLVE_NO_MAGICLINKS, and RESOLVE_NO_SYMLINKS unless SYMLINKS.  The
 * descriptor, or -1 with errno. */
int fs_open_beneath(int dirfd, const char *path, int flags, mode_t mode,
                    bool symlinks);
/* Remove NAME in DIRFD recursively, never through a symbolic link.  An absent
 * NAME is success. 0, or -1 with ERR for the first entry that could not be
 * removed. */
int fs_remove_tree(int dirfd, const char *name, struct err *err);
/* Whether a long operation that was started with ARG should continue. */
typedef bool fs_going_fn(void *arg);
/* The same, but call GOING (NULL: always continue) before each entry; when it
 * returns false, stop with -1 and ERR CANCELLED, unless an error came first. */
int fs_remove_tree_while(int dirfd, const char *name, fs_going_fn *going,
                         void *arg, struct err *err);
/* Change the owner of each file in DIR to UID and GID.  Skips whatever is not a
 * regular file or has several hard links. 0, or -1 with ERR. */
int fs_give_files(const char *dir, uid_t uid, gid_t gid, struct err *err);
/* Whether NAME in DIRFD (not a symbolic link) is the file that FD has open.
 * ST, which may be NULL, gets its stat(2). */
bool fs_is_named(int fd, int dirfd, const char *name, struct stat *st);
/* Lock the directory DIRFD for this process: lock its file NAME (created with
 * 0600, holds our pid) until the returned descriptor is closed.  Waits briefly
 * for a process that is exiting.  Messages call the directory DIR and the
 * program WHAT. -1 with ERR: STATE (another process has the lock), IO. */
int fs_lock(int dirfd, const char *name, const char *dir, const char *what,
            struct err *err);
enum fs_room {
    FS_ROOM_UNKNOWN, /* DIR cannot be examined */
    FS_ROOM_ENOUGH,
    FS_ROOM_LITTLE, /* less than 5 % and less than 5 GiB */
    FS_ROOM_NONE,
    FS_ROOM_READONLY
};
/* How many bytes and files are free for us on the disk of DIR. */
enum fs_room fs_room(const char *dir, unsigned long long *bytes,
                     unsigned long long *files);
/* fsync the directory DIR. */
int fs_sync_dir(const char *dir);
/* Report the deferred write errors that close(FD) would report (NFS, quotas),
 * without closing FD.  Call it before a rename. 0 or -1 with errno. */
int fs_try_close(int fd);
/* Call write(2) until all N bytes are written; 0 or -1 with errno. */
int fs_write_all(int fd, const void *p, size_t n);

#endif
