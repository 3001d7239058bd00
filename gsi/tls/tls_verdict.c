/* gsi/tls/tls_verdict.c - cache of verified chains.  Connections with the same
 * certificates share one verdict and one copy. */
#include <pthread.h>
#include <string.h>

#include "base/lock.h"
#include "gsi/chain/trust.h"
#include "gsi/tls/tls_conn.h"

#define BUCKETS 1024
#define KEY_LEN 32

struct tls_verdict {
    struct tls_verdict *next;
    unsigned char key[KEY_LEN];
    unsigned refs;       /* under the lock, like next and the next three */
    unsigned generation; /* trust directory's generation at verification */
    time_t judged, until;
    struct trust *trust;
    enum chain_purpose purpose;
    char *host; /* NULL: any */
    X509 *leaf;
    struct peer peer;
};

static struct {
    struct lock lock;
    struct tls_verdict *bucket[BUCKETS];
} table = { .lock = LOCK_INIT(LOCK_tls_verdict) };

static struct tls_verdict **
bucket_of(const unsigned char key[KEY_LEN])
{
    return &table.bucket[(key[0] << 8 | key[1]) % BUCKETS];
}

/* Add CERT's DER to the digest. */
static int
digest_cert(EVP_MD_CTX *md, X509 *cert)
{
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der), ok;

    if (n <= 0)
        return -1;
    ok = EVP_DigestUpdate(md, der, (size_t)n);
    OPENSSL_free(der);
    return ok == 1 ? 0 : -1;
}

/* SHA-256 over all inputs of the verification. */
static int
key_of(struct trust *trust, enum chain_purpose purpose, const char *host,
       X509 *leaf, STACK_OF(X509) * sent, unsigned char key[KEY_LEN])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    int rc = -1, i;

    if (host == NULL)
        host = "";
    if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 ||
        EVP_DigestUpdate(md, &trust, sizeof(trust)) != 1 ||
        EVP_DigestUpdate(md, &purpose, sizeof(purpose)) != 1 ||
        EVP_DigestUpdate(md, host, strlen(host) + 1) != 1 ||
        digest_cert(md, leaf) < 0)
        goto out;
    for (i = 0; i < sk_X509_num(sent); i++)
        if (digest_cert(md, sk_X509_value(sent, i)) < 0)
            goto out;
    rc = EVP_DigestFinal_ex(md, key, NULL) == 1 ? 0 : -1;
out:
    EVP_MD_CTX_free(md);
    return rc;
}

/* Whether V may be reused without a new verification. */
static bool
fresh(const struct tls_verdict *v, unsigned generation, time_t now)
{
    return v->generation == generation && v->judged <= now && now < v->until;
}

/* Until when PEER's verdict of NOW holds while TRUST is unchanged: none of the
 * certificates and lists it used starts or ends before. */
static time_t
until_of(struct trust *trust, const struct peer *peer, time_t now)
{
    struct trust_snap *snap = trust_snap_get(trust);
    time_t until = trust_snap_horizon(snap, now);

    trust_snap_unref(snap);
    return until < peer->expires ? until : peer->expires;
}

/* The fresh verdict with KEY, with a new reference; NULL. */
static struct tls_verdict *
find_fresh(const unsigned char key[KEY_LEN], unsigned generation, time_t now)
{
    struct tls_verdict *v;

    lock_take(&table.lock);
    for (v = *bucket_of(key); v != NULL; v = v->next)
        if (memcmp(v->key, key, KEY_LEN) == 0)
            break;
    if (v != NULL && !fresh(v, generation, now))
        v = NULL;
    if (v != NULL)
        v->refs++;
    lock_release(&table.lock);
    return v;
}

static void
verdict_free(struct tls_verdict *v)
{
    X509_free(v->leaf);
    peer_fini(&v->peer);
    trust_close(v->trust);
    free(v->host);
    free(v);
}

/* Insert NEW, just verified, into the table; or update the existing entry and
 * drop NEW. */
static struct tls_verdict *
publish(struct tls_verdict *new)
{
    struct tls_verdict **b = bucket_of(new->key), *v;

    lock_take(&table.lock);
    for (v = *b; v != NULL; v = v->next)
        if (memcmp(v->key, new->key, KEY_LEN) == 0)
            break;
    if (v != NULL) {
        v->generation = new->generation;
        v->judged = new->judged;
        v->until = new->until;
        v->refs++;
    } else {
        new->next = *b;
        *b = new;
    }
    lock_release(&table.lock);
    if (v == NULL)
        return new;
    verdict_free(new);
    return v;
}

int
tls_verdict_get(struct trust *trust, enum chain_purpose purpose,
                const char *host, X509 *leaf, STACK_OF(X509) * sent,
                struct tls_verdict **verdict, int *x509_err, struct err *err)
{
    struct chain_check check = { .now = time(NULL),
                                 .purpose = purpose,
                                 .host = host,
                                 .outside = purpose != CHAIN_SERVER };
    unsigned generation = trust_generation(trust);
    struct tls_verdict *v;
    unsigned char key[KEY_LEN];

    *verdict = NULL;
    *x509_err = X509_V_ERR_UNSPECIFIED;
    if (key_of(trust, purpose, host, leaf, sent, key) < 0)
        return err_set(err, ERR_AUTHN, "certificate cannot be read");
    if ((*verdict = find_fresh(key, generation, check.now)) != NULL)
        return 0;

    v = xcalloc(1, sizeof(*v));
    v->trust = trust_ref(trust);
    if (chain_verify_code(trust, leaf, sent, &check, &v->peer, x509_err, err) ==
        -1)
        goto bad;
    X509_up_ref(leaf);
    v->leaf = leaf;
    memcpy(v->key, key, KEY_LEN);
    v->refs = 1;
    v->generation = generation;
    v->judged = check.now;
    v->until = until_of(trust, &v->peer, check.now);
    v->purpose = purpose;
    v->host = host != NULL ? xstrdup(host) : NULL;
    *verdict = publish(v);
    return 0;
bad:
    verdict_free(v);
    return -1;
}

void
tls_verdict_unref(struct tls_verdict *v)
{
    struct tls_verdict **p;
    bool last;

    if (v == NULL)
        return;
    lock_take(&table.lock);
    last = --v->refs == 0;
    if (last) {
        for (p = bucket_of(v->key); *p != v; p = &(*p)->next)
            ;
        *p = v->next;
    }
    lock_release(&table.lock);
    if (last)
        verdict_free(v);
}

const struct peer *
tls_verdict_peer(const struct tls_verdict *v)
{
    return &v->peer;
}

X509 *
tls_verdict_leaf(const struct tls_verdict *v)
{
    return v->leaf;
}

int
tls_verdict_again(struct tls_verdict *v, struct err *err)
{
    struct chain_check check = { .now = time(NULL),
                                 .purpose = v->purpose,
                                 .host = v->host,
                                 .outside = v->purpose != CHAIN_SERVER };
    unsigned generation = trust_generation(v->trust);
    struct peer peer = { 0 };
    time_t until;
    bool known;

    lock_take(&table.lock);
    known = fresh(v, generation, check.now);
    lock_release(&table.lock);
    if (known)
        return 0;
    if (chain_verify(v->trust, v->peer.chain_pem, strlen(v->peer.chain_pem),
                     &check, &peer, err) < 0)
        return -1;
    until = until_of(v->trust, &peer, check.now);
    peer_fini(&peer);
    lock_take(&table.lock);
    v->generation = generation;
    v->judged = check.now;
    v->until = until;
    lock_release(&table.lock);
    return 0;
}
