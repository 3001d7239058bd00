/* gsi/proxy_pool.c - key pairs for proxies.  Some RSA ones are made in advance,
 * because that is slow and a delegation should be fast. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/lock.h"
#include "gsi/proxy_cert.h"

#define POOL_MAX  256
#define BITS_USED 2048

static struct {
    struct lock lock;
    pthread_cond_t change;
    pthread_t thread;
    bool running;
    int want; /* 0: the thread ends */
    int bits;
    int n;
    EVP_PKEY *key[POOL_MAX];
} pool = { .lock = LOCK_INIT(LOCK_proxy_pool),
           .change = PTHREAD_COND_INITIALIZER };

static EVP_PKEY *
generate(int bits)
{
    EVP_PKEY *key =
        bits < 0 ? EVP_EC_gen("P-256") : EVP_RSA_gen((unsigned)bits);
    ERR_clear_error();
    return key;
}

static void *
fill(void *arg)
{
    (void)arg;
    /* lower priority than the threads that serve requests */
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 19);
    lock_take(&pool.lock);
    while (pool.want > 0) {
        if (pool.n >= pool.want) {
            lock_wait(&pool.lock, &pool.change);
            continue;
        }
        int bits = pool.bits;
        lock_release(&pool.lock);
        EVP_PKEY *key = generate(bits);
        lock_take(&pool.lock);
        if (key && bits == pool.bits && pool.n < pool.want)
            pool.key[pool.n++] = key;
        else
            EVP_PKEY_free(key);
    }
    lock_release(&pool.lock);
    return NULL;
}

/* Free all keys; the caller holds the lock. */
static void
empty(void)
{
    while (pool.n)
        EVP_PKEY_free(pool.key[--pool.n]);
}

void
proxy_pool(int n, int bits)
{
    lock_take(&pool.lock);
    if (bits != pool.bits || n == 0)
        empty();
    pool.want = n < POOL_MAX ? n : POOL_MAX;
    pool.bits = bits > 0 ? bits : BITS_USED;
    bool end = pool.running && n == 0;
    if (n > 0 && !pool.running)
        pool.running = pthread_create(&pool.thread, NULL, fill, NULL) == 0;
    if (end)
        pool.running = false;
    pthread_cond_broadcast(&pool.change);
    lock_release(&pool.lock);
    if (end)
        pthread_join(pool.thread, NULL);
}

EVP_PKEY *
proxy_key_make(int bits, struct err *err)
{
    EVP_PKEY *key = NULL;
    bits = bits ? bits : BITS_USED;
    lock_take(&pool.lock);
    if (pool.n && pool.bits == bits) {
        key = pool.key[--pool.n];
        pthread_cond_signal(&pool.change);
    }
    lock_release(&pool.lock);
    if (!key)
        key = generate(bits);
    if (!key)
        err_set(err, ERR_USAGE, "cannot make a key of %d bits", bits);
    return key;
}
