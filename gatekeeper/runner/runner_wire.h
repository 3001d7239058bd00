/* gatekeeper/runner/runner_wire.h - the packets between gatekeeper and runner
 * and between the runner and its helpers: one fixed structure in each direction
 * over SOCK_SEQPACKET.  Unused fields are all zeros.  Both ends are the same
 * build on the same host, so numbers are in host byte order. */
#ifndef GATEKEEPER_RUNNER_RUNNER_WIRE_H
#define GATEKEEPER_RUNNER_RUNNER_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/err.h"
#include "base/sys_proc.h"
#include "gatekeeper/supervisor/exitrec.h"
#include "gatekeeper/supervisor/launch.h"

#define RUNNER_MAGIC    0x47483031u /* GH01 */
#define RUNNER_TEXT     2048        /* names and paths, NUL included */
#define RUNNER_FDS_MAX  3
#define RUNNER_SPEC_MAX (4u << 20)  /* bytes behind a descriptor */
#define RUNNER_TOOL_MAX (16u << 20) /* output limit of a tool */
/* In a session: incomplete uploads. */
#define RUNNER_UPLOADS  ".gatehouse/upload"

enum runner_op {
#define REQUEST(name, handler, where, shape, fds, arg_max, account) \
    RUNNER_OP_##name,
#include "gatekeeper/runner/runner_ops.def"
#undef REQUEST
    RUNNER_OP_COUNT
};

/* The runs of a session; each has a directory .gatehouse/NAME in it. */
enum runner_unit {
#define UNIT(name, dir) RUNNER_##name,
#include "gatekeeper/runner/runner_units.def"
#undef UNIT
    RUNNER_UNIT_COUNT
};

enum runner_signal {
    RUNNER_TERM, /* SIGTERM to all processes, SIGKILL after the grace period */
    RUNNER_KILL, /* SIGKILL to all processes now */
    RUNNER_STOP,
    RUNNER_CONT,
    RUNNER_END, /* SIGKILL to all processes and to the supervisor, which then
                   writes no exit record */
    RUNNER_SIGNAL_COUNT
};

/* Flags for starting a run. */
enum runner_begin {
    RUNNER_BEGIN_GO = 1,    /* not held */
    RUNNER_BEGIN_AGAIN = 2, /* a retry: first kill what an earlier try left */
    RUNNER_BEGIN_FLAGS = 4
};

/* Flags for a transfer. */
enum runner_stage {
    RUNNER_STAGE_AGAIN = 1, /* even if it has ended or was lost */
    RUNNER_STAGE_OWN = 2,   /* with its own credential, not the job's */
    RUNNER_STAGE_MISSING =
        4, /* only files that are missing at the destination */
    RUNNER_STAGE_FLAGS = 8
};

/* Flags for completing an upload. */
enum runner_uploaded {
    RUNNER_UPLOADED_EXECUTABLE = 1,
    RUNNER_UPLOADED_MISSING = 2, /* fail if the file exists */
    RUNNER_UPLOADED_FLAGS = 4
};

enum runner_state {
    RUNNER_NONE,    /* never started, or ended while held */
    RUNNER_HELD,    /* its supervisor waits for the release */
    RUNNER_RUNNING, /* released; the start marker exists */
    RUNNER_ENDED,   /* the exit record exists */
    RUNNER_LOST,    /* started, but no supervisor and no record: killed, or host
                       rebooted */
};

/* The state of one run. */
struct runner_status {
    int32_t state;   /* enum runner_state */
    int32_t pid;     /* supervisor; 0 none */
    int32_t stopped; /* RUNNER_RUNNING, but suspended */
    int32_t unused;
    uint64_t start_time; /* of pid, clock ticks since boot */
    char boot_id[SYS_BOOT_ID];
    /* Complete for RUNNER_ENDED; text for RUNNER_LOST; t_start_ms for
     * RUNNER_RUNNING, and text if it has ended but its record is not yet
     * written. */
    struct exitrec exit;
};

struct runner_request {
    uint32_t magic, op;
    uint64_t seq;            /* returned in the reply */
    uint32_t unit, arg;      /* enum runner_unit; a small number for OP */
    uint32_t task, attempt;  /* of an array; attempt 0: the unit's only run */
    char job[UUID_TEXT];     /* the job's id, lower case */
    char word[SYS_NAME_MAX]; /* a requested account, a tool's name */
    char text[RUNNER_TEXT];  /* certificate name, path or tool arguments */
};

enum runner_reply_kind {
    RUNNER_REPLY,
    RUNNER_EVENT_ENDED, /* the run has ended, ask for its status; a text lists
                           several tasks, "3 4 17" */
    RUNNER_EVENT_LOG,   /* descriptor: the reopened log file */
    RUNNER_KIND_COUNT
};

/* One task of a TASKS_START or TASKS_STATUS request; the request's descriptor
 * holds a list of them, all of one job. */
struct runner_item {
    uint32_t task, attempt; /* attempt 0: the only run, not an array's */
    uint32_t flags; /* START: RUNNER_BEGIN_AGAIN; STATUS: 1 it is known to have
                       been started */
};
#define RUNNER_ITEMS_MAX 1024
#define RUNNER_TASKS_MAX LAUNCH_TASKS_MAX
/* One more than the number of tasks of an array that may run at once. */
#define RUNNER_WIDTH_MAX 4097

/* The answer about each item, behind the reply's descriptor. */
struct runner_answer {
    int32_t code; /* enum err_code; its text is in status.exit.text */
    uint32_t unused;
    struct runner_status status;
};

struct runner_reply {
    uint32_t magic, kind;
    uint64_t seq;
    int32_t code; /* enum err_code */
    uint32_t unit, task, attempt;
    uint32_t uid, gid;
    int64_t number; /* size, exit status */
    char job[UUID_TEXT];
    char word[SYS_NAME_MAX]; /* account */
    char text[RUNNER_TEXT];  /* error text, or the session's path */
    struct runner_status status;
};

/* Check that the N bytes of R with NFDS descriptors are a request of the table:
 * size, magic, operation, every used field well formed and every other zero.
 * Pure.  -1 with ERR: PROTOCOL. */
int runner_wire_check(const struct runner_request *r, size_t n, size_t nfds,
                      struct err *err);
/* The same check for a reply, without the meaning of its fields. */
int runner_wire_check_reply(const struct runner_reply *r, size_t n,
                            struct err *err);
/* Whether A is well formed. */
bool runner_wire_answer_ok(const struct runner_answer *a);
/* Whether PATH may name a file below a session: relative, no empty, "." or ".."
 * component, no control character. */
bool runner_wire_path_ok(const char *path);
/* PATH in the form that requests need: without empty and "." components and
 * without a trailing slash; ".." stays.  The caller frees it. */
char *runner_wire_path_plain(const char *path);
/* Whether PATH (plain) is the gatekeeper's private directory of a session, or
 * lies below it. */
bool runner_wire_path_private(const char *path);
/* The directory of UNIT below the session, ".gatehouse/job". */
const char *runner_wire_unit_dir(uint32_t unit);

/* Send SIZE bytes at MSG and the descriptors FDS as one packet.  0 or -1 with
 * errno. */
int runner_wire_send(int sock, const void *msg, size_t size, const int *fds,
                     size_t nfds, int flags);
/* Receive one packet of at most SIZE bytes.  The descriptors are close-on-exec
 * and the caller closes them.  EBADMSG: more than RUNNER_FDS_MAX descriptors,
 * or the packet is too long. Returns its length, 0 at the end, -1 with
 * errno. */
ssize_t runner_wire_recv(int sock, void *msg, size_t size,
                         int fds[RUNNER_FDS_MAX], size_t *nfds, int flags);

#endif
