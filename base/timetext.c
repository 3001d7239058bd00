/* base/timetext.c - ISO 8601 / RFC 3339 times and xsd:duration; see codec.h. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"

char *
time_utc(time_t t, char text[TIME_TEXT])
{
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL)
        memset(&tm, 0, sizeof(tm));
    /* Not strftime: its %Y writes the year 26 as "26". */
    snprintf(text, TIME_TEXT, "%04lld-%02u-%02uT%02u:%02u:%02uZ",
             tm.tm_year + 1900LL, (tm.tm_mon + 1u) % 100, tm.tm_mday % 100u,
             tm.tm_hour % 100u, tm.tm_min % 100u, tm.tm_sec % 100u);
    return text;
}

char *
time_utc_ms(long long ms, char text[TIME_TEXT])
{
    long long rest = ms % 1000;
    size_t n;

    if (rest < 0)
        rest += 1000;
    time_utc((time_t)((ms - rest) / 1000), text);
    n = strlen(text);
    if (n > 0)
        snprintf(text + n - 1, TIME_TEXT - n + 1, ".%03dZ", (int)rest);
    return text;
}

/* Skip white space as defined by XML. */
static const char *
skip_blanks(const char *s)
{
    return s + strspn(s, " \t\r\n");
}

/* Parse exactly N digits at *S, then the character END unless that is 0; -1. */
static int
digits(const char **s, int n, char end)
{
    int v = 0, i;

    for (i = 0; i < n; i++) {
        if ((*s)[i] < '0' || (*s)[i] > '9')
            return -1;
        v = 10 * v + ((*s)[i] - '0');
    }
    *s += n;
    if (end != '\0' && *(*s)++ != end)
        return -1;
    return v;
}

/* Parse "Z", "+hh:mm", "-hh:mm" or nothing, in seconds east of UTC; -1 when
 * malformed. */
static int
zone_parse(const char **s, long *east)
{
    int sign = **s == '-' ? -1 : 1;
    int hours, minutes;

    *east = 0;
    if (**s == 'Z') {
        (*s)++;
        return 0;
    }
    if (**s != '+' && **s != '-')
        return 0;
    (*s)++;
    if ((hours = digits(s, 2, ':')) < 0 || (minutes = digits(s, 2, 0)) < 0 ||
        minutes > 59 || hours * 60 + minutes > 14 * 60)
        return -1;
    *east = sign * (hours * 3600L + minutes * 60L);
    return 0;
}

/* Whether each field is in range; 24:00:00 is the start of the next day. */
static bool
tm_ok(const struct tm *tm)
{
    static const int days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };
    int y = tm->tm_year + 1900;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

    if (y < 1 || tm->tm_mon < 0 || tm->tm_mon > 11 || tm->tm_mday < 1 ||
        tm->tm_mday > days[tm->tm_mon] + (tm->tm_mon == 1 && leap))
        return false;
    if (tm->tm_hour == 24)
        return tm->tm_min == 0 && tm->tm_sec == 0;
    return tm->tm_hour >= 0 && tm->tm_hour < 24 && tm->tm_min >= 0 &&
           tm->tm_min < 60 && tm->tm_sec >= 0 && tm->tm_sec < 60;
}

int
time_parse(const char *text, time_t *t)
{
    const char *s = skip_blanks(text);
    int year = (int)strspn(s, "0123456789");
    struct tm tm = { 0 };
    size_t fraction;
    long east;

    /* Years have four digits or, if they do not begin with 0, more: up to 6
     * here. */
    if (year < 4 || year > 6 || (year > 4 && *s == '0'))
        return -1;
    tm.tm_year = digits(&s, year, '-');
    if (tm.tm_year < 0 || (tm.tm_mon = digits(&s, 2, '-')) < 0 ||
        (tm.tm_mday = digits(&s, 2, 'T')) < 0 ||
        (tm.tm_hour = digits(&s, 2, ':')) < 0 ||
        (tm.tm_min = digits(&s, 2, ':')) < 0 ||
        (tm.tm_sec = digits(&s, 2, 0)) < 0)
        return -1;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    if (*s == '.') {
        fraction = strspn(s + 1, "0123456789");
        if (fraction == 0)
            return -1;
        s += 1 + fraction;
    }
    if (!tm_ok(&tm) || zone_parse(&s, &east) < 0 || *skip_blanks(s) != '\0')
        return -1;
    *t = timegm(&tm) - east;
    return 0;
}

/* Parse one "NUMBER UNIT" of a duration at *S.  Returns UNIT; 0 when there is
 * no number, -1 for overflow or a fraction of anything but seconds. */
static int
duration_part(const char **s, long long *v)
{
    const char *begin = *s;
    bool fraction = false;
    int unit;

    for (*v = 0; **s >= '0' && **s <= '9'; (*s)++) {
        if (*v > LLONG_MAX / 10 - 1)
            return -1;
        *v = 10 * *v + (**s - '0');
    }
    if (*s == begin)
        return 0;
    if (**s == '.') {
        fraction = true;
        begin = ++*s;
        *s += strspn(*s, "0123456789");
        if (*s == begin)
            return -1;
    }
    unit = **s;
    *s += unit != '\0';
    return unit == '\0' || (fraction && unit != 'S') ? -1 : unit;
}

/* Units in their required order.  A month or a year has no fixed length in
 * seconds, so only zero of them is accepted ("P0Y0M1D"). */
static const struct {
    char unit;
    bool time;
    long long seconds;
} duration_units[] = {
    { 'Y', false, 0 },   { 'M', false, 0 }, { 'D', false, 86400 },
    { 'H', true, 3600 }, { 'M', true, 60 }, { 'S', true, 1 },
};
#define DURATION_UNITS (sizeof(duration_units) / sizeof(duration_units[0]))

/* Add V UNIT to *SUM; *NEXT is the first unit that is allowed next. */
static int
duration_add(int unit, bool time, long long v, size_t *next, long long *sum)
{
    size_t i;

    for (i = *next; i < DURATION_UNITS; i++)
        if (duration_units[i].unit == unit && duration_units[i].time == time)
            break;
    if (i == DURATION_UNITS || (duration_units[i].seconds == 0 && v != 0) ||
        (duration_units[i].seconds > 0 &&
         v > (LLONG_MAX - *sum) / duration_units[i].seconds))
        return -1;
    *sum += v * duration_units[i].seconds;
    *next = i + 1;
    return 0;
}

int
duration_parse(const char *text, long long *seconds)
{
    const char *s = skip_blanks(text);
    bool negative = *s == '-', time = false, need = true;
    long long sum = 0, v;
    size_t next = 0;
    int unit;

    s += negative;
    if (*s++ != 'P')
        return -1;
    for (;;) {
        if (*s == 'T' && !time) {
            time = need = true;
            s++;
        }
        unit = duration_part(&s, &v);
        if (unit <= 0)
            break;
        if (duration_add(unit, time, v, &next, &sum) < 0)
            return -1;
        need = false;
    }
    if (unit < 0 || need || *skip_blanks(s) != '\0')
        return -1;
    *seconds = negative ? -sum : sum;
    return 0;
}

/* Read CLOCK in milliseconds. */
static long long
clock_ms(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

long long
time_now_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

long long
time_mono_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}
