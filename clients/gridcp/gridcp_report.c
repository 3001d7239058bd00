/* clients/gridcp/gridcp_report.c - see gridcp_report.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/lock.h"
#include "base/utf8.h"
#include "clients/gridcp/gridcp_report.h"

/* Interval of "progress" events and of terminal updates. */
#define TICK_MS 1000
#define LINE_MS 200

struct gridcp_report {
    struct lock lock;
    bool json, verbose, line; /* LINE: redraw a line on a terminal */
    uint64_t found, files, failed, skipped;
    int64_t found_bytes, bytes; /* to copy; copied */
    bool sizes_known;
    long long begin_ms, tick_ms, line_ms;
    int64_t line_bytes;
    double rate;                 /* recent bytes per second */
    struct gridcp_task *running; /* a doubly linked list */
    size_t drawn;                /* characters on the line */
};

struct gridcp_report *
gridcp_report_create(struct gridcp *g)
{
    struct gridcp_report *r = xcalloc(1, sizeof(*r));

    lock_init(&r->lock, LOCK_gridcp_report);
    r->json = g->o.json;
    r->verbose = (g->o.verbose || g->o.perf || g->o.dry_run) && !g->o.json;
    r->line = !g->o.quiet && !g->o.debug && !g->o.dry_run && isatty(2) &&
              (g->o.perf || !g->o.json);
    r->sizes_known = true;
    r->begin_ms = r->tick_ms = r->line_ms = time_mono_ms();
    if (r->json)
        setvbuf(stdout, NULL, _IOLBF, 65536);
    return r;
}

void
gridcp_report_destroy(struct gridcp_report *r)
{
    if (r == NULL)
        return;
    lock_fini(&r->lock);
    free(r);
}

/* Append S as a JSON string; invalid UTF-8 becomes U+FFFD. */
static void
add_json(struct buf *out, const char *s)
{
    size_t left = strlen(s), n;
    uint32_t c;

    buf_addc(out, '"');
    for (; left > 0; s += n, left -= n) {
        n = utf8_decode(s, left, &c);
        if (n == 0)
            buf_adds(out, "\\ufffd");
        else if (!utf8_is_plain(c))
            buf_addf(out, "\\u%04x", (unsigned)c);
        else if (c == '"' || c == '\\')
            buf_addf(out, "\\%c", (int)c);
        else
            buf_add(out, s, n);
        n += n == 0;
    }
    buf_addc(out, '"');
}

/* Write one event; locked. */
static void
event(const struct gridcp_report *r, const char *name,
      const struct gridcp_task *t, int64_t bytes, const char *error)
{
    struct buf out = BUF_INIT;

    if (!r->json)
        return;
    buf_addf(&out, "{\"event\":\"%s\",\"source\":", name);
    add_json(&out, t->src.url);
    buf_adds(&out, ",\"destination\":");
    add_json(&out, t->dst.url);
    if (bytes >= 0)
        buf_addf(&out, ",\"bytes\":%lld", (long long)bytes);
    if (t->size >= 0)
        buf_addf(&out, ",\"size\":%lld", (long long)t->size);
    if (error != NULL) {
        buf_adds(&out, ",\"error\":");
        add_json(&out, error);
    }
    buf_adds(&out, "}\n");
    fwrite(out.data, 1, out.len, stdout);
    buf_fini(&out);
}

/* Clear the terminal line before other output. */
static void
wipe(struct gridcp_report *r)
{
    if (r->drawn > 0)
        fprintf(stderr, "\r%*s\r", (int)r->drawn, "");
    r->drawn = 0;
}

static void
link_running(struct gridcp_report *r, struct gridcp_task *t)
{
    t->running_next = r->running;
    t->running_prev = NULL;
    if (r->running != NULL)
        r->running->running_prev = t;
    r->running = t;
}

static void
unlink_running(struct gridcp_report *r, struct gridcp_task *t)
{
    if (t->running_prev == NULL && r->running != t)
        return;
    if (t->running_prev != NULL)
        t->running_prev->running_next = t->running_next;
    else
        r->running = t->running_next;
    if (t->running_next != NULL)
        t->running_next->running_prev = t->running_prev;
    t->running_next = t->running_prev = NULL;
}

void
gridcp_report_found(struct gridcp_report *r, int64_t size)
{
    lock_take(&r->lock);
    r->found++;
    if (size >= 0)
        r->found_bytes += size;
    else
        r->sizes_known = false;
    lock_release(&r->lock);
}

void
gridcp_report_begin(struct gridcp_report *r, struct gridcp_task *t,
                    int64_t there)
{
    lock_take(&r->lock);
    unlink_running(r, t);
    link_running(r, t);
    t->there = there;
    if (!t->listed) {
        t->listed = true;
        event(r, "begin", t, -1, NULL);
        if (r->verbose) {
            wipe(r);
            client_say(stderr, "%s -> %s\n", t->src.url, t->dst.url);
        }
    }
    lock_release(&r->lock);
}

void
gridcp_report_moved(struct gridcp_report *r, struct gridcp_task *t,
                    int64_t bytes)
{
    lock_take(&r->lock);
    r->bytes += bytes;
    t->there += bytes;
    lock_release(&r->lock);
}

void
gridcp_report_pause(struct gridcp_report *r, struct gridcp_task *t)
{
    lock_take(&r->lock);
    unlink_running(r, t);
    lock_release(&r->lock);
}

void
gridcp_report_retry(struct gridcp_report *r, const struct gridcp_task *t,
                    const struct err *err, long long delay_ms)
{
    lock_take(&r->lock);
    event(r, "retry", t, t->there, err->text);
    if (r->verbose || r->line) {
        wipe(r);
        client_say(stderr, "gridcp: %s: %s; trying again in %lld s\n",
                   t->src.url, err->text, (delay_ms + 999) / 1000);
    }
    lock_release(&r->lock);
}

void
gridcp_report_done(struct gridcp_report *r, struct gridcp_task *t)
{
    lock_take(&r->lock);
    unlink_running(r, t);
    r->files++;
    event(r, "done", t, t->there, NULL);
    lock_release(&r->lock);
}

void
gridcp_report_failed(struct gridcp_report *r, struct gridcp_task *t,
                     const struct err *err)
{
    lock_take(&r->lock);
    unlink_running(r, t);
    r->failed++;
    event(r, "failed", t, t->there, err->text);
    wipe(r);
    client_say(stderr, "gridcp: cannot copy '%s' to '%s': %s\n", t->src.url,
               t->dst.url, err->text);
    lock_release(&r->lock);
}

void
gridcp_report_skipped(struct gridcp_report *r, struct gridcp_task *t,
                      const char *why)
{
    lock_take(&r->lock);
    unlink_running(r, t);
    r->skipped++;
    event(r, why, t, -1, NULL);
    if (r->verbose) {
        wipe(r);
        client_say(stderr, "%s: %s -> %s\n", why, t->src.url, t->dst.url);
    }
    lock_release(&r->lock);
}

void
gridcp_report_left_out(struct gridcp_report *r, const char *url,
                       const char *what)
{
    char nowhere[1] = "";
    struct gridcp_task t = { .size = -1 };

    t.src.url = xstrdup(url);
    t.dst.url = nowhere;
    lock_take(&r->lock);
    r->skipped++;
    event(r, "left-out", &t, -1, what);
    if (!r->json) {
        wipe(r);
        client_say(stderr, "gridcp: '%s' is left out: it is %s\n", url, what);
    }
    lock_release(&r->lock);
    free(t.src.url);
}

/* Append a duration as "0:21" or "1:02:03". */
static void
duration(struct buf *out, double seconds)
{
    long s = (long)(seconds + 0.5);

    if (s >= 3600)
        buf_addf(out, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        buf_addf(out, "%ld:%02ld", s / 60, s % 60);
}

/* Columns of the terminal; a wrapped line could not be redrawn. */
static size_t
width(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 2)
        return 79;
    return size.ws_col - 1u;
}

/* Draw "12 of 30 files 1.2 GiB of 3.4 GiB 102 MiB/s 0:21 left"; locked. */
static void
draw(struct gridcp_report *r)
{
    char a[TIME_TEXT], b[TIME_TEXT], c[TIME_TEXT];
    struct buf out = BUF_INIT;
    int64_t left = r->found_bytes - r->bytes;
    size_t n;

    buf_addf(&out, "%llu of %llu files  %s", (unsigned long long)r->files,
             (unsigned long long)r->found, size_text(r->bytes, a));
    if (r->sizes_known)
        buf_addf(&out, " of %s", size_text(r->found_bytes, b));
    buf_addf(&out, "  %s/s", size_text((long long)r->rate, c));
    if (r->sizes_known && left > 0 && r->rate > 1) {
        buf_adds(&out, "  ");
        duration(&out, (double)left / r->rate);
        buf_adds(&out, " left");
    }
    n = out.len < width() ? out.len : width();
    fprintf(stderr, "\r%.*s%*s", (int)n, buf_str(&out),
            r->drawn > n ? (int)(r->drawn - n) : 0, "");
    r->drawn = n;
    buf_fini(&out);
}

void
gridcp_report_tick(struct gridcp_report *r)
{
    long long now = time_mono_ms();
    const struct gridcp_task *t;

    lock_take(&r->lock);
    if (now - r->line_ms >= LINE_MS) {
        double lately = (double)(r->bytes - r->line_bytes) * 1000 /
                        (double)(now - r->line_ms);

        r->rate = r->rate > 0 ? r->rate * 0.8 + lately * 0.2 : lately;
        r->line_ms = now;
        r->line_bytes = r->bytes;
        if (r->line)
            draw(r);
    }
    if (now - r->tick_ms >= TICK_MS) {
        r->tick_ms = now;
        for (t = r->running; r->json && t != NULL; t = t->running_next)
            event(r, "progress", t, t->there, NULL);
    }
    lock_release(&r->lock);
}

void
gridcp_report_end(struct gridcp_report *r)
{
    long long ms = time_mono_ms() - r->begin_ms;
    char a[TIME_TEXT], b[TIME_TEXT];

    wipe(r);
    if (r->json)
        printf("{\"event\":\"end\",\"files\":%llu,\"failed\":%llu,"
               "\"bytes\":%lld}\n",
               (unsigned long long)r->files, (unsigned long long)r->failed,
               (long long)r->bytes);
    else if (r->line || r->verbose)
        fprintf(stderr, "%llu files, %s in %lld.%lld s, %s/s\n",
                (unsigned long long)r->files, size_text(r->bytes, a), ms / 1000,
                ms / 100 % 10,
                size_text(ms > 0 ? r->bytes * 1000 / ms : r->bytes, b));
    fflush(stdout);
}

void
gridcp_report_each(struct gridcp_report *r,
                   void (*each)(const struct gridcp_task *t, void *arg),
                   void *arg)
{
    const struct gridcp_task *t;

    lock_take(&r->lock);
    for (t = r->running; t != NULL; t = t->running_next)
        each(t, arg);
    lock_release(&r->lock);
}
