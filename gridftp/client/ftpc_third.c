/* gridftp/client/ftpc_third.c - third party transfers: two servers, the data
 * between them (RFC 959 s.5.2, GFD.20 s.3, restart and performance markers of
 * GFD.20 s.3.4). */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_marker.h"
#include "gridftp/client/ftpc_session.h"

/* When one server has failed the other gets so long to notice. */
#define NOTICE_MS 1500

struct side {
    struct ftpclient *c;
    const char *path;
    bool ended;
    int class; /* of the final reply */
    struct err err;
};

struct third {
    struct side src, dst;
    struct ftpclient_xfer *x;
    long long moved_ms, deadline_ms;
};

/* Let each server expect the other's certificate where they are given
 * different ones. */
static void
set_subjects(struct ftpclient *src, struct ftpclient *dst)
{
    const char *a, *b;

    if (src->conf.cred == NULL || dst->conf.cred == NULL ||
        src->conf.data_cred != NULL)
        return;
    a = cred_identity(src->conf.cred);
    b = cred_identity(dst->conf.cred);
    if (strcmp(a, b) == 0 || src->dcau_subject != NULL)
        return;
    src->dcau_subject = xstrdup(b);
    dst->dcau_subject = xstrdup(a);
}

/* Tell SRC where DST listens, unless they are connected from the last file. */
static int
introduce(struct ftpclient *src, struct ftpclient *dst, struct err *err)
{
    struct buf command = BUF_INIT;
    int rc;

    if (src->partner == dst && dst->partner == src)
        return 0;
    ftpc_setup_drop(src);
    ftpc_setup_drop(dst);
    if (ftpc_setup_passive(dst, err) < 0)
        return -1;
    ftpc_port_command(&dst->passive_addr, &command);
    rc = ftpc_must(src, err, "%s", buf_str(&command));
    buf_fini(&command);
    if (rc < 0)
        return -1;
    dst->passive = false; /* it is the partner's, no connection of ours */
    src->partner = dst;
    dst->partner = src;
    return 0;
}

static void
part(struct third *t)
{
    t->src.c->partner = t->dst.c->partner = NULL;
}

/* REST with what is there already, at both. */
static int
restart(struct third *t, enum ftpclient_mode mode, struct err *err)
{
    const struct ranges *have = t->x->have;
    struct buf text = BUF_INIT;
    struct side *side[2] = { &t->src, &t->dst };
    int i, class = 3;

    if (have == NULL || have->n == 0 || !t->x->whole)
        return 0;
    if (mode == FTPCLIENT_EXTENDED)
        ranges_text(have, &text);
    else
        buf_addf(&text, "%lld",
                 have->r[0].begin == 0 ? (long long)have->r[0].end : 0ll);
    for (i = 0; i < 2 && class == 3; i++)
        class = ftpc_ask(side[i]->c, err, "REST %s", buf_str(&text));
    buf_fini(&text);
    if (class >= 0 && class != 3)
        class = ftpc_reply_error(&side[i - 1]->c->reply, err,
                                 "'%s' cannot go on in the middle",
                                 side[i - 1]->c->conf.host);
    return class < 0 ? -1 : 0;
}

/* STOR and RETR, or their forms for parts. */
static int
commands(struct third *t, const char *dst_path, struct err *err)
{
    const struct ftpclient_xfer *x = t->x;
    struct ftpc_control *src = &t->src.c->ctl, *dst = &t->dst.c->ctl;
    int64_t length = x->length >= 0 ? x->length : INT64_MAX - x->offset;

    if (x->whole && ftpc_control_queue(dst, err, "STOR %s", dst_path) == 0)
        return ftpc_control_queue(src, err, "RETR %s", x->path);
    if (x->whole)
        return -1;
    if (!(t->src.c->features & FTPCLIENT_ERET) ||
        !(t->dst.c->features & FTPCLIENT_ESTO))
        return err_set(err, ERR_UNSUPPORTED,
                       "the servers cannot transfer parts of files");
    if (ftpc_control_queue(dst, err, "ESTO A %lld %s", (long long)x->offset,
                           dst_path) < 0)
        return -1;
    return ftpc_control_queue(src, err, "ERET P %lld %lld %s",
                              (long long)x->offset, (long long)length, x->path);
}

/* Markers of the receiver: bytes that arrived. */
static int
on_marker(struct third *t, struct err *err)
{
    struct ftpclient_xfer *x = t->x;
    int64_t bytes = x->bytes;

    ftpc_marker_use(&t->dst.c->reply, x->have, &bytes);
    if (bytes <= x->bytes)
        return 0;
    x->bytes = bytes;
    t->moved_ms = time_mono_ms();
    if (x->progress != NULL && x->progress(x) != 0)
        return err_set(err, ERR_CANCELLED, "cancelled");
    return 0;
}

/* What SIDE's server said just now. */
static int
on_reply(struct third *t, struct side *side, struct err *err)
{
    struct ftpc_reply *r = &side->c->reply;

    side->class = ftpc_reply_class(r);
    if (side->class == 1 && side == &t->dst)
        return on_marker(t, err);
    if (side->class == 1) {
        t->x->begun = true;
        return 0;
    }
    side->ended = true;
    t->moved_ms = time_mono_ms();
    if (side->class != 2) {
        ftpc_reply_error(r, &side->err, "%s", side->path);
        t->x->transient = ftpc_reply_transient(r);
        t->deadline_ms = t->moved_ms + NOTICE_MS;
    }
    return 0;
}

/* Replies of SIDE that have come. */
static int
listen_to(struct third *t, struct side *side, bool readable, struct err *err)
{
    int rc;

    if (ftpc_control_flush(&side->c->ctl, err) < 0 ||
        (readable && ftpc_control_read(&side->c->ctl, err) < 0))
        return -1;
    while (!side->ended &&
           (rc = ftpc_control_take(&side->c->ctl, &side->c->reply, err)) != 0)
        if (rc < 0 || on_reply(t, side, err) < 0)
            return -1;
    return 0;
}

/* Until both have said their last word.  -1 with ERR when one is silent. */
static int
await(struct third *t, struct err *err)
{
    int stall = t->src.c->conf.stall_timeout_ms, n;
    long long now;

    for (;;) {
        struct pollfd p[2] = { { .fd = t->src.c->ctl.fd, .events = POLLIN },
                               { .fd = t->dst.c->ctl.fd, .events = POLLIN } };

        if (listen_to(t, &t->src, false, err) < 0 ||
            listen_to(t, &t->dst, false, err) < 0)
            return -1;
        if (t->src.ended && t->dst.ended)
            return 0;
        n = poll(p, 2, 1000);
        if ((n > 0 && p[0].revents != 0 &&
             listen_to(t, &t->src, true, err) < 0) ||
            (n > 0 && p[1].revents != 0 &&
             listen_to(t, &t->dst, true, err) < 0))
            return -1;
        now = time_mono_ms();
        if (t->deadline_ms > 0 && now > t->deadline_ms)
            return err_set(err, ERR_TIMEOUT, "the other server does not end");
        if (stall > 0 && now - t->moved_ms > stall)
            return err_set(err, ERR_TIMEOUT, "no data moved for %d seconds",
                           stall / 1000);
    }
}

/* Set both up and let them run.  -1 with ERR: the sessions' trouble. */
static int
transfer(struct third *t, const struct ftpclient_how *how, const char *dst_path,
         struct err *err)
{
    struct ftpclient *src = t->src.c, *dst = t->dst.c;

    set_subjects(src, dst);
    if (ftpc_setup(src, how->mode, how->parallel > 0 ? how->parallel : 1, err) <
            0 ||
        ftpc_setup(dst, how->mode, how->parallel > 0 ? how->parallel : 1, err) <
            0 ||
        introduce(src, dst, err) < 0 || restart(t, how->mode, err) < 0)
        return -1;
    if (commands(t, dst_path, err) < 0)
        return -1;
    t->moved_ms = time_mono_ms();
    if (await(t, err) == 0)
        return 0;
    /* Whoever has not ended is in the middle of something. */
    src->broken = src->broken || !t->src.ended;
    dst->broken = dst->broken || !t->dst.ended;
    return -1;
}

int
ftpclient_third(struct ftpclient *src, struct ftpclient *dst,
                const struct ftpclient_how *how, struct ftpclient_xfer *x,
                const char *dst_path, struct err *err)
{
    struct third t = { .src = { .c = src, .path = x->path },
                       .dst = { .c = dst, .path = dst_path },
                       .x = x };
    int rc;

    x->bytes = 0;
    x->begun = x->transient = x->no_data = false;
    x->err = (struct err)ERR_INIT;
    rc = transfer(&t, how, dst_path, &x->err);
    /* The first to fail knows why; the other one only lost its peer. */
    if (t.src.err.code != ERR_OK &&
        (t.dst.err.code == ERR_OK || t.dst.err.code == ERR_UNREACHABLE ||
         t.dst.err.code == ERR_CANCELLED))
        x->err = t.src.err;
    else if (t.dst.err.code != ERR_OK)
        x->err = t.dst.err;
    if (x->err.code != ERR_OK || how->mode == FTPCLIENT_STREAM)
        part(&t);
    return rc < 0 || x->err.code != ERR_OK
               ? err_set(err, x->err.code, "%s", x->err.text)
               : 0;
}
