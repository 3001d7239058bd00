/* gatekeeper/life/life_resubmit.c - cancelling and resubmitting single tasks of
 * a job; see life.h. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gatekeeper/life/life_act.h"

/* The tasks that a request is about. */
struct chosen {
    struct life_job *job;
    struct life_task **task;
    size_t n;
    struct life_note *note;
};

/* Whether TASK is over without success: the owner's "failed". */
static bool
has_failed(const struct life_task *task)
{
    return task->state == TASK_FAILED ||
           (task->state == TASK_DONE && task->exit.set && task->exit.code != 0);
}

/* Check that SET names only tasks that JOB has. */
static int
check_range(const struct life_job *job, const struct task_set *set,
            struct err *err)
{
    if (set->n == 0 || set->of[set->n - 1].last < job->ntasks)
        return 0;
    return err_set(err, ERR_USAGE, "job '%s' has %u tasks, and no task %u",
                   job->id, job->ntasks, set->of[set->n - 1].last);
}

/* Choose the tasks in SET of OWNER's job ID that are over, or for a cancel
 * those that are not, and add a mark of EVENT for each to a note.  With the
 * lock. */
static int
choose(struct life *l, const char *owner, const char *id,
       const struct task_set *set, enum life_event event, struct chosen *c,
       struct err *err)
{
    bool over = event == LIFE_EV_RESUBMIT;

    *c = (struct chosen){ .job = life_table_own(l, owner, id) };
    if (c->job == NULL || c->job->sched == NULL)
        return err_set(err, ERR_NOT_FOUND, "no job '%s'", id);
    if (check_range(c->job, set, err) < 0)
        return -1;
    c->task = xcalloc(c->job->ntasks, sizeof(*c->task));
    c->note = life_note_create(id, event, -1);
    for (uint32_t i = 0; i < c->job->ntasks; i++) {
        struct life_task *task = &c->job->task[i];
        bool final = task_state_final((enum task_state)task->state);

        if (set->failed ? !has_failed(task) : !task_set_has(set, i))
            continue;
        if (over && !final)
            return err_set(err, ERR_STATE,
                           "task %u is %s: only what is over is run once more",
                           i, task_state_word((enum task_state)task->state));
        if (final != over)
            continue;
        c->task[c->n++] = task;
        life_note_mark(c->note, task, event, (enum task_state)task->state)
            ->expect = over ? (int8_t)task->state : -1;
    }
    return 0;
}

static void
chosen_fini(struct chosen *c)
{
    if (c->note != NULL)
        life_note_free(c->note);
    free(c->task);
}

/* Check that the tasks of C may be resubmitted in the job's present state.
 * With the lock. */
static int
check_state(const struct life_job *job, struct err *err)
{
    enum life_state state = (enum life_state)job->state;

    if (job->wiping)
        return err_set(err, ERR_NOT_FOUND, "job '%s' is being removed",
                       job->id);
    if (life_state_by_tasks(state) || life_state_final(state)) {
        if (!job->cancel || life_state_final(state))
            return 0;
        return err_set(err, ERR_STATE, "job '%s' is being cancelled", job->id);
    }
    return err_set(err, ERR_STATE, "job '%s' is %s: wait until it is over",
                   job->id, life_state_word(state));
}

/* Check with the scheduler that no task of C that ended in doubt is alive: a
 * task that may be alive is not started again.  Without the lock; the job
 * counts as in a lane. */
static int
prove_ended(struct life *l, const struct chosen *c, struct err *err)
{
    struct life_sched *sched = c->job->sched;
    struct sched_job *jobs = xcalloc(c->n + 1, sizeof(*jobs));
    char(*name)[LIFE_NAME_MAX] = xcalloc(c->n + 1, sizeof(*name));
    struct sched_found *found = NULL;
    size_t n = 0, nfound = 0;
    int rc = 0;

    lock_take(&l->lock);
    for (size_t i = 0; i < c->n; i++)
        if (c->task[i]->doubt) {
            jobs[n] = life_report_sched_job_locked(c->task[i], NULL, name[n]);
            n++;
        }
    lock_release(&l->lock);
    if (n > 0)
        rc = sched->table->find(sched->self, jobs, n, &found, &nfound, err);
    for (size_t i = 0; rc == 0 && i < nfound; i++)
        if (found[i].status.state != SCHED_ENDED &&
            found[i].status.state != SCHED_LOST)
            rc = err_set(err, ERR_STATE,
                         "task %u, attempt %u, was given up in doubt and is "
                         "still at %s as '%s': end it there first",
                         jobs[found[i].of].task, jobs[found[i].of].attempt,
                         sched->table->name, found[i].status.sched_id);
    free(found);
    free(name);
    free(jobs);
    return rc;
}

/* Check that the job's credential is still valid, since it is installed
 * again. */
static int
check_credential(struct life *l, const char *owner, const char *delegation,
                 struct err *err)
{
    struct buf pem = BUF_INIT;
    struct err why = ERR_INIT;
    int rc = 0;

    if (delegation != NULL)
        rc = life_act_credential(l, owner, delegation, &pem, &why);
    buf_wipe(&pem);
    if (rc == 0)
        return 0;
    return err_set(err, why.code == ERR_NOT_FOUND ? ERR_STATE : why.code,
                   "%s: delegate anew under that id first", why.text);
}

int
life_cancel_tasks(struct life *l, const char *owner, const char *id,
                  const struct task_set *set, size_t *n, struct err *err)
{
    struct life_note *note = NULL;
    struct chosen c;
    int rc;

    if (life_view_here(l, owner, id, err) < 0)
        return -1;
    lock_take(&l->lock);
    rc = choose(l, owner, id, set, LIFE_EV_CANCEL, &c, err);
    *n = c.n;
    lock_release(&l->lock);
    if (rc == 0 && c.n > 0) {
        note = c.note;
        c.note = NULL;
    }
    chosen_fini(&c);
    return note != NULL ? life_note_wait(l, note, err) : rc;
}

int
life_resubmit(struct life *l, const char *owner, const char *id,
              const struct task_set *set, size_t *n, struct err *err)
{
    struct chosen c;
    bool held = false;
    int rc;

    if (life_view_here(l, owner, id, err) < 0)
        return -1;
    lock_take(&l->lock);
    rc = choose(l, owner, id, set, LIFE_EV_RESUBMIT, &c, err);
    *n = c.n;
    if (rc == 0 && c.n > 0)
        rc = check_state(c.job, err);
    if (rc == 0 && c.n > 0) {
        c.job->lanes++; /* keeps it in memory */
        held = true;
    }
    lock_release(&l->lock);
    if (held)
        rc = prove_ended(l, &c, err);
    if (held && rc == 0)
        rc = check_credential(l, owner, c.job->delegation_id, err);
    if (held && rc == 0) {
        rc = life_note_wait(l, c.note, err);
        c.note = NULL;
    }
    if (held) {
        lock_take(&l->lock);
        c.job->lanes--;
        lock_release(&l->lock);
    }
    chosen_fini(&c);
    return rc;
}
