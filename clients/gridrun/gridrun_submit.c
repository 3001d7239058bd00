/* clients/gridrun/gridrun_submit.c - gridrun -submit and -validate:
 * description, delegation, submission with an at-most-once id. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/utf8.h"
#include "base/xml.h"
#include "clients/gridrun/gridrun.h"
#include "jobs/gt4job.h"
#include "jobs/jsdl.h"

int
gridrun_validate(struct gridrun *g)
{
    struct err err = ERR_INIT;
    struct job job;
    char *jsdl;
    int rc;

    if (g->description_file == NULL) {
        err_set(&err, ERR_USAGE, "-validate needs -job-description-file FILE");
        client_complain("gridrun", &err);
        return GRIDRUN_FAILED;
    }
    rc = gridrun_description(g, &jsdl, &job, &err);
    if (rc < 0)
        client_complain("gridrun", &err);
    else
        gridrun_say(g, "The job description is valid.\n");
    gridrun_inputs_fini(&g->inputs);
    gridrun_fetches_fini(&g->fetches);
    job_fini(&job);
    free(jsdl);
    return rc < 0 ? GRIDRUN_FAILED : 0;
}

/* The at-most-once id, "uuid:..": from an option, from a file, or generated. */
static int
submission_id(const struct gridrun *g, char **id, struct err *err)
{
    struct buf text = BUF_INIT;
    char made[UUID_TEXT];
    int rc = 0;

    if (g->submission_id != NULL && g->submission_id_file != NULL)
        return err_set(err, ERR_USAGE,
                       "-submission-id and -submission-id-file exclude each "
                       "other");
    if (g->submission_id != NULL)
        *id = xstrdup(g->submission_id);
    else if (g->submission_id_file != NULL) {
        rc = fs_read_input(g->submission_id_file, 4096, &text, err);
        if (rc == 0)
            *id = xasprintf("%.*s", (int)strcspn(buf_str(&text), "\r\n "),
                            buf_str(&text));
        buf_fini(&text);
    } else
        *id = xasprintf("uuid:%s", uuid_make(made));
    if (rc == 0 && **id == '\0')
        return err_set(err, ERR_USAGE,
                       "-submission-id: '%s' is empty; each job needs an id of "
                       "its own",
                       g->submission_id != NULL ? g->submission_id
                                                : g->submission_id_file);
    if (rc == 0)
        rc = gridrun_sendable("-submission-id", *id, err);
    if (rc == 0 && g->submission_id_output != NULL) {
        char *line = xasprintf("%s\n", *id);

        rc = fs_write_atomic(AT_FDCWD, g->submission_id_output, line,
                             strlen(line), 0644, err);
        free(line);
    }
    return rc;
}

/* Delegate if the job needs it or the user asks for it. */
static int
delegate(struct gridrun *g, const struct job *job, struct err *err)
{
    bool needed = g->job_delegate || g->staging_delegate;

    for (size_t i = 0; i < job->nstage_in; i++)
        needed |= job->stage_in[i].url != NULL;
    for (size_t i = 0; i < job->nstage_out; i++)
        needed |= job->stage_out[i].url != NULL;
    if (!needed)
        return 0;
    gridrun_say(g, "Delegating user credentials...");
    if (bes_delegate(&g->site, g->env.cred, g->full_delegation, g->lifetime,
                     &g->delegation, err) < 0) {
        gridrun_say(g, "Failed.\n");
        return err_wrap(err, "delegate the credential");
    }
    gridrun_say(g, "Done.\n");
    return 0;
}

/* Destroy the delegation, which the job no longer needs. */
static int
take_back(struct gridrun *g, struct err *err)
{
    if (g->delegation == NULL || !g->ended || g->no_cleanup)
        return 0;
    gridrun_say(g, "Cleaning up any delegated credentials...");
    if (bes_undelegate(&g->site, g->delegation, err) < 0) {
        gridrun_say(g, "Failed.\n");
        return err_wrap(err, "take back the delegated credential");
    }
    gridrun_say(g, "Done.\n");
    return 0;
}

/* Write the EPR to the user's file or to stdout. */
static int
save_reference(const struct gridrun *g, const struct job_ref *ref,
               struct err *err)
{
    FILE *f;
    int rc;

    if (g->epr_output_file != NULL) {
        f = fopen(g->epr_output_file, "we");
        rc = f != NULL ? job_ref_write(ref, f) : -1;
        if (f != NULL)
            rc |= fclose(f);
        if (rc != 0)
            return err_set(err, ERR_IO,
                           "cannot write '%s'; the job goes on, it is %s",
                           g->epr_output_file, ref->handle);
    }
    if (g->batch && (g->epr_output_file == NULL) &&
        job_ref_write(ref, stdout) < 0)
        return err_set(err, ERR_IO,
                       "cannot write the EPR; the job goes on, it is %s",
                       ref->handle);
    return 0;
}

/* Connect, delegate and submit; REF is the new job. */
static int
create(struct gridrun *g, const char *jsdl, const struct job *job,
       struct job_ref *ref, struct err *err)
{
    char *message_id = NULL, *address = NULL;
    int rc = -1;

    g->url = gridrun_factory_url(g, err);
    if (g->url == NULL || submission_id(g, &message_id, err) < 0 ||
        gridrun_open(g, g->url, err) < 0 || delegate(g, job, err) < 0)
        goto out;
    gridrun_hold_signals(true);
    gridrun_say(g, "Submitting job...");
    if (bes_create(&g->site, jsdl, g->delegation, message_id, &address, err) <
        0) {
        gridrun_say(g, "Failed.\n");
        if (err->code == ERR_TIMEOUT || err->code == ERR_IO)
            err_wrap(err,
                     "the job may have arrived, submit it again with "
                     "-submission-id %s",
                     message_id);
        err_wrap(err, "Error submitting job");
        goto out;
    }
    gridrun_say(g, "Done.\n");
    rc = job_ref_from_address(address, ref, err);
    if (rc == 0)
        gridrun_say(g, "Job ID: uuid:%s\n", ref->id);
out:
    free(message_id);
    free(address);
    return rc;
}

/* Do what follows the submission of REF; returns the exit status. */
static int
follow(struct gridrun *g, const struct job_ref *ref)
{
    int status = 0;

    if (!g->batch)
        status = gridrun_watch(g, ref);
    else if (g->fetches.n > 0)
        gridrun_say(
            g,
            "To fetch its outputs when it is over: gridrun -fetch -f %s "
            "-j %s\n",
            g->description_file, ref->handle);
    /* A failed job was reported; its outputs stay at the site. */
    if (g->ended && status != GRIDRUN_FAILED &&
        gridrun_fetch_outputs(g, ref->handle) < 0 && status == 0)
        status = GRIDRUN_FAILED;
    return status;
}

int
gridrun_submit(struct gridrun *g)
{
    struct err err = ERR_INIT;
    struct job_ref ref = { 0 };
    int status = GRIDRUN_FAILED;
    struct job job;
    char *jsdl = NULL;

    job_init(&job);
    if (g->command == NULL && g->description_file == NULL)
        err_set(&err, ERR_USAGE,
                "what job?  -job-description-file FILE or -job-command "
                "program arguments");
    else if (gridrun_outputs(g, &err) == 0 &&
             gridrun_description(g, &jsdl, &job, &err) == 0 &&
             create(g, jsdl, &job, &ref, &err) == 0 &&
             save_reference(g, &ref, &err) == 0 &&
             gridrun_upload_inputs(g, &ref, true, &err) == 0)
        status = follow(g, &ref);
    gridrun_hold_signals(false);
    if (take_back(g, &err) < 0 && status == 0)
        status = GRIDRUN_FAILED;
    if (err.code != ERR_OK)
        client_complain("gridrun", &err);
    gridrun_close(g);
    gridrun_inputs_fini(&g->inputs);
    gridrun_fetches_fini(&g->fetches);
    job_ref_fini(&ref);
    job_fini(&job);
    free(jsdl);
    free(g->url);
    free(g->delegation);
    return status;
}
