/* gridftp/server/ftp_run_xfer.c - RETR, STOR, APPE, STOU, ERET, ESTO (RFC 959,
 * GFD.20). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/log.h"
#include "gridftp/server/ftp_count.h"
#include "gridftp/server/ftp_port.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_run.h"
#include "gridftp/server/ftp_session.h"
#include "gridftp/server/ftp_target.h"
#include "gridftp/server/ftp_xfer.h"
#include "gridftp/server/ftp_xferlog.h"

/* The parameters of one transfer command. */
struct request {
    const char *verb;
    char *path;     /* absolute */
    int64_t offset; /* ERET, ESTO */
    int64_t length; /* ERET, -1: to the end */
    enum ftp_target_how how;
    const char *opening; /* text after the 150; NULL: the default */
};

/* Write one line to each log, whatever the result. */
static void
log_end(const struct ftp_xfer *x, const struct request *r, int code)
{
    long long ms = time_mono_ms() - x->began_ms;
    struct ftp_xferlog line = { .type = r->verb,
                                .path = r->path,
                                .bytes = atomic_load(&x->bytes),
                                .streams = x->nstream,
                                .stripes = x->nstripe,
                                .code = code };

    gettimeofday(&line.start, NULL);
    line.start.tv_sec -= (time_t)(ms / 1000);
    line.start.tv_usec -= (suseconds_t)(ms % 1000) * 1000;
    if (line.start.tv_usec < 0) {
        line.start.tv_sec--;
        line.start.tv_usec += 1000000;
    }
    ftp_xferlog_write(x->s, &line);

    ftp_count_transfer(strcmp(r->verb, "RETR") == 0 ||
                           strcmp(r->verb, "ERET") == 0,
                       code / 100 == 2, (long long)atomic_load(&x->bytes), ms);
    log_event(LOG_NOTICE, "ftp.transfer.end",
              "op=%s path=%s bytes=%lld ms=%lld streams=%zu code=%d job=%s "
              "why=%s",
              r->verb, r->path, (long long)atomic_load(&x->bytes), ms,
              x->nstream, code, x->s->job[0] != '\0' ? x->s->job : "-",
              x->err.text);
}

/* REST applies to one transfer. */
static void
forget_restart(struct ftp_session *s)
{
    ranges_fini(&s->rest);
    s->has_rest = false;
}

/* Discard what was announced for the next received file. */
static void
forget_announced(struct ftp_session *s)
{
    forget_restart(s);
    s->allo = -1;
    s->store_time = 0;
    free(s->want_sum);
    s->want_sum = NULL;
}

/* PASV or EPSV was answered with "delayed": listen now and announce the
 * address. */
static int
begin_delayed(struct ftp_session *s)
{
    struct err err = ERR_INIT;
    struct buf b = BUF_INIT;
    struct net_addr a;
    int rc = -1;

    if (!s->data.delayed)
        return 0;
    s->data.delayed = false;
    if (ftp_data_listen(&s->data, 1, &err) < 0) {
        ftp_reply_err(s, 425, &err);
    } else if (s->data.delayed_epsv) {
        ftp_reply(s, 129, "Entering Extended Passive Mode (|||%u|)",
                  net_port(&s->data.listen_at[0]));
        rc = 0;
    } else {
        ftp_data_named(&s->data, 0, &a);
        if (ftp_port_text(&a, &b) < 0) {
            ftp_reply(s, 522, "This is not an IPv4 session: use EPSV.");
        } else {
            ftp_reply(s, 127, "Entering Passive Mode (%s)", buf_str(&b));
            rc = 0;
        }
    }
    buf_fini(&b);
    return rc;
}

/* Move the data and reply. */
static void
send_file(struct ftp_session *s, const struct request *r, int fd, int64_t begin,
          int64_t end)
{
    struct ftp_xfer *x = xcalloc(1, sizeof(*x));
    int code = 226;

    ftp_xfer_init(x, s, false, fd);
    x->base = r->offset;
    x->begin = begin - r->offset;
    x->end = end - r->offset;
    if (x->mode_e)
        x->skip = &s->rest;
    if (begin_delayed(s) == 0) {
        if (ftp_xfer_run(x) == 0)
            ftp_reply(s, 226, "Transfer Complete.");
        else
            code = ftp_xfer_reply_fault(x);
        log_end(x, r, code);
    }
    ftp_xfer_fini(x);
    free(x);
}

void
ftp_xfer_send_listing(struct ftp_session *s, const char *verb, char *path,
                      int fd)
{
    struct request r = { verb, path, 0, -1, FTP_TARGET_WHOLE, NULL };
    bool ascii = s->ascii;

    s->ascii = false; /* the lines end in CR LF already */
    ranges_fini(&s->rest);
    send_file(s, &r, fd, 0, lseek(fd, 0, SEEK_END));
    s->ascii = ascii;
    forget_restart(s);
}

/* Open R's path for reading: a plain file of *size bytes, or a FIFO or device,
 * which may be endless; -1 after an error reply. */
static int
open_source(struct ftp_session *s, const struct request *r, int64_t *size)
{
    struct stat st;
    int fd = ftp_path_open_file(&s->paths, r->path, true, &st);

    if (fd < 0)
        ftp_reply_errno(s, errno, "open");
    else
        *size = S_ISREG(st.st_mode) ? st.st_size : INT64_MAX;
    return fd;
}

/* In MODE S, the number of bytes that REST says exist. */
static int64_t
stream_rest(const struct ftp_session *s)
{
    bool has = !s->data.mode_e && s->has_rest && s->rest.n > 0;

    return has && s->rest.r[0].begin == 0 ? s->rest.r[0].end : 0;
}

/* Whether FD, a file of SIZE bytes, can be sent from BEGIN and without the
 * receiver's ranges: a FIFO can only be read from its beginning.  Replies if
 * not. */
static bool
has_offset(struct ftp_session *s, int fd, int64_t size, int64_t begin)
{
    bool rest = begin > 0 || (s->data.mode_e && s->rest.n > 0);

    if (!rest || size != INT64_MAX || lseek(fd, begin, SEEK_SET) >= 0)
        return true;
    ftp_reply(s, 554, "A FIFO or a device is read from its beginning only.");
    return false;
}

/* RETR and ERET: send the requested part of the file, with REST applied. */
static void
retrieve(struct ftp_session *s, const struct request *r)
{
    int64_t size, begin = r->offset, end;
    int fd = open_source(s, r, &size);

    if (fd >= 0) {
        end = size;
        if (r->length >= 0 && r->length < size - begin)
            end = begin + r->length;
        if (end < r->offset)
            end = r->offset;
        begin = stream_rest(s) < end - begin ? begin + stream_rest(s) : end;
        if (has_offset(s, fd, size, begin))
            send_file(s, r, fd, begin, end);
        close(fd);
    }
    forget_restart(s);
}

/* Compare the checksum with the one announced by SCKS. 0, or -1 after an error
 * reply. */
static int
check_sum(struct ftp_session *s, struct ftp_target *t)
{
    const struct digest_part part = { .fd = t->fd,
                                      .length =
                                          t->part[0] != '\0' ? t->length : -1 };
    char text[DIGEST_TEXT];
    struct err err = ERR_INIT;

    if (s->want_sum == NULL)
        return 0;
    if (digest_file(s->want_kind, &part, text, &err) == 0 &&
        strcasecmp(text, s->want_sum) != 0)
        err_set(&err, ERR_IO, "checksum mismatch: %s announced %s, received %s",
                digest_name(s->want_kind), s->want_sum, text);
    if (err.code == ERR_OK)
        return 0;
    ftp_reply_err(s, 451, &err);
    return -1;
}

/* The end of what the client need not send again. */
static int64_t
rest_end(const struct ftp_session *s)
{
    return s->has_rest && s->rest.n > 0 ? s->rest.r[s->rest.n - 1].end : 0;
}

/* All data has arrived: check the sum, sync, rename, reply. */
static int
complete(struct ftp_session *s, const struct ftp_xfer *x, struct ftp_target *t)
{
    int error;

    /* Any bytes of the part file beyond this are from another file. */
    t->length = x->top > rest_end(s) ? x->top : rest_end(s);
    if (check_sum(s, t) < 0) {
        ftp_target_abandon(t, false);
        return 451;
    }
    t->modified = s->store_time;
    if (ftp_target_commit(t, conf_bool(s->conf, CONF_gridftp_sync)) < 0) {
        error = errno;
        ftp_reply_errno(s, error, "finishing the file");
        return ftp_reply_code(error);
    }
    ftp_reply(s, 226, "Transfer Complete.");
    return 226;
}

/* Receive into T. */
static void
receive(struct ftp_session *s, const struct request *r, struct ftp_target *t,
        int64_t at)
{
    struct ftp_xfer *x = xcalloc(1, sizeof(*x));
    int code;

    ftp_xfer_init(x, s, true, t->fd);
    x->base = at;
    if (r->opening != NULL)
        x->opening = r->opening;
    if (begin_delayed(s) < 0) {
        ftp_target_abandon(t, false);
    } else {
        if (ftp_xfer_run(x) == 0) {
            code = complete(s, x, t);
        } else {
            ftp_target_abandon(t, atomic_load(&x->bytes) > 0);
            code = ftp_xfer_reply_fault(x);
        }
        log_end(x, r, code);
    }
    ftp_xfer_fini(x);
    free(x);
}

/* Open R's target as T; *AT gets the position of its first byte. -1 with
 * errno. */
static int
open_target(const struct ftp_session *s, const struct request *r,
            struct ftp_target *t, int64_t *at)
{
    enum ftp_target_how how = r->how;
    struct stat st;

    *at = r->offset;
    if (how == FTP_TARGET_WHOLE && s->has_rest && s->rest.n > 0)
        how = FTP_TARGET_CONTINUE;
    if (how == FTP_TARGET_CONTINUE || how == FTP_TARGET_PART) {
        if (stream_rest(s) > INT64_MAX - *at) {
            errno = EFBIG;
            return -1;
        }
        *at += stream_rest(s);
    }
    /* Blocks arrive in any order: write them at positions after the end. */
    if (how == FTP_TARGET_APPEND && s->data.mode_e)
        how = FTP_TARGET_PART;
    if (ftp_target_open(t, &s->paths, r->path, how, rest_end(s)) < 0)
        return -1;
    if (r->how == FTP_TARGET_APPEND && fstat(t->fd, &st) == 0 &&
        S_ISREG(st.st_mode))
        *at = st.st_size;
    return 0;
}

/* STOR, APPE, ESTO.  The file is opened only when a data connection is
 * possible. */
static void
store(struct ftp_session *s, const struct request *r)
{
    struct err err = ERR_INIT;
    struct ftp_target t;
    int64_t at;

    if (ftp_xfer_check(&s->data, true, &err) < 0)
        ftp_reply_err(s, 425, &err);
    else if (open_target(s, r, &t, &at) == 0)
        receive(s, r, &t, at);
    else if (errno == ESPIPE)
        ftp_reply(s, 554, "REST %lld: the file is shorter than that.",
                  (long long)rest_end(s));
    else if (errno == ENXIO)
        ftp_reply(s, 450,
                  "No process reads this FIFO: start its reader, then "
                  "store again.");
    else
        ftp_reply_errno(s, errno, "open");
    forget_announced(s);
}

void
ftp_run_retr(struct ftp_session *s, char *arg)
{
    struct request r = {
        "RETR", ftp_path_join(&s->paths, arg), 0, -1, FTP_TARGET_WHOLE, NULL
    };

    retrieve(s, &r);
    free(r.path);
}

void
ftp_run_stor(struct ftp_session *s, char *arg)
{
    struct request r = {
        "STOR", ftp_path_join(&s->paths, arg), 0, -1, FTP_TARGET_WHOLE, NULL
    };

    store(s, &r);
    free(r.path);
}

void
ftp_run_appe(struct ftp_session *s, char *arg)
{
    struct request r = {
        "APPE", ftp_path_join(&s->paths, arg), 0, -1, FTP_TARGET_APPEND, NULL
    };

    store(s, &r);
    free(r.path);
}

void
ftp_run_stou(struct ftp_session *s, char *arg)
{
    char name[UUID_TEXT], *opening = xasprintf("FILE: %s", uuid_make(name));
    struct request r = {
        "STOU", ftp_path_join(&s->paths, name), 0, -1, FTP_TARGET_WHOLE, opening
    };

    (void)arg;
    store(s, &r);
    free(opening);
    free(r.path);
}

/* Split off a number at the front of *ARG; -1 when there is none. */
static int
take_number(char **arg, int64_t *n)
{
    char *blank = strchr(*arg, ' ');
    long long v;

    if (blank == NULL)
        return -1;
    *blank = '\0';
    if (number_parse(*arg, 0, INT64_MAX, &v) < 0)
        return -1;
    *n = v;
    *arg = blank + 1;
    return 0;
}

void
ftp_run_eret(struct ftp_session *s, char *arg)
{
    struct request r = { "ERET", NULL, 0, -1, FTP_TARGET_WHOLE, NULL };

    if ((*arg != 'P' && *arg != 'p') || arg[1] != ' ') {
        ftp_reply(s, 504, "ERET knows the module P only.");
        return;
    }
    arg += 2;
    if (take_number(&arg, &r.offset) < 0 || take_number(&arg, &r.length) < 0 ||
        *arg == '\0' || r.offset > INT64_MAX - r.length) {
        ftp_reply(s, 501, "Syntax error in parameters or arguments.");
        return;
    }
    r.path = ftp_path_join(&s->paths, arg);
    retrieve(s, &r);
    free(r.path);
}

void
ftp_run_esto(struct ftp_session *s, char *arg)
{
    struct request r = { "ESTO", NULL, 0, -1, FTP_TARGET_PART, NULL };

    if ((*arg != 'A' && *arg != 'a') || arg[1] != ' ') {
        ftp_reply(s, 504, "ESTO knows the module A only.");
        return;
    }
    arg += 2;
    if (take_number(&arg, &r.offset) < 0 || *arg == '\0') {
        ftp_reply(s, 501, "Syntax error in parameters or arguments.");
        return;
    }
    r.path = ftp_path_join(&s->paths, arg);
    store(s, &r);
    free(r.path);
}
