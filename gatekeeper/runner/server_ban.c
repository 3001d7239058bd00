/* gatekeeper/runner/server_ban.c - adds a name to the ban list, for an
 * administrator who asked the gatekeeper; never removes one. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "gatekeeper/runner/runner_server.h"

/* Check that the name is read back unchanged: '*' and '"' are special in the
 * list. */
static int
check_name(const char *dn, struct err *err)
{
    if (strpbrk(dn, "*\"\\") == NULL)
        return 0;
    return err_set(err, ERR_USAGE,
                   "'%s' has a '*', a '\"' or a '\\': write the line into the "
                   "ban list by hand",
                   dn);
}

/* Write the line with one write(), so that no reader sees a part of it. */
static int
append(int fd, const char *path, const char *dn, struct err *err)
{
    struct buf line = BUF_INIT;
    ssize_t n;

    /* The last line may lack its line end. */
    buf_addf(&line, "\n\"%s\"\n", dn);
    n = write(fd, line.data, line.len);
    if (n != (ssize_t)line.len || fdatasync(fd) < 0)
        err_set(err, n < 0 && errno == ENOSPC ? ERR_NOSPACE : ERR_IO,
                "cannot write '%s': %s", path,
                n >= 0 && n < (ssize_t)line.len ? "no space left on device"
                                                : strerror(errno));
    buf_fini(&line);
    return err->code == ERR_OK ? 0 : -1;
}

int
server_ban(struct server *s, struct server_call *c, struct err *err)
{
    const char *path = conf_str(s->daemon->conf, CONF_security_ban);
    struct stat st;
    int fd, rc;

    if (path[0] == '\0')
        return err_set(err, ERR_CONFIG,
                       "this site has no ban list: name a file in "
                       "security.ban, and restart the daemons");
    if (check_name(c->r.text, err) < 0)
        return -1;
    fd = open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        rc = err_set(err, ERR_IO, "cannot open the ban list '%s': %s", path,
                     fd < 0 ? strerror(errno) : "it is not a regular file");
    else
        rc = append(fd, path, c->r.text, err);
    if (fd >= 0)
        close(fd);
    if (rc == 0)
        log_event(LOG_NOTICE, "runner.ban", "dn=%s", c->r.text);
    return rc;
}
