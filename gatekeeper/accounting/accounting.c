/* gatekeeper/accounting/accounting.c - see accounting.h. */
#include "gatekeeper/accounting/accounting.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/testpoint.h"
#include "base/thread.h"
#include "gatekeeper/accounting/usage_record.h"
#include "gatekeeper/life/life_state.h"

/* Events that are read at once. */
#define PAGE     256
/* Between two tries to write a record. */
#define AGAIN_MS 10000
/* What the store keeps the number under. */
#define SETTING  "accounting"

struct accounting {
    char *dir;
    const struct store *store;
    void *self;
    struct journal *journal;
    long long since; /* the number that it has come to */
    bool failing;    /* which was logged */
    bool ending;     /* atomic */
    pthread_t thread;
};

/* Write TEXT to NAME.SUFFIX beneath the day. */
static int
write_file(const char *day, const char *name, const char *suffix,
           const struct buf *text, struct err *err)
{
    char *path = xasprintf("%s/%s.%s", day, name, suffix);
    int rc =
        fs_write_atomic(AT_FDCWD, path, buf_str(text), text->len, 0640, err);

    free(path);
    return rc;
}

/* The files of JOB. */
static int
write_job(const struct accounting *a, const struct store_job *job,
          struct err *err)
{
    struct buf xml = BUF_INIT, tasks = BUF_INIT;
    char time[TIME_TEXT], *day;
    struct job record;
    int rc;

    if (job_from_json(job->record, &record, err) < 0) {
        job_fini(&record);
        return -1;
    }
    usage_record_write(job, &record, &xml);
    usage_record_tasks(job, &tasks);
    job_fini(&record);
    day = xasprintf("%s/%.10s", a->dir,
                    time_utc_ms(job->entered_ms[LIFE_NEW], time));
    rc = fs_mkdirs(day, 0750, err);
    if (rc == 0)
        rc = write_file(day, job->id, "tasks", &tasks, err);
    if (rc == 0)
        rc = write_file(day, job->id, "xml", &xml, err);
    free(day);
    buf_fini(&xml);
    buf_fini(&tasks);
    return rc;
}

/* The job ID is over, unless its owner has had it go on since. */
static int
account(const struct accounting *a, const char *id, struct err *err)
{
    struct err why = ERR_INIT;
    struct store_job job;
    int rc = 0;

    if (a->store->load(a->self, id, &job, &why) < 0)
        return why.code == ERR_NOT_FOUND
                   ? 0
                   : err_set(err, why.code, "%s", why.text);
    if (life_state_final(job.state))
        rc = write_job(a, &job, err);
    store_job_fini(&job);
    return rc < 0 ? err_wrap(err, "the usage record of job '%s'", id) : 0;
}

/* Keep the number SEQ. */
static int
advance(struct accounting *a, long long seq, bool keep, struct err *err)
{
    char text[24];

    test_point("accounting.written");
    snprintf(text, sizeof(text), "%lld", seq);
    if (keep && a->store->set_setting(a->self, SETTING, text, err) < 0)
        return -1;
    a->since = seq;
    return 0;
}

/* Read a page on; *MORE: there are further ones. */
static int
read_on(struct accounting *a, bool *more, struct err *err)
{
    struct store_events found;
    bool any = false;
    int rc = 0;

    if (journal_read(a->journal, a->since, PAGE, &found, err) < 0)
        return -1;
    for (size_t i = 0; i < found.n && rc == 0; i++) {
        const struct store_event *e = &found.of[i];

        if (e->task >= 0 || !life_state_final(e->to))
            continue;
        rc = account(a, e->job, err);
        any = true;
    }
    if (rc == 0 && found.n > 0)
        rc = advance(a, found.of[found.n - 1].seq, any, err);
    *more = found.more;
    store_events_fini(&found);
    return rc;
}

/* Read all that there is.  Where events are not kept any more it begins with
 * the oldest: each job that is kept has its last state there. */
static int
catch_up(struct accounting *a, struct err *err)
{
    bool more = true;

    while (more) {
        if (read_on(a, &more, err) == 0)
            continue;
        if (err->code != ERR_STATE || a->since == 0)
            return -1;
        *err = (struct err)ERR_INIT;
        a->since = 0;
    }
    return 0;
}

static void *
accounting_run(void *arg)
{
    struct accounting *a = arg;

    while (journal_wait(a->journal, a->since, LLONG_MAX) &&
           !__atomic_load_n(&a->ending, __ATOMIC_ACQUIRE)) {
        struct err err = ERR_INIT;

        if (catch_up(a, &err) == 0) {
            a->failing = false;
            continue;
        }
        if (!a->failing)
            log_event(LOG_ERR, "accounting.fail", "why=%s", err.text);
        a->failing = true;
        (void)journal_wait(a->journal, LLONG_MAX, time_mono_ms() + AGAIN_MS);
    }
    return NULL;
}

static int
open_dir(const struct accounting *a, struct err *err)
{
    if (fs_mkdirs(a->dir, 0750, err) < 0)
        return -1;
    if (access(a->dir, W_OK | X_OK) < 0)
        return err_set(err, ERR_CONFIG, "cannot write in '%s': %s", a->dir,
                       strerror(errno));
    return 0;
}

int
accounting_start(const char *dir, const struct store *store, void *self,
                 struct journal *journal, struct accounting **out,
                 struct err *err)
{
    struct accounting *a = xcalloc(1, sizeof(*a));
    char *kept = NULL;
    int rc;

    *a = (struct accounting){
        .dir = xstrdup(dir), .store = store, .self = self, .journal = journal
    };
    rc = open_dir(a, err);
    if (rc == 0)
        rc = store->get_setting(self, SETTING, &kept, err);
    if (rc == 0 && kept != NULL)
        (void)number_parse(kept, 0, LLONG_MAX, &a->since);
    if (rc == 0)
        rc = thread_start(&a->thread, "accounting", accounting_run, a, err);
    free(kept);
    if (rc == 0) {
        *out = a;
        return 0;
    }
    free(a->dir);
    free(a);
    return err_wrap(err, "gatekeeper.accounting");
}

void
accounting_stop(struct accounting *a)
{
    if (a == NULL)
        return;
    __atomic_store_n(&a->ending, true, __ATOMIC_RELEASE);
    journal_end(a->journal);
    pthread_join(a->thread, NULL);
    free(a->dir);
    free(a);
}
