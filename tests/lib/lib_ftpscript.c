/* tests/lib/lib_ftpscript.c - see lib_ftpscript.h. */
#include <assert.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/net.h"
#include "gridftp/proto/modee.h"
#include "tests/lib/lib_ftpscript.h"

#define EVENTS_MAX 128
#define CONNS_MAX  8

static struct {
    pthread_mutex_t lock;
    pthread_cond_t more;
    char line[EVENTS_MAX][80];
    int n;
    bool ready;
} history = { .lock = PTHREAD_MUTEX_INITIALIZER };

void
ftpscript_note(const char *fmt, ...)
{
    va_list ap;

    pthread_mutex_lock(&history.lock);
    assert(history.n < EVENTS_MAX);
    va_start(ap, fmt);
    vsnprintf(history.line[history.n++], sizeof(history.line[0]), fmt, ap);
    va_end(ap);
    pthread_cond_broadcast(&history.more);
    pthread_mutex_unlock(&history.lock);
}

/* Which event LINE was, the first of that name; -1.  Locked. */
static int
find(const char *line)
{
    int i;

    for (i = 0; i < history.n; i++)
        if (strcmp(history.line[i], line) == 0)
            return i;
    return -1;
}

void
ftpscript_await(const char *line, int ms)
{
    long long end = time_mono_ms() + ms, left = 0;
    struct timespec ts;

    pthread_mutex_lock(&history.lock);
    while (find(line) < 0 && (ms < 0 || (left = end - time_mono_ms()) > 0)) {
        clock_gettime(CLOCK_MONOTONIC, &ts);
        ts.tv_nsec += (ms < 0 ? 1000 : left) * 1000000;
        ts.tv_sec += ts.tv_nsec / 1000000000;
        ts.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&history.more, &history.lock, &ts);
    }
    pthread_mutex_unlock(&history.lock);
}

void
ftpscript_print(void)
{
    int i;

    for (i = 0; i < history.n; i++)
        printf("# %s\n", history.line[i]);
}

/* ---- a server ---- */

struct ftpscript {
    const char *name;
    const char *const *script;
    int listen_fd, data_fd, fd;
    unsigned port, data_port;
    unsigned client_port;   /* PORT said so */
    int conn[CONNS_MAX], n; /* data connections that we made */
    FILE *in;
    pthread_t thread;
};

static const struct {
    const char *command, *reply;
} manners[] = {
    { "USER", "331 who" },
    { "PASS", "230 User me logged in" },
    { "FEAT",
      "211-Extensions\r\n PARALLEL\r\n ERET\r\n REST STREAM\r\n211 End" },
    { "TYPE", "200 ok" },
    { "MODE", "200 ok" },
    { "OPTS", "200 ok" },
    { "PORT", "200 ok" },
    { "REST", "350 ok" },
    { "QUIT", "221 bye" },
};

static void
say(struct ftpscript *s, const char *text)
{
    char *line = xasprintf("%s\r\n", text);
    ssize_t n = send(s->fd, line, strlen(line), MSG_NOSIGNAL);

    if (n < 0)
        ftpscript_note("%s cannot say %s", s->name, text);
    free(line);
}

/* All that comes over a data connection. */
static void
take_data(struct ftpscript *s)
{
    int fd = accept(s->data_fd, NULL, NULL);
    long long many = 0;
    char bytes[4096];
    ssize_t n;

    while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
        many += n;
    ftpscript_note("%s data %lld %s", s->name, many,
                   n == 0 ? "ended" : "reset");
    close(fd);
}

/* A data connection to the client. */
static void
make_data(struct ftpscript *s)
{
    struct net_addr a;
    int rc = net_parse("127.0.0.1:1", &a, NULL);

    assert(rc == 0 && s->n < CONNS_MAX);
    net_set_port(&a, s->client_port);
    s->conn[s->n] = net_connect_addr(&a, -1, NULL);
    assert(s->conn[s->n] >= 0);
    rc = fcntl(s->conn[s->n], F_GETFL);
    fcntl(s->conn[s->n], F_SETFL, rc & ~O_NONBLOCK);
    s->n++;
}

/* N of its letters over connection I, as far as the client takes them. */
static void
send_letters(struct ftpscript *s, int i, long long n)
{
    char bytes[4096];
    ssize_t put = 1;

    memset(bytes, 'a' + i, sizeof(bytes));
    for (; n > 0 && put > 0; n -= put)
        put = send(s->conn[i], bytes,
                   n < (long long)sizeof(bytes) ? (size_t)n : sizeof(bytes),
                   MSG_NOSIGNAL);
}

/* "*I F C O N" */
static void
send_block(struct ftpscript *s, const char *arg)
{
    unsigned char h[MODEE_HEADER];
    unsigned long long count, offset;
    struct modee_block b = { 0 };
    long long n;
    int i, got = sscanf(arg, "%d %x %llu %llu %lld", &i, &b.flags, &count,
                        &offset, &n);

    assert(got == 5 && i < s->n);
    b.count = count;
    b.offset = offset;
    modee_encode(&b, h);
    if (send(s->conn[i], h, sizeof(h), MSG_NOSIGNAL) > 0)
        send_letters(s, i, n);
}

/* Answer what is not a transfer; whether LINE was that. */
static bool
answer(struct ftpscript *s, const char *line)
{
    unsigned high, low;
    char text[64];
    size_t i;

    if (sscanf(line, "PORT 127,0,0,1,%u,%u", &high, &low) == 2)
        s->client_port = high << 8 | low;
    if (strcmp(line, "PASV") == 0) {
        snprintf(text, sizeof(text), "227 (127,0,0,1,%u,%u)", s->data_port >> 8,
                 s->data_port & 255);
        say(s, text);
        return true;
    }
    for (i = 0; i < sizeof(manners) / sizeof(manners[0]); i++)
        if (strncmp(line, manners[i].command, 4) == 0) {
            ftpscript_note("%s(%s", s->name, line);
            say(s, manners[i].reply);
            return true;
        }
    return false;
}

/* The next transfer's command; NULL: the client's end. */
static const char *
hear(struct ftpscript *s, char line[80])
{
    do {
        if (fgets(line, 80, s->in) == NULL)
            return NULL;
        line[strcspn(line, "\r\n")] = '\0';
    } while (answer(s, line));
    ftpscript_note("%s<%s", s->name, line);
    return line;
}

/* Reset the connection instead of closing it. */
static void
reset(struct ftpscript *s)
{
    struct linger now = { .l_onoff = 1 };

    setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* STEP with ARG if it is about data; whether it is. */
static bool
play_data(struct ftpscript *s, char step, const char *arg)
{
    switch (step) {
    case '=':
        take_data(s);
        return true;
    case '+':
        make_data(s);
        return true;
    case '*':
        send_block(s, arg);
        return true;
    case '&':
        send_letters(s, arg[0] - '0', atoll(arg + 1));
        return true;
    case '-':
        shutdown(s->conn[arg[0] - '0'], SHUT_WR);
        return true;
    default:
        return false;
    }
}

/* One step; false: the connection ends. */
static bool
play(struct ftpscript *s, const char *step)
{
    const char *arg = step + 1, *got;
    char line[80];

    if (play_data(s, *step, arg))
        return true;
    switch (*step) {
    case '<':
        got = hear(s, line);
        if (got == NULL || strcmp(got, arg) != 0)
            ftpscript_note("%s: %s where %s was to come", s->name,
                           got != NULL ? got : "the end", arg);
        return got != NULL;
    case '>':
        ftpscript_note("%s>%.*s", s->name, (int)strcspn(arg, "\r"), arg);
        say(s, arg);
        return true;
    case '?':
    case '~':
        ftpscript_await(arg, *step == '?' ? -1 : FTPSCRIPT_CHANCE_MS);
        return true;
    case '$':
        while (hear(s, line) != NULL)
            ;
        ftpscript_note("%s eof", s->name);
        return true;
    case '!':
        reset(s);
        return false;
    default:
        return false;
    }
}

static void *
serve(void *arg)
{
    struct ftpscript *s = arg;
    const char *const *step = s->script;
    char line[80];

    s->fd = accept(s->listen_fd, NULL, NULL);
    s->in = fdopen(s->fd, "r");
    say(s, "220 hello");
    while (*step != NULL && play(s, *step))
        step++;
    if (*step == NULL)
        while (hear(s, line) != NULL)
            ;
    ftpscript_note("%s over", s->name);
    fclose(s->in);
    while (s->n > 0)
        close(s->conn[--s->n]);
    ftpscript_note("%s gone", s->name);
    return NULL;
}

/* A listener on a free port of the loopback interface. */
static int
listener(unsigned *port)
{
    struct net_addr a;
    int fd, rc = net_parse("127.0.0.1:0", &a, NULL);

    assert(rc == 0);
    fd = net_listen(&a, 8, NULL);
    assert(fd >= 0);
    rc = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, rc & ~O_NONBLOCK);
    *port = net_port(&a);
    return fd;
}

struct ftpscript *
ftpscript_start(const char *name, const char *const *steps)
{
    struct ftpscript *s = xcalloc(1, sizeof(*s));
    int rc;

    s->name = name;
    s->script = steps;
    s->listen_fd = listener(&s->port);
    s->data_fd = listener(&s->data_port);
    rc = pthread_create(&s->thread, NULL, serve, s);
    assert(rc == 0);
    return s;
}

unsigned
ftpscript_port(const struct ftpscript *s)
{
    return s->port;
}

void
ftpscript_finish(struct ftpscript *s)
{
    if (s == NULL)
        return;
    pthread_join(s->thread, NULL);
    close(s->listen_fd);
    close(s->data_fd);
    free(s);
}

int
ftpscript_at(const char *event)
{
    int at;

    pthread_mutex_lock(&history.lock);
    at = find(event);
    pthread_mutex_unlock(&history.lock);
    return at;
}

void
ftpscript_forget(void)
{
    pthread_condattr_t attr;

    if (!history.ready) {
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&history.more, &attr);
        history.ready = true;
    }
    history.n = 0;
}
