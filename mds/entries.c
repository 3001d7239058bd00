/* mds/entries.c - see entries.h.
 *
 * One lock, held for moments.  The documents are elsewhere (search.h): they are
 * told of each change, and asked each question, in the order in which the lock
 * was had.  The disk is written first. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/xml.h"
#include "mds/entries.h"
#include "mds/entry_table.h"
#include "mds/querygate.h"
#include "mds/rpdoc.h"
#include "mds/search.h"

struct entries {
    struct lock lock;
    struct lock add_lock; /* one Add at a time decides what it replaces */
    struct dbase *db;
    char *entry_url, *group_url;
    long entries_max;
    long long lifetime_max_ms;
    struct entry_table table;
    struct search *search;
    long query_timeout_ms;
    size_t query_memory, answer_max, content_max;
    struct querygate *gate;
    long long next_expiry_ms; /* no entry ends before this */
    struct entries_stats stats;
};

/* ROW as an element of D. */
static void
show(const struct entries *r, enum dialect d, const struct entries_row *row,
     struct buf *out)
{
    struct rpdoc_entry shown = { row->id, row->member, row->member_params,
                                 row->config, row->data };

    rpdoc_entry_text(out, d, r->entry_url, &shown);
}

/* Take E out of the table, and free it. */
static void
forget(struct entries *r, struct entry *e)
{
    entry_table_take(&r->table, e);
    entries_row_fini(&e->row);
    free(e);
    r->stats.entries--;
}

/* Take E out of table and documents, and free it. */
static void
drop(struct entries *r, struct entry *e)
{
    for (int d = 0; d < DIALECT_COUNT; d++)
        search_drop(r->search, (enum dialect)d, e->row.id);
    forget(r, e);
}

/* Show E in the document of D, if there is one. */
static void
put(const struct entries *r, enum dialect d, const struct entry *e)
{
    struct buf text = BUF_INIT;

    if (!search_has(r->search, d))
        return;
    show(r, d, &e->row, &text);
    search_put(r->search, d, e->row.id, text.data, text.len);
    buf_fini(&text);
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

    lock_take(&r->lock);
    if (end.now < r->next_expiry_ms)
        return;
    r->next_expiry_ms = INT64_MAX;
    entry_table_each(&r->table, drop_ended, &end);
}

static void
unlock(struct entries *r)
{
    lock_release(&r->lock);
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
    int rc;

    lock_init(&r->lock, LOCK_index_entries);
    lock_init(&r->add_lock, LOCK_index_add);
    r->entries_max = spec->entries_max;
    r->group_url = xstrdup("");
    r->entry_url = xstrdup("");
    r->lifetime_max_ms = 1000ll * spec->lifetime_max_s;
    r->search = spec->search;
    r->query_timeout_ms = spec->query_timeout_ms;
    r->query_memory = spec->query_memory;
    r->answer_max = spec->answer_max;
    r->content_max = spec->content_max;
    r->next_expiry_ms = INT64_MAX;
    r->gate = querygate_create(spec->queries_max > 0 ? spec->queries_max : 1,
                               spec->queries_waiting, spec->query_fair_ms);
    rc = entries_db_open(spec->path, &r->db, err);
    if (rc == 0 && (rc = entries_db_load(r->db, load_row, r, err)) < 0)
        err_wrap(err, "cannot use '%s'", spec->path);
    if (rc < 0) {
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
    lock_take(&r->lock);
    free(r->group_url);
    free(r->entry_url);
    r->group_url =
        xasprintf("%s/wsrf/services/DefaultIndexService", service_url);
    r->entry_url = xasprintf("%sEntry", r->group_url);
    unlock(r);
}

static void
forget_any(struct entry *e, void *arg)
{
    forget(arg, e);
}

void
entries_close(struct entries *r)
{
    if (r == NULL)
        return;
    querygate_destroy(r->gate);
    dbase_close(r->db);
    entry_table_each(&r->table, forget_any, r);
    entry_table_fini(&r->table);
    lock_fini(&r->lock);
    lock_fini(&r->add_lock);
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

/* Put ROW (which this owns) into table and documents, in place of its elder. */
static void
publish(struct entries *r, struct entries_row *row)
{
    struct entry *e;

    lock(r);
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
    for (int d = 0; d < DIALECT_COUNT; d++)
        put(r, (enum dialect)d, e);
    r->stats.added++;
    unlock(r);
}

/* Whether ROW may be taken: it is XML, and not too long. */
static int
check(const struct entries *r, const struct entries_row *row, struct err *err)
{
    struct buf text = BUF_INIT;
    xmlNode *node;

    if (strlen(row->member_params) + strlen(row->config) + strlen(row->data) >
        r->content_max)
        return err_set(err, ERR_LIMIT,
                       "the registration has more than %zu bytes "
                       "(mds.content_max)",
                       r->content_max);
    show(r, DIALECT_FINAL, row, &text);
    node = rpdoc_entry(text.data, text.len, err);
    buf_fini(&text);
    xmlFreeNode(node);
    return node != NULL ? 0 : -1;
}

int
entries_add(struct entries *r, const struct registration_in *in,
            char id[UUID_TEXT], long long *granted_ms, struct err *err)
{
    struct entries_row row = { .expires_ms = grant(r, in->expires_ms) };
    int rc = -1;

    row.owner = xstrdup(in->owner);
    row.member = xstrdup(in->member);
    row.member_params = xstrdup(in->member_params);
    row.config = xstrdup(in->config);
    row.data = xstrdup(in->data);
    lock_take(&r->add_lock);
    if (choose_id(r, in, row.id, err) < 0 || check(r, &row, err) < 0 ||
        entries_db_put(r->db, &row, err) < 0)
        goto out;
    memcpy(id, row.id, UUID_TEXT);
    *granted_ms = row.expires_ms;
    publish(r, &row);
    rc = 0;
out:
    lock_release(&r->add_lock);
    if (rc < 0)
        entries_row_fini(&row);
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
    lock(r);
    e = entry_table_find(&r->table, id);
    if (e != NULL)
        drop(r, e);
    r->stats.removed++;
    unlock(r);
    return 0;
}

/* --- looking -------------------------------------------------------------- */

/* A document that is being begun. */
struct build {
    const struct entries *r;
    enum dialect d;
};

static void
build_entry(struct entry *e, void *arg)
{
    const struct build *b = arg;

    put(b->r, b->d, e);
}

/* There is a document of D, without ended entries; the lock is held. */
static int
build(struct entries *r, enum dialect d, struct err *err)
{
    struct build b = { r, d };

    if (search_has(r->search, d))
        return 0;
    if (search_begin(r->search, d, err) < 0)
        return -1;
    entry_table_each(&r->table, build_entry, &b);
    return 0;
}

/* Ask Q of the document that there is at this moment. */
static int
ask(struct entries *r, struct search_query *q, int *answer, struct err *err)
{
    struct err lost = ERR_INIT;
    int rc = -1;

    lock(r);
    r->stats.queries++;
    q->now_ms = time_now_ms();
    /* What held the documents may have ended: once more, with another. */
    for (int i = 0; i < 2 && rc < 0; i++) {
        lost = (struct err)ERR_INIT;
        rc = build(r, q->dialect, &lost);
        if (rc == 0)
            rc = search_ask(r->search, q, answer, &lost);
    }
    unlock(r);
    if (rc < 0)
        *err = lost;
    return rc;
}

/* A query that is waited for. */
struct waiting {
    struct entries *r;
    struct query_place *place;
    const struct entries_query *q;
};

static int
tick(void *arg, long long used_ms, struct err *err)
{
    const struct waiting *w = arg;

    if (w->q->gone != NULL && w->q->gone(w->q->arg))
        return err_set(err, ERR_CANCELLED, "the caller has gone");
    return querygate_stay(w->r->gate, w->place, used_ms, err);
}

int
entries_query(struct entries *r, const struct entries_query *q, struct buf *out,
              struct err *err)
{
    struct waiting waiting = { r, querygate_enter(r->gate, err), q };
    struct search_wait wait = { .tick = tick, .arg = &waiting };
    const char **ns = xml_prefixes(q->scope);
    struct search_query sq = { .dialect = q->dialect,
                               .text = q->text,
                               .ns = ns,
                               .answer_max = r->answer_max,
                               .memory_max = r->query_memory,
                               .timeout_ms = r->query_timeout_ms };
    int answer, rc = -1;

    if (waiting.place != NULL) {
        rc = ask(r, &sq, &answer, err);
        wait.end_ms = time_mono_ms() + r->query_timeout_ms;
        if (rc == 0)
            rc = search_wait(answer, &sq, &wait, out, err);
        querygate_leave(r->gate, waiting.place);
    }
    free(ns);
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

    lock(r);
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

/* What E says, as an element of D. */
static int
put_content(const struct entries *r, enum dialect d, const struct entry *e,
            struct buf *out, struct err *err)
{
    struct buf text = BUF_INIT;
    xmlNode *node;

    show(r, d, &e->row, &text);
    node = rpdoc_entry(text.data, text.len, err);
    if (node != NULL)
        xml_write(out, xml_child(node, dialect_names(d)->sg, "Content"));
    buf_fini(&text);
    xmlFreeNode(node);
    return node != NULL ? 0 : -1;
}

int
entries_entry_property(struct entries *r, const char *id, enum dialect d,
                       const char *name, struct buf *out, struct err *err)
{
    const struct dialect_names *n = dialect_names(d);
    char text[TIME_TEXT];
    struct entry *e;
    int rc = 0;

    lock(r);
    e = entry_table_find(&r->table, id);
    if (e == NULL)
        rc = err_set(err, ERR_NOT_FOUND, "there is no entry '%s'", id);
    else if (strcmp(name, "Content") == 0)
        rc = put_content(r, d, e, out, err);
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
