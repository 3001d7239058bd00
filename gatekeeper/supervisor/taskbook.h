/* gatekeeper/supervisor/taskbook.h - the book of an array's tasks: one file in
 * the unit's directory that is only ever appended to.  It holds what a single
 * run keeps in files of its own (marker, stop, exit record), so that one sync
 * is enough for many tasks, and one reading tells of all.
 *
 * An entry is a header and a text, padded to whole cells, with a checksum; one
 * that is not whole was not written.  Both ends are of one host: host byte
 * order.  Who appends holds the file's flock(2).
 *
 * The order on disk is what keeps a task from being started twice:
 *   ARMED    synced before the program is started;
 *   BEGUN    written, not synced, before the program is started.
 * A supervisor that was killed left both, so a task that is armed and not begun
 * was not started.  After a power failure only what was synced is there, so the
 * same task counts as started. */
#ifndef GATEKEEPER_SUPERVISOR_TASKBOOK_H
#define GATEKEEPER_SUPERVISOR_TASKBOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/identity.h"

#define TASKBOOK_NAME  "tasks" /* in the unit's directory */
#define TASKBOOK_NEWS  "news"  /* beside it: modified when there is news */
#define TASKBOOK_CELL  64
#define TASKBOOK_CELLS 10 /* of one entry at most */
/* What one task may still need until it is over, bytes. */
#define TASKBOOK_ROOM  ((TASKBOOK_CELLS + 4) * TASKBOOK_CELL)

enum taskbook_kind {
#define TASKBOOK(name, word) TASKBOOK_##name,
#include "gatekeeper/supervisor/taskbook.def"
#undef TASKBOOK
    TASKBOOK_KINDS
};

enum taskbook_order { /* a later one of the first three replaces an earlier */
    TASKBOOK_NO_ORDER,
    TASKBOOK_TERM, /* SIGTERM to the task's tree, after the grace SIGKILL */
    TASKBOOK_KILL, /* SIGKILL now */
    TASKBOOK_STOP,
    TASKBOOK_CONT,
    TASKBOOK_ORDERS
};

/* One entry; zeroed fields mean nothing. */
struct taskbook_entry {
    uint8_t kind; /* enum taskbook_kind */
    uint16_t attempt;
    uint32_t task;
    int64_t number;
    uint64_t more;
    const char *text; /* NULL: none; cut where an entry has no room for it */
};

enum taskbook_state {
    TASKBOOK_UNKNOWN, /* nothing is written of it */
    TASKBOOK_IS_GIVEN,
    TASKBOOK_IS_ARMED,
    TASKBOOK_IS_BEGUN,
    TASKBOOK_IS_ENDED
};

/* What the book says of the last attempt of one task. */
struct taskbook_task {
    uint8_t state; /* enum taskbook_state */
    bool stopped;
    uint8_t end; /* TASKBOOK_TERM or _KILL when it is to end */
    uint16_t attempt;
    uint16_t supervisor; /* which one armed or began it: place in the book's
                            list */
    uint32_t record;     /* IS_ENDED: the cell of its exit record */
    int64_t begun_ms;
};

struct taskbook {
    struct taskbook_task *task;
    uint32_t ntasks; /* as many as the highest number that was seen needs */
    struct identity *supervisor;
    size_t nsupervisors;
    uint32_t width;
    pid_t giver; /* who set the width; with its start time */
    unsigned long long giver_start;
    off_t read; /* bytes that were read, whole cells */
    dev_t dev;
    ino_t ino;
};

/* An entry E was read, and B is what follows from it. */
typedef void taskbook_fn(void *arg, const struct taskbook *b,
                         const struct taskbook_entry *e);

/* Free it, and make it that of an empty file. */
void taskbook_fini(struct taskbook *b);
/* Take in the N bytes P that follow what was read, telling FN (NULL: nobody)
 * of each entry.  Returns how many bytes were used: an entry that is not all
 * there is left.  Pure. */
size_t taskbook_take(struct taskbook *b, const char *p, size_t n,
                     taskbook_fn *fn, void *arg);
/* Read what was added to the file FD since the last time.  -1 with ERR. */
int taskbook_read(struct taskbook *b, int fd, taskbook_fn *fn, void *arg,
                  struct err *err);
/* What is written of attempt ATTEMPT of TASK; NULL: nothing. */
const struct taskbook_task *taskbook_find(const struct taskbook *b,
                                          uint32_t task, uint16_t attempt);
/* Whether T may have been started before, or may yet be, by a supervisor that
 * does not live any more.  BOOT is this boot's id. */
bool taskbook_started(const struct taskbook *b, const struct taskbook_task *t,
                      const char *boot);
/* The exit record of T, which is IS_ENDED, out of the file FD.  -1 with ERR:
 * SYNTAX, IO. */
int taskbook_record(const struct taskbook_task *t, int fd, struct exitrec *rec,
                    struct err *err);

/* Append E to OUT as it stands in the file. */
void taskbook_add(struct buf *out, const struct taskbook_entry *e);
/* Append ENTRIES to the file FD, all or nothing, whose lock the caller holds.
 * -1 with ERR: NOSPACE, IO. */
int taskbook_append(int fd, const struct buf *entries, struct err *err);
/* Take room on the disk for TASKS more tasks, so that none of their records
 * fails for a full disk.  -1 with ERR: NOSPACE, IO. */
int taskbook_reserve(int fd, size_t tasks, struct err *err);

#endif
