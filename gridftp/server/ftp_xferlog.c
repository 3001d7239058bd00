/* gridftp/server/ftp_xferlog.c - see ftp_xferlog.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/net.h"
#include "gridftp/server/ftp_wire.h"
#include "gridftp/server/ftp_xferlog.h"

/* "20261123060130.158171", UTC. */
static void
add_time(struct buf *line, const struct timeval *t)
{
    struct tm tm;

    if (gmtime_r(&t->tv_sec, &tm) == NULL)
        return;
    buf_addf(line, "%04d%02d%02d%02d%02d%02d.%06ld", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
             (long)t->tv_usec);
}

/* Append a value without blanks, at which readers split. */
static void
add_value(struct buf *line, const char *value)
{
    for (; *value != '\0'; value++)
        if ((unsigned char)*value <= ' ' || *value == '%' || *value == 0x7f)
            buf_addf(line, "%%%02X", (unsigned char)*value);
        else
            buf_addc(line, *value);
}

/* Append the other end of the data: the address from PORT, else the client. */
static void
add_destination(struct buf *line, const struct ftp_session *s)
{
    const struct ftp_data *d = &s->data;
    char host[NET_TEXT];

    net_host_text(d->nport > 0 ? &d->port[0] : &s->who->peer, host);
    buf_addf(line, " DEST=[%s]", host);
}

/* Use the newest file that the monitor has sent, because the user may not open
 * it. */
static void
follow_rotation(const struct ftp_who *who)
{
    struct err err = ERR_INIT;
    char byte = 0;
    int fd;

    while (who->news >= 0 && net_wait(who->news, POLLIN, 0) > 0 &&
           ftp_message_receive(who->news, &byte, 1, &fd, &err) > 0) {
        if (fd < 0)
            continue;
        (void)dup3(fd, who->transfer_log, O_CLOEXEC);
        close(fd);
    }
}

void
ftp_xferlog_write(const struct ftp_session *s, const struct ftp_xferlog *x)
{
    struct buf line = BUF_INIT;
    struct timeval now;

    if (s->who->transfer_log < 0)
        return;
    follow_rotation(s->who);
    gettimeofday(&now, NULL);
    buf_adds(&line, "DATE=");
    add_time(&line, &now);
    buf_addf(&line,
             " HOST=%s PROG=gridftp NL.EVNT=FTP_INFO START=", net_hostname());
    add_time(&line, &x->start);
    buf_addf(&line, " USER=%s FILE=", s->who->user.name);
    add_value(&line, x->path);
    buf_addf(&line,
             " BUFFER=%d BLOCK=%d NBYTES=%lld VOLUME=/ STREAMS=%zu"
             " STRIPES=%zu",
             s->data.sbuf, s->data.block, x->bytes, x->streams, x->stripes);
    add_destination(&line, s);
    buf_addf(&line, " TYPE=%s CODE=%d TASKID=", x->type, x->code);
    add_value(&line, s->task != NULL ? s->task : "none");
    buf_adds(&line, "\n");
    /* With one write, because sessions share the file. */
    errno = ENOSPC; /* when a line is truncated */
    if (write(s->who->transfer_log, line.data, line.len) != (ssize_t)line.len)
        log_event(LOG_ERR, "ftp.transfer_log.fail", "path=%s why=%s",
                  conf_str(s->conf, CONF_gridftp_transfer_log),
                  strerror(errno));
    buf_fini(&line);
}
