/* gatekeeper/runner/runner_helper.h - the helper process that does all work in
 * one account's sessions.  It changes to that user permanently before its first
 * request. */
#ifndef GATEKEEPER_RUNNER_RUNNER_HELPER_H
#define GATEKEEPER_RUNNER_RUNNER_HELPER_H

#include "base/conf.h"
#include "base/sys_proc.h"
#include "gatekeeper/runner/runner_wire.h"

/* Programs that helpers start.  The runner opens them when it starts, since a
 * session's user may not have access to their directories. */
enum runner_program {
    RUNNER_PROGRAM_JOB,    /* gatekeeper-job */
    RUNNER_PROGRAM_GRIDCP, /* gridcp; -1 when it is not installed */
    RUNNER_PROGRAMS
};

/* A supervisor or tool that the helper waits for. */
struct helper_watch {
    int pidfd;
    pid_t pid;
    int status; /* waitpid(2) status once reaped; 0 before, and for adopted
                   processes */
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
    const struct conf *conf; /* for the paths of the tools */
    int program[RUNNER_PROGRAMS];

    int basefd;       /* sessions/ACCOUNT */
    bool program_put; /* basefd has our copy of the supervisor to link to */
    struct helper_watch *watch;
    size_t nwatch;
    struct helper_book **book; /* of arrays; see helper_books.h */
    size_t nbooks;
    unsigned books_used;
    int newsfd; /* inotify descriptor of the books; -1 none yet */
    struct helper_shared **shared; /* of ordinary runs: helper_shared.h */
    size_t nshared;
    size_t nbooks_ended; /* supervisors of those since books were removed */
    char **gone;         /* in the process that removes them: which */
    size_t ngone;
};

/* A request that the helper is serving. */
struct helper_call {
    const struct runner_request *r;
    const int *fds;
    int sessionfd; /* the job's directory; -1 for REGISTER, WIPE and QUERY */
    struct runner_reply reply;
    int fd[RUNNER_FDS_MAX]; /* sent with the reply, then closed */
    size_t nfd;
};

/* The result of a handler that answers later. */
#define HELPER_LATER 1

/* 0, -1 with ERR, or HELPER_LATER. */
typedef int helper_fn(struct helper *h, struct helper_call *c, struct err *err);

/* Change to the user and serve H->sock until it is closed.  H->program and the
 * log stay open; every other descriptor is closed.  Returns the exit status. */
int helper_run(struct helper *h);
/* Send the reply of C; if ERR is set, the reply carries its code and text. */
void helper_reply(struct helper *h, struct helper_call *c,
                  const struct err *err);
/* Stop watching for the end of the run in R, which is over. */
void helper_unwatch(struct helper *h, const struct runner_request *r);
/* Report to the runner when PID ends, the process of the run in R. */
void helper_watch(struct helper *h, pid_t pid, const struct runner_request *r,
                  struct helper_tool *tool);

/* Open the directory .gatehouse of the session; create it if missing. */
int helper_private_dir(int sessionfd, struct err *err);
/* Read the whole text behind FD, at most RUNNER_SPEC_MAX bytes. */
int helper_read_fd(int fd, struct buf *out, struct err *err);

/* helper_launch.c, helper_units.c, helper_status.c: runs and their state. */
helper_fn helper_prepare, helper_start, helper_stage, helper_release,
    helper_signal, helper_limit, helper_status;
/* helper_tasks.c: the tasks of an array. */
helper_fn helper_tasks_start, helper_tasks_signal, helper_tasks_status;
/* helper_files.c: the session and its files. */
helper_fn helper_register, helper_install, helper_open, helper_stream,
    helper_stat, helper_chmod, helper_remove, helper_wipe;
/* helper_list.c: directory listings. */
helper_fn helper_list;
/* helper_upload.c: inputs that the job's owner uploads. */
helper_fn helper_upload, helper_uploaded;
/* helper_tool.c: programs of the runner's table. */
helper_fn helper_tool, helper_query;
/* Answer the request of TOOL, which has ended with waitpid(2) STATUS. */
void helper_tool_ended(struct helper *h, struct helper_tool *tool, int status);
/* The deadline of the tool, ms, monotonic clock. */
long long helper_tool_due(const struct helper_tool *tool);
/* Kill the overdue tool PID and all processes that it started in its
 * session. */
void helper_tool_end(struct helper_tool *tool, pid_t pid);
/* helper_units.c: whether any run of the session SESSIONFD is alive. */
bool helper_any_alive(int sessionfd);

#endif
