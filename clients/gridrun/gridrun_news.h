/* clients/gridrun/gridrun_news.h - waits for the next event of a job, if its
 * site supports events. */
#ifndef CLIENTS_GRIDRUN_NEWS_H
#define CLIENTS_GRIDRUN_NEWS_H

#include "clients/gridrun/gridrun.h"

/* The state of waiting for one job. */
struct gridrun_news {
    long long since; /* number of the last event received */
    bool none;       /* the site has no events: do not ask again */
};

/* Wait for an event of the job at ADDRESS after NEWS, and update NEWS. false:
 * there was none for a while, or the site has no events; the caller must then
 * also poll the state, after a pause. */
bool gridrun_news_wait(struct gridrun *g, const char *address,
                       struct gridrun_news *news);

#endif
