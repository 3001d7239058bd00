/* gatekeeper/supervisor/runmany_book.c - how an array's supervisor writes and
 * reads its task book; see runmany_core.h. */
#include "gatekeeper/supervisor/runmany_core.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/testpoint.h"

/* An end is synced and reported at most this long after it. */
#define SYNC_MS  20
#define NEWS_MS  10
/* A failed write is repeated after this. */
#define AGAIN_MS 1000

void
runmany_put(struct runmany_fifo *f, uint32_t task)
{
    if (f->head > 0 && f->head == f->n)
        f->head = f->n = 0;
    if (f->n == f->room) {
        f->room = f->room == 0 ? 64 : f->room * 2;
        f->task = xrealloc(f->task, f->room, sizeof(*f->task));
    }
    f->task[f->n++] = task;
}

uint32_t
runmany_take(struct runmany_fifo *f)
{
    return f->task[f->head++];
}

size_t
runmany_count(const struct runmany_fifo *f)
{
    return f->n - f->head;
}

const struct taskbook_task *
runmany_task(const struct runmany *m, uint32_t task)
{
    static const struct taskbook_task none = { .state = TASKBOOK_UNKNOWN };

    return task < m->book.ntasks ? &m->book.task[task] : &none;
}

bool
runmany_may_arm(const struct runmany *m, const struct taskbook_task *t)
{
    return t->state == TASKBOOK_IS_GIVEN ||
           (t->state == TASKBOOK_IS_ARMED && t->supervisor != m->self &&
            !taskbook_started(&m->book, t, m->boot));
}

bool
runmany_is_armed(const struct runmany *m, const struct taskbook_task *t)
{
    return t->state == TASKBOOK_IS_ARMED && t->supervisor == m->self;
}

void
runmany_due(long long *t, long long ms)
{
    long long at = time_mono_ms() + ms;

    if (*t == 0 || at < *t)
        *t = at;
}

void
runmany_add_end(struct runmany *m, uint32_t task, uint16_t attempt,
                const struct exitrec *rec)
{
    struct buf text = BUF_INIT;

    exitrec_write(rec, &text);
    taskbook_add(&m->out, &(struct taskbook_entry){ .kind = TASKBOOK_ENDED,
                                                    .task = task,
                                                    .attempt = attempt,
                                                    .text = buf_str(&text) });
    buf_fini(&text);
}

/* TASK has not begun and will not begin: record its end. */
static void
end_unbegun(struct runmany *m, uint32_t task, uint16_t attempt,
            enum exitrec_why why, const char *text)
{
    struct exitrec rec = { .why = (int)why,
                           .exit_code = why == EXITREC_NOT_STARTED ? 126 : 0,
                           .t_end_ms = time_now_ms() };

    snprintf(rec.text, sizeof(rec.text), "%s", text);
    runmany_add_end(m, task, attempt, &rec);
}

static struct taskrun *
find_run(struct runmany *m, uint32_t task, uint16_t attempt)
{
    for (size_t i = 0; i < m->nrun; i++)
        if (m->run[i].task == task && m->run[i].attempt == attempt)
            return &m->run[i];
    return NULL;
}

static void
stop_run(struct runmany *m, const struct taskrun *t, bool stop)
{
    taskrun_stop(t, stop);
    taskbook_add(&m->out, &(struct taskbook_entry){ .kind = TASKBOOK_STOPPED,
                                                    .task = t->task,
                                                    .attempt = t->attempt,
                                                    .number = stop });
}

/* Carry out an order for a running or waiting task. */
static void
take_order(struct runmany *m, const struct taskbook_entry *e)
{
    const struct taskbook_task *known =
        taskbook_find(&m->book, e->task, e->attempt);
    struct taskrun *t = find_run(m, e->task, e->attempt);

    if (t == NULL) {
        if (known != NULL && known->end != 0 &&
            (runmany_may_arm(m, known) || runmany_is_armed(m, known)))
            end_unbegun(m, e->task, e->attempt, EXITREC_CANCELLED,
                        "cancelled before it began");
    } else if (e->number == TASKBOOK_TERM) {
        taskrun_end(t, EXITREC_CANCELLED, t->launch.grace);
    } else if (e->number == TASKBOOK_KILL) {
        taskrun_end(t, EXITREC_CANCELLED, 0);
    } else if (e->number == TASKBOOK_STOP || e->number == TASKBOOK_CONT) {
        stop_run(m, t, e->number == TASKBOOK_STOP);
    }
}

void
runmany_follow(struct runmany *m)
{
    if (m->giverfd >= 0)
        close(m->giverfd);
    m->giverfd = (int)syscall(SYS_pidfd_open, m->book.giver, 0);
    if (m->giverfd < 0)
        return;
    fcntl(m->giverfd, F_SETFD, FD_CLOEXEC);
    if (sys_start_time(m->book.giver) == m->book.giver_start)
        return;
    close(m->giverfd);
    m->giverfd = -1;
}

/* A taskbook_fn. */
static void
note_entry(void *arg, const struct taskbook *b, const struct taskbook_entry *e)
{
    struct runmany *m = arg;

    if (e->kind == TASKBOOK_GIVEN && e->task < b->ntasks)
        runmany_put(&m->given, e->task);
    else if (e->kind == TASKBOOK_ORDER)
        take_order(m, e);
    else if (e->kind == TASKBOOK_WIDTH)
        runmany_follow(m);
}

void
runmany_read(struct runmany *m)
{
    (void)taskbook_read(&m->book, m->bookfd, note_entry, m, NULL);
}

/* The book cannot be written: set the process name that status requests
 * read. */
static int
be_stuck(struct runmany *m)
{
    m->stuck = true;
    m->t_again = 0;
    runmany_due(&m->t_again, AGAIN_MS);
    prctl(PR_SET_NAME, IDENTITY_WAITS);
    return -1;
}

/* Read what other processes wrote, then write ENTRIES.  The lock is held. */
static int
append_locked(struct runmany *m, struct buf *entries)
{
    if (taskbook_append(m->bookfd, entries, NULL) < 0)
        return be_stuck(m);
    if (m->stuck)
        prctl(PR_SET_NAME, "gatekeeper-job");
    m->stuck = false;
    buf_clear(entries);
    runmany_read(m);
    return 0;
}

int
runmany_append(struct runmany *m, struct buf *entries)
{
    int rc;

    flock(m->bookfd, LOCK_EX);
    rc = append_locked(m, entries);
    flock(m->bookfd, LOCK_UN);
    return rc;
}

void
runmany_flush(struct runmany *m)
{
    /* Orders read meanwhile may add entries. */
    for (int i = 0; i < 4 && m->out.len > 0; i++) {
        struct buf entries = m->out;

        m->out = (struct buf)BUF_INIT;
        if (runmany_append(m, &entries) < 0) {
            buf_add(&entries, buf_str(&m->out), m->out.len);
            buf_fini(&m->out);
            m->out = entries;
            return;
        }
        buf_fini(&entries);
        runmany_due(&m->t_sync, SYNC_MS);
        runmany_due(&m->t_news, NEWS_MS);
    }
}

int
runmany_sync(struct runmany *m)
{
    if (fdatasync(m->bookfd) < 0)
        return be_stuck(m);
    m->t_sync = 0;
    return 0;
}

void
runmany_arm(struct runmany *m)
{
    struct buf entries = BUF_INIT;
    uint32_t task[RUNMANY_ARM];
    size_t n = 0;

    flock(m->bookfd, LOCK_EX);
    runmany_read(m);
    while (n < RUNMANY_ARM && runmany_count(&m->given) > 0) {
        uint32_t next = runmany_take(&m->given);
        const struct taskbook_task *t = runmany_task(m, next);

        if (!runmany_may_arm(m, t) || t->end != 0)
            continue;
        task[n++] = next;
        taskbook_add(&entries,
                     &(struct taskbook_entry){ .kind = TASKBOOK_ARMED,
                                               .task = next,
                                               .attempt = t->attempt });
    }
    if (n > 0 && (append_locked(m, &entries) < 0 || runmany_sync(m) < 0)) {
        for (size_t i = 0; i < n; i++)
            runmany_put(&m->given, task[i]);
        n = 0;
    }
    flock(m->bookfd, LOCK_UN);
    for (size_t i = 0; i < n; i++)
        runmany_put(&m->armed, task[i]);
    buf_fini(&entries);
    if (n > 0 && m->nrun == 0)
        test_point("sup.tasks.armed");
}

void
runmany_end_ordered(struct runmany *m)
{
    for (uint32_t i = 0; i < m->book.ntasks; i++) {
        const struct taskbook_task *t = runmany_task(m, i);

        if (t->end != 0 && runmany_may_arm(m, t))
            end_unbegun(m, i, t->attempt, EXITREC_CANCELLED,
                        "cancelled before it began");
    }
}
