/* gatekeeper/runner/runner_wire.h - what passes between gatekeeper and runner,
 * and between the runner and its helpers: one fixed shape each way, over
 * SOCK_SEQPACKET.  A field that a request does not use is all zeros.  Both ends
 * are of one build on one host: host byte order. */
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
#define RUNNER_TOOL_MAX (16u << 20) /* bytes that a tool may write */
/* In a session: inputs that are not complete. */
#define RUNNER_UPLOADS  ".gatehouse/upload"

enum runner_op {
#define REQUEST(name, handler, where, shape, fds, arg_max, account) \
    RUNNER_OP_##name,
#include "gatekeeper/runner/runner_ops.def"
#undef REQUEST
    RUNNER_OP_COUNT
};

/* Runs that one session knows, each a directory .gatehouse/NAME in it. */
enum runner_unit {
#define UNIT(name, dir) RUNNER_##name,
#include "gatekeeper/runner/runner_units.def"
#undef UNIT
    RUNNER_UNIT_COUNT
};

enum runner_signal {
    RUNNER_TERM, /* SIGTERM to the whole tree, after the grace SIGKILL */
    RUNNER_KILL, /* SIGKILL to the whole tree now */
    RUNNER_STOP,
    RUNNER_CONT,
    RUNNER_END, /* SIGKILL to the whole tree and to its supervisor, who writes
                   no record any more */
    RUNNER_SIGNAL_COUNT
};

/* How a run is started. */
enum runner_begin {
    RUNNER_BEGIN_GO = 1,    /* not held */
    RUNNER_BEGIN_AGAIN = 2, /* it was tried before: end what is left of that */
    RUNNER_BEGIN_FLAGS = 4
};

/* How a transfer is run. */
enum runner_stage {
    RUNNER_STAGE_AGAIN = 1, /* although it has ended, or was lost */
    RUNNER_STAGE_OWN = 2,   /* with the credential of its own, not the job's */
    RUNNER_STAGE_MISSING = 4, /* only what is not at its destination yet */
    RUNNER_STAGE_FLAGS = 8
};

/* How an input that was uploaded takes its name. */
enum runner_uploaded {
    RUNNER_UPLOADED_EXECUTABLE = 1,
    RUNNER_UPLOADED_MISSING = 2, /* not over a file that is there */
    RUNNER_UPLOADED_FLAGS = 4
};

enum runner_state {
    RUNNER_NONE,    /* never started, or ended while held */
    RUNNER_HELD,    /* its supervisor waits for the release */
    RUNNER_RUNNING, /* released; the start marker is there */
    RUNNER_ENDED,   /* the exit record is there */
    RUNNER_LOST,    /* started, no supervisor, no record: killed or rebooted */
};

/* What is known of one unit. */
struct runner_status {
    int32_t state;   /* enum runner_state */
    int32_t pid;     /* supervisor; 0 none */
    int32_t stopped; /* RUNNER_RUNNING, but told to stop */
    int32_t unused;
    uint64_t start_time; /* of pid, clock ticks since boot */
    char boot_id[SYS_BOOT_ID];
    /* All of it when RUNNER_ENDED, text when RUNNER_LOST, t_start_ms when
     * RUNNER_RUNNING, and text when it has ended except for its record. */
    struct exitrec exit;
};

struct runner_request {
    uint32_t magic, op;
    uint64_t seq;            /* comes back in the reply */
    uint32_t unit, arg;      /* enum runner_unit; small number of the request */
    uint32_t task, attempt;  /* of an array; attempt 0: the unit's only run */
    char job[UUID_TEXT];     /* the job's id, lower case */
    char word[SYS_NAME_MAX]; /* a requested account, a tool's name */
    char text[RUNNER_TEXT];  /* certificate name, path or tool arguments */
};

enum runner_reply_kind {
    RUNNER_REPLY,
    RUNNER_EVENT_ENDED, /* job, unit, task: look at its status; where text is
                           not empty it lists the tasks, "3 4 17" */
    RUNNER_EVENT_LOG,   /* descriptor: the log file, opened again */
    RUNNER_KIND_COUNT
};

/* One task of those that TASKS_START and TASKS_STATUS are about, as they lie
 * behind the request's descriptor: a list for one job. */
struct runner_item {
    uint32_t task, attempt; /* attempt 0: the only run of no array */
    uint32_t flags; /* START: RUNNER_BEGIN_AGAIN; STATUS: 1 it is known to have
                       been started */
};
#define RUNNER_ITEMS_MAX 1024
#define RUNNER_TASKS_MAX LAUNCH_TASKS_MAX
/* So many tasks of one array may run at once, less one. */
#define RUNNER_WIDTH_MAX 4097

/* What is known of each, behind the answer's descriptor. */
struct runner_answer {
    int32_t code; /* enum err_code; status.exit.text says it in words */
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

/* Whether the N bytes of R with NFDS descriptors are a request of the table:
 * size, magic, operation, every used field well formed and every other zero.
 * Pure.  -1 with ERR: PROTOCOL. */
int runner_wire_check(const struct runner_request *r, size_t n, size_t nfds,
                      struct err *err);
/* The same for a reply, as far as its shape goes. */
int runner_wire_check_reply(const struct runner_reply *r, size_t n,
                            struct err *err);
/* Whether A is an answer as far as its shape goes. */
bool runner_wire_answer_ok(const struct runner_answer *a);
/* Whether PATH may name a file beneath a session: relative, no empty, "." or
 * ".." part, no control character. */
bool runner_wire_path_ok(const char *path);
/* PATH as the requests want it, the caller's to free(): without empty and "."
 * parts and without a slash at its end, which mean nothing; ".." stays. */
char *runner_wire_path_plain(const char *path);
/* Whether PATH, plain, is the gatekeeper's own directory of a session, or lies
 * in it. */
bool runner_wire_path_private(const char *path);
/* The directory of UNIT beneath the session, ".gatehouse/job". */
const char *runner_wire_unit_dir(uint32_t unit);

/* Send SIZE bytes at MSG and the descriptors FDS as one packet.  0 or -1 with
 * errno. */
int runner_wire_send(int sock, const void *msg, size_t size, const int *fds,
                     size_t nfds, int flags);
/* Receive one packet of at most SIZE bytes; descriptors are close-on-exec and
 * the caller's; more than RUNNER_FDS_MAX or a packet that does not fit is
 * EBADMSG.  Returns its length, 0 at the end, -1 with errno. */
ssize_t runner_wire_recv(int sock, void *msg, size_t size,
                         int fds[RUNNER_FDS_MAX], size_t *nfds, int flags);

#endif
