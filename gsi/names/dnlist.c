/* gsi/names/dnlist.c - lists of certificate names: banned users, registrars. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "gsi/names/dn_pattern.h"
#include "gsi/names/gridmap.h"
#include "gsi/names/namefile.h"

struct dnlist {
    struct namefile file;
    enum dnlist_kind kind;
    char **key; /* sorted */
    size_t n;
    char **pattern; /* dn_pattern() */
    size_t patterns;
};

static int
add_line(void *arg, size_t line, const char *dn_key, const char *rest,
         struct err *err)
{
    struct dnlist *l = arg;
    (void)line;
    if (*rest && *rest != '#')
        return err_set(err, ERR_SYNTAX,
                       "'%s' after the name: put a name with blanks in quotes",
                       rest);
    if (l->kind == DNLIST_BAN && strchr(dn_key, '*')) {
        l->pattern = xrealloc(l->pattern, l->patterns + 1, sizeof *l->pattern);
        l->pattern[l->patterns++] = xstrdup(dn_key);
        return 0;
    }
    l->key = xrealloc(l->key, l->n + 1, sizeof *l->key);
    l->key[l->n++] = xstrdup(dn_key);
    return 0;
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int
dnlist_load(const char *path, enum dnlist_kind kind, struct dnlist **list,
            struct err *err)
{
    static const enum namefile_shape shape[] = {
        [DNLIST_ALLOW] = NAMEFILE_LIST,
        [DNLIST_BAN] = NAMEFILE_BAN,
    };
    struct dnlist *l = xcalloc(1, sizeof *l);
    *list = NULL;
    l->kind = kind;
    if (namefile_read(path, shape[kind], &l->file, add_line, l, err)) {
        dnlist_destroy(l);
        return -1;
    }
    if (l->n)
        qsort(l->key, l->n, sizeof *l->key, by_text);
    *list = l;
    return 0;
}

void
dnlist_destroy(struct dnlist *list)
{
    if (!list)
        return;
    for (size_t i = 0; i < list->n; i++)
        free(list->key[i]);
    for (size_t i = 0; i < list->patterns; i++)
        free(list->pattern[i]);
    free(list->pattern);
    free(list->key);
    namefile_fini(&list->file);
    free(list);
}

static bool
has_key(const struct dnlist *list, char *key)
{
    return list->n &&
           bsearch(&key, list->key, list->n, sizeof *list->key, by_text);
}

bool
dnlist_has(const struct dnlist *list, const char *dn)
{
    char *key = namefile_key(dn);
    bool has = key && has_key(list, key);
    for (size_t i = 0; key && !has && i < list->patterns; i++)
        has = dn_pattern_matches(list->pattern[i], key);
    free(key);
    return has;
}

bool
dnlist_names(const struct dnlist *list, const char *dn)
{
    char *key = namefile_key(dn);
    bool has = key && has_key(list, key);
    free(key);
    return has;
}

bool
dnlist_stale(const struct dnlist *list)
{
    return namefile_stale(&list->file);
}
