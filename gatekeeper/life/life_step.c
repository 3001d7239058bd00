/* gatekeeper/life/life_step.c - see life_step.h. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gatekeeper/life/life_reopen.h"
#include "gatekeeper/life/life_step.h"
#include "gatekeeper/life/life_told.h"

/* ---- the job ---- */

/* How the program of the only task ended, for the journal; NULL. */
static char *
say_ended(struct life_step *s)
{
    const struct store_exit *e;

    if (s->job->ntasks > 1 || s->note->nmarks == 0)
        return NULL;
    e = &s->note->mark[0].exit;
    if (!e->set)
        return NULL;
    if (e->signal != 0)
        snprintf(s->ended, sizeof(s->ended),
                 "its program was ended by signal %d", e->signal);
    else
        snprintf(s->ended, sizeof(s->ended),
                 "its program ended with exit code %d", e->code);
    return s->ended;
}

/* A specific reason for EVENT, if there is one; NULL. */
static char *
reason_of(struct life_step *s, enum life_event event)
{
    if (event == s->note->event && s->note->reason != NULL)
        return s->note->reason;
    if (event == s->note->event && s->note->fault != NULL)
        return s->note->fault;
    return event == LIFE_EV_EXITED ? say_ended(s) : NULL;
}

static void
add_step(struct life_step *s, enum life_state state, enum life_event event,
         long long t_ms)
{
    struct store_change *c = &s->change;

    assert(c->nsteps < STORE_STEPS_MAX);
    c->step[c->nsteps] = (struct store_event){ .task = -1,
                                               .attempt = -1,
                                               .from = (int)s->state,
                                               .to = state,
                                               .event = event,
                                               .t_ms = t_ms,
                                               .reason = reason_of(s, event) };
    memcpy(c->step[c->nsteps++].job, c->id, UUID_TEXT);
    s->state = state;
}

/* Apply what EVENT means for the job, which was in FROM. */
static void
judge_job(struct life_step *s, enum life_event event, enum life_state from)
{
    struct store_change *c = &s->change;
    const char *fault = s->note->fault;

    if (event == LIFE_EV_FAULT) {
        c->outcome = LIFE_FAILED;
        c->failed_state = (int)from;
        c->fault = fault;
    }
    /* A fault after a good end; only the first fault is kept. */
    if (from == LIFE_CLEANUP && c->fault == NULL && fault != NULL &&
        s->job->fault == NULL) {
        c->failed_state = (int)from;
        c->fault = fault;
    }
    if (event == LIFE_EV_CANCEL) {
        c->failed_state = (int)from;
        c->fault = fault;
        c->outcome = LIFE_CANCELLED;
        c->cancel = true;
    }
}

/* Get the event that follows at once if ACTION has no external work; false: it
 * has. */
static bool
follows(const struct life_step *s, enum life_action action,
        enum life_event *event)
{
    const struct life_job *job = s->job;
    int outcome = s->change.outcome >= 0 ? s->change.outcome : job->outcome;

    if (action == LIFE_DO_stage_out && !job->stages_out) {
        *event = LIFE_EV_STAGED;
        return true;
    }
    if (action == LIFE_DO_clean && !job->cleans && !job->credential) {
        *event = outcome == LIFE_DONE     ? LIFE_EV_SUCCEED
                 : outcome == LIFE_FAILED ? LIFE_EV_FAIL
                                          : LIFE_EV_ABORT;
        return true;
    }
    return false;
}

/* Follow life.def from the job's state; the history shows the first step as
 * SAID. false: EVENT is not legal. */
static bool
walk_job(struct life_step *s, enum life_event event, enum life_event said)
{
    bool on = true;

    while (on) {
        enum life_state next;

        if (!life_state_next(s->state, event, &next, &s->action))
            return false;
        judge_job(s, said, s->state);
        add_step(s, next, said, time_now_ms());
        on = follows(s, s->action, &event);
        said = event;
    }
    return true;
}

/* ---- its tasks ---- */

/* If a run's end was seen before its owner's cancel was stored, the cancel
 * comes first: the end counts as the cancel's result. */
static enum life_event
after_cancel(const struct life_task *task, enum life_event event)
{
    bool at_scheduler = task->state == TASK_SUBMITTING ||
                        task_state_submitted((enum task_state)task->state);

    return life_table_cancelled(task) && at_scheduler &&
                   (event == LIFE_EV_FAULT || event == LIFE_EV_EXITED)
               ? LIFE_EV_KILLED
               : event;
}

/* A failure of task INDEX is the job's fault; the first one is kept. */
static void
tell_fault(struct life_step *s, const struct life_mark *mark)
{
    struct store_change *c = &s->change;

    if (c->fault != NULL || s->job->fault != NULL)
        return;
    if (s->job->ntasks > 1) {
        free(s->note->fault);
        s->note->fault = xasprintf("task %u: %s", mark->index,
                                   mark->fault != NULL ? mark->fault : "");
    } else {
        s->note->fault = mark->fault != NULL ? xstrdup(mark->fault) : NULL;
    }
    c->fault = s->note->fault;
    c->failed_state =
        (int)(mark->event == LIFE_EV_EXITED ? LIFE_RUNNING : s->from);
}

/* Change I of the step moves to NEXT by EVENT, and ACTION becomes due. */
static void
move_task(struct life_step *s, size_t i, enum life_event event,
          enum task_state next, enum life_action action)
{
    struct store_task *t = &s->task[i];
    struct life_mark *mark = s->follow[i].mark;

    if (next == TASK_DONE && mark != NULL && mark->fault != NULL)
        next = TASK_FAILED;
    if (next == TASK_FAILED && mark != NULL) {
        t->fault = mark->fault;
        tell_fault(s, mark);
    }
    if (event == LIFE_EV_INTENT) {
        life_table_submit_name(s->job, t->index, t->attempt,
                               s->follow[i].submit_name);
        t->submit_name = s->follow[i].submit_name;
    }
    if (mark != NULL && (event == LIFE_EV_EXITED || event == LIFE_EV_KILLED))
        t->exit = mark->exit;
    if (mark != NULL) {
        t->hosts = mark->hosts;
        t->doubt = mark->doubt;
        t->cancel = event == LIFE_EV_CANCEL;
    }
    if (event == LIFE_EV_RESUBMIT) {
        t->attempt++;
        t->fresh = true;
    }
    life_told_task(s, t, event, next, mark);
    s->tally.of[t->state]--;
    s->tally.of[next]++;
    t->state = next;
    s->follow[i].action = action;
}

/* Apply EVENT to TASK with the data of MARK (or NULL). false: EVENT is not
 * legal. */
static bool
step_task(struct life_step *s, const struct life_task *task,
          enum life_event event, struct life_mark *mark)
{
    enum life_action action;
    enum task_state next;
    size_t i = s->ntasks;

    if (!task_state_next((enum task_state)task->state, event, &next, &action))
        return false;
    s->task[i] = (struct store_task){
        .index = life_table_index(task),
        .attempt = task->attempt,
        .state = (enum task_state)task->state,
        .sched_id = mark != NULL ? mark->sched_id : NULL,
    };
    s->follow[i] = (struct life_follow){ .mark = mark };
    s->ntasks++;
    move_task(s, i, event, next, action);
    return true;
}

/* When an unobserved run began: by the clock of its host, limited to the times
 * that are known here. */
static long long
began(const struct life_step *s, const struct life_mark *mark)
{
    long long now = time_now_ms(), t = mark->exit.started_ms,
              since = s->job->entered_ms[s->job->state];

    if (t <= 0 || t > now)
        return now;
    return t < since ? since : t;
}

/* Set the job's state from its tasks, unless they are all over. */
static void
show(struct life_step *s, enum life_event event, long long t_ms)
{
    enum life_state state;

    if (life_rule_over(&s->tally))
        return;
    state = life_rule_state(s->state, &s->tally);
    if (state != s->state || (event == LIFE_EV_CANCEL && s->change.cancel))
        add_step(s, state, event, t_ms);
}

/* Tasks of the job are resubmitted: keep the fault of the other tasks. false:
 * the job is in a state that does not allow it. */
static bool
reopen(struct life_step *s)
{
    struct store_change *c = &s->change;
    enum life_state next;

    if (s->job->wiping)
        return false;
    if (life_state_final(s->state)) {
        if (!life_state_next(s->state, LIFE_EV_RESUBMIT, &next, &s->action))
            return false;
        add_step(s, next, LIFE_EV_RESUBMIT, time_now_ms());
        for (size_t i = 0; i < s->ntasks; i++)
            s->follow[i].action =
                LIFE_DO_none; /* the job's own action covers it */
    } else if (!life_state_by_tasks(s->state)) {
        return false;
    }
    c->reopen = true;
    s->note->fault = life_reopen_fault(s);
    if (s->note->fault != NULL) {
        c->fault = s->note->fault;
        c->failed_state = LIFE_RUNNING;
    }
    return true;
}

/* Apply the marks of the note that still apply to their tasks. */
static bool
walk_marks(struct life_step *s)
{
    struct life_note *note = s->note;
    long long t_ms = time_now_ms();

    for (size_t i = 0; i < note->nmarks; i++) {
        struct life_mark *mark = &note->mark[i];
        const struct life_task *task = &s->job->task[mark->index];

        if (task->attempt != mark->attempt ||
            (mark->expect >= 0 && mark->expect != task->state))
            continue;
        mark->event = (uint8_t)after_cancel(task, (enum life_event)mark->event);
        if (!step_task(s, task, (enum life_event)mark->event, mark))
            log_event(LOG_WARNING, "job.event.illegal",
                      "job=%s task=%u event=%s state=%s", s->job->id,
                      mark->index,
                      life_event_word((enum life_event)mark->event),
                      task_state_word((enum task_state)task->state));
    }
    if (s->ntasks == 0)
        return false;
    note->event = (enum life_event)s->follow[0].mark->event;
    if (note->event == LIFE_EV_RESUBMIT && !reopen(s))
        return false;
    if (s->follow[0].action == LIFE_DO_end)
        t_ms = began(s, s->follow[0].mark);
    if (life_state_by_tasks(s->state))
        show(s, note->event, t_ms);
    return true;
}

/* Get the event that follows at once for change I; false: it has external
 * work. */
static bool
task_follows(const struct life_step *s, size_t i, enum life_event *event)
{
    const struct life_mark *mark = s->follow[i].mark;

    if (s->follow[i].action == LIFE_DO_end && mark != NULL)
        *event = (enum life_event)mark->event;
    else if (s->follow[i].action == LIFE_DO_intend)
        *event = LIFE_EV_INTENT;
    else
        return false;
    return true;
}

/* Apply the events that follow without external work to the tasks. */
static void
walk_on(struct life_step *s)
{
    enum life_event event = s->note->event;
    bool any = false;

    for (size_t i = 0; i < s->ntasks; i++) {
        enum life_action action;
        enum task_state next;

        if (!task_follows(s, i, &event) ||
            !task_state_next(s->task[i].state, event, &next, &action))
            continue;
        move_task(s, i, event, next, action);
        any = true;
    }
    if (any)
        show(s, event, time_now_ms());
}

/* Apply EVENT to every task for which it is legal. */
static void
walk_all(struct life_step *s, enum life_event event)
{
    for (uint32_t i = 0; i < s->job->ntasks; i++)
        (void)step_task(s, &s->job->task[i], event, NULL);
    show(s, event, time_now_ms());
}

/* ---- both ---- */

/* Apply the job's own event: to the job by life.def, and to its tasks. */
static bool
walk_note(struct life_step *s)
{
    enum life_event event = s->note->event;

    if (event == LIFE_EV_CANCEL && life_state_by_tasks(s->state)) {
        judge_job(s, event, s->state);
        walk_all(s, event);
        return true;
    }
    /* While the tasks determine the job's state, it has no other event. */
    if (event != LIFE_EV_INTENT &&
        (life_state_by_tasks(s->state) || !walk_job(s, event, event)))
        return false;
    if (event == LIFE_EV_INTENT || s->action == LIFE_DO_intend) {
        s->action = LIFE_DO_none;
        walk_all(s, LIFE_EV_INTENT);
    }
    return event != LIFE_EV_INTENT || s->ntasks > 0;
}

/* The record has other limits from now on, which every later hand-over reads; a
 * hand-over that is under way may have read the old ones. */
static bool
walk_limits(struct life_step *s)
{
    bool ends = s->state == LIFE_STAGEOUT || s->state == LIFE_CLEANUP ||
                life_state_final(s->state) || s->job->cancel;

    if (ends || s->tally.of[TASK_SUBMITTING] > 0)
        return false;
    s->change.record = s->note->record;
    add_step(s, s->state, LIFE_EV_LIMITS, time_now_ms());
    return true;
}

/* Apply the tables; false: nothing changes. */
static bool
walk(struct life_step *s)
{
    struct store_change *c = &s->change;
    bool cancel;

    if (s->note->event == LIFE_EV_LIMITS)
        return walk_limits(s);
    if (s->note->nmarks > 0 ? !walk_marks(s) : !walk_note(s))
        return false;
    walk_on(s);
    if (!life_state_by_tasks(s->state) || !life_rule_over(&s->tally))
        return true;
    cancel = s->job->cancel || c->cancel;
    c->outcome = (int)life_rule_outcome(&s->tally, cancel);
    return walk_job(
        s, life_rule_end(s->state, life_rule_cancelled(&s->tally, cancel)),
        s->note->event);
}

/* Whether the note is too late, or its change is already made. */
static bool
is_stale(const struct life_job *job, const struct life_note *note)
{
    return (note->expect >= 0 && note->expect != job->state) ||
           (note->event == LIFE_EV_CANCEL && job->cancel);
}

static void
init(struct life_step *s, struct life_note *note, struct life_job *job)
{
    size_t room = note->nmarks > 0 ? note->nmarks : job->ntasks;

    s->job = job;
    s->from = s->state = (enum life_state)job->state;
    s->tally = job->tally;
    s->task = xcalloc(room, sizeof(*s->task));
    s->follow = xcalloc(room, sizeof(*s->follow));
    s->change = (struct store_change){ .id = job->id,
                                       .outcome = -1,
                                       .failed_state = -1,
                                       .account = note->account,
                                       .session = note->session,
                                       .home = note->home };
}

bool
life_step_prepare(struct life *l, struct life_note *note, struct life_step *s,
                  struct err *why)
{
    struct life_job *job = life_table_find(l, note->id);

    *s = (struct life_step){ .note = note };
    if (job == NULL) {
        err_set(why, ERR_NOT_FOUND, "no job '%s'", note->id);
        return false;
    }
    if (is_stale(job, note))
        return false;
    init(s, note, job);
    if (walk(s)) {
        life_told_rest(s);
        s->change.keep = l->journal_max;
        s->change.task = s->task;
        s->change.ntasks = s->ntasks;
        return true;
    }
    life_step_fini(s);
    if (note->nmarks > 0 && note->wait == NULL)
        return false;
    err_set(why, ERR_STATE, "job '%s' is %s", job->id,
            life_state_word((enum life_state)job->state));
    if (note->wait == NULL)
        log_event(LOG_WARNING, "job.event.illegal", "job=%s event=%s state=%s",
                  job->id, life_event_word(note->event),
                  life_state_word((enum life_state)job->state));
    return false;
}

void
life_step_fini(struct life_step *s)
{
    life_told_fini(s);
    free(s->task);
    free(s->follow);
    s->task = NULL;
    s->follow = NULL;
    s->ntasks = 0;
}

/* ---- after the commit ---- */

static void
take(char **to, char **from)
{
    if (*from == NULL)
        return;
    free(*to);
    *to = *from;
    *from = NULL;
}

static void
log_step(const struct life_step *s)
{
    const struct store_change *c = &s->change;

    for (size_t i = 0; i < c->nsteps; i++)
        log_event(LOG_NOTICE, "job.state", "job=%s event=%s from=%s to=%s",
                  c->id, life_event_word(c->step[i].event),
                  life_state_word((enum life_state)c->step[i].from),
                  life_state_word(c->step[i].to));
    if (c->fault != NULL)
        log_event(LOG_NOTICE, "job.fault", "job=%s state=%s why=%s", c->id,
                  life_state_word((enum life_state)c->failed_state), c->fault);
}

/* The action for the task after all: a cancelled task is not released. */
static enum life_action
unless_cancelled(const struct life_task *task, enum life_action action)
{
    return life_table_cancelled(task) && action == LIFE_DO_release
               ? LIFE_DO_kill
               : action;
}

static void
enact_task(struct life *l, const struct life_step *s, size_t i)
{
    const struct store_task *t = &s->task[i];
    struct life_task *task = &s->job->task[t->index];
    struct life_mark *mark = s->follow[i].mark;

    if (s->job->ntasks > 1)
        log_event(LOG_INFO, "task.state", "job=%s task=%u from=%s to=%s",
                  s->job->id, t->index,
                  task_state_word((enum task_state)task->state),
                  task_state_word(t->state));
    if (t->fresh)
        life_reopen_task(task, t->attempt);
    task->cancel |= t->cancel;
    task->doubt |= t->doubt;
    if (t->exit.set)
        task->exit = t->exit;
    if (mark != NULL)
        take(&task->sched_id, &mark->sched_id);
    if (mark != NULL && task->fault == NULL)
        take(&task->fault, &mark->fault);
    if (mark != NULL)
        take(&task->hosts, &mark->hosts);
    life_retry_over(&task->item);
    life_table_move_task(task, t->state);
    life_lane_push(l, &task->item, unless_cancelled(task, s->follow[i].action));
}

void
life_step_enact(struct life *l, struct life_step *s)
{
    struct store_change *c = &s->change;
    struct life_job *job = s->job;
    const struct store_event *e;

    log_step(s);
    if (c->reopen)
        life_reopen_job(job);
    if (c->outcome >= 0)
        job->outcome = (uint8_t)c->outcome;
    if (c->failed_state >= 0 && job->fault == NULL)
        job->failed_state = (uint8_t)c->failed_state;
    job->cancel |= c->cancel;
    take(&job->account, &s->note->account);
    take(&job->session, &s->note->session);
    take(&job->home, &s->note->home);
    if (job->fault == NULL)
        take(&job->fault, &s->note->fault);
    if (c->nsteps > 0)
        life_retry_over(&job->item);
    for (size_t i = 0; i < s->ntasks; i++)
        enact_task(l, s, i);
    for (size_t i = 0; i < c->nsteps; i++)
        life_table_move(l, job, c->step[i].to, c->step[i].t_ms);
    life_lane_push_job(l, job, s->action);
    for (size_t i = 0; (e = store_change_event(c, i)) != NULL; i++)
        journal_append(l->journal, e);
}
