/* gsi/dnlist.c - a list of certificate names: who is banned, who may register.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "gsi/gridmap.h"
#include "gsi/namefile.h"

struct dnlist {
    struct namefile file;
    char **key; /* sorted */
    size_t n;
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
dnlist_load(const char *path, struct dnlist **list, struct err *err)
{
    struct dnlist *l = xcalloc(1, sizeof *l);
    *list = NULL;
    if (namefile_read(path, NAMEFILE_LIST, &l->file, add_line, l, err)) {
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
    free(list->key);
    namefile_fini(&list->file);
    free(list);
}

bool
dnlist_has(const struct dnlist *list, const char *dn)
{
    char *key = namefile_key(dn);
    bool has = key && list->n &&
               bsearch(&key, list->key, list->n, sizeof *list->key, by_text);
    free(key);
    return has;
}

bool
dnlist_stale(const struct dnlist *list)
{
    return namefile_stale(&list->file);
}
