/* http/listeners.c - see listeners.h. */
#include <assert.h>

#include "http/listeners.h"

void
http_listeners_add(struct http_listeners *l, const struct http_route *table)
{
    assert(l->tables + 1 < LISTENERS_TABLES);
    l->served[l->tables++] = table;
    l->served[l->tables] = NULL;
}

int
http_listeners_init(struct http_listeners *l, const char *section,
                    const char *listen, const char *metrics_listen,
                    struct err *err)
{
    *l = (struct http_listeners){ .count = 1 };
    l->listener[0].tables = l->served;
    http_listeners_add(l, http_health_routes);
    if (net_parse(listen, &l->listener[0].at, err) < 0)
        return err_wrap(err, "%s.listen", section);
    if (metrics_listen[0] == '\0') {
        http_listeners_add(l, http_metrics_routes);
        return 0;
    }
    l->count = 2;
    l->monitoring[0] = http_health_routes;
    l->monitoring[1] = http_metrics_routes;
    l->listener[1].clear = true;
    l->listener[1].tables = l->monitoring;
    if (net_parse(metrics_listen, &l->listener[1].at, err) < 0)
        return err_wrap(err, "%s.metrics_listen", section);
    return 0;
}

void
http_listeners_local(struct http_listeners *l, int fd,
                     const struct http_route *table)
{
    l->local[0] = http_health_routes;
    l->local[1] = table;
    l->listener[l->count++] = (struct http_listener){ .local = true,
                                                      .local_fd = fd,
                                                      .tables = l->local };
}
