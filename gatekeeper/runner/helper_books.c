/* gatekeeper/runner/helper_books.c - see helper_books.h. */
#include "gatekeeper/runner/helper_books.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "gatekeeper/runner/helper_session.h"
#include "gatekeeper/runner/helper_units.h"

#define BOOKS_MAX 32
/* Report the start of a task only after it ran this long: most are over by
 * then. */
#define RUNS_MS   40
/* Tries for the lock: a writer holds it for less time than one sync takes. */
#define LOCKS     500
#define LOCK_MS   10

/* A taskbook_fn: collect the tasks that began or ended. */
static void
note_fresh(void *arg, const struct taskbook *book,
           const struct taskbook_entry *e)
{
    struct helper_book *b = arg;

    (void)book;
    if (e->kind != TASKBOOK_BEGUN && e->kind != TASKBOOK_ENDED)
        return;
    if ((b->nfresh & (b->nfresh - 1)) == 0)
        b->fresh = xrealloc(b->fresh, b->nfresh == 0 ? 1 : b->nfresh * 2,
                            sizeof(*b->fresh));
    b->fresh[b->nfresh++] = e->task;
}

/* The current supervisor of B's tasks, or the last one; NULL if there was
 * none. */
static const struct identity *
last_supervisor(const struct helper_book *b)
{
    const struct taskbook *book = &b->book;

    return book->nsupervisors == 0 ? NULL
                                   : &book->supervisor[book->nsupervisors - 1];
}

static bool
is_alive(const struct helper_book *b)
{
    const struct identity *id = last_supervisor(b);

    return id != NULL && identity_check(id) == IDENTITY_ALIVE;
}

int
helper_book_read(struct helper_book *b, int fd, struct err *err)
{
    /* The first read finds old entries only; they need no report. */
    taskbook_fn *fn = b->book.read == 0 ? NULL : note_fresh;

    if (taskbook_read(&b->book, fd, fn, b, err) < 0)
        return -1;
    b->alive = is_alive(b);
    /* The supervisor may have added entries before it ended. */
    return b->alive ? 0 : taskbook_read(&b->book, fd, fn, b, err);
}

static void
drop(struct helper *h, size_t i)
{
    struct helper_book *b = h->book[i];

    if (b->wd >= 0)
        inotify_rm_watch(h->newsfd, b->wd);
    taskbook_fini(&b->book);
    free(b->fresh);
    free(b);
    h->book[i] = h->book[--h->nbooks];
}

static struct helper_book *
find(struct helper *h, const char *job)
{
    for (size_t i = 0; i < h->nbooks; i++)
        if (strcmp(h->book[i]->job, job) == 0)
            return h->book[i];
    return NULL;
}

void
helper_book_forget(struct helper *h, const char *job)
{
    for (size_t i = h->nbooks; i > 0; i--)
        if (strcmp(h->book[i - 1]->job, job) == 0)
            drop(h, i - 1);
}

/* The book of JOB in the cache; it replaces the least recently used one if the
 * cache is full. */
static struct helper_book *
get(struct helper *h, const char *job)
{
    struct helper_book *b = find(h, job);
    size_t oldest = 0;

    if (b == NULL && h->nbooks == BOOKS_MAX) {
        for (size_t i = 1; i < h->nbooks; i++)
            if (h->book[i]->used < h->book[oldest]->used)
                oldest = i;
        drop(h, oldest);
    }
    if (b == NULL) {
        h->book =
            xrealloc(h->book, h->nbooks + 1, sizeof(struct helper_book *));
        b = h->book[h->nbooks++] = xcalloc(1, sizeof(*b));
        memcpy(b->job, job, strnlen(job, UUID_TEXT - 1));
        b->wd = -1;
    }
    b->used = ++h->books_used;
    return b;
}

/* Wait only for a limited time: a program of the user may hold the lock. */
static int
lock(int fd, struct err *err)
{
    const struct timespec pause = { .tv_nsec = LOCK_MS * 1000000L };

    for (int i = 0; i < LOCKS; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        nanosleep(&pause, NULL);
    }
    return err_set(err, ERR_TIMEOUT,
                   "a process keeps the lock of the book of tasks");
}

/* Create the book and sync its name before any entry that must be durable. */
static int
make_book(int unitfd, struct err *err)
{
    int fd = openat(unitfd, TASKBOOK_NAME,
                    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
                        O_CLOEXEC,
                    0600);

    if (fd >= 0 && fsync(unitfd) == 0)
        return fd;
    err_set(err, helper_session_code(errno),
            "cannot make the book of tasks in the session: %s",
            strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static int
open_book(int unitfd, bool write, struct err *err)
{
    const int flags = (write ? O_RDWR | O_APPEND : O_RDONLY) | O_NOFOLLOW |
                      O_NONBLOCK | O_CLOEXEC;
    int fd, mends = 0;

    do
        fd = openat(unitfd, TASKBOOK_NAME, flags);
    while (fd < 0 && errno == EACCES &&
           helper_session_mend(unitfd, TASKBOOK_NAME, &mends));
    if (fd >= 0)
        return fd;
    if (write && errno == ENOENT)
        return make_book(unitfd, err);
    return err_set(err, helper_session_code(errno),
                   "cannot open the book of tasks in the session: %s",
                   strerror(errno));
}

struct helper_book *
helper_book_open(struct helper *h, const char *job, int unitfd, bool write,
                 int *fd, struct err *err)
{
    struct helper_book *b;

    *fd = open_book(unitfd, write, err);
    if (*fd < 0)
        return NULL;
    b = get(h, job);
    if ((!write || lock(*fd, err) == 0) && helper_book_read(b, *fd, err) == 0)
        return b;
    close(*fd);
    return NULL;
}

static void
say_lost(struct runner_status *st, const char *why)
{
    st->state = RUNNER_LOST;
    snprintf(st->exit.text, sizeof(st->exit.text), "%.200s", why);
}

static void
judge_ended(const struct taskbook_task *t, int fd, struct runner_status *st)
{
    struct err err = ERR_INIT;

    st->state = RUNNER_ENDED;
    if (taskbook_record(t, fd, &st->exit, &err) < 0)
        say_lost(st, err.text);
}

/* T may have started, and its supervisor has ended. */
static void
judge_dead(const struct helper_book *b, const struct taskbook_task *t,
           struct runner_status *st)
{
    bool rebooted =
        t->supervisor < b->book.nsupervisors &&
        identity_check(&b->book.supervisor[t->supervisor]) == IDENTITY_REBOOTED;

    st->exit.t_start_ms = t->begun_ms > 0 ? t->begun_ms : 1;
    say_lost(st, rebooted ? "the host was restarted while the job ran"
                          : "the job's supervisor was killed");
}

/* T has a live supervisor. */
static void
judge_alive(const struct helper_book *b, const struct taskbook_task *t,
            struct runner_status *st)
{
    const struct identity *id = last_supervisor(b);

    st->state = t->state == TASKBOOK_IS_BEGUN ? RUNNER_RUNNING : RUNNER_HELD;
    st->exit.t_start_ms = t->begun_ms;
    st->stopped = t->stopped;
    st->pid = id->pid;
    st->start_time = id->start_time;
    memcpy(st->boot_id, id->boot_id, sizeof(st->boot_id));
    if (identity_waits(id))
        snprintf(st->exit.text, sizeof(st->exit.text), "%s",
                 "the book of tasks cannot be written to the session: no "
                 "space, or an input/output error");
}

int
helper_book_judge(const struct helper_book *b, int fd, uint32_t task,
                  uint32_t attempt, struct runner_status *st)
{
    const struct taskbook_task *t =
        taskbook_find(&b->book, task, (uint16_t)attempt);
    char boot[SYS_BOOT_ID] = "";
    bool its;

    *st = (struct runner_status){ .state = RUNNER_NONE };
    if (t == NULL)
        return 1;
    /* A task that was only given to the supervisor is alive only if the process
     * that gave it still serves. */
    its = b->alive && (t->state == TASKBOOK_IS_GIVEN
                           ? b->book.giver == getpid()
                           : (size_t)t->supervisor + 1 == b->book.nsupervisors);
    if (t->state == TASKBOOK_IS_ARMED && b->book.giver != getpid())
        its = false;
    if (!its)
        (void)sys_boot_id(boot);
    if (t->state == TASKBOOK_IS_ENDED)
        judge_ended(t, fd, st);
    else if (its)
        judge_alive(b, t, st);
    else if (taskbook_started(&b->book, t, boot))
        judge_dead(b, t, st);
    return 0;
}

void
helper_book_watch(struct helper *h, struct helper_book *b)
{
    char *path;

    if (h->newsfd < 0)
        h->newsfd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (h->newsfd < 0 || b->wd >= 0)
        return;
    path = xasprintf("%s/%s/%s/%s/%s", h->sessions, h->user.name, b->job,
                     runner_wire_unit_dir(RUNNER_JOB), TASKBOOK_NEWS);
    b->wd = inotify_add_watch(h->newsfd, path, IN_MODIFY | IN_DONT_FOLLOW);
    free(path);
}

/* Ask the gatekeeper to look at the tasks of JOB whose numbers are in LIST. */
static void
send_event(struct helper *h, const char *job, struct buf *list)
{
    struct runner_reply event = { .magic = RUNNER_MAGIC,
                                  .kind = RUNNER_EVENT_ENDED,
                                  .unit = RUNNER_JOB };

    if (list->len == 0)
        return;
    memcpy(event.job, job, UUID_TEXT);
    memcpy(event.text, list->data, list->len);
    (void)runner_wire_send(h->sock, &event, sizeof(event), NULL, 0, 0);
    buf_clear(list);
}

static void
add_event(struct helper *h, const char *job, struct buf *list, uint32_t task)
{
    if (list->len + 16 > RUNNER_TEXT)
        send_event(h, job, list);
    buf_addf(list, "%s%u", list->len == 0 ? "" : " ", task);
}

/* Report the new entries of B; a task that has just begun is reported later. */
static void
tell_fresh(struct helper *h, struct helper_book *b)
{
    long long now = time_now_ms();
    struct buf list = BUF_INIT;
    size_t kept = 0;

    for (size_t i = 0; i < b->nfresh; i++) {
        uint32_t task = b->fresh[i];
        const struct taskbook_task *t =
            task < b->book.ntasks ? &b->book.task[task] : NULL;

        if (t == NULL)
            continue;
        if (t->state == TASKBOOK_IS_BEGUN && now - t->begun_ms < RUNS_MS &&
            now >= t->begun_ms)
            b->fresh[kept++] = task;
        else
            add_event(h, b->job, &list, task);
    }
    b->nfresh = kept;
    send_event(h, b->job, &list);
    buf_fini(&list);
}

/* Read the new entries of B. */
static void
read_news(struct helper *h, struct helper_book *b)
{
    int sessionfd = helper_session_open(h, b->job, NULL), unitfd, fd = -1;

    if (sessionfd < 0)
        return;
    unitfd = helper_unit_open(sessionfd, RUNNER_JOB);
    if (unitfd >= 0) {
        fd = open_book(unitfd, false, NULL);
        close(unitfd);
    }
    if (fd >= 0) {
        (void)helper_book_read(b, fd, NULL);
        close(fd);
    }
    close(sessionfd);
    tell_fresh(h, b);
}

void
helper_book_news(struct helper *h)
{
    union {
        struct inotify_event event;
        char space[4096];
    } in;
    ssize_t n = read(h->newsfd, &in, sizeof(in));

    for (ssize_t at = 0; at + (ssize_t)sizeof(in.event) <= n;) {
        struct inotify_event e;

        memcpy(&e, in.space + at, sizeof(e));
        at += (ssize_t)(sizeof(e) + e.len);
        for (size_t i = 0; i < h->nbooks; i++) {
            if (h->book[i]->wd != e.wd)
                continue;
            if ((e.mask & IN_IGNORED) != 0)
                h->book[i]->wd = -1;
            read_news(h, h->book[i]);
        }
    }
}

bool
helper_book_ended(struct helper *h, const char *job)
{
    struct helper_book *b = find(h, job);
    struct buf list = BUF_INIT;

    if (b == NULL)
        return false;
    read_news(h, b);
    for (uint32_t i = 0; i < b->book.ntasks; i++) {
        uint8_t state = b->book.task[i].state;

        if (state != TASKBOOK_UNKNOWN && state != TASKBOOK_IS_ENDED)
            add_event(h, job, &list, i);
    }
    send_event(h, job, &list);
    buf_fini(&list);
    return true;
}
