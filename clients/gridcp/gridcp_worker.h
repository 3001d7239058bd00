/* clients/gridcp/gridcp_worker.h - a thread of gridcp and its sessions: what
 * the ways of copying share. */
#ifndef CLIENTS_GRIDCP_WORKER_H
#define CLIENTS_GRIDCP_WORKER_H

#include "clients/gridcp/gridcp.h"

/* How a task's bytes go. */
enum gridcp_way {
    GRIDCP_GET,   /* server to here */
    GRIDCP_PUT,   /* here to server */
    GRIDCP_THIRD, /* between two servers */
    GRIDCP_RELAY  /* everything else: through this process */
};

struct gridcp_worker {
    struct gridcp *g;
    struct {
        struct gridcp_site *site;
        struct ftpclient *c;
    } link[2]; /* source, destination */

    /* The run of transfers that is on. */
    enum gridcp_way way;
    struct ftpclient_how how;
    int rtt_ms;                   /* to those who have a part in it */
    struct gridcp_task *first;    /* not begun yet */
    struct gridcp_task *last;     /* of a run of one: ended, to be looked at */
    struct gridcp_site *site;     /* of those that may follow */
    struct gridcp_site *dst_site; /* third party: likewise */
    ftpclient_open_fn *open;      /* a file is begun, .. */
    void (*end)(struct gridcp_worker *w, struct gridcp_task *t); /* .. ended */
    size_t waiting; /* tasks in the queue when it began */
    bool alone;     /* none may */
    bool retired;   /* no session was to be had: others go on */
};

/* A usable session of W with the SOURCE or destination SITE, which will be
 * asked for FIRST (NULL: not known) when it is a new one; -1 with ERR. */
int gridcp_worker_link(struct gridcp_worker *w, struct gridcp_site *site,
                       bool source, const struct ftpclient_first *first,
                       struct ftpclient **c, struct err *err);
/* Open a session for what waits in the queue, so that no task waits for the
 * login: others may take it meanwhile.  What fails is told when W needs it. */
void gridcp_worker_ahead(struct gridcp_worker *w);
/* The way of T. */
enum gridcp_way gridcp_mode_way(const struct gridcp *g,
                                const struct gridcp_task *t);

/* Carry T out, and perhaps others of the queue that are like it.  Each task
 * taken is ended. */
void gridcp_get(struct gridcp_worker *w, struct gridcp_task *t);
void gridcp_put(struct gridcp_worker *w, struct gridcp_task *t);
void gridcp_third(struct gridcp_worker *w, struct gridcp_task *t);
void gridcp_relay(struct gridcp_worker *w, struct gridcp_task *t);

/* Transfer T, and what may follow it, as W->how says; each is ended by END. */
void gridcp_run(struct gridcp_worker *w, struct gridcp_task *t,
                ftpclient_open_fn *open,
                void (*end)(struct gridcp_worker *w, struct gridcp_task *t));
/* What may follow T in a run, and in which mode. */
void gridcp_mode_choose(struct gridcp_worker *w, const struct gridcp_task *t,
                        const struct ftpclient *c);
/* What a new session will be asked for first, and what that points to. */
struct gridcp_first {
    struct ftpclient_first first;
    struct ftpclient_how how;
};
/* The same for T, a PUT or not, as far as its size and the distance are known:
 * others may have it done in another way. */
void gridcp_mode_foresee(const struct gridcp_worker *w,
                         const struct gridcp_task *t, bool put,
                         struct gridcp_first *f);
/* How many streams a file of SIZE bytes (-1 unknown) gets that far away. */
int gridcp_mode_streams(const struct gridcp_opt *o, int64_t size, int rtt_ms);
/* Whether the user asked for MODE E, and it can be had. */
bool gridcp_mode_asked(const struct gridcp *g);
/* Whether each file must be asked for by itself. */
bool gridcp_mode_single(const struct gridcp_worker *w);
/* -sbs, as ftpclient_how.layout has it. */
int64_t gridcp_mode_layout(const struct gridcp_opt *o);
/* The next task for W's run: first, then what is like it; NULL. */
struct gridcp_task *gridcp_mode_next(struct gridcp_worker *w);

#endif
