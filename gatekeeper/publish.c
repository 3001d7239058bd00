/* gatekeeper/publish.c - see publish.h. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "gatekeeper/doors/door.h"
#include "gatekeeper/publish.h"
#include "info/glue2.h"

#define SHARES_MAX (8 * SCHED_SHARES_MAX)

struct publish {
    struct registration **registration;
    size_t n;
};

/* Texts that a description borrows. */
struct texts {
    struct sched_info info[8];
    char name[SHARES_MAX][160];
    char wsdl[512], url[512];
};

static void
describe_share(struct glue2_share *g, const char *scheduler,
               const struct sched_share *s, char name[160])
{
    glue2_share_init(g);
    snprintf(name, 160, "%s%s%s", scheduler, s->name[0] != '\0' ? "-" : "",
             s->name);
    g->name = name;
    g->queue = s->name[0] != '\0' ? s->name : scheduler;
    g->max_wall = s->max_wall;
    g->max_slots = s->slots;
    g->running = s->running;
    g->waiting = s->waiting;
    g->total = s->running + s->waiting;
    g->free_slots = s->free_slots;
    g->used_slots = s->slots >= 0 ? s->slots - s->free_slots : -1;
}

/* Describe every scheduler's shares and manager. */
static void
describe_managers(struct service *s, struct glue2_computing *c,
                  struct glue2_share *shares, struct glue2_manager *managers,
                  struct texts *t)
{
    const char *name;
    int rc;

    for (size_t i = 0;
         i < 8 && (rc = life_describe(s->life, i, &name, &t->info[i])) != 0;
         i++) {
        struct glue2_manager *m = &managers[c->managers];

        if (rc < 0)
            continue;
        *m = (struct glue2_manager){ .product = t->info[i].product,
                                     .version = t->info[i].version,
                                     .cpus = -1,
                                     .slots = 0,
                                     .used_local = -1,
                                     .used_grid = 0 };
        for (size_t j = 0; j < t->info[i].nshares && c->shares < SHARES_MAX;
             j++) {
            const struct sched_share *share = &t->info[i].share[j];

            describe_share(&shares[c->shares], name, share, t->name[c->shares]);
            m->slots += share->slots;
            m->used_grid += share->slots - share->free_slots;
            c->shares++;
        }
        c->managers++;
    }
    c->share = shares;
    c->manager = managers;
}

static void
describe_endpoint(struct service *s, const struct life_counts *counts,
                  const struct cred *cred, struct glue2_endpoint *e,
                  struct texts *t)
{
    static const char *const capability[] = { "executionmanagement.jobcreation",
                                              "executionmanagement."
                                              "jobdescription",
                                              "executionmanagement."
                                              "jobmanagement",
                                              "security.delegation", NULL };
    static const char *const language[] = { "ogf:jsdl:1.0", NULL };

    glue2_endpoint_init(e);
    snprintf(t->url, sizeof(t->url), "%s" BES_PATH, s->url);
    snprintf(t->wsdl, sizeof(t->wsdl), "%s" BES_PATH "?wsdl", s->url);
    e->url = t->url;
    e->wsdl = t->wsdl;
    e->interface = "org.ogf.bes";
    e->version = "1.0";
    e->capability = capability;
    e->job_language = language;
    e->serving = counts->accepting ? "production" : "draining";
    e->issuer_ca = cred_issuer(cred);
    e->staging = "staginginout";
    e->started = s->started;
    e->running = counts->state[LIFE_RUNNING] + counts->state[LIFE_SUSPENDED];
    e->staged = counts->state[LIFE_STAGEIN] + counts->state[LIFE_STAGEOUT];
    e->waiting = counts->state[LIFE_NEW] + counts->state[LIFE_HELD] +
                 counts->state[LIFE_READY] + counts->state[LIFE_SUBMITTING] +
                 counts->state[LIFE_PENDING];
    e->total = e->running + e->staged + e->waiting;
}

int
publish_glue2(void *arg, const struct registration_frame *frame,
              struct buf *out, struct err *err)
{
    struct service *s = arg;
    struct texts *t = xcalloc(1, sizeof(*t));
    struct glue2_share *shares = xcalloc(SHARES_MAX, sizeof(*shares));
    struct glue2_manager managers[8];
    struct glue2_environment environment;
    struct glue2_endpoint endpoint;
    struct glue2_computing c = { 0 };
    struct life_counts counts;

    (void)err;
    life_counts(s->life, &counts);
    describe_endpoint(s, &counts, frame->cred, &endpoint, t);
    glue2_environment_here(&environment);
    c.id = strstr(s->url, "://") != NULL ? strstr(s->url, "://") + 3 : s->url;
    c.name = "gatekeeper";
    c.now = frame->now;
    c.validity = frame->validity_s;
    c.total = endpoint.total;
    c.running = endpoint.running;
    c.waiting = endpoint.waiting;
    c.staged = endpoint.staged;
    c.suspended = counts.state[LIFE_SUSPENDED];
    c.endpoint = &endpoint;
    c.endpoints = 1;
    c.environment = &environment;
    describe_managers(s, &c, shares, managers, t);
    glue2_write_computing(out, &c);
    free(shares);
    free(t);
    return 0;
}

int
publish_start(struct service *s, struct publish **out, struct err *err)
{
    struct publish *p = NULL;
    char *member = xasprintf("%s" BES_PATH, s->url);
    const char *url;
    int rc = 0;

    *out = NULL;
    for (size_t i = 0;
         rc == 0 && (url = conf_word(s->conf, CONF_gatekeeper_index, i)); i++) {
        struct registration_spec spec = {
            .index_url = url,
            .member_url = member,
            .cred = s->cred,
            .trust = s->trust,
            .interval_s =
                (int)conf_num(s->conf, CONF_gatekeeper_index_interval),
            .pause_s = (int)conf_num(s->conf, CONF_gatekeeper_index_pause),
            .describe = publish_glue2,
            .arg = s,
        };

        if (p == NULL)
            p = xcalloc(1, sizeof(*p));
        p->registration =
            xrealloc(p->registration, p->n + 1, sizeof(struct registration *));
        rc = registration_start(&spec, &p->registration[p->n], err);
        p->n += rc == 0;
    }
    free(member);
    *out = p;
    return rc;
}

void
publish_set_cred(struct publish *p, struct cred *cred)
{
    for (size_t i = 0; p != NULL && i < p->n; i++)
        registration_set_cred(p->registration[i], cred);
}

void
publish_touch(struct publish *p)
{
    for (size_t i = 0; p != NULL && i < p->n; i++)
        registration_touch(p->registration[i]);
}

void
publish_stop(struct publish *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < p->n; i++)
        registration_end(p->registration[i]);
    for (size_t i = 0; i < p->n; i++)
        registration_stop(p->registration[i]);
    free(p->registration);
    free(p);
}
