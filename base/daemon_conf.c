/* base/daemon_conf.c - see daemon_conf.h, daemon.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/daemon_conf.h"
#include "base/log.h"

struct conf *
daemon_conf_read(const struct daemon *d, struct err *err)
{
    struct conf *c = conf_create();
    struct err why = ERR_INIT;
    int rc = conf_load(c, d->conf_file, &why);

    if (rc < 0 && why.code == ERR_NOT_FOUND) {
        rc = 0; /* the default file is optional */
        why = (struct err)ERR_INIT;
    }
    for (char **a = d->assign; rc == 0 && *a != NULL; a++)
        rc = conf_set(c, *a, &why);
    if (rc == 0)
        return c;
    conf_destroy(c);
    err_set(err, ERR_CONFIG, "%s", why.text);
    return NULL;
}

void
daemon_conf_free(struct daemon *d)
{
    for (char **a = d->assign; a != NULL && *a != NULL; a++)
        free(*a);
    free(d->assign);
    free(d->conf_file);
    conf_destroy(d->as_read);
    d->assign = NULL;
    d->conf_file = NULL;
    d->as_read = NULL;
}

/* List the keys in which A and B differ, separated by blanks. */
static void
list_changes(const struct conf *a, const struct conf *b, struct buf *out)
{
    for (int i = 0; i < CONF_COUNT; i++)
        if (strcmp(conf_str(a, (enum conf_key)i),
                   conf_str(b, (enum conf_key)i)))
            buf_addf(out, "%s%s.%s", out->len > 0 ? " " : "",
                     conf_rows[i].section, conf_rows[i].key);
}

void
daemon_compare_conf(const struct daemon *d)
{
    struct err err = ERR_INIT;
    struct conf *now = daemon_conf_read(d, &err);
    struct buf keys = BUF_INIT;

    if (now == NULL || d->as_read == NULL) {
        log_event(LOG_WARNING, "daemon.conf.fail", "file=%s why=%s",
                  d->conf_file, err.text);
        conf_destroy(now);
        return;
    }
    list_changes(d->as_read, now, &keys);
    if (keys.len > 0)
        log_event(LOG_WARNING, "daemon.conf.changed",
                  "file=%s keys=%s needs=restart", d->conf_file, keys.data);
    else
        log_event(LOG_NOTICE, "daemon.conf.same", "file=%s", d->conf_file);
    buf_fini(&keys);
    conf_destroy(now);
}
