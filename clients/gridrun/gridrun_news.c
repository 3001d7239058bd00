/* clients/gridrun/gridrun_news.c - see gridrun_news.h. */
#include "clients/gridrun/gridrun_news.h"
#include "clients/gridrun/gridrun_interrupt.h"
#include "clients/gridrun/job_events.h"

#define WAIT_S 30

bool
gridrun_news_wait(struct gridrun *g, const char *address,
                  struct gridrun_news *news)
{
    /* The site must answer before our timeout. */
    int half_s = g->timeout_ms / 2000;
    struct job_events events;
    struct err err = ERR_INIT;
    bool found;

    if (news->none || half_s == 0)
        return false;
    gridrun_interrupt_init();
    if (job_events_get(g->soap, address, news->since,
                       half_s < WAIT_S ? half_s : WAIT_S, &events, &err) < 0)
        events = (struct job_events){ .n = 0 };
    gridrun_interrupt_fini();
    if (err.code == ERR_STATE) { /* events were missed */
        news->since = 0;
        return true;
    }
    /* A transient failure is retried later, but not here. */
    if (err.code != ERR_OK) {
        news->none = !bes_transient(&err) && err.code != ERR_CANCELLED;
        return err.code == ERR_CANCELLED;
    }
    found = events.n > 0;
    news->since = events.seq;
    job_events_fini(&events);
    return found;
}
