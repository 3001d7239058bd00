/* gatekeeper/staging/stage_watch.c - see stage_watch.h. */
#include "gatekeeper/staging/stage_watch.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES (256u << 10)

static const char *
text_of(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s == NULL ? "" : s;
}

static void
note_failure(struct stage_watch *w, const json_t *o)
{
    if (w->fault[0] != '\0')
        return;
    snprintf(w->fault, sizeof(w->fault), "cannot copy '%.200s' to '%.120s': %s",
             text_of(o, "source"), text_of(o, "destination"),
             text_of(o, "error"));
}

static void
take_event(struct stage_watch *w, const json_t *o)
{
    const char *event = text_of(o, "event");
    long long bytes =
        (long long)json_integer_value(json_object_get(o, "bytes"));

    if (strcmp(event, "done") == 0) {
        w->files++;
        w->bytes += bytes;
        w->moved += bytes + 1;
    } else if (strcmp(event, "progress") == 0) {
        /* The count has changed: bytes are arriving. */
        w->moved += bytes > 0 && bytes != w->last;
        w->last = bytes;
    } else if (strcmp(event, "failed") == 0) {
        note_failure(w, o);
    }
}

static void
take_line(struct stage_watch *w, const char *line, size_t n)
{
    json_t *o = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);

    if (o != NULL)
        take_event(w, o);
    json_decref(o);
}

void
stage_watch_add(struct stage_watch *w, const char *text, size_t n)
{
    const char *nl;

    buf_add(&w->tail, text, n);
    while (w->tail.len > 0 &&
           (nl = memchr(w->tail.data, '\n', w->tail.len)) != NULL) {
        size_t len = (size_t)(nl - w->tail.data);

        take_line(w, w->tail.data, len);
        buf_drop(&w->tail, len + 1);
    }
    if (w->tail.len > LINE_MAX_BYTES)
        buf_clear(&w->tail); /* not a line of gridcp's */
}

void
stage_watch_read(struct stage_watch *w, int fd)
{
    char chunk[16384];
    ssize_t n;

    for (;;) {
        n = pread(fd, chunk, sizeof(chunk), (off_t)w->offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        w->offset += n;
        stage_watch_add(w, chunk, (size_t)n);
    }
}

void
stage_watch_fini(struct stage_watch *w)
{
    buf_fini(&w->tail);
    *w = (struct stage_watch){ .offset = 0 };
}
