/* base/utf8.c - see utf8.h. */
#include <string.h>

#include "base/utf8.h"

size_t
utf8_decode(const char *s, size_t n, uint32_t *c)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char first = (unsigned char)s[0];
    size_t len, i;

    *c = first;
    if (first < 0x80)
        return 1;
    len = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || len > n)
        return 0;
    *c = first & (0xFFu >> (len + 1));
    for (i = 1; i < len; i++) {
        if (((unsigned char)s[i] & 0xC0) != 0x80)
            return 0;
        *c = *c << 6 | ((unsigned char)s[i] & 0x3F);
    }
    if (*c < least[len] || *c > 0x10FFFF || (*c >= 0xD800 && *c <= 0xDFFF))
        return 0;
    return len;
}

size_t
utf8_xml_span(const char *s)
{
    size_t left = strlen(s), at = 0, n;
    uint32_t c;

    for (; left > 0; at += n, left -= n) {
        n = utf8_decode(s + at, left, &c);
        if (n == 0 || c == 0xFFFE || c == 0xFFFF ||
            (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
            break;
    }
    return at;
}

bool
utf8_is_plain(uint32_t c)
{
    return c >= 0x20 && (c < 0x7F || c >= 0xA0) && c != 0x061C &&
           !(c >= 0x200E && c <= 0x200F) && !(c >= 0x2028 && c <= 0x202E) &&
           !(c >= 0x2066 && c <= 0x2069);
}
