/* gsi/check/check_page.h - the page that -t writes for the administrator: a
 * line for each check, "ok", "warn" or "fail", and what to do. */
#ifndef GSI_CHECK_PAGE_H
#define GSI_CHECK_PAGE_H

#include <stdio.h>

#include "base/conf.h"
#include "gsi/chain/chain.h"
#include "gsi/names/gridmap.h"

enum check_level {
    CHECK_WARN, /* something will be refused, or will fail soon */
    CHECK_FAIL  /* the daemon would not start, or serve nobody */
};

/* What the checks share; each uses what the ones before it have opened. */
struct check {
    const struct conf *conf;
    const char *file;          /* of the configuration; NULL: none was read */
    const char *daemon;        /* gatekeeper, gridftp, mds */
    FILE *out;                 /* the page */
    struct cred *cred;         /* the host's; NULL: it cannot be read */
    struct trust *trust;       /* NULL: it cannot be read */
    struct gridmap *map;       /* NULL: it cannot be read */
    const char *subject;       /* of the row that is being checked */
    bool quiet;                /* the row has nothing to say when all is well */
    size_t lines;              /* that the row has said so far */
    size_t warnings, failures; /* of all rows */
    struct err first;          /* the first failure */
};

/* Write one finding about the present row's subject: what is wrong, and what to
 * do.  After CHECK_LINES of one row the rest are only counted. */
#define CHECK_LINES 20
void check_say(struct check *c, enum check_level level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a failure that names its subject itself. */
void check_fail(struct check *c, const struct err *err);
/* There is nothing to look at: no line, not even "ok". */
void check_pass(struct check *c);
/* The key that names the account of the daemon's unprivileged processes. */
enum conf_key check_own_account(const struct check *c);
/* Begin the row about SUBJECT, and end it: "ok" and GOOD when nothing was said.
 */
void check_begin(struct check *c, const char *subject);
void check_end(struct check *c, const char *good);

#endif
