/* mds/generation.c - see generation.h. */

#include "mds/generation.h"
#include "base/buf.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/xml.h"

struct generation {
    xmlDoc *doc;
    int pins;
    bool past;
};

void
generations_init(struct generations *g, pthread_mutex_t *lock)
{
    *g = (struct generations){ .lock = lock };
    pthread_cond_init(&g->moved, NULL);
}

static void
destroy(struct generation *gen)
{
    if (gen == NULL)
        return;
    xmlFreeDoc(gen->doc);
    free(gen);
}

void
generations_fini(struct generations *g)
{
    for (int d = 0; d < DIALECT_COUNT; d++)
        destroy(g->now[d]);
    pthread_cond_destroy(&g->moved);
}

xmlDoc *
generations_doc(const struct generations *g, enum dialect d)
{
    return g->now[d] != NULL ? g->now[d]->doc : NULL;
}

void
generations_begin(struct generations *g, enum dialect d, xmlDoc *doc)
{
    g->now[d] = xcalloc(1, sizeof(*g->now[d]));
    g->now[d]->doc = doc;
}

bool
generations_pinned(const struct generations *g, enum dialect d)
{
    return g->now[d] != NULL && g->now[d]->pins > 0;
}

static bool
any_pinned(const struct generations *g)
{
    for (int d = 0; d < DIALECT_COUNT; d++)
        if (generations_pinned(g, (enum dialect)d))
            return true;
    return false;
}

/* A copy of DOC; who points at its root's children points at theirs then. */
static xmlDoc *
copy_doc(const xmlDoc *doc)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    xmlDoc *copy = xmlNewDoc((const xmlChar *)"1.0");
    /* 2: the root with namespaces and attributes, without children */
    xmlNode *to = xmlDocCopyNode((xmlNode *)(uintptr_t)root, copy, 2);

    xmlDocSetRootElement(copy, to);
    for (xmlNode *n = root->children; n != NULL; n = n->next) {
        xmlNode *child = xmlDocCopyNode(n, copy, 1);

        xmlAddChild(to, child);
        child->_private = n->_private;
        if (child->_private != NULL)
            *(xmlNode **)child->_private = child;
    }
    return copy;
}

/* Leave D's document to those who read it. */
static void
supersede(struct generations *g, enum dialect d)
{
    struct generation *old = g->now[d];

    generations_begin(g, d, copy_doc(old->doc));
    old->past = true;
    g->past++;
    log_event(LOG_INFO, "generation.leave", "queries=%d past=%d", old->pins,
              g->past);
}

void
generations_change(struct generations *g)
{
    long long until = time_mono_ms() + GENERATION_PATIENCE_MS;

    if (!any_pinned(g))
        return;
    g->changing++;
    while (any_pinned(g) && thread_wait(&g->moved, g->lock, until))
        continue;
    g->changing--;
    pthread_cond_broadcast(&g->moved);
    for (int d = 0; d < DIALECT_COUNT; d++)
        if (generations_pinned(g, (enum dialect)d))
            supersede(g, (enum dialect)d);
}

struct generation *
generations_pin(struct generations *g, enum dialect d, struct err *err)
{
    while (g->changing > 0)
        pthread_cond_wait(&g->moved, g->lock);
    if (g->past >= GENERATION_PAST_MAX) {
        err_set(err, ERR_LIMIT,
                "too many long queries are being answered: try again");
        return NULL;
    }
    g->now[d]->pins++;
    return g->now[d];
}

void
generations_unpin(struct generations *g, struct generation *gen)
{
    if (--gen->pins > 0)
        return;
    pthread_cond_broadcast(&g->moved);
    if (gen->past) {
        g->past--;
        destroy(gen);
    }
}

xmlDoc *
generation_doc(struct generation *gen)
{
    return gen->doc;
}
