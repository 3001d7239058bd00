/* clients/gridrun.h - the options of gridrun and the steps that its commands
 * share.  Words, lines and exit codes are globusrun-ws's. */
#ifndef CLIENTS_GRIDRUN_H
#define CLIENTS_GRIDRUN_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "clients/bes_client.h"
#include "clients/client_env.h"
#include "clients/job_ref.h"
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
        *submission_id_output, *epr_output_file, *epr_file;
    char *const *command; /* NULL-terminated; NULL */
    int timeout_ms;
    long lifetime; /* of delegated credentials, seconds */

    /* the site */
    struct client_env env;
    struct soap_client *soap;
    struct bes_client site;
    char *url;
    char *delegation; /* that this command made; NULL */
    bool ended;       /* the job that was followed has ended */
};

/* Connect G to the site that URL names (borrowed), with its credential.  -1
 * with ERR. */
int gridrun_open(struct gridrun *g, const char *url, struct err *err);
/* Before one more exchange: read the credential again when its file has been
 * renewed.  -1 with ERR AUTHN: it has expired, and no newer one is there. */
int gridrun_refresh(struct gridrun *g, struct err *err);
/* Free what gridrun_open() made. */
void gridrun_close(struct gridrun *g);
/* The door's URL for -F CONTACT ("[proto://]host[:port][/service]"), -Ff FILE,
 * or the default; the caller's to free().  NULL with ERR. */
char *gridrun_factory_url(const struct gridrun *g, struct err *err);
/* The job that -j names.  -1 with ERR. */
int gridrun_job(const struct gridrun *g, struct job_ref *ref, struct err *err);

/* Chatter: to stderr, not with -quiet. */
void gridrun_say(const struct gridrun *g, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Read the description (-f or -c): *jsdl is the document to send, the caller's
 * to free(), JOB what it says.  -1 with ERR: line and element. */
int gridrun_description(const struct gridrun *g, char **jsdl, struct job *job,
                        struct err *err);

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
/* The word that GT4 users know for the site's state; NULL when they never saw
 * that one. */
const char *gridrun_state_word(const char *state, const char *bes_state);

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
/* -list */
int gridrun_list(struct gridrun *g);
/* -validate */
int gridrun_validate(struct gridrun *g);

#endif
