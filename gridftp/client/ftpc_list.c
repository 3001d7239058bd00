/* gridftp/client/ftpc_list.c - directories (MLSD, RFC 3659 s.7). */
#include <stdlib.h>
#include <string.h>

#include "gridftp/client/ftpc_run.h"

struct listing {
    struct ftpclient_listing *of;
    struct ftpclient_xfer x;
    struct buf line; /* an incomplete line */
    bool begun,
        crlf; /* the first line is known, and whether it ended in CR LF */
    int64_t at;
};

/* Pass one line of facts to the caller. */
static int
use_line(struct listing *l, const char *line, struct err *err)
{
    struct facts facts = { .type = FACTS_OTHER };
    int rc = 0;

    if (*line == '\0')
        return 0;
    if (facts_parse(line, &facts, err) < 0)
        return -1;
    if (facts.type == FACTS_CDIR && facts.unique != NULL) {
        free(l->of->unique);
        l->of->unique = facts.unique;
        facts.unique = NULL;
    }
    if (facts.type != FACTS_CDIR && facts.type != FACTS_PDIR &&
        strcmp(facts.name, ".") != 0 && strcmp(facts.name, "..") != 0)
        rc = l->of->entry(l->of->arg, &facts, err);
    facts_fini(&facts);
    return rc == 0 ? 0
                   : err_set(err, ERR_CANCELLED, "the listing was abandoned");
}

/* The final '\n' of the entry at P[0..N); NULL when it is incomplete.  Entries
 * end in CR LF (RFC 3659 s.7.2) and a bare LF belongs to a name, unless the
 * server ended its first entry with a bare LF. */
static char *
entry_end(struct listing *l, char *p, size_t n)
{
    char *nl = memchr(p, '\n', n);

    if (nl != NULL && !l->begun) {
        l->begun = true;
        l->crlf = nl > p && nl[-1] == '\r';
    }
    while (nl != NULL && l->crlf && (nl == p || nl[-1] != '\r'))
        nl = memchr(nl + 1, '\n', n - (size_t)(nl + 1 - p));
    return nl;
}

/* Handle the complete lines in L->line. */
static int
use_lines(struct listing *l, struct err *err)
{
    char *at = l->line.data, *nl;
    size_t left = l->line.len;
    int rc = 0;

    while (rc == 0 && left > 0 && (nl = entry_end(l, at, left)) != NULL) {
        left -= (size_t)(nl + 1 - at);
        *nl = '\0';
        if (nl > at && nl[-1] == '\r')
            nl[-1] = '\0';
        rc = use_line(l, at, err);
        at = nl + 1;
    }
    buf_drop(&l->line, l->line.len - left);
    if (rc == 0 && l->line.len > FTPC_LINE_MAX)
        return err_set(err, ERR_LIMIT, "%s: a line of the listing is too long",
                       l->x.path);
    return rc;
}

/* A ftpclient_write_fn: a listing arrives in order over one connection. */
static int
write_listing(struct ftpclient_xfer *x, const void *p, size_t n, int64_t offset,
              struct err *err)
{
    struct listing *l = x->user;

    if (offset != l->at)
        return err_set(err, ERR_PROTOCOL,
                       "%s: the listing arrived out of order", x->path);
    l->at += (int64_t)n;
    buf_add(&l->line, p, n);
    return use_lines(l, err);
}

/* Several directories of one run. */
struct listings {
    struct listing *l;
    size_t n, next;
};

/* A ftpclient_next_fn. */
static struct ftpclient_xfer *
next_listing(void *arg)
{
    struct listings *all = arg;
    struct listing *l = &all->l[all->next];

    if (all->next == all->n)
        return NULL;
    all->next++;
    l->x = (struct ftpclient_xfer){ .path = l->of->path,
                                    .whole = true,
                                    .size = -1,
                                    .fd = -1,
                                    .write = write_listing,
                                    .user = l };
    return &l->x;
}

/* A ftpclient_done_fn: the last line may lack its end. */
static void
listing_done(void *arg, struct ftpclient_xfer *x)
{
    struct listing *l = x->user;

    (void)arg;
    l->of->err = x->err;
    l->of->no_data = x->no_data;
    if (x->err.code == ERR_OK && l->line.len > 0) {
        buf_adds(&l->line, l->crlf ? "\r\n" : "\n");
        use_lines(l, &l->of->err);
    }
    buf_fini(&l->line);
}

int
ftpclient_list_run(struct ftpclient *c, const struct ftpclient_how *how,
                   struct ftpclient_listing *dirs, size_t n, struct err *err)
{
    struct listings all = { .l = xcalloc(n, sizeof(*all.l)), .n = n };
    struct err why = ERR_INIT;
    size_t i;
    int rc;

    for (i = 0; i < n; i++) {
        dirs[i].unique = NULL;
        all.l[i].of = &dirs[i];
    }
    if (c->features & FTPCLIENT_MLST)
        rc = ftpc_run_many(c, how, "MLSD", next_listing, listing_done, &all,
                           &why);
    else
        rc = err_set(&why, ERR_UNSUPPORTED, "'%s' cannot list directories",
                     c->conf.host);
    for (i = all.next; i < n; i++)
        dirs[i].err = why;
    free(all.l);
    return rc < 0 ? err_set(err, why.code, "%s", why.text) : 0;
}

int
ftpclient_list(struct ftpclient *c, const char *path, ftpclient_entry_fn *entry,
               void *arg, struct err *err)
{
    struct ftpclient_how how = { .mode = c->mode == 'E' ? FTPCLIENT_EXTENDED
                                                        : FTPCLIENT_STREAM };
    struct ftpclient_listing dir = { .path = path, .entry = entry, .arg = arg };

    free(c->listed);
    c->listed = NULL;
    if (ftpclient_list_run(c, &how, &dir, 1, err) < 0) {
        free(dir.unique);
        return -1;
    }
    c->listed = dir.unique;
    if (dir.err.code != ERR_OK)
        return err_set(err, dir.err.code, "%s", dir.err.text);
    return 0;
}

const char *
ftpclient_listed(const struct ftpclient *c)
{
    return c->listed;
}
