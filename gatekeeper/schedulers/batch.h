/* gatekeeper/schedulers/batch.h - the common part of the adapters for batch
 * systems: struct scheduler by way of the commands of a system, which struct
 * batch_system describes; only for gatekeeper/schedulers/.
 *
 * The system knows a job by its submit name, which is unique forever.  Ids may
 * be reused, so every action applies to the jobs that the system shows under
 * the name and its user.  The adapter keeps no state except since when a record
 * is missing, so restarts and second copies do no harm. */
#ifndef GATEKEEPER_SCHEDULERS_BATCH_H
#define GATEKEEPER_SCHEDULERS_BATCH_H

#include "base/lock.h"
#include "gatekeeper/runner/runner_client.h"
#include "gatekeeper/schedulers/batch_answer.h"
#include "gatekeeper/schedulers/batch_line.h"
#include "gatekeeper/schedulers/scheduler.h"
#include "gatekeeper/supervisor/batchname.h"

#define BATCH_BUCKETS      1024
#define BATCH_TEXT         144 /* a word made for a command, NUL included */
#define BATCH_WORDS_MAX    16
/* So many ids have room in a request (RUNNER_TEXT). */
#define BATCH_IDS_MAX      80
/* The supervisor ends a job at its limit; the system is told so many seconds
 * more, for when that one did not. */
#define BATCH_LIMIT_ROOM_S 60
/* The batch script is the same for every job; what the job is, its launch file
 * says, which no shell reads.  The environment says which task it is. */
#define BATCH_TASK_SCRIPT \
    "#!/bin/sh\nexec .gatehouse/gatekeeper-job -batch .gatehouse/job\n"

/* The arguments for the row of runner_tools.def that submits a job. */
struct batch_words {
    const char *tool;
    const char *word[BATCH_WORDS_MAX]; /* "-": omitted */
    char text[BATCH_WORDS_MAX][BATCH_TEXT];
    size_t n;
};

/* A row of runner_tools.def that changes jobs; their ids come after FIRST. */
struct batch_act {
    const char *tool; /* NULL: the system has no such command */
    const char *first;
    bool joined; /* the ids are one word, commas between */
};

/* Tasks of one job that are submitted as one array of the system. */
struct batch_array {
    const struct sched_job *task; /* by task number */
    size_t n;
    uint32_t base; /* element INDEX is the task BASE + INDEX - array_first */
    char name[BATCHNAME_MAX]; /* batchname_array() */
    struct buf elements;      /* their indexes: "0-99,103" */
    unsigned limit;           /* how many run at once; 0 no limit */
    const char *after;        /* start after this array has ended; "" at once */
};

struct batch;

/* The parts that differ between systems. */
struct batch_system {
    const char *name;     /* as in gatekeeper.schedulers */
    enum batch_kind kind; /* whose words its commands use */
    const char *title;    /* "Slurm" */
    const char *submits;  /* the submitting program, "sbatch" */
    enum conf_key path;   /* the directory of its commands */
    const char *programs; /* the required ones, separated by blanks */
    const char *script;   /* given on standard input */
    /* It forgets a shown job only after its end or deletion. */
    bool keeps;
    /* A job that runs is ended at the limit that it began with, whatever its
     * program says that it has changed. */
    bool fixes_limits;
    int nothing; /* exit status of a list command without jobs; 0: none */
    /* Names of log events: the system does not answer; it answers again; a
     * doubtful submission was found; a job is shown to its user but not to the
     * operator; sessions are on a local disk. */
    struct {
        const char *down, *up, *odd, *operator, * sessions;
    } event;
    struct batch_act release, cancel, kill, stop, go, limit;

    /* Make the words for JOB's requirements; borrowed from JOB or in W. */
    void (*words)(const struct batch *b, const struct sched_job *job,
                  struct batch_words *w);
    /* What JOB's limits are, as LIMIT's first word. */
    void (*limits)(const struct batch *b, const struct job *job,
                   char text[BATCH_TEXT]);
    /* Make of the words for its first task those for all of A, whose elements
     * may be changed; NULL: each task goes as a job of its own. */
    void (*array)(struct batch_array *a, struct batch_words *w);
    /* Make of the words for a job or an array those for one that begins when
     * the job or array ID is over; ID is borrowed. */
    void (*after)(const char *id, struct batch_words *w);
    /* The number of an array's first element, and what stands between an
     * array's id and an element's number: "17_3". */
    unsigned array_first;
    char array_mark;
    bool array_range; /* the elements of an array are one range of numbers */
    /* An array has fewer than *MAX elements, from its base on; 0: there are no
     * arrays here. */
    int (*array_max)(struct batch *b, long long *max, struct err *err);
    /* Add to SPEC how several processes are started; returns how many copies
     * the supervisor starts itself. */
    long (*launcher)(const struct batch *b, const struct job *job,
                     struct buf *spec);
    /* List the jobs of JOB's user with the name NAME (NULL: all), asked as that
     * user.  The caller frees LINES, also after an error. */
    int (*own)(struct batch *b, const struct sched_job *job, const char *name,
               struct batch_lines *lines, struct err *err);
    /* List the jobs of the users of N jobs, asked as the operator. */
    int (*all)(struct batch *b, const struct sched_job *jobs, size_t n,
               struct batch_lines *lines, struct err *err);
    /* What its accounting says of the end of JOB, "TIMEOUT: wall time limit
     * exceeded", into TEXT of SIZE bytes.  false: nothing.  NULL: it keeps none
     * that users may read. */
    bool (*history)(struct batch *b, const struct sched_job *job, char *text,
                    size_t size);
    /* When the present instance of the system started, in ms since 1970 UTC: it
     * may have lost jobs accepted before, but none accepted later.  NULL:
     * unknown.  -1 with ERR. */
    int (*began)(struct batch *b, long long *ms, struct err *err);
    /* Queues with limits and processors, and the version. */
    int (*site)(struct batch *b, struct sched_info *info, struct err *err);
    /* Check JOB for features that this system lacks; NULL: none are lacking. */
    int (*check)(const struct batch *b, const struct job *job, struct err *err);
    /* For -t: the system answers and has what is configured.  -1 with ERR. */
    int (*answers)(struct batch *b, struct err *err);
};

/* A job that has ended at the system, or is unknown to it, and has no exit
 * record yet. */
struct batch_suspect {
    char name[64];      /* its submit name */
    long long since_ms; /* monotonic clock */
    struct batch_suspect *next;
};

struct batch {
    const struct batch_system *sys;
    struct sched_host host;
    struct lock lock; /* guards all fields below */
    struct batch_suspect *suspect[BATCH_BUCKETS];
    /* If the system does not answer: since when (time of day, ms), and when it
     * is asked again (monotonic, ms). */
    long long down_ms, ask_ms;
    char down_why[160];
    struct sched_info info; /* as of info_ms */
    long long info_ms;      /* 0 never */
    bool asking;            /* a thread is filling info */
    long long array_max;    /* result of array_max(); -1 not asked yet */
};

/* struct scheduler's open() and close(). */
int batch_open(const struct scheduler *table, const struct sched_host *host,
               void **self, struct err *err);
/* struct scheduler's close(). */
void batch_close(void *self);

/* ---- batch_ask.c: commands, and whether the system answers ---- */

/* Run TOOL for JOB as its user. 0: success. 1: the system refused, OUT->diag
 * says why.  -1 with ERR: UNREACHABLE, the system does not answer, and whether
 * the command had an effect is unknown; LIMIT, USAGE as runner_tool().  The
 * caller frees OUT. */
int batch_ask_tool(struct batch *b, const char *job, const char *tool,
                   const char *const *args, size_t n, const struct buf *input,
                   struct runner_output *out, struct err *err);
/* The same as the operator, without a job. */
int batch_ask_query(struct batch *b, const char *tool, const char *const *args,
                    size_t n, struct runner_output *out, struct err *err);
/* The same as the operator; a refusal is an error: UNREACHABLE. */
int batch_ask_site(struct batch *b, const char *tool, const char *const *args,
                   size_t n, struct runner_output *out, struct err *err);
/* Put the accounts of N jobs, separated by commas, into USERS; "-" (all
 * accounts) if there are too many for one request. */
void batch_ask_users(const struct sched_job *jobs, size_t n, struct buf *users);
/* struct scheduler's answers(). */
int batch_ask_answers(void *self, struct err *err);
/* Put the error of a failed command as one line into TEXT of SIZE bytes. */
void batch_ask_error(const struct batch *b, const struct runner_output *out,
                     char *text, size_t size);
/* ERR: UNREACHABLE, since PROGRAM, which lists jobs, refused with OUT; -1. */
int batch_ask_refused(const struct batch *b, const char *program,
                      const struct runner_output *out, struct err *err);

/* ---- batch_words.c: what a job asks for, as words of a command ---- */

/* N, which a job's record has as 0 or less when it was not given, as one. */
long batch_words_number(long n);
/* TEXT, "-" when it is NULL or "". */
const char *batch_words_text(const char *text);
/* struct batch_system's launcher() where MPI's own program knows the hosts of
 * the job: MPIRUN -np COUNT.  The supervisor starts the copies of another. */
long batch_words_mpirun(const char *mpirun, const struct job *job,
                        struct buf *spec);

/* ---- the members of struct scheduler ---- */

/* batch_submit.c; the tasks of an array are ordered by number */
int batch_submit(void *self, const struct sched_job *tasks, size_t n,
                 char (*sched_id)[SCHED_ID_MAX], struct err *errs,
                 struct err *err);
/* batch_handover.c: put the launch file of JOB and all its tasks, and the
 * supervisor, into the job's session. */
int batch_handover_prepare(struct batch *b, const struct sched_job *job,
                           struct err *err);
/* The submitting program returned no id: set WHY, final or in doubt. */
void batch_handover_failure(const struct batch *b,
                            const struct runner_output *out, struct err *why);
/* batch_array.c: array_max(), cached */
int batch_array_max(struct batch *b, long long *max, struct err *err);
/* submit() for N tasks of an array; indexes here must be below MAX. */
int batch_array_submit(struct batch *b, const struct sched_job *tasks, size_t n,
                       long long max, char (*sched_id)[SCHED_ID_MAX],
                       struct err *errs, struct err *err);
/* batch_act.c */
int batch_find(void *self, const struct sched_job *jobs, size_t n,
               struct sched_found **found, size_t *nfound, struct err *err);
/* struct scheduler's release(). */
int batch_release(void *self, const struct sched_job *jobs, size_t n,
                  struct err *errs, struct err *err);
/* struct scheduler's cancel(). */
int batch_cancel(void *self, const struct sched_job *jobs, size_t n,
                 struct err *err);
/* struct scheduler's suspend(). */
int batch_suspend(void *self, const struct sched_job *job, bool stop,
                  struct err *err);
/* As above; for a system that has LIMIT. */
int batch_set_limits(void *self, const struct sched_job *tasks, size_t n,
                     const struct job *record, long long before,
                     struct err *err);
/* batch_poll.c */
int batch_poll(void *self, const struct sched_job *jobs, size_t n,
               struct sched_status *status, struct err *err);
/* struct scheduler's forget(). */
void batch_poll_forget(void *self, const struct sched_job *job);
/* Free all suspects. */
void batch_poll_fini(struct batch *b);
/* Fill OUT from LINE, a job that has not ended. */
void batch_poll_line(const struct batch *b, const struct batch_line *line,
                     struct sched_status *out);
/* batch_site.c */
int batch_site_check(void *self, const struct job *job, struct err *err);
/* struct scheduler's describe(). */
int batch_site_describe(void *self, struct sched_info *info, struct err *err);
/* verify(): the programs are there, and the system's answers(). */
int batch_site_verify(const struct scheduler *table,
                      const struct sched_host *host, struct err *err);
/* For answers(): log when gatekeeper.sessions is on a file system of this host
 * and one of the nodes NAMES, one a line, is another host. */
void batch_site_sessions(const struct batch *b, const char *names);
/* For answers(): there are queues. */
int batch_site_queues(struct batch *b, struct err *err);

/* The members that every adapter of a struct batch_system has. */
#define BATCH_SCHEDULER(system)                                              \
    .batch = &(system), .poll_ms = 1000, .open = batch_open,                 \
    .close = batch_close, .check = batch_site_check, .submit = batch_submit, \
    .find = batch_find, .release = batch_release, .poll = batch_poll,        \
    .cancel = batch_cancel, .forget = batch_poll_forget,                     \
    .describe = batch_site_describe, .answers = batch_ask_answers,           \
    .verify = batch_site_verify

#endif
