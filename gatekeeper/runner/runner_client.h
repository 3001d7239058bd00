/* gatekeeper/runner/runner_client.h - what the gatekeeper asks of its runner,
 * one function a request.
 *
 * Any thread may call; a call sends one packet and sleeps until its answer.
 * Calls for one account are done in order, accounts do not wait for each other.
 * Jobs are named by their uuid (base/codec.h uuid_ok()).  Every call from
 * runner_prepare() on needs the job to be registered: ERR STATE otherwise.  A
 * helper that does not answer within a minute is ended: ERR TIMEOUT, the
 * operation may or may not have happened, all of them may be repeated. */
#ifndef GATEKEEPER_RUNNER_RUNNER_CLIENT_H
#define GATEKEEPER_RUNNER_RUNNER_CLIENT_H

#include <stddef.h>

#include "gatekeeper/runner/runner_wire.h"

struct runner;

/* UNIT of JOB has ended, or task TASK of an array: look at its status.  A hint
 * only; called from the receiving thread, so it must not call a runner_*()
 * function. */
typedef void runner_event_fn(void *arg, const char *job, enum runner_unit unit,
                             uint32_t task);

/* Speak to the runner behind the socket FD (owned from now on).  EVENT may be
 * NULL.  When the runner is gone this process ends at once (exit 70). */
int runner_open(struct runner **r, int fd, runner_event_fn *event, void *arg,
                struct err *err);
/* End the conversation; NULL ok. */
void runner_close(struct runner *r);

/* The gatekeeper serves: DETAIL is for the ready line ("listen=1.2.3.4:8443").
 */
int runner_ready(struct runner *r, const char *detail, struct err *err);
/* Descriptors of the host's certificate and key, opened by the runner. */
int runner_host_credential(struct runner *r, int *cert_fd, int *key_fd,
                           struct err *err);
/* The account that DN ("/C=.." text) with the requested account WANT (NULL: the
 * first of its line) maps to.  -1 with ERR: AUTHZ. */
int runner_map(struct runner *r, const char *dn, const char *want,
               char account[SYS_NAME_MAX], struct err *err);

struct runner_known {
    const char *job;
    char account[SYS_NAME_MAX]; /* OUT: "" when it is not registered */
};

/* Which of N jobs are registered, and for whom. */
int runner_known_many(struct runner *r, struct runner_known *list, size_t n,
                      struct err *err);
/* How many jobs are registered. */
int runner_known_count(struct runner *r, size_t *count, struct err *err);

struct runner_session {
    char account[SYS_NAME_MAX];
    uid_t uid;
    gid_t gid;
    char path[RUNNER_TEXT]; /* absolute: gatekeeper.sessions/ACCOUNT/JOB */
    char home[256];
};

struct runner_registration {
    const char *job, *dn, *want;
    struct runner_session session; /* unless err says why not */
    struct err err;
};

/* Bind N jobs, each to an account for good, and make their session directories;
 * repeated, it gives the binding that there is (and AUTHZ when the name no
 * longer maps to it).  On disk when it returns: what the jobs of one batch of
 * packets need synced, they share. */
void runner_register_many(struct runner *r, struct runner_registration *list,
                          size_t n);

/* A run of what a job's launch file says. */
struct runner_task {
    const char *job;
    uint32_t task, attempt; /* attempt 0: the only run of a job that is no
                               array */
};

/* Put SPEC (gatekeeper/supervisor/launch.h) into the session of RUN's job, on
 * disk when it returns; of an array for all of its tasks, RUN then names none.
 * PROGRAM: the static supervisor as well, for a batch system, which is to run
 * ".gatehouse/gatekeeper-job .gatehouse/job" in the session.  When RUN was
 * started all is left as it is: ERR STATE. */
int runner_prepare(struct runner *r, const struct runner_task *run,
                   const struct buf *spec, bool program, struct err *err);

/* Start the supervisor of what was prepared, HELD, or to run at once; FLAGS of
 * enum runner_begin.  Idempotent: one that is held or running already is left
 * alone and described; a held one goes on with GO.  One that has ended or was
 * lost is never started again: ERR STATE, *st says what it is. */
int runner_start(struct runner *r, const struct runner_task *task,
                 unsigned flags, struct runner_status *st, struct err *err);
/* Start a transfer run (UNIT is RUNNER_STAGE_IN or _OUT) of gridcp over LIST,
 * lines "SOURCE-URL DESTINATION-URL" (# begins a comment); it is not held.
 * FLAGS of enum runner_stage.  A run that is alive is adopted; one that has
 * ended is run again only with RUNNER_STAGE_AGAIN, where it was interrupted if
 * LIST is the same. */
int runner_stage(struct runner *r, const char *job, enum runner_unit unit,
                 const struct buf *list, unsigned flags,
                 struct runner_status *st, struct err *err);
/* Signal the whole tree of a run through its supervisor.  A run that is not
 * alive is success; a held one that is told to end never starts. */
int runner_signal(struct runner *r, const char *job, enum runner_unit unit,
                  enum runner_signal sig, struct err *err);
/* The same for a task of a job. */
int runner_signal_task(struct runner *r, const struct runner_task *task,
                       enum runner_signal sig, struct err *err);
/* The same for N tasks of JOB: all of them are told before any is seen to end.
 */
int runner_signal_tasks(struct runner *r, const char *job,
                        enum runner_signal sig, const struct runner_item *items,
                        size_t n, struct err *err);
/* What there is to know of a run. */
int runner_status(struct runner *r, const char *job, enum runner_unit unit,
                  struct runner_status *st, struct err *err);
/* Have one supervisor run the N tasks ITEMS of JOB, an array, WIDTH of all that
 * it was given at once, whatever it was told before; N may be 0.  One that is
 * over already is left as it is: code[i] is ERR_STATE, st[i] says what it is.
 * -1 with ERR: none was given. */
int runner_start_tasks(struct runner *r, const char *job, unsigned width,
                       const struct runner_item *items, size_t n,
                       struct runner_status *st, enum err_code *code,
                       struct err *err);
/* The status of N tasks in one batch of packets, in one for those of one job in
 * a row; code[i] is ERR_OK or what kept
 * it from being known, st[i].exit.text then says it.  begun[i] (NULL: none): it
 * is known to have been started, so that a run without any file is lost. */
int runner_status_many(struct runner *r, const struct runner_task *tasks,
                       const bool *begun, size_t n, struct runner_status *st,
                       enum err_code *code, struct err *err);

/* Put the credential read from FD (PEM; borrowed) into JOB's session as
 * .gatehouse/proxy, 0600 for the user, by rename. */
int runner_install(struct runner *r, const char *job, int fd, struct err *err);
/* The same for transfers that have a credential of their own
 * (RUNNER_STAGE_OWN): .gatehouse/stage-proxy. */
int runner_install_own(struct runner *r, const char *job, int fd,
                       struct err *err);
/* Open PATH, relative to JOB's session, to read, never through a symbolic link.
 * The descriptor, or -1 with ERR: NOT_FOUND, AUTHZ (leaves the session, link,
 * not a regular file). */
int runner_open_file(struct runner *r, const char *job, const char *path,
                     struct err *err);
/* What is in the directory PATH of JOB's session ("": the session itself), as
 * text behind a descriptor, sorted: "type=file;size=6;modify=20261123142759; ",
 * the name percent-encoded, a '/' behind a directory's.  -1 with ERR:
 * NOT_FOUND, AUTHZ (as above, or the gatekeeper's own), LIMIT. */
int runner_list(struct runner *r, const char *job, const char *path,
                struct err *err);
/* Open what the job writes as its standard output (ERROR: error), as its launch
 * file names it: it may lie outside the session, and is opened as the user.  -1
 * with ERR: NOT_FOUND (not yet there), AUTHZ (link, not a regular file). */
int runner_open_stream(struct runner *r, const char *job, bool error,
                       struct err *err);
/* Open the part PART (a word) of the input PATH of JOB's session to write, made
 * when it is missing and MAKE; it grows in RUNNER_UPLOADS.  The descriptor, or
 * -1 with ERR: NOT_FOUND (no such part, unless MAKE), AUTHZ (a symbolic link or
 * a file in the way to PATH, or the gatekeeper's own), NOSPACE. */
int runner_upload(struct runner *r, const char *job, const char *part,
                  const char *path, bool make, struct err *err);
/* The part PART is complete and on disk: it takes the name PATH, on disk when
 * this returns; FLAGS of enum runner_uploaded.  -1 with ERR as above. */
int runner_uploaded(struct runner *r, const char *job, const char *part,
                    const char *path, unsigned flags, struct err *err);
/* Size in bytes of the regular file PATH, relative to the session, or absolute
 * and looked at as the user; -1 with ERR: NOT_FOUND, ... */
long long runner_stat(struct runner *r, const char *job, const char *path,
                      struct err *err);
/* Make the regular file PATH, relative to the session or absolute, executable
 * for its owner, as the user.  -1 with ERR: NOT_FOUND, AUTHZ, ... */
int runner_chmod(struct runner *r, const char *job, const char *path,
                 struct err *err);
/* Remove PATH with all below it, as the user: relative to the session, or
 * absolute.  An absent one is success. */
int runner_remove(struct runner *r, const char *job, const char *path,
                  struct err *err);

struct runner_output {
    int status;      /* exit status; 128 + signal */
    struct buf out;  /* what it wrote to stdout, RUNNER_TOOL_MAX at most */
    struct buf diag; /* to stderr */
};
/* Free both. */
void runner_output_fini(struct runner_output *out);
/* Run TOOL of the runner's own table (gatekeeper/runner/runner_tools.def) as
 * the user in the session with the N arguments ARGS put where its row says and
 * INPUT (NULL: nothing) on stdin, and wait for its end.  -1 with ERR: USAGE,
 * an argument that the row does not take; NOT_FOUND, it is not there; TIMEOUT,
 * it was ended after
 * gatekeeper.scheduler_timeout; LIMIT, it wrote too much. */
int runner_tool(struct runner *r, const char *job, const char *tool,
                const char *const *args, size_t n, const struct buf *input,
                struct runner_output *out, struct err *err);

/* The same as gatekeeper.operator, for no job: OPERATOR rows alone. */
int runner_query(struct runner *r, const char *tool, const char *const *args,
                 size_t n, struct runner_output *out, struct err *err);

/* Overwrite the credential, remove the session and forget JOB.  Not registered
 * is success.  -1 with ERR: STATE while a run of it is alive.  With FORCE it is
 * forgotten whatever stays of its session. */
int runner_wipe(struct runner *r, const char *job, bool force, struct err *err);

#endif
