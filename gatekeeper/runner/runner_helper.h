/* gatekeeper/runner/runner_helper.h - the process that does everything in one
 * account's sessions: it became that user for good before its first request. */
#ifndef GATEKEEPER_RUNNER_RUNNER_HELPER_H
#define GATEKEEPER_RUNNER_RUNNER_HELPER_H

#include "base/conf.h"
#include "base/sys_proc.h"
#include "gatekeeper/runner/runner_wire.h"

/* Programs that helpers start, opened by the runner at its start: a session's
 * user may not be able to walk to where they are. */
enum runner_program {
    RUNNER_PROGRAM_JOB,    /* gatekeeper-job */
    RUNNER_PROGRAM_GRIDCP, /* gridcp; -1 when it is not installed */
    RUNNER_PROGRAMS
};

/* A supervisor or tool whose end is waited for. */
struct helper_watch {
    int pidfd;
    pid_t pid;
    int status; /* once reaped, waitpid(2)'s; 0 before and for adopted ones */
    char job[UUID_TEXT];
    uint32_t unit, task, attempt;
    struct helper_tool *tool; /* NULL: a supervisor */
};

/* One helper; the runner fills the first part before the fork. */
struct helper {
    int sock;
    struct sys_user user;
    const char *sessions;     /* gatekeeper.sessions; NULL: the operator's */
    const char *certificates; /* security.certificates */
    long long kill_grace, staging_deadline;
    const struct conf *conf; /* where the tools are */
    int program[RUNNER_PROGRAMS];

    int basefd;       /* sessions/ACCOUNT */
    bool program_put; /* our supervisor is there, to be linked to */
    struct helper_watch *watch;
    size_t nwatch;
    struct helper_book **book; /* of arrays: helper_books.h */
    size_t nbooks;
    unsigned books_used;
    int newsfd; /* of theirs; -1 none yet */
};

/* One request being done. */
struct helper_call {
    const struct runner_request *r;
    const int *fds;
    int sessionfd; /* the job's directory; -1 for REGISTER, WIPE and QUERY */
    struct runner_reply reply;
    int fd[RUNNER_FDS_MAX]; /* sent with the reply, then closed */
    size_t nfd;
};

/* What a handler returns when the answer comes later. */
#define HELPER_LATER 1

/* 0, -1 with ERR, or HELPER_LATER. */
typedef int helper_fn(struct helper *h, struct helper_call *c, struct err *err);

/* Become the user and serve H->sock until it ends; H->program and the log stay
 * open, every other descriptor is closed.  Returns the exit status. */
int helper_run(struct helper *h);
/* Send the reply of C; CODE and text from ERR when that says something. */
void helper_reply(struct helper *h, struct helper_call *c,
                  const struct err *err);
/* Tell the runner when PID ends, of the run that R is about. */
void helper_watch(struct helper *h, pid_t pid, const struct runner_request *r,
                  struct helper_tool *tool);

/* The directory .gatehouse of the session, made when missing. */
int helper_private_dir(int sessionfd, struct err *err);
/* The whole text behind FD, RUNNER_SPEC_MAX at most. */
int helper_read_fd(int fd, struct buf *out, struct err *err);

/* helper_launch.c, helper_units.c, helper_status.c: runs and their state. */
helper_fn helper_prepare, helper_start, helper_stage, helper_release,
    helper_signal, helper_status;
/* helper_tasks.c: the tasks of an array. */
helper_fn helper_tasks_start, helper_tasks_signal, helper_tasks_status;
/* helper_files.c: the session and what is in it. */
helper_fn helper_register, helper_install, helper_open, helper_stream,
    helper_stat, helper_chmod, helper_remove, helper_wipe;
/* helper_list.c: what is in a directory. */
helper_fn helper_list;
/* helper_upload.c: inputs that the job's owner uploads. */
helper_fn helper_upload, helper_uploaded;
/* helper_tool.c: programs of the runner's table. */
helper_fn helper_tool, helper_query;
/* The tool behind a watch has ended with waitpid's STATUS: answer its request.
 */
void helper_tool_ended(struct helper *h, struct helper_tool *tool, int status);
/* When the tool must have ended: ms, of the clock that never jumps. */
long long helper_tool_due(const struct helper_tool *tool);
/* It is overdue: end it, PID, and all that it started in its session. */
void helper_tool_end(struct helper_tool *tool, pid_t pid);
/* helper_units.c: whether any run of the session SESSIONFD is alive. */
bool helper_any_alive(int sessionfd);

#endif
