/* mds/entries.c - see entries.h.
 *
 * One lock: queries share it, changes hold it for as long as it takes to link a
 * subtree that was parsed outside.  The disk is written before the tree. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xml.h"
#include "mds/entries.h"
#include "mds/entries_db.h"
#include "mds/rpdoc.h"

/* Steps that XPath takes in a millisecond, low: the limit is a time. */
#define OPS_PER_MS 20000

struct entry {
    struct entries_row row;
    xmlNode *node[DIALECT_COUNT];
    struct entry *next; /* in its bucket */
};

#define BUCKETS 16384

struct entries {
    pthread_rwlock_t lock;
    pthread_mutex_t add_lock; /* one Add at a time decides what it replaces */
    struct dbase *db;
    char *entry_url, *group_url;
    long entries_max;
    long long lifetime_max_ms;
    unsigned long query_ops;
    long long started_ms;
    struct entry *buckets[BUCKETS]; /* by id */
    xmlDoc *doc[DIALECT_COUNT];     /* NULL until somebody asks */
    long long next_expiry_ms;       /* no entry ends before this */
    struct entries_stats stats;
};

static struct entry **
bucket(struct entries *r, const char *id)
{
    unsigned h = 2166136261u;

    for (; *id != '\0'; id++)
        h = (h ^ (unsigned char)*id) * 16777619u;
    return &r->buckets[h % BUCKETS];
}

static struct entry *
find(struct entries *r, const char *id)
{
    struct entry *e = *bucket(r, id);

    while (e != NULL && strcmp(e->row.id, id) != 0)
        e = e->next;
    return e;
}

/* Call FN for each entry; FN may free it. */
static void
each(struct entries *r,
     void (*fn)(struct entries *r, struct entry *e, void *arg), void *arg)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct entry *e = r->buckets[i], *next; e != NULL; e = next) {
            next = e->next;
            fn(r, e, arg);
        }
}

static xmlNode *
make_node(struct entries *r, enum dialect d, const struct entries_row *row,
          struct err *err)
{
    struct rpdoc_entry shown = { row->id, row->member, row->member_params,
                                 row->config, row->data };

    return rpdoc_entry(d, r->entry_url, &shown, err);
}

/* Unlink E from table and trees, free it. */
static void
drop(struct entries *r, struct entry *e)
{
    struct entry **p = bucket(r, e->row.id);

    while (*p != e)
        p = &(*p)->next;
    *p = e->next;
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
    struct entry **b = bucket(r, e->row.id);

    e->next = *b;
    *b = e;
    r->stats.entries++;
    if (e->row.expires_ms < r->next_expiry_ms)
        r->next_expiry_ms = e->row.expires_ms;
}

static void
drop_ended(struct entries *r, struct entry *e, void *arg)
{
    const long long *now = arg;

    if (e->row.expires_ms <= *now) {
        log_event(LOG_NOTICE, "entry.expired", "id=%s member=%s", e->row.id,
                  e->row.member);
        r->stats.expired++;
        drop(r, e);
    } else if (e->row.expires_ms < r->next_expiry_ms)
        r->next_expiry_ms = e->row.expires_ms;
}

/* Whoever looks after an end has come removes what has ended: expiry is exact
 * without a timer.  Called with the lock held for writing. */
static void
purge(struct entries *r)
{
    long long now = time_now_ms();

    if (now < r->next_expiry_ms)
        return;
    r->next_expiry_ms = INT64_MAX;
    each(r, drop_ended, &now);
}

static void
lock_write(struct entries *r)
{
    pthread_rwlock_wrlock(&r->lock);
    purge(r);
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

    pthread_rwlock_init(&r->lock, NULL);
    pthread_mutex_init(&r->add_lock, NULL);
    r->entries_max = spec->entries_max;
    r->group_url = xstrdup("");
    r->entry_url = xstrdup("");
    r->lifetime_max_ms = 1000ll * spec->lifetime_max_s;
    r->query_ops = (unsigned long)spec->query_timeout_ms * OPS_PER_MS;
    r->started_ms = time_now_ms();
    r->next_expiry_ms = INT64_MAX;
    if (entries_db_open(spec->path, &r->db, err) < 0 ||
        entries_db_load(r->db, load_row, r, err) < 0) {
        entries_close(r);
        return -1;
    }
    lock_write(r);
    pthread_rwlock_unlock(&r->lock);
    log_event(LOG_NOTICE, "entries.open", "entries=%ld", r->stats.entries);
    *out = r;
    return 0;
}

void
entries_set_url(struct entries *r, const char *service_url)
{
    pthread_rwlock_wrlock(&r->lock);
    free(r->group_url);
    free(r->entry_url);
    r->group_url =
        xasprintf("%s/wsrf/services/DefaultIndexService", service_url);
    r->entry_url = xasprintf("%sEntry", r->group_url);
    pthread_rwlock_unlock(&r->lock);
}

static void
drop_any(struct entries *r, struct entry *e, void *arg)
{
    (void)arg;
    drop(r, e);
}

void
entries_close(struct entries *r)
{
    if (r == NULL)
        return;
    dbase_close(r->db);
    each(r, drop_any, NULL);
    for (int d = 0; d < DIALECT_COUNT; d++)
        xmlFreeDoc(r->doc[d]);
    pthread_rwlock_destroy(&r->lock);
    pthread_mutex_destroy(&r->add_lock);
    free(r->entry_url);
    free(r->group_url);
    free(r);
}

/* --- changes -------------------------------------------------------------- */

void
entries_tidy(struct entries *r)
{
    struct err err = ERR_INIT;

    lock_write(r);
    pthread_rwlock_unlock(&r->lock);
    if (entries_db_delete(r->db, NULL, time_now_ms(), &err) < 0)
        log_event(LOG_WARNING, "entries.tidy", "error=%s", err.text);
}

struct same {
    const struct registration_in *in;
    struct entry *found;
};

static void
find_same(struct entries *r, struct entry *e, void *arg)
{
    struct same *s = arg;

    (void)r;
    if (strcmp(e->row.owner, s->in->owner) == 0 &&
        strcmp(e->row.member, s->in->member) == 0 &&
        strcmp(e->row.member_params, s->in->member_params) == 0 &&
        strcmp(e->row.config, s->in->config) == 0)
        s->found = e;
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
    struct same same = { in, NULL };
    int rc = 0;

    lock_write(r);
    each(r, find_same, &same);
    if (same.found != NULL)
        memcpy(id, same.found->row.id, UUID_TEXT);
    else if (r->stats.entries >= r->entries_max)
        rc = err_set(err, ERR_LIMIT,
                     "the index is full: %ld entries (mds.entries_max)",
                     r->entries_max);
    else
        uuid_make(id);
    pthread_rwlock_unlock(&r->lock);
    return rc;
}

/* Put ROW (which this owns) into table and trees, in place of its elder. */
static void
publish(struct entries *r, struct entries_row *row,
        xmlNode *node[DIALECT_COUNT])
{
    struct entry *e;

    lock_write(r);
    e = find(r, row->id);
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
        if (r->doc[d] == NULL) {
            xmlFreeNode(node[d]);
            continue;
        }
        rpdoc_replace(r->doc[d], e->node[d], node[d]);
        e->node[d] = node[d];
    }
    r->stats.added++;
    pthread_rwlock_unlock(&r->lock);
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

    lock_write(r);
    e = find(r, id);
    if (e == NULL || (owner != NULL && strcmp(e->row.owner, owner) != 0))
        rc = err_set(err, ERR_NOT_FOUND, "there is no entry '%s' of yours", id);
    pthread_rwlock_unlock(&r->lock);
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
    lock_write(r);
    e = find(r, id);
    if (e != NULL) {
        e->row.expires_ms = *granted_ms;
        if (*granted_ms < r->next_expiry_ms)
            r->next_expiry_ms = *granted_ms;
        r->stats.renewed++;
    }
    pthread_rwlock_unlock(&r->lock);
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
    lock_write(r);
    e = find(r, id);
    if (e != NULL)
        drop(r, e);
    r->stats.removed++;
    pthread_rwlock_unlock(&r->lock);
    return 0;
}

/* --- looking -------------------------------------------------------------- */

struct build {
    enum dialect d;
};

static void
build_entry(struct entries *r, struct entry *e, void *arg)
{
    const struct build *b = arg;

    e->node[b->d] = make_node(r, b->d, &e->row, NULL);
    if (e->node[b->d] != NULL)
        rpdoc_replace(r->doc[b->d], NULL, e->node[b->d]);
}

/* Make the tree of D current: built on first use, without ended entries, with
 * the time.  Leaves the lock held for reading. */
static void
look(struct entries *r, enum dialect d)
{
    struct build b = { d };

    lock_write(r);
    if (r->doc[d] == NULL) {
        r->doc[d] = rpdoc_create(d);
        each(r, build_entry, &b);
    }
    rpdoc_set_time(r->doc[d], time_now_ms());
    r->stats.queries++;
    pthread_rwlock_unlock(&r->lock);
    pthread_rwlock_rdlock(&r->lock);
}

int
entries_query(struct entries *r, enum dialect d, const char *text,
              const xmlNode *scope, struct buf *out, struct err *err)
{
    int rc;

    look(r, d);
    rc = rpdoc_query(r->doc[d], text, scope, r->query_ops, out, err);
    pthread_rwlock_unlock(&r->lock);
    return rc;
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

    look(r, d);
    if (strcmp(name, "Entry") == 0) {
        for (xmlNode *e = xml_first(xmlDocGetRootElement(r->doc[d])); e != NULL;
             e = xml_next(e))
            if (xml_is(e, n->sg, "Entry"))
                xml_write(out, e);
    } else if (strcmp(name, "CurrentTime") == 0)
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
    pthread_rwlock_unlock(&r->lock);
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
    e = find(r, id);
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
    pthread_rwlock_unlock(&r->lock);
    return rc;
}

void
entries_stats(struct entries *r, struct entries_stats *out)
{
    lock_write(r);
    *out = r->stats;
    pthread_rwlock_unlock(&r->lock);
}
