/* gridftp/server/ftp_reply.c - see ftp_reply.h. */
#include <errno.h>
#include <string.h>

#include "base/fs.h"
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_session.h"
#include "gridftp/server/ftp_wire.h"

/* errno, reply code, and the error class that clients parse. */
static const struct {
    int error, code;
    const char *word;
} meanings[] = {
    { ENOENT, 550, "PATH_NOT_FOUND" },
    { ENOTDIR, 550, "NOT_A_DIRECTORY" },
    { EISDIR, 550, "IS_A_DIRECTORY" },
    { ENOTSUP, 550, "NOT_A_FILE" },
    { EACCES, 550, "PERMISSION_DENIED" },
    { EPERM, 550, "PERMISSION_DENIED" },
    { EROFS, 550, "PERMISSION_DENIED" },
    { EEXIST, 553, "PATH_EXISTS" },
    { ENOTEMPTY, 550, "DIRECTORY_NOT_EMPTY" },
    { ENAMETOOLONG, 553, "PATH_TOO_LONG" },
    { ELOOP, 550, "TOO_MANY_LINKS" },
    { EXDEV, 553, "CROSS_DEVICE_LINK" },
    { ENOSPC, 452, "NO_SPACE_LEFT" },
    { EDQUOT, 452, "QUOTA_EXCEEDED" },
    { EFBIG, 452, "FILE_TOO_BIG" },
    { EIO, 451, "INPUT_OUTPUT_ERROR" },
    { ETIMEDOUT, 451, "TIMED_OUT" },
    { EMFILE, 451, "TOO_MANY_OPEN_FILES" },
    { ENFILE, 451, "TOO_MANY_OPEN_FILES" },
    { ENOMEM, 451, "OUT_OF_MEMORY" },
    { EWOULDBLOCK, 450, "BUSY" },
    { EBUSY, 450, "BUSY" },
    { ETXTBSY, 450, "BUSY" },
    { EINVAL, 501, "INVALID_ARGUMENT" },
};

static size_t
meaning_of(int error)
{
    size_t i, n = sizeof(meanings) / sizeof(meanings[0]);

    for (i = 0; i < n && meanings[i].error != error; i++)
        continue;
    return i;
}

int
ftp_reply_code(int error)
{
    size_t i = meaning_of(error);

    return i < sizeof(meanings) / sizeof(meanings[0]) ? meanings[i].code : 451;
}

/* Most bytes of replies held back. */
#define WAITING_MAX 1024

/* On failure the client is gone, which the next read will report. */
void
ftp_reply_flush(struct ftp_session *s)
{
    if (s->out.len > 0 && fs_write_all(s->wire, s->out.data, s->out.len) < 0)
        s->gone = true;
    buf_clear(&s->out);
}

/* Send one whole reply to the codec. */
static void
send_frame(struct ftp_session *s, const char *p, size_t n)
{
    ftp_frame_add(&s->out, FTP_FRAME_REPLY, p, n);
    if (s->out.len >= WAITING_MAX)
        ftp_reply_flush(s);
}

void
ftp_reply_text(struct ftp_session *s, const struct buf *text)
{
    send_frame(s, text->data, text->len);
}

/* Turn a text of N bytes into one line. */
static void
flatten(char *text, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (text[i] == '\r' || text[i] == '\n')
            text[i] = ' ';
}

void
ftp_reply_line(struct buf *out, int code, const char *fmt, va_list ap)
{
    size_t begin = out->len;

    buf_addf(out, "%d ", code);
    buf_vaddf(out, fmt, ap);
    flatten(out->data + begin, out->len - begin);
    buf_adds(out, "\r\n");
}

void
ftp_reply(struct ftp_session *s, int code, const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    ftp_reply_line(&b, code, fmt, ap);
    va_end(ap);
    send_frame(s, b.data, b.len);
    buf_fini(&b);
}

/* Reply in Globus' form: CODE, class C, errno (0: none), reason. */
static void
reply_globus(struct ftp_session *s, int code, const char *c, int error,
             const char *reason, const char *text)
{
    struct buf b = BUF_INIT;

    buf_addf(&b, "%d-GlobusError: v=1 c=%s\r\n", code, c);
    if (error != 0)
        buf_addf(&b, "%d-GridFTP-Errno: %d\r\n", code, error);
    buf_addf(&b, "%d-GridFTP-Reason: %s\r\n", code, reason);
    buf_addf(&b, "%d-GridFTP-Error-String: %s\r\n%d End.\r\n", code, text,
             code);
    send_frame(s, b.data, b.len);
    buf_fini(&b);
}

void
ftp_reply_errno(struct ftp_session *s, int error, const char *what)
{
    size_t i = meaning_of(error);
    bool known = i < sizeof(meanings) / sizeof(meanings[0]);
    char reason[128];

    snprintf(reason, sizeof(reason), "System error in %s", what);
    reply_globus(s, known ? meanings[i].code : 451,
                 known ? meanings[i].word : "INTERNAL_ERROR", error, reason,
                 strerror(error));
}

void
ftp_reply_err(struct ftp_session *s, int code, const struct err *err)
{
    struct buf b = BUF_INIT;
    char text[sizeof(err->text)];

    memcpy(text, err->text, sizeof(text));
    flatten(text, strlen(text));
    if (code == 0)
        code = err_ftp_reply(err->code);
    buf_addf(&b, "%d-Command failed. : %s\r\n%d End.\r\n", code, text, code);
    send_frame(s, b.data, b.len);
    buf_fini(&b);
}

int
ftp_errno_err(int error, const char *what, struct err *err)
{
    static const struct {
        int code;
        enum err_code err;
    } codes[] = {
        { 550, ERR_NOT_FOUND },
        { 553, ERR_EXISTS },
        { 452, ERR_NOSPACE },
        { 450, ERR_STATE },
    };
    int code = ftp_reply_code(error);
    size_t i;

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].code == code)
            return err_set(err, codes[i].err, "%s: %s", what, strerror(error));
    return err_set(err, ERR_IO, "%s: %s", what, strerror(error));
}
