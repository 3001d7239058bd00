/* gsi/names/gridmap.c - the grid-mapfile: certificate names and the local
 * accounts they may use. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "gsi/names/dn.h"
#include "gsi/names/gridmap.h"
#include "gsi/names/namefile.h"

#define ACCOUNT_MAX 64

struct row {
    char *key; /* dn_key() */
    size_t line;
    char **account;
    size_t n;
};

struct gridmap {
    struct namefile file;
    struct row *row; /* sorted by key, one row for each name */
    size_t n;
    size_t cap;
};

static void
row_fini(struct row *r)
{
    free(r->key);
    for (size_t i = 0; i < r->n; i++)
        free(r->account[i]);
    free(r->account);
}

void
gridmap_destroy(struct gridmap *map)
{
    if (!map)
        return;
    for (size_t i = 0; i < map->n; i++)
        row_fini(&map->row[i]);
    free(map->row);
    namefile_fini(&map->file);
    free(map);
}

/* Whether S is a name that useradd accepts: letters, digits and "._-$", not
 * beginning with '-'. */
static bool
account_ok(const char *s, size_t n)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyz"
                               "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-$";
    return n > 0 && n <= ACCOUNT_MAX && *s != '-' && strspn(s, good) >= n;
}

static void
row_add_account(struct row *r, const char *s, size_t n)
{
    r->account = xrealloc(r->account, r->n + 1, sizeof *r->account);
    r->account[r->n++] = xasprintf("%.*s", (int)n, s);
}

/* Parse "a,b , c" up to the end or a comment into R. */
static int
parse_accounts(const char *s, struct row *r, struct err *err)
{
    for (;;) {
        s += strspn(s, " \t");
        size_t n = strcspn(s, ", \t#");
        if (!account_ok(s, n))
            return err_set(err, ERR_SYNTAX, "'%.*s' is not an account name",
                           (int)n, s);
        row_add_account(r, s, n);
        s += n;
        s += strspn(s, " \t");
        if (!*s || *s == '#')
            return 0;
        if (*s++ != ',')
            return err_set(err, ERR_SYNTAX,
                           "separate accounts with commas, not blanks");
    }
}

static int
add_line(void *arg, size_t line, const char *dn_key, const char *rest,
         struct err *err)
{
    struct gridmap *map = arg;
    struct row r = { .line = line };
    if (parse_accounts(rest, &r, err)) {
        row_fini(&r);
        return -1;
    }
    r.key = xstrdup(dn_key);
    if (map->n == map->cap) {
        map->cap = map->cap ? 2 * map->cap : 64;
        map->row = xrealloc(map->row, map->cap, sizeof *map->row);
    }
    map->row[map->n++] = r;
    return 0;
}

static int
by_key(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c ? c : (x->line > y->line) - (x->line < y->line);
}

/* Merge the rows of the same name; the first line's account stays first. */
static void
merge(struct gridmap *map)
{
    size_t kept = 0;
    if (map->n)
        qsort(map->row, map->n, sizeof *map->row, by_key);
    for (size_t i = 0; i < map->n; i++) {
        struct row *r = &map->row[i];
        if (!kept || strcmp(map->row[kept - 1].key, r->key) != 0) {
            map->row[kept++] = *r;
            continue;
        }
        for (size_t k = 0; k < r->n; k++)
            row_add_account(&map->row[kept - 1], r->account[k],
                            strlen(r->account[k]));
        row_fini(r);
    }
    map->n = kept;
}

int
gridmap_load(const char *path, struct gridmap **map, struct err *err)
{
    struct gridmap *m = xcalloc(1, sizeof *m);
    *map = NULL;
    if (namefile_read(path, NAMEFILE_MAP, &m->file, add_line, m, err)) {
        gridmap_destroy(m);
        return -1;
    }
    merge(m);
    *map = m;
    return 0;
}

bool
gridmap_stale(const struct gridmap *map)
{
    return namefile_stale(&map->file);
}

static const struct row *
find(const struct gridmap *map, const char *dn)
{
    struct row want = { .key = namefile_key(dn) };
    const struct row *r = NULL;
    if (!want.key)
        return NULL;
    size_t low = 0, high = map->n;
    while (low < high && !r) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(want.key, map->row[mid].key);
        if (c == 0)
            r = &map->row[mid];
        else if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    free(want.key);
    return r;
}

int
gridmap_lookup(const struct gridmap *map, const char *dn, const char *want,
               const char **account, struct err *err)
{
    const struct row *r = find(map, dn);
    *account = NULL;
    if (!r)
        return err_set(err, ERR_AUTHZ, "'%s' is not in the grid-mapfile", dn);
    if (!want) {
        *account = r->account[0];
        return 0;
    }
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->account[i], want) == 0) {
            *account = r->account[i];
            return 0;
        }
    return err_set(err, ERR_AUTHZ,
                   "the grid-mapfile does not let '%s' use the account '%s'",
                   dn, want);
}

bool
gridmap_find(const struct gridmap *map,
             bool (*fn)(void *arg, const char *dn_key, size_t line,
                        char *const *account, size_t n),
             void *arg)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct row *r = &map->row[i];
        if (fn(arg, r->key, r->line, r->account, r->n))
            return true;
    }
    return false;
}

size_t
gridmap_bad_lines(const struct gridmap *map)
{
    return map->file.bad;
}
