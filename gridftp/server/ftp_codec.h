/* gridftp/server/ftp_codec.h - the process that talks to the client: control
 * channel, security layer, login.  It opens no user files and runs no file
 * commands (RFC 959, 2228, GFD.20). */
#ifndef FTP_CODEC_H
#define FTP_CODEC_H

#include "base/conf.h"
#include "base/net.h"
#include "gsi/gss.h"
#include "gsi/tls/tls.h"

struct ftp_codec_spec {
    const struct conf *conf;
    struct tls_ctx *ctx; /* with the host's credential and TLS_REQUEST_PEER */
    int control;         /* socket to the client */
    int monitor;         /* socket to the monitor, for the login */
    struct net_addr peer;
};

/* Serve the client until the session ends; returns the exit status. */
int ftp_codec_run(const struct ftp_codec_spec *spec);

#endif
