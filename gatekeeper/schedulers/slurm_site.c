/* gatekeeper/schedulers/slurm_site.c - what Slurm has here: partitions, their
 * limits and processors; which jobs it can take; whether it can be used. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "base/codec.h"
#include "base/log.h"
#include "gatekeeper/schedulers/slurm.h"

/* How old what is told of the partitions may be; how often a partition that is
 * not among them has them asked for again. */
#define INFO_FRESH_MS 10000
#define INFO_AGAIN_MS 5000

/* Not in linux/magic.h. */
#define ZFS_MAGIC 0x2fc12fc1

/* ---- partitions ---- */

static int
ask_version(struct slurm *s, struct sched_info *info, struct err *err)
{
    struct runner_output out;
    int rc = slurm_ask_query(s, "slurm-version", NULL, 0, &out, err);
    const char *text = rc == 0 ? buf_str(&out.out) : "", *number;

    number = strrchr(text, ' '); /* "slurm-wlm 22.05.8" */
    number = number == NULL ? text : number + 1;
    snprintf(info->product, sizeof(info->product), "slurm");
    snprintf(info->version, sizeof(info->version), "%.*s",
             (int)strcspn(number, "\n"), number);
    runner_output_fini(&out);
    return rc < 0 ? -1 : 0;
}

static int
ask_shares(struct slurm *s, struct sched_info *info, struct err *err)
{
    const char *shares[] = { SLURM_SHARES }, *load[] = { SLURM_LOAD };
    struct runner_output out;
    int rc = slurm_ask_query(s, "slurm-shares", shares, 1, &out, err);

    if (rc == 0)
        rc = slurm_text_shares(buf_str(&out.out), info, err);
    else if (rc > 0)
        rc = err_set(err, ERR_UNREACHABLE, "sinfo: %.120s", buf_str(&out.diag));
    runner_output_fini(&out);
    if (rc < 0)
        return -1;
    rc = slurm_ask_query(s, "slurm-load", load, 1, &out, err);
    if (rc == 0)
        slurm_text_load(buf_str(&out.out), info);
    runner_output_fini(&out);
    return rc < 0 ? -1 : 0;
}

/* Renew what is known, unless another thread is about to.  -1 with ERR. */
static int
renew(struct slurm *s, struct err *err)
{
    struct sched_info *info;
    bool mine;
    int rc = 0;

    lock_take(&s->lock);
    mine = !s->asking;
    s->asking = true;
    lock_release(&s->lock);
    if (!mine)
        return 0;
    info = xcalloc(1, sizeof(*info));
    if (ask_version(s, info, err) < 0 || ask_shares(s, info, err) < 0)
        rc = -1;
    lock_take(&s->lock);
    s->asking = false;
    if (rc == 0) {
        s->info = *info;
        s->info_ms = time_mono_ms();
    }
    lock_release(&s->lock);
    free(info);
    return rc;
}

/* How long ago the partitions were asked for; -1 never. */
static long long
age_ms(struct slurm *s)
{
    long long age;

    lock_take(&s->lock);
    age = s->info_ms == 0 ? -1 : time_mono_ms() - s->info_ms;
    lock_release(&s->lock);
    return age;
}

int
slurm_site_describe(void *self, struct sched_info *info, struct err *err)
{
    struct slurm *s = self;
    long long age = age_ms(s);

    if ((age < 0 || age > INFO_FRESH_MS) && renew(s, err) < 0)
        return -1;
    lock_take(&s->lock);
    *info = s->info;
    lock_release(&s->lock);
    return 0;
}

/* ---- which jobs ---- */

/* The share of the queue NAME, copied; false: there is none.  *N counts all. */
static bool
find_share(struct slurm *s, const char *name, struct sched_share *share,
           size_t *n)
{
    bool found = false;

    lock_take(&s->lock);
    *n = s->info.nshares;
    for (size_t i = 0; i < *n && !found; i++)
        if (strcmp(s->info.share[i].name, name) == 0) {
            *share = s->info.share[i];
            found = true;
        }
    lock_release(&s->lock);
    return found;
}

static void
list_shares(struct slurm *s, struct buf *out)
{
    lock_take(&s->lock);
    for (size_t i = 0; i < s->info.nshares; i++)
        buf_addf(out, " %s", s->info.share[i].name);
    lock_release(&s->lock);
}

/* A queue that is not known may be new; while Slurm cannot be asked, it says by
 * itself what it does not take. */
static int
check_queue(struct slurm *s, const struct job *job, struct err *err)
{
    struct sched_share share;
    struct buf names = BUF_INIT;
    long long age;
    size_t n;

    if (job->queue == NULL || job->queue[0] == '\0')
        return 0;
    if (!find_share(s, job->queue, &share, &n)) {
        age = age_ms(s);
        if ((age < 0 || age > INFO_AGAIN_MS) && renew(s, NULL) < 0)
            return 0;
        if (!find_share(s, job->queue, &share, &n)) {
            /* More partitions than there is room for are not all known. */
            if (n == 0 || n == SCHED_SHARES_MAX)
                return 0;
            list_shares(s, &names);
            err_set(err, ERR_UNSUPPORTED, "queue '%s': Slurm has%s here",
                    job->queue, buf_str(&names));
            buf_fini(&names);
            return -1;
        }
    }
    if (share.max_wall > 0 && job->wall_time > share.max_wall)
        return err_set(err, ERR_UNSUPPORTED,
                       "wall time %lld s: queue '%s' allows %lld s",
                       job->wall_time, job->queue, share.max_wall);
    return 0;
}

/* Names that go onto a command line as they are. */
static int
check_word(const char *what, const char *word, struct err *err)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-+@";

    if (word == NULL || word[0] == '\0')
        return 0;
    if (word[0] != '-' && strlen(word) < 64 && word[strspn(word, set)] == '\0')
        return 0;
    return err_set(err, ERR_UNSUPPORTED, "%s '%.64s': Slurm has no such name",
                   what, word);
}

/* More processors than the queue has, or any, are never there. */
static int
check_count(struct slurm *s, const struct job *job, struct err *err)
{
    long most = 0;
    bool any = job->queue == NULL || job->queue[0] == '\0';

    if (job->count <= 1 || (age_ms(s) < 0 && renew(s, NULL) < 0))
        return 0;
    lock_take(&s->lock);
    for (size_t i = 0; i < s->info.nshares; i++) {
        const struct sched_share *share = &s->info.share[i];

        if ((any || strcmp(share->name, job->queue) == 0) &&
            share->slots > most)
            most = share->slots;
    }
    lock_release(&s->lock);
    if (most == 0 || job->count <= most)
        return 0;
    return err_set(err, ERR_UNSUPPORTED,
                   "TotalCPUCount %ld: %s%s%s has %ld processors", job->count,
                   any ? "Slurm" : "queue '", any ? "" : job->queue,
                   any ? " here" : "'", most);
}

int
slurm_site_check(void *self, const struct job *job, struct err *err)
{
    if (check_word("queue", job->queue, err) < 0 ||
        check_word("project", job->project, err) < 0)
        return -1;
    if (job->tasks > 1)
        return err_set(err, ERR_UNSUPPORTED,
                       "an array of %ld tasks: only the fork scheduler runs "
                       "arrays",
                       job->tasks);
    if (job->cpu_time_total > 0 && job->count > 1)
        return err_set(err, ERR_UNSUPPORTED,
                       "total CPU time: only that of each process is limited "
                       "here");
    if (job->limit_pipe >= 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "pipe limit: this system's cannot be set");
    if (check_queue(self, job, err) < 0)
        return -1;
    return check_count(self, job, err);
}

/* ---- -t ---- */

static int
check_programs(const struct conf *conf, struct err *err)
{
    static const char *const names[] = { "sbatch",   "squeue", "scancel",
                                         "scontrol", "sinfo",  "srun" };
    const char *dir = conf_str(conf, CONF_gatekeeper_slurm_path);

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char *path = xasprintf("%s/%s", dir, names[i]);
        int rc = access(path, X_OK);

        if (rc < 0)
            err_set(err, ERR_CONFIG,
                    "cannot execute '%s': %s; set gatekeeper.slurm_path to the "
                    "directory of Slurm's commands",
                    path, strerror(errno));
        free(path);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int
check_controller(struct slurm *s, struct err *err)
{
    struct runner_output out;
    int rc = slurm_ask_query(s, "slurm-ping", NULL, 0, &out, err);

    if (rc >= 0 && strstr(buf_str(&out.out), "is UP") == NULL)
        rc = err_set(err, ERR_CONFIG,
                     "Slurm's controller does not answer: %.120s",
                     out.out.len > 0 ? buf_str(&out.out) : buf_str(&out.diag));
    runner_output_fini(&out);
    return rc < 0 ? -1 : 0;
}

/* Whether the file system of DIR is of this host alone, as its kind tells. */
static bool
is_local(const char *dir)
{
    static const long kinds[] = { EXT4_SUPER_MAGIC,      XFS_SUPER_MAGIC,
                                  BTRFS_SUPER_MAGIC,     TMPFS_MAGIC,
                                  OVERLAYFS_SUPER_MAGIC, ZFS_MAGIC };
    struct statfs fs;

    if (statfs(dir, &fs) < 0)
        return false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if ((long)fs.f_type == kinds[i])
            return true;
    return false;
}

/* The first of NAMES, one a line, that is not this host; NULL. */
static char *
find_other(char *names)
{
    struct utsname here;
    char *at = NULL;

    if (uname(&here) < 0)
        return NULL;
    here.nodename[strcspn(here.nodename, ".")] = '\0';
    for (char *n = strtok_r(names, "\n", &at); n != NULL;
         n = strtok_r(NULL, "\n", &at)) {
        n[strcspn(n, ".")] = '\0';
        if (n[0] != '\0' && strcmp(n, here.nodename) != 0)
            return n;
    }
    return NULL;
}

/* A local file system may be exported to the nodes: it is said, and no error.
 */
static void
check_sessions(struct slurm *s)
{
    const char *dir = conf_str(s->host.conf, CONF_gatekeeper_sessions);
    const char *format[] = { "%n" };
    struct runner_output out;
    char *names, *other;

    if (!is_local(dir))
        return;
    if (slurm_ask_query(s, "slurm-nodes", format, 1, &out, NULL) != 0) {
        runner_output_fini(&out);
        return;
    }
    names = xstrdup(buf_str(&out.out));
    other = find_other(names);
    if (other != NULL)
        log_event(LOG_WARNING, "slurm.sessions",
                  "path=%s node=%s what=gatekeeper.sessions is on a file "
                  "system of this host: the nodes need it at the same path",
                  dir, other);
    free(names);
    runner_output_fini(&out);
}

int
slurm_site_verify(const struct sched_host *host, struct err *err)
{
    struct sched_info *info = xcalloc(1, sizeof(*info));
    void *self;
    int rc = -1;

    if (check_programs(host->conf, err) == 0 &&
        slurm_open(host, &self, err) == 0) {
        rc = check_controller(self, err);
        if (rc == 0)
            rc = slurm_site_describe(self, info, err);
        if (rc == 0 && info->nshares == 0)
            rc = err_set(err, ERR_CONFIG, "Slurm has no partition");
        if (rc == 0)
            check_sessions(self);
        slurm_close(self);
    }
    free(info);
    return rc;
}
