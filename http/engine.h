/* http/engine.h - what the files of the server share: connections
 * and who owns them, the queue, the answer.  For http/ only.
 *
 * A connection belongs to the front thread, or, while busy, to the queue or a
 * worker.  It changes hands with epoll in one-shot mode: the front gives it
 * away when its descriptor is disarmed, a worker gives it back by arming it,
 * and does not touch it after it cleared busy. */
#ifndef HTTP_ENGINE_H
#define HTTP_ENGINE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>

#include "base/lock.h"
#include "http/metrics.h"
#include "http/server.h"

#define ENGINE_PIECE        16384  /* bytes read at once: a TLS record */
#define ENGINE_FILE_PIECE   262144 /* of a file, read ahead of the peer */
#define ENGINE_TURN         (1024 * 1024) /* bytes moved before others' turn */
#define ENGINE_READ_COST    1024 /* of that, by any read, however little came */
#define ENGINE_RATE_MIN     8192 /* bytes a second of an answer that are taken */
#define ENGINE_LINGER_MS    2000
#define ENGINE_LINGER_MAX   (16 * 1024 * 1024) /* bytes thrown away */
#define ENGINE_DRAIN_MS     3000  /* for answers on their way at the end */
#define ENGINE_SMALL        16384 /* bodies that are always taken */
#define ENGINE_HELD_MIN     (64 * 1024 * 1024)
#define ENGINE_HELD_BODIES  16 /* bodies of the largest size, if more */
#define ENGINE_HELD_OUT_MIN ((size_t)256 * 1024 * 1024) /* of answers */
#define ENGINE_TRIM         (256 * 1024) /* who held so much leaves holes */
#define ENGINE_JOIN_MAX     65536 /* bodies up to this go out with their head */
#define ENGINE_CROWDS       1024  /* hashes of addresses, of identities */
#define ENGINE_WAITS        256   /* hashes of what is waited for */

enum conn_state {
    CONN_HANDSHAKE, /* the next step waits for the peer */
    CONN_READING,   /* idle, or a request is incomplete */
    CONN_WORKING,   /* a worker answers */
    CONN_WAITING,   /* the answer waits for something here */
    CONN_FLUSHING,  /* the answer goes out as the peer takes it */
    CONN_FILLING,   /* a worker reads the next piece of the answer's file */
    CONN_LINGERING, /* answered; what still comes is thrown away */
    CONN_CLOSING    /* the front will free it */
};

struct conn {
    struct conn *next, *prev; /* all of the server's; the front's */
    struct conn *next_job;    /* in the queue */
    unsigned who;             /* sends the request, as a hash */
    atomic_bool busy;
    enum conn_state state;
    int fd;
    const struct listener *listener; /* that it came to */
    bool close_after;
    struct tls *tls; /* NULL before the first step */
    long long deadline;
    struct net_addr from;
    uid_t uid; /* of the peer at a Unix socket */
    /* Under the server's client_lock, for http_server_clients(). */
    char *shown_dn, *shown_last;
    long long connected_ms;
    unsigned long requests;
    unsigned crowd;        /* by the network that it comes from */
    struct http_msg *msg;  /* NULL while idle */
    size_t held, held_out; /* bytes of body and answer in the server's counts */
    struct buf in;         /* what came behind the request */
    struct buf out, body;  /* the answer: out, then body, then the file */
    size_t sent;           /* of out, then of body */
    int file;              /* -1 */
    long long file_at, file_left;
    size_t wasted; /* bytes thrown away while lingering */
    bool probed;   /* the peer ended its side, and was sent "100 Continue" */
    /* Of a request whose answer waits; under the server's lock. */
    char wait_for[HTTP_WAIT_NAME];
    struct conn *next_wait, **at_wait; /* in its list; NULL: in none */
    unsigned long wakes_seen;          /* when its handler was last begun */
    long long begun_ms;                /* when that was run first; 0: not yet */
    bool wait_over;                    /* it must answer now */
};

/* One row of the tables, and its row of the metrics. */
struct served {
    struct http_route route;
    size_t row;
};

struct listener {
    struct net_addr at;
    bool clear; /* no TLS */
    bool local; /* a Unix socket */
    bool ready; /* connections wait there; the front's own */
    int fd;
    struct served *served; /* of all its tables */
    size_t count;
};

struct http_server {
    struct http_server_spec spec;
    char *url;
    struct listener *listener;
    size_t listeners;
    int epoll_fd, wake_fd, spare_fd;
    struct tls_ctx *ctx;
    struct cred *cred; /* CTX's */
    struct lock lock;  /* ctx, cred, and the queue below */
    pthread_cond_t work;
    struct conn *jobs, **jobs_end;             /* complete requests */
    struct conn *handshakes, **handshakes_end; /* steps to do */
    int handshaking, in_a_row;
    int answering;                    /* workers that are at requests */
    int answers[ENGINE_CROWDS];       /* of them, by conn.who */
    struct conn *waits[ENGINE_WAITS]; /* by conn.wait_for */
    struct conn *woken;               /* to be given to the workers */
    unsigned long woken_at[ENGINE_WAITS], wakes; /* last one of each; all */
    long long wait_next;   /* none of them ends before this */
    size_t waiting;        /* in those lists, or on their way */
    pthread_cond_t waited; /* there are none of them */
    bool draining;         /* workers end when the requests are done */
    atomic_bool stopping;  /* nothing new is taken */
    atomic_bool ended;     /* the front ends too */
    pthread_t front, *worker;
    int workers, started;
    bool front_runs;
    struct lock client_lock; /* of the list CONNS where another thread than the
                                front looks at it, and of what it shows */
    struct conn *conns;
    int connections;
    int crowd[ENGINE_CROWDS];      /* of them, by conn.crowd */
    atomic_size_t held, held_out;  /* bytes of all bodies, of all answers */
    size_t held_max, held_out_max; /* beyond them only small ones are taken */
    atomic_bool trim; /* something large was freed: return it to the system */
    atomic_uint next_id;
    unsigned id_base;
    struct metrics metrics;
    size_t row_other; /* of requests that no route answers */
};

/* One answer, before it is put on a connection. */
struct answer {
    int status;
    const char *type;
    struct buf headers, body;
    int file; /* -1 */
    long long file_at, file_left;
    bool ranges; /* says that Range is honoured */
    bool close;
    bool later; /* there is none yet: the connection says what is awaited */
    bool more;  /* there is none yet: the next part of the body is awaited */
};

/* engine_conn.c */

/* A connection of FD that came to LISTENER, in the front's hands. */
struct conn *conn_create(int fd, const struct listener *listener,
                         const struct net_addr *from);
/* Free C, which is in no list. */
void conn_destroy(struct conn *c);
/* Bytes; 0 at the end; -1 with *want when it would wait, -1 with *want
 * TLS_DONE when it failed. */
ssize_t conn_read(struct conn *c, void *p, size_t n, enum tls_want *want);
ssize_t conn_write(struct conn *c, const void *p, size_t n,
                   enum tls_want *want);
/* The peer's identity, "-" without one. */
const char *conn_identity(const struct conn *c);
/* Ask epoll for WANT once (TLS_DONE: for a call at once). */
void conn_arm(struct http_server *s, struct conn *c, enum tls_want want);
/* Ask epoll for the end of C's peer alone. */
void conn_arm_end(struct http_server *s, struct conn *c);
/* Ask epoll for nothing, not even errors, until C is armed again. */
void conn_disarm(struct http_server *s, struct conn *c);
/* C's body has N bytes now.  False when all bodies together are too much, and
 * this one is not small. */
bool conn_hold(struct http_server *s, struct conn *c, size_t n);
/* C holds N bytes of an answer now.  False when all answers together are too
 * much, and this one is neither small nor the only one; C then holds none. */
bool conn_hold_answer(struct http_server *s, struct conn *c, size_t n);
/* Whether C's peer, whose request is being answered, has gone. */
bool conn_gone(struct conn *c);
/* Tell the peer of C to send its body (100 Continue); -1: it cannot be
 * delivered. */
int conn_continue(struct conn *c);
/* Put A on C as the answer to what C's message asks, or that there is too much
 * to send; A is then empty. */
void conn_answer(struct http_server *s, struct conn *c, struct answer *a);
/* Write what can be written.  0: all is out; 1: *want, or the file's next piece
 * (TLS_DONE), or another turn; -1: the peer is gone. */
int conn_flush(struct http_server *s, struct conn *c, enum tls_want *want);
/* Read the next piece of the file into C's answer; -1: it cannot be had. */
int conn_fill(struct conn *c);
/* The answer of C is out: what comes next.  C is then READING, LINGERING or
 * CLOSING. */
void conn_next(struct http_server *s, struct conn *c);

/* engine_client.c */

/* Put C among the server's, or take it out: the front's. */
void client_enter(struct http_server *s, struct conn *c);
void client_leave(struct http_server *s, struct conn *c);
/* C asks for what its message says. */
void client_note(struct http_server *s, struct conn *c);

/* engine_queue.c */

/* Give C, disarmed, to the workers. */
void queue_put(struct http_server *s, struct conn *c);
/* The next one to work on; waits; NULL when it is time to end. */
struct conn *queue_get(struct http_server *s);
/* A handshake step is over. */
void queue_done(struct http_server *s);
/* A request of WHO is answered. */
void queue_answered(struct http_server *s, unsigned who);
/* Let the workers end when the requests are done. */
void queue_drain(struct http_server *s);

/* engine_wait.c */

/* The handler of C's request is about to be run. */
void wait_begin(struct http_server *s, struct conn *c);
/* C waits for what it says, until its deadline.  False: that may have happened
 * already, or the server ends; the handler is to be run again. */
bool wait_park(struct http_server *s, struct conn *c);
/* C, which waits, is about to be closed. */
void wait_leave(struct http_server *s, struct conn *c);
/* Give those who need not wait any longer to the workers: the front's. */
void wait_resume(struct http_server *s);
/* Milliseconds until the first wait ends, MOST at most. */
int wait_pause(struct http_server *s, int most);
/* Let all answer that wait; returns when all are with the workers.  Nobody
 * waits from now on: stopping is set. */
void wait_end(struct http_server *s);

/* engine_front.c, engine_worker.c: the threads, ARG is the server. */
void *front_run(void *arg);
void *worker_run(void *arg);

/* engine_call.c */

/* The limits of M's body, as the routes that C's listener has for it say; ARG
 * is the connection.  For http_msg.limit. */
void call_limit(struct http_msg *m, void *arg);
/* Answer C's request in A; returns its row of the metrics. */
size_t call_answer(struct http_server *s, struct conn *c, const char *log_id,
                   struct answer *a, bool *failed);

#endif
