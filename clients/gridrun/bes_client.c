/* clients/gridrun/bes_client.c - see bes_client.h. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "clients/gridrun/bes_client.h"
#include "clients/gridrun/bes_request_soap.h"

#define FACTORY_ACTION(op) BES_FACTORY_NS "/BESFactoryPortType/" op

static int
answer_is(const xmlNode *payload, const char *ns, const char *name,
          struct err *err)
{
    if (payload != NULL && xml_is(payload, ns, name))
        return 0;
    return err_set(err, ERR_PROTOCOL, "the server answered '%s', not '%s'",
                   payload != NULL ? (const char *)payload->name : "", name);
}

/* Get the address of the endpoint reference NODE; the caller frees it. */
static int
address_of(const xmlNode *node, char **address, struct err *err)
{
    struct wsa_epr epr;

    if (wsa_epr_read(&epr, node, err) < 0)
        return -1;
    *address = xstrdup(epr.address);
    wsa_epr_fini(&epr);
    return 0;
}

/* The request for ACTION with BODY; it borrows both. */
static struct soap_question
question(const struct bes_client *c, const char *action, const struct buf *body)
{
    return (struct soap_question){ .url = c->url,
                                   .action = action,
                                   .body = buf_str(body) };
}

int
bes_create(struct bes_client *c, const char *jsdl, const char *delegation_id,
           const char *message_id, char **address, struct err *err)
{
    struct buf body = BUF_INIT;
    struct soap_question q;
    xmlNode *payload, *id;
    xmlDoc *doc = NULL;
    int rc = -1;

    bes_request_create(&body, jsdl, delegation_id);
    q = question(c, FACTORY_ACTION("CreateActivity"), &body);
    q.message_id = message_id;
    if (soap_client_call(c->soap, &q, &doc, &payload, err) == 0 &&
        answer_is(payload, BES_FACTORY_NS, "CreateActivityResponse", err) ==
            0) {
        id = xml_child(payload, BES_FACTORY_NS, "ActivityIdentifier");
        rc = id != NULL ? address_of(id, address, err)
                        : err_set(err, ERR_PROTOCOL,
                                  "the answer has no ActivityIdentifier");
    }
    xmlFreeDoc(doc);
    buf_fini(&body);
    return rc;
}

/* The operations on activities: namespace, name and action. */
static const struct {
    const char *ns, *name, *action;
} one_ops[] = {
#define FACTORY_OP(name)                           \
    {                                              \
        BES_FACTORY_NS, name, FACTORY_ACTION(name) \
    }
    [BES_STATUSES] = FACTORY_OP("GetActivityStatuses"),
    [BES_TERMINATE] = FACTORY_OP("TerminateActivities"),
#undef FACTORY_OP
    [BES_RELEASE] = { JOBS_STATUS_NS, "ReleaseActivities",
                      JOBS_STATUS_NS "/JobsPortType/ReleaseActivities" },
};

/* If RESPONSE contains a fault, return it as the call's error. */
static int
no_fault(const xmlNode *response, struct err *err)
{
    xmlNode *fault = xml_child(response, "*", "Fault");
    enum err_code code = ERR_REMOTE;
    const xmlNode *detail;
    char *reason;

    if (fault == NULL)
        return 0;
    reason = xml_child_text(fault, "*", "faultstring");
    detail = xml_child(fault, "*", "detail");
    if (detail != NULL &&
        xml_child(detail, BES_FACTORY_NS,
                  "CantApplyOperationToCurrentStateFault") != NULL)
        code = ERR_STATE;
    else if (detail != NULL && xml_child(detail, BES_FACTORY_NS,
                                         "UnknownActivityIdentifierFault"))
        code = ERR_NOT_FOUND;
    err_set(err, code, "%s",
            reason != NULL ? reason : "the server gave no reason");
    free(reason);
    return -1;
}

/* Call OP for N activities; *payload is the answer. */
static int
ask_activities(struct bes_client *c, enum bes_request_op op,
               const char *const *addresses, size_t n, xmlDoc **doc,
               xmlNode **payload, struct err *err)
{
    struct buf body = BUF_INIT;
    struct soap_question q;
    int rc;

    bes_request_activities(&body, op, addresses, n);
    q = question(c, one_ops[op].action, &body);
    rc = soap_client_call(c->soap, &q, doc, payload, err);
    buf_fini(&body);
    return rc;
}

/* The TaskCount elements of NODE as text; NULL if there are none. */
static char *
read_task_counts(const xmlNode *node)
{
    struct buf text = BUF_INIT;

    for (xmlNode *e = xml_first(node); e != NULL; e = xml_next(e)) {
        char *state, *count;

        if (!xml_is(e, JOBS_STATUS_NS, "TaskCount"))
            continue;
        state = xml_attr(e, "state");
        count = xml_attr(e, "count");
        if (state != NULL && count != NULL)
            buf_addf(&text, "%s%s %s", text.len > 0 ? ", " : "", state, count);
        free(state);
        free(count);
    }
    if (text.len > 0)
        return buf_detach(&text);
    buf_fini(&text);
    return NULL;
}

/* Read jobs:JobStatus. */
static void
read_job_status(const xmlNode *node, struct bes_status *s)
{
    static const struct {
        const char *name;
        size_t offset;
    } texts[] = {
#define TEXT(name, field) { name, offsetof(struct bes_status, field) }
        TEXT("State", state),
        TEXT("Fault", fault),
        TEXT("LocalAccount", account),
        TEXT("Scheduler", scheduler),
        TEXT("SchedulerID", scheduler_id),
        TEXT("SessionURL", session_url),
        TEXT("StdoutURL", stdout_url),
        TEXT("StderrURL", stderr_url),
        TEXT("RetryReason", retry),
        TEXT("DelegationID", delegation_id),
#undef TEXT
    };
    char *text;
    long long n;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *(char **)(void *)((char *)s + texts[i].offset) =
            xml_child_text(node, JOBS_STATUS_NS, texts[i].name);
    text = xml_child_text(node, JOBS_STATUS_NS, "ExitCode");
    if (text != NULL && number_parse(text, 0, 255, &n) == 0) {
        s->has_exit = true;
        s->exit_code = (int)n;
    }
    free(text);
    text = xml_child_text(node, JOBS_STATUS_NS, "Signal");
    if (text != NULL && number_parse(text, 1, 127, &n) == 0)
        s->signal = (int)n;
    free(text);
    s->tasks = read_task_counts(node);
    for (xmlNode *e = xml_first(node); e != NULL; e = xml_next(e)) {
        if (!xml_is(e, JOBS_STATUS_NS, "StateTime"))
            continue;
        s->steps = xrealloc(s->steps, s->nsteps + 1, sizeof(*s->steps));
        s->steps[s->nsteps].state = xml_attr(e, "state");
        s->steps[s->nsteps].time = xml_attr(e, "entered");
        s->nsteps++;
    }
}

/* Read the status in RESPONSE. */
static int
read_status(const xmlNode *response, struct bes_status *s, struct err *err)
{
    xmlNode *status, *ours;

    if (no_fault(response, err) < 0)
        return -1;
    status = xml_child(response, BES_FACTORY_NS, "ActivityStatus");
    s->bes_state = status != NULL ? xml_attr(status, "state") : NULL;
    if (s->bes_state == NULL)
        return err_set(err, ERR_PROTOCOL, "the answer has no activity state");
    ours = xml_child(status, JOBS_STATUS_NS, "JobStatus");
    if (ours != NULL)
        read_job_status(ours, s);
    s->holding = xml_child(status, JOBS_STATUS_NS, "Held") != NULL;
    return 0;
}

/* Store RESPONSE as the result of each activity with its address. */
static void
take_response(const xmlNode *response, const char *const *addresses, size_t n,
              struct bes_result *results)
{
    xmlNode *id = xml_child(response, BES_FACTORY_NS, "ActivityIdentifier");
    char *address = NULL;

    if (id == NULL || address_of(id, &address, NULL) < 0)
        return;
    for (size_t i = 0; i < n; i++)
        if (strcmp(address, addresses[i]) == 0 &&
            results[i].err.code == ERR_PROTOCOL) {
            results[i].err = (struct err)ERR_INIT;
            read_status(response, &results[i].st, &results[i].err);
        }
    free(address);
}

int
bes_get_statuses(struct bes_client *c, const char *const *addresses, size_t n,
                 struct bes_result *results, struct err *err)
{
    xmlNode *payload;
    xmlDoc *doc = NULL;

    memset(results, 0, n * sizeof(*results));
    if (ask_activities(c, BES_STATUSES, addresses, n, &doc, &payload, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        err_set(&results[i].err, ERR_PROTOCOL,
                "the answer has no result for '%s'", addresses[i]);
    for (xmlNode *e = xml_first(payload); e != NULL; e = xml_next(e))
        if (xml_is(e, BES_FACTORY_NS, "Response"))
            take_response(e, addresses, n, results);
    xmlFreeDoc(doc);
    return 0;
}

int
bes_get_status(struct bes_client *c, const char *address, struct bes_status *s,
               struct err *err)
{
    struct bes_result result;

    memset(s, 0, sizeof(*s));
    if (bes_get_statuses(c, &address, 1, &result, err) < 0)
        return -1;
    *s = result.st;
    return result.err.code == ERR_OK
               ? 0
               : err_set(err, result.err.code, "%s", result.err.text);
}

void
bes_status_fini(struct bes_status *s)
{
    for (size_t i = 0; i < s->nsteps; i++) {
        free(s->steps[i].state);
        free(s->steps[i].time);
    }
    free(s->steps);
    free(s->bes_state);
    free(s->state);
    free(s->fault);
    free(s->account);
    free(s->scheduler);
    free(s->scheduler_id);
    free(s->session_url);
    free(s->stdout_url);
    free(s->stderr_url);
    free(s->retry);
    free(s->tasks);
    free(s->delegation_id);
    memset(s, 0, sizeof(*s));
}

bool
bes_status_final(const struct bes_status *s)
{
    return strcmp(s->bes_state, "Finished") == 0 ||
           strcmp(s->bes_state, "Failed") == 0 ||
           strcmp(s->bes_state, "Cancelled") == 0;
}

/* Call OP for one activity and check only that the answer has no fault. */
static int
one_done(struct bes_client *c, enum bes_request_op op, const char *address,
         struct err *err)
{
    xmlNode *payload, *response;
    xmlDoc *doc = NULL;
    int rc;

    if (ask_activities(c, op, &address, 1, &doc, &payload, err) < 0)
        return -1;
    response =
        payload != NULL ? xml_child(payload, one_ops[op].ns, "Response") : NULL;
    if (response == NULL)
        rc = err_set(err, ERR_PROTOCOL, "the answer to %s has no Response",
                     one_ops[op].name);
    else
        rc = no_fault(response, err);
    xmlFreeDoc(doc);
    return rc;
}

int
bes_terminate(struct bes_client *c, const char *address, struct err *err)
{
    return one_done(c, BES_TERMINATE, address, err);
}

int
bes_release(struct bes_client *c, const char *address, struct err *err)
{
    return one_done(c, BES_RELEASE, address, err);
}

int
bes_destroy(struct bes_client *c, const char *address, struct err *err)
{
    struct soap_page page = { .url = address,
                              .max = 65536,
                              .method = "DELETE" };
    struct buf text = BUF_INIT;
    int status = 0, rc;

    rc = soap_client_page(c->soap, &page, &text, &status, err);
    if (rc == 0 && status / 100 != 2)
        rc = err_set(err,
                     status == 404   ? ERR_NOT_FOUND
                     : status == 409 ? ERR_STATE
                                     : ERR_REMOTE,
                     "%.*s (HTTP %d)", (int)strcspn(buf_str(&text), "\r\n"),
                     buf_str(&text), status);
    buf_fini(&text);
    return rc;
}

/* Read one job of a page. */
static int
read_listed(const xmlNode *activity, struct bes_listed *l, struct err *err)
{
    xmlNode *id = xml_child(activity, JOBS_STATUS_NS, "ActivityIdentifier");
    xmlNode *status = xml_child(activity, JOBS_STATUS_NS, "JobStatus");

    if (id == NULL || status == NULL)
        return err_set(err, ERR_PROTOCOL,
                       "a listed activity has no identifier or no status");
    if (address_of(id, &l->address, err) < 0)
        return -1;
    l->name = xml_child_text(activity, JOBS_STATUS_NS, "JobName");
    l->command = xml_child_text(activity, JOBS_STATUS_NS, "Command");
    read_job_status(status, &l->st);
    return 0;
}

int
bes_list(struct bes_client *c, const struct bes_query *q, struct bes_list *list,
         struct err *err)
{
    struct buf body = BUF_INIT;
    struct soap_question ask;
    xmlNode *payload;
    xmlDoc *doc = NULL;
    int rc;

    *list = (struct bes_list){ .n = 0 };
    bes_request_list(&body, q->states, q->nstates, q->after, q->limit);
    ask = question(c, JOBS_STATUS_NS "/JobsPortType/ListActivities", &body);
    rc = soap_client_call(c->soap, &ask, &doc, &payload, err);
    if (rc == 0)
        rc = answer_is(payload, JOBS_STATUS_NS, "ListActivitiesResponse", err);
    for (xmlNode *e = rc == 0 ? xml_first(payload) : NULL; e != NULL && rc == 0;
         e = xml_next(e)) {
        if (!xml_is(e, JOBS_STATUS_NS, "Activity"))
            continue;
        list->of = xrealloc(list->of, list->n + 1, sizeof(*list->of));
        list->of[list->n] = (struct bes_listed){ .address = NULL };
        rc = read_listed(e, &list->of[list->n++], err);
    }
    if (rc == 0)
        list->next = xml_child_text(payload, JOBS_STATUS_NS, "After");
    xmlFreeDoc(doc);
    buf_fini(&body);
    return rc;
}

void
bes_list_fini(struct bes_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->of[i].address);
        free(list->of[i].name);
        free(list->of[i].command);
        bes_status_fini(&list->of[i].st);
    }
    free(list->of);
    free(list->next);
    *list = (struct bes_list){ .n = 0 };
}

/* delegation-2: sign the site's request REQ and put the proxy as ID. */
static int
put_proxy(struct bes_client *c, const struct cred *cred, bool full,
          long lifetime, const char *req, const char *id, struct err *err)
{
    struct proxy_spec spec = { .type = full ? CRED_FULL : CRED_LIMITED,
                               .path_length = -1,
                               .lifetime = lifetime };
    struct buf pem = BUF_INIT, body = BUF_INIT;
    struct soap_question q;
    xmlNode *payload;
    xmlDoc *doc = NULL;
    int rc = -1;

    if (proxy_sign_pem(cred, &spec, req, strlen(req), &pem, err) < 0)
        goto out;
    bes_request_put_proxy(&body, id, buf_str(&pem));
    q = question(c, "", &body);
    rc = soap_client_call(c->soap, &q, &doc, &payload, err);
out:
    xmlFreeDoc(doc);
    buf_fini(&pem);
    buf_fini(&body);
    return rc;
}

int
bes_delegate(struct bes_client *c, const struct cred *cred, bool full,
             long lifetime, char **id, struct err *err)
{
    struct buf body = BUF_INIT;
    struct soap_question q;
    xmlNode *payload, *ret;
    char *req = NULL;
    xmlDoc *doc = NULL;
    int rc = -1;

    *id = NULL;
    bes_request_new_proxy(&body);
    q = question(c, "", &body);
    if (soap_client_call(c->soap, &q, &doc, &payload, err) < 0)
        goto out;
    ret = xml_child(payload, "*", "NewProxyReq");
    if (ret == NULL)
        ret = payload;
    req = xml_child_text(ret, "*", "proxyRequest");
    *id = xml_child_text(ret, "*", "delegationID");
    if (req == NULL || *id == NULL)
        err_set(err, ERR_PROTOCOL,
                "the answer to getNewProxyReq has no request");
    else
        rc = put_proxy(c, cred, full, lifetime, req, *id, err);
out:
    if (rc < 0) {
        free(*id);
        *id = NULL;
    }
    xmlFreeDoc(doc);
    buf_fini(&body);
    free(req);
    return rc;
}

int
bes_renew(struct bes_client *c, const struct cred *cred, bool full,
          long lifetime, const char *id, struct err *err)
{
    struct buf body = BUF_INIT;
    struct soap_question q;
    xmlNode *payload;
    char *req = NULL;
    xmlDoc *doc = NULL;
    int rc;

    bes_request_renew_proxy(&body, id);
    q = question(c, "", &body);
    rc = soap_client_call(c->soap, &q, &doc, &payload, err);
    if (rc == 0)
        req = xml_child_text(payload, "*", "renewProxyReqReturn");
    if (rc == 0 && req == NULL)
        rc = err_set(err, ERR_PROTOCOL,
                     "the answer to renewProxyReq has no request");
    if (rc == 0)
        rc = put_proxy(c, cred, full, lifetime, req, id, err);
    xmlFreeDoc(doc);
    buf_fini(&body);
    free(req);
    return rc;
}

int
bes_undelegate(struct bes_client *c, const char *id, struct err *err)
{
    struct buf body = BUF_INIT;
    struct soap_question q;
    xmlNode *payload;
    xmlDoc *doc = NULL;
    int rc;

    bes_request_destroy(&body, id);
    q = question(c, "", &body);
    rc = soap_client_call(c->soap, &q, &doc, &payload, err);
    xmlFreeDoc(doc);
    buf_fini(&body);
    return rc;
}

bool
bes_transient(const struct err *err)
{
    return err->code == ERR_UNREACHABLE || err->code == ERR_TIMEOUT ||
           err->code == ERR_IO;
}
