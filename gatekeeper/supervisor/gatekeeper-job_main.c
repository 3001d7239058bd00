/* gatekeeper/supervisor/gatekeeper-job_main.c - the supervisor of one run: it
 * takes the start marker, runs the program, ends all its processes and writes
 * the exit record.  Static, only libc and base/: it is copied onto nodes.
 *
 *   gatekeeper-job [-held] [-ready FD] [-program FD]
 *                  [-task T.A | -tasks | -batch] UNITDIR
 *   gatekeeper-job -shared FD
 *
 * The second form runs in the account's directory of sessions and supervises
 * all ordinary runs that the socket FD gives it (runshared.h).  The first runs
 * in the session directory.  -task: attempt A of task T of an array.
 * -tasks: the tasks in the unit's task book (runmany.h).  -batch: the task that
 * a batch system's environment names (batchname.h).  The -ready FD gets "r"
 * once signals are handled, or the reason why nothing is started.  The -program
 * FD is the open program.
 *
 * Exit status: 0 the exit record is written, 75 the run was started before or
 * is running, 64 and 74 nothing was started.  Signals: USR1 release (held),
 * TERM end with a grace period, USR2 end now, TSTP stop, CONT continue, HUP
 * read the wall time limit again (walltime.h). */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/testpoint.h"
#include "gatekeeper/supervisor/batchname.h"
#include "gatekeeper/supervisor/exitwhy.h"
#include "gatekeeper/supervisor/identity.h"
#include "gatekeeper/supervisor/launch.h"
#include "gatekeeper/supervisor/proctree.h"
#include "gatekeeper/supervisor/runmany.h"
#include "gatekeeper/supervisor/runprog.h"
#include "gatekeeper/supervisor/runrecord.h"
#include "gatekeeper/supervisor/runshared.h"
#include "gatekeeper/supervisor/walltime.h"

#define EXIT_STARTED_BEFORE 75
#define LAUNCH_MAX          (4u << 20)
#define KILL_AGAIN_MS       50

struct supervisor {
    int unitfd, ready_fd, program_fd;
    bool held;
    bool many;  /* runs the tasks of the task book */
    bool again; /* a transfer: may run twice, so no file is synced */
    uint32_t task, attempt; /* of an array; attempt 0: the unit's only run */
    struct runrecord record;
    struct buf text; /* the launch file; launch points into it */
    struct launch launch;
    struct identity id;
    struct runmany *runmany; /* for -tasks */
    sigset_t signals;
    pid_t *pid; /* of each copy; 0 once it has ended */
    size_t live;
    struct exitrec rec;
    struct walltime wall;
    long long t_kill; /* monotonic clock; 0 none */
};

static int
usage(void)
{
    fputs("usage: gatekeeper-job [-held] [-ready FD] [-program FD] "
          "[-task T.A | -tasks | -batch] UNITDIR\n"
          "       gatekeeper-job -shared FD\n",
          stderr);
    return 64;
}

/* The number after option NAME at argv[*i], -1 if it is not that option. */
static int
fd_option(const char *name, int *i, int argc, char **argv)
{
    long long fd;

    if (*i + 1 >= argc || strcmp(argv[*i], name) != 0 ||
        number_parse(argv[*i + 1], 3, 1 << 20, &fd) < 0)
        return -1;
    *i += 2;
    return (int)fd;
}

/* Parse option -task at argv[*i], if it is that option. */
static int
read_task(struct supervisor *s, int *i, int argc, char **argv, struct err *err)
{
    char name[RUNFILE_MAX];

    if (*i + 1 < argc && strcmp(argv[*i], "-task") == 0) {
        snprintf(name, sizeof(name), "id.%s", argv[*i + 1]);
        if (runfile_parse(name, RUNFILE_ID, &s->task, &s->attempt) < 0)
            return err_set(err, ERR_USAGE, "bad task '%s'", argv[*i + 1]);
        *i += 2;
    } else if (*i < argc && strcmp(argv[*i], "-batch") == 0) {
        batchname_environment(&s->task, &s->attempt);
        *i += 1;
    }
    return 0;
}

static int
read_args(struct supervisor *s, int argc, char **argv, struct err *err)
{
    int i = 1;

    if (i < argc && strcmp(argv[i], "-held") == 0) {
        s->held = true;
        i++;
    }
    s->ready_fd = fd_option("-ready", &i, argc, argv);
    s->program_fd = fd_option("-program", &i, argc, argv);
    s->again = s->program_fd >= 0;
    if (read_task(s, &i, argc, argv, err) < 0)
        return -1;
    if (i < argc && strcmp(argv[i], "-tasks") == 0) {
        s->many = true;
        i++;
    }
    /* The caller passes no descriptor that the program should have. */
    if (s->ready_fd >= 0)
        close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    if (i + 1 != argc)
        return err_set(err, ERR_USAGE, "no unit directory");
    s->unitfd =
        fs_open_beneath(AT_FDCWD, argv[i], O_RDONLY | O_DIRECTORY, 0, false);
    if (s->unitfd < 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", argv[i],
                       strerror(errno));
    runrecord_init(&s->record, s->unitfd,
                   s->again ? RUNRECORD_AGAIN : RUNRECORD_SYNCED, s->task,
                   s->attempt);
    return 0;
}

static void
block_signals(struct supervisor *s)
{
    const int sigs[] = { SIGCHLD, SIGTERM, SIGINT,  SIGHUP,  SIGUSR1,
                         SIGUSR2, SIGTSTP, SIGCONT, SIGPIPE, RUNSHARED_SIGNAL };

    sigemptyset(&s->signals);
    for (size_t i = 0; i < sizeof(sigs) / sizeof(*sigs); i++)
        sigaddset(&s->signals, sigs[i]);
    sigprocmask(SIG_BLOCK, &s->signals, NULL);
}

/* Read the launch file; for an array, select the task. */
static int
read_launch(struct supervisor *s, struct err *err)
{
    if (fs_read(s->unitfd, s->record.files.name[RUNFILE_LAUNCH], LAUNCH_MAX,
                &s->text, err) < 0 ||
        launch_parse(s->text.data, s->text.len, &s->launch, err) < 0)
        return -1;
    return launch_task(&s->launch, s->task, s->attempt, err);
}

/* Prepare the run: lock, launch file, identity. */
static int
prepare(struct supervisor *s, struct err *err)
{
    struct identity *id = &s->id;

    block_signals(s);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return err_set(err, ERR_IO, "subreaper: %s", strerror(errno));
    if (runrecord_lock(&s->record, err) < 0 ||
        (!s->many && read_launch(s, err) < 0) || identity_self(id, err) < 0 ||
        identity_write(s->unitfd, s->record.files.name[RUNFILE_ID], id, err) <
            0)
        return -1;
    if (!s->many)
        return runrecord_reserve(&s->record, err);
    s->runmany = runmany_create(s->unitfd, s->record.lock_fd, id, err);
    return s->runmany == NULL ? -1 : 0;
}

/* Report over the -ready descriptor that signals are handled, or ERR.  Nobody
 * may read it any more: our identity file serves then. */
static void
say_ready(struct supervisor *s, const struct err *err)
{
    if (s->ready_fd < 0)
        return;
    if (err->code == ERR_OK)
        (void)!write(s->ready_fd, "r", 1);
    else
        dprintf(s->ready_fd, "%c%s", err->code == ERR_NOSPACE ? 'n' : 'e',
                err->text);
    close(s->ready_fd);
    s->ready_fd = -1;
}

/* Wait before the next try to write the record. false: told to end, or the
 * directory is gone. */
static bool
wait_for_room(const struct supervisor *s)
{
    const struct timespec second = { .tv_sec = 1 };
    struct stat st;
    int sig;

    if (fstat(s->unitfd, &st) < 0 || st.st_nlink == 0)
        return false;
    /* Status requests read this name. */
    prctl(PR_SET_NAME, IDENTITY_WAITS);
    do
        sig = sigtimedwait(&s->signals, NULL, &second);
    while (sig > 0 && sig != SIGTERM && sig != SIGUSR2);
    return sig < 0;
}

/* Write the exit record; retry while the disk is full. */
static int
write_record(struct supervisor *s)
{
    struct buf text = BUF_INIT;
    int rc;

    s->rec.t_end_ms = time_now_ms();
    exitrec_write(&s->rec, &text);
    test_point("sup.exit.before_record");
    while ((rc = runrecord_write(&s->record, &text)) < 0 && wait_for_room(s))
        continue;
    test_point("sup.exit.after_record");
    if (rc == 0)
        runrecord_tidy(&s->record);
    buf_fini(&text);
    return rc < 0 ? 74 : 0;
}

/* Wait while held. 0: released, 1: told to end. */
static int
wait_release(struct supervisor *s)
{
    test_point("sup.held");
    while (s->held) {
        int sig = sigwaitinfo(&s->signals, NULL);
        if (sig == SIGUSR1)
            s->held = false;
        if (sig == SIGTERM || sig == SIGUSR2)
            return 1;
    }
    return 0;
}

/* Record that the run cannot be started, because of WHY.  Returns the exit
 * status. */
static int
no_marker(struct supervisor *s, const struct err *why)
{
    s->rec.why = EXITREC_NOT_STARTED;
    s->rec.exit_code = 126;
    snprintf(s->rec.text, sizeof(s->rec.text), "%.255s", why->text);
    return write_record(s);
}

/* Create the start marker before the program starts.  Returns 0, or the exit
 * status. */
static int
take_marker(struct supervisor *s)
{
    struct err err = ERR_INIT;
    int rc = runrecord_mark(&s->record, &err);

    if (rc != 0)
        return rc > 0 ? EXIT_STARTED_BEFORE : no_marker(s, &err);
    s->rec.t_start_ms = time_now_ms();
    test_point("sup.marker");
    return 0;
}

/* Begin to end all processes, because of WHY. */
static void
begin_end(struct supervisor *s, enum exitrec_why why, long long grace_s)
{
    exitwhy_note(&s->rec, why);
    if (s->t_kill == 0 || grace_s == 0)
        s->t_kill = time_mono_ms() + grace_s * 1000;
    if (grace_s > 0) {
        proctree_signal(getpid(), SIGTERM);
        proctree_signal(getpid(), SIGCONT);
    }
}

/* Start every copy; a failure goes into the record. */
static void
start_copies(struct supervisor *s)
{
    struct err err = ERR_INIT;
    struct runprog prog = { .launch = &s->launch,
                            .program_fd = s->program_fd,
                            .fd = { -1, -1, -1 } };
    size_t n = (size_t)s->launch.count;

    s->pid = xcalloc(n, sizeof(*s->pid));
    if (runprog_open(&prog, &err) == 0)
        for (size_t i = 0; i < n; i++) {
            s->pid[i] = runprog_start(&prog, i, &err);
            if (s->pid[i] < 0)
                break;
            s->live++;
        }
    runprog_close(&prog);
    if (err.code != ERR_OK) {
        s->rec.why = EXITREC_NOT_STARTED;
        s->rec.exit_code = err.code == ERR_NOT_FOUND ? 127 : 126;
        snprintf(s->rec.text, sizeof(s->rec.text), "%.255s", err.text);
        s->t_kill = time_mono_ms();
    } else {
        walltime_begin(&s->wall, s->unitfd, &s->launch);
    }
    test_point("sup.exec");
}

/* The exit code of the run is that of the first copy that failed. */
static void
note_end(struct supervisor *s, int status)
{
    if (s->rec.exit_code != 0)
        return;
    if (WIFSIGNALED(status)) {
        s->rec.signal = WTERMSIG(status);
        s->rec.exit_code = 128 + s->rec.signal;
        if (s->rec.why == EXITREC_EXITED)
            s->rec.why = EXITREC_SIGNALLED;
    } else {
        s->rec.exit_code = WEXITSTATUS(status);
    }
}

/* Reap ended processes.  Returns 0 while any process of the tree is left. */
static int
reap(struct supervisor *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < (size_t)s->launch.count; i++)
            if (s->pid[i] == pid) {
                s->pid[i] = 0;
                s->live--;
                note_end(s, status);
            }
    if (s->live == 0 && s->t_kill == 0)
        s->t_kill =
            time_mono_ms(); /* the program has ended: kill what it left */
    return pid < 0 && errno == ECHILD;
}

/* Wait for a signal until the next deadline; -1 at the deadline. */
static int
next_signal(const struct supervisor *s)
{
    long long now = time_mono_ms(), left = -1, next = walltime_next(&s->wall);
    struct timespec ts;

    if (s->t_kill > 0)
        left = s->t_kill > now ? s->t_kill - now : KILL_AGAIN_MS;
    else if (next > 0)
        left = next > now ? next - now : 0;
    ts = (struct timespec){ .tv_sec = left / 1000,
                            .tv_nsec = left % 1000 * 1000000 };
    return left < 0 ? sigwaitinfo(&s->signals, NULL)
                    : sigtimedwait(&s->signals, NULL, &ts);
}

static void
stop_all(struct supervisor *s, bool stop)
{
    const char *name = s->record.files.name[RUNFILE_STOPPED];
    int fd;

    proctree_signal(getpid(), stop ? SIGSTOP : SIGCONT);
    if (!stop) {
        unlinkat(s->unitfd, name, 0);
        return;
    }
    fd = openat(s->unitfd, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                0600);
    if (fd >= 0)
        close(fd);
}

/* Wait until the last process of the tree has ended. */
static void
watch(struct supervisor *s)
{
    while (reap(s) == 0) {
        long long now = time_mono_ms();
        int sig;

        if (s->t_kill > 0 && now >= s->t_kill)
            proctree_signal(getpid(), SIGKILL);
        else if (s->t_kill == 0 && walltime_over(&s->wall, &s->launch, now))
            begin_end(s, EXITREC_WALLTIME, s->launch.grace);
        sig = next_signal(s);
        switch (sig) {
        case SIGTERM:
            begin_end(s, EXITREC_CANCELLED, s->launch.grace);
            break;
        case SIGUSR1:
            if (s->launch.notice)
                stop_all(s, true);
            break;
        case SIGUSR2:
            begin_end(s, EXITREC_CANCELLED,
                      s->launch.notice ? s->launch.grace : 0);
            break;
        case SIGHUP:
            walltime_look(&s->wall, &s->launch);
            break;
        case SIGTSTP:
        case SIGCONT:
            stop_all(s, sig == SIGTSTP);
            break;
        default:
            break;
        }
    }
    exitwhy_last(&s->rec);
}

/* Do the run.  Returns the exit status of this process. */
static int
supervise(struct supervisor *s)
{
    int rc;

    if (runrecord_ended(&s->record))
        return EXIT_STARTED_BEFORE;
    if (wait_release(s) != 0) {
        s->rec.why = EXITREC_CANCELLED;
        snprintf(s->rec.text, sizeof(s->rec.text), "cancelled before it began");
        return write_record(s);
    }
    rc = take_marker(s);
    if (rc != 0)
        return rc;
    start_copies(s);
    watch(s);
    exitwhy_usage(&s->rec);
    exitwhy_explain(&s->rec, &s->launch);
    return write_record(s);
}

static int
fail(const struct err *err)
{
    fprintf(stderr, "gatekeeper-job: %s\n", err->text);
    return err_exit_status(err->code);
}

/* The supervisor of many runs. */
static int
shared(int fd)
{
    struct err err = ERR_INIT;
    struct supervisor s = { .text = BUF_INIT };
    struct runshared *m;
    int rc;

    close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    block_signals(&s);
    m = runshared_create(fd, &err);
    rc = m == NULL ? fail(&err) : runshared_run(m);
    runshared_destroy(m);
    return rc;
}

int
main(int argc, char **argv)
{
    struct supervisor s = { .text = BUF_INIT, .unitfd = -1 };
    struct err err = ERR_INIT;
    int rc, i = 1, fd;

    umask(022);
    prctl(PR_SET_NAME, "gatekeeper-job");
    fd = fd_option("-shared", &i, argc, argv);
    if (fd >= 0 && i == argc)
        return shared(fd);
    if (read_args(&s, argc, argv, &err) < 0)
        return err.code == ERR_USAGE ? usage() : 74;
    rc = prepare(&s, &err);
    say_ready(&s, &err);
    if (rc == 0 && s.many) {
        rc = runmany_run(s.runmany);
        runmany_destroy(s.runmany);
    } else if (rc == 0)
        rc = supervise(&s);
    else
        rc = fail(&err);
    launch_fini(&s.launch);
    buf_fini(&s.text);
    free(s.pid);
    return rc;
}
