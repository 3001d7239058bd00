/* mds/entries.c - see entries.h.
 *
 * One lock, held for moments: changes link a subtree that was parsed outside,
 * queries pin the document that there is (generation.h) and are evaluated
 * without it.  The disk is written before the tree. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xml.h"
#include "mds/entries.h"
#include "mds/entry_table.h"
#include "mds/generation.h"
#include "mds/querygate.h"
#include "mds/rpdoc.h"

/* Steps that XPath takes in a millisecond, low: the limit is a time. */
#define OPS_PER_MS    20000
#define ANSWER_MAX    ((size_t)512 * 1024 * 1024)
/* For how long CurrentTime stays as it is while queries read the document. */
#define TIME_STALE_MS 10000

struct entries {
    pthread_mutex_t lock;
    pthread_mutex_t add_lock; /* one Add at a time decides what it replaces */
    struct dbase *db;
    char *entry_url, *group_url;
    long entries_max;
    long long lifetime_max_ms;
    unsigned long query_ops;
    long long started_ms;
    struct entry_table table;
    struct generations docs;
    long long time_ms[DIALECT_COUNT]; /* in each, as CurrentTime */
    struct querygate *gate;
    long long next_expiry_ms; /* no entry ends before this */
    struct entries_stats stats;
};

static xmlNode *
make_node(struct entries *r, enum dialect d, const struct entries_row *row,
          struct err *err)
{
    struct rpdoc_entry shown = { row->id, row->member, row->member_params,
                                 row->config, row->data };

    return rpdoc_entry(d, r->entry_url, &shown, err);
}

/* Unlink E from tables and trees, which nobody reads, and free it. */
static void
drop(struct entries *r, struct entry *e)
{
    entry_table_take(&r->table, e);
    for (int d = 0; d < DIALECT_COUNT; d++)
        if (e->node[d] != NULL)
            rpdoc_remove(e->node[d]);
    entries_row_fini(&e->row);
    free(e);
    r->stats.entries--;
}

static void
insert(struct entries *r, struct entry *e)
{
    entry_table_put(&r->table, e);
    r->stats.entries++;
    if (e->row.expires_ms < r->next_expiry_ms)
        r->next_expiry_ms = e->row.expires_ms;
}

/* An end that has come. */
struct ending {
    struct entries *r;
    long long now;
};

static void
drop_ended(struct entry *e, void *arg)
{
    const struct ending *end = arg;
    struct entries *r = end->r;

    if (e->row.expires_ms <= end->now) {
        log_event(LOG_NOTICE, "entry.expired", "id=%s member=%s", e->row.id,
                  e->row.member);
        r->stats.expired++;
        drop(r, e);
    } else if (e->row.expires_ms < r->next_expiry_ms)
        r->next_expiry_ms = e->row.expires_ms;
}

/* Take the lock.  Whoever looks after an end has come removes what has ended:
 * expiry is exact without a timer. */
static void
lock(struct entries *r)
{
    struct ending end = { r, time_now_ms() };

    pthread_mutex_lock(&r->lock);
    if (end.now < r->next_expiry_ms)
        return;
    generations_change(&r->docs);
    r->next_expiry_ms = INT64_MAX;
    entry_table_each(&r->table, drop_ended, &end);
}

static void
unlock(struct entries *r)
{
    pthread_mutex_unlock(&r->lock);
}

/* Take the lock, to change documents. */
static void
lock_change(struct entries *r)
{
    lock(r);
    generations_change(&r->docs);
}

/* --- open and close ------------------------------------------------------- */

static int
load_row(struct entries_row *row, void *arg, struct err *err)
{
    struct entries *r = arg;
    struct entry *e = xcalloc(1, sizeof(*e));

    (void)err;
    e->row = *row;
    insert(r, e);
    return 0;
}

int
entries_open(const struct entries_spec *spec, struct entries **out,
             struct err *err)
{
    struct entries *r = xcalloc(1, sizeof(*r));

    pthread_mutex_init(&r->lock, NULL);
    pthread_mutex_init(&r->add_lock, NULL);
    generations_init(&r->docs, &r->lock);
    r->entries_max = spec->entries_max;
    r->group_url = xstrdup("");
    r->entry_url = xstrdup("");
    r->lifetime_max_ms = 1000ll * spec->lifetime_max_s;
    r->query_ops = (unsigned long)spec->query_timeout_ms * OPS_PER_MS;
    r->started_ms = time_now_ms();
    r->next_expiry_ms = INT64_MAX;
    if (querygate_create(spec->queries_max > 0 ? spec->queries_max : 1,
                         spec->query_timeout_ms, &r->gate, err) < 0 ||
        entries_db_open(spec->path, &r->db, err) < 0 ||
        entries_db_load(r->db, load_row, r, err) < 0) {
        entries_close(r);
        return -1;
    }
    lock(r);
    unlock(r);
    log_event(LOG_NOTICE, "entries.open", "entries=%ld", r->stats.entries);
    *out = r;
    return 0;
}

void
entries_set_url(struct entries *r, const char *service_url)
{
    pthread_mutex_lock(&r->lock);
    free(r->group_url);
    free(r->entry_url);
    r->group_url =
        xasprintf("%s/wsrf/services/DefaultIndexService", service_url);
    r->entry_url = xasprintf("%sEntry", r->group_url);
    unlock(r);
}

static void
drop_any(struct entry *e, void *arg)
{
    drop(arg, e);
}

void
entries_close(struct entries *r)
{
    if (r == NULL)
        return;
    querygate_destroy(r->gate);
    dbase_close(r->db);
    entry_table_each(&r->table, drop_any, r);
    generations_fini(&r->docs);
    pthread_mutex_destroy(&r->lock);
    pthread_mutex_destroy(&r->add_lock);
    free(r->entry_url);
    free(r->group_url);
    free(r);
}

void
entries_end_queries(struct entries *r)
{
    if (r != NULL)
        querygate_end(r->gate);
}

/* --- changes -------------------------------------------------------------- */

void
entries_tidy(struct entries *r)
{
    struct err err = ERR_INIT;

    lock(r);
    unlock(r);
    if (entries_db_delete(r->db, NULL, time_now_ms(), &err) < 0)
        log_event(LOG_WARNING, "entries.tidy", "error=%s", err.text);
}

/* The end that is granted for what was asked. */
static long long
grant(const struct entries *r, long long asked_ms)
{
    long long longest = time_now_ms() + r->lifetime_max_ms;

    return asked_ms <= 0 || asked_ms > longest ? longest : asked_ms;
}

/* What to call a new row: the id of the entry that it replaces, or a new one.
 */
static int
choose_id(struct entries *r, const struct registration_in *in,
          char id[UUID_TEXT], struct err *err)
{
    const struct entry *same;
    int rc = 0;

    lock(r);
    same = entry_table_same(&r->table, in);
    if (same != NULL)
        memcpy(id, same->row.id, UUID_TEXT);
    else if (r->stats.entries >= r->entries_max)
        rc = err_set(err, ERR_LIMIT,
                     "the index is full: %ld entries (mds.entries_max)",
                     r->entries_max);
    else
        uuid_make(id);
    unlock(r);
    return rc;
}

/* NODE is what E looks like in D. */
static void
show(struct entry *e, int d, xmlNode *node)
{
    e->node[d] = node;
    if (node != NULL)
        node->_private = &e->node[d];
}

/* Put ROW (which this owns) into table and trees, in place of its elder. */
static void
publish(struct entries *r, struct entries_row *row,
        xmlNode *node[DIALECT_COUNT])
{
    struct entry *e;

    lock_change(r);
    e = entry_table_find(&r->table, row->id);
    if (e == NULL) {
        e = xcalloc(1, sizeof(*e));
        e->row = *row;
        insert(r, e);
    } else {
        entries_row_fini(&e->row);
        e->row = *row;
        if (row->expires_ms < r->next_expiry_ms)
            r->next_expiry_ms = row->expires_ms;
    }
    for (int d = 0; d < DIALECT_COUNT; d++) {
        xmlDoc *doc = generations_doc(&r->docs, (enum dialect)d);

        if (doc == NULL) {
            xmlFreeNode(node[d]);
            continue;
        }
        rpdoc_replace(doc, e->node[d], node[d]);
        show(e, d, node[d]);
    }
    r->stats.added++;
    unlock(r);
}

int
entries_add(struct entries *r, const struct registration_in *in,
            char id[UUID_TEXT], long long *granted_ms, struct err *err)
{
    struct entries_row row = { .expires_ms = grant(r, in->expires_ms) };
    xmlNode *node[DIALECT_COUNT] = { NULL };
    int rc = -1;

    row.owner = xstrdup(in->owner);
    row.member = xstrdup(in->member);
    row.member_params = xstrdup(in->member_params);
    row.config = xstrdup(in->config);
    row.data = xstrdup(in->data);
    pthread_mutex_lock(&r->add_lock);
    if (choose_id(r, in, row.id, err) < 0)
        goto out;
    for (int d = 0; d < DIALECT_COUNT; d++)
        if ((node[d] = make_node(r, (enum dialect)d, &row, err)) == NULL)
            goto out;
    if (entries_db_put(r->db, &row, err) < 0)
        goto out;
    memcpy(id, row.id, UUID_TEXT);
    *granted_ms = row.expires_ms;
    publish(r, &row, node);
    rc = 0;
out:
    pthread_mutex_unlock(&r->add_lock);
    if (rc < 0) {
        for (int d = 0; d < DIALECT_COUNT; d++)
            xmlFreeNode(node[d]);
        entries_row_fini(&row);
    }
    return rc;
}

/* Whether ID is there and OWNER (NULL: anybody) may change it; one answer for
 * both, so that ids cannot be tried out. */
static int
owned(struct entries *r, const char *id, const char *owner, struct err *err)
{
    struct entry *e;
    int rc = 0;

    lock(r);
    e = entry_table_find(&r->table, id);
    if (e == NULL || (owner != NULL && strcmp(e->row.owner, owner) != 0))
        rc = err_set(err, ERR_NOT_FOUND, "there is no entry '%s' of yours", id);
    unlock(r);
    return rc;
}

int
entries_set_expiry(struct entries *r, const char *id, const char *owner,
                   long long expires_ms, long long *granted_ms, struct err *err)
{
    struct entry *e;

    if (owned(r, id, owner, err) < 0)
        return -1;
    *granted_ms = grant(r, expires_ms);
    if (entries_db_set_expiry(r->db, id, *granted_ms, err) < 0)
        return -1;
    lock(r);
    e = entry_table_find(&r->table, id);
    if (e != NULL) {
        e->row.expires_ms = *granted_ms;
        if (*granted_ms < r->next_expiry_ms)
            r->next_expiry_ms = *granted_ms;
        r->stats.renewed++;
    }
    unlock(r);
    if (e == NULL)
        return err_set(err, ERR_NOT_FOUND, "entry '%s' has just ended", id);
    return 0;
}

int
entries_remove(struct entries *r, const char *id, const char *owner,
               struct err *err)
{
    struct entry *e;

    if (owned(r, id, owner, err) < 0 ||
        entries_db_delete(r->db, id, 0, err) < 0)
        return -1;
    lock_change(r);
    e = entry_table_find(&r->table, id);
    if (e != NULL)
        drop(r, e);
    r->stats.removed++;
    unlock(r);
    return 0;
}

/* --- looking -------------------------------------------------------------- */

struct build {
    struct entries *r;
    enum dialect d;
    xmlDoc *doc;
};

static void
build_entry(struct entry *e, void *arg)
{
    const struct build *b = arg;

    show(e, b->d, make_node(b->r, b->d, &e->row, NULL));
    if (e->node[b->d] != NULL)
        rpdoc_replace(b->doc, NULL, e->node[b->d]);
}

/* Take the lock, the document of D being there and current: built on first use,
 * without ended entries, with the time. */
static void
look(struct entries *r, enum dialect d)
{
    struct build b = { r, d, NULL };
    long long now = time_now_ms();

    lock(r);
    if (generations_doc(&r->docs, d) == NULL) {
        b.doc = rpdoc_create(d);
        entry_table_each(&r->table, build_entry, &b);
        generations_begin(&r->docs, d, b.doc);
    }
    if (generations_pinned(&r->docs, d) && now - r->time_ms[d] > TIME_STALE_MS)
        generations_change(&r->docs);
    if (!generations_pinned(&r->docs, d)) {
        rpdoc_set_time(generations_doc(&r->docs, d), now);
        r->time_ms[d] = now;
    }
    r->stats.queries++;
}

/* The document of D to read without the lock, which is not held; NULL with ERR
 * LIMIT. */
static struct generation *
pin(struct entries *r, enum dialect d, struct err *err)
{
    struct generation *g;

    look(r, d);
    g = generations_pin(&r->docs, d, err);
    unlock(r);
    return g;
}

static void
unpin(struct entries *r, struct generation *g)
{
    pthread_mutex_lock(&r->lock);
    generations_unpin(&r->docs, g);
    unlock(r);
}

int
entries_query(struct entries *r, enum dialect d, const char *text,
              const xmlNode *scope, struct buf *out, struct err *err)
{
    struct rpdoc_run *run = querygate_enter(r->gate, err);
    struct generation *g;
    int rc = -1;

    if (run == NULL)
        return -1;
    g = pin(r, d, err);
    if (g != NULL) {
        rc = rpdoc_query(generation_doc(g), text, scope, r->query_ops,
                         ANSWER_MAX, run, out, err);
        unpin(r, g);
    }
    querygate_leave(r->gate, run);
    return rc;
}

/* The Entry property: all of them. */
static int
put_entries(struct entries *r, enum dialect d, struct buf *out, struct err *err)
{
    struct generation *g = pin(r, d, err);

    if (g == NULL)
        return -1;
    for (xmlNode *e = xml_first(xmlDocGetRootElement(generation_doc(g)));
         e != NULL; e = xml_next(e))
        if (xml_is(e, dialect_names(d)->sg, "Entry"))
            xml_write(out, e);
    unpin(r, g);
    return 0;
}

/* <P:NAME>TEXT</P:NAME> in namespace NS. */
static void
put_simple(struct buf *out, const char *ns, const char *name, const char *value)
{
    buf_addf(out, "<p:%s xmlns:p=\"%s\">%s</p:%s>", name, ns, value, name);
}

int
entries_group_property(struct entries *r, enum dialect d, const char *name,
                       struct buf *out, struct err *err)
{
    const struct dialect_names *n = dialect_names(d);
    char text[TIME_TEXT], count[32];
    int rc = 0;

    if (strcmp(name, "Entry") == 0)
        return put_entries(r, d, out, err);
    look(r, d);
    if (strcmp(name, "CurrentTime") == 0)
        put_simple(out, n->rl, name, time_utc_ms(time_now_ms(), text));
    else if (strcmp(name, "TerminationTime") == 0)
        buf_addf(out,
                 "<p:TerminationTime xmlns:p=\"%s\" xmlns:xsi=\"http://"
                 "www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"/>",
                 n->rl);
    else if (strcmp(name, "QueryExpressionDialect") == 0)
        put_simple(out, n->rp, name, XPATH_DIALECT);
    else if (strcmp(name, "RegistrationCount") == 0) {
        snprintf(count, sizeof(count), "%lu", r->stats.added);
        put_simple(out, AGGREGATOR_NS, name, count);
    } else if (strcmp(name, "MembershipContentRule") != 0)
        rc = err_set(err, ERR_UNSUPPORTED, "the index has no property '%s'",
                     name);
    unlock(r);
    return rc;
}

/* An EPR property of an entry. */
static void
put_epr(struct buf *out, const struct dialect_names *n, const char *name,
        const char *address, const char *params)
{
    buf_addf(out, "<sg:%s xmlns:sg=\"%s\" xmlns:wsa=\"%s\">", name, n->sg,
             wsa_ns(n->wsa));
    wsa_epr_write(out, n->wsa, address, params);
    buf_addf(out, "</sg:%s>", name);
}

int
entries_entry_property(struct entries *r, const char *id, enum dialect d,
                       const char *name, struct buf *out, struct err *err)
{
    const struct dialect_names *n = dialect_names(d);
    char text[TIME_TEXT];
    struct entry *e;
    int rc = 0;

    look(r, d);
    e = entry_table_find(&r->table, id);
    if (e == NULL)
        rc = err_set(err, ERR_NOT_FOUND, "there is no entry '%s'", id);
    else if (strcmp(name, "Content") == 0 && e->node[d] != NULL)
        xml_write(out, xml_child(e->node[d], n->sg, "Content"));
    else if (strcmp(name, "MemberEPR") == 0)
        put_epr(out, n, name, e->row.member,
                *e->row.member_params != '\0' ? e->row.member_params : NULL);
    else if (strcmp(name, "ServiceGroupEPR") == 0)
        put_epr(out, n, name, r->group_url, NULL);
    else if (strcmp(name, "CurrentTime") == 0)
        put_simple(out, n->rl, name, time_utc_ms(time_now_ms(), text));
    else if (strcmp(name, "TerminationTime") == 0)
        put_simple(out, n->rl, name, time_utc_ms(e->row.expires_ms, text));
    else
        rc = err_set(err, ERR_UNSUPPORTED, "an entry has no property '%s'",
                     name);
    unlock(r);
    return rc;
}

void
entries_stats(struct entries *r, struct entries_stats *out)
{
    lock(r);
    *out = r->stats;
    unlock(r);
}
