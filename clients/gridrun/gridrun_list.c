/* clients/gridrun/gridrun_list.c - gridrun -list: the user's jobs at a site,
 * one page per request. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "clients/gridrun/gridrun.h"

/* The state of the listing. */
struct list {
    struct gridrun *g;
    struct bes_query query;
    const char *states[GRIDRUN_STATES_MAX];
    long long shown;
    char *after; /* owned: start of the next page */
    bool full;   /* the requested number is reached */
};

static int
set_states(struct list *l, struct err *err)
{
    if (l->g->state == NULL)
        return 0;
    l->query.states = l->states;
    l->query.nstates = gridrun_state_find(l->g->state, l->states);
    if (l->query.nstates > 0)
        return 0;
    return err_set(err, ERR_USAGE,
                   "-state: there is no state '%s': Pending, Active, Done, "
                   "Failed, ...",
                   l->g->state);
}

static int
show_one(struct list *l, const struct bes_listed *job, struct err *err)
{
    struct job_ref ref;

    if (l->g->name != NULL &&
        (job->name == NULL || fnmatch(l->g->name, job->name, 0) != 0))
        return 0;
    if (job_ref_from_address(job->address, &ref, err) < 0)
        return -1;
    gridrun_state_row(ref.id, &job->st, job->name, job->command);
    job_ref_fini(&ref);
    l->shown++;
    return 0;
}

/* Request a page and print it; l->after is then the start of the next page,
 * NULL at the end. */
static int
show_page(struct list *l, struct err *err)
{
    struct bes_list page;
    int rc;

    l->query.after = l->after;
    /* With a name filter, the limit cannot be the page's size. */
    l->query.limit = l->g->name == NULL && l->g->limit > 0
                         ? (size_t)(l->g->limit - l->shown)
                         : 0;
    rc = bes_list(&l->g->site, &l->query, &page, err);
    free(l->after);
    l->after = NULL;
    for (size_t i = 0; i < page.n && rc == 0 && !l->full; i++) {
        rc = show_one(l, &page.of[i], err);
        l->full = l->g->limit > 0 && l->shown == l->g->limit;
        if (l->full && (i + 1 < page.n || page.next != NULL))
            l->after = xstrdup(strrchr(page.of[i].address, '/') + 1);
    }
    if (rc == 0 && !l->full && page.next != NULL)
        l->after = xstrdup(page.next);
    bes_list_fini(&page);
    return rc;
}

int
gridrun_list(struct gridrun *g)
{
    struct list l = { .g = g };
    struct err err = ERR_INIT;
    int rc;

    if (g->list_tasks)
        return gridrun_list_tasks(g);
    g->url = gridrun_factory_url(g, &err);
    l.after = g->after != NULL ? xstrdup(g->after) : NULL;
    rc = g->url != NULL && set_states(&l, &err) == 0 &&
                 gridrun_open(g, g->url, &err) == 0
             ? 0
             : -1;
    while (rc == 0) {
        rc = show_page(&l, &err);
        if (l.full || l.after == NULL)
            break;
    }
    if (rc == 0 && l.after != NULL)
        gridrun_say(g, "There are more: -after %s\n", l.after);
    if (err.code != ERR_OK)
        client_complain("gridrun", &err);
    free(l.after);
    gridrun_close(g);
    free(g->url);
    return rc < 0 ? GRIDRUN_FAILED : 0;
}
