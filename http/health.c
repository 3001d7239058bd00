/* http/health.c - see health.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fs.h"
#include "gsi/expiry.h"
#include "http/health.h"

static const char *const words[] = {
    [HEALTH_OK] = "ok", [HEALTH_WARN] = "warn", [HEALTH_FAIL] = "fail"
};

/* Append TEXT, UTF-8 or ASCII, as a JSON string (RFC 8259 s.7). */
static void
put_string(struct buf *out, const char *text)
{
    buf_addc(out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            buf_addc(out, '\\');
        if ((unsigned char)*p < 0x20)
            buf_addf(out, "\\u%04x", (unsigned)*p);
        else
            buf_addc(out, *p);
    }
    buf_addc(out, '"');
}

void
health_say(struct health *h, enum health_status status, const char *name,
           const char *fmt, ...)
{
    char *text;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        abort();
    va_end(ap);
    if (status > h->worst)
        h->worst = status;
    if (h->checks.len > 0)
        buf_addc(&h->checks, ',');
    buf_addf(&h->checks, "{\"name\":\"%s\",\"status\":\"%s\",\"reason\":", name,
             words[status]);
    put_string(&h->checks, text);
    buf_addc(&h->checks, '}');
    free(text);
}

void
health_certificate(struct health *h, const struct cred *cred)
{
    struct err err = ERR_INIT;
    long days;

    if (expiry_check(cred, &days, &err) < 0)
        health_say(h, HEALTH_FAIL, "certificate", "%s", err.text);
    else if (days < EXPIRY_SOON_DAYS)
        health_say(h, HEALTH_WARN, "certificate",
                   "the host's certificate expires in %ld days", days);
}

void
health_disk(struct health *h, const char *key, const char *dir)
{
    static const struct {
        enum health_status status;
        const char *why;
    } rows[] = {
        [FS_ROOM_UNKNOWN] = { HEALTH_FAIL, "cannot be examined" },
        [FS_ROOM_ENOUGH] = { HEALTH_OK, "" },
        [FS_ROOM_LITTLE] = { HEALTH_WARN, "is nearly full" },
        [FS_ROOM_NONE] = { HEALTH_FAIL, "is full" },
        [FS_ROOM_READONLY] = { HEALTH_FAIL, "is mounted read-only" },
    };
    unsigned long long bytes, files;
    enum fs_room room = fs_room(dir, &bytes, &files);

    if (rows[room].status != HEALTH_OK)
        health_say(h, rows[room].status, "disk", "the disk of %s %s", key,
                   rows[room].why);
}

int
health_write(const struct health *h, struct buf *out)
{
    buf_addf(out, "{\"status\":\"%s\",\"checks\":[", words[h->worst]);
    if (h->checks.len > 0)
        buf_add(out, h->checks.data, h->checks.len);
    buf_adds(out, "]}\n");
    return h->worst == HEALTH_FAIL ? 503 : 200;
}

void
health_fini(struct health *h)
{
    buf_fini(&h->checks);
}
