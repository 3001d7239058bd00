/* mds/entries.c - see entries.h.
 *
 * A change is checked first.  Then the thread that writes the database decides,
 * writes, and publishes the change once it is on disk, so memory and disk have
 * the same order.  Readers take a view (view.h) and never wait. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "mds/entries.h"
#include "mds/entries_db.h"
#include "mds/entry_show.h"
#include "mds/entry_table.h"
#include "mds/questions.h"

struct entries {
    struct dbase *db;
    char *entry_url, *group_url;
    long entries_max;
    long long lifetime_max_ms;
    size_t content_max;
    struct tagnames *names;
    struct entry_table *table;
    struct questions *questions;
    atomic_long unpublished; /* new entries that are being written */
    atomic_ullong added, renewed, removed, expired;
    long long
        soonest_ms; /* no entry expires before; for the writer thread only */
};

/* A change on its way through the writer thread. */
struct change {
    struct entries *r;
    const struct registration_in *in;
    struct entry *e; /* the entry to publish */
    const char *id;
    long long expires_ms, now_ms;
    bool counted;     /* included in unpublished */
    struct buf ended; /* ids of deleted entries, UUID_TEXT bytes each */
};

/* --- open and close ------------------------------------------------------- */

static int
load_row(const struct entries_row *row, void *arg, struct err *err)
{
    struct entries *r = arg;
    struct registration_in in = { .owner = row->owner,
                                  .member = row->member,
                                  .member_params = row->member_params,
                                  .config = row->config,
                                  .data = row->data };
    struct err why = ERR_INIT;
    struct entry_text *text = entry_show_read(&in, r->names, &why);

    (void)err;

    if (text == NULL) { /* it stays on disk for a later version */
        log_event(LOG_ERR, "entries.unreadable", "id=%s error=%s", row->id,
                  why.text);
        return 0;
    }
    entry_table_put(r->table, entry_create(text, row->id, row->expires_ms));
    entry_text_unref(text);
    if (row->expires_ms < r->soonest_ms)
        r->soonest_ms = row->expires_ms;
    return 0;
}

int
entries_open(const struct entries_spec *spec, struct entries **out,
             struct err *err)
{
    struct entries *r = xcalloc(1, sizeof(*r));
    int rc;

    r->entries_max = spec->entries_max;
    r->group_url = xstrdup("");
    r->entry_url = xstrdup("");
    r->lifetime_max_ms = 1000ll * spec->lifetime_max_s;
    r->content_max = spec->content_max;
    r->soonest_ms = INT64_MAX;
    r->names = tagnames_create();
    r->table = entry_table_create(r->names);
    r->questions = questions_create(spec);
    rc = entries_db_open(spec->path, &r->db, err);
    if (rc == 0 && (rc = entries_db_load(r->db, load_row, r, err)) < 0)
        err_wrap(err, "cannot use '%s'", spec->path);
    if (rc < 0) {
        entries_close(r);
        return -1;
    }
    entries_tidy(r);
    log_event(LOG_NOTICE, "entries.open", "entries=%ld",
              entry_table_count(r->table));
    *out = r;
    return 0;
}

void
entries_set_url(struct entries *r, const char *service_url)
{
    free(r->group_url);
    free(r->entry_url);
    r->group_url =
        xasprintf("%s/wsrf/services/DefaultIndexService", service_url);
    r->entry_url = xasprintf("%sEntry", r->group_url);
}

void
entries_close(struct entries *r)
{
    if (r == NULL)
        return;
    dbase_close(r->db);
    questions_destroy(r->questions);
    entry_table_destroy(r->table);
    tagnames_destroy(r->names);
    free(r->entry_url);
    free(r->group_url);
    free(r);
}

void
entries_end_queries(struct entries *r)
{
    if (r != NULL)
        questions_end(r->questions);
}

/* --- expiry --------------------------------------------------------------- */

static void
note_ended(const char *id, void *arg)
{
    struct change *c = arg;

    if (id != NULL && uuid_ok(id))
        buf_add(&c->ended, id, UUID_TEXT);
}

/* Delete expired entries, if there are any; on the writer thread. */
static int
delete_ended(struct sqlite3 *sql, struct change *c, struct err *err)
{
    if (c->now_ms < c->r->soonest_ms)
        return 0;
    return entries_db_delete_ended(sql, c->now_ms, note_ended, c, err);
}

/* Publish the deletions and compute the next expiry. */
static void
publish_ended(struct change *c)
{
    struct entries *r = c->r;
    struct view *v;

    for (size_t at = 0; at < c->ended.len; at += UUID_TEXT) {
        struct entry *e = entry_table_take(r->table, c->ended.data + at);

        if (e == NULL)
            continue;
        log_event(LOG_NOTICE, "entry.expired", "id=%s member=%s", e->id,
                  e->text->member);
        entry_unref(e);
        atomic_fetch_add(&r->expired, 1);
    }
    if (c->now_ms < r->soonest_ms)
        return;
    r->soonest_ms = INT64_MAX;
    v = entry_table_view(r->table);
    for (unsigned i = 0; i < v->slots; i++) {
        const struct entry *e = view_at(v, i);

        if (e != NULL && e->expires_ms < r->soonest_ms)
            r->soonest_ms = e->expires_ms;
    }
    view_unref(v);
}

static int
tidy(struct sqlite3 *sql, void *arg, struct err *err)
{
    return delete_ended(sql, arg, err);
}

static void
tidied(void *arg)
{
    publish_ended(arg);
}

void
entries_tidy(struct entries *r)
{
    struct change c = { .r = r, .now_ms = time_now_ms() };
    struct err err = ERR_INIT;

    if (dbase_write_then(r->db, tidy, tidied, &c, &err) < 0)
        log_event(LOG_WARNING, "entries.tidy", "error=%s", err.text);
    buf_fini(&c.ended);
}

/* --- changes -------------------------------------------------------------- */

/* The expiry that is granted for the requested one. */
static long long
grant(const struct entries *r, long long asked_ms)
{
    long long longest = time_now_ms() + r->lifetime_max_ms;

    return asked_ms <= 0 || asked_ms > longest ? longest : asked_ms;
}

/* Make E visible; on the writer thread. */
static void
publish(struct entries *r, struct entry *e)
{
    if (e->expires_ms < r->soonest_ms)
        r->soonest_ms = e->expires_ms;
    entry_table_put(r->table, e);
}

/* Reserve room for one more entry, after deleting expired ones. */
static int
make_room(struct sqlite3 *sql, struct change *c, struct err *err)
{
    struct entries *r = c->r;
    long have = entry_table_count(r->table) + atomic_load(&r->unpublished);

    if (have >= r->entries_max) {
        if (delete_ended(sql, c, err) < 0)
            return -1;
        have -= (long)(c->ended.len / UUID_TEXT);
    }
    if (have >= r->entries_max)
        return err_set(err, ERR_LIMIT,
                       "the index is full: %ld entries (mds.entries_max)",
                       r->entries_max);
    atomic_fetch_add(&r->unpublished, 1);
    c->counted = true;
    return 0;
}

static void
uncount(struct change *c)
{
    if (c->counted)
        atomic_fetch_sub(&c->r->unpublished, 1);
    c->counted = false;
}

static int
write_add(struct sqlite3 *sql, void *arg, struct err *err)
{
    struct change *c = arg;
    struct entry *e = c->e;
    struct entries_row row = { .owner = c->in->owner,
                               .member = c->in->member,
                               .member_params = c->in->member_params,
                               .config = c->in->config,
                               .data = c->in->data,
                               .expires_ms = e->expires_ms };
    int same = entries_db_same(sql, &row, c->now_ms, e->id, err);

    if (same < 0 || (same == 0 && make_room(sql, c, err) < 0))
        return -1;
    if (same == 0)
        uuid_make(e->id);
    memcpy(row.id, e->id, UUID_TEXT);
    return entries_db_put(sql, &row, err);
}

static void
publish_add(void *arg)
{
    struct change *c = arg;

    publish_ended(c);
    publish(c->r, entry_ref(c->e));
    uncount(c);
    atomic_fetch_add(&c->r->added, 1);
}

/* Check the length of IN. */
static int
check(const struct entries *r, const struct registration_in *in,
      struct err *err)
{
    size_t n =
        strlen(in->member_params) + strlen(in->config) + strlen(in->data);

    if (n > r->content_max)
        return err_set(err, ERR_LIMIT,
                       "the registration has more than %zu bytes "
                       "(mds.content_max)",
                       r->content_max);
    return 0;
}

int
entries_add(struct entries *r, const struct registration_in *in,
            char id[UUID_TEXT], long long *granted_ms, struct err *err)
{
    struct change c = { .r = r, .in = in, .now_ms = time_now_ms() };
    struct entry_text *text;
    int rc;

    if (check(r, in, err) < 0)
        return -1;
    text = entry_show_read(in, r->names, err);
    if (text == NULL)
        return -1;
    c.e = entry_create(text, NULL, grant(r, in->expires_ms));
    entry_text_unref(text);
    rc = dbase_write_then(r->db, write_add, publish_add, &c, err);
    uncount(&c);
    if (rc == 0) {
        memcpy(id, c.e->id, UUID_TEXT);
        *granted_ms = c.e->expires_ms;
    }
    entry_unref(c.e);
    buf_fini(&c.ended);
    return rc;
}

/* Find the entry ID that OWNER (NULL: anybody) may change; returns a reference.
 * A missing entry and another owner's give the same error, so that ids cannot
 * be probed. */
static struct entry *
owned(struct entries *r, const char *id, const char *owner, struct err *err)
{
    struct entry *e = entry_table_find(r->table, id);

    if (e != NULL && (owner == NULL || strcmp(e->text->owner, owner) == 0))
        return e;
    entry_unref(e);
    err_set(err, ERR_NOT_FOUND, "there is no entry '%s' of yours", id);
    return NULL;
}

static int
write_expiry(struct sqlite3 *sql, void *arg, struct err *err)
{
    struct change *c = arg;
    int n = entries_db_renew(sql, c->id, c->expires_ms, c->now_ms, err);

    if (n == 0)
        return err_set(err, ERR_NOT_FOUND, "entry '%s' has just ended", c->id);
    return n < 0 ? -1 : 0;
}

/* Use the present text: an Add may have replaced it. */
static void
publish_expiry(void *arg)
{
    struct change *c = arg;
    struct entry *e = entry_table_find(c->r->table, c->id);

    if (e != NULL)
        publish(c->r, entry_create(e->text, e->id, c->expires_ms));
    entry_unref(e);
    atomic_fetch_add(&c->r->renewed, 1);
}

int
entries_set_expiry(struct entries *r, const char *id, const char *owner,
                   long long expires_ms, long long *granted_ms, struct err *err)
{
    struct change c = { .r = r, .id = id, .now_ms = time_now_ms() };

    c.e = owned(r, id, owner, err);
    if (c.e == NULL)
        return -1;
    entry_unref(c.e);
    c.expires_ms = *granted_ms = grant(r, expires_ms);
    return dbase_write_then(r->db, write_expiry, publish_expiry, &c, err);
}

static int
write_removal(struct sqlite3 *sql, void *arg, struct err *err)
{
    struct change *c = arg;
    int n = entries_db_delete(sql, c->id, c->now_ms, err);

    if (n == 0)
        return err_set(err, ERR_NOT_FOUND, "entry '%s' has just ended", c->id);
    return n < 0 ? -1 : 0;
}

static void
publish_removal(void *arg)
{
    struct change *c = arg;

    entry_unref(entry_table_take(c->r->table, c->id));
    atomic_fetch_add(&c->r->removed, 1);
}

int
entries_remove(struct entries *r, const char *id, const char *owner,
               struct err *err)
{
    struct change c = { .r = r, .id = id, .now_ms = time_now_ms() };

    c.e = owned(r, id, owner, err);
    if (c.e == NULL)
        return -1;
    entry_unref(c.e);
    return dbase_write_then(r->db, write_removal, publish_removal, &c, err);
}

/* --- reading -------------------------------------------------------------- */

/* Find the live entry ID; returns a reference.  NULL with ERR NOT_FOUND. */
static struct entry *
living(struct entries *r, const char *id, struct err *err)
{
    struct entry *e = entry_table_find(r->table, id);

    if (e != NULL && e->expires_ms > time_now_ms())
        return e;
    entry_unref(e);
    err_set(err, ERR_NOT_FOUND, "there is no entry '%s'", id);
    return NULL;
}

/* Append the property document of the entry that Q is about. */
static int
show_alone(struct entries *r, const struct entries_query *q, struct buf *out,
           struct err *err)
{
    struct entry_urls urls = { r->group_url, r->entry_url };
    struct entry *e = living(r, q->entry, err);
    int rc;

    if (e == NULL)
        return -1;
    rc = entry_show_document(e, q->dialect, &urls, out, err);
    entry_unref(e);
    return rc;
}

int
entries_query(struct entries *r, const struct entries_query *q, struct buf *out,
              struct err *err)
{
    struct question question = { .asked = q,
                                 .table = r->table,
                                 .names = r->names,
                                 .entry_url = r->entry_url };
    struct buf alone = BUF_INIT;
    int rc = 0;

    if (q->entry != NULL) {
        rc = show_alone(r, q, &alone, err);
        question.document = &alone;
    }
    if (rc == 0)
        rc = questions_ask(r->questions, &question, out, err);
    buf_fini(&alone);
    return rc;
}

int
entries_group_property(struct entries *r, enum dialect d, const char *name,
                       struct buf *out, struct err *err)
{
    struct view_when now = { entry_table_view(r->table), time_now_ms() };
    int rc = entry_show_group(d, name, view_count(&now), out, err);

    view_unref(now.view);
    return rc;
}

int
entries_entry_property(struct entries *r, const char *id, enum dialect d,
                       const char *name, struct buf *out, struct err *err)
{
    struct entry *e = living(r, id, err);
    struct entry_urls urls = { r->group_url, r->entry_url };
    int rc;

    if (e == NULL)
        return -1;
    rc = entry_show_property(e, d, &urls, name, out, err);
    entry_unref(e);
    return rc;
}

/* E as entries_each() shows it. */
static struct entries_seen
seen(const struct entry *e)
{
    return (struct entries_seen){ e->id, e->text->member, e->text->data,
                                  e->expires_ms };
}

int
entries_each(struct entries *r, const char *id,
             int (*fn)(const struct entries_seen *e, void *arg,
                       struct err *err),
             void *arg, struct err *err)
{
    struct view_when now = { .now_ms = time_now_ms() };
    struct entry *e = id != NULL ? living(r, id, err) : NULL;
    struct entries_seen one;
    int rc = id != NULL && e == NULL ? -1 : 0;

    if (e != NULL) {
        one = seen(e);
        rc = fn(&one, arg, err);
        entry_unref(e);
    }
    if (id != NULL)
        return rc;
    now.view = entry_table_view(r->table);
    for (unsigned i = 0; rc == 0 && i < now.view->slots; i++)
        if ((e = view_living(&now, i)) != NULL) {
            one = seen(e);
            rc = fn(&one, arg, err);
        }
    view_unref(now.view);
    return rc;
}

void
entries_stats(struct entries *r, struct entries_stats *out)
{
    struct view_when now = { entry_table_view(r->table), time_now_ms() };

    *out = (struct entries_stats){
        .entries = (long)view_count(&now),
        .added = atomic_load(&r->added),
        .renewed = atomic_load(&r->renewed),
        .removed = atomic_load(&r->removed),
        .expired = atomic_load(&r->expired),
        .queries = questions_count(r->questions),
    };
    view_unref(now.view);
}
