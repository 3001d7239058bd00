/* gatekeeper/runner/helper_launch.c - starting the runs of a session as its
 * user: launch files, supervisors, transfers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/helper_launch.h"
#include "gatekeeper/runner/helper_session.h"
#include "gatekeeper/runner/helper_shared.h"
#include "gatekeeper/runner/helper_spawn.h"
#include "gatekeeper/runner/helper_units.h"
#include "gatekeeper/supervisor/launch.h"
#include "gatekeeper/supervisor/proctree.h"

#define READY_MS        30000
#define SUPERVISOR_ARGS 10
#define PROGRAM_MAX     (64u << 20)
/* The supervisor's file name in a session's .gatehouse, and in the account's
 * directory. */
#define PROGRAM         "gatekeeper-job"
#define ACCOUNT_PROGRAM ".gatekeeper-job"

/* Open the unit's directory; create it if missing.  Returns the descriptor, or
 * -1 with ERR. */
static int
make_unit(const struct helper_call *c, struct err *err)
{
    const char *dir = runner_wire_unit_dir(c->r->unit);
    int fd;

    if (helper_private_dir(c->sessionfd, err) < 0)
        return -1;
    fd = helper_unit_open(c->sessionfd, c->r->unit);
    if (fd < 0 && errno == ENOENT) {
        if (mkdirat(c->sessionfd, dir, 0700) < 0)
            return err_set(err, helper_session_code(errno),
                           "cannot make '%s' in the session: %s", dir,
                           strerror(errno));
        fd = helper_unit_open(c->sessionfd, c->r->unit);
    }
    if (fd < 0)
        return err_set(err, helper_session_code(errno),
                       "cannot open '%s' in the session: %s", dir,
                       errno == ELOOP ? "there is a symbolic link"
                                      : strerror(errno));
    return fd;
}

/* Add the environment that every program of the user gets; the caller's
 * variables follow. */
static void
add_user_env(const struct helper *h, struct buf *spec)
{
    launch_add_env(spec, "HOME", h->user.home);
    launch_add_env(spec, "LOGNAME", h->user.name);
    launch_add_env(spec, "USER", h->user.name);
    launch_add_env(spec, "SHELL", h->user.shell);
    launch_add_env(spec, "PATH", "/usr/local/bin:/usr/bin:/bin");
    launch_add_number(spec, "grace", h->kill_grace);
}

/* The last definition of a variable counts, so the caller cannot replace the
 * mark. */
static void
add_mark(const struct runner_request *r, struct buf *spec)
{
    char *mark = helper_unit_mark(r);

    launch_add_env(spec, PROCTREE_MARK, mark);
    free(mark);
}

/* Build the complete launch file from the caller's data and check it. */
static int
read_spec(const struct helper *h, const struct helper_call *c, struct buf *spec,
          struct err *err)
{
    struct buf given = BUF_INIT;
    struct launch launch;
    int rc = helper_read_fd(c->fds[0], &given, err);

    if (rc == 0) {
        add_user_env(h, spec);
        buf_add(spec, given.data, given.len);
        add_mark(c->r, spec);
        rc = launch_parse(spec->data, spec->len, &launch, err);
    }
    if (rc == 0)
        launch_fini(&launch);
    buf_fini(&given);
    return rc;
}

/* Append the field KEY with the path of NAME in UNIT's directory. */
static void
add_unit_path(struct buf *spec, const char *key, uint32_t unit,
              const char *name)
{
    char *path = xasprintf("%s/%s", runner_wire_unit_dir(unit), name);

    launch_add(spec, key, path);
    free(path);
}

/* Add gridcp's arguments; its journal and its list lie in the unit's
 * directory. */
static void
add_stage_words(const struct runner_request *r, struct buf *spec)
{
    static const char *const words[] = { "-json", "-r", "-cd", "-state" };

    launch_add(spec, "program", "gridcp");
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        launch_add(spec, "arg", words[i]);
    add_unit_path(spec, "arg", r->unit, "state");
    if ((r->arg & RUNNER_STAGE_MISSING) != 0) {
        launch_add(spec, "arg", "-sync");
        launch_add(spec, "arg", "-sync-level");
        launch_add(spec, "arg", "0");
    }
    launch_add(spec, "arg", "-f");
    add_unit_path(spec, "arg", r->unit, "list");
    add_unit_path(spec, "output", r->unit, "out");
    add_unit_path(spec, "error", r->unit, "diag");
}

/* The launch file of gridcp for the caller's list. */
static void
make_stage_spec(const struct helper *h, const struct helper_call *c,
                struct buf *spec)
{
    const char *proxy = (c->r->arg & RUNNER_STAGE_OWN) != 0
                            ? ".gatehouse/stage-proxy"
                            : ".gatehouse/proxy";
    const char *point = test_point_rules();

    add_user_env(h, spec);
    if (point != NULL)
        launch_add_env(spec, "GATEHOUSE_TEST_POINT", point);
    add_stage_words(c->r, spec);
    launch_add_env(spec, "GATEHOUSE_JOB_ID", c->r->job);
    launch_add_env(spec, "X509_CERT_DIR", h->certificates);
    if (faccessat(c->sessionfd, proxy, F_OK, 0) == 0)
        launch_add_env(spec, "X509_USER_PROXY", proxy);
    launch_add_number(spec, "wall", h->staging_deadline);
    add_mark(c->r, spec);
}

/* Write the list; a journal that belongs to another list is removed. */
static int
put_list(const struct helper_call *c, int unitfd, struct err *err)
{
    struct buf list = BUF_INIT, old = BUF_INIT;
    int rc = helper_read_fd(c->fds[0], &list, err);

    if (rc == 0 && (fs_read(unitfd, "list", RUNNER_SPEC_MAX, &old, NULL) < 0 ||
                    old.len != list.len ||
                    memcmp(buf_str(&old), buf_str(&list), list.len) != 0)) {
        unlinkat(unitfd, "state", 0);
        rc = fs_write_atomic(unitfd, "list", buf_str(&list), list.len, 0600,
                             err);
    }
    buf_fini(&list);
    buf_fini(&old);
    return rc;
}

/* Write the launch file without a sync: the held supervisor reads it at once,
 * and a crash of the host ends that supervisor too. */
static int
put_launch(int unitfd, const struct buf *spec, struct err *err)
{
    int fd =
        openat(unitfd, "launch",
               O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    int rc = fd < 0 ? -1 : fs_write_all(fd, spec->data, spec->len);

    if (rc < 0)
        err_set(err, errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO,
                "cannot write the launch file: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Wait until the supervisor PID handles signals; otherwise report its error. */
static int
wait_ready(int fd, pid_t pid, struct err *err)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char text[256] = "";
    ssize_t n;

    if (poll(&p, 1, READY_MS) <= 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return err_set(err, ERR_TIMEOUT, "the supervisor does not get ready");
    }
    n = read(fd, text, sizeof(text) - 1);
    if (n > 0 && text[0] == 'r')
        return 0;
    waitpid(pid, NULL, 0);
    return err_set(err, text[0] == 'n' ? ERR_NOSPACE : ERR_IO,
                   "the supervisor did not start%s%s", n > 1 ? ": " : "",
                   n > 0 ? text + 1 : "");
}

/* The supervisor's arguments; TASK is room for one of them. */
static void
supervisor_args(const struct runner_request *r, bool held, char task[32],
                const char *argv[SUPERVISOR_ARGS])
{
    int n = 0;

    argv[n++] = "gatekeeper-job";
    if (held)
        argv[n++] = "-held";
    argv[n++] = "-ready";
    argv[n++] = "3";
    if (r->unit != RUNNER_JOB) {
        argv[n++] = "-program";
        argv[n++] = "5";
    }
    if (r->attempt > 0) {
        snprintf(task, 32, "%u.%u", r->task, r->attempt);
        argv[n++] = "-task";
        argv[n++] = task;
    }
    if (r->op == RUNNER_OP_TASKS_START)
        argv[n++] = "-tasks";
    argv[n++] = runner_wire_unit_dir(r->unit);
    argv[n] = NULL;
}

static pid_t
spawn_supervisor(const struct helper *h, const struct helper_call *c, bool held,
                 int ready, struct err *err)
{
    const char *argv[SUPERVISOR_ARGS];
    char *mark = helper_unit_mark(c->r), task[32];
    const struct helper_spawn s = { .argv = argv,
                                    .job = c->r->job,
                                    .mark = mark,
                                    .fd = ready,
                                    .gridcp = c->r->unit != RUNNER_JOB };
    pid_t pid;

    supervisor_args(c->r, held, task, argv);
    pid = helper_spawn(h, &s, err);
    free(mark);
    return pid;
}

/* Put the current state of C's run into the reply. */
static int
judge(struct helper_call *c, int unitfd, struct err *err)
{
    struct runfiles f = helper_unit_files(c->r);

    return helper_unit_judge(unitfd, &f, &c->reply.status, err);
}

pid_t
helper_launch_supervisor(struct helper *h, const struct helper_call *c,
                         bool held, struct err *err)
{
    int ready[2];
    pid_t pid;

    if (pipe2(ready, O_CLOEXEC) < 0)
        return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
    pid = spawn_supervisor(h, c, held, ready[1], err);
    close(ready[1]);
    if (pid > 0 && wait_ready(ready[0], pid, err) < 0)
        pid = -1;
    close(ready[0]);
    if (pid > 0)
        helper_watch(h, pid, c->r, NULL);
    return pid;
}

/* Start the supervisor and put its state into the reply. */
static int
start_supervisor(struct helper *h, struct helper_call *c, int unitfd, bool held,
                 struct err *err)
{
    int rc = -1;

    if (helper_launch_supervisor(h, c, held, err) > 0) {
        rc = judge(c, unitfd, err);
        test_point("run.started");
    }
    return rc;
}

/* Whether to start a run that has state ST: 0 yes, 1 no, it is alive. */
static int
may_start(const struct runner_status *st, struct err *err)
{
    if (helper_unit_alive(st))
        return 1;
    if (st->state == RUNNER_NONE)
        return 0;
    return err_set(err, ERR_STATE, "the run was started before and %s",
                   st->state == RUNNER_ENDED ? "has ended" : "was lost");
}

/* Copy the supervisor to NAME in DIRFD. */
static int
copy_program(const struct helper *h, int dirfd, const char *name,
             struct err *err)
{
    int fd = h->program[RUNNER_PROGRAM_JOB], rc;
    struct buf program = BUF_INIT;

    if (lseek(fd, 0, SEEK_SET) < 0 ||
        buf_read_fd(&program, fd, PROGRAM_MAX) < 0)
        rc = err_set(err, ERR_IO, "cannot read gatekeeper-job: %s",
                     strerror(errno));
    else
        rc = fs_write_atomic(dirfd, name, program.data, program.len, 0700, err);
    buf_fini(&program);
    return rc;
}

/* Link the account's copy of the supervisor into DIRFD. Returns 0 or an
 * errno. */
static int
link_program(const struct helper *h, int dirfd)
{
    if (linkat(h->basefd, ACCOUNT_PROGRAM, dirfd, PROGRAM, 0) == 0)
        return 0;
    if (errno != EEXIST)
        return errno;
    unlinkat(dirfd, PROGRAM, 0);
    return linkat(h->basefd, ACCOUNT_PROGRAM, dirfd, PROGRAM, 0) == 0 ? 0
                                                                      : errno;
}

/* Put the supervisor into the session.  All sessions of the account link to one
 * copy, which each helper makes anew; this saves writing a megabyte per
 * session.  Where links are impossible, make a copy. */
static int
put_program(struct helper *h, const struct helper_call *c, struct err *err)
{
    int fd = helper_session_dir(c->sessionfd, ".gatehouse"), error = ENOENT;
    int rc = 0;

    if (fd < 0)
        return err_set(err, helper_session_code(errno),
                       "cannot open '.gatehouse' in the session: %s",
                       strerror(errno));
    if (h->program_put)
        error = link_program(h, fd);
    if (error == ENOENT || error == EMLINK) {
        rc = copy_program(h, h->basefd, ACCOUNT_PROGRAM, err);
        h->program_put = rc == 0;
        if (rc == 0)
            error = link_program(h, fd);
    }
    if (rc == 0 && error != 0)
        rc = copy_program(h, fd, PROGRAM, err);
    else if (rc == 0 && fsync(fd) < 0)
        rc = err_set(err, ERR_IO, "cannot sync '.gatehouse': %s",
                     strerror(errno));
    close(fd);
    return rc;
}

int
helper_prepare(struct helper *h, struct helper_call *c, struct err *err)
{
    struct buf spec = BUF_INIT;
    int unitfd = make_unit(c, err), rc;

    if (unitfd < 0)
        return -1;
    rc = judge(c, unitfd, err);
    if (rc == 0)
        rc = may_start(&c->reply.status, err);
    if (rc > 0)
        rc = err_set(err, ERR_STATE, "the run has a supervisor already");
    if (rc == 0)
        rc = read_spec(h, c, &spec, err);
    if (rc == 0)
        rc = fs_write_atomic(unitfd, "launch", spec.data, spec.len, 0600, err);
    if (rc == 0 && c->r->arg != 0)
        rc = put_program(h, c, err);
    buf_fini(&spec);
    close(unitfd);
    return rc;
}

/* Kill leftover processes: missing files do not prove that the run has
 * ended. */
static int
end_rest(const struct helper_call *c, struct err *err)
{
    if ((c->r->arg & RUNNER_BEGIN_AGAIN) == 0 || helper_unit_sweep(c->r))
        return 0;
    return err_set(err, ERR_TIMEOUT, HELPER_STUBBORN, c->r->job);
}

int
helper_start(struct helper *h, struct helper_call *c, struct err *err)
{
    int unitfd = helper_unit_open(c->sessionfd, c->r->unit), rc;
    bool go = (c->r->arg & RUNNER_BEGIN_GO) != 0;

    if (unitfd < 0 || faccessat(unitfd, "launch", F_OK, 0) < 0) {
        if (unitfd >= 0)
            close(unitfd);
        if (end_rest(c, err) < 0)
            return -1;
        return err_set(err, ERR_NOT_FOUND,
                       "the job has no launch file in its "
                       "session");
    }
    rc = judge(c, unitfd, err);
    if (rc == 0)
        rc = may_start(&c->reply.status, err);
    if (rc > 0) {
        if (c->reply.status.state == RUNNER_HELD && go)
            helper_unit_signal(c, SIGUSR1, 0);
        rc = 0;
    } else if (rc == 0) {
        rc = end_rest(c, err);
        if (rc == 0)
            rc = go ? helper_shared_start(h, c, err)
                    : start_supervisor(h, c, unitfd, true, err);
    }
    close(unitfd);
    return rc;
}

/* Remove the files of the unit's last run, except gridcp's state. */
static void
clear_unit(const struct helper_call *c, int unitfd)
{
    static const char *const names[] = { "id",   "stopped", "out",      "diag",
                                         "exit", "started", "exit.room" };

    (void)helper_unit_sweep(c->r);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        unlinkat(unitfd, names[i], 0);
}

/* 0: start the transfer; 1: it is running or has run. */
static int
may_stage(const struct helper_call *c, int unitfd)
{
    const struct runner_status *st = &c->reply.status;

    if (helper_unit_alive(st))
        return 1;
    if (st->state == RUNNER_NONE)
        return 0;
    if ((c->r->arg & RUNNER_STAGE_AGAIN) == 0)
        return 1;
    clear_unit(c, unitfd);
    return 0;
}

int
helper_stage(struct helper *h, struct helper_call *c, struct err *err)
{
    struct buf spec = BUF_INIT;
    int unitfd, rc;

    if (c->r->unit == RUNNER_JOB)
        return err_set(err, ERR_PROTOCOL, "a transfer is not the job");
    if (h->program[RUNNER_PROGRAM_GRIDCP] < 0)
        return err_set(err, ERR_UNSUPPORTED, "gridcp is not installed here");
    unitfd = make_unit(c, err);
    if (unitfd < 0)
        return -1;
    rc = judge(c, unitfd, err);
    if (rc == 0)
        rc = may_stage(c, unitfd);
    if (rc == 0) {
        make_stage_spec(h, c, &spec);
        if (put_list(c, unitfd, err) == 0 &&
            put_launch(unitfd, &spec, err) == 0)
            (void)start_supervisor(h, c, unitfd, false, err);
    }
    buf_fini(&spec);
    close(unitfd);
    return err->code == ERR_OK ? 0 : -1;
}
