/* clients/gridcp/gridcp_worker.h - a worker thread of gridcp and its sessions;
 * shared by the ways of copying. */
#ifndef CLIENTS_GRIDCP_WORKER_H
#define CLIENTS_GRIDCP_WORKER_H

#include "clients/gridcp/gridcp.h"

/* The way of a copy. */
enum gridcp_way {
    GRIDCP_GET,   /* server to here */
    GRIDCP_PUT,   /* here to server */
    GRIDCP_THIRD, /* between two servers */
    GRIDCP_RELAY  /* all others: through this process */
};

struct gridcp_worker {
    struct gridcp *g;
    struct {
        struct gridcp_site *site;
        struct ftpclient *c;
    } link[2]; /* source, destination */

    /* The current run of transfers. */
    enum gridcp_way way;
    struct ftpclient_how how;
    int rtt_ms; /* round trip time, the larger one of two servers */
    struct gridcp_task *first; /* not begun yet */
    struct gridcp_task *last;  /* of a run of one file: ended, to be checked */
    struct gridcp_site *site;  /* required of tasks added to the run */
    struct gridcp_site *dst_site; /* likewise, third party */
    ftpclient_open_fn *open;      /* called when a file begins, .. */
    void (*end)(struct gridcp_worker *w,
                struct gridcp_task *t); /* .. and when it has ended */
    size_t waiting;                     /* tasks in the queue when it began */
    bool alone;                         /* no task may be added */
    bool retired; /* could not open a session; other workers continue */
};

/* A usable session of W with the SOURCE or destination SITE; a new one gets the
 * first request FIRST (NULL: unknown). -1 with ERR. */
int gridcp_worker_link(struct gridcp_worker *w, struct gridcp_site *site,
                       bool source, const struct ftpclient_first *first,
                       struct ftpclient **c, struct err *err);
/* Open a session for the queue's next task, which others may take meanwhile, so
 * that no task waits for the login.  A failure is reported when W needs the
 * session. */
void gridcp_worker_ahead(struct gridcp_worker *w);
/* The way to copy T. */
enum gridcp_way gridcp_mode_way(const struct gridcp *g,
                                const struct gridcp_task *t);

/* Copy T, and perhaps similar tasks of the queue.  Each task taken is ended. */
void gridcp_get(struct gridcp_worker *w, struct gridcp_task *t);
void gridcp_put(struct gridcp_worker *w, struct gridcp_task *t);
void gridcp_third(struct gridcp_worker *w, struct gridcp_task *t);
void gridcp_relay(struct gridcp_worker *w, struct gridcp_task *t);

/* Transfer T, and tasks that may be added, as W->how says; END is called for
 * each. */
void gridcp_run(struct gridcp_worker *w, struct gridcp_task *t,
                ftpclient_open_fn *open,
                void (*end)(struct gridcp_worker *w, struct gridcp_task *t));
/* Choose the mode for T, and which tasks may be added to its run. */
void gridcp_mode_choose(struct gridcp_worker *w, const struct gridcp_task *t,
                        const struct ftpclient *c);
/* The first request of a new session, and the data it points to. */
struct gridcp_first {
    struct ftpclient_first first;
    struct ftpclient_how how;
};
/* Predict the first request for T, a PUT or not, from its size and the distance
 * as far as known; another session may choose differently. */
void gridcp_mode_foresee(const struct gridcp_worker *w,
                         const struct gridcp_task *t, bool put,
                         struct gridcp_first *f);
/* The number of streams for a file of SIZE bytes (-1 unknown) at that
 * distance. */
int gridcp_mode_streams(const struct gridcp_opt *o, int64_t size, int rtt_ms);
/* Whether the user requested MODE E, and it is possible. */
bool gridcp_mode_asked(const struct gridcp *g);
/* Whether each file needs a request of its own. */
bool gridcp_mode_single(const struct gridcp_worker *w);
/* -sbs in the form of ftpclient_how.layout. */
int64_t gridcp_mode_layout(const struct gridcp_opt *o);
/* The next task for W's run: first, then similar ones; NULL. */
struct gridcp_task *gridcp_mode_next(struct gridcp_worker *w);

#endif
