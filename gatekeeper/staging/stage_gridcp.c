/* gatekeeper/staging/stage_gridcp.c - the stager: decides which jobs may
 * transfer files now.
 *
 * A few threads process the active steps, at most one thread per account, so a
 * user whose files hang delays only himself.  A run holds a slot while bytes
 * arrive; a stalled run gives it up.  While two runs of an account stall at an
 * endpoint, the account starts no other there, so a dead peer delays only its
 * own jobs.  No account gets all slots, or more processes than there are slots,
 * so a user who stops his processes delays nobody else. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/thread.h"
#include "gatekeeper/staging/stage_item.h"
#include "gatekeeper/staging/stage_upload.h"

#define WORKERS   8
#define FENCED_MS 1000 /* interval between checks whether work is allowed */
#define STALLED_MAX \
    2           /* per account and endpoint; then it starts no more there */
#define CROWD 4 /* maximum of processes, as a multiple of the slots */

struct pool {
    struct stage_host host;
    long slots;
    long long stall_ms;
    struct lock lock;
    pthread_cond_t wake, idle;
    pthread_t worker[WORKERS];
    struct stage_item *at[WORKERS]; /* the item of each thread */
    int nworkers;
    unsigned long serial;
    bool closing;
    struct stage_item *first, **last; /* in the order of arrival */
};

/* Check the credential: GridFTP needs a delegated one, since the gatekeeper has
 * no other of the user. */
static int
check_credential(const struct job *job, const struct job_transfer *t,
                 struct err *err)
{
    if (job->delegation_id != NULL || t->delegation_id != NULL ||
        strncasecmp(t->url, "gsiftp:", 7) != 0)
        return 0;
    return err_set(err, ERR_USAGE,
                   "'%s': staging by GridFTP needs a delegated credential: "
                   "delegate one (getNewProxyReq, putProxy) and name it in "
                   "DelegationID",
                   t->url);
}

static int
check_transfers(const struct pool *p, const struct job *job,
                const struct job_transfer *t, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (t[i].creation == JOB_APPEND && t[i].url != NULL)
            return err_set(err, ERR_UNSUPPORTED,
                           "'%s': staged files are not appended to", t[i].url);
        if (t[i].url != NULL && t[i].url[0] != '\0' &&
            (stage_list_allowed(p->host.conf, t[i].url, err) < 0 ||
             check_credential(job, &t[i], err) < 0))
            return -1;
    }
    return 0;
}

static int
gridcp_check(void *self, const struct job *job, struct err *err)
{
    const struct pool *p = self;

    for (size_t i = 0; i < job->nclean_up; i++)
        if (strstr(job->clean_up[i], "://") != NULL &&
            strncmp(job->clean_up[i], "file://", 7) != 0)
            return err_set(err, ERR_UNSUPPORTED,
                           "cannot clean up '%s': not a file of this site",
                           job->clean_up[i]);
    if (stage_upload_check(p->host.conf, job, err) < 0 ||
        check_transfers(p, job, job->stage_in, job->nstage_in, err) < 0)
        return -1;
    return check_transfers(p, job, job->stage_out, job->nstage_out, err);
}

/* ---- scheduling; all with the lock ---- */

static bool
is_stalled(const struct pool *p, const struct stage_item *it, long long now)
{
    return it->phase_seen == STAGE_MOVING && !it->busy &&
           now - it->t_moved_seen > p->stall_ms;
}

/* Whether IT has a process or is about to get one. */
static bool
is_running(const struct stage_item *it)
{
    return it->phase_seen == STAGE_MOVING ||
           (it->phase_seen == STAGE_QUEUED && it->busy);
}

static bool
share_endpoint(const struct stage_item *a, const struct stage_item *b)
{
    for (size_t i = 0; i < a->list.nendpoints; i++)
        for (size_t k = 0; k < b->list.nendpoints; k++)
            if (strcmp(a->list.endpoint[i], b->list.endpoint[k]) == 0)
                return true;
    return false;
}

/* The items that have a process. */
struct crowd {
    const struct stage_item **it;
    size_t n;
    long moving; /* those that are not stalled */
};

static void
gather(const struct pool *p, struct crowd *c, long long now)
{
    *c = (struct crowd){ .n = 0 };
    for (const struct stage_item *it = p->first; it != NULL; it = it->next) {
        if (!is_running(it))
            continue;
        c->it = xrealloc(c->it, c->n + 1, sizeof(*c->it));
        c->it[c->n++] = it;
        c->moving += !is_stalled(p, it, now);
    }
}

/* The processes that count against a new run: those of its account, the moving
 * ones at its endpoints, and those of its account there. */
struct usage {
    long account, account_moving;
    long endpoint_moving, account_endpoint, account_stalled;
};

static struct usage
use_of(const struct pool *p, const struct crowd *c, const struct stage_item *it,
       long long now)
{
    struct usage u = { .account = 0 };

    for (size_t i = 0; i < c->n; i++) {
        bool own = strcmp(it->account, c->it[i]->account) == 0;
        bool stalled = is_stalled(p, c->it[i], now);

        u.account += own;
        u.account_moving += own && !stalled;
        if (!share_endpoint(it, c->it[i]))
            continue;
        u.endpoint_moving += !stalled;
        u.account_endpoint += own;
        u.account_stalled += own && stalled;
    }
    return u;
}

/* Whether IT may start a process.  An account leaves a slot for others, may not
 * fill the process limit with stalled runs, and is limited at an endpoint by
 * its own runs there.  An account without a process may always start one. */
static bool
has_slot(const struct pool *p, const struct crowd *c,
         const struct stage_item *it, long long now)
{
    long spare = p->slots < 4 ? 1 : p->slots / 4;
    long share = p->slots > 1 ? p->slots - spare : 1;
    struct usage u;

    if (c->moving >= p->slots)
        return false;
    u = use_of(p, c, it, now);
    if (u.account > 0 && (u.account_moving >= share || u.account >= p->slots ||
                          (long)c->n >= p->slots * CROWD))
        return false;
    if (u.account_endpoint > 0 && u.endpoint_moving >= share)
        return false;
    return u.account_stalled < STALLED_MAX;
}

/* The number of processes of IT's account. */
static size_t
count_account(const struct crowd *c, const struct stage_item *it)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        n += strcmp(it->account, c->it[i]->account) == 0;
    return n;
}

/* Whether a thread works for IT's account: only one may wait for its helper. */
static bool
account_busy(const struct pool *p, const struct stage_item *it)
{
    for (int i = 0; i < p->nworkers; i++)
        if (p->at[i] != NULL && strcmp(p->at[i]->account, it->account) == 0)
            return true;
    return false;
}

/* Whether IT is due; otherwise *wait is reduced to the time until it is. */
static bool
is_due(const struct pool *p, const struct crowd *c, const struct stage_item *it,
       long long now, long long *wait)
{
    long long left = it->t_next - now;

    if (it->busy || it->cancelled)
        return false;
    if (left <= 0 && account_busy(p, it))
        return false;
    if (left <= 0 &&
        (it->phase_seen != STAGE_QUEUED || has_slot(p, c, it, now)))
        return true;
    if (left <= 0)
        left = 1000; /* a run that holds a slot may stall */
    if (left < *wait)
        *wait = left;
    return false;
}

/* Choose a due item; if none is, *wait is the time until one is.  Among items
 * that would start a run, that of the account with the fewest processes is
 * first. */
static struct stage_item *
next_item(const struct pool *p, long long *wait)
{
    long long now = time_mono_ms();
    struct stage_item *best = NULL;
    size_t least = SIZE_MAX;
    struct crowd c;

    *wait = 60000;
    gather(p, &c, now);
    for (struct stage_item *it = p->first; it != NULL && least > 0;
         it = it->next) {
        size_t n = 0;

        if (!is_due(p, &c, it, now, wait))
            continue;
        if (it->phase_seen == STAGE_QUEUED)
            n = count_account(&c, it);
        if (n < least) {
            best = it;
            least = n;
        }
    }
    free(c.it);
    return best;
}

static void
unlink_item(struct pool *p, struct stage_item *it)
{
    struct stage_item **at = &p->first;

    while (*at != it)
        at = &(*at)->next;
    *at = it->next;
    if (p->last == &it->next)
        p->last = at;
}

/* ---- the threads ---- */

/* Take one turn at IT.  With the lock, which is released meanwhile. */
static void
take_turn(struct pool *p, struct stage_item *it)
{
    int i = 0;
    bool over;

    while (p->at[i] != NULL)
        i++;
    p->at[i] = it;
    it->busy = true;
    if (it->poked)
        it->t_moved = time_mono_ms();
    it->poked = false;
    lock_release(&p->lock);
    if (p->host.may_work == NULL || p->host.may_work(p->host.arg))
        stage_item_turn(it, &p->host);
    else
        it->delay_ms = FENCED_MS;
    lock_take(&p->lock);
    it->phase_seen = it->phase;
    it->t_moved_seen = it->t_moved;
    it->t_next = time_mono_ms() + (it->poked ? 0 : it->delay_ms);
    over = it->phase == STAGE_OVER && !it->cancelled;
    if (over) {
        /* Still busy: cancel() waits until done() returns. */
        lock_release(&p->lock);
        p->host.done(p->host.arg, it->id, it->step, &it->result);
        lock_take(&p->lock);
    }
    it->busy = false;
    p->at[i] = NULL;
    if (it->phase == STAGE_OVER || it->cancelled) {
        unlink_item(p, it);
        stage_item_destroy(it);
    }
    pthread_cond_broadcast(&p->idle);
    pthread_cond_signal(&p->wake);
}

static void *
work(void *arg)
{
    struct pool *p = arg;
    struct stage_item *it;
    long long wait;

    lock_take(&p->lock);
    while (!p->closing) {
        it = next_item(p, &wait);
        if (it != NULL)
            take_turn(p, it);
        else
            (void)lock_wait_until(&p->lock, &p->wake, time_mono_ms() + wait);
    }
    lock_release(&p->lock);
    return NULL;
}

/* ---- the table ---- */

static void
gridcp_close(void *self)
{
    struct pool *p = self;

    if (p == NULL)
        return;
    lock_take(&p->lock);
    p->closing = true;
    pthread_cond_broadcast(&p->wake);
    lock_release(&p->lock);
    for (int i = 0; i < p->nworkers; i++)
        pthread_join(p->worker[i], NULL);
    while (p->first != NULL) {
        struct stage_item *it = p->first;

        unlink_item(p, it);
        stage_item_destroy(it);
    }
    pthread_cond_destroy(&p->wake);
    pthread_cond_destroy(&p->idle);
    lock_fini(&p->lock);
    free(p);
}

static int
gridcp_open(const struct stage_host *host, void **self, struct err *err)
{
    struct pool *p = xcalloc(1, sizeof(*p));

    p->host = *host;
    p->slots = (long)conf_num(host->conf, CONF_gatekeeper_staging_slots);
    p->stall_ms = conf_num(host->conf, CONF_gatekeeper_staging_stall) * 1000;
    p->last = &p->first;
    lock_init(&p->lock, LOCK_staging);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->idle, NULL);
    while (p->nworkers < WORKERS) {
        if (pthread_create(&p->worker[p->nworkers], NULL, work, p) != 0) {
            gridcp_close(p);
            return err_set(err, ERR_NOMEM, "cannot start a thread");
        }
        p->nworkers++;
    }
    *self = p;
    return 0;
}

static struct stage_item *
find(const struct pool *p, const char *id, enum stage_step step)
{
    struct stage_item *it = p->first;

    while (it != NULL &&
           (it->step != step || it->cancelled || strcmp(it->id, id) != 0))
        it = it->next;
    return it;
}

static bool
is_listed(const struct pool *p, unsigned long serial)
{
    const struct stage_item *o = p->first;

    while (o != NULL && o->serial != serial)
        o = o->next;
    return o != NULL;
}

static int
gridcp_start(void *self, const struct stage_job *job, enum stage_step step,
             struct err *err)
{
    struct pool *p = self;
    struct stage_item *it = stage_item_create(job, step, err);

    if (it == NULL)
        return -1;
    lock_take(&p->lock);
    if (find(p, job->id, step) != NULL) {
        stage_item_destroy(it); /* the step has already begun */
    } else {
        it->serial = ++p->serial;
        *p->last = it;
        p->last = &it->next;
        pthread_cond_signal(&p->wake);
    }
    lock_release(&p->lock);
    return 0;
}

static void
gridcp_cancel(void *self, const char *id, enum stage_step step)
{
    struct pool *p = self;
    struct stage_item *it;
    bool runs = false;

    lock_take(&p->lock);
    it = find(p, id, step);
    if (it != NULL) {
        runs = it->busy || it->phase_seen == STAGE_MOVING;
        it->cancelled = true;
        if (!it->busy) {
            unlink_item(p, it);
            stage_item_destroy(it);
        } else {
            unsigned long serial = it->serial;

            /* Its item leaves the list at the end of its turn. */
            while (is_listed(p, serial))
                lock_wait(&p->lock, &p->idle);
        }
    }
    lock_release(&p->lock);
    /* A supervisor that its user stopped does not react to signals. */
    if (step != STAGE_CLEAN)
        (void)runner_signal(p->host.runner, id, stage_item_unit(step),
                            runs ? RUNNER_END : RUNNER_KILL, NULL);
}

/* Find the step of job ID that waits for uploads; NULL with ERR.  With the
 * lock. */
static struct stage_item *
find_uploads(const struct pool *p, const char *id, struct err *err)
{
    struct stage_item *it = find(p, id, STAGE_IN);

    if (it == NULL)
        err_set(err, ERR_STATE, "job '%s' waits for no input now", id);
    return it;
}

static int
gridcp_upload(void *self, const char *id, const char *file,
              const struct stage_piece *piece, struct err *err)
{
    struct pool *p = self;
    const struct stage_upload *known = NULL;
    struct stage_upload u;
    struct stage_item *it;
    int rc;

    lock_take(&p->lock);
    it = find_uploads(p, id, err);
    if (it != NULL && (known = stage_upload_find(&it->list, file)) == NULL)
        err_set(err, ERR_NOT_FOUND, "'%s' is not an uploaded input of job '%s'",
                file, id);
    if (known != NULL)
        u = stage_upload_copy(known);
    lock_release(&p->lock);
    if (known == NULL)
        return -1;
    rc = stage_upload_put(p->host.runner, id, &u, piece, err);
    stage_upload_fini(&u);
    if (rc < 0)
        return -1;
    lock_take(&p->lock);
    it = find(p, id, STAGE_IN);
    if (it != NULL) {
        it->poked = true;
        if (it->phase_seen == STAGE_AWAITING)
            it->t_next = 0;
        pthread_cond_signal(&p->wake);
    }
    lock_release(&p->lock);
    return 0;
}

static int
gridcp_uploads(void *self, const char *id, struct buf *out, struct err *err)
{
    struct pool *p = self;
    struct stage_upload *list = NULL;
    struct stage_item *it;
    size_t n = 0;
    int rc;

    lock_take(&p->lock);
    it = find_uploads(p, id, err);
    if (it != NULL) {
        list = xcalloc(it->list.nuploads + 1, sizeof(*list));
        for (; n < it->list.nuploads; n++)
            list[n] = stage_upload_copy(&it->list.upload[n]);
    }
    lock_release(&p->lock);
    rc = list == NULL
             ? -1
             : stage_upload_text(p->host.runner, id, list, n, out, err);
    for (size_t i = 0; i < n; i++)
        stage_upload_fini(&list[i]);
    free(list);
    return rc;
}

static void
gridcp_load(void *self, long *queued, long *running)
{
    struct pool *p = self;

    *queued = *running = 0;
    lock_take(&p->lock);
    for (const struct stage_item *it = p->first; it != NULL; it = it->next)
        ++*(is_running(it) ? running : queued);
    lock_release(&p->lock);
}

const struct stager stager_gridcp = {
    .name = "gridcp",
    .open = gridcp_open,
    .close = gridcp_close,
    .check = gridcp_check,
    .start = gridcp_start,
    .upload = gridcp_upload,
    .uploads = gridcp_uploads,
    .cancel = gridcp_cancel,
    .load = gridcp_load,
};
