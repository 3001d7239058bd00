/* gatekeeper/life/life_rebuild.c - rebuilds the runner's registry from the
 * store, and refuses a store that was lost and created anew; see
 * life_core.h. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gatekeeper/life/life_core.h"

/* The setting that marks a store as used before. */
#define BEGUN "begun"

/* Jobs that are not registered. */
struct lost {
    const struct life_known **job;
    size_t n;
};

/* Ask the runner about N jobs; add those it does not know to LOST. */
static int
ask(struct life *l, const struct life_known *jobs, size_t n, struct lost *lost,
    struct err *err)
{
    struct runner_known known[LIFE_BATCH];

    for (size_t i = 0; i < n; i++)
        known[i] = (struct runner_known){ .job = jobs[i].id };
    if (runner_known_many(l->runner, known, n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (known[i].account[0] == '\0') {
            lost->job = xrealloc(lost->job, lost->n + 1, sizeof(*lost->job));
            lost->job[lost->n++] = &jobs[i];
        } else if (strcmp(known[i].account, jobs[i].account) != 0) {
            log_event(LOG_ERR, "job.account.differs",
                      "job=%s store=%s registry=%s", jobs[i].id,
                      jobs[i].account, known[i].account);
        }
    }
    return 0;
}

/* Register the jobs again.  The runner maps the owner anew: if the map no
 * longer gives the account, the job stays unregistered and waits. */
static void
register_lost(struct life *l, const struct lost *lost)
{
    struct runner_registration *list = xcalloc(lost->n, sizeof(*list));
    size_t refused = 0;

    for (size_t i = 0; i < lost->n; i++)
        list[i] = (struct runner_registration){ .job = lost->job[i]->id,
                                                .dn = lost->job[i]->owner,
                                                .want = lost->job[i]->account };
    runner_register_many(l->runner, list, lost->n);
    for (size_t i = 0; i < lost->n; i++) {
        if (list[i].err.code == ERR_OK)
            continue;
        refused++;
        log_event(LOG_ERR, "job.rebuild.fail", "job=%s account=%s why=%s",
                  list[i].job, list[i].want, list[i].err.text);
    }
    log_event(LOG_WARNING, "life.rebuild", "registered=%zu refused=%zu",
              lost->n - refused, refused);
    free(list);
}

int
life_rebuild_known(struct life *l, const struct life_known *jobs, size_t n,
                   struct err *err)
{
    struct lost lost = { .n = 0 };
    int rc = 0;

    for (size_t at = 0; rc == 0 && at < n; at += LIFE_BATCH)
        rc = ask(l, jobs + at, n - at < LIFE_BATCH ? n - at : LIFE_BATCH, &lost,
                 err);
    if (rc == 0 && lost.n > 0)
        register_lost(l, &lost);
    free(lost.job);
    return rc;
}

/* Register all jobs that have an account. */
static int
rebuild_all(struct life *l, struct err *err)
{
    struct life_known *known = xcalloc(l->jobs.count + 1, sizeof(*known));
    size_t n = 0;
    int rc;

    for (struct life_job *job = l->newest; job != NULL; job = job->older)
        if (job->account != NULL)
            known[n++] = (struct life_known){ .id = job->id,
                                              .owner = job->owner->dn,
                                              .account = job->account };
    rc = life_rebuild_known(l, known, n, err);
    free(known);
    return rc;
}

/* Refuse a store that was never used while the runner has jobs registered. */
static int
check_store(struct life *l, struct err *err)
{
    size_t registered = 0;
    char *begun = NULL;

    if (l->store->get_setting(l->store_self, BEGUN, &begun, err) < 0)
        return -1;
    if (begun != NULL || l->jobs.count > 0) {
        free(begun);
        return 0;
    }
    if (runner_known_count(l->runner, &registered, err) < 0)
        return -1;
    if (registered == 0)
        return 0;
    return err_set(
        err, ERR_CONFIG,
        "the job store in gatekeeper.state '%s' is new, but %zu jobs "
        "are registered: the store was lost.  Restore it from the "
        "backup; or remove 'registry' from gatekeeper.runner_state "
        "'%s' to begin without these jobs",
        conf_str(l->conf, CONF_gatekeeper_state), registered,
        conf_str(l->conf, CONF_gatekeeper_runner_state));
}

int
life_rebuild(struct life *l, struct err *err)
{
    if (check_store(l, err) < 0 || rebuild_all(l, err) < 0)
        return -1;
    return l->store->set_setting(l->store_self, BEGUN, "yes", err);
}
