/* gatekeeper/staging/stage_retry.c - retries and failures of an item; see
 * stage_item.h. */
#include <stdio.h>

#include "base/log.h"
#include "gatekeeper/staging/stage_item.h"

#define RETRY_MS     1000
#define RETRY_SHIFTS 6 /* at most 64 s */

enum runner_unit
stage_item_unit(enum stage_step step)
{
    return step == STAGE_IN ? RUNNER_STAGE_IN : RUNNER_STAGE_OUT;
}

void
stage_item_fail(struct stage_item *it, const char *text)
{
    it->phase = STAGE_OVER;
    it->result.ok = false;
    snprintf(it->result.fault, sizeof(it->result.fault), "%s", text);
}

/* Whether to retry after a failure with CODE: a limited number of times, or as
 * long as the site has no space. */
static bool
may_try_again(struct stage_item *it, const struct stage_host *host,
              enum err_code code)
{
    long long now = time_mono_ms();

    if (it->tries++ == 0)
        it->t_trouble = now;
    if (code == ERR_NOSPACE)
        return now - it->t_trouble <
               conf_num(host->conf, CONF_gatekeeper_outage_wait) * 1000;
    return err_transient(code) &&
           it->tries <= conf_num(host->conf, CONF_gatekeeper_retries);
}

void
stage_item_retry(struct stage_item *it, const struct stage_host *host,
                 const struct err *err)
{
    unsigned n = it->tries < RETRY_SHIFTS ? it->tries : RETRY_SHIFTS;

    if (!may_try_again(it, host, err->code)) {
        if (it->phase == STAGE_MOVING) /* do not leave it running unobserved */
            (void)runner_signal(host->runner, it->id, stage_item_unit(it->step),
                                RUNNER_END, NULL);
        stage_item_fail(it, err->text);
        return;
    }
    log_event(LOG_WARNING, "stage.wait", "job=%s try=%u reason=%s", it->id,
              it->tries, err->text);
    if (host->waits != NULL)
        host->waits(host->arg, it->id, err->text);
    it->delay_ms = RETRY_MS << n;
}
