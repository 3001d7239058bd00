/* base/codec.c - base64, hex, percent, numbers, names; see codec.h. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "base/codec.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(struct buf *out, const void *p, size_t n)
{
    const unsigned char *in = p;
    char four[4];
    unsigned v;

    buf_reserve(out, n / 3 * 4 + 4);
    for (; n > 0; in += 3, n -= n < 3 ? n : 3) {
        v = (unsigned)in[0] << 16;
        v |= n > 1 ? (unsigned)in[1] << 8 : 0;
        v |= n > 2 ? in[2] : 0;
        four[0] = base64_digits[v >> 18];
        four[1] = base64_digits[v >> 12 & 63];
        four[2] = n > 1 ? base64_digits[v >> 6 & 63] : '=';
        four[3] = n > 2 ? base64_digits[v & 63] : '=';
        buf_add(out, four, 4);
    }
}

/* The value of the base64 digit C; -1 for any other byte. */
static int
base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decode four characters into 0 to 3 bytes; LAST allows padding. -1 when
 * invalid, also when bits below the padding are set (RFC 4648 s.3.5). */
static int
base64_group(const char *in, bool last, unsigned char out[3])
{
    int pad = !last || in[3] != '=' ? 0 : in[2] == '=' ? 2 : 1;
    unsigned v = 0;
    int i, digit;

    for (i = 0; i < 4; i++) {
        digit = i >= 4 - pad ? 0 : base64_value(in[i]);
        if (digit < 0)
            return -1;
        v = v << 6 | (unsigned)digit;
    }
    if ((pad == 1 && (v & 0xFF) != 0) || (pad == 2 && (v & 0xFFFF) != 0))
        return -1;
    out[0] = (unsigned char)(v >> 16);
    out[1] = (unsigned char)(v >> 8);
    out[2] = (unsigned char)v;
    return 3 - pad;
}

int
base64_decode(struct buf *out, const char *text, size_t n)
{
    size_t before = out->len, i;
    unsigned char three[3];
    int got;

    if (n % 4 != 0)
        return -1;
    for (i = 0; i < n; i += 4) {
        got = base64_group(text + i, i + 4 == n, three);
        if (got < 0) {
            out->len = before;
            if (out->data != NULL)
                out->data[before] = '\0';
            return -1;
        }
        buf_add(out, three, (size_t)got);
    }
    return 0;
}

void
hex_encode(struct buf *out, const void *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *in = p;
    size_t i;

    buf_reserve(out, 2 * n);
    for (i = 0; i < n; i++) {
        buf_addc(out, digits[in[i] >> 4]);
        buf_addc(out, digits[in[i] & 15]);
    }
}

void
percent_encode(struct buf *out, const char *s, const char *keep)
{
    for (; *s != '\0'; s++) {
        if ((isascii((unsigned char)*s) && isalnum((unsigned char)*s)) ||
            strchr("-._~", *s) != NULL || strchr(keep, *s) != NULL)
            buf_addc(out, *s);
        else
            buf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
    }
}

/* The value of the hex digit C, -1 for another byte. */
static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
percent_decode(char *s)
{
    const char *in;
    int high, low;

    for (in = s; (in = strchr(in, '%')) != NULL; in += 3) {
        high = hex_value(in[1]);
        low = high < 0 ? -1 : hex_value(in[2]);
        if (low < 0 || high + low == 0)
            return -1;
    }
    for (in = s; *in != '\0'; in++) {
        if (*in == '%') {
            *s++ = (char)(hex_value(in[1]) << 4 | hex_value(in[2]));
            in += 2;
        } else {
            *s++ = *in;
        }
    }
    *s = '\0';
    return 0;
}

char *
uuid_make(char text[UUID_TEXT])
{
    unsigned char r[16];
    ssize_t n;

    do
        n = getrandom(r, sizeof(r), 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof(r))
        abort();
    r[6] = (r[6] & 0x0F) | 0x40;
    r[8] = (r[8] & 0x3F) | 0x80;
    snprintf(text, UUID_TEXT,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10],
             r[11], r[12], r[13], r[14], r[15]);
    return text;
}

bool
uuid_ok(const char *text)
{
    size_t i;

    for (i = 0; i < UUID_TEXT - 1; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-')
                return false;
        } else if (hex_value(text[i]) < 0 ||
                   (text[i] >= 'A' && text[i] <= 'F')) {
            return false;
        }
    }
    return text[i] == '\0';
}

int
number_parse(const char *text, long long min, long long max, long long *value)
{
    const char *digits = text + (*text == '-');
    long long v;

    if (digits[0] == '\0' || strspn(digits, "0123456789") != strlen(digits))
        return -1;
    errno = 0;
    v = strtoll(text, NULL, 10);
    if (errno != 0 || v < min || v > max)
        return -1;
    *value = v;
    return 0;
}

static const char size_units[] = "kMGTP";

/* The power of 1024 for a unit ("", "B", "k", "KiB", "mb"); -1 when unknown. */
static int
size_power(const char *unit)
{
    const char *at = NULL;
    int power = 0;

    if (*unit != '\0')
        at = strchr(size_units, *unit == 'K' ? 'k' : *unit);
    if (at == NULL && islower((unsigned char)*unit))
        at = strchr(size_units, toupper((unsigned char)*unit));
    if (at != NULL) {
        power = (int)(at - size_units) + 1;
        unit++;
    }
    if (*unit == '\0' || strcasecmp(unit, "b") == 0 ||
        (power > 0 && strcasecmp(unit, "ib") == 0))
        return power;
    return -1;
}

int
size_parse(const char *text, long long *bytes)
{
    size_t digits = strspn(text, "0123456789");
    char number[24];
    const char *unit = text + digits;
    long long v;
    int power;

    if (digits == 0 || digits >= sizeof(number))
        return -1;
    memcpy(number, text, digits);
    number[digits] = '\0';
    if (number_parse(number, 0, LLONG_MAX, &v) < 0)
        return -1;
    if (*unit == ' ' && unit[1] != '\0')
        unit++;
    power = size_power(unit);
    if (power < 0 || v > LLONG_MAX >> (10 * power))
        return -1;
    *bytes = v << (10 * power);
    return 0;
}

char *
size_text(long long bytes, char text[TIME_TEXT])
{
    double v = (double)bytes;
    int power = 0;

    while ((v >= 1023.95 || v <= -1023.95) &&
           power < (int)sizeof(size_units) - 1) {
        v /= 1024;
        power++;
    }
    if (power == 0)
        snprintf(text, TIME_TEXT, "%lld B", bytes);
    else
        snprintf(text, TIME_TEXT, "%.1f %ciB", v,
                 power == 1 ? 'K' : size_units[power - 1]);
    return text;
}
