/* gsi/check/check_page.h - the report of -t: one line for each check with "ok",
 * "warn" or "fail", and what to do. */
#ifndef GSI_CHECK_PAGE_H
#define GSI_CHECK_PAGE_H

#include <stdio.h>

#include "base/conf.h"
#include "gsi/chain/chain.h"
#include "gsi/names/gridmap.h"

enum check_level {
    CHECK_WARN, /* something will be refused or will fail soon */
    CHECK_FAIL  /* the daemon would not start, or would refuse everybody */
};

/* Shared by the checks; later ones use what earlier ones opened. */
struct check {
    const struct conf *conf;
    const char *file;          /* configuration file; NULL: none was read */
    const char *daemon;        /* gatekeeper, gridftp, mds */
    FILE *out;                 /* the report */
    struct cred *cred;         /* the host's; NULL: unreadable */
    struct trust *trust;       /* NULL: unreadable */
    struct gridmap *map;       /* NULL: unreadable */
    const char *subject;       /* of the current row */
    bool quiet;                /* the row writes nothing when all is well */
    size_t lines;              /* written by the row so far */
    size_t warnings, failures; /* of all rows */
    struct err first;          /* the first failure */
};

/* Report one finding about the current row's subject: what is wrong, and what
 * to do.  After CHECK_LINES lines of a row, further ones are only counted. */
#define CHECK_LINES 20
void check_say(struct check *c, enum check_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a failure that names its subject itself. */
void check_fail(struct check *c, const struct err *err);
/* Nothing to check: write no line, not even "ok". */
void check_pass(struct check *c);
/* The configuration key with the account of the daemon's unprivileged
 * processes. */
enum conf_key check_own_account(const struct check *c);
/* Begin the row about SUBJECT; end it, with "ok" and GOOD if nothing was
 * reported. */
void check_begin(struct check *c, const char *subject);
void check_end(struct check *c, const char *good);

#endif
