/* clients/gridrun/gridrun_news.h - waiting until something happens to a job,
 * where its site tells that. */
#ifndef CLIENTS_GRIDRUN_NEWS_H
#define CLIENTS_GRIDRUN_NEWS_H

#include "clients/gridrun/gridrun.h"

/* What is known of the events of one job. */
struct gridrun_news {
    long long since; /* the last event that was told */
    bool none;       /* its site tells no events: it is not asked again */
};

/* Wait until there is an event of the job at ADDRESS after NEWS, and count it.
 * false: there was none for a while, or its site does not tell; it is time to
 * ask for the state as well, after a pause. */
bool gridrun_news_wait(struct gridrun *g, const char *address,
                       struct gridrun_news *news);

#endif
