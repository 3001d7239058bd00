/* gatekeeper/store/store_list.c - an owner's jobs, or all, of the SQLite store
 * in pages, whichever instance has them; see store_sqlite.h. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/store/store_sqlite.h"

struct listing {
    const struct store_filter *f;
    struct store_page *page;
    size_t room;
};

/* Get the number of the job after which the page begins. */
static int
find_start(sqlite3 *sql, const struct store_filter *f, long long *n,
           struct err *err)
{
    sqlite3_stmt *st;
    int rc = 0, step;

    *n = LLONG_MAX;
    if (f->after == NULL)
        return 0;
    if ((st = store_sqlite_statement(NULL, sql, SQL_NUMBER_OF, err)) == NULL)
        return -1;
    sqlite3_bind_text(st, 1, f->after, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, f->owner, -1, SQLITE_STATIC);
    step = sqlite3_step(st);
    if (step == SQLITE_ROW)
        *n = sqlite3_column_int64(st, 0);
    else if (step == SQLITE_DONE)
        rc = err_set(err, ERR_NOT_FOUND,
                     "job '%s' is not here: begin the list again", f->after);
    else
        rc = store_sqlite_fail(sql, err);
    sqlite3_finalize(st);
    return rc;
}

static void
add(struct listing *l, const char *id)
{
    struct store_page *page = l->page;

    if (page->n == l->room) {
        l->room = l->room == 0 ? 64 : 2 * l->room;
        page->id = xrealloc(page->id, l->room, sizeof(*page->id));
    }
    memset(page->id[page->n], 0, UUID_TEXT);
    memcpy(page->id[page->n++], id, UUID_TEXT - 1);
}

/* Add the row of ST, unless it does not match. */
static int
take_row(struct listing *l, sqlite3_stmt *st, struct err *err)
{
    const char *id = (const char *)sqlite3_column_text(st, 0);
    const char *account = (const char *)sqlite3_column_text(st, 2);
    enum life_state state;

    if (store_sqlite_state(st, 1, id, &state, err) < 0)
        return -1;
    if (l->f->account != NULL &&
        (account == NULL || strcmp(account, l->f->account) != 0))
        return 0;
    if (l->f->states != 0 && (l->f->states >> state & 1) == 0)
        return 0;
    if (l->page->n == l->f->max)
        l->page->more = true;
    else
        add(l, id);
    return 0;
}

static int
list_read(sqlite3 *sql, void *arg, struct err *err)
{
    struct listing *l = arg;
    sqlite3_stmt *st;
    long long before;
    int rc = 0, step = SQLITE_DONE;

    if (find_start(sql, l->f, &before, err) < 0 ||
        (st = store_sqlite_statement(
             NULL, sql, l->f->owner != NULL ? SQL_LIST : SQL_LIST_ALL, err)) ==
            NULL)
        return -1;
    if (l->f->owner != NULL)
        sqlite3_bind_text(st, 1, l->f->owner, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 2, before);
    while (rc == 0 && !l->page->more && (step = sqlite3_step(st)) == SQLITE_ROW)
        rc = take_row(l, st, err);
    if (rc == 0 && step != SQLITE_ROW && step != SQLITE_DONE)
        rc = store_sqlite_fail(sql, err);
    sqlite3_finalize(st);
    return rc;
}

int
store_list_page(void *self, const struct store_filter *f,
                struct store_page *page, struct err *err)
{
    struct sqlite_store *s = self;
    struct listing l = { .f = f, .page = page };

    *page = (struct store_page){ .n = 0 };
    if (dbase_read(s->db, list_read, &l, err) == 0)
        return 0;
    free(page->id);
    *page = (struct store_page){ .n = 0 };
    return -1;
}
