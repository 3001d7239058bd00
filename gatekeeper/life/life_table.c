/* gatekeeper/life/life_table.c - the tables of all jobs and owners in memory;
 * see life_core.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/life/life_core.h"

_Static_assert(sizeof(struct life_task) <= LIFE_TASK_MAX,
               "a task costs little memory");

struct life_job *
life_table_find(struct life *l, const char *id)
{
    struct table_link *link = table_first(&l->jobs, table_hash(TABLE_HASH, id));
    struct life_job *job = NULL;

    for (; link != NULL; link = table_next(link)) {
        job = TABLE_OF(link, struct life_job, by_id);
        if (strcmp(job->id, id) == 0)
            break;
    }
    return link == NULL ? NULL : job;
}

struct life_job *
life_table_own(struct life *l, const char *owner, const char *id)
{
    struct life_job *job = life_table_find(l, id);

    return job != NULL && !job->wiped && strcmp(job->owner->dn, owner) == 0
               ? job
               : NULL;
}

struct life_owner *
life_table_known(const struct life *l, const char *dn)
{
    struct table_link *link =
        table_first(&l->owners, table_hash(TABLE_HASH, dn));
    struct life_owner *o = NULL;

    for (; link != NULL; link = table_next(link)) {
        o = TABLE_OF(link, struct life_owner, by_dn);
        if (strcmp(o->dn, dn) == 0)
            break;
    }
    return link == NULL ? NULL : o;
}

struct life_owner *
life_table_owner(struct life *l, const char *dn)
{
    struct life_owner *o = life_table_known(l, dn);

    if (o != NULL)
        return o;
    o = xcalloc(1, sizeof(*o));
    o->dn = xstrdup(dn);
    for (size_t i = 0; i < 1 + LIFE_SCHEDS_MAX; i++)
        o->lane[i].tail = &o->lane[i].head;
    table_put(&l->owners, &o->by_dn, table_hash(TABLE_HASH, dn));
    return o;
}

static char *
take(char **from)
{
    char *s = *from;

    *from = NULL;
    return s;
}

static struct life_sched *
sched_named(struct life *l, const char *name)
{
    for (size_t i = 0; i < l->nscheds; i++)
        if (strcmp(l->sched[i].table->name, name) == 0)
            return &l->sched[i];
    return NULL;
}

/* The state of a task without a row in the store, in a job in STATE. */
static enum task_state
state_without_row(enum life_state state)
{
    return state == LIFE_NEW || state == LIFE_STAGEIN || state == LIFE_HELD ||
                   life_state_by_tasks(state)
               ? TASK_READY
               : TASK_CANCELLED;
}

/* Make the tasks of JOB from their rows in J; takes their strings. */
static void
add_tasks(struct life_job *job, struct store_job *j)
{
    enum task_state first = state_without_row(j->state);

    job->ntasks = j->tasks;
    for (uint32_t i = 0; i < job->ntasks; i++) {
        job->task[i].item.job = job;
        job->task[i].state = (uint8_t)first;
        job->task[i].attempt = 1;
    }
    for (size_t i = 0; i < j->ntask; i++) {
        struct store_task *from = &j->task[i];
        struct life_task *task = &job->task[from->index];

        task->state = (uint8_t)from->state;
        task->attempt = (uint16_t)from->attempt;
        task->tried = from->submit_name != NULL;
        task->sched_id = take(&from->sched_id);
        task->fault = take(&from->fault);
        task->hosts = take(&from->hosts);
        task->cancel = from->cancel;
        task->doubt = from->doubt;
        task->exit = from->exit;
    }
    for (uint32_t i = 0; i < job->ntasks; i++)
        job->tally.of[job->task[i].state]++;
}

/* JOB is one unfinished job of its owner more, or less. */
static void
count_unfinished(struct life_job *job, int by)
{
    job->owner->unfinished += by;
    job->owner->tasks += by * (long)job->ntasks;
}

void
life_table_enter(struct life *l, struct life_job *job)
{
    table_put(&l->jobs, &job->by_id, table_hash(TABLE_HASH, job->id));
    job->older = l->newest;
    if (l->newest != NULL)
        l->newest->newer = job;
    else
        l->oldest = job;
    l->newest = job;
    l->by_state[job->state]++;
    job->owner->total++;
    if (!life_state_final((enum life_state)job->state))
        count_unfinished(job, 1);
}

struct life_job *
life_table_make(struct life *l, struct store_job *j)
{
    struct life_job *job =
        xcalloc(1, sizeof(*job) + j->tasks * sizeof(job->task[0]));

    job->item.job = job;
    memcpy(job->id, j->id, sizeof(job->id));
    job->state = (uint8_t)j->state;
    job->outcome = (uint8_t)j->outcome;
    job->failed_state = (uint8_t)j->failed_state;
    job->cancel = j->cancel;
    job->owner = life_table_owner(l, j->owner);
    job->sched = sched_named(l, j->scheduler);
    job->want = take(&j->want);
    job->account = take(&j->account);
    job->session = take(&j->session);
    job->home = take(&j->home);
    job->delegation_id = take(&j->delegation_id);
    job->fault = take(&j->fault);
    memcpy(job->entered_ms, j->entered_ms, sizeof(job->entered_ms));
    add_tasks(job, j);
    return job;
}

struct life_job *
life_table_add(struct life *l, struct store_job *j)
{
    struct life_job *job = life_table_make(l, j);

    life_table_enter(l, job);
    return job;
}

bool
life_table_cancelled(const struct life_task *task)
{
    return task->cancel || task->item.job->cancel;
}

uint32_t
life_table_index(const struct life_task *task)
{
    return (uint32_t)(task - task->item.job->task);
}

void
life_table_submit_name(const struct life_job *job, uint32_t index,
                       unsigned attempt, char name[LIFE_NAME_MAX])
{
    char plain[UUID_TEXT];
    size_t n = 0;

    for (const char *p = job->id; *p != '\0'; p++)
        if (*p != '-')
            plain[n++] = *p;
    plain[n] = '\0';
    /* The first attempt of a single task has the job's name alone. */
    if (job->ntasks == 1 && attempt == 1)
        snprintf(name, LIFE_NAME_MAX, "gk%s", plain);
    else
        snprintf(name, LIFE_NAME_MAX, "gk%s-%u-%u", plain, index, attempt);
}

void
life_table_note(struct life_job *job, const struct job *record)
{
    job->hold = record->hold;
    job->limit = record->task_limit > 0 ? (uint32_t)record->task_limit : 0;
    job->stages_in = record->nstage_in > 0;
    job->stages_out = record->nstage_out > 0;
    job->cleans = record->nclean_up > 0;
    for (size_t i = 0; i < record->nstage_in; i++)
        job->cleans |= record->stage_in[i].delete_after;
    for (size_t i = 0; i < record->nstage_out; i++)
        job->cleans |= record->stage_out[i].delete_after;
}

void
life_table_move(struct life *l, struct life_job *job, enum life_state state,
                long long t_ms)
{
    if (!life_state_final(job->state) && life_state_final(state))
        count_unfinished(job, -1);
    if (life_state_final(job->state) && !life_state_final(state))
        count_unfinished(job, 1);
    l->by_state[job->state]--;
    l->by_state[state]++;
    if (job->state != state || job->entered_ms[state] == 0)
        job->entered_ms[state] = t_ms;
    job->state = (uint8_t)state;
    if (state_without_row(state) == TASK_READY)
        return;
    /* Tasks that have not begun now never will. */
    for (uint32_t i = 0; job->tally.of[TASK_READY] > 0; i++)
        if (job->task[i].state == TASK_READY)
            life_table_move_task(&job->task[i], TASK_CANCELLED);
}

void
life_table_move_task(struct life_task *task, enum task_state state)
{
    struct life_job *job = task->item.job;

    job->tally.of[task->state]--;
    job->tally.of[state]++;
    task->state = (uint8_t)state;
}

void
life_table_free(struct life_job *job)
{
    for (uint32_t i = 0; i < job->ntasks; i++) {
        life_retry_over(&job->task[i].item);
        free(job->task[i].sched_id);
        free(job->task[i].fault);
        free(job->task[i].hosts);
    }
    life_retry_over(&job->item);
    free(job->want);
    free(job->account);
    free(job->session);
    free(job->home);
    free(job->delegation_id);
    free(job->fault);
    free(job->unclean);
    for (size_t i = 0; i < job->nretired; i++)
        free(job->retired[i]);
    free(job->retired);
    free(job);
}

void
life_table_retire(struct life_job *job, char **text)
{
    if (*text == NULL)
        return;
    job->retired =
        xrealloc(job->retired, job->nretired + 1, sizeof(*job->retired));
    job->retired[job->nretired++] = *text;
    *text = NULL;
}

void
life_table_drop(struct life_job *job)
{
    job->wiped = true;
    job->item.todo = 0;
    for (uint32_t i = 0; i < job->ntasks; i++)
        job->task[i].item.todo = 0;
}

void
life_table_remove(struct life *l, struct life_job *job)
{
    table_take(&l->jobs, &job->by_id);
    if (job->newer != NULL)
        job->newer->older = job->older;
    else
        l->newest = job->older;
    if (job->older != NULL)
        job->older->newer = job->newer;
    else
        l->oldest = job->newer;
    l->by_state[job->state]--;
    job->owner->total--;
    if (!life_state_final(job->state))
        count_unfinished(job, -1);
    life_table_free(job);
}

static void
free_owner(struct table_link *link, void *arg)
{
    struct life_owner *o = TABLE_OF(link, struct life_owner, by_dn);

    (void)arg;
    free(o->dn);
    free(o);
}

void
life_table_fini(struct life *l)
{
    while (l->newest != NULL)
        life_table_remove(l, l->newest);
    table_each(&l->owners, free_owner, NULL);
    table_fini(&l->jobs);
    table_fini(&l->owners);
}
