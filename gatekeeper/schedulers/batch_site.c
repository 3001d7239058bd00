/* gatekeeper/schedulers/batch_site.c - the queues of a batch system with limits
 * and processors, which jobs it can take, and the common checks of -t. */
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
#include "gatekeeper/schedulers/batch.h"

/* The maximum age of the queue data, and how often an unknown queue causes a
 * new request. */
#define INFO_FRESH_MS 10000
#define INFO_AGAIN_MS 5000

/* Not in linux/magic.h. */
#define ZFS_MAGIC 0x2fc12fc1

/* ---- queues ---- */

/* Refresh the data unless another thread is doing so.  -1 with ERR. */
static int
renew(struct batch *b, struct err *err)
{
    struct sched_info *info;
    bool mine;
    int rc;

    lock_take(&b->lock);
    mine = !b->asking;
    b->asking = true;
    lock_release(&b->lock);
    if (!mine)
        return 0;
    info = xcalloc(1, sizeof(*info));
    rc = b->sys->site(b, info, err);
    lock_take(&b->lock);
    b->asking = false;
    if (rc == 0) {
        b->info = *info;
        b->info_ms = time_mono_ms();
    }
    lock_release(&b->lock);
    free(info);
    return rc;
}

/* The age of the queue data; -1: there is none. */
static long long
age_ms(struct batch *b)
{
    long long age;

    lock_take(&b->lock);
    age = b->info_ms == 0 ? -1 : time_mono_ms() - b->info_ms;
    lock_release(&b->lock);
    return age;
}

int
batch_site_describe(void *self, struct sched_info *info, struct err *err)
{
    struct batch *b = self;
    long long age = age_ms(b);

    if ((age < 0 || age > INFO_FRESH_MS) && renew(b, err) < 0)
        return -1;
    lock_take(&b->lock);
    *info = b->info;
    lock_release(&b->lock);
    return 0;
}

/* ---- checks of jobs ---- */

/* Copy the share of the queue NAME; false: there is none.  *N is the number of
 * shares. */
static bool
find_share(struct batch *b, const char *name, struct sched_share *share,
           size_t *n)
{
    bool found = false;

    lock_take(&b->lock);
    *n = b->info.nshares;
    for (size_t i = 0; i < *n && !found; i++)
        if (strcmp(b->info.share[i].name, name) == 0) {
            *share = b->info.share[i];
            found = true;
        }
    lock_release(&b->lock);
    return found;
}

static void
list_shares(struct batch *b, struct buf *out)
{
    lock_take(&b->lock);
    for (size_t i = 0; i < b->info.nshares; i++)
        buf_addf(out, " %s", b->info.share[i].name);
    lock_release(&b->lock);
}

/* Check JOB's queue.  An unknown queue may be new, so ask again; if the system
 * does not answer, leave the check to the submission. */
static int
check_queue(struct batch *b, const struct job *job, struct err *err)
{
    struct sched_share share;
    struct buf names = BUF_INIT;
    long long age;
    size_t n;

    if (job->queue == NULL || job->queue[0] == '\0')
        return 0;
    if (!find_share(b, job->queue, &share, &n)) {
        age = age_ms(b);
        if ((age < 0 || age > INFO_AGAIN_MS) && renew(b, NULL) < 0)
            return 0;
        if (!find_share(b, job->queue, &share, &n)) {
            /* The table is full: other queues may exist. */
            if (n == 0 || n == SCHED_SHARES_MAX)
                return 0;
            list_shares(b, &names);
            err_set(err, ERR_UNSUPPORTED, "queue '%s': %s has%s here",
                    job->queue, b->sys->title, buf_str(&names));
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

/* Check a name that goes onto a command line unchanged. */
static int
check_word(const struct batch *b, const char *what, const char *word,
           struct err *err)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-+@";

    if (word == NULL || word[0] == '\0')
        return 0;
    if (word[0] != '-' && strlen(word) < 64 && word[strspn(word, set)] == '\0')
        return 0;
    return err_set(err, ERR_UNSUPPORTED, "%s '%.64s': %s has no such name",
                   what, word, b->sys->title);
}

/* Check that the queue, or any queue, has enough processors. */
static int
check_count(struct batch *b, const struct job *job, struct err *err)
{
    long most = 0;
    bool any = job->queue == NULL || job->queue[0] == '\0';

    if (job->count <= 1 || (age_ms(b) < 0 && renew(b, NULL) < 0))
        return 0;
    lock_take(&b->lock);
    for (size_t i = 0; i < b->info.nshares; i++) {
        const struct sched_share *share = &b->info.share[i];

        if ((any || strcmp(share->name, job->queue) == 0) &&
            share->slots > most)
            most = share->slots;
    }
    lock_release(&b->lock);
    if (most == 0 || job->count <= most)
        return 0;
    return err_set(err, ERR_UNSUPPORTED,
                   "TotalCPUCount %ld: %s%s%s has %ld processors", job->count,
                   any ? b->sys->title : "queue '", any ? "" : job->queue,
                   any ? " here" : "'", most);
}

int
batch_site_check(void *self, const struct job *job, struct err *err)
{
    struct batch *b = self;

    if (check_word(b, "queue", job->queue, err) < 0 ||
        check_word(b, "project", job->project, err) < 0)
        return -1;
    if (job->cpu_time_total > 0 && job->count > 1)
        return err_set(err, ERR_UNSUPPORTED,
                       "total CPU time: only that of each process is limited "
                       "here");
    if (job->limit_pipe >= 0)
        return err_set(err, ERR_UNSUPPORTED,
                       "pipe limit: this system's cannot be set");
    if ((b->sys->check != NULL && b->sys->check(b, job, err) < 0) ||
        check_queue(b, job, err) < 0)
        return -1;
    return check_count(b, job, err);
}

/* ---- -t ---- */

static int
check_programs(const struct batch_system *sys, const struct conf *conf,
               struct err *err)
{
    char *names = xstrdup(sys->programs), *at = NULL;
    const char *dir = conf_str(conf, sys->path);
    int rc = 0;

    for (char *name = strtok_r(names, " ", &at); rc == 0 && name != NULL;
         name = strtok_r(NULL, " ", &at)) {
        char *path = xasprintf("%s/%s", dir, name);

        if (access(path, X_OK) < 0)
            rc = err_set(err, ERR_CONFIG,
                         "cannot execute '%s': %s; set gatekeeper.%s_path to "
                         "the directory of %s's commands",
                         path, strerror(errno), sys->name, sys->title);
        free(path);
    }
    free(names);
    return rc;
}

/* Whether the file system of DIR is of a local type. */
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

/* The first of NAMES, one per line, that is not this host; NULL. */
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

/* A local file system may still be exported to the nodes, so only warn. */
void
batch_site_sessions(const struct batch *b, const char *names)
{
    const char *dir = conf_str(b->host.conf, CONF_gatekeeper_sessions);
    char *copy = xstrdup(names);
    const char *other = find_other(copy);

    if (other != NULL && is_local(dir))
        log_event(LOG_WARNING, b->sys->event.sessions,
                  "path=%s node=%s what=gatekeeper.sessions is on a file "
                  "system of this host: the nodes need it at the same path",
                  dir, other);
    free(copy);
}

int
batch_site_queues(struct batch *b, struct err *err)
{
    struct sched_info *info = xcalloc(1, sizeof(*info));
    int rc = batch_site_describe(b, info, err);

    if (rc == 0 && info->nshares == 0)
        rc = err_set(err, ERR_CONFIG, "%s has no queue", b->sys->title);
    free(info);
    return rc;
}

int
batch_site_verify(const struct scheduler *table, const struct sched_host *host,
                  struct err *err)
{
    void *self;
    int rc;

    if (check_programs(table->batch, host->conf, err) < 0 ||
        batch_open(table, host, &self, err) < 0)
        return -1;
    rc = table->batch->answers(self, err);
    batch_close(self);
    return rc;
}
