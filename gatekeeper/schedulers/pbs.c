/* gatekeeper/schedulers/pbs.c - PBS and TORQUE by their commands; Debian's
 * commands (slurm-wlm-torque) talk to Slurm.
 *
 * No command lists one user's jobs in full, and job names can forge entries in
 * the list of all (pbs_text.h), so relevant jobs are asked for again by id. */
#include "gatekeeper/schedulers/batch.h"
#include "gatekeeper/schedulers/pbs_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "gatekeeper/supervisor/launch.h"

/* qstat's exit status if it knows none of the jobs. */
#define NOTHING 153

/* ---- submission ---- */

/* The arguments of runner_tools.def's pbs-submit, in order. */
enum word {
    NAME,
    QUEUE,
    ACCOUNT,
    RESOURCES,
    AFTER,
    WORDS
};

/* Make "walltime=00:02:00,nodes=1:ppn=2,mem=300mb".  The supervisor enforces
 * CPU time, since slurm-wlm-torque takes it for wall time. */
static void
make_resources(const struct job *j, char text[BATCH_TEXT])
{
    long hosts = batch_words_number(j->host_count);
    long each = batch_words_number(j->count) * batch_words_number(j->threads) +
                hosts - 1;
    long long wall = j->wall_time + BATCH_LIMIT_ROOM_S;
    long long memory = j->memory_max > 0 ? j->memory_max : j->memory_min;
    struct buf b = BUF_INIT;

    buf_addf(&b, "nodes=%ld:ppn=%ld", hosts, each / hosts);
    if (j->wall_time > 0)
        buf_addf(&b, ",walltime=%02lld:%02lld:%02lld", wall / 3600,
                 wall / 60 % 60, wall % 60);
    if (memory > 0)
        buf_addf(&b, ",mem=%lldmb",
                 memory * batch_words_number(j->count) / (1 << 20) + 1);
    snprintf(text, BATCH_TEXT, "%s", buf_str(&b));
    buf_fini(&b);
}

static void
words(const struct batch *b, const struct sched_job *job, struct batch_words *w)
{
    const struct job *j = job->job;

    (void)b;
    w->tool = "pbs-submit";
    w->n = WORDS;
    w->word[NAME] = job->submit_name;
    w->word[QUEUE] = batch_words_text(j->queue);
    w->word[ACCOUNT] = batch_words_text(j->project);
    make_resources(j, w->text[RESOURCES]);
    w->word[RESOURCES] = w->text[RESOURCES];
    w->word[AFTER] = "-";
}

static void
after(const char *id, struct batch_words *w)
{
    snprintf(w->text[AFTER], BATCH_TEXT, "depend=afterany:%.30s", id);
    w->word[AFTER] = w->text[AFTER];
}

static void
limits(const struct batch *b, const struct job *j, char text[BATCH_TEXT])
{
    (void)b;
    make_resources(j, text);
}

static long
launcher(const struct batch *b, const struct job *j, struct buf *spec)
{
    return batch_words_mpirun(
        conf_str(b->host.conf, CONF_gatekeeper_pbs_mpirun), j, spec);
}

static int
check(const struct batch *b, const struct job *j, struct err *err)
{
    if (j->type == JOB_MPI &&
        conf_str(b->host.conf, CONF_gatekeeper_pbs_mpirun)[0] == '\0')
        return err_set(err, ERR_UNSUPPORTED,
                       "job type 'mpi': this site has set no "
                       "gatekeeper.pbs_mpirun");
    if (j->type == JOB_MULTIPLE && j->host_count > 1)
        return err_set(err, ERR_UNSUPPORTED,
                       "number of hosts: copies of a program are on one host "
                       "here");
    return 0;
}

/* ---- lists ---- */

/* Whether qstat (result RC and OUT) listed jobs or said that there are none.
 * -1 with ERR. */
static int
listed(const struct batch *b, int rc, const struct runner_output *out,
       struct err *err)
{
    if (rc <= 0 || out->status == NOTHING)
        return rc < 0 ? -1 : 0;
    return batch_ask_refused(b, "qstat", out, err);
}

/* Ask for the N jobs ID, at most BATCH_IDS_MAX at a time, as the user of JOB,
 * or as the operator if JOB is NULL. */
static int
ask_ids(struct batch *b, const char *job, const char *const *id, size_t n,
        struct batch_lines *lines, struct err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < n; i += BATCH_IDS_MAX) {
        size_t m = n - i < BATCH_IDS_MAX ? n - i : BATCH_IDS_MAX;
        struct runner_output out;

        rc = job == NULL ? batch_ask_query(b, "pbs-poll", id + i, m, &out, err)
                         : batch_ask_tool(b, job, "pbs-find", id + i, m, NULL,
                                          &out, err);
        rc = listed(b, rc, &out, err);
        if (rc == 0)
            pbs_text_lines(buf_str(&out.out), lines);
        runner_output_fini(&out);
    }
    batch_lines_sort(lines);
    return rc;
}

/* Ask again by id for those of ALL that JOB's user has under NAME. */
static int
confirm(struct batch *b, const struct sched_job *job, const char *name,
        const struct batch_lines *all, struct batch_lines *lines,
        struct err *err)
{
    const char **id = xcalloc(all->n + 1, sizeof(*id));
    size_t n = 0;
    int rc;

    for (size_t i = 0; i < all->n; i++) {
        const struct batch_line *l = &all->line[i];

        if (strcmp(l->user, job->account) == 0 &&
            (name == NULL || strcmp(l->name, name) == 0))
            id[n++] = l->id;
    }
    rc = ask_ids(b, job->id, id, n, lines, err);
    free(id);
    return rc;
}

static int
own(struct batch *b, const struct sched_job *job, const char *name,
    struct batch_lines *lines, struct err *err)
{
    struct batch_lines all = { .line = NULL };
    struct runner_output out;
    int rc = batch_ask_tool(b, job->id, "pbs-list", NULL, 0, NULL, &out, err);

    *lines = (struct batch_lines){ .line = NULL };
    rc = listed(b, rc, &out, err);
    if (rc == 0) {
        pbs_text_lines(buf_str(&out.out), &all);
        rc = confirm(b, job, name, &all, lines, err);
    }
    batch_lines_fini(&all);
    runner_output_fini(&out);
    return rc;
}

static int
all(struct batch *b, const struct sched_job *jobs, size_t n,
    struct batch_lines *lines, struct err *err)
{
    const char **id = xcalloc(n + 1, sizeof(*id));
    size_t m = 0;
    int rc;

    *lines = (struct batch_lines){ .line = NULL };
    for (size_t i = 0; i < n; i++)
        if (batch_line_id_ok(jobs[i].sched_id))
            id[m++] = jobs[i].sched_id;
    rc = ask_ids(b, NULL, id, m, lines, err);
    free(id);
    return rc;
}

/* ---- the site ---- */

static int
site(struct batch *b, struct sched_info *info, struct err *err)
{
    struct runner_output out;
    /* Debian's qstat also says so about queues. */
    int rc = listed(b, batch_ask_query(b, "pbs-queues", NULL, 0, &out, err),
                    &out, err);

    snprintf(info->product, sizeof(info->product), "pbs");
    if (rc == 0)
        pbs_text_queues(buf_str(&out.out), info);
    runner_output_fini(&out);
    if (rc < 0)
        return -1;
    rc = batch_ask_site(b, "pbs-nodes", NULL, 0, &out, err);
    if (rc == 0)
        pbs_text_nodes(buf_str(&out.out), info);
    runner_output_fini(&out);
    return rc;
}

static const struct batch_system pbs = {
    .name = "pbs",
    .kind = BATCH_PBS,
    .title = "PBS",
    .submits = "qsub",
    .path = CONF_gatekeeper_pbs_path,
    .programs = "qsub qstat qdel qrls pbsnodes",
    /* PBS starts in the home directory. */
    .script = "#!/bin/sh\ncd \"${PBS_O_WORKDIR:-.}\" && exec "
              ".gatehouse/gatekeeper-job -batch .gatehouse/job\n",
    .nothing = NOTHING,
    .event = { .down = "pbs.down",
               .up = "pbs.up",
               .odd = "pbs.submit.odd",
               .operator= "pbs.operator",
               .sessions = "pbs.sessions" },
    .release = { .tool = "pbs-release" },
    .cancel = { .tool = "pbs-cancel" },
    .limit = { .tool = "pbs-limit" },
    .limits = limits,
    .words = words,
    .after = after,
    .launcher = launcher,
    .own = own,
    .all = all,
    .site = site,
    .check = check,
    .answers = batch_site_queues,
};

const struct scheduler scheduler_pbs = {
    .name = "pbs",
    BATCH_SCHEDULER(pbs),
    .set_limits = batch_set_limits,
};
