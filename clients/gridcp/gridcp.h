/* clients/gridcp/gridcp.h - shared by the files of gridcp: ends, tasks, the
 * run.  One thread (gridcp_expand.c) turns the user's arguments into tasks, one
 * file each, in a bounded queue; workers (gridcp_worker.c) take tasks of one
 * kind, each with its own sessions; the main thread reports. */
#ifndef CLIENTS_GRIDCP_H
#define CLIENTS_GRIDCP_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"
#include "base/lock.h"
#include "clients/client_env.h"
#include "clients/gridcp/gridcp_opt.h"
#include "clients/gridcp/gridcp_retry.h"
#include "clients/gridcp/gridcp_stack.h"
#include "gridftp/client/ftpclient.h"

enum gridcp_scheme {
    GRIDCP_FILE,
    GRIDCP_STREAM, /* standard input or output */
    GRIDCP_GSIFTP,
    GRIDCP_FTP,
    GRIDCP_HTTP /* and https */
};

/* A server, or this host; one struct each. */
struct gridcp_site {
    struct gridcp_site *next;
    enum gridcp_scheme scheme;
    char *prefix; /* "gsiftp://h:2811": prefix of its URLs */
    char *host;
    unsigned port;
    char *user, *password;
    _Atomic bool no_extended;     /* it cannot connect to us: use MODE S */
    bool reached;                 /* a session was opened */
    _Atomic long long silence_ms; /* when its silence was last reported */
};

/* One end of a copy. */
struct gridcp_end {
    struct gridcp_site *site;
    char *path; /* decoded, in the form that the site needs */
    char *url;  /* for messages: no password; a bare path stays one */
};

/* Identity of a file, independent of its content; ino 0: unknown. */
struct gridcp_mark {
    uint64_t dev, ino;
    int64_t sec, nsec; /* creation time; 0 if the file system has none */
};

/* A local destination while it is written (gridcp_file.h). */
struct gridcp_file {
    int fd;
    char *final, *part; /* part NULL: written in place */
    unsigned mode;
    bool device; /* not a regular file: written in order, never renamed */
    /* State of the part after the last try; size -1: none. */
    struct {
        uint64_t dev, ino;
        int64_t size;
        struct timespec time;
    } left;
    struct gridcp_mark mark; /* of the part */
    bool changed; /* changed by others since then: its data is invalid */
};

struct gridcp_worker;

/* One file to copy. */
struct gridcp_task {
    struct gridcp_task *next;
    struct gridcp_end src, dst;
    bool whole;
    int64_t offset, length; /* of a part */
    int64_t size;           /* -1 unknown */
    time_t mtime;           /* -1 unknown */
    uint64_t entry;         /* number of its pair */
    uint64_t key;           /* distinguishes the files of one pair */
    bool child;             /* found below a directory, .. */
    bool dangling;          /* .. where it is a dangling link */
    struct gridcp_retry retry;
    long long due_ms; /* do not start earlier */
    bool listed;      /* "begin" was reported */
    int64_t there;    /* bytes at the destination; used by the report */
    int skips;        /* sessions that ended before it began */
    bool dst_known;   /* -sync: facts about the destination are known: */
    bool dst_there;
    int64_t dst_size;
    time_t dst_mtime;
    bool checked;      /* -sync: it must be copied */
    bool make_parents; /* create the destination's directory */
    bool look_into;    /* the destination may be a directory; .. */
    bool looked;       /* .. that was checked */
    bool begun;        /* bytes were sent to the server, in some try, .. */
    bool ordered;      /* .. in order, .. */
    bool noted;        /* .. and in this run */
    bool spent;        /* a one-time source or destination was used: no retry */

    /* Used while it runs. */
    struct gridcp_task *running_next, *running_prev;
    struct gridcp *g;
    struct gridcp_worker *worker; /* put, third-party: its worker */
    struct ftpclient_xfer x;
    struct gridcp_file file;
    struct ranges have;
    int64_t told;        /* bytes of this try already counted */
    long long saved_ms;  /* state: when its ranges were last written */
    int64_t saved_bytes; /* .. and their size then */
};

struct gridcp_state;
struct gridcp_report;
struct gridcp_queue;

/* A file as it was when last checked. */
struct gridcp_seen {
    uint64_t inode;
    struct timespec time;
};

/* A session kept for a worker (gridcp_spare.h). */
struct gridcp_spare {
    struct ftpclient *given; /* handed over after reading directories; NULL */
    struct gridcp_site *given_site;

    /* A session opened before it is needed. */
    struct gridcp *g;
    struct gridcp_site *site;
    bool source;
    bool ordered, waits; /* ordered only once; not taken yet */
    _Atomic bool over;   /* it is open, or has failed */
    pthread_t thread;
};

/* One run of the program. */
struct gridcp {
    struct gridcp_opt o;
    struct client_env env; /* credential and trust; loaded when needed */
    bool env_ready;
    long long begin_ms; /* start of the run */
    struct cred *src_cred, *dst_cred, *data_cred;
    struct gridcp_seen seen[3];   /* state of their files */
    struct gridcp_stack stack[2]; /* options for source and destination */
    bool strange;                 /* the bytes may differ from the file's */
    struct gridcp_alias *alias;   /* NULL without -af */
    struct gridcp_state *state;   /* NULL without -state */
    struct gridcp_report *report;
    struct gridcp_queue *queue;
    struct lock lock; /* guards sites, err, dump, workers */
    /* Read lock: while parts of files are created or change owner.  Write lock:
     * to remove them all. */
    pthread_rwlock_t parts;
    int workers;           /* running threads */
    const char *from_list; /* -f, or an existing -df; NULL: the operands */
    struct buf dump;       /* lines for -df and -do, .. */
    char *dump_temp;       /* .. appended to this file when there are many */
    int dump_fd, dump_errno;
    mode_t dump_mode;    /* mode of that file */
    bool list_broken;    /* err is about the list itself */
    _Atomic bool cancel; /* abort running transfers */
    bool left;           /* threads still logging in use this until exit */
    struct gridcp_site *sites;
    struct gridcp_spare spare[2]; /* source, destination */
    /* What the queue will get once a directory is made; locked. */
    struct {
        size_t files;
        struct gridcp_site *site[2]; /* source, destination; NULL: local */
    } soon;
    int turn_ms;    /* longest round trip that each file costs; locked */
    struct err err; /* of the first file that failed permanently */
};

/* gridcp_place.c ---- */

/* Parse URL into site and path. -1 with ERR: SYNTAX, UNSUPPORTED. */
int gridcp_place(struct gridcp *g, const char *url, struct gridcp_end *end,
                 struct err *err);
/* The end NAME below directory DIR; NAME is not encoded. */
void gridcp_place_child(const struct gridcp_end *dir, const char *name,
                        bool is_dir, struct gridcp_end *end);
/* END's URL with user and password, to connect to it; the caller must free()
 * it. */
char *gridcp_place_full(const struct gridcp_end *end);
/* Copy an end. */
void gridcp_place_copy(const struct gridcp_end *from, struct gridcp_end *to);
/* Free the strings. */
void gridcp_place_fini(struct gridcp_end *end);
/* Whether SITE is an FTP server of our client library. */
bool gridcp_place_ftp(const struct gridcp_site *site);
/* Free all sites. */
void gridcp_place_free(struct gridcp *g);

/* gridcp_session.c ---- */

/* Load trust and credentials, once. */
int gridcp_session_env(struct gridcp *g, struct err *err);
/* The credential for the SOURCE or the destination, with a new reference. */
struct cred *gridcp_session_cred(struct gridcp *g, bool source);
/* Load only trust, for anonymous access. */
int gridcp_session_anonymous(struct gridcp *g, struct err *err);
/* Open a session with SITE for the SOURCE or destination, to copy FILES or to
 * read directories; FIRST is its first request (NULL: unknown). */
int gridcp_session_open(struct gridcp *g, struct gridcp_site *site, bool source,
                        bool files, const struct ftpclient_first *first,
                        struct ftpclient **c, struct err *err);

/* gridcp_expand.c ---- */

/* Thread: turn all arguments into tasks, then close the queue. */
void *gridcp_expand(void *gridcp);
/* -list URL.  0, or -1 with ERR. */
int gridcp_expand_list(struct gridcp *g, struct err *err);

/* gridcp_worker.c ---- */

/* A worker's argument; it must stay in place while the worker lives. */
struct gridcp_hand {
    struct gridcp *g;
    /* The worker opens a session before it takes a task; others may take the
     * task meanwhile.  False from then on. */
    _Atomic bool opening;
};
/* Thread: take tasks until there are none.  Count it before starting it. */
void *gridcp_worker(void *hand);
/* Change the number of workers; returns the new number. */
int gridcp_worker_count(struct gridcp *g, int more);

/* gridcp_mode.c ---- */

/* Record a session with round trip RTT_MS, where each file costs a round
 * trip. */
void gridcp_mode_turns(struct gridcp *g, int rtt_ms);

/* gridcp_task.c ---- */

/* Create a task with copies of both ends. */
struct gridcp_task *gridcp_task_create(struct gridcp *g,
                                       const struct gridcp_end *src,
                                       const struct gridcp_end *dst);
/* Copy only LENGTH bytes from OFFSET; < 0: not given, either or both. */
void gridcp_task_part(struct gridcp_task *t, int64_t offset, int64_t length);
/* Free it. */
void gridcp_task_destroy(struct gridcp_task *t);
/* Mark it as running (again). */
void gridcp_task_begin(struct gridcp_task *t);
/* Count bytes that moved, from t->x.bytes. */
void gridcp_task_moved(struct gridcp_task *t);
/* End it with ERR: report, remember, or queue it for another try.  The caller
 * no longer owns the task. */
void gridcp_task_end(struct gridcp_task *t, const struct err *err,
                     bool transient, bool begun);

#endif
