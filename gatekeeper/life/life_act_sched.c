/* gatekeeper/life/life_act_sched.c - the table's actions at a scheduler:
 * exactly one start, watched until its end. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/life/life_act.h"

#define RELEASE_AGAIN_MS 500
#define KILL_MORE_MS     10000 /* beyond the grace */

static struct sched_job
sched_job(const struct life_job *job, const struct job *record)
{
    return (struct sched_job){
        .id = job->id,
        .submit_name = job->submit_name != NULL ? job->submit_name : "",
        .account = job->account != NULL ? job->account : "",
        .session = job->session != NULL ? job->session : "",
        .sched_id = job->sched_id != NULL ? job->sched_id : "",
        .job = record,
        .credential = job->credential,
        .started = job->state == LIFE_RUNNING || job->state == LIFE_SUSPENDED,
        .force = life_retry_count(job, LIFE_DO_kill) > 0,
    };
}

/* All but KEEP of what exists under the job's name must go: it is held, or a
 * second copy that our own marker keeps from running. */
static void
cancel_found(struct life_sched *sched, const struct life_job *job,
             const struct sched_status *found, int n, int keep)
{
    for (int i = 0; i < n; i++) {
        struct sched_job other = sched_job(job, NULL);
        struct err err = ERR_INIT;

        if (i == keep || found[i].state == SCHED_ENDED ||
            found[i].state == SCHED_LOST)
            continue;
        other.sched_id = found[i].sched_id;
        log_event(LOG_NOTICE, "job.duplicate", "job=%s id=%s", job->id,
                  other.sched_id);
        if (sched->table->cancel(sched->self, &other, 1, &err) < 0)
            log_event(LOG_WARNING, "job.duplicate.fail", "job=%s why=%s",
                      job->id, err.text);
    }
}

/* Look for what an earlier attempt may have left under the name.  1: SCHED_ID
 * is adopted; 0: there is nothing; -1 with ERR: not known. */
static int
adopt(struct life_sched *sched, const struct life_job *job, bool cancel,
      char sched_id[SCHED_ID_MAX], struct err *err)
{
    struct sched_status found[8];
    struct sched_job s = sched_job(job, NULL);
    int n = sched->table->find(sched->self, &s, found, 8, err), keep = -1;

    if (n < 0)
        return -1;
    if (n > 8)
        n = 8;
    /* One that runs or ran is the job; else any held one will do. */
    for (int i = 0; i < n && !cancel; i++)
        if (keep < 0 || found[keep].state == SCHED_HELD)
            keep = i;
    cancel_found(sched, job, found, n, keep);
    if (keep < 0)
        return 0;
    memcpy(sched_id, found[keep].sched_id, SCHED_ID_MAX);
    log_event(LOG_NOTICE, "job.adopt", "job=%s id=%s", job->id, sched_id);
    return 1;
}

static void
post_submitted(struct life *l, const struct life_job *job, const char *sched_id)
{
    struct life_note *note =
        life_note_create(job->id, LIFE_EV_SUBMITTED, LIFE_SUBMITTING);

    test_point("gk.submit");
    note->sched_id = xstrdup(sched_id);
    life_note_post(l, note);
}

static int
submit(struct life *l, struct life_job *job, char sched_id[SCHED_ID_MAX],
       struct err *err)
{
    struct sched_job s;
    struct job record;
    int rc;

    if (life_record_load(l, job, &record, err) < 0)
        return -1;
    s = sched_job(job, &record);
    rc = job->sched->table->submit(job->sched->self, &s, sched_id, err);
    job_fini(&record);
    return rc;
}

void
life_act_submit(struct life *l, struct life_job *job)
{
    char sched_id[SCHED_ID_MAX] = "";
    struct err err = ERR_INIT;
    bool tried, cancel;
    int rc = 0;

    if (!life_act_still(l, job, LIFE_SUBMITTING))
        return;
    pthread_mutex_lock(&l->lock);
    tried = job->tried;
    cancel = job->cancel;
    job->tried = true;
    pthread_mutex_unlock(&l->lock);
    test_point("gk.intent");
    if (tried)
        rc = adopt(job->sched, job, cancel, sched_id, &err);
    if (rc == 0 && cancel) {
        life_act_post(l, job, LIFE_EV_KILLED, LIFE_SUBMITTING);
        return;
    }
    if (rc == 0)
        rc = submit(l, job, sched_id, &err);
    if (rc >= 0)
        post_submitted(l, job, sched_id);
    else
        life_act_failed(l, job, LIFE_DO_submit, LIFE_SUBMITTING, &err);
}

/* Those of JOBS that ACTION still concerns; cancelled ones to *killed. */
static size_t
sift(struct life *l, enum life_action action, struct life_job **jobs, size_t n)
{
    size_t m = 0;

    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < n; i++) {
        const struct life_job *job = jobs[i];
        bool live = job->state == LIFE_PENDING || job->state == LIFE_RUNNING ||
                    job->state == LIFE_SUSPENDED;

        if (l->stop || job->in_batch)
            live = live && !l->stop && action == LIFE_DO_kill;
        if (action == LIFE_DO_release
                ? job->state == LIFE_PENDING && !job->cancel
            : action == LIFE_DO_kill ? live && job->cancel
                                     : live)
            jobs[m++] = jobs[i];
    }
    pthread_mutex_unlock(&l->lock);
    return m;
}

void
life_act_release(struct life *l, struct life_job **jobs, size_t n)
{
    struct life_sched *sched = jobs[0]->sched;
    struct sched_job s[LIFE_BATCH];
    struct err errs[LIFE_BATCH], err = ERR_INIT;
    int rc;

    n = sift(l, LIFE_DO_release, jobs, n);
    if (n == 0)
        return;
    test_point("gk.commit");
    for (size_t i = 0; i < n; i++) {
        s[i] = sched_job(jobs[i], NULL);
        errs[i] = (struct err)ERR_INIT;
    }
    rc = sched->table->release(sched->self, s, n, errs, &err);
    test_point("gk.release");
    for (size_t i = 0; i < n; i++) {
        if (rc < 0 || errs[i].code != ERR_OK)
            life_act_failed(l, jobs[i], LIFE_DO_release, LIFE_PENDING,
                            rc < 0 ? &err : &errs[i]);
    }
    /* A short job may be over already. */
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < n && sched->table->poll_by_owner; i++)
        life_lane_push(l, jobs[i], LIFE_DO_watch);
    pthread_mutex_unlock(&l->lock);
}

static enum life_state
state_of(struct life *l, const struct life_job *job)
{
    enum life_state state;

    pthread_mutex_lock(&l->lock);
    state = (enum life_state)job->state;
    pthread_mutex_unlock(&l->lock);
    return state;
}

/* How long what was told to end may live. */
static long long
kill_wait_ms(const struct life *l)
{
    return conf_num(l->conf, CONF_gatekeeper_kill_grace) * 1000 + KILL_MORE_MS;
}

void
life_act_kill(struct life *l, struct life_job **jobs, size_t n)
{
    struct life_sched *sched = jobs[0]->sched;
    struct sched_job s[LIFE_BATCH];
    struct err err = ERR_INIT;

    n = sift(l, LIFE_DO_kill, jobs, n);
    if (n == 0)
        return;
    test_point("gk.kill");
    for (size_t i = 0; i < n; i++)
        s[i] = sched_job(jobs[i], NULL);
    if (sched->table->cancel(sched->self, s, n, &err) == 0) {
        pthread_mutex_lock(&l->lock);
        for (size_t i = 0; i < n; i++) {
            jobs[i]->kill_again_ms = time_mono_ms() + kill_wait_ms(l);
            if (sched->table->poll_by_owner)
                life_lane_push(l, jobs[i], LIFE_DO_watch);
        }
        pthread_mutex_unlock(&l->lock);
        return;
    }
    for (size_t i = 0; i < n; i++)
        life_act_failed(l, jobs[i], LIFE_DO_kill, state_of(l, jobs[i]), &err);
}

void
life_act_end(struct life_job *job)
{
    struct sched_job s = sched_job(job, NULL);
    struct err err = ERR_INIT;

    s.force = true;
    if (job->sched != NULL &&
        job->sched->table->cancel(job->sched->self, &s, 1, &err) < 0)
        log_event(LOG_WARNING, "job.end.fail", "job=%s why=%s", job->id,
                  err.text);
}

/* ---- polling ---- */

static struct store_exit
exit_of(const struct sched_status *st)
{
    return (struct store_exit){
        .set = st->state == SCHED_ENDED,
        .code = st->exit.code,
        .signal = st->exit.signal,
        .started_ms = st->exit.started_ms,
        .ended_ms = st->exit.ended_ms,
        .user_ms = st->exit.user_ms,
        .system_ms = st->exit.system_ms,
        .maxrss = st->exit.maxrss,
    };
}

/* JOB is over. */
static void
post_end(struct life *l, const struct life_job *job, bool cancel,
         enum life_state state, const struct sched_status *st)
{
    enum life_event event = cancel                    ? LIFE_EV_KILLED
                            : st->state == SCHED_LOST ? LIFE_EV_FAULT
                                                      : LIFE_EV_EXITED;
    struct life_note *note = life_note_create(job->id, event, (int)state);

    test_point("gk.exit");
    note->exit = exit_of(st);
    if (st->exit.fault[0] != '\0' && !cancel)
        note->fault = xstrdup(st->exit.fault);
    else if (st->state == SCHED_LOST && !cancel)
        note->fault = xstrdup("the job was lost: it has no exit record");
    else if (st->exit.signal != 0 && !cancel)
        note->fault = xasprintf("ended by signal %d (%s)", st->exit.signal,
                                strsignal(st->exit.signal));
    life_note_post(l, note);
}

/* The state of JOB is not known, because of TEXT. */
static void
not_known(struct life *l, struct life_job *job, const char *text)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_TIMEOUT, "the job's state cannot be learned: %s",
            text[0] != '\0' ? text : "the scheduler does not know it");
    life_act_failed(l, job, LIFE_DO_watch, state_of(l, job), &err);
}

/* JOB was told to end a while ago, and lives: tell it harder. */
static void
insist(struct life *l, struct life_job *job, enum life_state state)
{
    struct err err = ERR_INIT;
    bool in_vain;

    pthread_mutex_lock(&l->lock);
    in_vain = job->kill_again_ms > 0 && time_mono_ms() >= job->kill_again_ms;
    if (in_vain)
        job->kill_again_ms = 0;
    pthread_mutex_unlock(&l->lock);
    if (!in_vain)
        return;
    err_set(&err, ERR_TIMEOUT, "the job was told to end and has not ended");
    life_act_failed(l, job, LIFE_DO_kill, state, &err);
}

static void
judge(struct life *l, struct life_job *job, const struct sched_status *st)
{
    bool over = st->state == SCHED_ENDED || st->state == SCHED_LOST;
    enum life_state state;
    bool cancel;

    pthread_mutex_lock(&l->lock);
    state = (enum life_state)job->state;
    cancel = job->cancel;
    if (!over && st->state != SCHED_UNKNOWN)
        life_retry_say(job, st->exit.fault);
    pthread_mutex_unlock(&l->lock);
    if (cancel && !over)
        insist(l, job, state);
    if (st->state == SCHED_UNKNOWN)
        not_known(l, job, st->exit.fault);
    if (st->state == SCHED_HELD && state == LIFE_PENDING && !cancel) {
        pthread_mutex_lock(&l->lock);
        life_lane_later(l, job, LIFE_DO_release, RELEASE_AGAIN_MS);
        pthread_mutex_unlock(&l->lock);
    } else if (over)
        post_end(l, job, cancel, state, st);
    else if (st->state == SCHED_FORGOTTEN)
        life_act_post(l, job, cancel ? LIFE_EV_KILLED : LIFE_EV_FORGOTTEN,
                      state);
    else if (st->state == SCHED_RUNNING && state != LIFE_RUNNING)
        life_act_post(l, job, LIFE_EV_STARTED, state);
    else if (st->state == SCHED_SUSPENDED && state != LIFE_SUSPENDED)
        life_act_post(l, job, LIFE_EV_STOPPED, state);
}

void
life_act_poll(struct life *l, struct life_sched *sched, struct life_job **jobs,
              size_t n)
{
    struct sched_status *status;
    struct sched_job *s;
    struct err err = ERR_INIT;
    int rc;

    n = sift(l, LIFE_DO_watch, jobs, n);
    if (n == 0)
        return;
    status = xcalloc(n, sizeof(*status));
    s = xcalloc(n, sizeof(*s));
    for (size_t i = 0; i < n; i++)
        s[i] = sched_job(jobs[i], NULL);
    rc = sched->table->poll(sched->self, s, n, status, &err);
    if (rc < 0)
        log_event(LOG_WARNING, "sched.poll.fail", "scheduler=%s why=%s",
                  sched->table->name, err.text);
    for (size_t i = 0; i < n; i++)
        if (rc < 0)
            not_known(l, jobs[i], err.text);
        else
            judge(l, jobs[i], &status[i]);
    free(status);
    free(s);
}

/* ---- the end ---- */

void
life_act_finish(struct life *l, struct life_job *job)
{
    struct sched_job s = sched_job(job, NULL);

    (void)l;
    if (job->sched_id != NULL && job->sched->table->forget != NULL)
        job->sched->table->forget(job->sched->self, &s);
}
