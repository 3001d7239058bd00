/* clients/gridproxy/gridproxy_text.c - parsing and printing shared by the
 * commands of gridproxy. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/prose.h"
#include "clients/gridproxy/gridproxy.h"

int
gridproxy_fail(const struct err *err)
{
    struct err plain = *err;
    fflush(stdout);
    prose_plain(plain.text, true);
    fprintf(stderr, "ERROR: %s\n", plain.text);
    return 1;
}

void
gridproxy_show(const char *fmt, ...)
{
    struct buf text = BUF_INIT;
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    prose_show(stdout, buf_str(&text));
    buf_fini(&text);
}

int
gridproxy_version(void)
{
    puts("gridproxy (Gatehouse) " GATEHOUSE_VERSION);
    return 0;
}

char *
gridproxy_time(time_t t, char text[GRIDPROXY_TIME])
{
    struct tm tm;
    localtime_r(&t, &tm);
    strftime(text, GRIDPROXY_TIME, "%a %b %e %H:%M:%S %Y", &tm);
    return text;
}

int
gridproxy_number(const char *option, const char *text, long min, long max,
                 long *value, struct err *err)
{
    long long n;
    if (number_parse(text, min, max, &n))
        return err_set(err, ERR_USAGE,
                       "option %s: '%s' is not a number from %ld to %ld",
                       option, text, min, max);
    *value = (long)n;
    return 0;
}

int
gridproxy_hours(const char *option, const char *text, long *seconds,
                struct err *err)
{
    char hours[16];
    const char *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : sizeof hours;
    long long h, m;
    if (n < sizeof hours) {
        memcpy(hours, text, n);
        hours[n] = '\0';
        if (!number_parse(hours, 0, 1000000, &h) &&
            !number_parse(colon + 1, 0, 59, &m)) {
            *seconds = (long)(h * 3600 + m * 60);
            return 0;
        }
    }
    return err_set(err, ERR_USAGE,
                   "option %s: '%s' is not hours and minutes in the form H:M",
                   option, text);
}

int
gridproxy_whole_hours(const char *option, const char *text, long *seconds,
                      struct err *err)
{
    long hours;
    if (gridproxy_number(option, text, 0, 1000000, &hours, err))
        return -1;
    *seconds = hours * 3600;
    return 0;
}

int
gridproxy_options(struct opt_scan *s, const char *usage,
                  gridproxy_take_fn *take, void *arg, struct err *err)
{
    int id;
    while ((id = opt_next(s, err)) > 0) {
        if (id == GRIDPROXY_HELP)
            opt_help(stdout, usage, s->table);
        else if (id == GRIDPROXY_VERSION)
            gridproxy_version();
        else if (take(arg, id, s, err))
            return -1;
        if (id < GRIDPROXY_OWN)
            return 1;
    }
    return id;
}

int
gridproxy_only_options(struct opt_scan *s, const char *usage,
                       gridproxy_take_fn *take, void *arg, struct err *err)
{
    int rc = gridproxy_options(s, usage, take, arg, err);
    if (!rc && s->at < s->argc)
        return err_set(err, ERR_USAGE, "unexpected argument '%s'",
                       s->argv[s->at]);
    return rc;
}
