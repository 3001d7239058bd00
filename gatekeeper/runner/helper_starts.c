/* gatekeeper/runner/helper_starts.c - see helper_starts.h. */
#include "gatekeeper/runner/helper_starts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "gatekeeper/runner/helper_session.h"
#include "gatekeeper/runner/helper_units.h"
#include "gatekeeper/supervisor/runrecord.h"
#include "gatekeeper/supervisor/startbook.h"

/* The number of books to keep before syncing their runs' files and removing
 * them. */
#define BOOKS_MAX 64

/* Processes the book NAME in DIRFD, open as FD; WHO is its supervisor. */
typedef int book_fn(struct helper *h, int dirfd, const char *name, int fd,
                    const struct identity *who, struct err *err);

static int
open_books(const struct helper *h)
{
    return openat(h->basefd, STARTBOOK_DIR,
                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Call FN for each book. */
static int
each_book(struct helper *h, book_fn *fn, struct err *err)
{
    int dirfd = open_books(h), again = dirfd < 0 ? -1 : dup(dirfd), rc = 0;
    DIR *dir = again < 0 ? NULL : fdopendir(again);
    const struct dirent *d;

    while (rc == 0 && dir != NULL && (d = readdir(dir)) != NULL) {
        struct identity who;
        int fd = d->d_name[0] == '.'
                     ? -1
                     : openat(dirfd, d->d_name,
                              O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

        if (fd < 0)
            continue;
        if (startbook_who(fd, &who, NULL) == 0)
            rc = fn(h, dirfd, d->d_name, fd, &who, err);
        close(fd);
    }
    if (dir != NULL)
        closedir(dir);
    if (dirfd >= 0)
        close(dirfd);
    return rc;
}

/* ---- after a power failure ---- */

struct restore {
    struct helper *h;
    const struct identity *who;
};

/* Write the book's data of a run into the run's own files: marker, identity,
 * record. */
static int
write_run(const struct restore *s, struct runrecord *r,
          const struct exitrec *rec, struct err *err)
{
    struct buf text = BUF_INIT;
    int rc = 0;

    if (runrecord_mark(r, err) < 0 ||
        identity_write(r->unitfd, r->files.name[RUNFILE_ID], s->who, err) < 0)
        return -1;
    if (rec != NULL) {
        exitrec_write(rec, &text);
        rc = fs_write_atomic(r->unitfd, r->files.name[RUNFILE_EXIT], text.data,
                             text.len, 0600, err);
        buf_fini(&text);
    }
    if (rc == 0 && fsync(r->unitfd) < 0)
        rc = err_set(err, ERR_IO, "cannot sync a session: %s", strerror(errno));
    return rc;
}

/* A startbook_fn.  A run without a session is ignored. */
static int
restore_run(void *arg, const struct startbook_run *run,
            const struct exitrec *rec, struct err *err)
{
    const struct restore *s = arg;
    int sessionfd = helper_session_open(s->h, run->job, NULL);
    int unitfd = sessionfd < 0 ? -1 : helper_unit_open(sessionfd, RUNNER_JOB);
    struct runner_status st;
    struct runrecord r;
    int rc = 0;

    if (unitfd >= 0) {
        runrecord_init(&r, unitfd, RUNRECORD_SYNCED, run->task, run->attempt);
        if (helper_unit_judge(unitfd, &r.files, &st, err) < 0)
            rc = -1;
        else if (st.state != RUNNER_ENDED)
            rc = write_run(s, &r, rec, err);
        close(unitfd);
    }
    if (sessionfd >= 0)
        close(sessionfd);
    return rc;
}

/* A book_fn. */
static int
restore_book(struct helper *h, int dirfd, const char *name, int fd,
             const struct identity *who, struct err *err)
{
    struct restore s = { .h = h, .who = who };

    if (identity_check(who) != IDENTITY_REBOOTED)
        return 0;
    if (startbook_read(fd, restore_run, &s, err) < 0)
        return -1;
    unlinkat(dirfd, name, 0);
    log_event(LOG_NOTICE, "runner.starts.restore", "account=%s book=%s",
              h->user.name, name);
    return 0;
}

int
helper_starts_restore(struct helper *h, struct err *err)
{
    h->nbooks_ended = BOOKS_MAX; /* remove the leftovers with the next one */
    return each_book(h, restore_book, err);
}

/* ---- removal ---- */

/* A book_fn: select the books to remove before the sync. */
static int
note_gone(struct helper *h, int dirfd, const char *name, int fd,
          const struct identity *who, struct err *err)
{
    (void)dirfd;
    (void)fd;
    (void)err;
    if (identity_check(who) == IDENTITY_GONE) {
        h->gone = xrealloc(h->gone, h->ngone + 1, sizeof(char *));
        h->gone[h->ngone++] = xstrdup(name);
    }
    return 0;
}

static int
remove_gone(void *arg)
{
    struct helper *h = arg;
    int dirfd;

    /* The helper closes these sockets; our end must not. */
    close_range(3, (unsigned)h->basefd - 1, 0);
    close_range((unsigned)h->basefd + 1, ~0u, 0);
    dirfd = open_books(h);
    if (dirfd < 0 || each_book(h, note_gone, NULL) < 0 || syncfs(dirfd) < 0)
        return 74;
    for (size_t i = 0; i < h->ngone; i++)
        unlinkat(dirfd, h->gone[i], 0);
    return 0;
}

/* In a child process, because a sync may take long. */
void
helper_starts_ended(struct helper *h)
{
    if (++h->nbooks_ended < BOOKS_MAX)
        return;
    h->nbooks_ended = 0;
    (void)sys_fork(remove_gone, h, NULL);
}
