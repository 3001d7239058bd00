/* gatekeeper/supervisor/taskbook.h - the task book of an array: one append-only
 * file in the unit's directory.  It holds what a single run keeps in separate
 * files (start marker, stop, exit record), so one sync serves many tasks, and
 * one read returns the state of all.
 *
 * An entry is a header and a text, padded to whole cells, with a checksum; an
 * incomplete entry is ignored.  Reader and writer are on one host: host byte
 * order.  A writer holds the file's flock(2).
 *
 * The order on disk prevents starting a task twice:
 *   ARMED    is synced before the program is started;
 *   BEGUN    is written, not synced, before the program is started.
 * A killed supervisor leaves both entries in the file, so a task that is armed
 * and not begun was not started.  After a power failure only synced entries
 * remain, so such a task then counts as started. */
#ifndef GATEKEEPER_SUPERVISOR_TASKBOOK_H
#define GATEKEEPER_SUPERVISOR_TASKBOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/identity.h"

#define TASKBOOK_NAME "tasks" /* in the unit's directory */
#define TASKBOOK_NEWS \
    "news" /* beside it: modified when there are new entries */
#define TASKBOOK_CELL  64
#define TASKBOOK_CELLS 10 /* the maximum of one entry */
/* Bytes that one task may still need until its end. */
#define TASKBOOK_ROOM  ((TASKBOOK_CELLS + 4) * TASKBOOK_CELL)

enum taskbook_kind {
#define TASKBOOK(name, word) TASKBOOK_##name,
#include "gatekeeper/supervisor/taskbook.def"
#undef TASKBOOK
    TASKBOOK_KINDS
};

enum taskbook_order { /* a later one of the first three replaces an earlier one
                       */
    TASKBOOK_NO_ORDER,
    TASKBOOK_TERM, /* SIGTERM to the task's processes, SIGKILL after the grace
                      period */
    TASKBOOK_KILL, /* SIGKILL now */
    TASKBOOK_STOP,
    TASKBOOK_CONT,
    TASKBOOK_ORDERS
};

/* One entry; zeroed fields are unused. */
struct taskbook_entry {
    uint8_t kind; /* enum taskbook_kind */
    uint16_t attempt;
    uint32_t task;
    int64_t number;
    uint64_t more;
    const char *text; /* NULL: none; truncated to fit the entry */
};

enum taskbook_state {
    TASKBOOK_UNKNOWN, /* no entry */
    TASKBOOK_IS_GIVEN,
    TASKBOOK_IS_ARMED,
    TASKBOOK_IS_BEGUN,
    TASKBOOK_IS_ENDED
};

/* The state of a task's last attempt in the book. */
struct taskbook_task {
    uint8_t state; /* enum taskbook_state */
    bool stopped;
    uint8_t end; /* TASKBOOK_TERM or _KILL once ordered */
    uint16_t attempt;
    uint16_t supervisor; /* index of the one that armed or began it */
    uint32_t record;     /* IS_ENDED: the cell of its exit record */
    int64_t begun_ms;
};

struct taskbook {
    struct taskbook_task *task;
    uint32_t ntasks; /* highest task number seen + 1 */
    struct identity *supervisor;
    size_t nsupervisors;
    uint32_t width;
    pid_t giver; /* set the width; with its start time */
    unsigned long long giver_start;
    off_t read; /* bytes read so far, whole cells */
    dev_t dev;
    ino_t ino;
};

/* Called after entry E was read and applied to B. */
typedef void taskbook_fn(void *arg, const struct taskbook *b,
                         const struct taskbook_entry *e);

/* Free B and reset it to the state of an empty file. */
void taskbook_fini(struct taskbook *b);
/* Apply the N bytes P, which follow the bytes read so far, and call FN (NULL:
 * none) for each entry.  Returns the number of bytes used; an incomplete entry
 * is not used.  Pure. */
size_t taskbook_take(struct taskbook *b, const char *p, size_t n,
                     taskbook_fn *fn, void *arg);
/* Read the entries added to the file FD since the last call.  -1 with ERR. */
int taskbook_read(struct taskbook *b, int fd, taskbook_fn *fn, void *arg,
                  struct err *err);
/* The state of attempt ATTEMPT of TASK; NULL: there is no entry for it. */
const struct taskbook_task *taskbook_find(const struct taskbook *b,
                                          uint32_t task, uint16_t attempt);
/* Whether a dead supervisor may have started T. BOOT is this boot's id. */
bool taskbook_started(const struct taskbook *b, const struct taskbook_task *t,
                      const char *boot);
/* Read the exit record of T, which is IS_ENDED, from the file FD.  -1 with ERR:
 * SYNTAX, IO. */
int taskbook_record(const struct taskbook_task *t, int fd, struct exitrec *rec,
                    struct err *err);

/* Append E in the file's format to OUT. */
void taskbook_add(struct buf *out, const struct taskbook_entry *e);
/* Append ENTRIES to the file FD, all or none.  The caller holds the file's
 * lock.  -1 with ERR: NOSPACE, IO. */
int taskbook_append(int fd, const struct buf *entries, struct err *err);
/* Reserve disk space for TASKS more tasks, so that a full disk cannot make
 * their records fail.  -1 with ERR: NOSPACE, IO. */
int taskbook_reserve(int fd, size_t tasks, struct err *err);

#endif
