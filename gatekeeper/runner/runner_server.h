/* gatekeeper/runner/runner_server.h - the runner's own process: it takes
 * requests from the one gatekeeper that it started, handles the few that need
 * root, and passes the others to the helper of the job's account. */
#ifndef GATEKEEPER_RUNNER_RUNNER_SERVER_H
#define GATEKEEPER_RUNNER_RUNNER_SERVER_H

#include "base/daemon.h"
#include "base/err.h"
#include "gatekeeper/runner/runner_helper.h"
#include "gatekeeper/runner/runner_registry.h"
#include "gsi/names/gridmap.h"

#define SERVER_HELPERS_MAX 256
#define SERVER_BATCH       64 /* requests taken before the registry is synced */
#define SERVER_PENDING_MAX 512 /* requests outstanding at one helper */
#define SERVER_ANSWER_S    60  /* time limit for a helper's answer */
#define SERVER_END_S       5   /* the same while the service ends */
#define SERVER_IDLE_S      600 /* a helper without requests ends after this */

/* A request that a helper is working on. */
struct server_pending {
    uint64_t seq;
    uint32_t op;
    uint32_t arg;
    char job[UUID_TEXT];
    long long t_due; /* ms, monotonic clock */
};

/* A job's account as of its last lookup. */
struct server_account {
    struct sys_user user;     /* for a deleted account, name and uid only */
    struct err barred;        /* why no new work is done for it */
    long long t_judged;       /* ms, monotonic clock */
    unsigned long long stamp; /* of the account files at the lookup */
};

/* A helper as seen by the runner. */
struct server_helper {
    struct helper shape; /* the parameters of the process */
    struct server_account account;
    bool operator; /* runs as gatekeeper.operator; has no sessions */
    pid_t pid;
    int sock;
    long long t_used;
    struct server_pending *pending;
    size_t npending, room;
};

/* A request that the runner is working on. */
struct server_call {
    struct runner_request r;
    int fds[RUNNER_FDS_MAX];
    size_t nfds;
    struct runner_reply reply;
    int reply_fd[RUNNER_FDS_MAX];
    size_t nreply_fd;
};

struct server {
    struct daemon *daemon;
    int peer; /* the gatekeeper's socket */
    pid_t gatekeeper;
    bool ending;  /* stopping, or only checking the configuration */
    bool hurried; /* helpers have only SERVER_END_S left */
    bool ended;   /* the gatekeeper has ended */
    int status;   /* exit status */
    int sessionsfd;
    int program[RUNNER_PROGRAMS];
    struct runner_registry *registry;
    struct gridmap *map;
    struct runner_owner
    operator; /* gatekeeper.operator; see server_account_operator() */
    struct server_helper *helper[SERVER_HELPERS_MAX];
    size_t nhelpers;
    long long t_expire; /* when to check the helpers again */
    struct server_call *waiting[SERVER_BATCH]; /* for runner_registry_sync() */
    size_t nwaiting;
};

/* Serve until the gatekeeper ends.  Returns the exit status. */
int runner_server_run(struct server *s);
/* Free and close all resources of the server. */
void runner_server_fini(struct server *s);
/* server_call.c: answer C and free it; if ERR is set, the reply carries its
 * code and text. */
void server_call_reply(struct server *s, struct server_call *c,
                       const struct err *err);
/* Free C and close its descriptors, received ones and those for the answer. */
void server_call_free(struct server_call *c);
/* The gatekeeper is lost; log WHY.  The runner cannot continue without it. */
void server_peer_lost(struct server *s, const char *why);

/* The result of a handler that answers later. */
#define SERVER_LATER 1

/* 0, -1 with ERR, or SERVER_LATER. */
typedef int server_fn(struct server *s, struct server_call *c, struct err *err);
/* server_ops.c: the rows of runner_ops.def that the runner handles itself. */
server_fn server_ready, server_alive, server_host_credential, server_map,
    server_known, server_register;
/* server_ban.c: the same. */
server_fn server_ban;

/* server_account.c: the account of gatekeeper.operator, under which queries to
 * batch systems run; looked up at first use.  NULL with ERR. */
const struct runner_owner *server_account_operator(struct server *s,
                                                   struct err *err);
/* Map the certificate name DN with the current grid-mapfile: to WANT, or if
 * WANT is "" to the first account of its line.  Borrowed until the next call.
 * -1 with ERR: AUTHZ, IO (the map cannot be read). */
int server_account_derive(struct server *s, const char *dn, const char *want,
                          const char **account, struct err *err);
/* Whether the current grid-mapfile allows OP for O. -1 with ERR as above. */
int server_account_mapped(struct server *s, const struct runner_owner *o,
                          uint32_t op, struct err *err);
/* Look O up again.  -1 with ERR AUTHZ: no account is left under which even its
 * processes could be ended. */
int server_account_judge(const struct server *s, const struct runner_owner *o,
                         struct server_account *a, struct err *err);
/* Whether A was looked up at most AGE_MS ago and the local account files have
 * not changed since. */
bool server_account_fresh(const struct server_account *a, long long age_ms);
/* Whether a process of A and one of B have the same user, groups and home. */
bool server_account_same(const struct sys_user *a, const struct sys_user *b);
/* Whether OP is allowed for A; -1 with ERR: why not. */
int server_account_may(const struct server_account *a, uint32_t op,
                       struct err *err);

/* The helper of O, if OP is allowed for O; started if there is none.  NULL with
 * ERR. */
struct server_helper *server_pool_get(struct server *s,
                                      const struct runner_owner *o, uint32_t op,
                                      struct err *err);
/* Pass C's request to the helper of O. */
int server_pool_send(struct server *s, const struct runner_owner *o,
                     const struct server_call *c, struct err *err);
/* Receive and pass on a packet of helper I; the helper may be gone
 * afterwards. */
void server_pool_receive(struct server *s, size_t i);
/* End helpers that are idle or do not answer. */
void server_pool_expire(struct server *s);
/* The service is stopping: give helpers SERVER_END_S for what they are
 * doing. */
void server_pool_hurry(struct server *s);
/* End all helpers. */
void server_pool_close(struct server *s);

#endif
