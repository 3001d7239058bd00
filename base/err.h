/* base/err.h - how a failure travels from where it happens to the user. */
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

/* Lives on the caller's stack; never allocated, so ENOMEM can be reported. */
struct err {
    enum err_code code;
    char text[ERR_TEXT];
};

#define ERR_INIT   \
    {              \
        ERR_OK, "" \
    }

/* Record CODE and a printf-style reason in E; E may be NULL.
 * A code already present is kept: the first failure is the root cause.
 * Preserves errno.  Always returns -1, so `return err_set(...)` works. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "<context>: " in front of E's reason while passing it upwards.
 * Preserves errno.  Always returns -1. */
int err_wrap(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether a failure of this kind may pass, so that the same may be tried again
 * after a while; all else fails as it did. */
bool err_transient(enum err_code code);
/* What CODE becomes at each edge; static strings, do not free. */
int err_exit_status(enum err_code code);
int err_ftp_reply(enum err_code code);
int err_http_status(enum err_code code);
const char *err_soap_fault(enum err_code code);
const char *err_public_text(enum err_code code);

#endif
