/* clients/gridcp/gridcp_entries.c - see gridcp_entries.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/gridcp/gridcp_entries.h"

/* Most bytes kept in memory; also the read size. */
#define SPILL (256 * 1024)
#define CHUNK (64 * 1024)

/* Header of each record; then the name with its NUL. */
struct head {
    int64_t size, mtime;
    size_t len; /* of the name with its NUL */
    bool dir, dangling;
};

/* Open an unnamed file that disappears when closed. */
static int
open_unnamed(void)
{
    const char *dir = getenv("TMPDIR");
    char *name;
    int fd;

    if (dir == NULL || *dir == '\0')
        dir = "/tmp";
    fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    name = xasprintf("%s/gridcp.XXXXXX", dir);
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0)
        unlink(name);
    free(name);
    return fd;
}

/* Move the records from memory to the file; on failure they stay in memory. */
static void
spill(struct gridcp_entries *l)
{
    size_t done = 0;
    ssize_t n;

    if (!l->open) {
        l->fd = open_unnamed();
        l->open = l->fd >= 0;
    }
    while (l->open && done < l->tail.len) {
        n = pwrite(l->fd, l->tail.data + done, l->tail.len - done,
                   l->written + (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (done < l->tail.len) {
        l->none = true;
        return;
    }
    l->written += (int64_t)done;
    buf_clear(&l->tail);
}

void
gridcp_entries_add(struct gridcp_entries *l, const struct gridcp_name *name)
{
    struct head h = { 0 };

    h.size = name->size;
    h.mtime = name->mtime;
    h.len = strlen(name->name) + 1;
    h.dir = name->dir;
    h.dangling = name->dangling;
    buf_add(&l->tail, &h, sizeof(h));
    buf_add(&l->tail, name->name, h.len);
    l->n++;
    if (l->tail.len > SPILL && !l->none)
        spill(l);
}

/* Take the record at *AT of B; false when there is no complete one. */
static bool
take(const struct buf *b, size_t *at, struct gridcp_name *name)
{
    size_t left = b->len - *at;
    struct head h;

    if (left < sizeof(h))
        return false;
    memcpy(&h, b->data + *at, sizeof(h));
    if (left - sizeof(h) < h.len)
        return false;
    *name = (struct gridcp_name){ .name = b->data + *at + sizeof(h),
                                  .dir = h.dir,
                                  .dangling = h.dangling,
                                  .size = h.size,
                                  .mtime = (time_t)h.mtime };
    *at += sizeof(h) + h.len;
    return true;
}

int
gridcp_entries_next(struct gridcp_entries *l, struct gridcp_name *name,
                    struct err *err)
{
    ssize_t n;

    while (!take(&l->chunk, &l->at[0], name)) {
        if (l->read == l->written)
            return take(&l->tail, &l->at[1], name);
        buf_drop(&l->chunk, l->at[0]);
        l->at[0] = 0;
        n = l->written - l->read < CHUNK ? (ssize_t)(l->written - l->read)
                                         : CHUNK;
        n = pread(l->fd, buf_reserve(&l->chunk, (size_t)n), (size_t)n, l->read);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_set(err, ERR_IO, "cannot read the stored listing: %s",
                           n < 0 ? strerror(errno) : "the file is truncated");
        l->chunk.len += (size_t)n;
        l->read += n;
    }
    return 1;
}

void
gridcp_entries_fini(struct gridcp_entries *l)
{
    buf_fini(&l->tail);
    buf_fini(&l->chunk);
    if (l->open)
        close(l->fd);
    *l = (struct gridcp_entries){ 0 };
}
