/* clients/gridrun/gridrun.h - the options of gridrun and the steps that its
 * commands share.  Words, lines and exit codes are globusrun-ws's. */
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

/* Every failure that is not the job's own: negative, 255 from a shell. */
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
    const char **jobs;    /* as the user named them: the struct's own array */
    size_t njobs;
    bool list_tasks, hosts, failed; /* -tasks, -hosts, -failed */
    bool some_tasks; /* a job may be named with some of its tasks */
    const char *state, *name, *after; /* which of them -list shows */
    long long limit;                  /* how many; 0: all */
    int timeout_ms;
    long lifetime; /* of delegated credentials, seconds */

    /* the site */
    struct client_env env;
    struct soap_client *soap;
    struct bes_client site;
    char *url;
    char *factory_said; /* by the description: factoryEndpoint; NULL */
    char *delegation;   /* that this command made; NULL */
    bool ended;         /* the job that was followed has ended */
    struct gridrun_inputs inputs;   /* of the description: to be uploaded */
    struct gridrun_fetches fetches; /* the same: outputs to be fetched */
};

/* Connect G, with its credential, to the site that URL names (borrowed), and to
 * whatever g->site.url is set to later.  -1 with ERR. */
int gridrun_open(struct gridrun *g, const char *url, struct err *err);
/* Before one more exchange: read the credential again when its file has been
 * renewed.  -1 with ERR AUTHN: it has expired, and no newer one is there. */
int gridrun_refresh(struct gridrun *g, struct err *err);
/* Free what gridrun_open() made. */
void gridrun_close(struct gridrun *g);
/* The door's URL for -F CONTACT ("[proto://]host[:port][/service]"), -Ff FILE,
 * what the description says, or the default; the caller's to free().  NULL with
 * ERR: USAGE when the description names another site than the options. */
char *gridrun_factory_url(const struct gridrun *g, struct err *err);
/* The jobs that the user named. */
struct gridrun_refs {
    struct job_ref *of;
    size_t n;
};
/* All of them, at least one and at most MOST.  -1 with ERR: USAGE, or as
 * job_ref_load(). */
int gridrun_refs_load(const struct gridrun *g, size_t most,
                      struct gridrun_refs *refs, struct err *err);
/* Free what they hold. */
void gridrun_refs_fini(struct gridrun_refs *refs);

/* Chatter: to stderr, not with -quiet. */
void gridrun_say(const struct gridrun *g, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether TEXT, which the user knows as WHAT, can be sent: requests are
 * XML 1.0, which has no words for some bytes.  -1 with ERR USAGE. */
int gridrun_sendable(const char *what, const char *text, struct err *err);
/* Read the description (-f or -c): *jsdl is the document to send, the caller's
 * to free(), JOB what it says; its inputs and outputs that are files of this
 * machine go to g->inputs and g->fetches.  -1 with ERR: line and element, or
 * the file. */
int gridrun_description(struct gridrun *g, char **jsdl, struct job *job,
                        struct err *err);

/* Upload g->inputs to the job REF until the site has all of them; errors that
 * may pass are tried again, SIGINT and SIGTERM end it.  OURS: this command
 * submitted the job, so that it is cancelled when it is interrupted or a file
 * has changed, unless -no-cleanup; otherwise the user is told how to go on.
 * Signals are held afterwards.  -1 with ERR. */
int gridrun_upload_inputs(struct gridrun *g, const struct job_ref *ref,
                          bool ours, struct err *err);

/* Whether the files of -so and -se can be written; they are made.  -1 with
 * ERR. */
int gridrun_outputs(const struct gridrun *g, struct err *err);
/* Hold Ctrl-C and SIGTERM back, or let them come. */
void gridrun_hold_signals(bool hold);
/* Follow a job to its end: state lines, streams, Ctrl-C.  Returns the exit
 * status: the job's own, or GRIDRUN_FAILED. */
int gridrun_watch(struct gridrun *g, const struct job_ref *ref);
/* Cancel the job, saying so; one that is over already is a success.  -1 with
 * ERR. */
int gridrun_cancel(struct gridrun *g, const struct job_ref *ref,
                   struct err *err);
/* What the shell is told of the ended job ST; why it failed goes to stderr,
 * after WHO, which may be "". */
int gridrun_final_status(const struct bes_status *st, const char *who);
/* The word that GT4 users know for the site's state; NULL when they never saw
 * that one. */
const char *gridrun_state_word(const char *state, const char *bes_state);
#define GRIDRUN_STATES_MAX 16
/* The site's states that WORD, a user's, stands for; 0: none. */
size_t gridrun_state_find(const char *word,
                          const char *states[GRIDRUN_STATES_MAX]);
/* One line to stdout: id, state, exit code, time of submission, name, command
 * (both may be NULL), fault. */
void gridrun_state_row(const char *id, const struct bes_status *st,
                       const char *name, const char *command);

/* The tasks of the job REF in a line each.  -1 with ERR. */
int gridrun_tasks_rows(struct gridrun *g, const struct job_ref *ref,
                       struct err *err);
/* Where they run, or ran. */
int gridrun_tasks_hosts(struct gridrun *g, const struct job_ref *ref,
                        struct err *err);
/* End those that REF names. */
int gridrun_tasks_cancel(struct gridrun *g, const struct job_ref *ref,
                         struct err *err);
/* Run those once more that REF names, or that failed. */
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
/* -validate */
int gridrun_validate(struct gridrun *g);

#endif
