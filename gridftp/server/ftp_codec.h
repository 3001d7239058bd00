/* gridftp/server/ftp_codec.h - the process that speaks with the client: control
 * channel, security layer, login; it touches no files and runs no command
 * (RFC 959, 2228, GFD.20). */
#ifndef FTP_CODEC_H
#define FTP_CODEC_H

#include "base/conf.h"
#include "base/net.h"
#include "gsi/gss.h"
#include "gsi/tls/tls.h"

struct ftp_codec_spec {
    const struct conf *conf;
    struct tls_ctx *ctx; /* the host's, TLS_REQUEST_PEER */
    int control;         /* the client */
    int monitor;         /* asks for the login there */
    struct net_addr peer;
};

/* Serve the client until the end of the session; the process's exit status. */
int ftp_codec_run(const struct ftp_codec_spec *spec);

#endif
