/* gridftp/server/ftp_count.c - see ftp_count.h. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "gridftp/server/ftp_count.h"

/* Upper ends of the histogram of transfer times, in ms. */
static const long long edges[] = { 100, 1000, 10000, 60000, 600000, 3600000 };
#define EDGES (sizeof(edges) / sizeof(*edges))

struct counts {
    atomic_ullong value[FTP_COUNTS];
    atomic_ullong bucket[EDGES + 1];
    atomic_ullong ms;
};

/* Shared memory, which outlives each process that writes to it. */
static struct counts *counts;

static const struct {
    const char *metric, *labels, *help;
} rows[] = {
#define COUNT(name, metric, labels, help) { metric, labels, help },
#include "gridftp/server/ftp_count.def"
#undef COUNT
};

int
ftp_count_open(struct err *err)
{
    void *p = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return err_set(err, ERR_IO, "cannot map memory for counters: %s",
                       strerror(errno));
    counts = p;
    return 0;
}

void
ftp_count_add(enum ftp_count which, unsigned long long n)
{
    if (counts != NULL)
        atomic_fetch_add(&counts->value[which], n);
}

void
ftp_count_deny(enum err_code code)
{
    ftp_count_add(code == ERR_AUTHN   ? FTP_COUNT_DENY_AUTH
                  : code == ERR_AUTHZ ? FTP_COUNT_DENY_AUTHZ
                  : code == ERR_LIMIT ? FTP_COUNT_DENY_LIMIT
                                      : FTP_COUNT_DENY_FAULT,
                  1);
}

void
ftp_count_transfer(bool out, bool ok, long long bytes, long long ms)
{
    size_t i = 0;

    if (counts == NULL)
        return;
    if (out)
        ftp_count_add(ok ? FTP_COUNT_OUT_OK : FTP_COUNT_OUT_FAILED, 1);
    else
        ftp_count_add(ok ? FTP_COUNT_IN_OK : FTP_COUNT_IN_FAILED, 1);
    ftp_count_add(out ? FTP_COUNT_BYTES_OUT : FTP_COUNT_BYTES_IN,
                  (unsigned long long)bytes);
    while (i < EDGES && ms > edges[i])
        i++;
    atomic_fetch_add(&counts->bucket[i], 1);
    atomic_fetch_add(&counts->ms, (unsigned long long)ms);
}

/* Write the histogram of transfer durations. */
static void
write_histogram(struct buf *out)
{
    static const char name[] = "gridftp_transfer_seconds";
    unsigned long long sum = 0;

    buf_addf(out, "# HELP %s How long transfers took.\n# TYPE %s histogram\n",
             name, name);
    for (size_t i = 0; i < EDGES; i++) {
        sum += atomic_load(&counts->bucket[i]);
        buf_addf(out, "%s_bucket{le=\"%.1f\"} %llu\n", name,
                 (double)edges[i] / 1000, sum);
    }
    sum += atomic_load(&counts->bucket[EDGES]);
    buf_addf(out, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.3f\n%s_count %llu\n",
             name, sum, name, (double)atomic_load(&counts->ms) / 1000, name,
             sum);
}

void
ftp_count_write(struct buf *out)
{
    if (counts == NULL)
        return;
    for (size_t i = 0; i < FTP_COUNTS; i++) {
        const char *labels = rows[i].labels;

        if (*rows[i].help != '\0')
            buf_addf(out, "# HELP %s %s\n# TYPE %s counter\n", rows[i].metric,
                     rows[i].help, rows[i].metric);
        buf_addf(out, "%s%s%s%s %llu\n", rows[i].metric,
                 *labels != '\0' ? "{" : "", labels, *labels != '\0' ? "}" : "",
                 atomic_load(&counts->value[i]));
    }
    write_histogram(out);
}
