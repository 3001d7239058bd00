/* gatekeeper/runner/runner_server.h - the runner's own process: takes requests
 * from the one gatekeeper it started, does the few that need root, and hands
 * the others to the helper of the job's account. */
#ifndef GATEKEEPER_RUNNER_RUNNER_SERVER_H
#define GATEKEEPER_RUNNER_RUNNER_SERVER_H

#include "base/daemon.h"
#include "base/err.h"
#include "gatekeeper/runner/runner_helper.h"
#include "gatekeeper/runner/runner_registry.h"
#include "gsi/names/gridmap.h"

#define SERVER_HELPERS_MAX 256
#define SERVER_BATCH       64 /* requests taken before the registry is synced */
#define SERVER_PENDING_MAX 512 /* requests at one helper */
#define SERVER_ANSWER_S    60  /* a helper answers within */
#define SERVER_END_S       5   /* .. while the service ends */
#define SERVER_IDLE_S      600 /* a helper without requests is ended after */

/* A request that a helper has. */
struct server_pending {
    uint64_t seq;
    uint32_t op;
    uint32_t arg;
    char job[UUID_TEXT];
    long long t_due; /* ms, of the clock that never jumps */
};

/* A job's account as it was found last. */
struct server_account {
    struct sys_user user;     /* one that is gone: its name and uid alone */
    struct err barred;        /* why nothing new is done for it */
    long long t_judged;       /* ms, of the clock that never jumps */
    unsigned long long stamp; /* of the files that it was found in */
};

/* A helper as the runner sees it. */
struct server_helper {
    struct helper shape; /* what the process was made with */
    struct server_account account;
    bool operator; /* of gatekeeper.operator: it has no sessions */
    pid_t pid;
    int sock;
    long long t_used;
    struct server_pending *pending;
    size_t npending, room;
};

/* One request being done. */
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
    bool ending;  /* told to end, or only checking */
    bool hurried; /* helpers have SERVER_END_S only */
    bool ended;   /* the gatekeeper is gone */
    int status;   /* to exit with */
    int sessionsfd;
    int program[RUNNER_PROGRAMS];
    struct runner_registry *registry;
    struct gridmap *map;
    struct runner_owner
    operator; /* gatekeeper.operator; see server_operator() */
    struct server_helper *helper[SERVER_HELPERS_MAX];
    size_t nhelpers;
    long long t_expire; /* when helpers are looked at again */
    struct server_call *waiting[SERVER_BATCH]; /* for runner_registry_sync() */
    size_t nwaiting;
};

/* Serve until the gatekeeper ends.  Returns the status to exit with. */
int runner_server_run(struct server *s);
/* Free and close what the server made. */
void runner_server_fini(struct server *s);
/* server_call.c: answer C, which is freed; the reply of ERR when that says
 * something. */
void server_call_reply(struct server *s, struct server_call *c,
                       const struct err *err);
/* Free C, with the descriptors that came with it and those for its answer. */
void server_call_free(struct server_call *c);
/* The gatekeeper is lost, WHY in the log: nothing goes on without it. */
void server_peer_lost(struct server *s, const char *why);

/* What a handler returns when the answer comes later. */
#define SERVER_LATER 1

/* 0, -1 with ERR, or SERVER_LATER. */
typedef int server_fn(struct server *s, struct server_call *c, struct err *err);
/* server_ops.c: the rows of runner_ops.def that the runner does itself. */
server_fn server_ready, server_host_credential, server_map, server_known,
    server_register;

/* server_account.c: who asks the batch systems, by gatekeeper.operator; found
 * when it is first needed.  NULL with ERR. */
const struct runner_owner *server_account_operator(struct server *s,
                                                   struct err *err);
/* The account that the certificate name DN may use by the
 * grid-mapfile as it is now: WANT, or when that is "" its first; borrowed until
 * the next call.  -1 with ERR: AUTHZ, IO (the map cannot be read). */
int server_account_derive(struct server *s, const char *dn, const char *want,
                          const char **account, struct err *err);
/* Whether OP may be done for O as far as the map goes.  -1 with ERR as above.
 */
int server_account_mapped(struct server *s, const struct runner_owner *o,
                          uint32_t op, struct err *err);
/* Look O up anew.  -1 with ERR AUTHZ: there is nothing that
 * could even end what it has. */
int server_account_judge(const struct server *s, const struct runner_owner *o,
                         struct server_account *a, struct err *err);
/* Whether A was looked up AGE_MS ago at most, and the local files of accounts
 * have not changed since. */
bool server_account_fresh(const struct server_account *a, long long age_ms);
/* Whether A and B are the same account in all that a process of it has. */
bool server_account_same(const struct sys_user *a, const struct sys_user *b);
/* Whether OP may be done for A; -1 with ERR: why not. */
int server_account_may(const struct server_account *a, uint32_t op,
                       struct err *err);

/* The helper of O, started when there is none, if OP may be done for it; NULL
 * with ERR. */
struct server_helper *server_pool_get(struct server *s,
                                      const struct runner_owner *o, uint32_t op,
                                      struct err *err);
/* Give C's request to the helper of O. */
int server_pool_send(struct server *s, const struct runner_owner *o,
                     const struct server_call *c, struct err *err);
/* Relay what helper I has to say; it may be gone afterwards. */
void server_pool_receive(struct server *s, size_t i);
/* End helpers that are idle, or do not answer. */
void server_pool_expire(struct server *s);
/* The service ends: what helpers still have is given SERVER_END_S. */
void server_pool_hurry(struct server *s);
/* End all of them. */
void server_pool_close(struct server *s);

#endif
