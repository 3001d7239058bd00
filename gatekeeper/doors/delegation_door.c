/* gatekeeper/doors/delegation_door.c - gridsite's delegation-2 port type: the
 * caller signs a proxy for a key made here and chooses its delegation id. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xml.h"
#include "gatekeeper/doors/delegation_soap.h"
#include "gatekeeper/doors/door.h"
#include "gsi/proxy.h"

#define ID_MAX         256
#define INTERFACE      "2.1.0"
#define METADATA_WORDS "features"
/* A request without a certificate expires after this, s. */
#define REQUEST_LIFE   3600
/* The number of keys made in advance. */
#define POOL_KEYS      8
#define POOL_BITS      2048

static const char *
caller(const struct soap_call *call)
{
    return call->peer->identity;
}

/* A soap_detail_fn: every fault is a DelegationException. */
static void
detail(const struct soap_call *call, const struct err *err, struct buf *out)
{
    if (!call->http->denied)
        audit_decision(call->peer != NULL ? call->peer->identity : "-",
                       call->payload != NULL ? (const char *)call->payload->name
                                             : "-",
                       "-", call->from, err);
    delegation_soap_fault(out, err->text);
}

/* The child NAME of the payload.  The schema has no namespace here, but some
 * clients send the operation's namespace. */
static char *
argument(const struct soap_call *call, const char *name)
{
    const xmlNode *c = xml_child(call->payload, "*", name);

    return c != NULL ? xml_text(c) : NULL;
}

/* The delegationID of CALL, which the caller frees; "default" if it is missing
 * and OPTIONAL. */
static char *
argument_id(const struct soap_call *call, bool optional, struct err *err)
{
    char *id = argument(call, "delegationID");

    if ((id == NULL || id[0] == '\0') && optional) {
        free(id);
        return xstrdup("default");
    }
    if (id == NULL || id[0] == '\0' || strlen(id) > ID_MAX) {
        err_set(err, ERR_USAGE, "delegationID is missing or too long");
        free(id);
        return NULL;
    }
    for (const unsigned char *p = (const unsigned char *)id; *p; p++)
        if (*p < 0x20) {
            err_set(err, ERR_USAGE, "delegationID holds control characters");
            free(id);
            return NULL;
        }
    return id;
}

/* ---- service metadata ---- */

static int
get_version(struct soap_call *call, struct err *err)
{
    (void)err;
    delegation_soap_answer(&call->reply, "getVersion", GATEHOUSE_VERSION, NULL);
    return 0;
}

static int
get_interface_version(struct soap_call *call, struct err *err)
{
    (void)err;
    delegation_soap_answer(&call->reply, "getInterfaceVersion", INTERFACE,
                           NULL);
    return 0;
}

static int
get_metadata(struct soap_call *call, struct err *err)
{
    char *key = argument(call, "key");
    int rc = 0;

    if (key == NULL || strcmp(key, METADATA_WORDS) != 0)
        rc = err_set(err, ERR_NOT_FOUND, "no metadata '%s'",
                     key != NULL ? key : "");
    else
        delegation_soap_answer(&call->reply, "getServiceMetadata", "renewal",
                               NULL);
    free(key);
    return rc;
}

/* ---- requests ---- */

/* The limits of delegated credentials in total and per user. */
static struct store_limit
limit(const struct service *s)
{
    return (struct store_limit){
        .owner = conf_num(s->conf, CONF_gatekeeper_delegations_max_user),
        .all = conf_num(s->conf, CONF_gatekeeper_delegations_max),
    };
}

/* Make a key for the caller's ID, store it until its certificate arrives, and
 * put its certificate request into PEM. */
static int
make_request(struct soap_call *call, const char *id, struct buf *pem,
             struct err *err)
{
    struct service *s = call->service;
    struct proxy_request *req = NULL;
    struct buf key = BUF_INIT;
    long long now = time_now_ms() / 1000;
    char *owner = xstrdup(caller(call)), *name = xstrdup(id);
    struct store_delegation d = { .owner = owner,
                                  .id = name,
                                  .expires = now + REQUEST_LIFE,
                                  .created = now };
    const struct store_limit max = limit(s);
    struct store_delegation before;
    int rc = -1;

    /* During a renewal the old credential and its expiry stay until the new one
     * is here. */
    if (s->store->get_delegation(s->store_self, owner, id, &before, NULL) ==
        0) {
        if (before.credential != NULL)
            d.expires = before.expires;
        store_delegation_fini(&before);
    }
    if (proxy_request_create(0, &req, err) == 0 &&
        proxy_request_save(req, &key, err) == 0 &&
        proxy_request_pem(req, pem, err) == 0) {
        d.request = key.data;
        rc = s->store->put_delegation(s->store_self, &d, &max, err);
    }
    proxy_request_destroy(req);
    buf_wipe(&key);
    free(owner);
    free(name);
    return rc;
}

static int
answer_request(struct soap_call *call, const char *name, const char *id,
               bool tell, struct err *err)
{
    struct service *s = call->service;
    struct buf pem = BUF_INIT;
    int rc = life_admit(s->life, caller(call), err);

    if (rc == 0)
        rc = make_request(call, id, &pem, err);

    if (rc == 0) {
        audit_decision(caller(call), name, "-", call->from, NULL);
        delegation_soap_answer(&call->reply, name, buf_str(&pem),
                               tell ? id : NULL);
    }
    buf_fini(&pem);
    return rc;
}

static int
get_proxy_req(struct soap_call *call, struct err *err)
{
    char *id = argument_id(call, true, err);
    int rc =
        id != NULL ? answer_request(call, "getProxyReq", id, false, err) : -1;

    free(id);
    return rc;
}

static int
get_new_proxy_req(struct soap_call *call, struct err *err)
{
    char id[UUID_TEXT];

    return answer_request(call, "getNewProxyReq", uuid_make(id), true, err);
}

static int
renew_proxy_req(struct soap_call *call, struct err *err)
{
    struct service *s = call->service;
    char *id = argument_id(call, false, err);
    struct store_delegation d;
    int rc = -1;

    if (id != NULL && s->store->get_delegation(s->store_self, caller(call), id,
                                               &d, err) == 0) {
        store_delegation_fini(&d);
        rc = answer_request(call, "renewProxyReq", id, false, err);
    }
    free(id);
    return rc;
}

/* ---- the certificate ---- */

/* Join PEM with the stored key and verify the result: it must be a proxy of the
 * caller. */
static int
join(struct soap_call *call, const struct store_delegation *d, const char *pem,
     struct buf *credential, struct peer *peer, struct err *err)
{
    struct service *s = call->service;
    struct chain_check check = { .purpose = CHAIN_CLIENT };
    struct proxy_request *req = NULL;
    struct cred *cred = NULL;
    int rc = -1;

    if (d->request == NULL)
        return err_set(err, ERR_STATE,
                       "no request of '%s' waits for a certificate", d->id);
    if (proxy_request_load(d->request, strlen(d->request), &req, err) < 0 ||
        proxy_request_finish_pem(req, pem, strlen(pem), &cred, err) < 0 ||
        chain_verify_cred(s->trust, cred, &check, peer, err) < 0)
        goto out;
    if (strcmp(peer->identity, caller(call)) != 0)
        err_set(err, ERR_AUTHZ, "the proxy speaks for '%s', not for you",
                peer->identity);
    else if (peer->proxies == 0)
        err_set(err, ERR_USAGE, "this is not a proxy certificate");
    else
        rc = cred_to_pem(cred, true, credential, err);
out:
    cred_unref(cred);
    proxy_request_destroy(req);
    return rc;
}

static int
store_proxy(struct soap_call *call, const char *id, const char *pem,
            struct err *err)
{
    struct service *s = call->service;
    struct store_delegation d = { 0 };
    const struct store_limit max = limit(s);
    struct buf credential = BUF_INIT;
    struct peer peer = { 0 };
    int rc = -1;

    if (s->store->get_delegation(s->store_self, caller(call), id, &d, err) <
            0 ||
        join(call, &d, pem, &credential, &peer, err) < 0)
        goto out;
    explicit_bzero(d.request, strlen(d.request));
    free(d.request);
    free(d.credential);
    d.request = NULL;
    d.credential = buf_detach(&credential);
    d.expires = peer.expires;
    rc = s->store->put_delegation(s->store_self, &d, &max, err);
    if (rc == 0) {
        log_event(LOG_NOTICE, "delegation.put",
                  "dn=%s id=%s limited=%d expires=%lld", caller(call), id,
                  (int)peer.limited, d.expires);
        life_renewed(s->life, caller(call), id);
    }
out:
    peer_fini(&peer);
    buf_wipe(&credential);
    store_delegation_fini(&d);
    return rc;
}

static int
put_proxy(struct soap_call *call, struct err *err)
{
    char *id = argument_id(call, true, err), *pem = argument(call, "proxy");
    struct service *s = call->service;
    int rc = -1;

    if (id != NULL && pem == NULL)
        err_set(err, ERR_USAGE, "putProxy without a proxy");
    else if (id != NULL && life_admit(s->life, caller(call), err) == 0)
        rc = store_proxy(call, id, pem, err);
    if (rc == 0) /* The response message has no part, so the Body is empty. */
        audit_decision(caller(call), "putProxy", "-", call->from, NULL);
    free(id);
    free(pem);
    return rc;
}

/* ---- expiry and removal ---- */

static int
get_termination_time(struct soap_call *call, struct err *err)
{
    struct service *s = call->service;
    char *id = argument_id(call, true, err), text[TIME_TEXT];
    struct store_delegation d;
    int rc = -1;

    if (id != NULL && s->store->get_delegation(s->store_self, caller(call), id,
                                               &d, err) == 0) {
        if (d.credential == NULL)
            err_set(err, ERR_NOT_FOUND, "delegation '%s' holds no proxy yet",
                    id);
        else {
            delegation_soap_answer(&call->reply, "getTerminationTime",
                                   time_utc((time_t)d.expires, text), NULL);
            rc = 0;
        }
        store_delegation_fini(&d);
    }
    free(id);
    return rc;
}

static int
destroy(struct soap_call *call, struct err *err)
{
    struct service *s = call->service;
    char *id = argument_id(call, true, err);
    int rc = -1;

    if (id != NULL)
        rc = s->store->drop_delegation(s->store_self, caller(call), id, err);
    if (rc == 0)
        audit_decision(caller(call), "destroy", "-", call->from, NULL);
    free(id);
    return rc;
}

#define OP(op, fn)                                                        \
    {                                                                     \
        .path = BES_PATH, .ns = GDS_NS, .name = (op), .reply_action = "", \
        .flags = HTTP_LIMITED, .run = (fn), .detail = detail              \
    }

static const struct soap_op ops[] = {
    OP("getVersion", get_version),
    OP("getInterfaceVersion", get_interface_version),
    OP("getServiceMetadata", get_metadata),
    OP("getProxyReq", get_proxy_req),
    OP("getNewProxyReq", get_new_proxy_req),
    OP("renewProxyReq", renew_proxy_req),
    OP("putProxy", put_proxy),
    OP("getTerminationTime", get_termination_time),
    OP("destroy", destroy),
    { .path = NULL }
};

/* Make keys for proxies in advance. */
static void
keys_begin(void)
{
    proxy_pool(POOL_KEYS, POOL_BITS);
}

static void
keys_end(void)
{
    proxy_pool(0, 0);
}

const struct door delegation_door = {
    .name = "delegation", .ops = ops, .open = keys_begin, .close = keys_end
};
