/* gsi/names/dn.c - distinguished names: the /-form of Globus, and equality by
 * X.520 caseIgnoreMatch. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "gsi/names/dn.h"
#include "gsi/names/dn_value.h"

/* The length of TYPE when S is "TYPE=" with a known type, else 0. */
static size_t
type_len(const char *s)
{
    size_t n = strcspn(s, "=/+\\ ");
    return s[n] == '=' && dn_type(s, n) ? n : 0;
}

/* Decode one escape at S (after the backslash) into VALUE; its length, or 0. */
static size_t
unescape(const char *s, struct buf *value)
{
    if (*s == 'x' && dn_hex_digit(s[1]) >= 0 && dn_hex_digit(s[2]) >= 0) {
        buf_addc(value, (char)(dn_hex_digit(s[1]) * 16 + dn_hex_digit(s[2])));
        return 3;
    }
    if (!*s || isalnum((unsigned char)*s))
        return 0;
    buf_addc(value, *s);
    return 1;
}

/* Decode the value at S up to the next attribute into VALUE; its end, or
 * NULL. */
static const char *
parse_value(const char *s, struct buf *value, struct err *err)
{
    while (*s && !((*s == '/' || *s == '+') && type_len(s + 1))) {
        if (*s != '\\') {
            buf_addc(value, *s++);
            continue;
        }
        size_t used = unescape(s + 1, value);
        if (!used) {
            err_set(err, ERR_SYNTAX,
                    "'\\%.1s' in a certificate name: write '\\\\' for a "
                    "backslash",
                    s + 1);
            return NULL;
        }
        s += 1 + used;
    }
    return s;
}

int
dn_parse(const char *text, struct dn *dn, struct err *err)
{
    struct buf value = BUF_INIT;
    const char *s = text;
    *dn = (struct dn){ NULL, 0 };
    if (*s != '/') {
        err_set(err, ERR_SYNTAX,
                "certificate name '%s' does not begin with '/'", text);
        goto fail;
    }
    while (*s) {
        bool joined = *s == '+';
        const char *type = s + 1;
        size_t n = type_len(type);
        if (!n) {
            err_set(err, ERR_SYNTAX,
                    "certificate name '%s' does not begin with a known "
                    "attribute, as '/C=' or '/CN='",
                    text);
            goto fail;
        }
        buf_clear(&value);
        s = parse_value(type + n + 1, &value, err);
        if (!s || dn_value_add(dn, type, n, &value, joined, err))
            goto fail;
    }
    buf_fini(&value);
    return 0;
fail:
    buf_fini(&value);
    dn_fini(dn);
    return -1;
}

void
dn_text(const struct dn *dn, struct buf *out)
{
    for (size_t i = 0; i < dn->n; i++) {
        const struct dn_attr *a = &dn->attr[i];
        buf_addf(out, "%c%s=", a->joined ? '+' : '/', a->type);
        for (const char *s = a->value; *s; s++) {
            if (*s == '\\' || ((*s == '/' || *s == '+') && type_len(s + 1)))
                buf_addc(out, '\\');
            buf_addc(out, *s);
        }
    }
}

/* "TYPE=value", folded as in RFC 4518 for ASCII only, which is also how OpenSSL
 * compares. */
static char *
attr_key(const struct dn_attr *a)
{
    struct buf b = BUF_INIT;
    const char *s = a->value + strspn(a->value, " ");
    buf_addf(&b, "%s=", a->type);
    for (; *s; s++) {
        if (*s != ' ')
            buf_addc(&b, *s >= 'A' && *s <= 'Z' ? (char)(*s | 0x20) : *s);
        else if (s[1] && s[1] != ' ')
            buf_addc(&b, ' ');
    }
    return buf_detach(&b);
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void
dn_key(const struct dn *dn, struct buf *out)
{
    /* Values contain no control characters, so these are safe separators; the
     * attributes of one RDN are a set. */
    for (size_t i = 0, end; i < dn->n; i = end) {
        for (end = i + 1; end < dn->n && dn->attr[end].joined; end++)
            ;
        char **key = xcalloc(end - i, sizeof *key);
        for (size_t k = i; k < end; k++)
            key[k - i] = attr_key(&dn->attr[k]);
        qsort(key, end - i, sizeof *key, by_text);
        for (size_t k = i; k < end; k++) {
            buf_addc(out, k == i ? '\1' : '\2');
            buf_adds(out, key[k - i]);
            free(key[k - i]);
        }
        free(key);
    }
}

bool
dn_equal(const struct dn *a, const struct dn *b)
{
    struct buf x = BUF_INIT, y = BUF_INIT;
    dn_key(a, &x);
    dn_key(b, &y);
    bool same = strcmp(buf_str(&x), buf_str(&y)) == 0;
    buf_fini(&x);
    buf_fini(&y);
    return same;
}

bool
dn_matches_text(const struct dn *dn, const char *text)
{
    struct dn other;
    if (*text == '/' ? dn_parse(text, &other, NULL)
                     : dn_parse_rfc2253(text, &other, NULL))
        return false;
    bool same = dn_equal(dn, &other);
    dn_fini(&other);
    return same;
}
