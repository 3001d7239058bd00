/* http/metrics_process.c - metrics of the process itself; see metrics.h. */
#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/sys_proc.h"
#include "http/metrics.h"

/* The number of open descriptors without the one opened here. */
static long
count_descriptors(void)
{
    DIR *d = opendir("/proc/self/fd");
    long n = -3; /* ".", "..", and this one */

    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL)
        closedir(d);
    return n;
}

/* The start time of this process in seconds since 1970. */
static double
start_time(void)
{
    struct timespec boot = { 0 }, now = { 0 };
    double ticks = (double)sys_start_time(getpid());

    clock_gettime(CLOCK_BOOTTIME, &boot);
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec - (double)boot.tv_sec +
           ticks / (double)sysconf(_SC_CLK_TCK);
}

/* Resident memory in bytes (proc_pid_statm(5)). */
static long
resident(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    long size, pages = 0;

    if (f != NULL && fscanf(f, "%ld %ld", &size, &pages) != 2)
        pages = 0;
    if (f != NULL)
        fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

static void
one(struct buf *out, const char *name, const char *type, const char *help,
    double value)
{
    buf_addf(out,
             "# HELP process_%s %s\n# TYPE process_%s %s\nprocess_%s %.2f\n",
             name, help, name, type, name, value);
}

void
metrics_process(const char *program, struct buf *out)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    buf_addf(out,
             "# HELP gatehouse_build_info The version that runs.\n"
             "# TYPE gatehouse_build_info gauge\n"
             "gatehouse_build_info{program=\"%s\",version=\"%s\"} 1\n",
             program, GATEHOUSE_VERSION);
    one(out, "start_time_seconds", "gauge", "Start, in seconds since 1970.",
        start_time());
    one(out, "cpu_seconds_total", "counter", "Processor time.",
        (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
            (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6);
    one(out, "resident_memory_bytes", "gauge", "Memory in use.",
        (double)resident());
    one(out, "open_fds", "gauge", "Open descriptors.",
        (double)count_descriptors());
}
