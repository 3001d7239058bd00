/* http/engine.h - internals shared by the server's files: connections and their
 * owners, the queue, the answer.  For http/ only.  A connection is owned by the
 * front thread or, while busy, by the queue or a worker.  Ownership moves with
 * epoll's one-shot mode: the front hands a connection over while its descriptor
 * is disarmed; a worker hands it back by arming it and must not touch it after
 * clearing busy. */
#ifndef HTTP_ENGINE_H
#define HTTP_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>

#include "base/lock.h"
#include "http/metrics.h"
#include "http/server.h"

#define ENGINE_PIECE       16384         /* bytes per read: a TLS record */
#define ENGINE_FILE_PIECE  262144        /* bytes of a file read in advance */
#define ENGINE_TURN        (1024 * 1024) /* bytes moved before others' turn */
#define ENGINE_READ_COST   1024          /* of that, for any read */
#define ENGINE_RATE_MIN    8192          /* bytes a second: slowest peer */
#define ENGINE_LINGER_MS   2000
#define ENGINE_LINGER_MAX  (16 * 1024 * 1024) /* most bytes discarded */
#define ENGINE_DRAIN_MS    3000  /* for unfinished answers at the end */
#define ENGINE_SMALL       16384 /* bodies always accepted */
#define ENGINE_HELD_MIN    (64 * 1024 * 1024)
#define ENGINE_HELD_BODIES 16 /* largest bodies that fit, at least */
#define ENGINE_HELD_OUT_MIN \
    ((size_t)256 * 1024 * 1024)      /* bytes of all answers */
#define ENGINE_TRIM     (256 * 1024) /* freeing this much trims memory */
#define ENGINE_JOIN_MAX 65536        /* bodies up to this go with the head */
#define ENGINE_CROWDS   1024 /* hash slots for addresses and identities */
#define ENGINE_WAITS    256  /* hash slots for wait names */

enum conn_state {
    CONN_HANDSHAKE, /* the next step waits for the peer */
    CONN_READING,   /* idle, or a request is incomplete */
    CONN_WORKING,   /* a worker handles the request */
    CONN_WAITING,   /* the answer waits for an event here */
    CONN_FLUSHING,  /* the answer is sent as fast as the peer reads */
    CONN_FILLING,   /* a worker reads the next piece of the file to send */
    CONN_LINGERING, /* answered; further input is discarded */
    CONN_CLOSING    /* the front thread will free it */
};

struct conn {
    struct conn *next, *prev; /* of all connections; the front's */
    struct conn *next_job;    /* next in the queue */
    unsigned who;             /* hash of who sends the request */
    atomic_bool busy;
    enum conn_state state;
    int fd;
    const struct listener *listener; /* listener that accepted it */
    bool close_after;
    struct tls *tls; /* NULL before the first handshake step */
    long long deadline;
    struct net_addr from;
    uid_t uid; /* of the peer at a Unix socket */
    /* Under the server's client_lock, for http_server_clients(). */
    char *shown_dn, *shown_last;
    long long connected_ms;
    unsigned long requests;
    unsigned crowd;        /* hash of the peer's network */
    struct http_msg *msg;  /* NULL while idle */
    size_t held, held_out; /* bytes counted in the server's totals */
    struct buf in;         /* bytes received after the request */
    struct buf out, body;  /* the answer: out, then body, then the file */
    size_t sent;           /* bytes sent of out, then of body */
    int file;              /* -1: none */
    long long file_at, file_left;
    size_t wasted; /* bytes discarded while lingering */
    bool probed;   /* the peer half-closed and was sent "100 Continue" */
    /* Members for a request whose answer waits; guarded by the server's
     * lock. */
    char wait_for[HTTP_WAIT_NAME];
    struct conn *next_wait, **at_wait; /* position in its list; NULL: in none */
    unsigned long wakes_seen; /* value of wakes when its handler last started */
    long long begun_ms;       /* when it first started; 0: not yet */
    bool wait_over;           /* the handler must answer now */
};

/* One row of the route tables, with its metrics row. */
struct served {
    struct http_route route;
    size_t row;
};

struct listener {
    struct net_addr at;
    bool clear; /* without TLS */
    bool local; /* a Unix socket */
    bool ready; /* connections wait there; used by the front thread only */
    int fd;
    struct served *served; /* rows of all its tables */
    size_t count;
};

struct http_server {
    struct http_server_spec spec;
    char *url;
    struct listener *listener;
    size_t listeners;
    int epoll_fd, wake_fd, spare_fd;
    struct tls_ctx *ctx;
    struct cred *cred; /* the credential in CTX */
    struct lock lock;  /* guards ctx, cred and the queue below */
    pthread_cond_t work;
    struct conn *jobs, **jobs_end;             /* complete requests */
    struct conn *handshakes, **handshakes_end; /* steps that are due */
    int handshaking, in_a_row;
    int answering;                    /* workers busy with requests */
    int answers[ENGINE_CROWDS];       /* the same by conn.who */
    struct conn *waits[ENGINE_WAITS]; /* by conn.wait_for */
    struct conn *woken;               /* woken, to be given to the workers */
    unsigned long woken_at[ENGINE_WAITS],
        wakes;             /* last wake: by name, overall */
    long long wait_next;   /* no wait ends before this time */
    size_t waiting;        /* connections in these lists or being woken */
    pthread_cond_t waited; /* signalled when waiting is 0 */
    bool draining;         /* workers end when all requests are done */
    atomic_bool stopping;  /* accept nothing new */
    atomic_bool ended;     /* the front thread ends too */
    pthread_t front, *worker;
    int workers, started;
    bool front_runs;
    atomic_int probe_fd;     /* a connection for the front to take in; -1 */
    struct listener probing; /* that it counts as come to */
    struct lock client_lock; /* of the list CONNS where another thread than the
                                front looks at it, and of what it shows */
    struct conn *conns;
    int connections;
    int crowd[ENGINE_CROWDS];      /* connections by conn.crowd */
    atomic_size_t held, held_out;  /* bytes of all bodies, of all answers */
    size_t held_max, held_out_max; /* above them only small ones are accepted */
    atomic_bool trim;              /* much was freed: return it to the system */
    atomic_uint next_id;
    unsigned id_base;
    struct metrics metrics;
    size_t row_other; /* row for requests that match no route */
};

/* One answer, before it is attached to a connection. */
struct answer {
    int status;
    const char *type;
    struct buf headers, body;
    int file; /* -1: none */
    long long file_at, file_left;
    bool ranges; /* announce support of Range */
    bool close;
    bool later; /* no answer yet: the connection has the wait */
    bool more;  /* no answer yet: the next part of the body is needed */
};

/* engine_conn.c */

/* Create a connection for FD, accepted by LISTENER, owned by the front
 * thread. */
struct conn *conn_create(int fd, const struct listener *listener,
                         const struct net_addr *from);
/* Free C, which is in no list. */
void conn_destroy(struct conn *c);
/* Bytes read; 0 at the end; -1 with *want when it would block, -1 with *want
 * TLS_DONE on failure. */
ssize_t conn_read(struct conn *c, void *p, size_t n, enum tls_want *want);
ssize_t conn_write(struct conn *c, const void *p, size_t n,
                   enum tls_want *want);
/* The peer's identity, "-" without one. */
const char *conn_identity(const struct conn *c);
/* Arm epoll for WANT once (TLS_DONE: report at once). */
void conn_arm(struct http_server *s, struct conn *c, enum tls_want want);
/* Arm epoll only for the peer's hang-up. */
void conn_arm_end(struct http_server *s, struct conn *c);
/* Ask epoll for no events, not even errors, until C is armed again. */
void conn_disarm(struct http_server *s, struct conn *c);
/* C's body now has N bytes.  False when all bodies together exceed the limit
 * and this one is not small. */
bool conn_hold(struct http_server *s, struct conn *c, size_t n);
/* C now holds N bytes of an answer.  False when all answers together exceed the
 * limit and this one is neither small nor the only one; C then holds none. */
bool conn_hold_answer(struct http_server *s, struct conn *c, size_t n);
/* Whether C's peer has gone while its request is being answered. */
bool conn_gone(struct conn *c);
/* Send C's peer 100 Continue; -1 when it cannot be sent. */
int conn_continue(struct conn *c);
/* Attach A to C as the answer to its request, or an error when too much is
 * waiting to be sent; A is then empty. */
void conn_answer(struct http_server *s, struct conn *c, struct answer *a);
/* Write as much as possible. 0: all is sent; 1: *want, or the file's next piece
 * is needed (TLS_DONE), or others get a turn; -1: the peer is gone. */
int conn_flush(struct http_server *s, struct conn *c, enum tls_want *want);
/* Read the next piece of the file into C's answer; -1 on failure. */
int conn_fill(struct conn *c);
/* C's answer is sent: set the next state, READING, LINGERING or CLOSING. */
void conn_next(struct http_server *s, struct conn *c);

/* engine_client.c */

/* Put C among the server's, or take it out: the front's. */
void client_enter(struct http_server *s, struct conn *c);
void client_leave(struct http_server *s, struct conn *c);
/* C asks for what its message says. */
void client_note(struct http_server *s, struct conn *c);

/* engine_queue.c */

/* Queue C, disarmed, for the workers. */
void queue_put(struct http_server *s, struct conn *c);
/* Wait for the next connection to work on; NULL when the worker must end. */
struct conn *queue_get(struct http_server *s);
/* A handshake step is done. */
void queue_done(struct http_server *s);
/* A request of WHO is answered. */
void queue_answered(struct http_server *s, unsigned who);
/* Let the workers end once all requests are done. */
void queue_drain(struct http_server *s);

/* engine_wait.c */

/* Call before the handler of C's request runs. */
void wait_begin(struct http_server *s, struct conn *c);
/* Make C wait as its request says, until its deadline.  False when the event
 * may have happened already or the server is ending; the handler must run
 * again. */
bool wait_park(struct http_server *s, struct conn *c);
/* Remove C from the waits before it is closed. */
void wait_leave(struct http_server *s, struct conn *c);
/* Queue the woken connections for the workers; front thread only. */
void wait_resume(struct http_server *s);
/* Milliseconds until the first wait ends, at most MOST. */
int wait_pause(struct http_server *s, int most);
/* Wake all waiting connections and return when the workers have them.  New
 * waits are refused, because stopping is set. */
void wait_end(struct http_server *s);

/* engine_front.c, engine_worker.c: the threads, ARG is the server. */
void *front_run(void *arg);
void *worker_run(void *arg);

/* engine_call.c */

/* Set the limits of M's body by the routes of its connection ARG.  For
 * http_msg.limit. */
void call_limit(struct http_msg *m, void *arg);
/* Handle C's request and put the answer in A; returns its metrics row. */
size_t call_answer(struct http_server *s, struct conn *c, const char *log_id,
                   struct answer *a, bool *failed);

#endif
