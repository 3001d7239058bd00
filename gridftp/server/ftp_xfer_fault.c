/* gridftp/server/ftp_xfer_fault.c - record a transfer's first failure and reply
 * to the client. */
#include "gridftp/server/ftp_reply.h"
#include "gridftp/server/ftp_session.h"
#include "gridftp/server/ftp_xfer.h"

void
ftp_xfer_fail(struct ftp_xfer *x, enum ftp_fault fault, const struct err *err)
{
    lock_take(&x->lock);
    if (x->fault == FTP_FAULT_NONE) {
        x->fault = fault;
        x->err = *err;
    }
    lock_release(&x->lock);
}

bool
ftp_xfer_has_failed(struct ftp_xfer *x)
{
    bool failed;

    lock_take(&x->lock);
    failed = x->fault != FTP_FAULT_NONE;
    lock_release(&x->lock);
    return failed;
}

int
ftp_xfer_reply_fault(struct ftp_xfer *x)
{
    int code = 426;

    switch (x->fault) {
    case FTP_FAULT_NONE:
        return 226;
    case FTP_FAULT_CONNECT:
        code = 425;
        ftp_reply_err(x->s, code, &x->err);
        break;
    case FTP_FAULT_DATA:
        ftp_reply_err(x->s, code, &x->err);
        break;
    case FTP_FAULT_FILE:
        code = ftp_reply_code(x->fault_errno);
        ftp_reply_errno(x->s, x->fault_errno, x->receiving ? "write" : "read");
        break;
    case FTP_FAULT_ABORT:
        ftp_reply(x->s, code, "Command Aborted.");
        break;
    }
    /* ABOR has its own reply, even if another failure came a moment earlier. */
    if (x->s->aborted)
        ftp_reply(x->s, 226, "Abort successful");
    x->s->aborted = false;
    return code;
}

void
ftp_xfer_look(struct ftp_xfer *x)
{
    struct err err = ERR_INIT;

    if (ftp_session_read(x->s, 0) < 0) {
        err_set(&err, ERR_CANCELLED, "the client has closed the connection");
        ftp_xfer_fail(x, FTP_FAULT_ABORT, &err);
    } else if (ftp_session_take_abort(x->s)) {
        x->s->aborted = true;
        err_set(&err, ERR_CANCELLED, "aborted by the client");
        ftp_xfer_fail(x, FTP_FAULT_ABORT, &err);
    }
}
