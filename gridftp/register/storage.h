/* gridftp/register/storage.h - the GridFTP daemon's description for the index:
 * a GLUE 2.0 storage service (GFD.147). */
#ifndef GRIDFTP_STORAGE_H
#define GRIDFTP_STORAGE_H

#include "base/conf.h"
#include "info/registration.h"

struct storage {
    const struct conf *conf; /* gridftp.root */
    char *url;               /* gsiftp://host:port, as clients reach it */
    time_t started;
};

/* Describe the service that listens on gridftp.listen, whose port is the actual
 * one. -1 with ERR CONFIG. */
int storage_init(struct storage *s, const struct conf *conf, struct err *err);
void storage_fini(struct storage *s);
/* A registration_fn of the struct storage ARG. */
int storage_describe(void *arg, const struct registration_frame *frame,
                     struct buf *out, struct err *err);

#endif
