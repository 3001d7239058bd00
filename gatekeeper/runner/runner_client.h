/* gatekeeper/runner/runner_client.h - the gatekeeper's requests to its runner,
 * one function per request.
 *
 * Any thread may call.  A call sends one packet and blocks until the answer
 * arrives.  Calls for one account run in order; accounts do not wait for each
 * other.  Jobs are named by their uuid (base/codec.h uuid_ok()).  Every call
 * from runner_prepare() on needs a registered job: ERR STATE otherwise.  A
 * helper that does not answer within a minute is ended: ERR TIMEOUT, and the
 * operation may or may not have happened.  Every call may be repeated. */
#ifndef GATEKEEPER_RUNNER_RUNNER_CLIENT_H
#define GATEKEEPER_RUNNER_RUNNER_CLIENT_H

#include <stddef.h>

#include "gatekeeper/runner/runner_wire.h"

struct runner;

/* UNIT of JOB, or task TASK of an array, has ended: ask for its status.  This
 * is a hint only.  It is called from the receiving thread and must not call a
 * runner_*() function. */
typedef void runner_event_fn(void *arg, const char *job, enum runner_unit unit,
                             uint32_t task);

/* Talk to the runner over the socket FD, which R owns from now on.  EVENT may
 * be NULL.  If the runner ends, this process exits at once with 70. */
int runner_open(struct runner **r, int fd, runner_event_fn *event, void *arg,
                struct err *err);
/* Close the connection; NULL ok. */
void runner_close(struct runner *r);

/* Report that the gatekeeper is ready; DETAIL goes into the ready line
 * ("listen=1.2.3.4:8443"). */
int runner_ready(struct runner *r, const char *detail, struct err *err);
/* The gatekeeper has seen itself answer: the runner, when it takes this, tells
 * systemd's watchdog. */
int runner_alive(struct runner *r, struct err *err);
/* Get descriptors of the host's certificate and key, which the runner opens. */
int runner_host_credential(struct runner *r, int *cert_fd, int *key_fd,
                           struct err *err);
/* Map DN ("/C=.." text) to an account; WANT is the requested account (NULL: the
 * first account of the DN's line).  -1 with ERR: AUTHZ. */
int runner_map(struct runner *r, const char *dn, const char *want,
               char account[SYS_NAME_MAX], struct err *err);

/* Write DN into the file of security.ban.  -1 with ERR: CONFIG (there is none),
 * USAGE (not a name that can be written there), NOSPACE, IO. */
int runner_ban(struct runner *r, const char *dn, struct err *err);

struct runner_known {
    const char *job;
    char account[SYS_NAME_MAX]; /* OUT: "" if the job is not registered */
};

/* Find out which of N jobs are registered, and for which account. */
int runner_known_many(struct runner *r, struct runner_known *list, size_t n,
                      struct err *err);
/* Count the registered jobs. */
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
    struct runner_session session; /* valid unless err is set */
    struct err err;
};

/* Bind each of N jobs permanently to an account and create its session
 * directory.  A repeated call returns the existing binding (AUTHZ if the DN no
 * longer maps to that account).  The binding is on disk on return; the jobs of
 * one batch share the syncs. */
void runner_register_many(struct runner *r, struct runner_registration *list,
                          size_t n);

/* One run of a job, described by the job's launch file. */
struct runner_task {
    const char *job;
    uint32_t task, attempt; /* attempt 0: the only run, not an array's */
};

/* Put SPEC (gatekeeper/supervisor/launch.h) into the session of RUN's job; it
 * is on disk on return.  For an array SPEC serves all tasks, and RUN names
 * none.  PROGRAM: also put the static supervisor there for a batch system,
 * which then runs ".gatehouse/gatekeeper-job .gatehouse/job" in the session.
 * If RUN was started before, nothing changes: ERR STATE. */
int runner_prepare(struct runner *r, const struct runner_task *run,
                   const struct buf *spec, bool program, struct err *err);

/* A prepared run to start, held or running by FLAGS (enum runner_begin), and
 * the result. */
struct runner_begin_run {
    struct runner_task run;
    unsigned flags;
    struct runner_status status;
    struct err err;
};

/* Start N runs.  Idempotent: a run that is held or running stays as it is; GO
 * releases a held one.  A run that has ended or was lost is never started
 * again: STATE, with its state in status. */
void runner_start_many(struct runner *r, struct runner_begin_run *list,
                       size_t n);
/* Start a transfer with gridcp (UNIT is RUNNER_STAGE_IN or _OUT).  LIST has
 * lines "SOURCE-URL DESTINATION-URL"; # begins a comment.  FLAGS of enum
 * runner_stage.  The transfer is not held.  One that is already running is
 * adopted.  One that has ended runs again only with RUNNER_STAGE_AGAIN; it
 * resumes if LIST is unchanged. */
int runner_stage(struct runner *r, const char *job, enum runner_unit unit,
                 const struct buf *list, unsigned flags,
                 struct runner_status *st, struct err *err);
/* Send SIG to all processes of a run through its supervisor.  Success if the
 * run is not alive.  A held run that is terminated never starts. */
int runner_signal(struct runner *r, const char *job, enum runner_unit unit,
                  enum runner_signal sig, struct err *err);
/* The same for one task of a job. */
int runner_signal_task(struct runner *r, const struct runner_task *task,
                       enum runner_signal sig, struct err *err);
/* The same for N tasks of JOB: all of them are signalled before the call waits
 * for any to end. */
int runner_signal_tasks(struct runner *r, const char *job,
                        enum runner_signal sig, const struct runner_item *items,
                        size_t n, struct err *err);
/* Set the wall time limit of TASK's job to SECONDS, counted from the start of
 * each run: for the supervisors that run now and for those that start later. */
int runner_limit(struct runner *r, const struct runner_task *task,
                 long long seconds, struct err *err);
/* Get the state of a run. */
int runner_status(struct runner *r, const char *job, enum runner_unit unit,
                  struct runner_status *st, struct err *err);
/* Make one supervisor run the N tasks ITEMS of the array JOB, with at most
 * WIDTH of all its tasks at once; WIDTH replaces any earlier value.  N may be
 * 0.  A task that has already ended stays as it is: code[i] is ERR_STATE, and
 * st[i] has its state.  -1 with ERR: no task was started. */
int runner_start_tasks(struct runner *r, const char *job, unsigned width,
                       const struct runner_item *items, size_t n,
                       struct runner_status *st, enum err_code *code,
                       struct err *err);
/* Get the status of N runs in one batch of packets; consecutive tasks of one
 * job share a packet. code[i] is ERR_OK, or why the status is unknown, with the
 * text in st[i].exit.text. begun[i] (NULL: none) says that the run is known to
 * have been started, so that a run without any file counts as lost. */
int runner_status_many(struct runner *r, const struct runner_task *tasks,
                       const bool *begun, size_t n, struct runner_status *st,
                       enum err_code *code, struct err *err);

/* Put the credential read from FD (PEM; borrowed) into JOB's session as
 * .gatehouse/proxy, 0600 for the user, by rename. */
int runner_install(struct runner *r, const char *job, int fd, struct err *err);
/* The same for transfers that use their own credential (RUNNER_STAGE_OWN):
 * .gatehouse/stage-proxy. */
int runner_install_own(struct runner *r, const char *job, int fd,
                       struct err *err);
/* Open PATH, relative to JOB's session, for reading, never through a symbolic
 * link.  Returns the descriptor, or -1 with ERR: NOT_FOUND, AUTHZ (leaves the
 * session, a link, or not a regular file). */
int runner_open_file(struct runner *r, const char *job, const char *path,
                     struct err *err);
/* List the directory PATH of JOB's session ("": the session itself).  The
 * result is text behind a descriptor, sorted, one line per entry:
 * "type=file;size=6;modify=20261123142759; " and the name percent-encoded, with
 * a '/' after a directory.  -1 with ERR: NOT_FOUND, AUTHZ (as above, or a
 * private directory of the gatekeeper), LIMIT. */
int runner_list(struct runner *r, const char *job, const char *path,
                struct err *err);
/* Open the file that the job writes its standard output (ERROR: error) to, as
 * the launch file names it.  The file may lie outside the session and is opened
 * as the user.  -1 with ERR: NOT_FOUND (not created yet), AUTHZ (a link, or not
 * a regular file). */
int runner_open_stream(struct runner *r, const char *job, bool error,
                       struct err *err);
/* Open the part PART (a word) of the input PATH of JOB's session for writing;
 * MAKE creates it if missing.  Parts lie in RUNNER_UPLOADS.  Returns the
 * descriptor, or -1 with ERR: NOT_FOUND (no such part, unless MAKE), AUTHZ (a
 * symbolic link or a file blocks PATH, or PATH is private to the gatekeeper),
 * NOSPACE. */
int runner_upload(struct runner *r, const char *job, const char *part,
                  const char *path, bool make, struct err *err);
/* Rename the part PART, which is complete and on disk, to PATH; the rename is
 * on disk on return.  FLAGS of enum runner_uploaded.  -1 with ERR as above. */
int runner_uploaded(struct runner *r, const char *job, const char *part,
                    const char *path, unsigned flags, struct err *err);
/* The size in bytes of the regular file PATH, relative to the session, or
 * absolute; checked as the user.  -1 with ERR: NOT_FOUND, ... */
long long runner_stat(struct runner *r, const char *job, const char *path,
                      struct err *err);
/* Make the regular file PATH, relative to the session or absolute, executable
 * for its owner, acting as the user.  -1 with ERR: NOT_FOUND, AUTHZ, ... */
int runner_chmod(struct runner *r, const char *job, const char *path,
                 struct err *err);
/* Remove PATH recursively, acting as the user; PATH is relative to the session,
 * or absolute.  Success if it does not exist. */
int runner_remove(struct runner *r, const char *job, const char *path,
                  struct err *err);

struct runner_output {
    int status;      /* exit status; 128 + signal */
    struct buf out;  /* its stdout, at most RUNNER_TOOL_MAX */
    struct buf diag; /* its stderr */
};
/* Free both buffers. */
void runner_output_fini(struct runner_output *out);
/* Run TOOL of the runner's own table (gatekeeper/runner/runner_tools.def) as
 * the user in the session, and wait for its end.  The N arguments ARGS go where
 * the table row says, INPUT (NULL: nothing) goes to stdin.  -1 with ERR: USAGE
 * (the row does not accept an argument), NOT_FOUND (the program is not
 * installed), TIMEOUT (it was killed after gatekeeper.scheduler_timeout), LIMIT
 * (its output is too long). */
int runner_tool(struct runner *r, const char *job, const char *tool,
                const char *const *args, size_t n, const struct buf *input,
                struct runner_output *out, struct err *err);

/* The same as gatekeeper.operator and without a job; only for OPERATOR rows. */
int runner_query(struct runner *r, const char *tool, const char *const *args,
                 size_t n, struct runner_output *out, struct err *err);

/* Overwrite the credential, remove the session and forget JOB.  Success if JOB
 * is not registered.  -1 with ERR: STATE while one of its runs is alive.
 * FORCE: forget the job even if its session cannot be removed. */
int runner_wipe(struct runner *r, const char *job, bool force, struct err *err);

#endif
