/* gatekeeper/schedulers/batch_line.c - see batch_line.h. */
#include "gatekeeper/schedulers/batch_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"

struct batch_line *
batch_lines_add(struct batch_lines *lines)
{
    struct batch_line *l;

    if (lines->n == lines->room) {
        lines->room = lines->room == 0 ? 64 : lines->room * 2;
        lines->line = xrealloc(lines->line, lines->room, sizeof(*lines->line));
    }
    l = &lines->line[lines->n++];
    memset(l, 0, sizeof(*l));
    return l;
}

static int
by_name(const void *a, const void *b)
{
    const struct batch_line *x = a, *y = b;

    return strcmp(x->name, y->name);
}

void
batch_lines_sort(struct batch_lines *lines)
{
    if (lines->n > 1)
        qsort(lines->line, lines->n, sizeof(*lines->line), by_name);
}

void
batch_lines_fini(struct batch_lines *lines)
{
    free(lines->line);
    *lines = (struct batch_lines){ .line = NULL };
}

const struct batch_line *
batch_lines_named(const struct batch_lines *lines, const char *name, size_t *n)
{
    size_t low = 0, high = lines->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(lines->line[mid].name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    for (*n = 0;
         low + *n < lines->n && strcmp(lines->line[low + *n].name, name) == 0;)
        ++*n;
    return *n > 0 ? &lines->line[low] : NULL;
}

bool
batch_line_name_ok(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    return n > 0 && name[n] == '\0';
}

bool
batch_line_id_ok(const char *id)
{
    size_t n = strspn(id, "0123456789");

    return n > 0 && n < 20 && id[n] == '\0';
}

void
batch_line_printable(char *text)
{
    for (char *p = text; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
            *p = '?';
}

struct sched_share *
batch_line_share(struct sched_info *info, const char *name, bool make)
{
    struct sched_share *s;

    for (size_t i = 0; i < info->nshares; i++)
        if (strcmp(info->share[i].name, name) == 0)
            return &info->share[i];
    if (!make || info->nshares == SCHED_SHARES_MAX)
        return NULL;
    s = &info->share[info->nshares++];
    *s = (struct sched_share){ .max_wall = -1 };
    snprintf(s->name, sizeof(s->name), "%s", name);
    return s;
}
