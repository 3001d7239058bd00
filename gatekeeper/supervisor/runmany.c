/* gatekeeper/supervisor/runmany.c - see runmany.h, and taskbook.h for the order
 * of writes to disk. */
#include "gatekeeper/supervisor/runmany_core.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/testpoint.h"
#include "gatekeeper/supervisor/runfile.h"
#include "gatekeeper/supervisor/walltime.h"

#define LAUNCH_MAX (4u << 20)
/* Report the start of a task that has run this long. */
#define RUNS_MS    50

/* Read the launch file again if it changed: a later attempt has a new one. */
static void
read_launch(struct runmany *m)
{
    struct runfiles files;
    struct stat st;

    runfile_names(&files, 0, 0);
    if (fstatat(m->unitfd, files.name[RUNFILE_LAUNCH], &st,
                AT_SYMLINK_NOFOLLOW) < 0 ||
        (st.st_ino == m->launch_st.st_ino && st.st_dev == m->launch_st.st_dev &&
         st.st_ctim.tv_sec == m->launch_st.st_ctim.tv_sec &&
         st.st_ctim.tv_nsec == m->launch_st.st_ctim.tv_nsec))
        return;
    buf_clear(&m->launch);
    if (fs_read(m->unitfd, files.name[RUNFILE_LAUNCH], LAUNCH_MAX, &m->launch,
                NULL) == 0)
        m->launch_st = st;
}

static void
begin_one(struct runmany *m, uint32_t task, uint16_t attempt)
{
    if (m->nrun == m->room) {
        m->room = m->room == 0 ? 16 : m->room * 2;
        m->run = xrealloc(m->run, m->room, sizeof(*m->run));
    }
    taskrun_begin(&m->run[m->nrun], &m->launch, task, attempt);
    taskrun_limit(&m->run[m->nrun++], m->wall);
}

/* Start armed tasks while there is room; write the BEGUN entry first. */
static void
begin(struct runmany *m)
{
    struct buf entries = BUF_INIT;
    uint32_t task[RUNMANY_ARM];
    size_t n = 0;
    int rc = 0;

    while (n < RUNMANY_ARM && m->nrun + n < m->book.width &&
           runmany_count(&m->armed) > 0) {
        uint32_t next = runmany_take(&m->armed);
        const struct taskbook_task *t = runmany_task(m, next);

        if (!runmany_is_armed(m, t) || t->end != 0)
            continue;
        task[n++] = next;
        taskbook_add(&entries,
                     &(struct taskbook_entry){ .kind = TASKBOOK_BEGUN,
                                               .task = next,
                                               .attempt = t->attempt,
                                               .number = time_now_ms() });
    }
    if (n > 0) {
        rc = runmany_append(m, &entries);
        read_launch(m);
    }
    for (size_t i = 0; i < n; i++)
        if (rc == 0)
            begin_one(m, task[i], runmany_task(m, task[i])->attempt);
        else
            runmany_put(&m->armed, task[i]);
    buf_fini(&entries);
}

/* Reap ended children. */
static void
reap(struct runmany *m)
{
    struct taskrun **runs = xcalloc(m->nrun + 1, sizeof(*runs));

    for (size_t i = 0; i < m->nrun; i++)
        runs[i] = &m->run[i];
    taskrun_reap(runs, m->nrun);
    free(runs);
}

/* Carry out the deadlines of each task and record those that are over.  Returns
 * the next deadline; 0 none. */
static long long
turn_runs(struct runmany *m, long long now)
{
    long long next = 0;

    for (size_t i = m->nrun; i > 0; i--) {
        struct taskrun *t = &m->run[i - 1];
        long long at = taskrun_turn(t, now);

        if (taskrun_over(t)) {
            taskrun_record(t);
            test_point("sup.exit.before_record");
            runmany_add_end(m, t->task, t->attempt, &t->rec);
            taskrun_fini(t);
            m->run[i - 1] = m->run[--m->nrun];
            continue;
        }
        if (!t->told && now - t->t_begin >= RUNS_MS) {
            t->told = true;
            runmany_due(&m->t_news, 0);
        } else if (!t->told && (at == 0 || t->t_begin + RUNS_MS < at)) {
            at = t->t_begin + RUNS_MS;
        }
        if (at > 0 && (next == 0 || at < next))
            next = at;
    }
    return next;
}

static void
tell_news(struct runmany *m)
{
    m->t_news = 0;
    (void)!pwrite(m->newsfd, "", 1, 0);
}

/* Told to end: end the running tasks; another supervisor gets the others. */
static void
end_all(struct runmany *m, bool now)
{
    m->ending = true;
    for (size_t i = 0; i < m->nrun; i++)
        taskrun_end(&m->run[i], EXITREC_CANCELLED,
                    now ? 0 : m->run[i].launch.grace);
}

/* The limit may have been changed. */
static void
read_limit(struct runmany *m)
{
    m->wall = walltime_read(m->unitfd);
    for (size_t i = 0; i < m->nrun; i++)
        taskrun_limit(&m->run[i], m->wall);
}

static void
take_signals(struct runmany *m)
{
    struct signalfd_siginfo info;

    while (read(m->signalfd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGUSR1)
            runmany_read(m);
        if (info.ssi_signo == SIGHUP)
            read_limit(m);
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT ||
            info.ssi_signo == SIGUSR2)
            end_all(m, info.ssi_signo == SIGUSR2);
    }
}

/* Wait for a signal, for the end of the process that gives us work, or until
 * NEXT (0: no limit). */
static void
await(struct runmany *m, long long next)
{
    struct pollfd p[2] = { { .fd = m->signalfd, .events = POLLIN },
                           { .fd = m->giverfd, .events = POLLIN } };
    const long long dues[] = { m->t_sync, m->t_news, m->t_again };
    long long now = time_mono_ms();

    for (size_t i = 0; i < sizeof(dues) / sizeof(*dues); i++)
        if (dues[i] > 0 && (next == 0 || dues[i] < next))
            next = dues[i];
    (void)poll(p, 2, next == 0 ? -1 : next > now ? (int)(next - now) : 0);
    if (p[1].revents != 0) {
        close(m->giverfd);
        m->giverfd = -1;
    }
    if (p[0].revents != 0)
        take_signals(m);
    reap(m);
}

/* Whether another task may begin now. */
static bool
may_begin(const struct runmany *m)
{
    return !m->ending && !m->stuck && m->giverfd >= 0;
}

static void
go_on(struct runmany *m)
{
    if (!may_begin(m))
        return;
    if (runmany_count(&m->armed) < m->book.width &&
        runmany_count(&m->given) > 0)
        runmany_arm(m);
    if (m->nrun < m->book.width)
        begin(m);
}

/* Whether no work is left.  Decided under the book's lock: a process that gives
 * new work then sees that no supervisor runs, or we read its entries. */
static bool
leave(struct runmany *m)
{
    bool left;

    if (m->nrun > 0 || m->out.len > 0)
        return false;
    if (may_begin(m) && runmany_count(&m->given) + runmany_count(&m->armed) > 0)
        return false;
    test_point("sup.tasks.leave");
    flock(m->bookfd, LOCK_EX);
    runmany_read(m);
    left = !may_begin(m) || runmany_count(&m->given) == 0;
    if (left && m->out.len == 0 && m->lock_fd >= 0) {
        (void)fdatasync(m->bookfd);
        close(m->lock_fd);
        m->lock_fd = -1;
    }
    flock(m->bookfd, LOCK_UN);
    return left && m->out.len == 0;
}

/* Whether the book can never be written: its directory is gone, or we were told
 * to give up. */
static bool
is_lost(const struct runmany *m)
{
    struct stat st;

    return m->stuck &&
           (m->ending || fstat(m->unitfd, &st) < 0 || st.st_nlink == 0 ||
            fstat(m->bookfd, &st) < 0 || st.st_nlink == 0);
}

int
runmany_run(struct runmany *m)
{
    for (;;) {
        long long now = time_mono_ms(), next = turn_runs(m, now);
        size_t had = m->nrun;

        if (m->t_again == 0 || now >= m->t_again) {
            m->t_again = 0;
            m->stuck = m->stuck && m->out.len > 0;
            runmany_flush(m);
            if (m->nrun == 0 && m->t_sync > 0)
                test_point("sup.exit.after_record");
        }
        if (is_lost(m) && m->nrun == 0)
            return 74;
        go_on(m);
        /* What has just begun has deadlines that NEXT does not know. */
        if ((m->out.len > 0 && !m->stuck) || m->nrun > had)
            continue;
        if (m->t_sync > 0 && now >= m->t_sync)
            (void)runmany_sync(m);
        if (m->t_news > 0 && (now >= m->t_news || m->nrun == 0))
            tell_news(m);
        if (leave(m))
            break;
        await(m, next);
    }
    tell_news(m);
    return 0;
}

/* Register SELF in the book and read the tasks. */
static int
enter(struct runmany *m, const struct identity *self, struct err *err)
{
    char text[IDENTITY_TEXT];
    struct buf entry = BUF_INIT;
    int rc;

    identity_text(self, text);
    memcpy(m->boot, self->boot_id, sizeof(m->boot));
    taskbook_add(&entry, &(struct taskbook_entry){ .kind = TASKBOOK_SUPERVISOR,
                                                   .text = text });
    flock(m->bookfd, LOCK_EX);
    rc = taskbook_append(m->bookfd, &entry, err);
    /* Our index must be known before we read what we are given. */
    if (rc == 0)
        rc = taskbook_read(&m->book, m->bookfd, NULL, NULL, err);
    if (rc == 0 && m->book.nsupervisors > 0) {
        m->self = m->book.nsupervisors - 1;
        for (uint32_t i = 0; i < m->book.ntasks; i++)
            if (runmany_may_arm(m, runmany_task(m, i)))
                runmany_put(&m->given, i);
        runmany_follow(m);
    }
    flock(m->bookfd, LOCK_UN);
    buf_fini(&entry);
    test_point("sup.tasks.entered");
    return rc;
}

struct runmany *
runmany_create(int unitfd, int lock_fd, const struct identity *self,
               struct err *err)
{
    struct runmany *m = xcalloc(1, sizeof(*m));
    sigset_t all;

    m->unitfd = unitfd;
    m->lock_fd = lock_fd;
    m->giverfd = m->newsfd = m->signalfd = -1;
    m->bookfd = openat(unitfd, TASKBOOK_NAME,
                       O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (m->bookfd < 0) {
        err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                "cannot open the book of tasks: %s", strerror(errno));
    } else if (enter(m, self, err) == 0) {
        m->newsfd = openat(
            unitfd, TASKBOOK_NEWS,
            O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
        sigprocmask(SIG_BLOCK, NULL, &all);
        m->signalfd = signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC);
        if (m->signalfd < 0)
            err_set(err, ERR_IO, "signalfd: %s", strerror(errno));
        runmany_end_ordered(m);
        read_limit(m);
    }
    if (err->code == ERR_OK)
        return m;
    runmany_destroy(m);
    return NULL;
}

void
runmany_destroy(struct runmany *m)
{
    const int fds[] = { m->bookfd, m->newsfd, m->signalfd, m->giverfd };

    for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    taskbook_fini(&m->book);
    free(m->given.task);
    free(m->armed.task);
    free(m->run);
    buf_fini(&m->launch);
    buf_fini(&m->out);
    free(m);
}
