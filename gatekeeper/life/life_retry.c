/* gatekeeper/life/life_retry.c - how often and how long what failed is tried
 * again, and what its owner reads meanwhile; see life_core.h. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gatekeeper/life/life_core.h"

#define DELAY_FIRST_MS 500
#define DELAY_SHIFTS   7 /* at most 64 s */

struct life_trouble {
    struct {
        unsigned tries;
        long long since_ms; /* monotonic, of the first */
    } of[LIFE_ACTIONS];
    char *text;
};

static struct life_trouble *
get(struct life_job *job)
{
    if (job->trouble == NULL)
        job->trouble = xcalloc(1, sizeof(*job->trouble));
    return job->trouble;
}

static void
say(struct life_trouble *t, const char *text)
{
    if (t->text != NULL && strcmp(t->text, text) == 0)
        return;
    free(t->text);
    t->text = xstrdup(text);
}

/* What only the site can mend is waited for: a full disk, a scheduler that is
 * down.  All else is tried a few times. */
static bool
waits_for_site(enum life_action action, enum err_code code)
{
    bool at_scheduler = action == LIFE_DO_submit || action == LIFE_DO_release ||
                        action == LIFE_DO_kill;

    return action == LIFE_DO_watch || code == ERR_NOSPACE ||
           (at_scheduler && code == ERR_UNREACHABLE);
}

bool
life_retry(struct life *l, struct life_job *job, enum life_action action,
           const struct err *err)
{
    struct life_trouble *t = get(job);
    long long now = time_mono_ms(), since;
    unsigned n = t->of[action].tries++;

    if (n == 0)
        t->of[action].since_ms = now;
    since = t->of[action].since_ms;
    if (waits_for_site(action, err->code)
            ? now - since >=
                  conf_num(l->conf, CONF_gatekeeper_outage_wait) * 1000
            : n >= conf_num(l->conf, CONF_gatekeeper_retries))
        return false;
    if (action != LIFE_DO_watch || (n & (n - 1)) == 0) /* not at each poll */
        log_event(LOG_WARNING, "job.retry", "job=%s try=%u why=%s", job->id,
                  n + 1, err->text);
    say(t, err->text);
    /* The next poll comes by itself. */
    if (action != LIFE_DO_watch)
        life_lane_later(l, job, action,
                        DELAY_FIRST_MS
                            << (n < DELAY_SHIFTS ? n : DELAY_SHIFTS));
    return true;
}

unsigned
life_retry_count(const struct life_job *job, enum life_action action)
{
    return job->trouble == NULL ? 0 : job->trouble->of[action].tries;
}

void
life_retry_say(struct life_job *job, const char *text)
{
    if (text[0] != '\0') {
        say(get(job), text);
    } else if (job->trouble != NULL) {
        job->trouble->of[LIFE_DO_watch].tries = 0;
        free(job->trouble->text);
        job->trouble->text = NULL;
    }
}

const char *
life_retry_text(const struct life_job *job)
{
    return job->trouble == NULL ? NULL : job->trouble->text;
}

void
life_retry_over(struct life_job *job)
{
    if (job->trouble != NULL)
        free(job->trouble->text);
    free(job->trouble);
    job->trouble = NULL;
}
