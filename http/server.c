/* http/server.c - start and stop a server; see server.h, engine.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "base/thread.h"
#include "http/engine.h"

#define SERVER_BACKLOG    1024
#define SERVER_LISTEN_MS  5000 /* longest wait for a port in use */
#define SERVER_FD_RESERVE 256  /* descriptors not for connections */

/* Raise the descriptor limit to what the connections need. */
static void
raise_limit(int connections)
{
    struct rlimit lim;
    rlim_t want = (rlim_t)connections + SERVER_FD_RESERVE;

    if (getrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur >= want)
        return;
    lim.rlim_cur = want;
    if (lim.rlim_max < want) {
        /* Only root may raise the hard limit. */
        struct rlimit more = { want, want };

        if (setrlimit(RLIMIT_NOFILE, &more) == 0)
            return;
        lim.rlim_cur = lim.rlim_max;
        log_event(LOG_WARNING, "http.limit.files", "wanted=%d got=%ld",
                  connections + SERVER_FD_RESERVE, (long)lim.rlim_max);
    }
    setrlimit(RLIMIT_NOFILE, &lim);
}

/* The configured base URL, or one made from the listener's address. */
static char *
derive_url(const struct http_server_spec *spec, const struct net_addr *a)
{
    char text[NET_TEXT], *url;
    size_t n;

    if (spec->service_url != NULL && spec->service_url[0] != '\0') {
        url = xstrdup(spec->service_url);
        n = strlen(url);
        if (n > 0 && url[n - 1] == '/')
            url[n - 1] = '\0';
        return url;
    }
    net_host_text(a, text);
    if (strcmp(text, "0.0.0.0") == 0 || strcmp(text, "::") == 0)
        return xasprintf("https://%s:%u", net_hostname(), net_port(a));
    if (strncmp(text, "127.", 4) == 0 || strcmp(text, "::1") == 0)
        return xasprintf("https://localhost:%u", net_port(a));
    return xasprintf("https://%s", net_text(a, text));
}

/* net_listen() with retries, because the port of a killed predecessor may still
 * be in use. */
static int
listen_soon(struct net_addr *a, struct err *err)
{
    const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
    long long end = time_mono_ms() + SERVER_LISTEN_MS;
    struct err why = ERR_INIT;
    char text[NET_TEXT];
    bool said = false;
    int fd;

    while ((fd = net_listen(a, SERVER_BACKLOG, &why)) < 0 &&
           errno == EADDRINUSE && time_mono_ms() < end) {
        if (!said)
            log_event(LOG_NOTICE, "http.listen.wait", "listen=%s why=in-use",
                      net_text(a, text));
        said = true;
        nanosleep(&pause, NULL);
        why = (struct err)ERR_INIT;
    }
    if (fd < 0)
        *err = why;
    return fd;
}

/* Listen on L and register it with epoll; L's address is its tag. */
static int
server_listen(struct http_server *s, struct listener *l, struct err *err)
{
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = l };
    int one = 1;

    if (!l->local) {
        l->fd = listen_soon(&l->at, err);
        if (l->fd < 0)
            return -1;
        /* Accepted connections inherit both options. */
        setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        setsockopt(l->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
    }
    if (fcntl(l->fd, F_SETFL, O_NONBLOCK) < 0 ||
        epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, l->fd, &ev) < 0)
        return err_set(err, ERR_IO, "watch the listening socket: %s",
                       strerror(errno));
    return 0;
}

/* Give route R of L its metrics row. */
static void
server_route(struct http_server *s, struct listener *l,
             const struct http_route *r)
{
    char *name = r->label != NULL ? xstrdup(r->label)
                                  : xasprintf("%s %s", r->method, r->path);

    l->served = xrealloc(l->served, l->count + 1, sizeof(*l->served));
    l->served[l->count++] =
        (struct served){ .route = *r, .row = metrics_add(&s->metrics, name) };
    free(name);
}

/* Copy the listeners of SPEC and create the metrics rows. */
static void
server_routes(struct http_server *s, const struct http_server_spec *spec)
{
    const char *const *label = spec->labels;
    struct http_route probe = http_health_routes[0];

    probe.label = "probe";
    for (; label != NULL && *label != NULL; label++)
        metrics_add(&s->metrics, *label);
    s->listeners = spec->listener_count;
    s->listener = xcalloc(s->listeners, sizeof(*s->listener));
    for (size_t i = 0; i < s->listeners; i++) {
        struct listener *l = &s->listener[i];
        const struct http_route *const *t = spec->listeners[i].tables;

        l->at = spec->listeners[i].at;
        l->local = spec->listeners[i].local;
        l->clear = l->local || spec->listeners[i].clear;
        l->fd = l->local ? spec->listeners[i].local_fd : -1;
        for (; *t != NULL; t++)
            for (const struct http_route *r = *t; r->path != NULL; r++)
                server_route(s, l, r);
    }
    s->probing = (struct listener){ .clear = true, .local = true, .fd = -1 };
    server_route(s, &s->probing, &probe);
    s->row_other = metrics_add(&s->metrics, "other");
    /* These belong to the caller and may be freed after this call. */
    s->spec.listeners = NULL;
    s->spec.labels = NULL;
}

/* Create a server from SPEC without sockets and threads. */
static struct http_server *
server_create(const struct http_server_spec *spec)
{
    struct http_server *s = xcalloc(1, sizeof(*s));

    s->spec = *spec;
    s->held_max = ENGINE_HELD_BODIES * s->spec.body_max;
    if (s->held_max < ENGINE_HELD_MIN)
        s->held_max = ENGINE_HELD_MIN;
    s->held_out_max = s->spec.answer_max;
    if (s->held_out_max < ENGINE_HELD_OUT_MIN)
        s->held_out_max = ENGINE_HELD_OUT_MIN;
    /* Return large buffers to the system when they are freed; otherwise glibc
     * raises this threshold and keeps them. */
    mallopt(M_MMAP_THRESHOLD, ENGINE_TRIM);
    s->epoll_fd = s->wake_fd = s->spare_fd = -1;
    atomic_init(&s->probe_fd, -1);
    s->jobs_end = &s->jobs;
    s->handshakes_end = &s->handshakes;
    lock_init(&s->lock, LOCK_http_server);
    lock_init(&s->client_lock, LOCK_http_clients);
    pthread_cond_init(&s->work, NULL);
    pthread_cond_init(&s->waited, NULL);
    s->wait_next = LLONG_MAX;
    if (getrandom(&s->id_base, sizeof(s->id_base), 0) < 0)
        s->id_base = (unsigned)time_now_ms();
    server_routes(s, spec);
    return s;
}

/* Create the sockets and related resources. */
static int
server_open(struct http_server *s, struct err *err)
{
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = &s->wake_fd };

    raise_limit(s->spec.connections_max);
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (s->epoll_fd < 0 || s->wake_fd < 0 || s->spare_fd < 0 ||
        epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->wake_fd, &ev) < 0)
        return err_set(err, ERR_IO, "make the event loop: %s", strerror(errno));
    if (tls_ctx_create(true, s->spec.cred, s->spec.trust, TLS_REQUEST_PEER,
                       s->spec.tls_min, &s->ctx, err) < 0)
        return -1;
    s->cred = cred_ref(s->spec.cred);
    for (size_t i = 0; i < s->listeners; i++) {
        struct listener *l = &s->listener[i];
        char text[NET_TEXT];

        if (server_listen(s, l, err) < 0)
            return -1;
        if (l->clear && !l->local)
            log_event(LOG_NOTICE, "http.metrics.listen", "listen=%s",
                      net_text(&l->at, text));
    }
    s->url = derive_url(&s->spec, &s->listener[0].at);
    return 0;
}

static int
server_threads(struct http_server *s, struct err *err)
{
    s->workers = s->spec.workers > 0 ? s->spec.workers : 1;
    s->worker = xcalloc((size_t)s->workers, sizeof(*s->worker));
    if (thread_start(&s->front, "soap-front", front_run, s, err) < 0)
        return -1;
    s->front_runs = true;
    for (; s->started < s->workers; s->started++)
        if (thread_start(&s->worker[s->started], "soap-worker", worker_run, s,
                         err) < 0)
            return -1;
    return 0;
}

int
http_server_start(const struct http_server_spec *spec,
                  struct http_server **server, struct err *err)
{
    struct http_server *s = server_create(spec);
    int rc;

    *server = NULL;
    rc = server_open(s, err);
    if (rc == 0 && spec->bound != NULL)
        spec->bound(spec->service, s->url);
    if (rc < 0 || server_threads(s, err) < 0) {
        http_server_stop(s);
        return err_wrap(err, "start the web-service engine");
    }
    *server = s;
    return 0;
}

const char *
http_server_url(const struct http_server *server)
{
    return server->url;
}

const struct net_addr *
http_server_addr(const struct http_server *server)
{
    return &server->listener[0].at;
}

/* Close FD unless it is -1. */
static void
close_fd(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* End the threads: answer complete requests, accept nothing new. */
static void
server_end_threads(struct http_server *s)
{
    for (size_t i = 0; i < s->listeners; i++)
        if (s->listener[i].fd >= 0)
            epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, s->listener[i].fd, NULL);
    atomic_store(&s->stopping, true);
    wait_end(s);
    queue_drain(s);
    for (int i = 0; i < s->started; i++)
        pthread_join(s->worker[i], NULL);
    atomic_store(&s->ended, true);
    eventfd_write(s->wake_fd, 1);
    if (s->front_runs)
        pthread_join(s->front, NULL);
}

void
http_server_stop(struct http_server *s)
{
    struct conn *next;
    int saved = errno;

    if (s == NULL)
        return;
    server_end_threads(s);
    for (struct conn *c = s->conns; c != NULL; c = next) {
        next = c->next;
        conn_destroy(c);
    }
    for (size_t i = 0; i < s->listeners; i++) {
        close_fd(s->listener[i].fd);
        free(s->listener[i].served);
    }
    free(s->listener);
    free(s->probing.served);
    close_fd(atomic_exchange(&s->probe_fd, -1));
    close_fd(s->epoll_fd);
    close_fd(s->wake_fd);
    close_fd(s->spare_fd);
    tls_ctx_unref(s->ctx);
    cred_unref(s->cred);
    metrics_fini(&s->metrics);
    lock_fini(&s->lock);
    lock_fini(&s->client_lock);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->waited);
    free(s->worker);
    free(s->url);
    free(s);
    errno = saved;
}
