/* gatekeeper/schedulers/fork_check.c - see fork_check.h. */
#include "gatekeeper/schedulers/fork_check.h"

#include <sys/sysinfo.h>

#include "gatekeeper/supervisor/launch.h"

/* Check against this host.  Several processes may share its processors, but one
 * process cannot ask for more than there are. */
static int
check_host(const struct job *job, struct err *err)
{
    long here = get_nprocs();
    struct sysinfo m = { 0 };
    long long ram, all;

    if (job->type == JOB_SINGLE &&
        (job->count > here || job->procs_per_host > here))
        return err_set(
            err, ERR_UNSUPPORTED, "%s %ld: this site has %ld processors",
            job->count > here ? "TotalCPUCount" : "IndividualCPUCount",
            job->count > here ? job->count : job->procs_per_host, here);
    if (sysinfo(&m) < 0)
        return 0;
    ram = (long long)m.totalram * m.mem_unit;
    all = ram + (long long)m.totalswap * m.mem_unit;
    if (job->memory_min > ram)
        return err_set(err, ERR_UNSUPPORTED,
                       "memory %lld bytes: this site has %lld", job->memory_min,
                       ram);
    if (job->virtual_min > all)
        return err_set(err, ERR_UNSUPPORTED,
                       "virtual memory %lld bytes: this site has %lld",
                       job->virtual_min, all);
    return 0;
}

int
fork_check(void *self, const struct job *job, struct err *err)
{
    (void)self;
    if (job->queue != NULL && job->queue[0] != '\0')
        return err_set(err, ERR_UNSUPPORTED,
                       "queue '%s': the fork scheduler has no queues",
                       job->queue);
    if (job->project != NULL && job->project[0] != '\0')
        return err_set(err, ERR_UNSUPPORTED,
                       "project '%s': the fork scheduler charges no projects",
                       job->project);
    if (job->type == JOB_MPI)
        return err_set(err, ERR_UNSUPPORTED,
                       "job type 'mpi': the fork scheduler runs no MPI jobs");
    if (job->host_count > 1)
        return err_set(err, ERR_UNSUPPORTED,
                       "host count %ld: the fork scheduler has one host",
                       job->host_count);
    if (job->count > LAUNCH_COUNT_MAX)
        return err_set(err, ERR_UNSUPPORTED,
                       "count %ld: the fork scheduler starts at most %d",
                       job->count, LAUNCH_COUNT_MAX);
    if (job->cpu_time_total > 0 && job->count > 1)
        return err_set(err, ERR_UNSUPPORTED,
                       "total CPU time: the fork scheduler limits that of each "
                       "process only");
    if (job->limit_pipe >= 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "pipe limit: this system's cannot be set");
    return check_host(job, err);
}
