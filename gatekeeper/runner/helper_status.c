/* gatekeeper/runner/helper_status.c - the requests for a run's state, and for
 * signalling a run or changing its limits. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "gatekeeper/runner/helper_session.h"
#include "gatekeeper/runner/helper_tasks.h"
#include "gatekeeper/runner/helper_units.h"
#include "gatekeeper/supervisor/walltime.h"

/* The unit's directory cannot be opened. If this is permanent, kill the
 * run. */
static int
fail_open(const struct runner_request *r, int error, struct err *err)
{
    enum err_code code = helper_session_code(error);

    if (!err_transient(code) && !helper_unit_sweep(r))
        return err_set(err, ERR_TIMEOUT, HELPER_STUBBORN, r->job);
    return err_set(err, code, "cannot open '%s' in the session: %s",
                   runner_wire_unit_dir(r->unit),
                   error == ELOOP ? "there is a symbolic link"
                                  : strerror(error));
}

/* BEGUN: the caller knows that it was started. */
static int
tell_status(struct helper *h, struct helper_call *c, bool begun,
            struct err *err)
{
    int fd = helper_unit_open(c->sessionfd, c->r->unit), rc;

    if (fd < 0 && errno != ENOENT)
        return fail_open(c->r, errno, err);
    rc = helper_task_judge(h, c->r, fd, begun, &c->reply.status, err);
    if (fd >= 0)
        close(fd);
    return rc;
}

int
helper_status(struct helper *h, struct helper_call *c, struct err *err)
{
    return tell_status(h, c, c->r->arg != 0, err);
}

/* Signal C's run, which has a supervisor of its own. */
static int
signal_run(struct helper *h, struct helper_call *c, struct err *err)
{
    /* A job can stop its own supervisor, so SIGCONT follows signals that must
     * arrive. */
    static const int sigs[RUNNER_SIGNAL_COUNT][2] = {
        [RUNNER_TERM] = { SIGTERM, SIGCONT },
        [RUNNER_KILL] = { SIGUSR2, SIGCONT },
        [RUNNER_STOP] = { SIGTSTP, 0 },
        [RUNNER_CONT] = { SIGCONT, 0 },
    };
    int rc;

    if (c->r->arg == RUNNER_END)
        return helper_unit_end(c)
                   ? 0
                   : err_set(err, ERR_TIMEOUT, HELPER_STUBBORN, c->r->job);
    helper_unit_signal(c, sigs[c->r->arg][0], sigs[c->r->arg][1]);
    if (c->r->arg == RUNNER_STOP || c->r->arg == RUNNER_CONT)
        return 0;
    rc = tell_status(h, c, false, err); /* also kills leftovers */
    if (rc < 0 && !err_transient(err->code)) {
        *err = (struct err)ERR_INIT;
        rc = 0; /* the directory was replaced: the run has ended */
    }
    return rc;
}

int
helper_signal(struct helper *h, struct helper_call *c, struct err *err)
{
    const struct runner_item item = { .task = c->r->task,
                                      .attempt = c->r->attempt };
    bool done = false;

    if (item.attempt > 0 && helper_task_signal(h, c, &item, 1, &done, err) < 0)
        return -1;
    return done ? 0 : signal_run(h, c, err);
}

int
helper_limit(struct helper *h, struct helper_call *c, struct err *err)
{
    int fd = helper_unit_open(c->sessionfd, RUNNER_JOB), rc;
    struct runner_request whole = *c->r;
    struct helper_call supervisor = *c;
    long long seconds;

    if (number_parse(c->r->text, 1, WALLTIME_MAX, &seconds) < 0)
        return err_set(err, ERR_USAGE, "'%.40s' is not a number of seconds",
                       c->r->text);
    if (fd < 0) /* a run that is not prepared yet is given the new limit */
        return errno == ENOENT ? 0 : fail_open(c->r, errno, err);
    rc = walltime_write(fd, seconds, err);
    close(fd);
    if (rc < 0)
        return -1;
    /* That of an array runs many of its tasks. */
    whole.task = whole.attempt = 0;
    supervisor.r = &whole;
    helper_unit_signal(&supervisor, SIGHUP, 0);
    if (c->r->attempt > 0)
        helper_unit_signal(c, SIGHUP, 0);
    (void)h;
    return 0;
}

int
helper_tasks_signal(struct helper *h, struct helper_call *c, struct err *err)
{
    size_t n;
    struct runner_item *item = helper_task_items(c, &n, err);
    bool *done;
    int rc;

    if (item == NULL)
        return -1;
    done = xcalloc(n + 1, sizeof(*done));
    rc = helper_task_signal(h, c, item, n, done, err);
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct runner_request r = helper_task_request(c, &item[i]);
        struct helper_call one = *c;

        r.arg = c->r->arg;
        one.r = &r;
        if (!done[i])
            rc = signal_run(h, &one, err);
    }
    free(done);
    free(item);
    return rc;
}
