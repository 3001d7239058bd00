/* clients/gridcp/gridcp_pairs.c - see gridcp_pairs.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/url.h"
#include "clients/gridcp/gridcp_pairs.h"

struct gridcp_pairs {
    FILE *f;
    char *name;
    unsigned long line;
};

/* The word at *P, quoted or up to a blank; the caller must free() it.  NULL at
 * the end. */
static char *
word(const char **p)
{
    const char *from;
    size_t n;

    *p += strspn(*p, " \t");
    if (**p == '\0')
        return NULL;
    if (**p == '"') {
        from = *p + 1;
        n = strcspn(from, "\"");
        *p = from + n + (from[n] == '"');
    } else {
        from = *p;
        n = strcspn(from, " \t");
        *p = from + n;
    }
    return xasprintf("%.*s", (int)n, from);
}

/* Parse OFFSET LENGTH, or OFFSET,LENGTH; ignores other text (the file facts
 * that globus-url-copy writes, "size=1;"). */
static int
parse_part(const char *p, struct gridcp_pair *pair, struct err *err)
{
    long long value[2] = { -1, -1 };
    int n = 0, rc = 0;
    char *w, *at, *next;

    while (rc == 0 && (w = word(&p)) != NULL) {
        for (at = w; at != NULL && strchr(w, '=') == NULL; at = next) {
            next = strchr(at, ',');
            if (next != NULL)
                *next++ = '\0';
            if (n == 2 || number_parse(at, -1, INT64_MAX, &value[n++]) < 0)
                rc = err_set(err, ERR_SYNTAX, "'%s' is not an offset or length",
                             at);
        }
        free(w);
    }
    pair->offset = value[0];
    pair->length = value[1];
    if (pair->length >= 0 && pair->offset < 0)
        pair->offset = 0;
    if (pair->offset == 0 && pair->length < 0)
        pair->offset = -1; /* "0,-1": the whole file */
    return rc;
}

int
gridcp_pairs_parse(const char *line, struct gridcp_pair *pair, struct err *err)
{
    const char *p = line + strspn(line, " \t");

    *pair = (struct gridcp_pair){ .offset = -1, .length = -1 };
    if (*p == '\0' || *p == '#')
        return 0;
    pair->src = word(&p);
    pair->dst = word(&p);
    if (pair->dst == NULL)
        err_set(err, ERR_SYNTAX, "'%.200s' is not SOURCE DESTINATION", line);
    else if (parse_part(p, pair, err) == 0)
        return 1;
    gridcp_pairs_pair_fini(pair);
    return -1;
}

void
gridcp_pairs_pair_fini(struct gridcp_pair *pair)
{
    free(pair->src);
    free(pair->dst);
    pair->src = pair->dst = NULL;
}

/* Append the bare path TEXT as a URL, because a line cannot contain it
 * unencoded. */
static void
add_as_url(const char *text, struct buf *out)
{
    char *here = *text != '/' ? realpath(".", NULL) : NULL;

    buf_adds(out, "file://");
    if (here != NULL) {
        percent_encode(out, here, "/");
        buf_addc(out, '/');
    }
    percent_encode(out, text, "/");
    free(here);
}

/* Append TEXT in quotes, with quotes and line ends percent-encoded. */
static void
add_quoted(const char *text, struct buf *out)
{
    buf_addc(out, '"');
    if (url_is_bare(text) && strpbrk(text, "\"\r\n") != NULL) {
        add_as_url(text, out);
        text = "";
    }
    for (; *text != '\0'; text++)
        if (*text == '"' || *text == '\n' || *text == '\r')
            buf_addf(out, "%%%02X", (unsigned char)*text);
        else
            buf_addc(out, *text);
    buf_addc(out, '"');
}

void
gridcp_pairs_write(const char *src, const char *dst, int64_t offset,
                   int64_t length, struct buf *out)
{
    add_quoted(src, out);
    buf_addc(out, ' ');
    add_quoted(dst, out);
    if (offset >= 0)
        buf_addf(out, " %lld,%lld", (long long)offset, (long long)length);
    buf_addc(out, '\n');
}

int
gridcp_pairs_open(const char *file, struct gridcp_pairs **list, struct err *err)
{
    bool in = strcmp(file, "-") == 0;
    FILE *f = in ? stdin : fopen(file, "re");

    *list = NULL;
    if (f == NULL)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                       "cannot read list '%s': %s", file, strerror(errno));
    *list = xcalloc(1, sizeof(**list));
    (*list)->f = f;
    (*list)->name = xstrdup(in ? "standard input" : file);
    return 0;
}

void
gridcp_pairs_close(struct gridcp_pairs *list)
{
    if (list == NULL)
        return;
    if (list->f != stdin)
        fclose(list->f);
    free(list->name);
    free(list);
}

bool
gridcp_pairs_over(const struct gridcp_pairs *list)
{
    return feof(list->f) || ferror(list->f);
}

int
gridcp_pairs_next(struct gridcp_pairs *list, struct gridcp_pair *pair,
                  struct err *err)
{
    char *line = xrealloc(NULL, 1, GRIDCP_LINE_MAX);
    int rc = 0;

    while (rc == 0 && fgets(line, GRIDCP_LINE_MAX, list->f) != NULL) {
        list->line++;
        if (strchr(line, '\n') == NULL && !feof(list->f))
            rc = err_set(err, ERR_LIMIT,
                         "longer than %d bytes, or contains a NUL byte",
                         GRIDCP_LINE_MAX);
        line[strcspn(line, "\r\n")] = '\0';
        if (rc == 0)
            rc = gridcp_pairs_parse(line, pair, err);
    }
    free(line);
    if (rc == 0 && ferror(list->f))
        return err_set(err, ERR_IO, "cannot read list '%s' after line %lu: %s",
                       list->name, list->line, strerror(errno));
    return rc < 0 ? err_wrap(err, "list '%s' line %lu", list->name, list->line)
                  : rc;
}
