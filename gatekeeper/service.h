/* gatekeeper/service.h - the state that the gatekeeper's doors share, set up by
 * main. */
#ifndef GATEKEEPER_SERVICE_H
#define GATEKEEPER_SERVICE_H

#include <pthread.h>
#include <time.h>

#include "base/conf.h"
#include "base/lock.h"
#include "gatekeeper/life/life.h"
#include "gsi/chain/chain.h"
#include "gsi/cred.h"
#include "gsi/cred_watch.h"
#include "gsi/name_watch.h"
#include "gsi/names/gridmap.h"
#include "gsi/site.h"
#include "soap/soap_service.h"

struct service {
    const struct conf *conf;
    const struct store *store;
    void *store_self;
    int statefd; /* holds the lock of this instance in gatekeeper.state */
    struct life *life;
    struct runner *runner;
    struct site *site;
    struct trust *trust; /* the site's */
    struct cred *cred;   /* the host's; service_cred() */
    struct lock cred_lock;
    struct cred_watch watch; /* watches its files; main's thread */
    struct http_server *server;
    struct soap_service *soap; /* of all doors; owned by the server */
    const char *url;           /* "https://host:port" of our handles */
    time_t started;
    struct publish *publish; /* NULL: no index configured */
    struct follower *follower;
    struct accounting *accounting; /* NULL: no records are asked for */
    struct pulse *pulse;
    struct name_watch *admins; /* gatekeeper.admins; NULL: nobody is */
    struct lock starting;      /* held until all fields are set */
};

/* Open store, runner and life engine.  -1 with ERR. */
int service_open(struct service *s, const struct conf *conf, int runner_fd,
                 struct err *err);
/* The checks of -t in this process: it can read credential and trust and can
 * use the schedulers.  Everything is closed again. */
int service_check(const struct conf *conf, int runner_fd, struct err *err);
/* Listen and serve all doors. */
int service_listen(struct service *s, struct err *err);
/* Return when all of S is set: for requests that come early. */
void service_wait(struct service *s);
/* Load a renewed host certificate through the runner and use it for callers and
 * indexes.  On failure the old one stays: -1 with ERR. */
int service_reload(struct service *s, struct err *err);
/* The same, if the files were replaced; checks at most every CRED_WATCH_MS. */
int service_refresh(struct service *s, struct err *err);
/* The current host credential; release it with cred_unref().  Any thread. */
struct cred *service_cred(struct service *s);
/* Whether another gatekeeper owns the jobs now, so that this one must end.  -1
 * with ERR STATE or LEASE: it does. */
int service_fenced(struct service *s, struct err *err);
/* Stop serving; jobs keep running. */
void service_close(struct service *s);

#endif
