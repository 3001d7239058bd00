/* gatekeeper/schedulers/slurm_ask.c - squeue for one user and for all, and
 * sacct for jobs that squeue no longer shows. */
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "gatekeeper/schedulers/slurm.h"

/* Make a random mark, which no user could know in advance. */
static void
make_mark(char mark[SLURM_MARK])
{
    char id[UUID_TEXT];
    size_t n = 0;

    uuid_make(id);
    for (const char *p = id; *p != '\0' && n < SLURM_MARK - 1; p++)
        if (*p != '-')
            mark[n++] = *p;
    mark[n] = '\0';
}

/* Parse squeue's output; RC is the result of the command. */
static int
read_lines(const struct batch *b, int rc, const struct runner_output *out,
           const char *mark, struct batch_lines *lines, struct err *err)
{
    if (rc < 0)
        return -1;
    return rc == 0 ? slurm_text_lines(buf_str(&out->out), mark, lines, err)
                   : batch_ask_refused(b, "squeue", out, err);
}

int
slurm_ask_own(struct batch *b, const struct sched_job *job, const char *name,
              struct batch_lines *lines, struct err *err)
{
    char mark[SLURM_MARK], format[SLURM_FORMAT];
    /* An element has the name of its array, from which its task follows. */
    bool any = name == NULL || job->tasks > 1;
    const char *args[] = { job->account, any ? "-" : name, format };
    struct runner_output out;
    int rc;

    *lines = (struct batch_lines){ .line = NULL };
    make_mark(mark);
    slurm_text_format(mark, format);
    rc = batch_ask_tool(b, job->id, "slurm-find", args, 3, NULL, &out, err);
    rc = read_lines(b, rc, &out, mark, lines, err);
    runner_output_fini(&out);
    return rc;
}

int
slurm_ask_all(struct batch *b, const struct sched_job *jobs, size_t n,
              struct batch_lines *lines, struct err *err)
{
    char mark[SLURM_MARK], format[SLURM_FORMAT];
    struct buf users = BUF_INIT;
    struct runner_output out;
    const char *args[2];
    int rc;

    *lines = (struct batch_lines){ .line = NULL };
    make_mark(mark);
    slurm_text_format(mark, format);
    batch_ask_users(jobs, n, &users);
    args[0] = buf_str(&users);
    args[1] = format;
    rc = batch_ask_query(b, "slurm-poll", args, 2, &out, err);
    /* squeue fails if one of the accounts no longer exists. */
    if (rc > 0 && strcmp(args[0], "-") != 0) {
        runner_output_fini(&out);
        args[0] = "-";
        rc = batch_ask_query(b, "slurm-poll", args, 2, &out, err);
    }
    rc = read_lines(b, rc, &out, mark, lines, err);
    runner_output_fini(&out);
    buf_fini(&users);
    return rc;
}

bool
slurm_ask_history(struct batch *b, const struct sched_job *job, char *text,
                  size_t size)
{
    const char *args[] = { job->submit_name, "State" };
    const struct batch_state *state = NULL;
    struct runner_output out;
    struct err err = ERR_INIT;

    if (job->tasks > 1)
        return false;
    if (batch_ask_tool(b, job->id, "slurm-history", args, 2, NULL, &out,
                       &err) == 0)
        state = slurm_text_history(buf_str(&out.out));
    runner_output_fini(&out);
    if (state == NULL || !state->over)
        return false;
    snprintf(text, size, "%s%s%s", state->word,
             state->text[0] != '\0' ? ": " : "", state->text);
    return true;
}
