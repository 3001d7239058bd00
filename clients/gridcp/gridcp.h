/* clients/gridcp/gridcp.h - what the files of gridcp share: ends, tasks, the
 * run.
 *
 * One thread (gridcp_expand.c) turns what the user named into tasks, one file
 * each, in a queue of bounded length; workers (gridcp_worker.c) take tasks of
 * one kind, with sessions of their own; the main thread reports. */
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

/* A server, or this host; there is one struct for each. */
struct gridcp_site {
    struct gridcp_site *next;
    enum gridcp_scheme scheme;
    char *prefix; /* "gsiftp://h:2811": URLs below begin with it */
    char *host;
    unsigned port;
    char *user, *password;
    _Atomic bool no_extended;     /* it cannot connect to us: MODE S instead */
    bool reached;                 /* a session was had */
    _Atomic long long silence_ms; /* when its silence was last told of */
};

/* One end of a copy. */
struct gridcp_end {
    struct gridcp_site *site;
    char *path; /* decoded, as the site takes it */
    char *url;  /* for messages: no password; a bare path is one still */
};

/* Which file it is, whatever is written to it; ino 0: not known. */
struct gridcp_mark {
    uint64_t dev, ino;
    int64_t sec, nsec; /* when it was made; 0 where that is not kept */
};

/* A local destination on its way (gridcp_file.h). */
struct gridcp_file {
    int fd;
    char *final, *part; /* part NULL: written in place */
    unsigned mode;
    bool device; /* no regular file: in order, never renamed */
    /* How the part was left by the last try; size -1: there was none. */
    struct {
        uint64_t dev, ino;
        int64_t size;
        struct timespec time;
    } left;
    struct gridcp_mark mark; /* of the part */
    bool changed; /* it is not as it was left: nothing of it counts */
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
    uint64_t entry;         /* number of the pair that it came from */
    uint64_t key;           /* tells the files of one entry apart */
    bool child;             /* found below a directory, .. */
    bool dangling;          /* .. where it is a link that leads nowhere */
    struct gridcp_retry retry;
    long long due_ms; /* not before */
    bool listed;      /* "begin" was reported */
    int64_t there;    /* bytes at the destination; the report's */
    int skips;        /* how often a session ended before it began */
    bool dst_known;   /* -sync: the destination was looked at: */
    bool dst_there;
    int64_t dst_size;
    time_t dst_mtime;
    bool checked;      /* -sync: it must be copied */
    bool make_parents; /* the directory of the destination is missing */
    bool look_into;    /* the destination may be a directory; .. */
    bool looked;       /* .. that was asked */
    bool begun;        /* bytes of it went to the server, in some try, .. */
    bool ordered;      /* .. one after the other, .. */
    bool noted;        /* .. and in this run */
    bool spent; /* what cannot be read or written again was: no other try */

    /* While it runs. */
    struct gridcp_task *running_next, *running_prev;
    struct gridcp *g;
    struct gridcp_worker *worker; /* put, third party: who is at it */
    struct ftpclient_xfer x;
    struct gridcp_file file;
    struct ranges have;
    int64_t told;        /* bytes of this try that were counted */
    long long saved_ms;  /* state: when its ranges were last written */
    int64_t saved_bytes; /* .. and how much they held */
};

struct gridcp_state;
struct gridcp_report;
struct gridcp_queue;

/* A file as it was last looked at. */
struct gridcp_seen {
    uint64_t inode;
    struct timespec time;
};

/* A session that waits for a worker (gridcp_spare.h). */
struct gridcp_spare {
    struct ftpclient *given; /* by who has read directories with it; NULL */
    struct gridcp_site *given_site;

    /* One that is opened before anybody needs it. */
    struct gridcp *g;
    struct gridcp_site *site;
    bool source;
    bool ordered, waits; /* once; nobody has taken it */
    _Atomic bool over;   /* it is open, or cannot be opened */
    pthread_t thread;
};

/* One run of the program. */
struct gridcp {
    struct gridcp_opt o;
    struct client_env env; /* credential and trust; found when needed */
    bool env_ready;
    long long begin_ms; /* of the run */
    struct cred *src_cred, *dst_cred, *data_cred;
    struct gridcp_seen seen[3];   /* the files of those */
    struct gridcp_stack stack[2]; /* what source and destination are told */
    bool strange; /* the bytes may be other ones than the file's */
    struct gridcp_alias *alias; /* NULL without -af */
    struct gridcp_state *state; /* NULL without -state */
    struct gridcp_report *report;
    struct gridcp_queue *queue;
    struct lock lock; /* sites, err, dump, workers */
    /* Held for reading where parts of files come into being or change hands,
     * for writing by whoever removes them all. */
    pthread_rwlock_t parts;
    int workers;           /* threads at work */
    const char *from_list; /* -f, or -df that exists; NULL: the operands */
    struct buf dump;       /* lines for -df and -do, .. */
    char *dump_temp;       /* .. when they are many, behind those in here */
    int dump_fd, dump_errno;
    mode_t dump_mode;    /* what the file gets */
    bool list_broken;    /* err is about the list itself */
    _Atomic bool cancel; /* transfers end as they move */
    bool left;           /* threads that log in yet use this until the end */
    struct gridcp_site *sites;
    struct gridcp_spare spare[2]; /* source, destination */
    /* What will be in the queue when a directory is made for it; locked. */
    struct {
        size_t files;
        struct gridcp_site *site[2]; /* source, destination; NULL: no server */
    } soon;
    int turn_ms; /* a round trip that each file costs its session, the longest
                    seen; locked */
    struct err err; /* of the first file that failed for good */
};

/* gridcp_place.c ---- */

/* The site and path of URL.  -1 with ERR: SYNTAX, UNSUPPORTED. */
int gridcp_place(struct gridcp *g, const char *url, struct gridcp_end *end,
                 struct err *err);
/* NAME below directory END; NAME as it is on disk. */
void gridcp_place_child(const struct gridcp_end *dir, const char *name,
                        bool is_dir, struct gridcp_end *end);
/* END's URL with user and password, for those who need to get there; the
 * caller's. */
char *gridcp_place_full(const struct gridcp_end *end);
/* A copy. */
void gridcp_place_copy(const struct gridcp_end *from, struct gridcp_end *to);
/* Free the strings. */
void gridcp_place_fini(struct gridcp_end *end);
/* Whether SITE is a server of our client library. */
bool gridcp_place_ftp(const struct gridcp_site *site);
/* Free all sites. */
void gridcp_place_free(struct gridcp *g);

/* gridcp_session.c ---- */

/* Find trust and credentials, once. */
int gridcp_session_env(struct gridcp *g, struct err *err);
/* The credential for the SOURCE or the destination; a new reference. */
struct cred *gridcp_session_cred(struct gridcp *g, bool source);
/* Find trust alone, for those without a credential. */
int gridcp_session_anonymous(struct gridcp *g, struct err *err);
/* Open a session with SITE as the SOURCE or destination side, to copy FILES or
 * to read directories; it will be asked for FIRST (NULL: not known). */
int gridcp_session_open(struct gridcp *g, struct gridcp_site *site, bool source,
                        bool files, const struct ftpclient_first *first,
                        struct ftpclient **c, struct err *err);

/* gridcp_expand.c ---- */

/* Turn everything the user named into tasks; ends the queue.  A thread. */
void *gridcp_expand(void *gridcp);
/* -list URL.  0, or -1 with ERR. */
int gridcp_expand_list(struct gridcp *g, struct err *err);

/* gridcp_worker.c ---- */

/* What a worker is given; it stays where it is while the worker lives. */
struct gridcp_hand {
    struct gridcp *g;
    /* It opens a session before it takes a task, which others may do meanwhile;
     * false from then on. */
    _Atomic bool opening;
};
/* Take tasks until there are none.  A thread, counted before it is made. */
void *gridcp_worker(void *hand);
/* Count workers up or down; how many there are then. */
int gridcp_worker_count(struct gridcp *g, int more);

/* gridcp_mode.c ---- */

/* A session has been found to be RTT_MS away whose files cost a round trip
 * each. */
void gridcp_mode_turns(struct gridcp *g, int rtt_ms);

/* gridcp_task.c ---- */

/* A task with copies of both ends. */
struct gridcp_task *gridcp_task_create(struct gridcp *g,
                                       const struct gridcp_end *src,
                                       const struct gridcp_end *dst);
/* Only LENGTH bytes from OFFSET; < 0: not given, either or both. */
void gridcp_task_part(struct gridcp_task *t, int64_t offset, int64_t length);
/* Free it. */
void gridcp_task_destroy(struct gridcp_task *t);
/* It is under way (again). */
void gridcp_task_begin(struct gridcp_task *t);
/* Count bytes that moved; takes them from t->x.bytes. */
void gridcp_task_moved(struct gridcp_task *t);
/* It ended as ERR says: report, remember, or put it back in the queue for
 * another try.  The task is not the caller's any more. */
void gridcp_task_end(struct gridcp_task *t, const struct err *err,
                     bool transient, bool begun);

#endif
