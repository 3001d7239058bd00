/* gsi/names/dn_pattern.c - patterns of distinguished names: signing policies,
 * ban lists. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "gsi/names/dn.h"
#include "gsi/names/dn_pattern.h"

/* The end of the type of the attribute at S ("TYPE=...") in a pattern. */
static size_t
pattern_type(const char *s, const char **type)
{
    size_t n = strcspn(s, "=/*?");
    *type = s[n] == '=' ? dn_type(s, n) : NULL;
    return n;
}

char *
dn_pattern(const char *s)
{
    struct buf b = BUF_INIT;
    if (*s != '/' && *s != '*')
        return NULL;
    while (*s) {
        const char *type;
        size_t n = *s == '/' ? pattern_type(s + 1, &type) : 0;
        if (n && type) {
            /* an OID type is not NUL-terminated */
            char *word = xasprintf("%.*s", (int)n, s + 1);
            buf_addf(&b, "\1%s=", dn_type(word, n));
            free(word);
            s += n + 2;
            s += strspn(s, " ");
        } else if (*s == '/' && (s[1] == '*' || !s[1])) {
            buf_addc(&b, '\1');
            s++;
        } else if (*s == '\\' && s[1]) {
            buf_addc(&b, s[1]);
            s += 2;
        } else if (*s == ' ') {
            s += strspn(s, " ");
            if (*s && *s != '/')
                buf_addc(&b, ' ');
        } else {
            buf_addc(&b, *s >= 'A' && *s <= 'Z' ? (char)(*s | 0x20) : *s);
            s++;
        }
    }
    return b.data ? buf_detach(&b) : NULL;
}

bool
dn_pattern_matches(const char *p, const char *s)
{
    /* backtracking to the last '*' is enough */
    const char *star = NULL, *back = NULL;
    while (*s) {
        if (*p == '*') {
            star = ++p;
            back = s;
        } else if (*p == *s || (*p == '?' && *s != '\1')) {
            p++;
            s++;
        } else if (star) {
            p = star;
            s = ++back;
        } else {
            return false;
        }
    }
    while (*p == '*')
        p++;
    return !*p;
}
