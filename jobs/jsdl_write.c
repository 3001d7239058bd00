/* jobs/jsdl_write.c - writes the record as a JSDL document (jobs/jsdl.h); what
 * JSDL cannot express goes into our Extension element. */
#include <stdlib.h>
#include <string.h>

#include "jobs/jsdl.h"

/* Write <PREFIX:NAME>TEXT</PREFIX:NAME>; nothing if TEXT is NULL. */
static void
put_text(struct buf *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buf_addf(out, "<%s>", name);
    buf_add_xml(out, value);
    buf_addf(out, "</%s>", name);
}

/* Write a count or quantity; nothing if it is not set. */
static void
put_number(struct buf *out, const char *name, long long value)
{
    if (value >= 0)
        buf_addf(out, "<%s>%lld</%s>", name, value, name);
}

/* Write a jsdl:RangeValue of exactly VALUE, or at most VALUE. */
static void
put_range(struct buf *out, const char *name, const char *bound, long long value)
{
    if (value >= 0)
        buf_addf(out, "<%s><jsdl:%s>%lld.0</jsdl:%s></%s>", name, bound, value,
                 bound, name);
}

static void
put_identification(struct buf *out, const struct job *job)
{
    if (job->name == NULL && job->description == NULL && job->project == NULL &&
        job->nannotations == 0)
        return;
    buf_adds(out, "<jsdl:JobIdentification>");
    put_text(out, "jsdl:JobName", job->name);
    put_text(out, "jsdl:Description", job->description);
    for (size_t i = 0; i < job->nannotations; i++)
        put_text(out, "jsdl:JobAnnotation", job->annotations[i]);
    put_text(out, "jsdl:JobProject", job->project);
    buf_adds(out, "</jsdl:JobIdentification>");
}

/* posix:Argument cannot hold tabs and line ends: if one argument has any, all
 * go into the extension. */
static bool
plain_args(const struct job *job)
{
    for (size_t i = 0; i < job->nargs; i++)
        if (strpbrk(job->args[i], "\t\r\n") != NULL)
            return false;
    return true;
}

/* In the order of jsdl-posix.xsd, which is a sequence. */
static void
put_application(struct buf *out, const struct job *job)
{
    bool args = plain_args(job);

    buf_adds(out, "<jsdl:Application><posix:POSIXApplication>");
    put_text(out, "posix:Executable", job->executable);
    for (size_t i = 0; i < job->nargs && args; i++)
        put_text(out, "posix:Argument", job->args[i]);
    put_text(out, "posix:Input", job->input);
    put_text(out, "posix:Output", job->output);
    put_text(out, "posix:Error", job->error);
    put_text(out, "posix:WorkingDirectory", job->directory);
    for (size_t i = 0; i < job->nenv; i++) {
        buf_adds(out, "<posix:Environment name=\"");
        buf_add_xml(out, job->env[i].name);
        buf_adds(out, "\">");
        buf_add_xml(out, job->env[i].value);
        buf_adds(out, "</posix:Environment>");
    }
    put_number(out, "posix:WallTimeLimit", job->wall_time);
    put_number(out, "posix:FileSizeLimit", job->limit_fsize);
    put_number(out, "posix:CoreDumpLimit", job->limit_core);
    put_number(out, "posix:DataSegmentLimit", job->limit_data);
    put_number(out, "posix:LockedMemoryLimit", job->limit_memlock);
    put_number(out, "posix:MemoryLimit", job->memory_max);
    put_number(out, "posix:OpenDescriptorsLimit", job->limit_nofile);
    put_number(out, "posix:PipeSizeLimit", job->limit_pipe);
    put_number(out, "posix:StackSizeLimit", job->limit_stack);
    put_number(out, "posix:CPUTimeLimit", job->cpu_time);
    put_number(out, "posix:ProcessCountLimit", job->limit_nproc);
    put_number(out, "posix:VirtualMemoryLimit", job->virtual_memory);
    put_text(out, "posix:UserName", job->local_user);
    buf_adds(out, "</posix:POSIXApplication></jsdl:Application>");
}

static void
put_resources(struct buf *out, const struct job *job)
{
    if (job->procs_per_host < 0 && job->cpu_time_total < 0 &&
        job->memory_min < 0 && job->virtual_min < 0 && job->count < 0 &&
        job->host_count < 0)
        return;
    buf_adds(out, "<jsdl:Resources>");
    put_range(out, "jsdl:IndividualCPUCount", "Exact", job->procs_per_host);
    put_range(out, "jsdl:IndividualPhysicalMemory", "LowerBoundedRange",
              job->memory_min);
    put_range(out, "jsdl:IndividualVirtualMemory", "LowerBoundedRange",
              job->virtual_min);
    put_range(out, "jsdl:TotalCPUTime", "UpperBoundedRange",
              job->cpu_time_total);
    put_range(out, "jsdl:TotalCPUCount", "Exact", job->count);
    put_range(out, "jsdl:TotalResourceCount", "Exact", job->host_count);
    buf_adds(out, "</jsdl:Resources>");
}

/* Write one DataStaging; IN says which end the URL is. */
static void
put_staging(struct buf *out, const struct job_transfer *t, bool in)
{
    static const char *const flags[] = { [JOB_OVERWRITE] = "overwrite",
                                         [JOB_APPEND] = "append",
                                         [JOB_DONT_OVERWRITE] =
                                             "dontOverwrite" };
    const char *end = in ? "Source" : "Target";

    buf_adds(out, "<jsdl:DataStaging>");
    put_text(out, "jsdl:FileName", t->file);
    put_text(out, "jsdl:CreationFlag", flags[t->creation]);
    if (t->delete_after)
        put_text(out, "jsdl:DeleteOnTermination", "true");
    if (t->url != NULL) {
        buf_addf(out, "<jsdl:%s>", end);
        put_text(out, "jsdl:URI", t->url);
        buf_addf(out, "</jsdl:%s>", end);
    }
    if (t->upload)
        buf_addf(out,
                 "<jobs:Upload xmlns:jobs=\"" JOBS_EXT_NS "\" bytes=\"%lld\"/>",
                 t->bytes);
    buf_adds(out, "</jsdl:DataStaging>");
}

/* Write the extension's elements about single transfers. */
static void
put_transfers(struct buf *out, const struct job_transfer *t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (t[i].executable)
            put_text(out, "jobs:Executable", t[i].file);
}

static void
put_credentials(struct buf *out, const struct job_transfer *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (t[i].delegation_id == NULL)
            continue;
        buf_adds(out, "<jobs:TransferCredential delegationID=\"");
        buf_add_xml(out, t[i].delegation_id);
        buf_adds(out, "\">");
        buf_add_xml(out, t[i].file);
        buf_adds(out, "</jobs:TransferCredential>");
    }
}

/* Whether the record has anything that JSDL cannot express. */
static bool
extended(const struct job *job)
{
    for (size_t i = 0; i < job->nstage_in; i++)
        if (job->stage_in[i].executable || job->stage_in[i].delegation_id)
            return true;
    for (size_t i = 0; i < job->nstage_out; i++)
        if (job->stage_out[i].delegation_id)
            return true;
    return job->scheduler != NULL || job->queue != NULL || job->hold ||
           job->delegation_id != NULL || job->nclean_up > 0 ||
           job->threads >= 0 || job->tasks >= 0 || job->type != JOB_SINGLE ||
           !plain_args(job);
}

static void
put_tasks(struct buf *out, const struct job *job)
{
    if (job->tasks < 0)
        return;
    buf_addf(out, "<jobs:Tasks count=\"%ld\"", job->tasks);
    if (job->task_limit >= 0)
        buf_addf(out, " limit=\"%ld\"", job->task_limit);
    buf_adds(out, "/>");
}

/* In the order of wsdl/gatehouse-jobs.xsd. */
static void
put_extension(struct buf *out, const struct job *job)
{
    static const char *const types[] = {
        [JOB_SINGLE] = "single", [JOB_MULTIPLE] = "multiple", [JOB_MPI] = "mpi"
    };

    if (!extended(job))
        return;
    buf_adds(out, "<jobs:Extension xmlns:jobs=\"" JOBS_EXT_NS "\">");
    put_text(out, "jobs:Scheduler", job->scheduler);
    put_text(out, "jobs:Queue", job->queue);
    put_text(out, "jobs:DelegationID", job->delegation_id);
    if (job->type != JOB_SINGLE)
        put_text(out, "jobs:JobType", types[job->type]);
    put_number(out, "jobs:ThreadsPerProcess", job->threads);
    put_tasks(out, job);
    put_text(out, "jobs:Sweep", job->sweep);
    if (job->hold)
        put_text(out, "jobs:Hold", "true");
    for (size_t i = 0; i < job->nclean_up; i++)
        put_text(out, "jobs:CleanUp", job->clean_up[i]);
    for (size_t i = 0; i < job->nargs && !plain_args(job); i++)
        put_text(out, "jobs:Argument", job->args[i]);
    put_transfers(out, job->stage_in, job->nstage_in);
    put_credentials(out, job->stage_in, job->nstage_in);
    put_credentials(out, job->stage_out, job->nstage_out);
    buf_adds(out, "</jobs:Extension>");
}

void
jsdl_write(const struct job *job, struct buf *out)
{
    buf_adds(out, "<jsdl:JobDefinition xmlns:jsdl=\"" JSDL_NS
                  "\" xmlns:posix=\"" JSDL_POSIX_NS "\"><jsdl:JobDescription>");
    put_identification(out, job);
    put_application(out, job);
    put_resources(out, job);
    for (size_t i = 0; i < job->nstage_in; i++)
        put_staging(out, &job->stage_in[i], true);
    for (size_t i = 0; i < job->nstage_out; i++)
        put_staging(out, &job->stage_out[i], false);
    put_extension(out, job);
    buf_adds(out, "</jsdl:JobDescription></jsdl:JobDefinition>");
}
