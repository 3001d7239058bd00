/* base/sys_proc.c - see sys_proc.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/fs.h"
#include "base/sys_proc.h"
#include "base/sys_user.h"

void
sys_close_from(int low)
{
    struct rlimit limit = { .rlim_cur = 65536 };
    int fd;

    if (close_range((unsigned)low, ~0u, 0) == 0)
        return;
    getrlimit(RLIMIT_NOFILE, &limit);
    for (fd = low; fd < (int)limit.rlim_cur; fd++)
        close(fd);
}

/* The child's report of a failure.  STEP is a constant of this program, at the
 * same address in parent and child. */
struct report {
    const char *step;
    int error;
};

/* Move the descriptors to the numbers that S asks for.  First copy all out of
 * the way, so that no target overwrites a source that is still needed.  *REPORT
 * becomes the one after the last; everything else is closed. */
static const char *
place_descriptors(const struct sys_spawn *s, int *report)
{
    int low = 3 + (int)s->nkeep, source[3 + SYS_KEEP_MAX], i, fd;

    for (i = 0; i < low; i++) {
        fd = i < 3 ? s->fd[i] : s->keep[i - 3];
        if (fd < 0)
            fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        source[i] = fcntl(fd, F_DUPFD_CLOEXEC, low + 1);
        if (source[i] < 0)
            return "pass a descriptor on";
    }
    if (*report != low) {
        if (dup3(*report, low, O_CLOEXEC) < 0)
            return "keep its report";
        *report = low;
    }
    for (i = 0; i < low; i++)
        if (dup2(source[i], i) < 0)
            return "place a descriptor";
    sys_close_from(low + 1);
    return NULL;
}

/* Set every signal to its default and unblock it. */
static void
reset_signals(void)
{
    struct sigaction act = { .sa_handler = SIG_DFL };
    sigset_t none;
    int i;

    for (i = 1; i < NSIG; i++)
        sigaction(i, &act, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Apply S to this child; returns only on failure, with the failed step.  The
 * parent may have threads: async-signal-safe calls only. */
static const char *
become(const struct sys_spawn *s, int *report, pid_t parent)
{
    static char *const nothing[] = { NULL };
    const char *step;

    reset_signals();
    step = place_descriptors(s, report);
    if (step != NULL)
        return step;
    if (s->new_session && setsid() < 0)
        return "begin a session";
    if (s->user != NULL && (step = sys_user_switch(s->user)) != NULL)
        return step;
    umask(077);
    if (s->cwd != NULL && chdir(s->cwd) < 0)
        return "enter its directory";
    /* After the switch to the user, which clears it. */
    if (s->die_with_parent) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
            return "tie its life to ours";
        if (getppid() != parent)
            _exit(127);
    }
    execve(s->path, s->argv, s->envp != NULL ? s->envp : nothing);
    return "execute it";
}

/* The child: report to the parent why exec failed. */
static void
run_child(const struct sys_spawn *s, int report, pid_t parent)
{
    struct report r = { 0 };

    r.step = become(s, &report, parent);
    r.error = errno;
    (void)!write(report, &r, sizeof(r));
    _exit(127);
}

/* Fork with all signals blocked, so that no handler of this program runs in the
 * child; MASK gets the old signal mask. */
static pid_t
fork_quietly(sigset_t *mask)
{
    sigset_t all;
    pid_t pid;
    int saved;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, mask);
    pid = fork();
    saved = errno;
    if (pid != 0)
        pthread_sigmask(SIG_SETMASK, mask, NULL);
    errno = saved;
    return pid;
}

/* Read the report of the child PID from FD: 0 when it is empty because exec
 * succeeded. */
static int
read_report(int fd, const struct sys_spawn *s, pid_t pid, struct err *err)
{
    struct report r;
    ssize_t n;

    do
        n = read(fd, &r, sizeof(r));
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(r))
        return 0;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    errno = r.error;
    return err_set(
        err,
        r.error == ENOENT                       ? ERR_NOT_FOUND
        : r.error == EPERM || r.error == EACCES ? ERR_AUTHZ
                                                : ERR_IO,
        "start '%s'%s%s: cannot %s: %s", s->path, s->user != NULL ? " as " : "",
        s->user != NULL ? s->user->name : "", r.step, strerror(r.error));
}

pid_t
sys_spawn(const struct sys_spawn *s, struct err *err)
{
    pid_t parent = getpid(), pid;
    sigset_t mask;
    int report[2], rc, saved;

    if (s->nkeep > SYS_KEEP_MAX)
        return err_set(err, ERR_INTERNAL, "start '%s': %zu descriptors kept",
                       s->path, s->nkeep);
    if (pipe2(report, O_CLOEXEC) < 0)
        return err_set(err, ERR_IO, "start '%s': cannot make a pipe: %s",
                       s->path, strerror(errno));
    pid = fork_quietly(&mask);
    if (pid == 0)
        run_child(s, report[1], parent);
    saved = errno;
    close(report[1]);
    if (pid < 0) {
        close(report[0]);
        errno = saved;
        return err_set(err, ERR_NOMEM, "start '%s': cannot fork: %s", s->path,
                       strerror(errno));
    }
    rc = read_report(report[0], s, pid, err);
    close(report[0]);
    return rc < 0 ? -1 : pid;
}

pid_t
sys_fork(int (*child)(void *arg), void *arg, struct err *err)
{
    pid_t pid = fork();

    if (pid < 0)
        return err_set(err, ERR_NOMEM, "cannot fork: %s", strerror(errno));
    if (pid == 0)
        _exit(child(arg) & 0xFF);
    return pid;
}

void
sys_leave_terminal(bool quiet)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    setsid();
    signal(SIGTERM, SIG_IGN);
    for (int fd = 0; null >= 0 && fd < (quiet ? 3 : 2); fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
}

/* The parent of a daemon: wait for the child's readiness, then exit with its
 * status. */
static void
wait_ready(int fd, pid_t pid)
{
    char word = 0;
    int status = 0;

    while (read(fd, &word, 1) < 0 && errno == EINTR)
        continue;
    if (word == 'R')
        _exit(0);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    _exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status)
                                                        : 70);
}

int
sys_background(struct err *err)
{
    int ready[2];
    pid_t pid;

    if (pipe2(ready, O_CLOEXEC) < 0)
        return err_set(err, ERR_IO, "cannot make a pipe: %s", strerror(errno));
    fflush(NULL);
    pid = fork();
    if (pid < 0) {
        close(ready[0]);
        close(ready[1]);
        return err_set(err, ERR_NOMEM, "cannot fork: %s", strerror(errno));
    }
    if (pid > 0) {
        close(ready[1]);
        wait_ready(ready[0], pid);
    }
    close(ready[0]);
    setsid();
    return ready[1];
}

unsigned long long
sys_start_time(pid_t pid)
{
    struct buf text = BUF_INIT;
    unsigned long long start = 0;
    char name[64], *field, *rest = NULL;
    long long value;
    int i;

    snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
    if (pid > 0 && fs_read(AT_FDCWD, name, 65536, &text, NULL) == 0) {
        /* The name in parentheses may contain any character, ')' too. */
        field = strrchr(buf_str(&text), ')');
        field = field != NULL ? strtok_r(field + 1, " ", &rest) : NULL;
        for (i = 3; field != NULL && i < 22; i++)
            field = strtok_r(NULL, " ", &rest);
        if (field != NULL && number_parse(field, 0, INT64_MAX, &value) == 0)
            start = (unsigned long long)value;
    }
    buf_fini(&text);
    return start;
}

int
sys_boot_id(char id[SYS_BOOT_ID])
{
    struct buf text = BUF_INIT;
    int rc = -1;

    id[0] = '\0';
    if (fs_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 128, &text,
                NULL) == 0 &&
        text.len >= SYS_BOOT_ID - 1) {
        snprintf(id, SYS_BOOT_ID, "%.36s", text.data);
        rc = uuid_ok(id) ? 0 : -1;
    }
    buf_fini(&text);
    return rc;
}
