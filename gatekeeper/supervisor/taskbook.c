/* gatekeeper/supervisor/taskbook.c - see taskbook.h. */
#include "gatekeeper/supervisor/taskbook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "gatekeeper/supervisor/launch.h"

#define MAGIC           0x6b6f6f42u
#define CHUNK           (64u << 10)
#define SUPERVISORS_MAX 4096
#define WIDTH_MAX       4096

/* The header of an entry in the file, before the text. */
struct header {
    uint32_t magic, checksum; /* of all bytes after it, padding included */
    uint8_t kind, cells;
    uint16_t attempt;
    uint32_t task;
    int64_t number;
    uint64_t more;
};

_Static_assert(sizeof(struct header) < TASKBOOK_CELL, "a header has a cell");

#define BEHIND (2 * sizeof(uint32_t))

/* CRC-32 (ISO 3309), four bits at a time. */
static uint32_t
checksum(const char *p, size_t n)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
    };
    uint32_t crc = ~0u;

    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned char)p[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

void
taskbook_add(struct buf *out, const struct taskbook_entry *e)
{
    const size_t most = TASKBOOK_CELLS * TASKBOOK_CELL - sizeof(struct header);
    size_t len = e->text == NULL ? 0 : strnlen(e->text, most - 1) + 1, size;
    struct header h = { .magic = MAGIC,
                        .kind = e->kind,
                        .attempt = e->attempt,
                        .task = e->task,
                        .number = e->number,
                        .more = e->more };
    char *p;

    h.cells = (uint8_t)((sizeof(h) + len + TASKBOOK_CELL - 1) / TASKBOOK_CELL);
    size = (size_t)h.cells * TASKBOOK_CELL;
    p = buf_reserve(out, size);
    memset(p, 0, size);
    memcpy(p, &h, sizeof(h));
    if (len > 0)
        memcpy(p + sizeof(h), e->text, len - 1);
    h.checksum = checksum(p + BEHIND, size - BEHIND);
    memcpy(p, &h, sizeof(h));
    out->len += size;
}

/* Parse the entry in the N bytes at P. Returns its length; 0: it is incomplete;
 * -1: it is not an entry. */
static ssize_t
parse(const char *p, size_t n, struct taskbook_entry *e)
{
    struct header h;
    size_t size;

    if (n < TASKBOOK_CELL)
        return 0;
    memcpy(&h, p, sizeof(h));
    size = (size_t)h.cells * TASKBOOK_CELL;
    if (h.magic != MAGIC || h.cells == 0 || h.cells > TASKBOOK_CELLS ||
        h.kind >= TASKBOOK_KINDS)
        return -1;
    if (n < size)
        return 0;
    if (checksum(p + BEHIND, size - BEHIND) != h.checksum ||
        (size > sizeof(h) && p[size - 1] != '\0'))
        return -1;
    *e = (struct taskbook_entry){ .kind = h.kind,
                                  .attempt = h.attempt,
                                  .task = h.task,
                                  .number = h.number,
                                  .more = h.more,
                                  .text = p + sizeof(h) };
    return (ssize_t)size;
}

void
taskbook_fini(struct taskbook *b)
{
    free(b->task);
    free(b->supervisor);
    *b = (struct taskbook){ .task = NULL };
}

/* The task of E at E's attempt; NULL: the book has a later attempt. */
static struct taskbook_task *
task_of(struct taskbook *b, const struct taskbook_entry *e)
{
    struct taskbook_task *t;
    uint32_t room = b->ntasks;

    if (e->task >= LAUNCH_TASKS_MAX || e->attempt == 0)
        return NULL;
    if (e->task >= b->ntasks) {
        room = e->task + e->task / 2 + 64;
        b->task = xrealloc(b->task, room, sizeof(*b->task));
        memset(b->task + b->ntasks, 0, (room - b->ntasks) * sizeof(*b->task));
        b->ntasks = room;
    }
    t = &b->task[e->task];
    if (e->attempt < t->attempt)
        return NULL;
    if (e->attempt > t->attempt)
        *t = (struct taskbook_task){ .attempt = e->attempt };
    return t;
}

static void
add_supervisor(struct taskbook *b, const char *text)
{
    struct identity *id;

    if (b->nsupervisors == SUPERVISORS_MAX)
        b->nsupervisors--; /* only the last one's index matters */
    if (b->nsupervisors < SUPERVISORS_MAX - 1 &&
        (b->nsupervisors & (b->nsupervisors - 1)) == 0)
        b->supervisor = xrealloc(b->supervisor,
                                 b->nsupervisors == 0 ? 1 : b->nsupervisors * 2,
                                 sizeof(*b->supervisor));
    id = &b->supervisor[b->nsupervisors++];
    (void)identity_parse(text, id);
}

/* Move T forward to STATE, by the current supervisor. */
static bool
raise_to(const struct taskbook *b, struct taskbook_task *t,
         enum taskbook_state state)
{
    if (t->state == TASKBOOK_IS_ENDED || t->state > state)
        return false;
    t->state = (uint8_t)state;
    if (state > TASKBOOK_IS_GIVEN)
        t->supervisor =
            (uint16_t)(b->nsupervisors == 0 ? 0 : b->nsupervisors - 1);
    return true;
}

static void
apply_order(struct taskbook_task *t, int64_t order)
{
    if (order == TASKBOOK_TERM || order == TASKBOOK_KILL)
        t->end = t->end > order ? t->end : (uint8_t)order;
}

/* Apply E, which begins at cell CELL. */
static void
apply_task(struct taskbook *b, const struct taskbook_entry *e, off_t cell)
{
    struct taskbook_task *t = task_of(b, e);

    if (t == NULL)
        return;
    switch ((enum taskbook_kind)e->kind) {
    case TASKBOOK_GIVEN:
        (void)raise_to(b, t, TASKBOOK_IS_GIVEN);
        break;
    case TASKBOOK_ARMED:
        (void)raise_to(b, t, TASKBOOK_IS_ARMED);
        break;
    case TASKBOOK_BEGUN:
        if (raise_to(b, t, TASKBOOK_IS_BEGUN))
            t->begun_ms = e->number;
        break;
    case TASKBOOK_ENDED:
        if (raise_to(b, t, TASKBOOK_IS_ENDED))
            t->record = (uint32_t)cell;
        break;
    case TASKBOOK_STOPPED:
        t->stopped = e->number != 0;
        break;
    case TASKBOOK_ORDER:
        apply_order(t, e->number);
        break;
    case TASKBOOK_SUPERVISOR:
    case TASKBOOK_WIDTH:
    case TASKBOOK_KINDS:
    default:
        break;
    }
}

static void
apply(struct taskbook *b, const struct taskbook_entry *e, off_t cell)
{
    if (e->kind == TASKBOOK_SUPERVISOR) {
        add_supervisor(b, e->text);
    } else if (e->kind == TASKBOOK_WIDTH) {
        b->width = e->number < 0           ? 0
                   : e->number > WIDTH_MAX ? WIDTH_MAX
                                           : (uint32_t)e->number;
        b->giver = (pid_t)e->task;
        b->giver_start = e->more;
    } else {
        apply_task(b, e, cell);
    }
}

size_t
taskbook_take(struct taskbook *b, const char *p, size_t n, taskbook_fn *fn,
              void *arg)
{
    size_t used = 0;

    while (used < n) {
        struct taskbook_entry e;
        ssize_t size = parse(p + used, n - used, &e);

        if (size == 0)
            break;
        if (size > 0)
            apply(b, &e, (b->read + (off_t)used) / TASKBOOK_CELL);
        if (size > 0 && fn != NULL)
            fn(arg, b, &e);
        used += size > 0 ? (size_t)size : TASKBOOK_CELL;
    }
    b->read += (off_t)used;
    return used;
}

/* If the file is another one or became shorter, read from its beginning. */
static int
check_file(struct taskbook *b, int fd, struct err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_set(err, ERR_IO, "cannot look at the book of tasks: %s",
                       strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_AUTHZ,
                       "the book of tasks is not a regular file");
    if (st.st_dev != b->dev || st.st_ino != b->ino || st.st_size < b->read)
        taskbook_fini(b);
    b->dev = st.st_dev;
    b->ino = st.st_ino;
    return 0;
}

int
taskbook_read(struct taskbook *b, int fd, taskbook_fn *fn, void *arg,
              struct err *err)
{
    char *chunk;
    ssize_t n;
    int rc = check_file(b, fd, err);

    if (rc < 0)
        return -1;
    chunk = xcalloc(1, CHUNK);
    do {
        n = pread(fd, chunk, CHUNK, b->read);
        if (n < 0)
            rc = err_set(err, ERR_IO, "cannot read the book of tasks: %s",
                         strerror(errno));
    } while (n > 0 && taskbook_take(b, chunk, (size_t)n, fn, arg) > 0);
    free(chunk);
    return rc;
}

const struct taskbook_task *
taskbook_find(const struct taskbook *b, uint32_t task, uint16_t attempt)
{
    const struct taskbook_task *t = task < b->ntasks ? &b->task[task] : NULL;

    return t != NULL && t->attempt == attempt && t->state != TASKBOOK_UNKNOWN
               ? t
               : NULL;
}

bool
taskbook_started(const struct taskbook *b, const struct taskbook_task *t,
                 const char *boot)
{
    if (t->state >= TASKBOOK_IS_BEGUN)
        return true;
    return t->state == TASKBOOK_IS_ARMED &&
           (t->supervisor >= b->nsupervisors ||
            strcmp(b->supervisor[t->supervisor].boot_id, boot) != 0);
}

int
taskbook_record(const struct taskbook_task *t, int fd, struct exitrec *rec,
                struct err *err)
{
    char cells[TASKBOOK_CELLS * TASKBOOK_CELL];
    ssize_t n =
        pread(fd, cells, sizeof(cells), (off_t)t->record * TASKBOOK_CELL);
    struct taskbook_entry e;

    if (n < 0)
        return err_set(err, ERR_IO, "cannot read the book of tasks: %s",
                       strerror(errno));
    if (parse(cells, (size_t)n, &e) <= 0 || e.kind != TASKBOOK_ENDED)
        return err_set(err, ERR_SYNTAX,
                       "the exit record in the book of tasks was changed");
    return exitrec_parse(e.text, rec, err);
}

static int
fail(const char *what, struct err *err)
{
    return err_set(err, fs_errno_code(), "cannot %s the book of tasks: %s",
                   what, strerror(errno));
}

int
taskbook_append(int fd, const struct buf *entries, struct err *err)
{
    struct stat st;
    off_t torn;
    int saved;

    if (fstat(fd, &st) < 0)
        return fail("look at", err);
    torn = st.st_size % TASKBOOK_CELL;
    if (torn != 0 && ftruncate(fd, st.st_size - torn + TASKBOOK_CELL) < 0)
        return fail("repair", err);
    if (fs_write_all(fd, entries->data, entries->len) == 0)
        return 0;
    saved = errno;
    if (ftruncate(fd, torn != 0 ? st.st_size - torn + TASKBOOK_CELL
                                : st.st_size) < 0)
        return fail("repair", err);
    errno = saved;
    return fail("write", err);
}

int
taskbook_reserve(int fd, size_t tasks, struct err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return fail("look at", err);
    if (fallocate(fd, FALLOC_FL_KEEP_SIZE, st.st_size,
                  (off_t)(tasks * TASKBOOK_ROOM)) == 0 ||
        errno == EOPNOTSUPP)
        return 0;
    return fail("reserve space for", err);
}
