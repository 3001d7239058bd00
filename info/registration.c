/* info/registration.c - see registration.h. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/thread.h"
#include "base/xml.h"
#include "info/registration.h"
#include "soap/client.h"
#include "wsrf/wsrf_request_soap.h"

#define ACTION(x) "http://docs.oasis-open.org/wsrf/" x

#define REGISTRATION_CALL_MS  10000
#define REGISTRATION_LEAVE_MS 2000
/* Default least time between two pushes, and the first retry delay. */
#define REGISTRATION_PAUSE_MS 1000
#define REGISTRATION_REFRESH  5 /* intervals between full updates */

struct registration {
    struct registration_spec spec;
    char *index_url, *member_url;
    struct soap_client *client;
    pthread_t thread;
    struct lock lock; /* guards what follows; wakes the thread */
    pthread_cond_t wake;
    bool touched;
    struct cred *renewed; /* to be used from the next turn on; NULL: none */
    atomic_bool stopping;

    /* Used by the thread only. */
    char *entry_url, *entry_headers; /* our entry; NULL: none */
    struct buf sent; /* the content of the entry without CreationTime */
    long long sent_at, pause;
};

/* Create a client with the credential CRED. */
static int
client_create(struct registration *r, struct cred *cred,
              struct soap_client **client, struct err *err)
{
    const struct soap_client_spec spec = { .cred = cred,
                                           .trust = r->spec.trust,
                                           .timeout_ms = REGISTRATION_CALL_MS,
                                           .cancel = &r->stopping };

    return soap_client_create(&spec, client, err);
}

long long
registration_validity(int interval_s)
{
    /* A description younger than REFRESH intervals is only renewed and then
     * lives for two more if no later call arrives.  Add and renewal may each
     * take the time of a call. */
    return (REGISTRATION_REFRESH + 2) * (long long)interval_s +
           2 * REGISTRATION_CALL_MS / 1000;
}

/* Discard the reference to our entry. */
static void
entry_forget(struct registration *r)
{
    free(r->entry_url);
    free(r->entry_headers);
    r->entry_url = r->entry_headers = NULL;
    buf_clear(&r->sent);
}

/* Store the entry's reference from the answer NODE: a child of it in sg-2, or
 * NODE itself. */
static int
entry_keep(struct registration *r, const xmlNode *node, struct err *err)
{
    const xmlNode *epr = xml_child(node, "*", "ServiceGroupEntryReference");
    struct buf headers = BUF_INIT;
    struct wsa_epr ref;

    if (wsa_epr_read(&ref, epr != NULL ? epr : node, err) < 0)
        return -1;
    wsa_epr_headers(&headers, &ref);
    free(r->entry_url);
    free(r->entry_headers);
    r->entry_url = xstrdup(ref.address);
    r->entry_headers = buf_detach(&headers);
    wsa_epr_fini(&ref);
    return 0;
}

/* Copy GLUE without its CreationTime attributes to OUT. */
static void
without_times(struct buf *out, const char *glue)
{
    static const char word[] = " CreationTime=\"";
    const char *hit;

    while ((hit = strstr(glue, word)) != NULL) {
        buf_add(out, glue, (size_t)(hit - glue));
        glue = hit + sizeof(word) - 1;
        glue += strcspn(glue, "\"");
        glue += *glue == '"';
    }
    buf_adds(out, glue);
}

/* Send GLUE with Add. */
static int
index_add(struct registration *r, const char *glue, struct err *err)
{
    struct buf body = BUF_INIT;
    struct soap_question q = {
        .url = r->index_url,
        .action = ACTION("sgw-2/ServiceGroupRegistration/AddRequest")
    };
    xmlDoc *doc;
    xmlNode *answer;
    int rc;

    wsrf_request_add(&body, r->member_url, glue, 2 * r->spec.interval_s);
    q.body = buf_str(&body);
    rc = soap_client_call(r->client, &q, &doc, &answer, err);
    buf_fini(&body);
    if (rc < 0)
        return -1;
    rc = answer != NULL
             ? entry_keep(r, answer, err)
             : err_set(err, ERR_PROTOCOL, "the answer to Add is empty");
    xmlFreeDoc(doc);
    return rc;
}

/* Call our entry through CLIENT with BODY. */
static int
entry_call(const struct registration *r, struct soap_client *client,
           const char *action, const struct buf *body, struct err *err)
{
    const struct soap_question q = { .url = r->entry_url,
                                     .action = action,
                                     .headers = r->entry_headers,
                                     .body = buf_str(body) };
    xmlDoc *doc;
    xmlNode *answer;

    if (soap_client_call(client, &q, &doc, &answer, err) < 0)
        return -1;
    xmlFreeDoc(doc);
    return 0;
}

/* Extend the entry's lifetime. */
static int
index_renew(struct registration *r, struct err *err)
{
    struct buf body = BUF_INIT;
    int rc;

    wsrf_request_renew(&body, 2 * r->spec.interval_s);
    rc = entry_call(
        r, r->client,
        ACTION("rlw-2/ScheduledResourceTermination/SetTerminationTimeRequest"),
        &body, err);
    buf_fini(&body);
    return rc;
}

/* Whether PLAIN must be sent, or renewing the entry is enough. */
static bool
must_send(const struct registration *r, const struct buf *plain)
{
    long long age = time_mono_ms() - r->sent_at;

    return r->entry_url == NULL || strcmp(buf_str(&r->sent), buf_str(plain)) ||
           age >= REGISTRATION_REFRESH * r->spec.interval_s * 1000LL;
}

/* Send GLUE; PLAIN is GLUE without times. */
static int
push_add(struct registration *r, const char *glue, struct buf *plain,
         struct err *err)
{
    bool fresh = r->entry_url == NULL;

    if (index_add(r, glue, err) < 0)
        return -1;
    buf_fini(&r->sent);
    r->sent = *plain;
    *plain = (struct buf)BUF_INIT;
    r->sent_at = time_mono_ms();
    log_event(fresh ? LOG_NOTICE : LOG_INFO,
              fresh ? "index.register" : "index.update",
              "index=%s member=%s entry=%s", r->index_url, r->member_url,
              r->entry_url);
    return 0;
}

/* One round: get the description, then send or renew it. */
static int
push(struct registration *r, struct err *err)
{
    const struct registration_frame frame = {
        .now = time(NULL),
        .validity_s = registration_validity(r->spec.interval_s),
        .cred = r->spec.cred
    };
    struct buf glue = BUF_INIT, plain = BUF_INIT;
    int rc = r->spec.describe(r->spec.arg, &frame, &glue, err);

    if (rc == 0) {
        without_times(&plain, buf_str(&glue));
        if (must_send(r, &plain)) {
            rc = push_add(r, buf_str(&glue), &plain, err);
        } else if ((rc = index_renew(r, err)) == 0) {
            log_event(LOG_INFO, "index.renew", "index=%s entry=%s",
                      r->index_url, r->entry_url);
        } else if (err->code == ERR_REMOTE) {
            /* The index has lost the entry: send it again. */
            *err = (struct err)ERR_INIT;
            entry_forget(r);
            rc = push_add(r, buf_str(&glue), &plain, err);
        }
    }
    buf_fini(&glue);
    buf_fini(&plain);
    return rc;
}

/* Wait for MS, or until the end, a renewed credential or, if TOUCH, a change of
 * the service. */
static void
rest(struct registration *r, long long ms, bool touch)
{
    long long until = time_mono_ms() + ms;

    lock_take(&r->lock);
    while (!atomic_load(&r->stopping) && !(touch && r->touched) &&
           r->renewed == NULL && lock_wait_until(&r->lock, &r->wake, until))
        continue;
    /* Later changes must be noticed. */
    if (touch)
        r->touched = false;
    lock_release(&r->lock);
}

/* The next retry delay after a failure. */
static long long
back_off(struct registration *r)
{
    long long most = r->spec.interval_s * 1000LL, ms = r->pause;

    r->pause = ms * 2 < most ? ms * 2 : most;
    return ms < most ? ms : most;
}

/* Remove our entry from the index, within a short time. */
static void
leave(struct registration *r)
{
    struct soap_client_spec spec = { .cred = r->spec.cred,
                                     .trust = r->spec.trust,
                                     .timeout_ms = REGISTRATION_LEAVE_MS };
    struct soap_client *client;
    struct buf body = BUF_INIT;
    struct err err = ERR_INIT;

    if (r->entry_url == NULL)
        return;
    if (soap_client_create(&spec, &client, &err) == 0) {
        wsrf_request_destroy(&body);
        entry_call(r, client,
                   ACTION("rlw-2/ImmediateResourceTermination/DestroyRequest"),
                   &body, &err);
        buf_fini(&body);
        soap_client_destroy(client);
    }
    log_event(LOG_INFO, "index.leave", "index=%s entry=%s reason=%s",
              r->index_url, r->entry_url, err.code == ERR_OK ? "ok" : err.text);
}

/* Remove our entry, because the new credential has another name. */
static void
hand_over(struct registration *r, const struct cred *next)
{
    if (r->entry_url == NULL || r->spec.cred == NULL ||
        strcmp(cred_identity(r->spec.cred), cred_identity(next)) == 0)
        return;
    leave(r);
    entry_forget(r);
}

/* Switch to the renewed credential, if any; on failure keep the old one. */
static void
take_renewed(struct registration *r)
{
    struct soap_client *client;
    struct err err = ERR_INIT;
    struct cred *cred;

    lock_take(&r->lock);
    cred = r->renewed;
    r->renewed = NULL;
    lock_release(&r->lock);
    if (cred == NULL)
        return;
    if (client_create(r, cred, &client, &err) < 0) {
        log_event(LOG_ERR, "index.fail", "index=%s member=%s reason=%s",
                  r->index_url, r->member_url, err.text);
        cred_unref(cred);
        return;
    }
    hand_over(r, cred);
    soap_client_destroy(r->client);
    cred_unref(r->spec.cred);
    r->client = client;
    r->spec.cred = cred;
    log_event(LOG_NOTICE, "index.credential", "index=%s subject=%s",
              r->index_url, cred_subject(cred));
}

/* One round and the wait after it. */
static void
turn(struct registration *r)
{
    long long ms = r->spec.interval_s * 1000LL;
    long long quiet =
        r->spec.pause_s > 0 ? r->spec.pause_s * 1000LL : REGISTRATION_PAUSE_MS;
    struct err err = ERR_INIT;

    if (quiet > ms)
        quiet = ms;
    take_renewed(r);
    if (push(r, &err) == 0) {
        r->pause = REGISTRATION_PAUSE_MS;
        rest(r, quiet, false);
        rest(r, ms - quiet, true);
    } else if (!atomic_load(&r->stopping)) {
        ms = back_off(r);
        log_event(LOG_WARNING, "index.fail",
                  "index=%s member=%s again_ms=%lld reason=%s", r->index_url,
                  r->member_url, ms, err.text);
        rest(r, ms, false);
    }
}

static void *
registration_run(void *arg)
{
    struct registration *r = arg;

    while (!atomic_load(&r->stopping))
        turn(r);
    leave(r);
    return NULL;
}

/* Start the thread with all signals blocked. */
static int
start_thread(struct registration *r, struct err *err)
{
    pthread_cond_init(&r->wake, NULL);
    lock_init(&r->lock, LOCK_registration);
    return thread_start(&r->thread, "registration", registration_run, r, err);
}

/* Free R, whose thread has ended. */
static void
registration_free(struct registration *r)
{
    soap_client_destroy(r->client);
    entry_forget(r);
    buf_fini(&r->sent);
    cred_unref(r->spec.cred);
    cred_unref(r->renewed);
    trust_close(r->spec.trust);
    free(r->index_url);
    free(r->member_url);
    free(r);
}

int
registration_start(const struct registration_spec *spec,
                   struct registration **reg, struct err *err)
{
    struct registration *r = xcalloc(1, sizeof(*r));

    *reg = NULL;
    r->spec = *spec;
    r->spec.cred = spec->cred != NULL ? cred_ref(spec->cred) : NULL;
    r->spec.trust = trust_ref(spec->trust);
    r->index_url = xstrdup(spec->index_url);
    r->member_url = xstrdup(spec->member_url);
    r->pause = REGISTRATION_PAUSE_MS;
    if (client_create(r, r->spec.cred, &r->client, err) < 0 ||
        start_thread(r, err) < 0) {
        registration_free(r);
        return err_wrap(err, "register with '%s'", spec->index_url);
    }
    *reg = r;
    return 0;
}

void
registration_touch(struct registration *r)
{
    lock_take(&r->lock);
    r->touched = true;
    pthread_cond_signal(&r->wake);
    lock_release(&r->lock);
}

void
registration_set_cred(struct registration *r, struct cred *cred)
{
    lock_take(&r->lock);
    cred_unref(r->renewed);
    r->renewed = cred_ref(cred);
    r->touched = true;
    pthread_cond_signal(&r->wake);
    lock_release(&r->lock);
}

void
registration_end(struct registration *r)
{
    lock_take(&r->lock);
    atomic_store(&r->stopping, true);
    pthread_cond_signal(&r->wake);
    lock_release(&r->lock);
}

void
registration_stop(struct registration *r)
{
    if (r == NULL)
        return;
    registration_end(r);
    pthread_join(r->thread, NULL);
    lock_fini(&r->lock);
    pthread_cond_destroy(&r->wake);
    registration_free(r);
}
