/* base/logfmt.c - see logfmt.h. */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/logfmt.h"
#include "base/utf8.h"

/* Whether S[0..N) is one word that needs no quotes. */
static bool
plain(const char *s, size_t n)
{
    uint32_t c;
    size_t len;

    if (n == 0)
        return false;
    for (; n > 0; s += len, n -= len) {
        len = utf8_decode(s, n, &c);
        if (len == 0 || !utf8_is_plain(c) ||
            (len == 1 && strchr(" \"\\=", *s) != NULL))
            return false;
    }
    return true;
}

void
logfmt_value(struct buf *line, const char *s, size_t n)
{
    bool cut = n > LOGFMT_VALUE_MAX;
    size_t len, i;
    uint32_t c;

    if (cut)
        n = LOGFMT_VALUE_MAX;
    if (plain(s, n)) {
        buf_add(line, s, n);
        buf_adds(line, cut ? "+" : "");
        return;
    }
    buf_addc(line, '"');
    for (; n > 0; s += len, n -= len) {
        len = utf8_decode(s, n, &c);
        if (len == 0 || !utf8_is_plain(c)) {
            len = len == 0 ? 1 : len;
            for (i = 0; i < len; i++)
                buf_addf(line, "\\x%02x", (unsigned)(unsigned char)s[i]);
        } else {
            if (*s == '"' || *s == '\\')
                buf_addc(line, '\\');
            buf_add(line, s, len);
        }
    }
    buf_adds(line, cut ? "+\"" : "\"");
}

/* One parsed conversion: %[0][width][.precision][size]letter. */
struct spec {
    bool zero;
    int width;
    int precision; /* -1 = none */
    char size;     /* 0, 'l', 'L' (ll), 'z', 'j' */
    char letter;
};

/* Parse a number or '*' at *FMT. */
static int
count_parse(const char **fmt, va_list *ap)
{
    int v = 0;

    if (**fmt == '*') {
        (*fmt)++;
        return va_arg(*ap, int);
    }
    for (; isdigit((unsigned char)**fmt); (*fmt)++)
        v = v < 1000 ? 10 * v + (**fmt - '0') : v;
    return v;
}

/* Parse the conversion after the '%' at *FMT. */
static struct spec
spec_parse(const char **fmt, va_list *ap)
{
    struct spec s = { .precision = -1 };

    for (; **fmt == '0'; (*fmt)++)
        s.zero = true;
    s.width = count_parse(fmt, ap);
    if (**fmt == '.') {
        (*fmt)++;
        s.precision = count_parse(fmt, ap);
    }
    for (; **fmt != '\0' && strchr("lzjh", **fmt) != NULL; (*fmt)++) {
        if (**fmt == 'l' && s.size == 'l')
            s.size = 'L';
        else if (**fmt != 'h')
            s.size = **fmt;
    }
    s.letter = **fmt;
    if (s.letter != '\0')
        (*fmt)++;
    return s;
}

/* Take the next argument as the signed integer type of S. */
static intmax_t
take_signed(const struct spec *s, va_list *ap)
{
    switch (s->size) {
    case 'l':
        return va_arg(*ap, long);
    case 'L':
        return va_arg(*ap, long long);
    case 'z':
        return va_arg(*ap, ssize_t);
    case 'j':
        return va_arg(*ap, intmax_t);
    default:
        return va_arg(*ap, int);
    }
}

/* Take the next argument as the unsigned integer type of S. */
static uintmax_t
take_unsigned(const struct spec *s, va_list *ap)
{
    switch (s->size) {
    case 'l':
        return va_arg(*ap, unsigned long);
    case 'L':
        return va_arg(*ap, unsigned long long);
    case 'z':
        return va_arg(*ap, size_t);
    case 'j':
        return va_arg(*ap, uintmax_t);
    default:
        return va_arg(*ap, unsigned);
    }
}

/* A %s: read at most its precision, because the string may lack the NUL. */
static void
add_string(struct buf *line, const struct spec *s, const char *text)
{
    size_t max = s->precision >= 0 ? (size_t)s->precision : SIZE_MAX;

    if (text == NULL)
        text = "(null)";
    logfmt_value(line, text, strnlen(text, max));
}

/* Append the next argument formatted by S. */
static void
add_spec(struct buf *line, const struct spec *s, va_list *ap)
{
    int precision = s->precision >= 0 ? s->precision : 6;
    char c;

    switch (s->letter) {
    case 's':
        add_string(line, s, va_arg(*ap, const char *));
        break;
    case 'c':
        c = (char)va_arg(*ap, int);
        logfmt_value(line, &c, 1);
        break;
    case 'd':
    case 'i':
        buf_addf(line, s->zero ? "%0*jd" : "%*jd", s->width,
                 take_signed(s, ap));
        break;
    case 'u':
        buf_addf(line, s->zero ? "%0*ju" : "%*ju", s->width,
                 take_unsigned(s, ap));
        break;
    case 'x':
        buf_addf(line, s->zero ? "%0*jx" : "%*jx", s->width,
                 take_unsigned(s, ap));
        break;
    case 'o':
        buf_addf(line, s->zero ? "%0*jo" : "%*jo", s->width,
                 take_unsigned(s, ap));
        break;
    case 'f':
    case 'g':
        buf_addf(line, s->letter == 'f' ? "%.*f" : "%.*g", precision,
                 va_arg(*ap, double));
        break;
    default:
        buf_addc(line, '%');
        break;
    }
}

void
logfmt_vadd(struct buf *line, const char *fmt, va_list ap)
{
    struct spec s;
    va_list rest;

    /* Copied, because only a true va_list has an address of its own type. */
    va_copy(rest, ap);
    while (*fmt != '\0') {
        if (*fmt != '%') {
            buf_addc(line, *fmt++);
            continue;
        }
        fmt++;
        s = spec_parse(&fmt, &rest);
        add_spec(line, &s, &rest);
        if (strchr("scdiuxofg%", s.letter) == NULL || s.letter == '\0')
            break; /* the type of its argument is unknown: stop here */
    }
    va_end(rest);
}
