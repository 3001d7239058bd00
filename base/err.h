/* base/err.h - error codes and reasons, passed from the failing call up to the
 * user. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

enum err_code {
#define ERR(name, exit, ftp, http, soap, bes, passes, text) ERR_##name,
#include "base/err.def"
#undef ERR
    ERR_COUNT
};

#define ERR_TEXT 512 /* bytes of a reason, NUL included */

/* Lives on the caller's stack and is never allocated, so that ENOMEM can be
 * reported. */
struct err {
    enum err_code code;
    char text[ERR_TEXT];
};

#define ERR_INIT   \
    {              \
        ERR_OK, "" \
    }

/* Set E's code and printf-style reason; E may be NULL.  Keeps a code that is
 * already set: the first failure is the root cause.  Preserves errno.  Always
 * returns -1, so `return err_set(...)` works. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "<context>: " in front of E's reason while passing it upwards.
 * Preserves errno.  Always returns -1. */
int err_wrap(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether CODE is a transient failure that a later retry may not meet again. */
bool err_transient(enum err_code code);
/* What each protocol sends for CODE; static strings, do not free. */
int err_exit_status(enum err_code code);
int err_ftp_reply(enum err_code code);
int err_http_status(enum err_code code);
const char *err_soap_fault(enum err_code code);
const char *err_public_text(enum err_code code);

#endif
