/* gridftp/server/ftp_codec_state.h - state shared by the files of the codec. */
#ifndef FTP_CODEC_STATE_H
#define FTP_CODEC_STATE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/sys_proc.h"
#include "gridftp/server/ftp_codec.h"
#include "gridftp/server/ftp_line.h"

struct ftp_codec {
    const struct ftp_codec_spec *spec;
    struct gss *gss;
    bool established; /* the security layer is established */
    bool wrapped;     /* replies are protected, from the one after 235 */
    char user[SYS_NAME_MAX];
    bool has_user;
    int failures;
    int session;     /* socket to the session, -1 before the login */
    struct buf in;   /* from the client */
    struct buf out;  /* to the client */
    struct buf down; /* to the session */
    struct buf up;   /* from the session */
    long long
        taken_ms; /* when the client last read from out, or out was empty */
    bool end;     /* read nothing more: send and close */
};

typedef void ftp_codec_fn(struct ftp_codec *c, char *arg);
#define CMD(id, verb, codec, session, right, arg, syntax, standard, help) \
    ftp_codec_fn ftp_codec_##codec;
#define FEATURE(text)
#define ftp_codec_none ftp_codec_nothing
#include "gridftp/server/ftp_cmd.def"
#undef CMD
#undef FEATURE
#undef ftp_codec_none

/* Queue one whole reply, protected once the layer is established. */
void ftp_codec_send(struct ftp_codec *c, const char *text, size_t n);
/* Queue "CODE text". */
void ftp_codec_reply(struct ftp_codec *c, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Handle one line as received, TEXT[N] being NUL: unwrap it, then run it or
 * pass it on. */
void ftp_codec_line(struct ftp_codec *c, char *text, size_t n);

#endif
