/* gridftp/client/ftpc_run.c - see ftpc_run.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/codec.h"
#include "gridftp/client/ftpc_command.h"
#include "gridftp/client/ftpc_marker.h"
#include "gridftp/client/ftpc_mover.h"
#include "gridftp/client/ftpc_run.h"

/* Check the control channel at least this often, however busy the data channels
 * are, because markers arrive there. */
#define LOOK_MS 50

/* Begin the next transfer in the queue. */
static void
start_head(struct ftpc_run *run)
{
    size_t i;

    run->state = FTPC_SENT;
    run->data_done = run->failed_local = run->by_hand = run->null = false;
    run->source_failed = false;
    run->eof_sent = 0;
    run->cr = false;
    run->lost = (struct err)ERR_INIT;
    run->thrown = run->eods = run->want = 0;
    run->marker[0] = '\0';
    run->at = 0;
    run->end = -1;
    if (run->count > 0)
        ftpc_command_bounds(run, ftpc_head(run), &run->at, &run->end);
    run->base = run->count > 0 && !ftpc_head(run)->whole && !run->put
                    ? (uint64_t)run->at
                    : 0;
    for (i = 0; i < run->c->nconn; i++)
        run->c->conn[i]->eod = run->c->conn[i]->finished = false;
}

/* Return the first transfer to the caller; ERR (may be NULL) is why it
 * failed. */
static void
finish_head(struct ftpc_run *run, const struct err *err)
{
    struct ftpclient_xfer *x = ftpc_head(run);

    if (err != NULL && x->err.code == ERR_OK)
        x->err = *err;
    run->head = (run->head + 1) % FTPC_DEPTH_MAX;
    run->count--;
    run->moved_ms = time_mono_ms();
    run->done(run->arg, x);
    start_head(run);
}

/* Close connections that the sender announced to close, and dead ones. */
static void
drop_closed(struct ftpclient *c)
{
    size_t i, kept = 0;

    for (i = 0; i < c->nconn; i++)
        if (c->conn[i]->eof || c->conn[i]->last)
            ftpc_mover_drop(c->conn[i]);
        else
            c->conn[kept++] = c->conn[i];
    c->nconn = kept;
}

/* Reply and data are both complete: decide the transfer's result. */
static int
settle(struct ftpc_run *run, struct err *err)
{
    struct ftpclient *c = run->c;
    struct ftpclient_xfer *x = ftpc_head(run);
    struct err why = ERR_INIT;
    int class = ftpc_reply_class(&c->reply);
    bool begun = x->begun, torn;

    /* A connection that still brings data of a finished file violates the
     * protocol. */
    ftpc_get_halt(run);
    if (class != 2) {
        ftpc_reply_error(&c->reply, &why, "%s",
                         *x->path != '\0' ? x->path : c->conf.host);
        x->transient = ftpc_reply_transient(&c->reply);
        x->no_data = !run->put && x->bytes == 0 && c->listen_fd >= 0 &&
                     c->nconn == 0 &&
                     strcasestr(buf_str(&c->reply.text), "connect") != NULL;
        if (c->accept_err.code != ERR_OK && why.code == ERR_UNREACHABLE)
            why = c->accept_err;
    } else if (run->lost.code != ERR_OK) {
        why = run->lost;
    } else if (!run->data_done) {
        err_set(&why, ERR_PROTOCOL, "%s: the server ended too early", x->path);
    }
    torn = begun && (class != 2 || !run->data_done);
    if (run->how.mode == FTPCLIENT_STREAM || torn)
        ftpc_setup_drop(c);
    else
        drop_closed(c);
    /* It is unknown to which file the next bytes would belong.  And if the
     * server cannot connect to us, each later transfer would wait as long. */
    if ((torn || x->no_data) && run->count > 1) {
        c->broken = true;
        return err_set(err, why.code, "%s", why.text);
    }
    finish_head(run, why.code != ERR_OK ? &why : NULL);
    return 0;
}

/* Whether a 112 reports more bytes than the one before. */
static bool
marker_moved(struct ftpc_run *run)
{
    static const char words[] = "Stripe Bytes Transferred:";
    const char *p = strcasestr(buf_str(&run->c->reply.text), words);
    char now[sizeof(run->marker)];

    if (p == NULL)
        return true;
    snprintf(now, sizeof(now), "%.31s", p + strlen(words));
    now[strcspn(now, "\r\n")] = '\0';
    if (strcmp(now, run->marker) == 0)
        return run->data_done;
    memcpy(run->marker, now, sizeof(now));
    return true;
}

/* Handle one reply for the first transfer. 0, or -1 with ERR. */
static int
on_reply(struct ftpc_run *run, struct err *err)
{
    struct ftpclient *c = run->c;
    struct ftpclient_xfer *x = ftpc_head(run);
    int class = ftpc_reply_class(&c->reply);

    if (c->reply.code == 421) {
        c->ctl.lost = true;
        return ftpc_reply_error(&c->reply, err, "'%s' ends the session",
                                c->conf.host);
    }
    if (class != 1 || marker_moved(run))
        run->moved_ms = time_mono_ms();
    if (class != 1) {
        run->state = FTPC_REPLIED;
        return 0;
    }
    if (run->put) {
        int64_t bytes = 0;

        ftpc_marker_use(&c->reply, x->have, &bytes);
    }
    if (run->state != FTPC_SENT || c->reply.code > 150)
        return 0;
    if (c->reply.code != 150 && c->reply.code != 125)
        return 0;
    run->state = FTPC_BEGUN;
    x->begun = true;
    if (!run->put && x->open != NULL && x->open(x, &x->err) < 0)
        run->failed_local = true;
    run->null = !run->put && !run->failed_local && x->write == NULL &&
                !run->how.ascii && ftpc_splice_null(x->fd);
    return 0;
}

/* Read replies until the first transfer's final one. 1 some, 0 none, -1 with
 * ERR. */
static int
replies(struct ftpc_run *run, struct err *err)
{
    int rc, some = 0;

    while (run->state != FTPC_REPLIED) {
        rc = ftpc_control_take(&run->c->ctl, &run->c->reply, err);
        if (rc < 0 || (rc > 0 && on_reply(run, err) < 0))
            return -1;
        if (rc == 0)
            break;
        some = 1;
    }
    return some;
}

/* Whether the first transfer has ended. */
static bool
head_ended(const struct ftpc_run *run)
{
    if (run->state != FTPC_REPLIED)
        return false;
    return run->data_done || run->put || run->lost.code != ERR_OK ||
           ftpc_reply_class(&run->c->reply) != 2;
}

/* Send the next commands.  0, or -1 with ERR. */
static int
fill(struct ftpc_run *run, struct err *err)
{
    /* In volleys: one send for many commands. */
    if (run->count > (size_t)run->how.depth / 2)
        return 0;
    while (run->count < (size_t)run->how.depth) {
        struct ftpclient_xfer *x = run->held;
        struct err why = ERR_INIT;
        int rc;

        if (x == NULL && !run->ended)
            x = run->next(run->arg);
        run->held = NULL;
        run->ended = x == NULL;
        if (x == NULL)
            return 0;
        if (run->count > 0 && ftpc_command_alone(run, x)) {
            run->held = x;
            return 0;
        }
        rc = ftpc_command_send(run, x, &why);
        if (rc == 0) {
            run->queue[(run->head + run->count++) % FTPC_DEPTH_MAX] = x;
            if (run->count == 1)
                start_head(run);
            continue;
        }
        if (!ftpclient_usable(run->c)) {
            run->held = x;
            return err_set(err, why.code, "%s", why.text);
        }
        x->err = why;
        run->done(run->arg, x);
    }
    return 0;
}

/* Close the data connections of an abandoned file with a reset: an orderly end
 * means a complete file in MODE S, and for some receivers also in MODE E. */
static void
drop_data(struct ftpc_run *run)
{
    struct ftpclient *c = run->c;
    size_t i;

    for (i = 0; run->put && i < c->nconn; i++)
        if (!c->conn[i]->finished)
            ftpc_conn_reset(c->conn[i]);
    ftpc_setup_drop(c);
}

/* Return all outstanding transfers to the caller; see give_up() of
 * ftpc_third.c. */
static int
give_up(struct ftpc_run *run, const struct err *err)
{
    run->c->broken = true;
    if (run->count > 0)
        ftpc_get_halt(run);
    drop_data(run);
    if (run->put && run->count > 0 && err->code != ERR_CANCELLED)
        ftpc_control_end(&run->c->ctl, run->c->conf.end_timeout_ms);
    while (run->count > 0)
        finish_head(run, err);
    if (run->held != NULL) {
        run->held->err = *err;
        run->done(run->arg, run->held);
        run->held = NULL;
    }
    return -1;
}

/* Move data: 1 some, 0 none, -1 with ERR.  If a data connection fails, wait for
 * the server's reply, which tells the reason and keeps the session usable. */
static int
move_data(struct ftpc_run *run, struct err *err)
{
    struct err why = ERR_INIT;
    int moved;

    if (run->lost.code != ERR_OK)
        return 0;
    moved = run->put ? ftpc_put_move(run, &why) : ftpc_get_move(run, &why);
    if (moved >= 0)
        return moved;
    if (why.code != ERR_UNREACHABLE || run->state != FTPC_BEGUN ||
        run->source_failed)
        return err_set(err, why.code, "%s", why.text);
    run->lost = why;
    run->moved_ms = time_mono_ms();
    ftpc_get_halt(run);
    drop_data(run);
    return 1;
}

/* One step: 1 something happened, 0 nothing, -1 with ERR. */
static int
step(struct ftpc_run *run, struct err *err)
{
    int some, moved;

    if (ftpc_control_flush(&run->c->ctl, err) < 0)
        return -1;
    some = replies(run, err);
    if (some < 0)
        return -1;
    moved = move_data(run, err);
    if (moved < 0)
        return -1;
    if (head_ended(run))
        return settle(run, err) < 0 ? -1 : 1;
    return some || moved;
}

int
ftpc_run(struct ftpc_run *run, struct err *err)
{
    struct err why = ERR_INIT;
    int rc = 0;

    if (run->how.depth < 1 || run->how.mode == FTPCLIENT_STREAM)
        run->how.depth = 1;
    if (run->how.depth > FTPC_DEPTH_MAX)
        run->how.depth = FTPC_DEPTH_MAX;
    if (run->how.parallel < 1 || run->how.mode == FTPCLIENT_STREAM)
        run->how.parallel = 1;
    run->moved_ms = time_mono_ms();
    while (rc >= 0) {
        rc = fill(run, &why);
        if (rc < 0 || (run->count == 0 && run->held == NULL))
            break;
        if (run->count == 0)
            continue;
        rc = step(run, &why);
        if (rc == 0 || (rc > 0 && time_mono_ms() - run->polled_ms >= LOOK_MS))
            rc = ftpc_poll(run, rc == 0, &why);
    }
    if (rc >= 0 && !run->c->broken)
        return 0;
    give_up(run, &why);
    return err_set(err, why.code, "%s", why.text);
}
