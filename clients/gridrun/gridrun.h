/* clients/gridrun/gridrun.h - the options of gridrun and the functions that its
 * commands share.  Option names, output lines and exit codes are those of
 * globusrun-ws. */
#ifndef CLIENTS_GRIDRUN_H
#define CLIENTS_GRIDRUN_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "clients/client_env.h"
#include "clients/gridrun/bes_client.h"
#include "clients/gridrun/gridrun_fetch.h"
#include "clients/gridrun/gridrun_input.h"
#include "clients/gridrun/job_ref.h"
#include "jobs/job.h"

/* Exit status of every failure other than the job's own: negative, 255 in a
 * shell. */
#define GRIDRUN_FAILED (-1)

struct gridrun {
    /* options, borrowed from argv */
    bool batch, quiet, verbose, debug, no_cleanup, streaming;
    bool job_delegate, staging_delegate, full_delegation, self_authz;
    const char *stdout_file, *stderr_file, *subject;
    const char *factory, *factory_type, *factory_epr_file;
    const char *description_file, *submission_id, *submission_id_file,
        *submission_id_output, *epr_output_file;
    char *const *command; /* NULL-terminated; NULL */
    const char **jobs;    /* as given by the user; the struct owns the array */
    size_t njobs;
    bool list_tasks, hosts, failed; /* -tasks, -hosts, -failed */
    bool some_tasks;    /* the command accepts single tasks of a job */
    const char *limits; /* -limits: "wall_time=2h" */
    const char *state, *name, *after; /* filters of -list */
    long long limit;                  /* maximum of -list; 0: all */
    int timeout_ms;
    long lifetime; /* of delegated credentials, seconds */

    /* the site */
    struct client_env env;
    struct soap_client *soap;
    struct bes_client site;
    char *url;
    char *factory_said;           /* factoryEndpoint of the description; NULL */
    char *delegation;             /* made by this command; NULL */
    bool ended;                   /* the followed job has ended */
    struct gridrun_inputs inputs; /* files of the description to upload */
    struct gridrun_fetches fetches; /* outputs of the description to fetch */
};

/* Connect G with its credential to the site of URL (borrowed).  Later requests
 * go to g->site.url.  -1 with ERR. */
int gridrun_open(struct gridrun *g, const char *url, struct err *err);
/* Read the credential again if its file was renewed; call it before each
 * further exchange.  -1 with ERR AUTHN: the credential has expired and was not
 * renewed. */
int gridrun_refresh(struct gridrun *g, struct err *err);
/* Free the resources of gridrun_open(). */
void gridrun_close(struct gridrun *g);
/* The URL of the site's BES service: from -F CONTACT
 * ("[proto://]host[:port][/service]"), -Ff FILE, the description, or the
 * default; the caller frees it.  NULL with ERR: USAGE if the description and
 * the options name different sites. */
char *gridrun_factory_url(const struct gridrun *g, struct err *err);
/* The jobs given by the user. */
struct gridrun_refs {
    struct job_ref *of;
    size_t n;
};
/* Parse the job arguments: at least one and at most MOST.  -1 with ERR: USAGE,
 * or as job_ref_load(). */
int gridrun_refs_load(const struct gridrun *g, size_t most,
                      struct gridrun_refs *refs, struct err *err);
/* Free the references. */
void gridrun_refs_fini(struct gridrun_refs *refs);

/* Print a progress message to stderr, unless -quiet is set. */
void gridrun_say(const struct gridrun *g, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Check that TEXT, which messages call WHAT, can be sent in XML 1.0, which
 * cannot represent some bytes.  -1 with ERR USAGE. */
int gridrun_sendable(const char *what, const char *text, struct err *err);
/* Read the description (-f or -c) into JOB; *jsdl is the document to send, and
 * the caller frees it.  Inputs and outputs that are local files go to g->inputs
 * and g->fetches.  -1 with ERR: line and element, or the file. */
int gridrun_description(struct gridrun *g, char **jsdl, struct job *job,
                        struct err *err);

/* Upload g->inputs to the job REF until the site has all of them.  Transient
 * errors are retried; SIGINT and SIGTERM stop it.  OURS: this command submitted
 * the job; if it is interrupted or a file has changed, it cancels the job
 * unless -no-cleanup is set.  Otherwise it tells the user how to continue.
 * Signals are blocked afterwards.  -1 with ERR. */
int gridrun_upload_inputs(struct gridrun *g, const struct job_ref *ref,
                          bool ours, struct err *err);

/* Create the files of -so and -se to check that they can be written.  -1 with
 * ERR. */
int gridrun_outputs(const struct gridrun *g, struct err *err);
/* Block or unblock SIGINT and SIGTERM. */
void gridrun_hold_signals(bool hold);
/* Follow a job to its end: state lines, streams, Ctrl-C.  Returns the exit
 * status: the job's own, or GRIDRUN_FAILED. */
int gridrun_watch(struct gridrun *g, const struct job_ref *ref);
/* Cancel the job and print a message; success if it is already over.  -1 with
 * ERR. */
int gridrun_cancel(struct gridrun *g, const struct job_ref *ref,
                   struct err *err);
/* The exit status for the ended job ST; the reason of a failure goes to stderr
 * after WHO, which may be "". */
int gridrun_final_status(const struct bes_status *st, const char *who);
/* The GT4 word for the site's state; NULL if GT4 has none. */
const char *gridrun_state_word(const char *state, const char *bes_state);
#define GRIDRUN_STATES_MAX 16
/* Get the site's states for WORD, as typed by a user; 0: unknown word. */
size_t gridrun_state_find(const char *word,
                          const char *states[GRIDRUN_STATES_MAX]);
/* Print one line to stdout: id, state, exit code, submission time, name,
 * command (both may be NULL), fault. */
void gridrun_state_row(const char *id, const struct bes_status *st,
                       const char *name, const char *command);

/* Print one line per task of the job REF.  -1 with ERR. */
int gridrun_tasks_rows(struct gridrun *g, const struct job_ref *ref,
                       struct err *err);
/* Print the hosts of the job's tasks. */
int gridrun_tasks_hosts(struct gridrun *g, const struct job_ref *ref,
                        struct err *err);
/* Cancel the tasks in REF. */
int gridrun_tasks_cancel(struct gridrun *g, const struct job_ref *ref,
                         struct err *err);
/* Resubmit the tasks in REF, or the failed ones. */
int gridrun_tasks_resubmit(struct gridrun *g, const struct job_ref *ref,
                           struct err *err);

/* The commands; each returns the exit status. */
int gridrun_submit(struct gridrun *g);
/* -monitor */
int gridrun_monitor(struct gridrun *g);
/* -status */
int gridrun_status(struct gridrun *g);
/* -kill */
int gridrun_kill(struct gridrun *g);
/* -release */
int gridrun_release(struct gridrun *g);
/* -destroy */
int gridrun_destroy(struct gridrun *g);
/* -renew */
int gridrun_renew(struct gridrun *g);
/* -wait */
int gridrun_wait(struct gridrun *g);
/* -upload */
int gridrun_upload(struct gridrun *g);
/* -fetch */
int gridrun_fetch(struct gridrun *g);
/* -list */
int gridrun_list(struct gridrun *g);
/* -list -tasks */
int gridrun_list_tasks(struct gridrun *g);
/* -resubmit */
int gridrun_resubmit(struct gridrun *g);
/* -limits */
int gridrun_limits(struct gridrun *g);
/* -validate */
int gridrun_validate(struct gridrun *g);

#endif
