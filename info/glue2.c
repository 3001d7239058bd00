/* info/glue2.c - computing services in GLUE 2.0; see glue2.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "info/glue2_text.h"

void
glue2_endpoint_init(struct glue2_endpoint *e)
{
    *e = (struct glue2_endpoint){
        .total = -1, .running = -1, .waiting = -1, .staged = -1
    };
}

void
glue2_share_init(struct glue2_share *s)
{
    *s = (struct glue2_share){ .max_wall = -1,
                               .default_wall = -1,
                               .max_jobs = -1,
                               .max_running = -1,
                               .max_user_running = -1,
                               .max_slots = -1,
                               .max_memory = -1,
                               .max_virtual = -1,
                               .max_disk = -1,
                               .total = -1,
                               .running = -1,
                               .waiting = -1,
                               .suspended = -1,
                               .free_slots = -1,
                               .used_slots = -1,
                               .requested_slots = -1 };
}

/* Copy the value of NAME from the os-release line LINE into TEXT of SIZE;
 * false: another line. */
static bool
os_release(const char *line, const char *name, char *text, size_t size)
{
    size_t n = strlen(name);

    if (strncmp(line, name, n) != 0 || line[n] != '=')
        return false;
    line += n + 1;
    line += strspn(line, "\"'");
    snprintf(text, size, "%.*s", (int)strcspn(line, "\"'\n"), line);
    return true;
}

/* Name and version of the distribution. */
static void
environment_os(struct glue2_environment *e)
{
    FILE *f = fopen("/etc/os-release", "re");
    char line[256];

    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        if (!os_release(line, "ID", e->os_name, sizeof(e->os_name)))
            os_release(line, "VERSION_ID", e->os_version,
                       sizeof(e->os_version));
    if (f != NULL)
        fclose(f);
}

void
glue2_environment_here(struct glue2_environment *e)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    struct utsname u;

    *e = (struct glue2_environment){
        .instances = 1, .virtual_memory = -1, .in = true, .out = true
    };
    if (uname(&u) < 0)
        snprintf(u.machine, sizeof(u.machine), "other");
    /* GLUE has its own name for this common platform. */
    snprintf(e->platform, sizeof(e->platform), "%.31s",
             strcmp(u.machine, "x86_64") == 0 ? "amd64" : u.machine);
    snprintf(e->os_family, sizeof(e->os_family), "linux");
    environment_os(e);
    e->cpus = sysconf(_SC_NPROCESSORS_ONLN);
    e->memory = pages > 0 && size > 0 ? (long long)pages * size / 1000000 : 0;
}

/* Append a ComputingEndpoint. */
static void
put_endpoint(struct buf *out, const struct glue2_computing *s,
             const struct glue2_endpoint *e)
{
    glue2_open(out, "ComputingEndpoint", "Endpoint", false, s->now,
               s->validity);
    glue2_put_endpoint(out, "ComputingEndpoint", s->id, e);
    glue2_put(out, "Staging", e->staging);
    glue2_put_list(out, "JobDescription", e->job_language);
    glue2_put_number(out, "TotalJobs", e->total);
    glue2_put_number(out, "RunningJobs", e->running);
    glue2_put_number(out, "WaitingJobs", e->waiting);
    glue2_put_number(out, "StagingJobs", e->staged);
    if (s->shares > 0) {
        buf_adds(out, "<Associations>");
        for (size_t i = 0; i < s->shares; i++)
            glue2_put_ref(out, "ComputingShareID", "ComputingShare", s->id,
                          s->share[i].name);
        buf_adds(out, "</Associations>");
    }
    glue2_close(out, "ComputingEndpoint");
}

/* Append the policy of share Q: who may use it. */
static void
put_policy(struct buf *out, const struct glue2_computing *s,
           const struct glue2_share *q)
{
    if (q->rule == NULL || q->rule[0] == NULL)
        return;
    glue2_open(out, "MappingPolicy", "Policy", false, 0, -1);
    glue2_put_id(out, "MappingPolicy", s->id, q->name, NULL);
    glue2_put(out, "Scheme", "basic");
    glue2_put_list(out, "Rule", q->rule);
    glue2_close(out, "MappingPolicy");
}

/* Append the limits of share Q. */
static void
put_limits(struct buf *out, const struct glue2_share *q)
{
    glue2_put_number(out, "MaxWallTime", q->max_wall);
    glue2_put_number(out, "DefaultWallTime", q->default_wall);
    glue2_put_number(out, "MaxTotalJobs", q->max_jobs);
    glue2_put_number(out, "MaxRunningJobs", q->max_running);
    glue2_put_number(out, "MaxUserRunningJobs", q->max_user_running);
    glue2_put_number(out, "MaxSlotsPerJob", q->max_slots);
    glue2_put_number(out, "MaxMainMemory", q->max_memory);
    glue2_put_number(out, "MaxVirtualMemory", q->max_virtual);
    glue2_put_number(out, "MaxDiskSpace", q->max_disk);
}

/* Append a ComputingShare. */
static void
put_share(struct buf *out, const struct glue2_computing *s,
          const struct glue2_share *q)
{
    glue2_open(out, "ComputingShare", "Share", false, s->now, s->validity);
    glue2_put_id(out, "ComputingShare", s->id, q->name, q->name);
    put_policy(out, s, q);
    glue2_put(out, "MappingQueue", q->queue);
    put_limits(out, q);
    glue2_put(out, "ServingState",
              q->serving != NULL ? q->serving : "production");
    glue2_put_number(out, "TotalJobs", q->total);
    glue2_put_number(out, "RunningJobs", q->running);
    glue2_put_number(out, "WaitingJobs", q->waiting);
    glue2_put_number(out, "SuspendedJobs", q->suspended);
    glue2_put_number(out, "FreeSlots", q->free_slots);
    glue2_put_number(out, "UsedSlots", q->used_slots);
    glue2_put_number(out, "RequestedSlots", q->requested_slots);
    buf_adds(out, "<Associations>");
    for (size_t i = 0; i < s->endpoints; i++)
        glue2_put_ref(out, "ComputingEndpointID", "ComputingEndpoint", s->id,
                      s->endpoint[i].interface);
    buf_adds(out, "</Associations>");
    glue2_close(out, "ComputingShare");
}

/* Append the ExecutionEnvironments element. */
static void
put_environment(struct buf *out, const struct glue2_computing *s,
                const struct glue2_environment *e)
{
    buf_adds(out, "<ExecutionEnvironments>");
    glue2_open(out, "ExecutionEnvironment", "Resource", false, s->now,
               s->validity);
    glue2_put_id(out, "ExecutionEnvironment", s->id, e->platform, NULL);
    glue2_put(out, "Platform", e->platform);
    glue2_put_number(out, "TotalInstances", e->instances);
    glue2_put_number(out, "LogicalCPUs", e->cpus);
    glue2_put_number(out, "MainMemorySize", e->memory);
    glue2_put_number(out, "VirtualMemorySize", e->virtual_memory);
    glue2_put(out, "OSFamily", e->os_family);
    glue2_put(out, "OSName", e->os_name[0] != '\0' ? e->os_name : NULL);
    glue2_put(out, "OSVersion",
              e->os_version[0] != '\0' ? e->os_version : NULL);
    glue2_put(out, "ConnectivityIn", e->in ? "true" : "false");
    glue2_put(out, "ConnectivityOut", e->out ? "true" : "false");
    glue2_close(out, "ExecutionEnvironment");
    buf_adds(out, "</ExecutionEnvironments>");
}

/* Append a ComputingManager. */
static void
put_manager(struct buf *out, const struct glue2_computing *s,
            const struct glue2_manager *m, const struct glue2_environment *e)
{
    glue2_open(out, "ComputingManager", "Manager", false, s->now, s->validity);
    glue2_put_id(out, "ComputingManager", s->id, m->product, m->product);
    glue2_put(out, "ProductName", m->product);
    glue2_put(out, "ProductVersion", m->version);
    glue2_put_number(out, "TotalLogicalCPUs", m->cpus);
    glue2_put_number(out, "TotalSlots", m->slots);
    glue2_put_number(out, "SlotsUsedByLocalJobs", m->used_local);
    glue2_put_number(out, "SlotsUsedByGridJobs", m->used_grid);
    if (e != NULL)
        put_environment(out, s, e);
    glue2_close(out, "ComputingManager");
}

void
glue2_write_computing(struct buf *out, const struct glue2_computing *s)
{
    static const char *const capability[] = {
        "executionmanagement.jobexecution", NULL
    };

    glue2_open(out, "ComputingService", "Service", true, s->now, s->validity);
    glue2_put_id(out, "ComputingService", s->id, NULL, s->name);
    glue2_put_list(out, "Capability", capability);
    glue2_put(out, "Type", "org.gatehouse.gatekeeper");
    glue2_put(out, "QualityLevel", "production");
    glue2_put_number(out, "TotalJobs", s->total);
    glue2_put_number(out, "RunningJobs", s->running);
    glue2_put_number(out, "WaitingJobs", s->waiting);
    glue2_put_number(out, "StagingJobs", s->staged);
    glue2_put_number(out, "SuspendedJobs", s->suspended);
    for (size_t i = 0; i < s->endpoints; i++)
        put_endpoint(out, s, &s->endpoint[i]);
    for (size_t i = 0; i < s->shares; i++)
        put_share(out, s, &s->share[i]);
    for (size_t i = 0; i < s->managers; i++)
        put_manager(out, s, &s->manager[i], i == 0 ? s->environment : NULL);
    glue2_close(out, "ComputingService");
}
