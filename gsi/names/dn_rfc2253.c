/* gsi/names/dn_rfc2253.c - distinguished names in LDAP's form (RFC 2253, 4514):
 * "CN=alice,O=Grid", last component first. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "gsi/names/dn.h"
#include "gsi/names/dn_value.h"

/* Decode the escape after a backslash at S: two hex digits or one special
 * character. */
static size_t
unescape(const char *s, struct buf *value)
{
    if (dn_hex_digit(s[0]) >= 0 && dn_hex_digit(s[1]) >= 0) {
        buf_addc(value, (char)(dn_hex_digit(s[0]) * 16 + dn_hex_digit(s[1])));
        return 2;
    }
    if (!*s || !strchr(",+\"\\<>;=# ", *s))
        return 0;
    buf_addc(value, *s);
    return 1;
}

/* Decode the value at S into VALUE, up to ',' ';' '+' or the end; NULL with
 * ERR. */
static const char *
parse_value(const char *s, struct buf *value, struct err *err)
{
    bool quoted = false, had_quotes = false;
    size_t keep = 0; /* do not trim below this length */
    s += strspn(s, " ");
    for (; *s && (quoted || !strchr(",;+", *s)); s++) {
        if (*s == '"') {
            quoted = !quoted;
            had_quotes = true;
            keep = value->len;
        } else if (*s == '\\') {
            size_t used = unescape(s + 1, value);
            if (!used)
                goto bad;
            s += used;
            keep = value->len;
        } else if (*s == '#' && !value->len && !had_quotes) {
            goto bad; /* BER in hex cannot be compared as text */
        } else {
            buf_addc(value, *s);
        }
    }
    if (quoted)
        goto bad;
    while (value->len > keep && value->data[value->len - 1] == ' ')
        value->data[--value->len] = '\0';
    return s;
bad:
    err_set(err, ERR_SYNTAX,
            "bad escape or quote in a certificate name at '%s'", s);
    return NULL;
}

/* Reverse the order of RDNs; the attributes of one RDN keep theirs. */
static void
reverse(struct dn *dn)
{
    struct dn_attr *to = xcalloc(dn->n + 1, sizeof *to);
    size_t at = dn->n;
    for (size_t i = 0, end; i < dn->n; i = end) {
        for (end = i + 1; end < dn->n && dn->attr[end].joined; end++)
            ;
        at -= end - i;
        memcpy(to + at, dn->attr + i, (end - i) * sizeof *to);
    }
    free(dn->attr);
    dn->attr = to;
}

/* Parse "TYPE=value" at S into DN; returns its end or NULL. */
static const char *
parse_attr(const char *s, struct dn *dn, bool joined, struct err *err)
{
    struct buf value = BUF_INIT;
    s += strspn(s, " ");
    const char *type = s;
    size_t n = strcspn(s, "= ,;+\\\"");
    s += n;
    s += strspn(s, " ");
    if (*s != '=' || !dn_type(type, n)) {
        err_set(err, ERR_SYNTAX,
                "certificate name has no known attribute at '%s'", type);
        return NULL;
    }
    s = parse_value(s + 1, &value, err);
    if (s && dn_value_add(dn, type, n, &value, joined, err))
        s = NULL;
    buf_fini(&value);
    return s;
}

int
dn_parse_rfc2253(const char *text, struct dn *dn, struct err *err)
{
    const char *s = text;
    bool joined = false;
    *dn = (struct dn){ NULL, 0 };
    for (;;) {
        s = parse_attr(s, dn, joined, err);
        if (!s) {
            dn_fini(dn);
            return -1;
        }
        if (!*s)
            break;
        joined = *s++ == '+';
    }
    reverse(dn);
    return 0;
}

static void
add_escaped(const char *value, struct buf *out)
{
    for (const char *s = value; *s; s++) {
        bool edge = s == value || !s[1];
        if (strchr(",+\"\\<>;", *s) || (*s == ' ' && edge) ||
            (*s == '#' && s == value))
            buf_addc(out, '\\');
        buf_addc(out, *s);
    }
}

void
dn_text_rfc2253(const struct dn *dn, struct buf *out)
{
    struct dn back = { xcalloc(dn->n + 1, sizeof *back.attr), dn->n };
    memcpy(back.attr, dn->attr, dn->n * sizeof *back.attr);
    reverse(&back);
    for (size_t i = 0; i < back.n; i++) {
        if (i)
            buf_addc(out, back.attr[i].joined ? '+' : ',');
        buf_addf(out, "%s=", back.attr[i].type);
        add_escaped(back.attr[i].value, out);
    }
    free(back.attr);
}
