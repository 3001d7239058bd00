/* gatekeeper/accounting/usage_record.c - see usage_record.h. */
#include "gatekeeper/accounting/usage_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "gatekeeper/life/life_state.h"

#define URF_NS "http://schema.ogf.org/urf/2003/09/urf"

/* Sums over the tasks of a job; 0: nothing is known. */
struct usage {
    long long wall_ms, user_ms, system_ms, maxrss;
    long long started_ms; /* the first */
};

static long long
positive(long long n)
{
    return n > 0 ? n : 0;
}

static struct usage
sum(const struct store_job *job)
{
    struct usage u = { .wall_ms = 0 };

    for (size_t i = 0; i < job->ntask; i++) {
        const struct store_exit *e = &job->task[i].exit;

        if (!e->set)
            continue;
        u.user_ms += positive(e->user_ms);
        u.system_ms += positive(e->system_ms);
        if (e->maxrss > u.maxrss)
            u.maxrss = e->maxrss;
        if (e->started_ms <= 0)
            continue;
        u.wall_ms += positive(e->ended_ms - e->started_ms);
        if (u.started_ms == 0 || e->started_ms < u.started_ms)
            u.started_ms = e->started_ms;
    }
    return u;
}

/* <NAME ATTRS>VALUE</NAME>; nothing where VALUE is NULL or empty. */
static void
put(struct buf *out, const char *name, const char *attrs, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    buf_addf(out, "  <%s%s>", name, attrs);
    buf_add_xml(out, value);
    buf_addf(out, "</%s>\n", name);
}

static void
put_time(struct buf *out, const char *name, const char *attrs, long long ms)
{
    char text[TIME_TEXT];

    if (ms > 0)
        put(out, name, attrs, time_utc_ms(ms, text));
}

static void
put_duration(struct buf *out, const char *name, const char *attrs, long long ms)
{
    buf_addf(out, "  <%s%s>PT%lld.%03lldS</%s>\n", name, attrs, ms / 1000,
             ms % 1000, name);
}

static void
put_number(struct buf *out, const char *name, const char *attrs, long long n)
{
    if (n > 0)
        buf_addf(out, "  <%s%s>%lld</%s>\n", name, attrs, n, name);
}

/* The only task of JOB; NULL: it has several, or nothing happened. */
static const struct store_task *
only_task(const struct store_job *job)
{
    return job->tasks == 1 && job->ntask == 1 ? &job->task[0] : NULL;
}

static void
put_identity(struct buf *out, const struct store_job *job,
             const struct job *record)
{
    static const char *const words[LIFE_STATES] = {
        [LIFE_DONE] = "completed",
        [LIFE_FAILED] = "failed",
        [LIFE_CANCELLED] = "aborted",
    };
    const struct store_task *task = only_task(job);
    char time[TIME_TEXT];

    buf_addf(out,
             "  <RecordIdentity urf:recordId=\"urn:uuid:%s\" "
             "urf:createTime=\"%s\"/>\n  <JobIdentity>\n",
             job->id, time_utc_ms(job->entered_ms[job->state], time));
    buf_addf(out, "    <GlobalJobId>urn:uuid:%s</GlobalJobId>\n", job->id);
    if (task != NULL)
        put(out, "LocalJobId", "", task->sched_id);
    buf_adds(out, "  </JobIdentity>\n  <UserIdentity>\n");
    put(out, "LocalUserId", "", job->account);
    put(out, "GlobalUserName", "", job->owner);
    buf_adds(out, "  </UserIdentity>\n");
    put(out, "JobName", "", record->name);
    put(out, "Status", "",
        words[job->state] != NULL ? words[job->state] : "queued");
}

/* The hosts of all tasks, each list once. */
static void
put_hosts(struct buf *out, const struct store_job *job)
{
    const char *before = NULL;

    for (size_t i = 0; i < job->ntask; i++) {
        const char *hosts = job->task[i].hosts;

        if (hosts == NULL || (before != NULL && strcmp(hosts, before) == 0))
            continue;
        put(out, "Host", "", hosts);
        before = hosts;
    }
}

/* What GFD.98 has no element for. */
static void
put_resources(struct buf *out, const struct store_job *job)
{
    const struct store_task *task = only_task(job);
    char code[24];

    put(out, "Resource", " urf:description=\"scheduler\"", job->scheduler);
    put_number(out, "Resource", " urf:description=\"tasks\"", job->tasks);
    if (task != NULL && task->exit.set) {
        snprintf(code, sizeof(code), "%d",
                 task->exit.signal != 0 ? task->exit.signal : task->exit.code);
        put(out, "Resource",
            task->exit.signal != 0 ? " urf:description=\"signal\""
                                   : " urf:description=\"exit\"",
            code);
    }
    put(out, "Resource", " urf:description=\"fault\"", job->fault);
}

void
usage_record_write(const struct store_job *job, const struct job *record,
                   struct buf *out)
{
    struct usage u = sum(job);
    struct utsname here;

    buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<JobUsageRecord xmlns=\"" URF_NS "\" xmlns:urf=\"" URF_NS
                  "\">\n");
    put_identity(out, job, record);
    put_number(out, "Memory", " urf:storageUnit=\"B\" urf:metric=\"max\"",
               u.maxrss);
    put_time(out, "TimeInstant", " urf:type=\"submit\"",
             job->entered_ms[LIFE_NEW]);
    put_duration(out, "WallDuration", "", u.wall_ms);
    put_duration(out, "CpuDuration", " urf:usageType=\"user\"", u.user_ms);
    put_duration(out, "CpuDuration", " urf:usageType=\"system\"", u.system_ms);
    put_number(out, "NodeCount", "", record->host_count);
    put_number(out, "Processors", "", record->count > 0 ? record->count : 1);
    put_time(out, "EndTime", "", job->entered_ms[job->state]);
    put_time(out, "StartTime", "", u.started_ms);
    if (uname(&here) == 0)
        put(out, "MachineName", "", here.nodename);
    put(out, "Queue", "", record->queue);
    put(out, "ProjectName", "", record->project);
    put_hosts(out, job);
    put_resources(out, job);
    buf_adds(out, "</JobUsageRecord>\n");
}

/* " KEY=TIME" */
static void
add_time(struct buf *out, const char *key, long long ms)
{
    char text[TIME_TEXT];

    buf_addf(out, " %s=%s", key, ms > 0 ? time_utc_ms(ms, text) : "-");
}

/* " KEY=N"; "-" where SET is false. */
static void
add_number(struct buf *out, const char *key, bool set, long long n)
{
    if (set && n >= 0)
        buf_addf(out, " %s=%lld", key, n);
    else
        buf_addf(out, " %s=-", key);
}

void
usage_record_tasks(const struct store_job *job, struct buf *out)
{
    for (size_t i = 0; i < job->ntask; i++) {
        const struct store_task *t = &job->task[i];
        const struct store_exit *e = &t->exit;

        buf_addf(out, "job=%s account=%s task=%u attempt=%u state=%s", job->id,
                 job->account != NULL ? job->account : "-", t->index,
                 t->attempt, task_state_word(t->state));
        add_number(out, "exit", e->set && e->signal == 0, e->code);
        add_number(out, "signal", e->set && e->signal != 0, e->signal);
        add_time(out, "started", e->started_ms);
        add_time(out, "ended", e->ended_ms);
        add_number(out, "user_ms", e->set, e->user_ms);
        add_number(out, "system_ms", e->set, e->system_ms);
        add_number(out, "maxrss", e->set, e->maxrss);
        buf_addf(out, " hosts=%s\n", t->hosts != NULL ? t->hosts : "-");
    }
}
