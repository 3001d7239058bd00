/* base/opt.c - see opt.h. */
#include <stdbool.h>
#include <string.h>

#include "base/opt.h"
#include "base/prose.h"

/* Column of an option's help text, and the largest typing error for which a
 * name is suggested. */
#define HELP_COLUMN  26
#define OPT_NAME_MAX 64
#define FAR          3

void
opt_init(struct opt_scan *s, const struct opt *table, int argc,
         char *const argv[])
{
    *s = (struct opt_scan){ .table = table, .argv = argv, .argc = argc };
    s->at = 1;
}

/* Copy the next name of the list *NAMES into NAME; false at its end. */
static bool
next_name(const char **names, char name[OPT_NAME_MAX])
{
    size_t n;

    *names += strspn(*names, " ");
    n = strcspn(*names, " ");
    if (n == 0 || n >= OPT_NAME_MAX)
        return false;
    memcpy(name, *names, n);
    name[n] = '\0';
    *names += n;
    return true;
}

/* The row that has the name NAME[0..N); NULL. */
static const struct opt *
find(const struct opt *table, const char *text, size_t n)
{
    char name[OPT_NAME_MAX];
    const char *names;

    for (; table->id != 0 || table->help != NULL; table++) {
        names = table->names != NULL ? table->names : "";
        while (next_name(&names, name))
            if (strlen(name) == n && memcmp(name, text, n) == 0)
                return table;
    }
    return NULL;
}

/* Report that TYPED is unknown, and the closest name. */
static int
unknown(const struct opt *table, const char *typed, size_t n, struct err *err)
{
    char name[OPT_NAME_MAX], word[OPT_NAME_MAX], best[OPT_NAME_MAX] = "";
    const char *bare = typed + strspn(typed, "-"), *names;
    size_t least = FAR, d;

    snprintf(word, sizeof(word), "%.*s", (int)(n - (size_t)(bare - typed)),
             bare);
    for (; table->id != 0 || table->help != NULL; table++) {
        names = table->names != NULL ? table->names : "";
        while (next_name(&names, name)) {
            d = prose_distance(word, name, least);
            if (d < least && d < strlen(name)) {
                least = d;
                memcpy(best, name, sizeof(best));
            }
        }
    }
    if (best[0] != '\0')
        return err_set(err, ERR_USAGE,
                       "unknown option '%.*s': did you mean '-%s'?", (int)n,
                       typed, best);
    return err_set(err, ERR_USAGE,
                   "unknown option '%.*s': -help lists what there is", (int)n,
                   typed);
}

int
opt_next(struct opt_scan *s, struct err *err)
{
    const char *typed = s->at < s->argc ? s->argv[s->at] : "";
    size_t dashes = strspn(typed, "-"), n = strcspn(typed, "=");
    const struct opt *row;

    if (dashes == 0 || strcmp(typed, "-") == 0)
        return 0;
    s->at++;
    if (strcmp(typed, "--") == 0)
        return 0;
    row = dashes > 2 || n <= dashes
              ? NULL
              : find(s->table, typed + dashes, n - dashes);
    if (row == NULL)
        return unknown(s->table, typed, n, err);
    s->name = typed;
    s->arg = typed[n] == '=' ? typed + n + 1 : NULL;
    if (row->arg == NULL && s->arg != NULL)
        return err_set(err, ERR_USAGE, "option '%.*s' takes no value", (int)n,
                       typed);
    if (row->arg != NULL && s->arg == NULL) {
        if (s->at >= s->argc)
            return err_set(err, ERR_USAGE, "option '%s' needs a value: %s",
                           typed, row->arg);
        s->arg = s->argv[s->at++];
    }
    return row->id;
}

/* "  -long, -short ARG"; returns its width. */
static size_t
print_names(FILE *out, const struct opt *row)
{
    const char *names = row->names, *gap = "  ";
    char name[OPT_NAME_MAX];
    int width = 0;

    while (next_name(&names, name)) {
        width += fprintf(out, "%s-%s", gap, name);
        gap = ", ";
    }
    if (row->arg != NULL)
        width += fprintf(out, " %s", row->arg);
    return (size_t)width;
}

void
opt_help(FILE *out, const char *usage, const struct opt *table)
{
    size_t width;

    fprintf(out, "%s\n", usage);
    for (; table->id != 0 || table->help != NULL; table++) {
        if (table->help == NULL)
            continue;
        if (table->names == NULL) {
            fputc('\n', out);
            prose_wrap(out, "", 0, table->help);
            continue;
        }
        width = print_names(out, table);
        if (width + 2 > HELP_COLUMN) {
            fputc('\n', out);
            width = 0;
        }
        fprintf(out, "%*s", (int)(HELP_COLUMN - width), "");
        prose_wrap(out, "                          ", HELP_COLUMN, table->help);
    }
}
