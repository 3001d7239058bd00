/* gatekeeper/schedulers/sge.c - Grid Engine, by its own commands (8.1 and
 * later).
 *
 * The qmaster keeps on its disk what it acknowledged, and forgets a job as soon
 * as it is over: what is not shown any more has its record, or a line in the
 * accounting, or was deleted before it began. */
#include "gatekeeper/schedulers/batch.h"
#include "gatekeeper/schedulers/sge_text.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "gatekeeper/supervisor/launch.h"

/* What the supervisor needs of a job's memory, which h_vmem limits as
 * addresses; a build with the address sanitizer reserves 20 TiB of these. */
#ifdef __SANITIZE_ADDRESS__
#define OWN_MEMORY (32LL << 40)
#else
#define OWN_MEMORY (64LL << 20)
#endif

/* ---- what is asked for ---- */

/* The words of runner_tools.def's sge-submit, in its order; PE and SLOTS are of
 * sge-submit-pe alone. */
enum word {
    NAME,
    QUEUE,
    PROJECT,
    RESOURCES,
    RANGE,
    AT_ONCE,
    AFTER,
    PE,
    SLOTS,
    WORDS
};

static long
slots_of(const struct job *j)
{
    return batch_words_number(j->count) * batch_words_number(j->threads);
}

/* "h_rt=60,mem_free=300M"; "-" nothing. */
static void
make_resources(const struct job *j, char text[BATCH_TEXT])
{
    long slots = slots_of(j);
    struct buf b = BUF_INIT;

    if (j->wall_time > 0)
        buf_addf(&b, ",h_rt=%lld", j->wall_time + BATCH_LIMIT_ROOM_S);
    if (j->cpu_time > 0 || j->cpu_time_total > 0)
        buf_addf(&b, ",h_cpu=%lld",
                 (j->cpu_time > 0 ? j->cpu_time * batch_words_number(j->count)
                                  : j->cpu_time_total) +
                     BATCH_LIMIT_ROOM_S);
    /* Grid Engine counts both for each slot. */
    if (j->memory_max > 0)
        buf_addf(&b, ",h_vmem=%lldK",
                 (j->memory_max * batch_words_number(j->count) + OWN_MEMORY) /
                         slots / 1024 +
                     1);
    else if (j->memory_min > 0)
        buf_addf(&b, ",mem_free=%lldK", j->memory_min / 1024 + 1);
    snprintf(text, BATCH_TEXT, "%s", b.len > 0 ? buf_str(&b) + 1 : "-");
    buf_fini(&b);
}

static void
words(const struct batch *b, const struct sched_job *job, struct batch_words *w)
{
    const struct job *j = job->job;
    bool pe = slots_of(j) > 1;

    w->tool = pe ? "sge-submit-pe" : "sge-submit";
    w->n = pe ? WORDS : PE;
    w->word[NAME] = job->submit_name;
    w->word[QUEUE] = batch_words_text(j->queue);
    w->word[PROJECT] = batch_words_text(j->project);
    make_resources(j, w->text[RESOURCES]);
    w->word[RESOURCES] = w->text[RESOURCES];
    w->word[RANGE] = w->word[AT_ONCE] = w->word[AFTER] = "-";
    w->word[PE] =
        conf_str(b->host.conf, j->type == JOB_MPI ? CONF_gatekeeper_sge_mpi_pe
                                                  : CONF_gatekeeper_sge_pe);
    snprintf(w->text[SLOTS], BATCH_TEXT, "%ld", slots_of(j));
    w->word[SLOTS] = w->text[SLOTS];
}

static void
after(const char *id, struct batch_words *w)
{
    w->word[AFTER] = id;
}

static void
array(struct batch_array *a, struct batch_words *w)
{
    w->word[NAME] = a->name;
    w->word[RANGE] = buf_str(&a->elements);
    if (a->limit > 0) {
        snprintf(w->text[AT_ONCE], BATCH_TEXT, "%u", a->limit);
        w->word[AT_ONCE] = w->text[AT_ONCE];
    }
    if (a->after[0] != '\0')
        after(a->after, w);
}

static void
limits(const struct batch *b, const struct job *j, char text[BATCH_TEXT])
{
    (void)b;
    make_resources(j, text);
}

/* Copies are on one host, so the supervisor starts them; MPI's mpirun knows the
 * hosts of Grid Engine. */
static long
launcher(const struct batch *b, const struct job *j, struct buf *spec)
{
    launch_add_number(spec, "notice", 1);
    return batch_words_mpirun(
        conf_str(b->host.conf, CONF_gatekeeper_sge_mpirun), j, spec);
}

static int
check(const struct batch *b, const struct job *j, struct err *err)
{
    const struct conf *conf = b->host.conf;

    if (j->host_count > 0 || j->procs_per_host > 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "number of hosts: Grid Engine spreads processes as its "
                       "parallel environment says");
    if (j->type == JOB_MPI &&
        (conf_str(conf, CONF_gatekeeper_sge_mpirun)[0] == '\0' ||
         conf_str(conf, CONF_gatekeeper_sge_mpi_pe)[0] == '\0'))
        return err_set(err, ERR_UNSUPPORTED,
                       "job type 'mpi': this site has set no "
                       "gatekeeper.sge_mpi_pe and gatekeeper.sge_mpirun");
    if (j->type != JOB_MPI && slots_of(j) > 1 &&
        conf_str(conf, CONF_gatekeeper_sge_pe)[0] == '\0')
        return err_set(err, ERR_UNSUPPORTED,
                       "several processors: this site has set no "
                       "gatekeeper.sge_pe");
    return 0;
}

/* ---- lists ---- */

/* The jobs to ask qstat for: those of USERS; as the user of JOB, or as the
 * operator if JOB is NULL. */
struct question {
    const char *job, *users;
};

/* The output of qstat for Q, restricted to ONLY: "hu" held by their user; "-"
 * all. */
static int
ask(struct batch *b, const struct question *q, const char *only,
    struct batch_lines *lines, struct err *err)
{
    const char *args[] = { only, q->users };
    bool everybody = strcmp(q->users, "-") == 0;
    struct runner_output out;
    int rc;

    *lines = (struct batch_lines){ .line = NULL };
    rc = q->job != NULL
             ? batch_ask_tool(b, q->job, "sge-find", args, 2, NULL, &out, err)
             : batch_ask_query(b, everybody ? "sge-poll-all" : "sge-poll", args,
                               everybody ? 1 : 2, &out, err);
    if (rc >= 0)
        rc = rc == 0 ? sge_text_lines(&out.out, lines, err)
                     : batch_ask_refused(b, "qstat", &out, err);
    runner_output_fini(&out);
    return rc;
}

/* Whether LINES has the job or the element that L is. */
static bool
has_same(const struct batch_lines *lines, const struct batch_line *l)
{
    size_t n;
    const struct batch_line *first = batch_lines_named(lines, l->name, &n);

    for (size_t i = 0; i < n; i++)
        if (strcmp(first[i].id, l->id) == 0)
            return true;
    return false;
}

/* An array that begins after another one shows the same letter as one that its
 * user holds: which of LINES are held is asked for where there is an array. */
static int
tell_holds(struct batch *b, const struct question *q, struct batch_lines *lines,
           struct err *err)
{
    struct batch_lines held;
    size_t i = 0;
    int rc;

    while (i < lines->n && !(lines->line[i].held && lines->line[i].array[0]))
        i++;
    if (i == lines->n)
        return 0;
    rc = ask(b, q, "hu", &held, err);
    for (; rc == 0 && i < lines->n; i++)
        lines->line[i].held =
            lines->line[i].held && has_same(&held, &lines->line[i]);
    batch_lines_fini(&held);
    return rc;
}

static int
ask_lines(struct batch *b, const struct question *q, struct batch_lines *lines,
          struct err *err)
{
    return ask(b, q, "-", lines, err) < 0 ? -1 : tell_holds(b, q, lines, err);
}

static int
own(struct batch *b, const struct sched_job *job, const char *name,
    struct batch_lines *lines, struct err *err)
{
    struct question q = { .job = job->id, .users = job->account };

    (void)name; /* qstat does not select by name */
    return ask_lines(b, &q, lines, err);
}

/* Why the first of LINES that wait do so, as far as the scheduler tells. */
static void
ask_reasons(struct batch *b, struct batch_lines *lines)
{
    struct buf ids = BUF_INIT;
    struct runner_output out;
    const char *last = "";
    size_t n = 0;

    for (size_t i = 0; i < lines->n && n < BATCH_IDS_MAX; i++) {
        const struct batch_line *l = &lines->line[i];
        const char *id = l->array[0] != '\0' ? l->array : l->id;

        if (l->began || l->held || l->state == NULL || strcmp(id, last) == 0)
            continue;
        buf_addf(&ids, "%s%s", n++ > 0 ? "," : "", id);
        last = id;
    }
    if (n > 0) {
        const char *args[] = { buf_str(&ids) };

        if (batch_ask_query(b, "sge-why", args, 1, &out, NULL) >= 0)
            sge_text_reasons(buf_str(&out.out), lines);
        runner_output_fini(&out);
    }
    buf_fini(&ids);
}

static int
all(struct batch *b, const struct sched_job *jobs, size_t n,
    struct batch_lines *lines, struct err *err)
{
    struct buf users = BUF_INIT;
    struct question q = { .job = NULL };
    int rc;

    batch_ask_users(jobs, n, &users);
    q.users = buf_str(&users);
    rc = ask_lines(b, &q, lines, err);
    buf_fini(&users);
    if (rc == 0)
        ask_reasons(b, lines);
    return rc;
}

/* A task of an array is asked for by its id, "17.3"; a job by its name. */
static bool
history(struct batch *b, const struct sched_job *job, char *text, size_t size)
{
    size_t n = strcspn(job->sched_id, ".");
    char id[SCHED_ID_MAX];
    bool task = job->sched_id[n] == '.';
    const char *args[] = { job->account, task ? id : job->submit_name,
                           task ? job->sched_id + n + 1 : NULL };
    struct runner_output out;
    bool known;

    snprintf(id, sizeof(id), "%.*s", (int)n, job->sched_id);
    known =
        batch_ask_tool(b, job->id, task ? "sge-history-task" : "sge-history",
                       args, task ? 3 : 2, NULL, &out, NULL) == 0 &&
        sge_text_history(buf_str(&out.out), text, size);
    runner_output_fini(&out);
    return known;
}

/* ---- the site ---- */

static int
ask_version(struct batch *b, struct sched_info *info, struct err *err)
{
    struct runner_output out;
    int rc = batch_ask_site(b, "sge-version", NULL, 0, &out, err);
    const char *text = rc == 0 ? buf_str(&out.out) : "", *number;

    number = strchr(text, ' '); /* "SGE 8.1.9" */
    number = number == NULL ? text : number + 1;
    snprintf(info->product, sizeof(info->product), "gridengine");
    snprintf(info->version, sizeof(info->version), "%.*s",
             (int)strcspn(number, " \n"), number);
    runner_output_fini(&out);
    return rc;
}

static int
site(struct batch *b, struct sched_info *info, struct err *err)
{
    const char *only[] = { "-" };
    struct runner_output out;
    int rc = ask_version(b, info, err);

    if (rc < 0)
        return -1;
    rc = batch_ask_site(b, "sge-queues", NULL, 0, &out, err);
    if (rc == 0)
        rc = sge_text_queues(&out.out, info, err);
    runner_output_fini(&out);
    if (rc < 0)
        return -1;
    rc = batch_ask_site(b, "sge-limits", NULL, 0, &out, err);
    if (rc == 0)
        sge_text_limits(buf_str(&out.out), info);
    runner_output_fini(&out);
    if (rc < 0)
        return -1;
    rc = batch_ask_site(b, "sge-poll-all", only, 1, &out, err);
    if (rc == 0)
        rc = sge_text_load(&out.out, info, err);
    runner_output_fini(&out);
    return rc;
}

static int
array_max(struct batch *b, long long *max, struct err *err)
{
    struct runner_output out;
    int rc = batch_ask_site(b, "sge-config", NULL, 0, &out, err);

    if (rc == 0) {
        *max = sge_text_array_max(buf_str(&out.out));
        if (*max < 0)
            rc = err_set(err, ERR_PROTOCOL,
                         "qconf -sconf does not say max_aj_tasks");
    }
    runner_output_fini(&out);
    return rc;
}

/* The parallel environment KEY is there, where it is set. */
static int
check_pe(struct batch *b, enum conf_key key, const char *name, struct err *err)
{
    const char *args[] = { conf_str(b->host.conf, key) };
    struct runner_output out;
    int rc;

    if (args[0][0] == '\0')
        return 0;
    rc = batch_ask_query(b, "sge-pe", args, 1, &out, err);
    runner_output_fini(&out);
    if (rc > 0)
        rc = err_set(err, ERR_CONFIG,
                     "gatekeeper.%s: Grid Engine has no parallel environment "
                     "'%s'",
                     name, args[0]);
    return rc;
}

static int
answers(struct batch *b, struct err *err)
{
    struct runner_output out;

    if (batch_site_queues(b, err) < 0 ||
        check_pe(b, CONF_gatekeeper_sge_pe, "sge_pe", err) < 0 ||
        check_pe(b, CONF_gatekeeper_sge_mpi_pe, "sge_mpi_pe", err) < 0)
        return -1;
    if (batch_ask_query(b, "sge-nodes", NULL, 0, &out, NULL) == 0)
        batch_site_sessions(b, buf_str(&out.out));
    runner_output_fini(&out);
    return 0;
}

static const struct batch_system system = {
    .name = "sge",
    .kind = BATCH_SGE,
    .title = "Grid Engine",
    .submits = "qsub",
    .path = CONF_gatekeeper_sge_path,
    .programs = "qsub qstat qdel qrls qmod qacct qconf",
    .script = BATCH_TASK_SCRIPT,
    .keeps = true,
    .fixes_limits = true,
    .event = { .down = "sge.down",
               .up = "sge.up",
               .odd = "sge.submit.odd",
               .operator= "sge.operator",
               .sessions = "sge.sessions" },
    .release = { .tool = "sge-release" },
    .cancel = { .tool = "sge-cancel" },
    .stop = { .tool = "sge-suspend" },
    .go = { .tool = "sge-resume" },
    .limit = { .tool = "sge-limit" },
    .limits = limits,
    .words = words,
    .after = after,
    .array = array,
    .array_first = 1,
    .array_mark = '.',
    .array_range = true,
    .array_max = array_max,
    .launcher = launcher,
    .own = own,
    .all = all,
    .history = history,
    .site = site,
    .check = check,
    .answers = answers,
};

const struct scheduler scheduler_sge = {
    .name = "sge",
    BATCH_SCHEDULER(system),
    .suspend = batch_suspend,
    .set_limits = batch_set_limits,
};
