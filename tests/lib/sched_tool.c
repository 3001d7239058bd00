/* tests/lib/sched_tool.c - stands in for the gatekeeper above scheduler and
 * stager: takes commands, one a line with fields between tabs, from the file
 * (or FIFO) $RUNNER_SCRIPT and answers each with one line on stdout. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/log.h"
#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/scheduler.h"
#include "gatekeeper/staging/staging.h"
#include "tests/lib/lib_testrunner.h"
#include "tests/lib/lib_toolline.h"

struct done {
    char id[UUID_TEXT];
    enum stage_step step;
    struct stage_result result;
    struct done *next;
};

/* What the scheduler calls a job. */
struct known {
    char id[UUID_TEXT], sched_id[SCHED_ID_MAX];
    struct known *next;
};

struct tool {
    struct runner *r;
    struct conf *conf;
    const struct scheduler *sched;
    void *self, *stager;
    struct job job; /* being described */
    struct runner_session session;
    char *f[TOOLLINE_FIELDS];
    pthread_mutex_t lock;
    struct done *done;
    struct known *known;
};

/* A job that has not come into the state that is waited for by then never
 * will. */
#define WAIT_MS 90000

static const char *const states[] = { "unknown", "held",      "pending",
                                      "running", "suspended", "ended",
                                      "lost",    "forgotten" };

static int
cmd_register(struct tool *t, struct err *err)
{
    if (testrunner_register(t->r, t->f[1], t->f[2], NULL, &t->session, err) < 0)
        return -1;
    printf("ok path=%s\n", t->session.path);
    return 1;
}

/* job KEY VALUE [VALUE]: a field of the next job. */
static int
cmd_job(struct tool *t, struct err *err)
{
    const char *key = t->f[1], *value = t->f[2];
    long long n = 0;

    (void)number_parse(value, 0, 1LL << 40, &n);
    if (strcmp(key, "new") == 0) {
        job_fini(&t->job);
        job_init(&t->job);
    } else if (strcmp(key, "executable") == 0) {
        t->job.executable = xstrdup(value);
    } else if (strcmp(key, "arg") == 0) {
        job_add_arg(&t->job, value);
    } else if (strcmp(key, "env") == 0) {
        job_add_env(&t->job, value, t->f[3]);
    } else if (strcmp(key, "count") == 0) {
        t->job.type = JOB_MULTIPLE;
        t->job.count = (long)n;
    } else if (strcmp(key, "wall") == 0) {
        t->job.wall_time = n;
    } else if (strcmp(key, "queue") == 0) {
        t->job.queue = xstrdup(value);
    } else if (strcmp(key, "mpi") == 0) {
        t->job.type = JOB_MPI;
        t->job.count = (long)n;
    } else if (strcmp(key, "slots") == 0) {
        t->job.count = (long)n;
    } else if (strcmp(key, "hosts") == 0) {
        t->job.host_count = (long)n;
    } else if (strcmp(key, "memory") == 0) {
        t->job.memory_max = n;
    } else if (strcmp(key, "cpu") == 0) {
        t->job.cpu_time = n;
    } else if (strcmp(key, "project") == 0) {
        t->job.project = xstrdup(value);
    } else if (strcmp(key, "directory") == 0) {
        t->job.directory = xstrdup(value);
    } else if (strcmp(key, "input") == 0) {
        t->job.input = xstrdup(value);
    } else if (strcmp(key, "clean") == 0) {
        job_add_clean_up(&t->job, value);
    } else {
        return err_set(err, ERR_USAGE, "no key '%s'", key);
    }
    return 0;
}

/* move in|out FILE URL [overwrite|append|keep] [delegation] [delete]. */
static int
cmd_move(struct tool *t, struct err *err)
{
    struct job_transfer *m = strcmp(t->f[1], "in") == 0
                                 ? job_add_stage_in(&t->job)
                                 : job_add_stage_out(&t->job);

    (void)err;
    m->file = xstrdup(t->f[2]);
    m->url = t->f[3][0] == '\0' ? NULL : xstrdup(t->f[3]);
    m->creation = strcmp(t->f[4], "append") == 0 ? JOB_APPEND
                  : strcmp(t->f[4], "keep") == 0 ? JOB_DONT_OVERWRITE
                                                 : JOB_OVERWRITE;
    if (t->f[5][0] != '\0')
        m->delegation_id = xstrdup(t->f[5]);
    m->delete_after = strcmp(t->f[6], "delete") == 0;
    return 0;
}

/* The scheduler's id of the job ID; its own, while there is none. */
static const char *
known_id(const struct tool *t, const char *id)
{
    for (const struct known *k = t->known; k != NULL; k = k->next)
        if (strcmp(k->id, id) == 0)
            return k->sched_id;
    return id;
}

static void
keep_id(struct tool *t, const char *id, const char *sched_id)
{
    struct known *k = xcalloc(1, sizeof(*k));

    snprintf(k->id, sizeof(k->id), "%s", id);
    snprintf(k->sched_id, sizeof(k->sched_id), "%s", sched_id);
    k->next = t->known;
    t->known = k;
}

static void
free_ids(struct tool *t)
{
    while (t->known != NULL) {
        struct known *gone = t->known;

        t->known = gone->next;
        free(gone);
    }
}

static struct sched_job
sched_job(const struct tool *t)
{
    return (struct sched_job){ .id = t->f[1],
                               .tasks = 1,
                               .attempt = 1,
                               .submit_name = t->f[1],
                               .account = t->session.account,
                               .session = t->session.path,
                               .sched_id = known_id(t, t->f[1]),
                               .job = &t->job };
}

static int
cmd_check(struct tool *t, struct err *err)
{
    if (stager_gridcp.check(t->stager, &t->job, err) < 0)
        return -1;
    return t->sched->check(t->self, &t->job, err);
}

static int
cmd_submit(struct tool *t, struct err *err)
{
    struct sched_job j = sched_job(t);
    char id[1][SCHED_ID_MAX];
    struct err one = ERR_INIT;

    if (t->sched->submit(t->self, &j, 1, id, &one, err) < 0)
        return -1;
    if (one.code != ERR_OK)
        return err_set(err, one.code, "%s", one.text);
    keep_id(t, t->f[1], id[0]);
    printf("ok id=%s\n", id[0]);
    return 1;
}

static int
cmd_release(struct tool *t, struct err *err)
{
    struct sched_job j = sched_job(t);
    struct err one = ERR_INIT;

    if (t->sched->release(t->self, &j, 1, &one, err) < 0)
        return -1;
    return one.code == ERR_OK ? 0 : err_set(err, one.code, "%s", one.text);
}

/* expect JOB: it was released before the restart. */
static int
cmd_expect(struct tool *t, struct err *err)
{
    struct sched_job j = sched_job(t);

    (void)err;
    t->sched->expect(t->self, &j);
    return 0;
}

static void
say(const struct sched_status *st)
{
    printf("ok state=%s exit=%d signal=%d fault=%s\n", states[st->state],
           st->exit.code, st->exit.signal, st->exit.fault);
}

static int
cmd_poll(struct tool *t, struct err *err)
{
    struct sched_job j = sched_job(t);
    struct sched_status st;

    if (t->sched->poll(t->self, &j, 1, &st, err) < 0)
        return -1;
    say(&st);
    return 1;
}

/* After ST nothing else comes. */
static bool
is_last(const struct sched_status *st)
{
    return st->state == SCHED_ENDED || st->state == SCHED_LOST ||
           st->state == SCHED_FORGOTTEN;
}

/* wait JOB STATE: poll until it is in that state.  It is an error that the job
 * is over in another one, or takes longer than WAIT_MS. */
static int
cmd_wait(struct tool *t, struct err *err)
{
    struct sched_job j = sched_job(t);
    long long end = time_mono_ms() + WAIT_MS;
    struct sched_status st;

    for (;;) {
        if (t->sched->poll(t->self, &j, 1, &st, err) < 0)
            return -1;
        if (strcmp(states[st.state], t->f[2]) == 0)
            break;
        if (is_last(&st) || time_mono_ms() > end)
            return err_set(err, ERR_TIMEOUT, "it is %s and not %s: %s",
                           states[st.state], t->f[2], st.exit.fault);
        usleep(20000);
    }
    say(&st);
    return 1;
}

static int
cmd_find(struct tool *t, struct err *err)
{
    struct sched_job j = sched_job(t);
    struct sched_found *found;
    size_t n;

    if (t->sched->find(t->self, &j, 1, &found, &n, err) < 0)
        return -1;
    if (n > 0)
        say(&found[0].status);
    free(found);
    return n > 0;
}

static int
cmd_cancel(struct tool *t, struct err *err)
{
    struct sched_job j = sched_job(t);

    return t->sched->cancel(t->self, &j, 1, err);
}

static int
cmd_suspend(struct tool *t, struct err *err)
{
    struct sched_job j = sched_job(t);

    if (t->sched->suspend == NULL)
        return err_set(err, ERR_UNSUPPORTED, "it cannot suspend");
    return t->sched->suspend(t->self, &j, strcmp(t->f[2], "stop") == 0, err);
}

/* limits JOB BEFORE: those that "job" has described; the wall time was BEFORE.
 */
static int
cmd_limits(struct tool *t, struct err *err)
{
    struct sched_job j = sched_job(t);

    if (t->sched->set_limits == NULL)
        return err_set(err, ERR_UNSUPPORTED, "it cannot change limits");
    return t->sched->set_limits(t->self, &j, 1, &t->job, atoll(t->f[2]), err);
}

static int
cmd_describe(struct tool *t, struct err *err)
{
    struct sched_info info;

    if (t->sched->describe(t->self, &info, err) < 0)
        return -1;
    fputs("ok ", stdout);
    for (size_t i = 0; i < info.nshares; i++) {
        const struct sched_share *s = &info.share[i];

        printf("%s%s%sslots=%ld free=%ld running=%ld waiting=%ld",
               i > 0 ? ", " : "", s->name, s->name[0] != '\0' ? " " : "",
               s->slots, s->free_slots, s->running, s->waiting);
    }
    putchar('\n');
    return 1;
}

static enum stage_step
step_of(const char *name)
{
    return strcmp(name, "in") == 0    ? STAGE_IN
           : strcmp(name, "out") == 0 ? STAGE_OUT
                                      : STAGE_CLEAN;
}

/* stage JOB in|out|clean */
static int
cmd_stage(struct tool *t, struct err *err)
{
    struct stage_job j = { .id = t->f[1],
                           .account = t->session.account,
                           .session = t->session.path,
                           .owner = "/CN=x",
                           .job = &t->job };

    return stager_gridcp.start(t->stager, &j, step_of(t->f[2]), err);
}

static int
cmd_stage_cancel(struct tool *t, struct err *err)
{
    (void)err;
    stager_gridcp.cancel(t->stager, t->f[1], step_of(t->f[2]));
    return 0;
}

static int
cmd_load(struct tool *t, struct err *err)
{
    long queued, running;

    (void)err;
    stager_gridcp.load(t->stager, &queued, &running);
    printf("ok queued=%ld running=%ld\n", queued, running);
    return 1;
}

static void
on_done(void *arg, const char *id, enum stage_step step,
        const struct stage_result *result)
{
    struct tool *t = arg;
    struct done *d = xcalloc(1, sizeof(*d));

    memcpy(d->id, id, sizeof(d->id));
    d->step = step;
    d->result = *result;
    pthread_mutex_lock(&t->lock);
    d->next = t->done;
    t->done = d;
    pthread_mutex_unlock(&t->lock);
}

/* Take the result of STEP of ID; false none yet. */
static bool
take_done(struct tool *t, const char *id, enum stage_step step,
          struct stage_result *result)
{
    struct done **at = &t->done, *d;

    pthread_mutex_lock(&t->lock);
    while (*at != NULL && ((*at)->step != step || strcmp((*at)->id, id) != 0))
        at = &(*at)->next;
    d = *at;
    if (d != NULL) {
        *result = d->result;
        *at = d->next;
    }
    pthread_mutex_unlock(&t->lock);
    free(d);
    return d != NULL;
}

/* done JOB in|out|clean [now]: wait for its end; "now": only look. */
static int
cmd_done(struct tool *t, struct err *err)
{
    struct stage_result r;

    (void)err;
    while (!take_done(t, t->f[1], step_of(t->f[2]), &r)) {
        if (strcmp(t->f[3], "now") == 0) {
            puts("ok not yet");
            return 1;
        }
        usleep(20000);
    }
    printf("ok good=%d files=%lld bytes=%lld fault=%s\n", r.ok, r.files,
           r.bytes, r.fault);
    return 1;
}

static int
give_credential(void *arg, const char *owner, const char *id, struct buf *pem,
                struct err *err)
{
    (void)arg;
    if (strcmp(id, "none") == 0)
        return err_set(err, ERR_NOT_FOUND, "no delegation '%s' of '%s'", id,
                       owner);
    buf_addf(pem, "credential %s\n", id);
    return 0;
}

static int
cmd_signal(struct tool *t, struct err *err)
{
    struct runner_status st;
    enum runner_unit unit =
        strcmp(t->f[2], "in") == 0 ? RUNNER_STAGE_IN : RUNNER_STAGE_OUT;

    if (runner_status(t->r, t->f[1], unit, &st, err) < 0)
        return -1;
    printf("ok pid=%d state=%d\n", st.pid, st.state);
    return 1;
}

static const struct toolline_command commands[] = {
    { "register", cmd_register }, { "job", cmd_job },
    { "move", cmd_move },         { "check", cmd_check },
    { "submit", cmd_submit },     { "release", cmd_release },
    { "expect", cmd_expect },     { "poll", cmd_poll },
    { "wait", cmd_wait },         { "find", cmd_find },
    { "cancel", cmd_cancel },     { "suspend", cmd_suspend },
    { "limits", cmd_limits },     { "describe", cmd_describe },
    { "stage", cmd_stage },       { "stagecancel", cmd_stage_cancel },
    { "done", cmd_done },         { "load", cmd_load },
    { "unit", cmd_signal },       { NULL, NULL },
};

static int
open_all(struct tool *t, int argc, char **argv, struct err *err)
{
    struct sched_host sched = { .arg = t };
    struct stage_host stage = { .arg = t,
                                .done = on_done,
                                .credential = give_credential };

    t->conf = conf_create();
    for (int i = 3; i + 1 < argc; i++)
        if (strcmp(argv[i], "-o") == 0 &&
            conf_set(t->conf, argv[i + 1], err) < 0)
            return -1;
    log_open("sched", "stderr", LOG_INFO);
    pthread_mutex_init(&t->lock, NULL);
    job_init(&t->job);
    if (runner_open(&t->r, 3, NULL, NULL, err) < 0)
        return -1;
    sched.conf = stage.conf = t->conf;
    sched.runner = stage.runner = t->r;
    t->sched =
        scheduler_find(conf_word(t->conf, CONF_gatekeeper_schedulers, 0));
    if (t->sched == NULL || t->sched->open(t->sched, &sched, &t->self, err) < 0)
        return -1;
    return stager_gridcp.open(&stage, &t->stager, err);
}

int
main(int argc, char **argv)
{
    struct tool t = { .conf = NULL };
    struct err err = ERR_INIT;
    FILE *script = toolline_open(argc, argv);

    if (script == NULL || open_all(&t, argc, argv, &err) < 0) {
        fprintf(stderr, "sched: %s\n", err.text);
        return 66;
    }
    toolline_run(script, commands, t.f, &t);
    stager_gridcp.close(t.stager);
    t.sched->close(t.self);
    runner_close(t.r);
    job_fini(&t.job);
    free_ids(&t);
    conf_destroy(t.conf);
    return 0;
}
