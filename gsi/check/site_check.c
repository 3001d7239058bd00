/* gsi/check/site_check.c - see site_check.h. */
#include <string.h>

#include "gsi/check/check_rows.h"
#include "gsi/check/site_check.h"

static const struct {
    void (*look)(struct check *c);
    const char *daemons, *subject, *good;
} rows[] = {
#define CHECK(name, daemons, subject, good) \
    { check_##name, daemons, subject, good },
#include "gsi/check/site_check.def"
#undef CHECK
};

int
site_check(const struct conf *conf, const char *file, const char *daemon,
           struct err *err)
{
    struct check c = {
        .conf = conf, .file = file, .daemon = daemon, .out = stdout
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (strstr(rows[i].daemons, daemon) == NULL)
            continue;
        check_begin(&c, rows[i].subject);
        rows[i].look(&c);
        check_end(&c, rows[i].good);
    }
    gridmap_destroy(c.map);
    trust_close(c.trust);
    cred_unref(c.cred);
    fflush(c.out);
    return c.failures == 0 ? 0 : err_set(err, c.first.code, "%s", c.first.text);
}
