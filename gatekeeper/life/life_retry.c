/* gatekeeper/life/life_retry.c - how often and how long a failed action is
 * retried, and what its owner reads meanwhile; see life_core.h. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gatekeeper/life/life_core.h"

#define DELAY_FIRST_MS 500
#define DELAY_SHIFTS   7 /* at most 64 s */

struct life_trouble {
    struct {
        unsigned tries;
        long long since_ms; /* monotonic, of the first failure */
    } of[LIFE_ACTIONS];
    char *text;
};

static struct life_trouble *
get(struct life_item *item)
{
    if (item->trouble == NULL)
        item->trouble = xcalloc(1, sizeof(*item->trouble));
    return item->trouble;
}

static void
say(struct life_trouble *t, const char *text)
{
    if (t->text != NULL && strcmp(t->text, text) == 0)
        return;
    free(t->text);
    t->text = xstrdup(text);
}

/* Failures that only the site can repair, such as a full disk or a scheduler
 * that is down, are retried for a long time; others a few times. */
static bool
waits_for_site(enum life_action action, enum err_code code)
{
    bool at_scheduler = action == LIFE_DO_submit || action == LIFE_DO_release ||
                        action == LIFE_DO_kill;

    return action == LIFE_DO_watch || code == ERR_NOSPACE ||
           (at_scheduler && code == ERR_UNREACHABLE);
}

bool
life_retry(struct life *l, struct life_item *item, enum life_action action,
           const struct err *err)
{
    struct life_trouble *t = get(item);
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
    if (action != LIFE_DO_watch ||
        (n & (n - 1)) == 0) /* do not log at each poll */
        log_event(LOG_WARNING, "job.retry", "job=%s try=%u why=%s",
                  item->job->id, n + 1, err->text);
    say(t, err->text);
    /* Polls repeat anyway. */
    if (action != LIFE_DO_watch)
        life_lane_later(l, item, action,
                        DELAY_FIRST_MS
                            << (n < DELAY_SHIFTS ? n : DELAY_SHIFTS));
    return true;
}

unsigned
life_retry_count(const struct life_item *item, enum life_action action)
{
    return item->trouble == NULL ? 0 : item->trouble->of[action].tries;
}

void
life_retry_say(struct life_item *item, const char *text)
{
    if (text[0] != '\0') {
        say(get(item), text);
    } else if (item->trouble != NULL) {
        item->trouble->of[LIFE_DO_watch].tries = 0;
        free(item->trouble->text);
        item->trouble->text = NULL;
    }
}

static const char *
text_of(const struct life_item *item)
{
    return item->trouble == NULL ? NULL : item->trouble->text;
}

const char *
life_retry_text(const struct life_job *job)
{
    const char *text = text_of(&job->item);

    for (uint32_t i = 0; text == NULL && i < job->ntasks; i++)
        text = text_of(&job->task[i].item);
    return text;
}

void
life_retry_over(struct life_item *item)
{
    if (item->trouble != NULL)
        free(item->trouble->text);
    free(item->trouble);
    item->trouble = NULL;
}
