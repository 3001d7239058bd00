/* gatekeeper/runner/helper_units.c - starting, signalling and judging the runs
 * of a session, as its user. */
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
#include <unistd.h>

#include "base/fs.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/helper_units.h"
#include "gatekeeper/supervisor/identity.h"
#include "gatekeeper/supervisor/launch.h"
#include "gatekeeper/supervisor/proctree.h"

#define RECORD_MAX 4096

int
helper_unit_open(int sessionfd, uint32_t unit)
{
    return fs_open_beneath(sessionfd, runner_wire_unit_dir(unit),
                           O_RDONLY | O_DIRECTORY, 0, false);
}

/* Fill ST from the exit record.  -1 there is none. */
static int
read_record(int unitfd, struct runner_status *st)
{
    struct buf text = BUF_INIT;
    struct err err = ERR_INIT;
    int rc = fs_read(unitfd, "exit", RECORD_MAX, &text, &err);

    if (rc == 0) {
        st->state = RUNNER_ENDED;
        if (exitrec_parse(buf_str(&text), &st->exit, &err) < 0) {
            st->state = RUNNER_LOST;
            snprintf(st->exit.text, sizeof(st->exit.text), "%.200s", err.text);
        }
    } else if (err.code != ERR_NOT_FOUND) {
        rc = 0;
        st->state = RUNNER_LOST;
        snprintf(st->exit.text, sizeof(st->exit.text), "%.200s", err.text);
    }
    buf_fini(&text);
    return rc;
}

/* When it was started, ms; 0 when it was not.  The marker is a name, given
 * then, and nothing changes its inode while the run lives. */
static long long
read_marker(int unitfd)
{
    struct stat st;
    long long ms;

    if (fstatat(unitfd, "started", &st, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    ms = st.st_ctim.tv_sec * 1000LL + st.st_ctim.tv_nsec / 1000000;
    return ms > 0 ? ms : 1;
}

/* No exit record, no supervisor: what was it? */
static void
judge_dead(int unitfd, enum identity_state gone, struct runner_status *st)
{
    if (read_record(unitfd, st) == 0)
        return; /* it was just being written */
    st->exit.t_start_ms = read_marker(unitfd);
    if (st->exit.t_start_ms == 0) {
        st->state = RUNNER_NONE;
        return;
    }
    st->state = RUNNER_LOST;
    snprintf(st->exit.text, sizeof(st->exit.text), "%s",
             gone == IDENTITY_REBOOTED
                 ? "the host was restarted while the job ran"
                 : "the job's supervisor was killed");
}

void
helper_unit_judge(int unitfd, struct runner_status *st)
{
    enum identity_state state = IDENTITY_GONE;
    struct identity id;

    *st = (struct runner_status){ .state = RUNNER_NONE };
    if (read_record(unitfd, st) == 0)
        return;
    if (identity_read(unitfd, &id, NULL) == 0) {
        state = identity_check(&id);
        st->pid = id.pid;
        st->start_time = id.start_time;
        memcpy(st->boot_id, id.boot_id, sizeof(st->boot_id));
    }
    if (state == IDENTITY_GONE || state == IDENTITY_REBOOTED) {
        judge_dead(unitfd, state, st);
        return;
    }
    st->exit.t_start_ms = read_marker(unitfd);
    st->state = st->exit.t_start_ms > 0 ? RUNNER_RUNNING : RUNNER_HELD;
    st->stopped = faccessat(unitfd, "stopped", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
helper_unit_alive(const struct runner_status *st)
{
    return st->state == RUNNER_HELD || st->state == RUNNER_RUNNING;
}

bool
helper_any_alive(int sessionfd)
{
    bool alive = false;

    for (uint32_t unit = 0; unit < RUNNER_UNIT_COUNT; unit++) {
        int fd = helper_unit_open(sessionfd, unit);
        struct runner_status st;

        if (fd < 0)
            continue;
        helper_unit_judge(fd, &st);
        alive = alive || helper_unit_alive(&st);
        close(fd);
    }
    return alive;
}

char *
helper_unit_mark(const struct runner_request *r)
{
    return xasprintf("%s/%u", r->job, r->unit);
}

void
helper_unit_sweep(const struct runner_request *r)
{
    char *mark = helper_unit_mark(r);

    for (int i = 0; i < 20 && proctree_sweep(mark, SIGKILL) > 0; i++)
        continue;
    free(mark);
}

int
helper_status(struct helper *h, struct helper_call *c, struct err *err)
{
    struct runner_status *st = &c->reply.status;
    int fd = helper_unit_open(c->sessionfd, c->r->unit);

    if (fd < 0 && errno == ENOENT)
        return 0; /* never started */
    if (fd < 0)
        return err_set(err, ERR_AUTHZ, "cannot open '%s' in the session: %s",
                       runner_wire_unit_dir(c->r->unit), strerror(errno));
    helper_unit_judge(fd, st);
    close(fd);
    if (helper_unit_alive(st))
        helper_watch(h, st->pid, c->r->job, c->r->unit, NULL);
    if (st->state == RUNNER_LOST)
        helper_unit_sweep(c->r);
    return 0;
}

/* Send SIG to the supervisor ID names, if it is that one still. */
static int
signal_identity(const struct identity *id, int sig)
{
    int rc, fd = (int)syscall(SYS_pidfd_open, id->pid, 0);

    if (fd < 0)
        return -1;
    rc = identity_check(id) == IDENTITY_ALIVE
             ? (int)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0)
             : -1;
    close(fd);
    return rc;
}

void
helper_unit_signal(const struct helper_call *c, int first, int second)
{
    int fd = helper_unit_open(c->sessionfd, c->r->unit);
    struct identity id;

    if (fd < 0)
        return;
    if (identity_read(fd, &id, NULL) == 0) {
        (void)signal_identity(&id, first);
        if (second != 0)
            (void)signal_identity(&id, second);
    }
    close(fd);
}

int
helper_release(struct helper *h, struct helper_call *c, struct err *err)
{
    (void)h;
    (void)err;
    helper_unit_signal(c, SIGUSR1, 0);
    return 0;
}

int
helper_signal(struct helper *h, struct helper_call *c, struct err *err)
{
    /* A job can stop its own supervisor: SIGCONT after what must arrive. */
    static const int sigs[RUNNER_SIGNAL_COUNT][2] = {
        [RUNNER_TERM] = { SIGTERM, SIGCONT },
        [RUNNER_KILL] = { SIGUSR2, SIGCONT },
        [RUNNER_STOP] = { SIGTSTP, 0 },
        [RUNNER_CONT] = { SIGCONT, 0 },
    };

    helper_unit_signal(c, sigs[c->r->arg][0], sigs[c->r->arg][1]);
    if (c->r->arg == RUNNER_KILL || c->r->arg == RUNNER_TERM)
        return helper_status(h, c, err); /* which ends leftovers */
    return 0;
}
