/* gridftp/server/ftp_codec_say.c - send replies from the codec to the client;
 * see ftp_codec_state.h. */
#include <stdarg.h>
#include <string.h>

#include "base/codec.h"
#include "base/log.h"
#include "gridftp/server/ftp_codec_state.h"
#include "gridftp/server/ftp_reply.h"

/* Send one line of a reply, CRLF included. */
static void
send_line(struct ftp_codec *c, const char *line, size_t n, bool last)
{
    struct buf token = BUF_INIT;
    struct err err = ERR_INIT;

    if (!c->wrapped) {
        buf_add(&c->out, line, n);
        return;
    }
    if (gss_wrap(c->gss, line, n, &token, &err) < 0) {
        log_event(LOG_WARNING, "ftp.codec.wrap", "why=%s", err.text);
        c->end = true;
    } else {
        buf_adds(&c->out, last ? "632 " : "632-");
        base64_encode(&c->out, token.data, token.len);
        buf_adds(&c->out, "\r\n");
    }
    buf_fini(&token);
}

void
ftp_codec_send(struct ftp_codec *c, const char *text, size_t n)
{
    const char *line, *end, *next;

    for (line = text, end = text + n; line < end; line = next) {
        next = memchr(line, '\n', (size_t)(end - line));
        next = next != NULL ? next + 1 : end;
        send_line(c, line, (size_t)(next - line), next == end);
    }
}

void
ftp_codec_reply(struct ftp_codec *c, int code, const char *fmt, ...)
{
    struct buf b = BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    ftp_reply_line(&b, code, fmt, ap);
    va_end(ap);
    ftp_codec_send(c, b.data, b.len);
    buf_fini(&b);
}
