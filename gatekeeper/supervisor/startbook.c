/* gatekeeper/supervisor/startbook.c - see startbook.h. */
#include "gatekeeper/supervisor/startbook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "gatekeeper/supervisor/taskbook.h"

static int
fail(const char *what, struct err *err)
{
    return err_set(err, fs_errno_code(), "cannot %s the book of starts: %s",
                   what, strerror(errno));
}

/* Open the directory of the books; create it if missing. */
static int
open_dir(int basefd, struct err *err)
{
    int fd;

    if (mkdirat(basefd, STARTBOOK_DIR, 0700) < 0 && errno != EEXIST) {
        fail("make the directory of", err);
        return -1;
    }
    fd = openat(basefd, STARTBOOK_DIR,
                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        fail("open the directory of", err);
    return fd;
}

int
startbook_create(struct startbook *b, int basefd, const struct identity *self,
                 struct err *err)
{
    char text[IDENTITY_TEXT], name[64];
    int dirfd = open_dir(basefd, err), rc = 0;

    *b = (struct startbook){ .fd = -1, .armed = BUF_INIT };
    if (dirfd < 0)
        return -1;
    snprintf(name, sizeof(name), "%d.%llu.%.8s", (int)self->pid,
             self->start_time, self->boot_id);
    b->fd = openat(
        dirfd, name,
        O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (b->fd < 0 || fsync(dirfd) < 0)
        rc = fail("make", err);
    close(dirfd);
    identity_text(self, text);
    taskbook_add(&b->armed, &(struct taskbook_entry){
                                .kind = TASKBOOK_SUPERVISOR, .text = text });
    return rc;
}

void
startbook_fini(struct startbook *b)
{
    if (b->fd >= 0)
        close(b->fd);
    buf_fini(&b->armed);
    b->fd = -1;
}

int
startbook_reserve(struct startbook *b, size_t n, struct err *err)
{
    return taskbook_reserve(b->fd, n, err);
}

void
startbook_arm(struct startbook *b, uint32_t number,
              const struct startbook_run *run)
{
    char text[UUID_TEXT + 32];

    snprintf(text, sizeof(text), "%s %u %u", run->job, run->task, run->attempt);
    taskbook_add(&b->armed, &(struct taskbook_entry){ .kind = TASKBOOK_ARMED,
                                                      .task = number,
                                                      .attempt = 1,
                                                      .text = text });
}

int
startbook_end(struct startbook *b, uint32_t number, const struct exitrec *rec,
              struct err *err)
{
    struct buf text = BUF_INIT, entry = BUF_INIT;
    int rc;

    exitrec_write(rec, &text);
    taskbook_add(&entry, &(struct taskbook_entry){ .kind = TASKBOOK_ENDED,
                                                   .task = number,
                                                   .attempt = 1,
                                                   .text = buf_str(&text) });
    rc = taskbook_append(b->fd, &entry, err);
    b->dirty = true;
    buf_fini(&text);
    buf_fini(&entry);
    return rc;
}

int
startbook_sync(struct startbook *b, struct err *err)
{
    if (b->armed.len > 0 && taskbook_append(b->fd, &b->armed, err) < 0)
        return -1;
    buf_clear(&b->armed);
    if (fdatasync(b->fd) < 0)
        return fail("sync", err);
    b->dirty = false;
    return 0;
}

/* ---- reading ---- */

struct reading {
    struct taskbook book;
    struct startbook_run *run; /* by number */
    size_t nrun;
};

/* A taskbook_fn. */
static void
note(void *arg, const struct taskbook *book, const struct taskbook_entry *e)
{
    struct reading *r = arg;
    struct startbook_run *run;

    (void)book;
    if (e->kind != TASKBOOK_ARMED || e->task > STARTBOOK_RUNS)
        return;
    if (e->task >= r->nrun) {
        r->run = xrealloc(r->run, e->task + 1, sizeof(*r->run));
        memset(r->run + r->nrun, 0, (e->task + 1 - r->nrun) * sizeof(*r->run));
        r->nrun = e->task + 1;
    }
    run = &r->run[e->task];
    if (e->text == NULL ||
        sscanf(e->text, "%36s %u %u", run->job, &run->task, &run->attempt) !=
            3 ||
        !uuid_ok(run->job))
        run->job[0] = '\0';
}

static int
read_book(struct reading *r, int fd, struct err *err)
{
    *r = (struct reading){ .run = NULL };
    return taskbook_read(&r->book, fd, note, r, err);
}

static void
reading_fini(struct reading *r)
{
    taskbook_fini(&r->book);
    free(r->run);
}

int
startbook_who(int fd, struct identity *who, struct err *err)
{
    struct reading r;
    int rc = read_book(&r, fd, err);

    *who = (struct identity){ .pid = 0 };
    if (rc == 0 && r.book.nsupervisors > 0)
        *who = r.book.supervisor[0];
    reading_fini(&r);
    return rc;
}

/* Report run RUN with the state T. */
static int
tell(const struct startbook_run *run, const struct taskbook_task *t, int fd,
     startbook_fn *fn, void *arg, struct err *err)
{
    struct exitrec rec;

    if (t->state == TASKBOOK_IS_ENDED &&
        taskbook_record(t, fd, &rec, NULL) == 0)
        return fn(arg, run, &rec, err);
    return fn(arg, run, NULL, err);
}

int
startbook_read(int fd, startbook_fn *fn, void *arg, struct err *err)
{
    struct reading r;
    int rc = read_book(&r, fd, err);

    for (size_t i = 0; rc == 0 && i < r.nrun; i++) {
        const struct taskbook_task *t = taskbook_find(&r.book, (uint32_t)i, 1);

        if (r.run[i].job[0] != '\0' && t != NULL)
            rc = tell(&r.run[i], t, fd, fn, arg, err);
    }
    reading_fini(&r);
    return rc;
}
