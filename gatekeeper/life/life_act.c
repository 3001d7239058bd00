/* gatekeeper/life/life_act.c - the external work of the actions in life.def;
 * each checks the job's state first and may be repeated at any time. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/life/life_act.h"

/* Where runner_install() puts the credential. */
#define PROXY_PATH ".gatehouse/proxy"

bool
life_act_still(struct life *l, const struct life_job *job,
               enum life_state state)
{
    bool same;

    lock_take(&l->lock);
    same = job->state == state && !job->wiped && life_fence_open(l);
    lock_release(&l->lock);
    return same;
}

void
life_act_post(struct life *l, const struct life_job *job, enum life_event event,
              enum life_state expect)
{
    life_note_post(l, life_note_create(job->id, event, (int)expect));
}

/* JOB cannot continue, because of ERR. */
static void
post_fault(struct life *l, const struct life_job *job, enum life_state expect,
           const struct err *err)
{
    struct life_note *note =
        life_note_create(job->id, LIFE_EV_FAULT, (int)expect);

    note->fault = xstrdup(err->text);
    life_note_post(l, note);
}

static enum life_event
end_event(const struct life_job *job)
{
    return job->outcome == LIFE_DONE     ? LIFE_EV_SUCCEED
           : job->outcome == LIFE_FAILED ? LIFE_EV_FAIL
                                         : LIFE_EV_ABORT;
}

/* WHY says what of JOB could not be removed.  With the lock held. */
static void
note_unclean(struct life_job *job, const char *why)
{
    log_event(LOG_WARNING, "job.clean.fail", "job=%s why=%s", job->id, why);
    if (job->unclean == NULL)
        job->unclean = xstrdup(why);
}

/* JOB is cleaned up: it ends with its outcome.  Files that could not be removed
 * do not change the outcome; they are reported. */
static void
post_outcome(struct life *l, struct life_job *job)
{
    struct life_note *note =
        life_note_create(job->id, end_event(job), LIFE_CLEANUP);

    lock_take(&l->lock);
    if (job->unclean != NULL)
        note->fault = xasprintf("not cleaned up: %s", job->unclean);
    lock_release(&l->lock);
    life_note_post(l, note);
}

static void forget(struct life *l, struct life_job *job);

/* ACTION cannot be done: take its way out. */
static void
give_up(struct life *l, struct life_job *job, enum life_action action,
        enum life_state expect, const struct err *err)
{
    struct err why = *err;

    switch (life_state_way_out(action)) {
    case LIFE_OUT_none:
    case LIFE_OUT_KILLED: /* only tasks have it */
        break;
    case LIFE_OUT_FAULT:
        if (err_transient(err->code))
            err_wrap(&why, "given up after %u tries",
                     life_retry_count(&job->item, action));
        post_fault(l, job, expect, &why);
        break;
    case LIFE_OUT_outcome:
        lock_take(&l->lock);
        note_unclean(job, err->text);
        lock_release(&l->lock);
        post_outcome(l, job);
        break;
    case LIFE_OUT_forget:
        log_event(LOG_ERR, "job.wipe.fail", "job=%s session=%s why=%s", job->id,
                  job->session != NULL ? job->session : "", err->text);
        forget(l, job);
        break;
    }
}

void
life_act_failed(struct life *l, struct life_job *job, enum life_action action,
                enum life_state expect, const struct err *err)
{
    bool again = false;

    lock_take(&l->lock);
    /* Wiping is retried after any failure. */
    if (err_transient(err->code) || action == LIFE_DO_wipe)
        again = !life_fence_open(l) || life_retry(l, &job->item, action, err);
    lock_release(&l->lock);
    if (!again)
        give_up(l, job, action, expect, err);
}

static struct stage_job
stage_job(const struct life_job *job, const struct job *record)
{
    return (struct stage_job){
        .id = job->id,
        .account = job->account,
        .session = job->session,
        .owner = job->owner->dn,
        .job = record,
        .credential = job->credential,
        .failed = job->outcome != LIFE_DONE,
    };
}

/* ---- runner ---- */

int
life_act_credential(void *arg, const char *owner, const char *id,
                    struct buf *pem, struct err *err)
{
    struct life *l = arg;
    struct store_delegation d;

    if (l->store->get_delegation(l->store_self, owner, id, &d, err) < 0)
        return -1;
    if (d.credential == NULL)
        err_set(err, ERR_NOT_FOUND,
                "delegation '%s' was begun and never completed", id);
    else if (d.expires < time_now_ms() / 1000)
        err_set(err, ERR_NOT_FOUND, "the delegated credential '%s' has expired",
                id);
    else
        buf_adds(pem, d.credential);
    store_delegation_fini(&d);
    return pem->len > 0 ? 0 : -1;
}

/* Install the job's credential in its session. */
static int
install(struct life *l, struct life_job *job, struct err *err)
{
    struct buf pem = BUF_INIT;
    int fd = -1, rc = -1;

    if (job->delegation_id == NULL)
        return 0;
    if (life_act_credential(l, job->owner->dn, job->delegation_id, &pem, err) <
        0)
        goto out;
    fd = memfd_create("credential", MFD_CLOEXEC);
    if (fd < 0 || fs_write_all(fd, pem.data, pem.len) < 0 ||
        lseek(fd, 0, SEEK_SET) < 0) {
        err_set(err, ERR_IO, "cannot pass on the credential");
        goto out;
    }
    rc = runner_install(l->runner, job->id, fd, err);
    if (rc == 0) {
        lock_take(&l->lock);
        job->credential = true;
        lock_release(&l->lock);
    }
out:
    if (fd >= 0)
        close(fd);
    buf_wipe(&pem);
    return rc;
}

/* JOB has its session, or G says why not. */
static void
prepared(struct life *l, struct life_job *job, struct runner_registration *g)
{
    struct life_note *note;

    if (g->err.code != ERR_OK || install(l, job, &g->err) < 0) {
        life_act_failed(l, job, LIFE_DO_prepare, LIFE_NEW, &g->err);
        return;
    }
    note = life_note_create(job->id,
                            job->stages_in ? LIFE_EV_STAGE
                            : job->hold    ? LIFE_EV_HOLD
                                           : LIFE_EV_GO,
                            LIFE_NEW);
    note->account = xstrdup(g->session.account);
    note->session = xstrdup(g->session.path);
    note->home = xstrdup(g->session.home);
    life_note_post(l, note);
}

/* Register those of JOBS that are still NEW, in one batch. */
static void
do_prepare(struct life *l, struct life_job **jobs, size_t n)
{
    struct runner_registration *list = xcalloc(n, sizeof(*list));
    size_t m = 0;

    for (size_t i = 0; i < n; i++) {
        if (!life_act_still(l, jobs[i], LIFE_NEW))
            continue;
        test_point("gk.prepare");
        jobs[m] = jobs[i];
        list[m++] = (struct runner_registration){ .job = jobs[i]->id,
                                                  .dn = jobs[i]->owner->dn,
                                                  .want = jobs[i]->want };
    }
    runner_register_many(l->runner, list, m);
    for (size_t i = 0; i < m; i++)
        prepared(l, jobs[i], &list[i]);
    free(list);
}

static void
do_install(struct life *l, struct life_job *job)
{
    struct err err = ERR_INIT;

    if (install(l, job, &err) < 0)
        log_event(LOG_WARNING, "job.credential.fail", "job=%s why=%s", job->id,
                  err.text);
    else
        log_event(LOG_INFO, "job.credential", "job=%s delegation=%s", job->id,
                  job->delegation_id);
}

/* ---- staging ---- */

static void
do_stage(struct life *l, struct life_job *job, enum life_state state,
         enum life_action action, enum stage_step step)
{
    struct err err = ERR_INIT;
    struct stage_job s;
    struct job record;

    if (!life_act_still(l, job, state))
        return;
    if (life_record_load(l, job, &record, &err) < 0) {
        life_act_failed(l, job, action, state, &err);
        return;
    }
    s = stage_job(job, &record);
    if (l->stager->start(l->stager_self, &s, step, &err) < 0)
        life_act_failed(l, job, action, state, &err);
    job_fini(&record);
    test_point(step == STAGE_IN ? "gk.stagein" : "gk.stageout");
}

/* Clean up; only this still needs the credential. */
static void
clean_up(struct life *l, struct life_job *job)
{
    struct err err = ERR_INIT;

    test_point("gk.clean");
    if (job->credential &&
        runner_remove(l->runner, job->id, PROXY_PATH, &err) < 0 &&
        err.code != ERR_NOT_FOUND) {
        life_act_failed(l, job, LIFE_DO_clean, LIFE_CLEANUP, &err);
        return;
    }
    post_outcome(l, job);
}

void
life_act_waits(void *arg, const char *id, const char *why)
{
    struct life *l = arg;
    struct life_job *job;

    lock_take(&l->lock);
    job = life_table_find(l, id);
    if (job != NULL)
        life_retry_say(&job->item, why != NULL ? why : "");
    lock_release(&l->lock);
}

void
life_act_staged(void *arg, const char *id, enum stage_step step,
                const struct stage_result *result)
{
    struct life *l = arg;
    static const enum life_state states[] = { [STAGE_IN] = LIFE_STAGEIN,
                                              [STAGE_OUT] = LIFE_STAGEOUT,
                                              [STAGE_CLEAN] = LIFE_CLEANUP };
    enum life_event event = LIFE_EV_STAGED;
    struct life_note *note;
    struct life_job *job;
    bool hold = false;

    log_event(LOG_INFO, "job.staged", "job=%s step=%d ok=%d bytes=%lld", id,
              (int)step, (int)result->ok, result->bytes);
    test_point(step == STAGE_IN    ? "gk.stagein.done"
               : step == STAGE_OUT ? "gk.stageout.done"
                                   : "gk.cleaned");
    lock_take(&l->lock);
    job = life_table_find(l, id);
    if (job != NULL) {
        hold = job->hold;
        if (step == STAGE_CLEAN) {
            if (!result->ok)
                note_unclean(job, result->fault);
            job->cleans = false;
            life_lane_push(l, &job->item, LIFE_DO_clean);
        }
    }
    lock_release(&l->lock);
    if (job == NULL || step == STAGE_CLEAN)
        return;
    if (!result->ok)
        event = LIFE_EV_FAULT;
    else if (step == STAGE_IN)
        event = hold ? LIFE_EV_HOLD : LIFE_EV_GO;
    note = life_note_create(id, event, (int)states[step]);
    if (!result->ok)
        note->fault = xstrdup(result->fault);
    life_note_post(l, note);
}

static void
do_clean(struct life *l, struct life_job *job)
{
    if (!life_act_still(l, job, LIFE_CLEANUP))
        return;
    l->stager->cancel(l->stager_self, job->id, STAGE_IN);
    l->stager->cancel(l->stager_self, job->id, STAGE_OUT);
    if (job->cleans && job->account != NULL)
        do_stage(l, job, LIFE_CLEANUP, LIFE_DO_clean, STAGE_CLEAN);
    else
        clean_up(l, job);
}

/* ---- the end ---- */

static int
remove_stored(struct life *l, struct life_job *job, struct err *err)
{
    const char *id = job->id;

    if (l->store->remove(l->store_self, &id, 1, err) < 0)
        return -1;
    lock_take(&l->lock);
    life_table_drop(job);
    lock_release(&l->lock);
    return 0;
}

/* Whether JOB may be removed: it was not reopened, and from now on cannot
 * be. */
static bool
begin_wipe(struct life *l, struct life_job *job)
{
    lock_take(&l->lock);
    job->wiping =
        life_state_final((enum life_state)job->state) && life_fence_open(l);
    lock_release(&l->lock);
    return job->wiping;
}

static void
do_wipe(struct life *l, struct life_job *job)
{
    const char *id = job->id;
    struct err err = ERR_INIT;

    if (!begin_wipe(l, job))
        return;
    if (runner_wipe(l->runner, id, false, &err) == 0 &&
        remove_stored(l, job, &err) == 0)
        log_event(LOG_NOTICE, "job.wipe", "job=%s", id);
    else
        life_act_failed(l, job, LIFE_DO_wipe, (enum life_state)job->state,
                        &err);
}

/* Remove the job but leave the rest of its session. */
static void
forget(struct life *l, struct life_job *job)
{
    struct err err = ERR_INIT;

    (void)runner_wipe(l->runner, job->id, true, NULL);
    if (remove_stored(l, job, &err) < 0)
        log_event(LOG_ERR, "store.fail", "job=%s why=%s", job->id, err.text);
}

typedef void act_fn(struct life *l, struct life_job *job);

static void
do_stage_in(struct life *l, struct life_job *job)
{
    do_stage(l, job, LIFE_STAGEIN, LIFE_DO_stage_in, STAGE_IN);
}

static void
do_stage_out(struct life *l, struct life_job *job)
{
    if (job->stages_out)
        do_stage(l, job, LIFE_STAGEOUT, LIFE_DO_stage_out, STAGE_OUT);
    else
        life_act_post(l, job, LIFE_EV_STAGED, LIFE_STAGEOUT);
}

/* JOB, which is Ready, cannot continue because of ERR: fail all its Ready
 * tasks. */
static void
fault_ready(struct life *l, struct life_job *job, const struct err *err)
{
    struct life_note *note = life_note_create(job->id, LIFE_EV_FAULT, -1);

    lock_take(&l->lock);
    for (uint32_t i = 0; i < job->ntasks; i++)
        if (job->task[i].state == TASK_READY)
            life_note_mark(note, &job->task[i], LIFE_EV_FAULT, TASK_READY)
                ->fault = xstrdup(err->text);
    lock_release(&l->lock);
    life_note_post(l, note);
}

/* Load again what JOB's record asks for; it is dropped when a job ends. */
static int
remember(struct life *l, struct life_job *job, struct err *err)
{
    struct job record;

    if (life_record_load(l, job, &record, err) < 0)
        return -1;
    lock_take(&l->lock);
    life_table_note(job, &record);
    lock_release(&l->lock);
    job_fini(&record);
    return 0;
}

/* A job in READY, after a restart or a resubmission: install its credential
 * again, which was removed at its end. */
static void
do_intend(struct life *l, struct life_job *job)
{
    struct err err = ERR_INIT;

    if (!life_act_still(l, job, LIFE_READY))
        return;
    if (remember(l, job, &err) < 0 || install(l, job, &err) < 0) {
        bool again = false;

        lock_take(&l->lock);
        if (err_transient(err.code))
            again = !life_fence_open(l) ||
                    life_retry(l, &job->item, LIFE_DO_intend, &err);
        lock_release(&l->lock);
        if (!again)
            fault_ready(l, job, &err);
        return;
    }
    life_act_post(l, job, LIFE_EV_INTENT, LIFE_READY);
}

/* The actions of a job. */
static void
act_jobs(struct life *l, enum life_action action, struct life_job **jobs,
         size_t n)
{
    static act_fn *const rows[LIFE_ACTIONS] = {
        [LIFE_DO_stage_in] = do_stage_in,   [LIFE_DO_intend] = do_intend,
        [LIFE_DO_stage_out] = do_stage_out, [LIFE_DO_clean] = do_clean,
        [LIFE_DO_install] = do_install,     [LIFE_DO_wipe] = do_wipe,
    };

    if (action == LIFE_DO_prepare)
        do_prepare(l, jobs, n);
    else
        for (size_t i = 0; i < n; i++)
            rows[action](l, jobs[i]);
}

/* The actions of a task. */
static void
act_tasks(struct life *l, enum life_action action, struct life_task **tasks,
          size_t n)
{
    if (action == LIFE_DO_submit)
        life_act_submit(l, tasks, n);
    else if (action == LIFE_DO_release)
        life_act_release(l, tasks, n);
    else if (action == LIFE_DO_watch &&
             tasks[0]->item.job->sched->table->poll_by_owner)
        /* Other schedulers are asked for all owners at once, at the next
         * poll. */
        life_act_poll(l, tasks[0]->item.job->sched, tasks, n);
    else if (action == LIFE_DO_kill)
        life_act_kill(l, tasks, n);
    else if (action == LIFE_DO_finish)
        life_act_finish(tasks, n);
}

void
life_act(struct life *l, enum life_action action, struct life_item **items,
         size_t n)
{
    struct life_job **jobs = NULL;
    struct life_task **tasks = NULL;

    if (items[0] == &items[0]->job->item) {
        jobs = xcalloc(n, sizeof(jobs[0]));
        for (size_t i = 0; i < n; i++)
            jobs[i] = items[i]->job;
        act_jobs(l, action, jobs, n);
    } else {
        tasks = xcalloc(n, sizeof(tasks[0]));
        for (size_t i = 0; i < n; i++)
            tasks[i] = (struct life_task *)items[i];
        act_tasks(l, action, tasks, n);
    }
    free(jobs);
    free(tasks);
}
