/* base/xmlscan.c - linear pre-scan that limits what the parser will see; see
 * xml.h. */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/xml.h"

struct scan {
    const char *start, *p, *end;
    int depth;
    size_t left; /* elements, attributes and the like that are still allowed */
    struct err *err;
};

/* Fail with WHAT at AT; line and column are counted only now. */
static int
scan_fail(const struct scan *s, const char *at, enum err_code code,
          const char *what)
{
    const char *line = s->start, *nl;
    int lines = 1;

    while ((nl = memchr(line, '\n', (size_t)(at - line))) != NULL) {
        line = nl + 1;
        lines++;
    }
    return err_set(s->err, code, "line %d, column %ld: %s", lines,
                   (long)(at - line) + 1, what);
}

/* Whether the word W is at S. */
static bool
scan_at(const struct scan *s, const char *w)
{
    size_t n = strlen(w);

    return (size_t)(s->end - s->p) >= n && memcmp(s->p, w, n) == 0;
}

/* Move past the next CLOSE; WHAT is the construct for messages. */
static int
scan_past(struct scan *s, const char *open, const char *close, const char *what)
{
    const char *at = s->p + strlen(open), *hit = NULL;

    if (at <= s->end)
        hit = memmem(at, (size_t)(s->end - at), close, strlen(close));
    if (hit == NULL)
        return scan_fail(s, s->p, ERR_SYNTAX, what);
    s->p = hit + strlen(close);
    return 0;
}

/* Check that the encoding of the XML declaration, if any, is one that this scan
 * supports. */
static int
scan_declaration(struct scan *s)
{
    static const char *const known[] = { "UTF-8", "US-ASCII", "ASCII" };
    const char *from = s->p, *p;
    char quote;

    if (scan_past(s, "<?", "?>", "the XML declaration does not end") < 0)
        return -1;
    p = memmem(from, (size_t)(s->p - from), "encoding", 8);
    if (p == NULL)
        return 0;
    p += 8;
    while (p < s->p && strchr(" \t\r\n=", *p) != NULL)
        p++;
    quote = *p++;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t n = strlen(known[i]);

        if ((size_t)(s->p - p) > n && strncasecmp(p, known[i], n) == 0 &&
            p[n] == quote)
            return 0;
    }
    return scan_fail(s, from, ERR_SYNTAX,
                     "only UTF-8 and ASCII documents are taken");
}

/* Count N more parser nodes. */
static int
scan_count(struct scan *s, size_t n)
{
    if (n > s->left)
        return scan_fail(s, s->p, ERR_LIMIT,
                         "more elements, attributes and comments than are "
                         "taken");
    s->left -= n;
    return 0;
}

/* Check a start tag: bytes, attributes, depth. */
static int
scan_start_tag(struct scan *s)
{
    const char *p = s->p + 1, *stop = s->end;
    int attrs = 0;

    if (stop - s->p > XML_SCAN_TAG_MAX)
        stop = s->p + XML_SCAN_TAG_MAX;
    for (; p < stop && *p != '>'; p++) {
        if (*p == '=' && ++attrs > XML_SCAN_ATTRS_MAX)
            return scan_fail(s, s->p, ERR_LIMIT,
                             "a tag with too many attributes");
        if (*p == '"' || *p == '\'') {
            p = memchr(p + 1, *p, (size_t)(stop - p - 1));
            if (p == NULL)
                p = stop - 1;
        }
    }
    if (p >= stop)
        return stop == s->end
                   ? scan_fail(s, s->p, ERR_SYNTAX, "a tag that does not end")
                   : scan_fail(s, s->p, ERR_LIMIT, "a tag that is too long");
    if (p[-1] != '/' && ++s->depth > XML_SCAN_DEPTH_MAX)
        return scan_fail(s, s->p, ERR_LIMIT, "elements nested too deep");
    if (scan_count(s, 1 + (size_t)attrs) < 0)
        return -1;
    s->p = p + 1;
    return 0;
}

/* Check one piece of markup at s->p, which is at '<'. */
static int
scan_markup(struct scan *s)
{
    static const struct {
        const char *open, *close, *what;
    } others[] = {
        { "<!--", "-->", "a comment that does not end" },
        { "<![CDATA[", "]]>", "CDATA that does not end" },
        { "<?", "?>", "an instruction that does not end" },
    };

    if (scan_at(s, "</")) {
        s->depth--;
        return scan_past(s, "</", ">", "a tag that does not end");
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (scan_at(s, others[i].open))
            return scan_count(s, 1) < 0
                       ? -1
                       : scan_past(s, others[i].open, others[i].close,
                                   others[i].what);
    if (scan_at(s, "<!"))
        return scan_fail(s, s->p, ERR_SYNTAX,
                         "a document type declaration is not taken");
    return scan_start_tag(s);
}

/* Check the text before the first tag: byte order mark, blanks, '<'. */
static int
scan_prologue(struct scan *s)
{
    const char *nul = memchr(s->p, '\0', (size_t)(s->end - s->p));

    if (nul != NULL)
        return scan_fail(s, nul, ERR_SYNTAX, "a NUL byte");
    if (scan_at(s, "\xEF\xBB\xBF"))
        s->p += 3;
    if (scan_at(s, "<?xml") && s->p + 5 < s->end &&
        strchr(" \t\r\n", s->p[5]) != NULL && scan_declaration(s) < 0)
        return -1;
    while (s->p < s->end && strchr(" \t\r\n", *s->p) != NULL)
        s->p++;
    if (s->p == s->end)
        return scan_fail(s, s->p, ERR_SYNTAX, "there is no document");
    /* Other first bytes could make the parser guess another encoding. */
    if (*s->p != '<')
        return scan_fail(s, s->p, ERR_SYNTAX, "this is not an XML document");
    return 0;
}

int
xml_prescan(const char *p, size_t n, size_t elements_max, struct err *err)
{
    struct scan s = { .start = p, .p = p, .end = p + n, .err = err };

    s.left = elements_max != 0 ? elements_max : SIZE_MAX;
    if (n == 0)
        return err_set(err, ERR_SYNTAX, "there is no document");
    if (scan_prologue(&s) < 0)
        return -1;
    while (s.p < s.end) {
        s.p = memchr(s.p, '<', (size_t)(s.end - s.p));
        if (s.p == NULL)
            break;
        if (scan_markup(&s) < 0)
            return -1;
    }
    return 0;
}
