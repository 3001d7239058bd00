/* base/logfmt.h - printf for one line of key=value pairs; values are
 * escaped. */
#ifndef BASE_LOGFMT_H
#define BASE_LOGFMT_H

#include <stdarg.h>
#include <stddef.h>

#include "base/buf.h"

/* Longest value written; a longer one is cut and ends in '+'. */
#define LOGFMT_VALUE_MAX 2048

/* Append the value S[0..N), in quotes when it is empty or contains a blank,
 * '=', '"', '\' or anything but printable UTF-8.  Inside quotes '"' and '\' get
 * a '\', unprintable bytes become \xHH. */
void logfmt_value(struct buf *line, const char *s, size_t n);
/* Append FMT as log_event() takes it; a NULL for %s is "(null)". */
void logfmt_vadd(struct buf *line, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

#endif
