/* gatekeeper/supervisor/identity.c - see identity.h. */
#include "gatekeeper/supervisor/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"

int
identity_self(struct identity *id, struct err *err)
{
    struct utsname name;

    *id = (struct identity){ .pid = getpid() };
    id->start_time = sys_start_time(id->pid);
    if (id->start_time == 0 || sys_boot_id(id->boot_id) < 0)
        return err_set(err, ERR_IO,
                       "cannot read this process's identity from "
                       "/proc");
    if (uname(&name) < 0)
        return err_set(err, ERR_IO, "uname: %s", strerror(errno));
    snprintf(id->host, sizeof(id->host), "%s", name.nodename);
    return 0;
}

bool
identity_waits(const struct identity *id)
{
    struct buf name = BUF_INIT;
    char path[32];
    bool waits;

    snprintf(path, sizeof(path), "/proc/%d/comm", (int)id->pid);
    waits = fs_read(AT_FDCWD, path, 64, &name, NULL) == 0 &&
            strcmp(buf_str(&name), IDENTITY_WAITS "\n") == 0;
    buf_fini(&name);
    return waits;
}

void
identity_text(const struct identity *id, char text[IDENTITY_TEXT])
{
    int n = snprintf(text, IDENTITY_TEXT, "%d %llu %s %s", (int)id->pid,
                     id->start_time, id->boot_id, id->host);

    if (id->run > 0)
        n += snprintf(text + n, IDENTITY_TEXT - (size_t)n, " %u", id->run);
    snprintf(text + n, IDENTITY_TEXT - (size_t)n, "\n");
}

int
identity_write(int unitfd, const char *name, const struct identity *id,
               struct err *err)
{
    char text[IDENTITY_TEXT], temp[64];
    int fd, rc;

    identity_text(id, text);
    snprintf(temp, sizeof(temp), "%s.new", name);
    fd = openat(unitfd, temp,
                O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    rc = fd < 0 ? -1 : fs_write_all(fd, text, strlen(text));
    if (rc == 0)
        rc = renameat(unitfd, temp, unitfd, name);
    if (rc < 0)
        err_set(err, errno == ENOSPC || errno == EDQUOT ? ERR_NOSPACE : ERR_IO,
                "cannot write '%s' in the session: %s", name, strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}

int
identity_parse(const char *text, struct identity *id)
{
    int pid = 0, n;

    *id = (struct identity){ .pid = 0 };
    n = sscanf(text, "%d %llu %36s %64s %u", &pid, &id->start_time, id->boot_id,
               id->host, &id->run);
    if (n >= 4 && pid > 1 && uuid_ok(id->boot_id)) {
        id->pid = pid;
        return 0;
    }
    *id = (struct identity){ .pid = 0 };
    return -1;
}

int
identity_read(int unitfd, const char *name, struct identity *id,
              struct err *err)
{
    struct buf text = BUF_INIT;
    int rc = fs_read(unitfd, name, 512, &text, err);

    *id = (struct identity){ .pid = 0 };
    if (rc == 0 && identity_parse(buf_str(&text), id) < 0)
        rc = err_set(err, ERR_SYNTAX, "'%s' does not identify a process", name);
    buf_fini(&text);
    return rc;
}

enum identity_state
identity_check(const struct identity *id)
{
    struct identity self;
    unsigned long long start;

    if (identity_self(&self, NULL) < 0)
        return IDENTITY_ELSEWHERE;
    if (strcmp(self.host, id->host) != 0)
        return IDENTITY_ELSEWHERE;
    if (strcmp(self.boot_id, id->boot_id) != 0)
        return IDENTITY_REBOOTED;
    start = sys_start_time(id->pid);
    return start == id->start_time ? IDENTITY_ALIVE : IDENTITY_GONE;
}
