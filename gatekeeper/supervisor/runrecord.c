/* gatekeeper/supervisor/runrecord.c - see runrecord.h. */
#include "gatekeeper/supervisor/runrecord.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/testpoint.h"

/* Disk space reserved for the exit record. */
#define ROOM_BYTES 4096

void
runrecord_init(struct runrecord *r, int unitfd, enum runrecord_sync sync,
               uint32_t task, uint32_t attempt)
{
    *r = (struct runrecord){ .unitfd = unitfd,
                             .lock_fd = -1,
                             .room_fd = -1,
                             .sync = sync,
                             .attempt = attempt };
    runfile_names(&r->files, task, attempt);
}

void
runrecord_fini(struct runrecord *r)
{
    if (r->room_fd >= 0)
        close(r->room_fd);
    if (r->lock_fd >= 0)
        close(r->lock_fd);
    r->room_fd = r->lock_fd = -1;
}

/* A full disk has its own error code. */
static int
fail_file(const char *what, const char *name, int error, struct err *err)
{
    return err_set(
        err, error == ENOSPC || error == EDQUOT ? ERR_NOSPACE : ERR_IO,
        "cannot %s '%s' in the session: %s", what, name, strerror(error));
}

int
runrecord_lock(struct runrecord *r, struct err *err)
{
    const char *name = r->files.name[RUNFILE_LOCK];
    int fd = openat(r->unitfd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                    0600);

    if (fd < 0)
        return fail_file("open", name, errno, err);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        close(fd);
        return err_set(err, ERR_STATE, "another supervisor has this run");
    }
    r->lock_fd = fd;
    return 0;
}

int
runrecord_reserve(struct runrecord *r, struct err *err)
{
    const char *name = r->files.name[RUNFILE_ROOM];
    int fd =
        openat(r->unitfd, name,
               O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    int error = fd < 0 ? errno : posix_fallocate(fd, 0, ROOM_BYTES);

    r->room_fd = fd;
    return error == 0 ? 0 : fail_file("reserve", name, error, err);
}

bool
runrecord_ended(const struct runrecord *r)
{
    return faccessat(r->unitfd, r->files.name[RUNFILE_EXIT], F_OK, 0) == 0;
}

/* Create the marker as a separate file. 0, or -1 with errno. */
static int
make_marker(const struct runrecord *r)
{
    const char *name = r->files.name[RUNFILE_STARTED];
    int fd = openat(r->unitfd, name,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    int rc;

    if (fd < 0)
        return -1;
    rc = r->sync == RUNRECORD_SYNCED ? fsync(fd) : 0;
    if (close(fd) < 0 || rc < 0) {
        unlinkat(r->unitfd, name, 0);
        return -1;
    }
    return 0;
}

/* Only the marker's existence counts: it is a hard link to the launch file,
 * which is on disk already, or a file where links are impossible or no sync is
 * needed. */
int
runrecord_mark(const struct runrecord *r, struct err *err)
{
    const char *name = r->files.name[RUNFILE_STARTED];
    int rc = -1;

    errno = 0;
    /* A link to a shared file does not have the time of its creation. */
    if (r->sync != RUNRECORD_AGAIN && r->attempt == 0)
        rc = linkat(r->unitfd, r->files.name[RUNFILE_LAUNCH], r->unitfd, name,
                    0);
    if (rc < 0 && (r->sync == RUNRECORD_AGAIN || errno != EEXIST))
        rc = make_marker(r);
    if (rc < 0 && errno == EEXIST)
        return 1;
    if (rc == 0 && r->sync == RUNRECORD_SYNCED && fsync(r->unitfd) < 0) {
        rc = -1;
        unlinkat(r->unitfd, name, 0);
    }
    return rc < 0
               ? err_set(err, fs_errno_code(),
                         "cannot write the start marker: %s", strerror(errno))
               : 0;
}

/* Write the exit record into the reserved file and rename it; only its bytes
 * must be on disk.  -1: the file is gone or cannot be written. */
static int
use_room(const struct runrecord *r, const struct buf *text)
{
    const char *room = r->files.name[RUNFILE_ROOM];

    if (r->room_fd < 0 || !fs_is_named(r->room_fd, r->unitfd, room, NULL) ||
        lseek(r->room_fd, 0, SEEK_SET) < 0 ||
        fs_write_all(r->room_fd, text->data, text->len) < 0 ||
        ftruncate(r->room_fd, (off_t)text->len) < 0 ||
        (r->sync == RUNRECORD_SYNCED && fsync(r->room_fd) < 0))
        return -1;
    test_point("sup.exit.before_name");
    return renameat(r->unitfd, room, r->unitfd, r->files.name[RUNFILE_EXIT]);
}

int
runrecord_write(const struct runrecord *r, const struct buf *text)
{
    const char *name = r->files.name[RUNFILE_EXIT];

    /* The program may have changed the permissions of its own directory. */
    (void)fchmod(r->unitfd, 0700);
    if (use_room(r, text) == 0)
        return 0;
    return r->sync != RUNRECORD_SYNCED
               ? fs_write_whole(r->unitfd, name, text, NULL)
               : fs_write_atomic(r->unitfd, name, text->data, text->len, 0600,
                                 NULL);
}

void
runrecord_tidy(const struct runrecord *r)
{
    /* Many tasks of an array share a directory. */
    if (r->attempt > 0)
        unlinkat(r->unitfd, r->files.name[RUNFILE_LOCK], 0);
    /* A shared supervisor keeps running: its id file would say that the run is
     * alive. */
    if (r->attempt > 0 || r->sync == RUNRECORD_BOOKED)
        unlinkat(r->unitfd, r->files.name[RUNFILE_ID], 0);
}
