/* gatekeeper/runner/helper_tasks.c - see helper_tasks.h. */
#include "gatekeeper/runner/helper_tasks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/helper_books.h"
#include "gatekeeper/runner/helper_launch.h"
#include "gatekeeper/runner/helper_session.h"
#include "gatekeeper/runner/helper_shared.h"
#include "gatekeeper/runner/helper_units.h"

struct runner_item *
helper_task_items(const struct helper_call *c, size_t *n, struct err *err)
{
    struct buf given = BUF_INIT;
    int rc = helper_read_fd(c->fds[0], &given, err);

    *n = given.len / sizeof(struct runner_item);
    if (rc == 0 &&
        (given.len % sizeof(struct runner_item) != 0 || *n > RUNNER_ITEMS_MAX))
        rc = err_set(err, ERR_PROTOCOL, "bad list of tasks");
    if (rc == 0 && *n == 0)
        buf_addc(&given, '\0');
    if (rc == 0)
        return (struct runner_item *)(void *)buf_detach(&given);
    buf_fini(&given);
    return NULL;
}

struct runner_request
helper_task_request(const struct helper_call *c, const struct runner_item *i)
{
    struct runner_request r = { .op = c->r->op,
                                .unit = RUNNER_JOB,
                                .task = i->task,
                                .attempt = i->attempt };

    memcpy(r.job, c->r->job, sizeof(r.job));
    return r;
}

/* ---- state ---- */

/* The state from the book B (NULL: none) or from the task's own files. */
static int
judge(struct helper *h, const struct runner_request *r, int unitfd,
      const struct helper_book *b, int bookfd, bool begun,
      struct runner_status *st, struct err *err)
{
    struct runfiles f = helper_unit_files(r);
    bool booked = b != NULL && r->attempt > 0 &&
                  helper_book_judge(b, bookfd, r->task, r->attempt, st) == 0;

    if (!booked)
        *st = (struct runner_status){ .state = RUNNER_NONE };
    if (!booked && unitfd >= 0 && helper_unit_judge(unitfd, &f, st, err) < 0)
        return -1;
    if (st->state == RUNNER_NONE && begun && !booked) {
        st->state = RUNNER_LOST;
        snprintf(st->exit.text, sizeof(st->exit.text), "%s",
                 "the files of its supervisor are gone from the session");
    }
    if (helper_unit_alive(st)) {
        struct runner_request whose = *r;

        if (booked) /* its supervisor runs other tasks too */
            whose.task = whose.attempt = 0;
        if (!helper_shared_has(h, &whose))
            helper_watch(h, st->pid, &whose, NULL);
    } else {
        helper_unwatch(h, r);
    }
    if (st->state == RUNNER_LOST && !helper_unit_sweep(r))
        return err_set(err, ERR_TIMEOUT, HELPER_STUBBORN, r->job);
    return 0;
}

/* Open the book in UNITFD for reading if it exists; otherwise *fd is -1. */
static struct helper_book *
look(struct helper *h, const char *job, int unitfd, int *fd, struct err *err)
{
    struct err why = ERR_INIT;
    struct helper_book *b = helper_book_open(h, job, unitfd, false, fd, &why);

    if (b == NULL)
        *fd = -1;
    if (b == NULL && why.code != ERR_NOT_FOUND)
        err_set(err, why.code, "%s", why.text);
    return b;
}

int
helper_task_judge(struct helper *h, const struct runner_request *r, int unitfd,
                  bool begun, struct runner_status *st, struct err *err)
{
    int fd = -1, rc = -1;
    struct helper_book *b = r->attempt > 0 && unitfd >= 0
                                ? look(h, r->job, unitfd, &fd, err)
                                : NULL;

    if (err->code == ERR_OK)
        rc = judge(h, r, unitfd, b, fd, begun, st, err);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Write the N answers to a memory file for C's reply. */
static int
send_answers(struct helper_call *c, const struct runner_answer *a, size_t n,
             struct err *err)
{
    int fd = memfd_create("tasks", MFD_CLOEXEC);

    if (fd < 0 || fs_write_all(fd, a, n * sizeof(*a)) < 0) {
        err_set(err, ERR_IO, "memfd: %s", strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    c->fd[c->nfd++] = fd;
    return 0;
}

/* Open the directory of the job's unit; -1 with ERR. */
static int
open_unit(const struct helper_call *c, struct err *err)
{
    int fd = helper_unit_open(c->sessionfd, RUNNER_JOB);

    if (fd < 0)
        err_set(err, helper_session_code(errno),
                "cannot open '%s' in the session: %s",
                runner_wire_unit_dir(RUNNER_JOB),
                errno == ELOOP ? "there is a symbolic link" : strerror(errno));
    return fd;
}

static void
answer_all(struct helper *h, const struct helper_call *c,
           const struct runner_item *item, size_t n, struct runner_answer *a)
{
    struct err why = ERR_INIT;
    int unitfd = open_unit(c, &why), fd = -1;
    struct helper_book *b =
        unitfd < 0 ? NULL : look(h, c->r->job, unitfd, &fd, &why);

    if (why.code == ERR_NOT_FOUND) /* no run of it was ever prepared */
        why = (struct err)ERR_INIT;
    for (size_t i = 0; i < n; i++) {
        struct runner_request r = helper_task_request(c, &item[i]);
        struct err err = why;

        if (err.code == ERR_OK)
            (void)judge(h, &r, unitfd, b, fd, item[i].flags != 0, &a[i].status,
                        &err);
        else if (!err_transient(err.code))
            (void)helper_unit_sweep(&r);
        a[i].code = (int32_t)err.code;
        if (err.code != ERR_OK)
            snprintf(a[i].status.exit.text, sizeof(a[i].status.exit.text),
                     "%.200s", err.text);
    }
    if (fd >= 0)
        close(fd);
    if (unitfd >= 0)
        close(unitfd);
}

int
helper_tasks_status(struct helper *h, struct helper_call *c, struct err *err)
{
    size_t n;
    struct runner_item *item = helper_task_items(c, &n, err);
    struct runner_answer *a;
    int rc;

    if (item == NULL)
        return -1;
    a = xcalloc(n + 1, sizeof(*a));
    answer_all(h, c, item, n, a);
    rc = send_answers(c, a, n, err);
    free(a);
    free(item);
    return rc;
}

/* ---- starting ---- */

/* Whether no supervisor runs here: its lock is free. */
static bool
is_free(int unitfd)
{
    struct runfiles f;
    bool got;
    int fd;

    runfile_names(&f, 0, 0);
    fd = openat(unitfd, f.name[RUNFILE_LOCK],
                O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    got = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (fd >= 0)
        close(fd);
    return got;
}

/* The number of tasks of B that still need an entry. */
static size_t
count_open(const struct helper_book *b)
{
    size_t n = 0;

    for (uint32_t i = 0; i < b->book.ntasks; i++)
        n += b->book.task[i].state != TASKBOOK_UNKNOWN &&
             b->book.task[i].state != TASKBOOK_IS_ENDED;
    return n;
}

/* Write entries for the width and for those of the N items that are to start;
 * answer about the others in A. */
static int
enter_items(struct helper *h, const struct helper_call *c, int unitfd,
            const struct helper_book *b, int fd, const struct runner_item *item,
            size_t n, struct runner_answer *a, struct buf *entries,
            struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        struct runner_request r = helper_task_request(c, &item[i]);
        struct runner_status *st = &a[i].status;

        if (item[i].attempt == 0 || item[i].attempt > UINT16_MAX ||
            item[i].task >= RUNNER_TASKS_MAX)
            return err_set(err, ERR_PROTOCOL, "bad list of tasks");
        if (judge(h, &r, unitfd, b, fd, false, st, err) < 0)
            return -1;
        if (st->state == RUNNER_ENDED || st->state == RUNNER_LOST)
            a[i].code = ERR_STATE;
        if (st->state != RUNNER_NONE)
            continue;
        if ((item[i].flags & RUNNER_BEGIN_AGAIN) != 0 && !helper_unit_sweep(&r))
            return err_set(err, ERR_TIMEOUT, HELPER_STUBBORN, r.job);
        taskbook_add(entries, &(struct taskbook_entry){
                                  .kind = TASKBOOK_GIVEN,
                                  .task = r.task,
                                  .attempt = (uint16_t)r.attempt });
    }
    taskbook_add(entries,
                 &(struct taskbook_entry){ .kind = TASKBOOK_WIDTH,
                                           .task = (uint32_t)getpid(),
                                           .more = sys_start_time(getpid()),
                                           .number = c->r->arg });
    return 0;
}

/* Give the items to the running supervisor, or start one. */
static int
give(struct helper *h, struct helper_call *c, int unitfd,
     const struct runner_item *item, size_t n, struct runner_answer *a,
     struct err *err)
{
    struct buf entries = BUF_INIT;
    bool none = false;
    int fd, rc = -1;
    struct helper_book *b =
        helper_book_open(h, c->r->job, unitfd, true, &fd, err);

    if (b == NULL)
        return -1;
    if (enter_items(h, c, unitfd, b, fd, item, n, a, &entries, err) == 0 &&
        taskbook_reserve(fd, count_open(b) + n, err) == 0)
        rc = taskbook_append(fd, &entries, err);
    if (rc == 0)
        rc = helper_book_read(b, fd, err);
    if (rc == 0)
        none = is_free(unitfd);
    close(fd); /* releases the lock */
    buf_fini(&entries);
    if (rc < 0)
        return -1;
    if (none) {
        rc = helper_launch_supervisor(h, c, false, err) < 0 ? -1 : 0;
        test_point("run.started");
    } else
        helper_unit_signal(c, SIGUSR1, SIGCONT);
    if (rc == 0)
        helper_book_watch(h, b);
    return rc;
}

int
helper_tasks_start(struct helper *h, struct helper_call *c, struct err *err)
{
    size_t n;
    struct runner_item *item = helper_task_items(c, &n, err);
    struct runner_answer *a;
    int unitfd, rc = -1;

    if (item == NULL)
        return -1;
    a = xcalloc(n + 1, sizeof(*a));
    unitfd = open_unit(c, err);
    if (unitfd >= 0 && faccessat(unitfd, "launch", F_OK, 0) < 0)
        err_set(err, ERR_NOT_FOUND,
                "the job has no launch file in its session");
    else if (unitfd >= 0)
        rc = give(h, c, unitfd, item, n, a, err);
    if (rc == 0)
        rc = send_answers(c, a, n, err);
    if (unitfd >= 0)
        close(unitfd);
    free(a);
    free(item);
    return rc;
}

/* ---- signals ---- */

/* The book entry for C's signal. */
static enum taskbook_order
order_of(const struct helper_call *c)
{
    static const enum taskbook_order orders[RUNNER_SIGNAL_COUNT] = {
        [RUNNER_TERM] = TASKBOOK_TERM, [RUNNER_KILL] = TASKBOOK_KILL,
        [RUNNER_STOP] = TASKBOOK_STOP, [RUNNER_CONT] = TASKBOOK_CONT,
        [RUNNER_END] = TASKBOOK_KILL,
    };

    return orders[c->r->arg];
}

/* Write C's signal for those of the N items that B has; done[i] marks them. */
static int
write_orders(const struct helper_call *c, const struct helper_book *b, int fd,
             const struct runner_item *item, size_t n, bool *done,
             struct err *err)
{
    struct buf entries = BUF_INIT;
    int rc = 0;

    for (size_t i = 0; i < n; i++) {
        done[i] = item[i].attempt > 0 &&
                  taskbook_find(&b->book, item[i].task,
                                (uint16_t)item[i].attempt) != NULL;
        if (done[i])
            taskbook_add(&entries, &(struct taskbook_entry){
                                       .kind = TASKBOOK_ORDER,
                                       .task = item[i].task,
                                       .attempt = (uint16_t)item[i].attempt,
                                       .number = order_of(c) });
    }
    if (entries.len > 0)
        rc = taskbook_append(fd, &entries, err);
    buf_fini(&entries);
    return rc;
}

/* End the processes of the N items.  IN_VAIN: the order could not be written,
 * so kill their supervisor as well. */
static int
sweep(const struct helper_call *c, const struct runner_item *item, size_t n,
      bool in_vain, struct err *err)
{
    struct runner_request whole = *c->r;
    bool gone = true;

    whole.unit = RUNNER_JOB;
    whole.task = whole.attempt = 0;
    if (in_vain)
        gone = helper_unit_sweep(&whole);
    for (size_t i = 0; i < n; i++) {
        struct runner_request r = helper_task_request(c, &item[i]);

        gone = helper_unit_sweep(&r) && gone;
    }
    if (gone)
        return 0;
    *err = (struct err)ERR_INIT;
    return err_set(err, ERR_TIMEOUT, HELPER_STUBBORN, c->r->job);
}

int
helper_task_signal(struct helper *h, const struct helper_call *c,
                   const struct runner_item *item, size_t n, bool *done,
                   struct err *err)
{
    int unitfd = helper_unit_open(c->sessionfd, RUNNER_JOB), fd = -1, rc = 0;
    struct helper_call supervisor = *c;
    struct runner_request whole = *c->r;
    struct helper_book *b =
        unitfd < 0 ? NULL : look(h, c->r->job, unitfd, &fd, NULL);

    whole.task = whole.attempt = 0;
    supervisor.r = &whole;
    if (b != NULL) {
        close(fd);
        b = helper_book_open(h, c->r->job, unitfd, true, &fd, err);
        rc = b == NULL ? -1 : write_orders(c, b, fd, item, n, done, err);
        if (b != NULL)
            close(fd);
        helper_unit_signal(&supervisor, SIGUSR1, SIGCONT);
    }
    if (unitfd >= 0)
        close(unitfd);
    if (c->r->arg != RUNNER_END)
        return rc;
    return sweep(c, item, n, rc < 0, err);
}
