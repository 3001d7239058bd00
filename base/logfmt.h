/* base/logfmt.h - printf for one line of key=value pairs that no value can
 * break out of. */
#ifndef BASE_LOGFMT_H
#define BASE_LOGFMT_H

#include <stdarg.h>
#include <stddef.h>

#include "base/buf.h"

/* Longest value written; what is longer ends in '+'. */
#define LOGFMT_VALUE_MAX 2048

/* Append the value S[0..N): as it is, or in quotes when it is empty or holds a
 * blank, '=', '"' or '\', or anything that is not printable UTF-8.  Inside
 * quotes '"' and '\' get a '\', bytes that do not print become \xHH. */
void logfmt_value(struct buf *line, const char *s, size_t n);
/* Append FMT as log_event() takes it; a NULL for %s is "(null)". */
void logfmt_vadd(struct buf *line, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

#endif
