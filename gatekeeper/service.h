/* gatekeeper/service.h - what the gatekeeper's doors work with, set up by main.
 */
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
    int statefd; /* the lock of this instance in gatekeeper.state */
    struct life *life;
    struct runner *runner;
    struct site *site;
    struct trust *trust; /* the site's */
    struct cred *cred;   /* the host's; service_cred() */
    struct lock cred_lock;
    struct cred_watch watch; /* its files; main's thread */
    struct http_server *server;
    struct soap_service *soap; /* of all doors; the server's */
    const char *url;           /* "https://host:port" of our handles */
    time_t started;
    struct publish *publish; /* NULL: in no index */
    struct follower *follower;
    struct name_watch *admins; /* gatekeeper.admins; NULL: nobody is */
    struct lock starting;      /* held until all of this is set */
};

/* Open store, runner and life engine.  -1 with ERR. */
int service_open(struct service *s, const struct conf *conf, int runner_fd,
                 struct err *err);
/* What -t checks of this half: it can read credential and trust, and use the
 * schedulers.  Nothing is opened for good. */
int service_check(const struct conf *conf, int runner_fd, struct err *err);
/* Listen with all doors. */
int service_listen(struct service *s, struct err *err);
/* Return when all of S is set: for requests that come early. */
void service_wait(struct service *s);
/* A renewed host certificate, through the runner: for callers and for the
 * indexes.  The old one stays where that fails: -1 with ERR. */
int service_reload(struct service *s, struct err *err);
/* The same, when the files were replaced; looks every CRED_WATCH_MS at most. */
int service_refresh(struct service *s, struct err *err);
/* The host's credential as it is now; cred_unref() it.  Any thread. */
struct cred *service_cred(struct service *s);
/* -1 with ERR STATE or LEASE: another gatekeeper has the jobs by now, and this
 * one must end. */
int service_fenced(struct service *s, struct err *err);
/* Stop serving; jobs go on. */
void service_close(struct service *s);

#endif
