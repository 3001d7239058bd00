/* gridftp/client/ftpc_third.c - third-party transfers: two servers exchange
 * data directly (RFC 959 s.5.2, GFD.20 s.3, restart and performance markers of
 * GFD.20 s.3.4). */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/net.h"
#include "gridftp/client/ftpc_marker.h"
#include "gridftp/client/ftpc_stack.h"

/* After one server failed, how long the other may take to notice; not used when
 * no data has moved, because it then cannot notice. */
#define NOTICE_MS 1500
#define DEPTH_MAX 16

/* One file; commands of a few files are outstanding at a time. */
struct item {
    struct ftpclient_xfer *x;
    bool begun;          /* the source is sending or has sent */
    bool taken;          /* the destination has opened it */
    bool ended[2];       /* indexed by side */
    long long failed_ms; /* time of the first failure; 0: none */
    int failed_first;    /* side that failed first */
    struct err why[2];   /* indexed by side */
    bool transient[2];
};

enum {
    SRC,
    DST
};

struct third {
    struct ftpclient *c[2];
    struct ftpclient_how how;
    ftpclient_next_fn *next;
    ftpclient_done_fn *done;
    void *arg;
    struct item queue[DEPTH_MAX];
    size_t head, count;
    struct ftpclient_xfer *held; /* commands that must be sent alone */
    bool over;                   /* next() returned NULL */
    long long moved_ms;          /* time of the last progress */
};

static struct item *
item_at(struct third *t, size_t i)
{
    return &t->queue[(t->head + i) % DEPTH_MAX];
}

/* If the servers have different expected names, tell each the other's. */
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

/* Tell SRC where DST listens, unless they are still connected from the last
 * file. */
static int
introduce(struct ftpclient *src, struct ftpclient *dst,
          const struct ftpclient_how *how, struct err *err)
{
    struct buf command = BUF_INIT;
    int rc;

    if (src->partner == dst && dst->partner == src)
        return 0;
    ftpc_setup_drop(src);
    ftpc_setup_drop(dst);
    if (ftpc_setup_passive(dst, how, err) < 0)
        return -1;
    ftpc_port_command(dst->passive_addr, dst->npassive, dst->npassive > 1,
                      &command);
    rc = ftpc_must(src, err, "%s", buf_str(&command));
    buf_fini(&command);
    if (rc < 0)
        return -1;
    dst->passive = false; /* used by the partner, not by our connections */
    src->partner = dst;
    dst->partner = src;
    return 0;
}

/* Send both a REST with the ranges that are there already. */
static int
restart(struct third *t, const struct ftpclient_xfer *x, struct err *err)
{
    const struct ranges *have = x->have;
    struct buf text = BUF_INIT;
    int i, class = 3;

    if (have == NULL || have->n == 0 || !x->whole)
        return 0;
    if (t->how.mode == FTPCLIENT_EXTENDED)
        ranges_text(have, &text);
    else
        buf_addf(&text, "%lld",
                 have->r[0].begin == 0 ? (long long)have->r[0].end : 0ll);
    for (i = 0; i < 2 && class == 3; i++)
        class = ftpc_ask(t->c[i], err, "REST %s", buf_str(&text));
    buf_fini(&text);
    if (class >= 0 && class != 3)
        class = ftpc_reply_error(&t->c[i - 1]->reply, err,
                                 "'%s' cannot go on in the middle",
                                 t->c[i - 1]->conf.host);
    return class < 0 ? -1 : 0;
}

/* In MODE S closing the connection ends the file, also when the source has
 * died.  So announce the size to the destination (RFC 959 s.4.1.3); a server
 * without ALLO is used without it. */
static int
announce(struct third *t, const struct ftpclient_xfer *x, struct err *err)
{
    if (t->how.mode != FTPCLIENT_STREAM || !x->whole || x->size < 0)
        return 0;
    return ftpc_ask(t->c[DST], err, "ALLO %lld", (long long)x->size) < 0 ? -1
                                                                         : 0;
}

/* Make the commands for source and destination, indexed by side: RETR and STOR,
 * or their forms for parts. */
static int
make_commands(struct third *t, const struct ftpclient_xfer *x,
              struct buf command[2], struct err *err)
{
    int64_t length = x->length >= 0 ? x->length : INT64_MAX - x->offset;

    if (x->whole) {
        ftpc_stack_command(t->c[SRC], false, x->path, &command[SRC]);
        ftpc_stack_command(t->c[DST], true, x->to, &command[DST]);
        return 0;
    }
    if (!(t->c[SRC]->features & FTPCLIENT_ERET) ||
        !(t->c[DST]->features & FTPCLIENT_ESTO))
        return err_set(err, ERR_UNSUPPORTED,
                       "the servers cannot transfer parts of files");
    buf_addf(&command[SRC], "ERET P %lld %lld %s", (long long)x->offset,
             (long long)length, x->path);
    buf_addf(&command[DST], "ESTO A %lld %s", (long long)x->offset, x->to);
    return 0;
}

/* Queue both commands or neither: a STOR without a RETR would take the next
 * file's data. */
static int
commands(struct third *t, const struct ftpclient_xfer *x, struct err *err)
{
    struct buf command[2] = { BUF_INIT, BUF_INIT };
    int side, rc = make_commands(t, x, command, err);

    for (side = 0; side < 2 && rc == 0; side++)
        rc = ftpc_control_check(&t->c[side]->ctl, buf_str(&command[side]), err);
    for (side = 1; side >= 0 && rc == 0; side--)
        rc = ftpc_control_queue(&t->c[side]->ctl, err, "%s",
                                buf_str(&command[side]));
    for (side = 0; side < 2; side++)
        buf_fini(&command[side]);
    return rc;
}

/* Report X's progress to its caller. */
static int
told(struct ftpclient_xfer *x, struct err *err)
{
    if (x->progress != NULL && x->progress(x) != 0)
        return err_set(err, ERR_CANCELLED, "cancelled");
    return 0;
}

/* Handle a receiver's marker: bytes that arrived.  After a failed file, markers
 * may belong to that file. */
static int
on_marker(struct third *t, const struct item *it, struct err *err)
{
    struct ftpclient_xfer *x = it->x;
    int64_t bytes = x->bytes;

    if (it != item_at(t, 0) && item_at(t, 0)->failed_ms > 0)
        return 0;
    ftpc_marker_use(&t->c[DST]->reply, x->have, &bytes);
    if (bytes <= x->bytes)
        return 0;
    x->bytes = bytes;
    t->moved_ms = time_mono_ms();
    return told(x, err);
}

/* The file that SIDE's server is currently replying about; NULL. */
static struct item *
current(struct third *t, int side)
{
    size_t i;

    for (i = 0; i < t->count; i++)
        if (!item_at(t, i)->ended[side])
            return item_at(t, i);
    return NULL;
}

/* Handle a reply of SIDE's server about IT. */
static int
on_reply(struct third *t, struct item *it, int side, struct err *err)
{
    struct ftpc_reply *r = &t->c[side]->reply;
    int class = ftpc_reply_class(r);

    if (class == 1 && side == DST) {
        it->taken = true;
        return on_marker(t, it, err);
    }
    if (class == 1) {
        it->begun = it->x->begun = true;
        return told(it->x, err);
    }
    if (r->code == 421) {
        t->c[side]->ctl.lost = true;
        return ftpc_reply_error(r, err, "'%s' ends the session",
                                t->c[side]->conf.host);
    }
    it->ended[side] = true;
    t->moved_ms = time_mono_ms();
    if (class != 2) {
        ftpc_reply_error(r, &it->why[side], "%s",
                         side == SRC ? it->x->path : it->x->to);
        it->transient[side] = ftpc_reply_transient(r);
        if (it->failed_ms == 0) {
            it->failed_ms = t->moved_ms;
            it->failed_first = side;
        }
    }
    return 0;
}

/* Read and handle the available replies of SIDE. */
static int
listen_to(struct third *t, int side, bool readable, struct err *err)
{
    struct ftpclient *c = t->c[side];
    struct item *it;
    int rc;

    if (ftpc_control_flush(&c->ctl, err) < 0 ||
        (readable && ftpc_control_read(&c->ctl, err) < 0))
        return -1;
    while ((it = current(t, side)) != NULL &&
           (rc = ftpc_control_take(&c->ctl, &c->reply, err)) != 0)
        if (rc < 0 || on_reply(t, it, side, err) < 0)
            return -1;
    return 0;
}

/* Wait for a reply from either server. */
static int
await(struct third *t, struct err *err)
{
    int stall = t->c[SRC]->conf.stall_timeout_ms, i, n;
    const struct item *it = item_at(t, 0);
    struct pollfd p[2];
    long long now;

    for (i = 0; i < 2; i++)
        p[i] = (struct pollfd){ .fd = t->c[i]->ctl.fd,
                                .events = ftpc_control_unsent(&t->c[i]->ctl)
                                              ? POLLIN | POLLOUT
                                              : POLLIN };
    n = poll(p, 2, it->failed_ms > 0 ? 100 : 1000);
    for (i = 0; i < 2 && n > 0; i++)
        if (p[i].revents != 0 &&
            listen_to(t, i, (p[i].revents & ~POLLOUT) != 0, err) < 0)
            return -1;
    now = time_mono_ms();
    if (it->failed_ms > 0 && !(it->ended[SRC] && it->ended[DST]) &&
        (now - t->moved_ms > NOTICE_MS || (it->ended[SRC] && !it->begun)))
        return err_set(err, ERR_UNREACHABLE,
                       "the other server does not finish");
    if (it->ended[DST] && it->failed_ms == 0 && !it->ended[SRC] &&
        now - t->moved_ms > t->c[SRC]->conf.reply_timeout_ms)
        return err_set(
            err, ERR_TIMEOUT,
            "all data has arrived, but '%s', which sent it, does not reply",
            t->c[SRC]->conf.host);
    if (stall > 0 && now - t->moved_ms > stall)
        return err_set(err, ERR_TIMEOUT, "no data moved for %d seconds",
                       stall / 1000);
    return 0;
}

/* Set up both servers when nothing is outstanding, and send the commands of X,
 * the last in the queue. -1 with ERR. */
static int
send_item(struct third *t, struct ftpclient_xfer *x, struct err *err)
{
    int i;

    x->bytes = 0;
    x->begun = x->transient = x->no_data = false;
    x->err = (struct err)ERR_INIT;
    for (i = 0; i < 2 && t->count == 1; i++)
        if (ftpc_setup(t->c[i], &t->how, err) < 0)
            return -1;
    if (t->count == 1 && (introduce(t->c[SRC], t->c[DST], &t->how, err) < 0 ||
                          announce(t, x, err) < 0 || restart(t, x, err) < 0))
        return -1;
    for (i = 0; i < 2 && t->count == 1; i++)
        if (ftpc_ahead_forget(t->c[i], err) < 0)
            return -1;
    if (x->open != NULL && x->open(x, err) < 0)
        return -1;
    return commands(t, x, err);
}

static bool
only_lost(const struct err *why)
{
    return why->code == ERR_UNREACHABLE || why->code == ERR_CANCELLED;
}

/* Which side's error to report for IT, which failed: the first to fail knows
 * the reason, unless it only lost its peer. */
static int
blamed_side(const struct item *it)
{
    const struct err *first = &it->why[it->failed_first];
    const struct err *other = &it->why[1 - it->failed_first];

    if (only_lost(first) && other->code != ERR_OK && !only_lost(other))
        return 1 - it->failed_first;
    return it->failed_first;
}

/* Return IT to the caller. */
static void
finish(struct third *t, const struct err *err)
{
    struct item *it = item_at(t, 0);
    struct ftpclient_xfer *x = it->x;

    if (it->failed_ms > 0) {
        x->err = it->why[blamed_side(it)];
        x->transient = it->transient[blamed_side(it)];
    } else if (it->why[SRC].code != ERR_OK) {
        x->err = it->why[SRC];
    } else if (err != NULL) {
        x->err = *err;
    }
    /* An error about the file itself does not concern other files. */
    if (it->failed_ms > 0)
        x->begun = true;
    t->head = (t->head + 1) % DEPTH_MAX;
    t->count--;
    t->moved_ms = time_mono_ms();
    if (x->err.code != ERR_OK || t->how.mode == FTPCLIENT_STREAM)
        t->c[SRC]->partner = t->c[DST]->partner = NULL;
    t->done(t->arg, x);
}

/* Send the next commands, at most one file ahead of both servers: if the source
 * refuses one, no later file's data can take its place; if the destination
 * does, its data cannot become the next file's. */
static int
fill(struct third *t, struct err *err)
{
    while (t->count < (size_t)t->how.depth) {
        struct ftpclient_xfer *x = t->held;
        struct item *it;
        const struct item *last = item_at(t, t->count + DEPTH_MAX - 1);

        if (t->count > 0 && !(last->begun && last->taken))
            return 0;
        if (x == NULL && !t->over)
            x = t->next(t->arg);
        t->held = NULL;
        t->over = x == NULL;
        if (x == NULL)
            return 0;
        if (t->count > 0 && x->have != NULL && x->have->n > 0) {
            t->held = x; /* REST must be answered first */
            return 0;
        }
        it = item_at(t, t->count++);
        *it = (struct item){ .x = x };
        if (send_item(t, x, err) == 0)
            continue;
        it->ended[SRC] = it->ended[DST] = true; /* no command was sent */
        if (t->count > 1 || !ftpclient_usable(t->c[SRC]) ||
            !ftpclient_usable(t->c[DST]))
            return -1;
        it->why[SRC] = *err;
        *err = (struct err)ERR_INIT;
        finish(t, NULL);
    }
    return 0;
}

/* Finish the files at the head that both servers have ended. -1 with ERR when
 * one failed with others behind it, because it is unknown to which file the
 * next bytes would belong. */
static int
settle(struct third *t, struct err *err)
{
    struct item *it = item_at(t, 0);
    int side;

    while (t->count > 0 && it->ended[SRC] && it->ended[DST]) {
        for (side = 0; side < 2; side++)
            if (it->why[side].code != ERR_OK && t->count > 1)
                return err_set(err, it->why[side].code, "%s",
                               it->why[side].text);
        finish(t, NULL);
        it = item_at(t, 0);
    }
    return 0;
}

/* Wait until DST has ended its outstanding files or closed. */
static void
drain(struct third *t)
{
    struct ftpc_control *ctl = &t->c[DST]->ctl;
    int most_ms = t->c[DST]->conf.end_timeout_ms;
    long long end = time_mono_ms() + most_ms, left;

    /* If the source had not begun, the destination gets no signal. */
    while (item_at(t, 0)->begun && current(t, DST) != NULL && !ctl->lost &&
           (left = end - time_mono_ms()) > 0 &&
           net_wait(ctl->fd, POLLIN, (int)left) > 0)
        if (listen_to(t, DST, true, NULL) < 0)
            ctl->lost = true;
    if (current(t, DST) != NULL)
        ftpc_control_end(ctl, most_ms);
}

/* Remove an unsent STOR from the queue. */
static void
call_back(struct third *t)
{
    struct ftpc_control *ctl = &t->c[DST]->ctl;

    if (!ftpc_control_unsent(ctl) || ctl->sent > 0)
        return;
    buf_clear(&ctl->out);
    item_at(t, t->count - 1)->ended[DST] = true;
}

/* Discard the destination's progress for IT, which may be about another
 * file. */
static void
forget(struct item *it)
{
    struct ftpclient_xfer *x = it->x;

    it->failed_ms = 0;
    it->why[SRC] = it->why[DST] = (struct err)ERR_INIT;
    x->begun = false;
    x->bytes = 0;
    if (x->have != NULL)
        ranges_fini(x->have);
}

/* Return all files to the caller; unfinished ones are abandoned.  First wait
 * until the destination has stopped, because a late STOR would overwrite the
 * file that the caller's retry has written. */
static void
give_up(struct third *t, const struct err *err)
{
    size_t i;

    for (i = 0; i < t->count; i++) {
        t->c[SRC]->broken |= !item_at(t, i)->ended[SRC];
        t->c[DST]->broken |= !item_at(t, i)->ended[DST];
    }
    if (t->count > 0)
        call_back(t);
    if (err->code != ERR_CANCELLED && current(t, DST) != NULL) {
        if (t->c[SRC]->broken)
            ftpc_control_end(&t->c[SRC]->ctl, 0);
        drain(t);
    }
    for (i = 1; i < t->count; i++)
        forget(item_at(t, i));
    while (t->count > 0)
        finish(t, err);
    if (t->held != NULL) {
        t->held->err = *err;
        t->held->begun = false;
        t->done(t->arg, t->held);
    }
    t->c[SRC]->partner = t->c[DST]->partner = NULL;
}

/* One step of the loop. */
static int
step(struct third *t, struct err *err)
{
    size_t count = t->count;

    if (listen_to(t, SRC, false, err) < 0 ||
        listen_to(t, DST, false, err) < 0 || settle(t, err) < 0)
        return -1;
    return t->count == count ? await(t, err) : 0;
}

int
ftpclient_third_run(struct ftpclient *src, struct ftpclient *dst,
                    const struct ftpclient_how *how, ftpclient_next_fn *next,
                    ftpclient_done_fn *done, void *arg, struct err *err)
{
    struct third t = { .c = { src, dst },
                       .how = *how,
                       .next = next,
                       .done = done,
                       .arg = arg,
                       .moved_ms = time_mono_ms() };
    struct err why = ERR_INIT;
    int rc;

    if (t.how.parallel < 1)
        t.how.parallel = 1;
    if (t.how.depth < 1 || how->mode == FTPCLIENT_STREAM)
        t.how.depth = 1;
    if (t.how.depth > DEPTH_MAX)
        t.how.depth = DEPTH_MAX;
    set_subjects(src, dst);
    do
        rc = fill(&t, &why);
    while (rc == 0 && t.count > 0 && (rc = step(&t, &why)) == 0);
    if (rc == 0)
        return 0;
    give_up(&t, &why);
    return err_set(err, why.code, "%s", why.text);
}
