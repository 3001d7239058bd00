/* gatekeeper/runner/helper_units.c - starting and signalling the runs of a
 * session and finding their state, as its user. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/helper_session.h"
#include "gatekeeper/runner/helper_units.h"
#include "gatekeeper/supervisor/identity.h"
#include "gatekeeper/supervisor/launch.h"
#include "gatekeeper/supervisor/proctree.h"
#include "gatekeeper/supervisor/runshared.h"

#define RECORD_MAX     4096
#define SWEEPS         100
#define SWEEP_PAUSE_MS 10

int
helper_unit_open(int sessionfd, uint32_t unit)
{
    return helper_session_dir(sessionfd, runner_wire_unit_dir(unit));
}

/* Read NAME in the unit's directory; restore its permissions if needed. */
static int
read_own(int unitfd, const char *name, struct buf *text, struct err *err)
{
    int mends = 0;

    for (;;) {
        struct err why = ERR_INIT;

        if (fs_read(unitfd, name, RECORD_MAX, text, &why) == 0)
            return 0;
        if (why.code == ERR_NOT_FOUND || why.code == ERR_LIMIT ||
            !helper_session_mend(unitfd, name, &mends))
            return err_set(err, why.code, "%s", why.text);
    }
}

/* Whether NAME exists and is not a regular file, so it is not ours. */
static bool
is_foreign(int unitfd, const char *name)
{
    struct stat st;

    return fstatat(unitfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           !S_ISREG(st.st_mode);
}

static void
say_lost(struct runner_status *st, const char *why)
{
    st->state = RUNNER_LOST;
    snprintf(st->exit.text, sizeof(st->exit.text), "%.200s", why);
}

/* Whether TEXT is a complete exit record, including its last line. */
static bool
is_whole(const struct buf *text)
{
    const char *p = buf_str(text), *last = strstr(p, "\ntext=");

    return strlen(p) == text->len && last != NULL &&
           strchr(last + 1, '\n') == p + text->len - 1;
}

/* Read a record that is complete in its preallocated file and only lacks the
 * rename. 1: there is none. */
static int
read_room(int unitfd, const struct runfiles *f, struct runner_status *st)
{
    struct buf text = BUF_INIT;
    int rc = 1;

    if (fs_read(unitfd, f->name[RUNFILE_ROOM], RECORD_MAX, &text, NULL) == 0 &&
        is_whole(&text) &&
        exitrec_parse(buf_str(&text), &st->exit, NULL) == 0) {
        st->state = RUNNER_ENDED;
        rc = 0;
    } else {
        st->exit = (struct exitrec){ .why = 0 };
    }
    buf_fini(&text);
    return rc;
}

/* Fill ST from the exit record. 1: there is none.  -1 with ERR: it cannot be
 * read now. */
static int
read_record(int unitfd, const struct runfiles *f, struct runner_status *st,
            struct err *err)
{
    const char *name = f->name[RUNFILE_EXIT];
    struct buf text = BUF_INIT;
    struct err why = ERR_INIT;
    int rc = read_own(unitfd, name, &text, &why);

    if (rc == 0) {
        st->state = RUNNER_ENDED;
        if (exitrec_parse(buf_str(&text), &st->exit, &why) < 0)
            say_lost(st, why.text);
    } else if (why.code == ERR_NOT_FOUND) {
        rc = read_room(unitfd, f, st);
    } else if (why.code == ERR_LIMIT || is_foreign(unitfd, name)) {
        say_lost(st, why.text);
        rc = 0;
    } else {
        err_set(err, why.code, "%s", why.text);
    }
    buf_fini(&text);
    return rc;
}

/* *MS is the time of the start, or 0 if the run was not started.  The marker is
 * a name given at the start; its inode does not change while the run lives. */
static int
read_marker(int unitfd, const struct runfiles *f, long long *ms,
            struct err *err)
{
    const char *name = f->name[RUNFILE_STARTED];
    struct stat st;
    int mends = 0;

    *ms = 0;
    while (fstatat(unitfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        if (errno == ENOENT)
            return 0;
        if (errno != EACCES || !helper_session_mend(unitfd, name, &mends))
            return err_set(err, helper_session_code(errno),
                           "cannot look at '%s' in the session: %s", name,
                           strerror(errno));
    }
    *ms = st.st_ctim.tv_sec * 1000LL + st.st_ctim.tv_nsec / 1000000;
    if (*ms <= 0)
        *ms = 1;
    return 0;
}

/* The state of a run without exit record and without supervisor. */
static int
judge_dead(int unitfd, const struct runfiles *f, enum identity_state gone,
           struct runner_status *st, struct err *err)
{
    int rc = read_record(unitfd, f, st, err);

    if (rc <= 0)
        return rc; /* the record was just being written */
    if (read_marker(unitfd, f, &st->exit.t_start_ms, err) < 0)
        return -1;
    if (st->exit.t_start_ms == 0)
        st->state = RUNNER_NONE;
    else
        say_lost(st, gone == IDENTITY_REBOOTED
                         ? "the host was restarted while the job ran"
                         : "the job's supervisor was killed");
    return 0;
}

/* Read the supervisor's identity; restore the file's permissions if needed. */
static int
read_identity(int unitfd, const struct runfiles *f, struct identity *id)
{
    const char *name = f->name[RUNFILE_ID];
    struct err why = ERR_INIT;
    int mends = 0;

    while (identity_read(unitfd, name, id, &why) < 0) {
        if (why.code != ERR_IO || !helper_session_mend(unitfd, name, &mends))
            return -1;
        why = (struct err)ERR_INIT;
    }
    return 0;
}

int
helper_unit_judge(int unitfd, const struct runfiles *f,
                  struct runner_status *st, struct err *err)
{
    enum identity_state state = IDENTITY_GONE;
    struct identity id;
    bool known;
    int rc;

    *st = (struct runner_status){ .state = RUNNER_NONE };
    rc = read_record(unitfd, f, st, err);
    if (rc < 0)
        return -1;
    known = read_identity(unitfd, f, &id) == 0;
    /* The supervisor writes the record last and ends.  A record beside a live
     * supervisor is forged. */
    if (rc == 0 && (!known || identity_check(&id) != IDENTITY_ALIVE))
        return 0;
    *st = (struct runner_status){ .state = RUNNER_NONE };
    if (known) {
        state = identity_check(&id);
        st->pid = id.pid;
        st->start_time = id.start_time;
        memcpy(st->boot_id, id.boot_id, sizeof(st->boot_id));
    }
    if (state == IDENTITY_GONE || state == IDENTITY_REBOOTED) {
        return judge_dead(unitfd, f, state, st, err);
    }
    if (read_marker(unitfd, f, &st->exit.t_start_ms, err) < 0)
        return -1;
    st->state = st->exit.t_start_ms > 0 ? RUNNER_RUNNING : RUNNER_HELD;
    st->stopped = faccessat(unitfd, f->name[RUNFILE_STOPPED], F_OK,
                            AT_SYMLINK_NOFOLLOW) == 0;
    if (identity_waits(&id))
        snprintf(st->exit.text, sizeof(st->exit.text), "%s",
                 id.run > 0
                     ? "exit codes of the account's jobs cannot be written to "
                       "their sessions: no space, or an input/output error"
                     : "the program has ended, and its exit code cannot be "
                       "written to the session: no space, or an input/output "
                       "error");
    return 0;
}

bool
helper_unit_alive(const struct runner_status *st)
{
    return st->state == RUNNER_HELD || st->state == RUNNER_RUNNING;
}

/* Whether the run of the files F is alive, or may be. */
static bool
may_live(int unitfd, const struct runfiles *f)
{
    struct runner_status st;

    return helper_unit_judge(unitfd, f, &st, NULL) < 0 ||
           helper_unit_alive(&st);
}

/* Whether any task of an array that has a supervisor's file is alive. */
static bool
any_task_lives(int unitfd)
{
    int fd = openat(unitfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *d;
    bool alive = false;

    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    while (!alive && (d = readdir(dir)) != NULL) {
        uint32_t task, attempt;
        struct runfiles f;

        if (runfile_parse(d->d_name, RUNFILE_ID, &task, &attempt) < 0)
            continue;
        runfile_names(&f, task, attempt);
        alive = may_live(unitfd, &f);
    }
    closedir(dir);
    return alive;
}

bool
helper_any_alive(int sessionfd)
{
    bool alive = false;
    struct runfiles f;

    runfile_names(&f, 0, 0);
    for (uint32_t unit = 0; unit < RUNNER_UNIT_COUNT && !alive; unit++) {
        int fd = helper_unit_open(sessionfd, unit);

        if (fd < 0)
            continue;
        alive = may_live(fd, &f) || (unit == RUNNER_JOB && any_task_lives(fd));
        close(fd);
    }
    return alive;
}

struct runfiles
helper_unit_files(const struct runner_request *r)
{
    struct runfiles f;

    runfile_names(&f, r->task, r->attempt);
    return f;
}

char *
helper_unit_mark(const struct runner_request *r)
{
    return r->attempt == 0
               ? xasprintf("%s/%u", r->job, r->unit)
               : xasprintf("%s/%u/%u.%u", r->job, r->unit, r->task, r->attempt);
}

bool
helper_unit_sweep(const struct runner_request *r)
{
    const struct timespec pause = { .tv_nsec = SWEEP_PAUSE_MS * 1000000L };
    char *mark = helper_unit_mark(r);
    size_t left = proctree_sweep(mark, SIGKILL);

    /* Killed processes take a moment to disappear. */
    for (int i = 0; i < SWEEPS && left > 0; i++) {
        nanosleep(&pause, NULL);
        left = proctree_sweep(mark, SIGKILL);
    }
    free(mark);
    return left == 0;
}

/* Send SIG to the process ID names, if it is still the same process.  A shared
 * supervisor is told which run the signal is for, and is continued if it was
 * stopped. */
static int
signal_identity(const struct identity *id, int sig)
{
    siginfo_t info = { .si_signo = RUNSHARED_SIGNAL, .si_code = SI_QUEUE };
    int rc = -1, fd = (int)syscall(SYS_pidfd_open, id->pid, 0);

    if (fd < 0)
        return -1;
    if (identity_check(id) == IDENTITY_ALIVE && id->run == 0) {
        rc = (int)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
    } else if (identity_check(id) == IDENTITY_ALIVE) {
        info.si_pid = getpid();
        info.si_uid = getuid();
        info.si_value.sival_int = RUNSHARED_VALUE(id->run, sig);
        rc =
            (int)syscall(SYS_pidfd_send_signal, fd, RUNSHARED_SIGNAL, &info, 0);
        (void)syscall(SYS_pidfd_send_signal, fd, SIGCONT, NULL, 0);
    }
    close(fd);
    return rc;
}

void
helper_unit_signal(const struct helper_call *c, int first, int second)
{
    int fd = helper_unit_open(c->sessionfd, c->r->unit);
    struct runfiles f = helper_unit_files(c->r);
    struct identity id;

    if (fd < 0)
        return;
    if (read_identity(fd, &f, &id) == 0) {
        (void)signal_identity(&id, first);
        if (second != 0)
            (void)signal_identity(&id, second);
    }
    close(fd);
}

bool
helper_unit_end(const struct helper_call *c)
{
    int fd = helper_unit_open(c->sessionfd, c->r->unit);
    struct runfiles f = helper_unit_files(c->r);
    struct identity id;

    if (fd >= 0 && read_identity(fd, &f, &id) == 0 && id.run > 0) {
        /* SIGCONT came with the order before: it is stopped again. */
        bool stopped = proctree_is_stopped(id.pid);

        (void)signal_identity(&id, SIGUSR2);
        if (stopped && identity_check(&id) == IDENTITY_ALIVE)
            kill(id.pid, SIGKILL);
    }
    if (fd >= 0)
        close(fd);
    return helper_unit_sweep(c->r);
}

int
helper_release(struct helper *h, struct helper_call *c, struct err *err)
{
    (void)h;
    (void)err;
    helper_unit_signal(c, SIGUSR1, 0);
    return 0;
}
