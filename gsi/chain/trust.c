/* gsi/chain/trust.c - a trust directory that threads share and that follows
 * changes on disk. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/lock.h"
#include "base/log.h"
#include "gsi/chain/trust_load.h"
#include "gsi/chain/trust_snap.h"

#define LOOK_MS 1000

struct trust {
    atomic_uint refs;
    atomic_uint generation;
    char *dir;
    enum trust_crl crl;
    long proxy_max;   /* seconds; 0 = any */
    struct lock lock; /* guards the members below */
    struct trust_snap *snap;
    uint64_t stamp;
    long long looked_ms;
};

int
trust_crl_parse(const char *text, enum trust_crl *crl, struct err *err)
{
    if (strcmp(text, "if-present") == 0)
        *crl = TRUST_CRL_IF_PRESENT;
    else if (strcmp(text, "require") == 0)
        *crl = TRUST_CRL_REQUIRE;
    else
        return err_set(err, ERR_CONFIG,
                       "'%s' is neither 'if-present' nor 'require'", text);
    return 0;
}

void
trust_set_proxy_max(struct trust *t, long seconds)
{
    t->proxy_max = seconds;
}

long
trust_proxy_max(const struct trust *t)
{
    return t->proxy_max;
}

int
trust_open(const char *dir, enum trust_crl crl, struct trust **t,
           struct err *err)
{
    *t = NULL;
    uint64_t stamp = trust_load_stamp(dir);
    struct trust_snap *snap = trust_load(dir, NULL, err);
    if (!snap)
        return -1;
    if (!trust_snap_cas(snap)) {
        trust_snap_unref(snap);
        return err_set(err, ERR_CONFIG,
                       "no CA certificate (HASH.0) in trust directory '%s'",
                       dir);
    }
    struct trust *n = xcalloc(1, sizeof *n);
    atomic_init(&n->refs, 1);
    atomic_init(&n->generation, 1);
    n->dir = xstrdup(dir);
    n->crl = crl;
    lock_init(&n->lock, LOCK_trust);
    n->snap = snap;
    n->stamp = stamp;
    n->looked_ms = time_mono_ms();
    *t = n;
    return 0;
}

struct trust *
trust_ref(struct trust *t)
{
    atomic_fetch_add(&t->refs, 1);
    return t;
}

void
trust_close(struct trust *t)
{
    if (!t || atomic_fetch_sub(&t->refs, 1) != 1)
        return;
    trust_snap_unref(t->snap);
    lock_fini(&t->lock);
    free(t->dir);
    free(t);
}

/* T's current snapshot, with a new reference. */
static struct trust_snap *
held(struct trust *t)
{
    lock_take(&t->lock);
    struct trust_snap *s = trust_snap_ref(t->snap);
    lock_release(&t->lock);
    return s;
}

/* Read the directory again while other threads use the old snapshot.  An
 * unreadable directory keeps the old snapshot; one without CAs trusts
 * nobody. */
static void
reload(struct trust *t, uint64_t stamp)
{
    struct err err = ERR_INIT;
    struct trust_snap *old = held(t);
    struct trust_snap *snap = trust_load(t->dir, old, &err);
    trust_snap_unref(old);
    if (!snap) {
        log_event(LOG_ERR, "trust.reload", "dir=%s error=%s", t->dir, err.text);
        return;
    }
    size_t cas = trust_snap_cas(snap), crls = trust_snap_crls(snap);
    lock_take(&t->lock);
    old = t->snap;
    t->snap = snap;
    t->stamp = stamp;
    lock_release(&t->lock);
    atomic_fetch_add(&t->generation, 1);
    log_event(LOG_NOTICE, "trust.reload", "dir=%s cas=%zu crls=%zu", t->dir,
              cas, crls);
    trust_snap_unref(old);
}

/* Check whether the files changed; only one thread, and at most once in
 * LOOK_MS. */
static void
look(struct trust *t)
{
    long long now = time_mono_ms();
    lock_take(&t->lock);
    bool mine = now - t->looked_ms >= LOOK_MS;
    if (mine)
        t->looked_ms = now;
    uint64_t known = t->stamp;
    lock_release(&t->lock);
    if (!mine)
        return;
    uint64_t stamp = trust_load_stamp(t->dir);
    if (stamp && stamp != known)
        reload(t, stamp);
}

struct trust_snap *
trust_snap_get(struct trust *t)
{
    look(t);
    return held(t);
}

void
trust_verify_lists(struct trust *t)
{
    struct trust_snap *s = trust_snap_get(t);
    trust_snap_verify_lists(s);
    trust_snap_unref(s);
}

unsigned
trust_generation(struct trust *t)
{
    look(t);
    return atomic_load(&t->generation);
}

const char *
trust_dir(const struct trust *t)
{
    return t->dir;
}

enum trust_crl
trust_crl_mode(const struct trust *t)
{
    return t->crl;
}
