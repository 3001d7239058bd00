/* clients/gridcp/gridcp_part.c - see gridcp_part.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_part.h"

struct gridcp_part **
gridcp_part_find(struct gridcp_part **list, uint64_t entry, uint64_t key)
{
    struct gridcp_part **p;

    for (p = list; *p != NULL; p = &(*p)->next)
        if ((*p)->entry == entry && (*p)->key == key)
            break;
    return p;
}

void
gridcp_part_drop(struct gridcp_part **list, uint64_t entry, uint64_t key)
{
    struct gridcp_part **p = gridcp_part_find(list, entry, key), *part = *p;

    if (part == NULL)
        return;
    *p = part->next;
    free(part->ranges);
    free(part);
}

/* The part for HEAD's file, reset when its source was a different one. */
static struct gridcp_part *
take(struct gridcp_part **list, const struct gridcp_part *head)
{
    struct gridcp_part *p = *gridcp_part_find(list, head->entry, head->key);

    if (p != NULL && p->size == head->size && p->mtime == head->mtime)
        return p;
    gridcp_part_drop(list, head->entry, head->key);
    p = xcalloc(1, sizeof(*p));
    *p = *head;
    p->next = *list;
    *list = p;
    return p;
}

/* Parse the rest of a line "o": a different file is still empty. */
static void
read_open(struct gridcp_part *p, const char *rest)
{
    struct gridcp_mark mark = { 0 };
    unsigned long long dev, ino;
    long long sec, nsec;

    if (sscanf(rest, "%llu %llu %lld %lld", &dev, &ino, &sec, &nsec) == 4)
        mark = (struct gridcp_mark){ dev, ino, sec, nsec };
    if (!gridcp_part_same(&mark, &p->mark)) {
        free(p->ranges);
        p->ranges = NULL;
    }
    p->mark = mark;
}

bool
gridcp_part_read(struct gridcp_part **list, const char *line)
{
    unsigned long long entry, key;
    long long size, mtime;
    struct gridcp_part head = { 0 }, *p;
    int at = 0, ordered;
    char what;

    if (sscanf(line, "%c %llu %llx %lld %lld %n", &what, &entry, &key, &size,
               &mtime, &at) != 5 ||
        at == 0 || strchr("opbw", what) == NULL)
        return false;
    head.entry = entry;
    head.key = key;
    head.size = size;
    head.mtime = (time_t)mtime;
    p = take(list, &head);
    if (what == 'o') {
        read_open(p, line + at);
    } else if (what == 'p') {
        free(p->ranges);
        p->ranges = xstrdup(line + at);
    } else if (what == 'b' && sscanf(line + at, "%d", &ordered) == 1) {
        p->begun = true;
        p->ordered = ordered != 0;
    } else if (what == 'w') {
        p->whole = sscanf(line + at, "%llu %llu %lld %lld", &p->dev, &p->ino,
                          &p->sec, &p->nsec) == 4;
    }
    return true;
}

/* Append the start of a line. */
static void
head(struct buf *out, char what, const struct gridcp_task *t)
{
    buf_addf(out, "%c %llu %llx %lld %lld ", what, (unsigned long long)t->entry,
             (unsigned long long)t->key, (long long)t->size,
             (long long)t->mtime);
}

void
gridcp_part_write_open(struct buf *out, const struct gridcp_task *t)
{
    const struct gridcp_mark *m = &t->file.mark;

    head(out, 'o', t);
    buf_addf(out, "%llu %llu %lld %lld\n", (unsigned long long)m->dev,
             (unsigned long long)m->ino, (long long)m->sec, (long long)m->nsec);
}

void
gridcp_part_write(struct buf *out, const struct gridcp_task *t)
{
    head(out, 'p', t);
    ranges_text(&t->have, out);
    buf_addc(out, '\n');
}

void
gridcp_part_write_begun(struct buf *out, const struct gridcp_task *t)
{
    head(out, 'b', t);
    buf_addf(out, "%d\n", t->ordered ? 1 : 0);
}

void
gridcp_part_write_whole(struct buf *out, const struct gridcp_task *t,
                        const struct stat *st)
{
    head(out, 'w', t);
    buf_addf(out, "%llu %llu %lld %lld\n", (unsigned long long)st->st_dev,
             (unsigned long long)st->st_ino, (long long)st->st_mtim.tv_sec,
             (long long)st->st_mtim.tv_nsec);
}

bool
gridcp_part_is(const struct gridcp_part *p, const struct stat *st)
{
    return p->whole && S_ISREG(st->st_mode) &&
           (p->size < 0 || st->st_size == p->size) && st->st_dev == p->dev &&
           st->st_ino == p->ino && st->st_mtim.tv_sec == p->sec &&
           st->st_mtim.tv_nsec == p->nsec;
}

bool
gridcp_part_same(const struct gridcp_mark *a, const struct gridcp_mark *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->sec == b->sec &&
           a->nsec == b->nsec;
}
