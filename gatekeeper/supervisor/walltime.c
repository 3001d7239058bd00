/* gatekeeper/supervisor/walltime.c - see walltime.h. */
#include "gatekeeper/supervisor/walltime.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/fs.h"
#include "gatekeeper/supervisor/runfile.h"

/* Nobody signals a supervisor on another host: it looks so often. */
#define LOOK_MS 15000

static const char *
file_name(struct runfiles *f)
{
    runfile_names(f, 0, 0);
    return f->name[RUNFILE_WALL];
}

long long
walltime_read(int unitfd)
{
    struct buf text = BUF_INIT;
    struct runfiles f;
    long long seconds = -1;

    if (fs_read(unitfd, file_name(&f), 32, &text, NULL) < 0 ||
        number_parse(buf_str(&text), 1, WALLTIME_MAX, &seconds) < 0)
        seconds = -1;
    buf_fini(&text);
    return seconds;
}

int
walltime_write(int unitfd, long long seconds, struct err *err)
{
    struct runfiles f;
    char text[24];

    snprintf(text, sizeof(text), "%lld", seconds);
    return fs_write_atomic(unitfd, file_name(&f), text, strlen(text), 0600,
                           err);
}

void
walltime_look(struct walltime *w, struct launch *l)
{
    long long seconds = walltime_read(w->unitfd);

    if (seconds > 0)
        l->wall = seconds;
    w->due = l->wall > 0 ? w->begin + l->wall * 1000 : 0;
    w->look = l->inherit ? time_mono_ms() + LOOK_MS : 0;
}

void
walltime_begin(struct walltime *w, int unitfd, struct launch *l)
{
    *w = (struct walltime){ .unitfd = unitfd, .begin = time_mono_ms() };
    walltime_look(w, l);
}

bool
walltime_over(struct walltime *w, struct launch *l, long long now)
{
    if (walltime_next(w) == 0 || now < walltime_next(w))
        return false;
    walltime_look(w, l);
    return w->due > 0 && now >= w->due;
}

long long
walltime_next(const struct walltime *w)
{
    return w->look > 0 && (w->due == 0 || w->look < w->due) ? w->look : w->due;
}
