/* clients/bes_client.c - see bes_client.h. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "clients/bes_client.h"

#define FACTORY_ACTION(op) BES_FACTORY_NS "/BESFactoryPortType/" op
#define OPEN_BODY(op)      "<bes:" op " xmlns:bes=\"" BES_FACTORY_NS "\">"

static int
answer_is(const xmlNode *payload, const char *ns, const char *name,
          struct err *err)
{
    if (payload != NULL && xml_is(payload, ns, name))
        return 0;
    return err_set(err, ERR_PROTOCOL, "the server answered '%s', not '%s'",
                   payload != NULL ? (const char *)payload->name : "", name);
}

int
bes_create(struct bes_client *c, const char *jsdl, const char *delegation_id,
           const char *message_id, char **epr, struct err *err)
{
    struct buf body = BUF_INIT, out = BUF_INIT;
    xmlNode *payload, *id;
    xmlDoc *doc = NULL;
    int rc = -1;

    buf_adds(&body, OPEN_BODY("CreateActivity") "<bes:ActivityDocument>");
    buf_adds(&body, jsdl);
    if (delegation_id != NULL) {
        buf_adds(&body,
                 "<jobs:DelegationID xmlns:jobs=\"" JOBS_STATUS_NS "\">");
        buf_add_xml(&body, delegation_id);
        buf_adds(&body, "</jobs:DelegationID>");
    }
    buf_adds(&body, "</bes:ActivityDocument></bes:CreateActivity>");
    if (soap_client_call(c->soap, c->url, FACTORY_ACTION("CreateActivity"),
                         message_id, NULL, buf_str(&body), &doc, &payload, NULL,
                         err) < 0 ||
        answer_is(payload, BES_FACTORY_NS, "CreateActivityResponse", err) < 0)
        goto out;
    id = xml_child(payload, BES_FACTORY_NS, "ActivityIdentifier");
    if (id == NULL) {
        err_set(err, ERR_PROTOCOL, "the answer has no ActivityIdentifier");
        goto out;
    }
    xml_write(&out, id);
    *epr = buf_detach(&out);
    rc = 0;
out:
    xmlFreeDoc(doc);
    buf_fini(&body);
    buf_fini(&out);
    return rc;
}

/* Call OP for the one activity EPR; *response is its Response element.  A fault
 * inside it is this call's error. */
static int
one_activity_of(struct bes_client *c, const char *ns, const char *op,
                const char *action, const char *epr, xmlDoc **doc,
                xmlNode **response, struct err *err)
{
    struct buf body = BUF_INIT;
    xmlNode *payload, *fault;
    char *reason;
    int rc = -1;

    *doc = NULL;
    buf_addf(&body, "<o:%s xmlns:o=\"%s\">%s</o:%s>", op, ns, epr, op);
    if (soap_client_call(c->soap, c->url, action, NULL, NULL, buf_str(&body),
                         doc, &payload, NULL, err) < 0)
        goto out;
    *response = xml_child(payload, ns, "Response");
    if (*response == NULL) {
        err_set(err, ERR_PROTOCOL, "the answer to %s has no Response", op);
        goto out;
    }
    fault = xml_child(*response, "*", "Fault");
    if (fault != NULL) {
        reason = xml_child_text(fault, "*", "faultstring");
        err_set(err, ERR_REMOTE, "%s",
                reason != NULL ? reason : "the server gave no reason");
        free(reason);
        goto out;
    }
    rc = 0;
out:
    if (rc < 0) {
        xmlFreeDoc(*doc);
        *doc = NULL;
    }
    buf_fini(&body);
    return rc;
}

/* The same for an operation of BES' own factory. */
static int
one_activity(struct bes_client *c, const char *op, const char *action,
             const char *epr, xmlDoc **doc, xmlNode **response, struct err *err)
{
    return one_activity_of(c, BES_FACTORY_NS, op, action, epr, doc, response,
                           err);
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
    for (xmlNode *e = xml_first(node); e != NULL; e = xml_next(e)) {
        if (!xml_is(e, JOBS_STATUS_NS, "StateTime"))
            continue;
        s->steps = xrealloc(s->steps, s->nsteps + 1, sizeof(*s->steps));
        s->steps[s->nsteps].state = xml_attr(e, "state");
        s->steps[s->nsteps].time = xml_attr(e, "entered");
        s->nsteps++;
    }
}

int
bes_get_status(struct bes_client *c, const char *epr, struct bes_status *s,
               struct err *err)
{
    xmlNode *response, *status, *ours;
    xmlDoc *doc;
    int rc = 0;

    memset(s, 0, sizeof(*s));
    if (one_activity(c, "GetActivityStatuses",
                     FACTORY_ACTION("GetActivityStatuses"), epr, &doc,
                     &response, err) < 0)
        return -1;
    status = xml_child(response, BES_FACTORY_NS, "ActivityStatus");
    s->bes_state = status != NULL ? xml_attr(status, "state") : NULL;
    if (s->bes_state == NULL)
        rc = err_set(err, ERR_PROTOCOL, "the answer has no activity state");
    else if ((ours = xml_child(status, JOBS_STATUS_NS, "JobStatus")) != NULL)
        read_job_status(ours, s);
    if (rc == 0)
        s->holding = xml_child(status, JOBS_STATUS_NS, "Held") != NULL;
    xmlFreeDoc(doc);
    return rc;
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
    memset(s, 0, sizeof(*s));
}

bool
bes_status_final(const struct bes_status *s)
{
    return strcmp(s->bes_state, "Finished") == 0 ||
           strcmp(s->bes_state, "Failed") == 0 ||
           strcmp(s->bes_state, "Cancelled") == 0;
}

int
bes_terminate(struct bes_client *c, const char *epr, struct err *err)
{
    xmlNode *response;
    xmlDoc *doc;

    if (one_activity(c, "TerminateActivities",
                     FACTORY_ACTION("TerminateActivities"), epr, &doc,
                     &response, err) < 0)
        return -1;
    xmlFreeDoc(doc);
    return 0;
}

int
bes_release(struct bes_client *c, const char *identifier, struct err *err)
{
    /* the same reference, as an element of the operation's own namespace */
    static const char name[] = "ActivityIdentifier";
    struct buf epr = BUF_INIT;
    xmlNode *response;
    xmlDoc *doc = NULL;
    int rc;

    if (xml_parse(identifier, strlen(identifier), &doc, err) < 0)
        return -1;
    buf_addf(&epr, "<o:%s>", name);
    for (xmlNode *n = xml_first(xmlDocGetRootElement(doc)); n != NULL;
         n = xml_next(n))
        xml_write(&epr, n);
    buf_addf(&epr, "</o:%s>", name);
    xmlFreeDoc(doc);
    rc = one_activity_of(c, JOBS_STATUS_NS, "ReleaseActivities",
                         JOBS_STATUS_NS "/JobsPortType/ReleaseActivities",
                         buf_str(&epr), &doc, &response, err);
    if (rc == 0)
        xmlFreeDoc(doc);
    buf_fini(&epr);
    return rc;
}

int
bes_get_document(struct bes_client *c, const char *epr, struct buf *out,
                 struct err *err)
{
    xmlNode *response, *definition;
    xmlDoc *doc;
    int rc = 0;

    if (one_activity(c, "GetActivityDocuments",
                     FACTORY_ACTION("GetActivityDocuments"), epr, &doc,
                     &response, err) < 0)
        return -1;
    definition = xml_child(response, "*", "JobDefinition");
    if (definition == NULL)
        rc = err_set(err, ERR_PROTOCOL, "the answer has no JobDefinition");
    else
        xml_write(out, definition);
    xmlFreeDoc(doc);
    return rc;
}

/* An ActivityReference of the factory document as an ActivityIdentifier. */
static char *
as_identifier(const xmlNode *reference)
{
    struct buf out = BUF_INIT;

    buf_adds(&out, OPEN_BODY("ActivityIdentifier"));
    for (xmlNode *n = xml_first(reference); n != NULL; n = xml_next(n))
        xml_write(&out, n);
    buf_adds(&out, "</bes:ActivityIdentifier>");
    return buf_detach(&out);
}

int
bes_list(struct bes_client *c, char ***eprs, struct err *err)
{
    xmlNode *payload, *attributes;
    xmlDoc *doc = NULL;
    size_t n = 0;

    if (soap_client_call(
            c->soap, c->url, FACTORY_ACTION("GetFactoryAttributesDocument"),
            NULL, NULL,
            "<bes:GetFactoryAttributesDocument xmlns:bes=\"" BES_FACTORY_NS
            "\"/>",
            &doc, &payload, NULL, err) < 0)
        return -1;
    attributes =
        xml_child(payload, BES_FACTORY_NS, "FactoryResourceAttributesDocument");
    *eprs = xcalloc(1, sizeof(**eprs));
    for (xmlNode *e = xml_first(attributes); e != NULL; e = xml_next(e))
        if (xml_is(e, BES_FACTORY_NS, "ActivityReference")) {
            *eprs = xrealloc(*eprs, n + 2, sizeof(**eprs));
            (*eprs)[n++] = as_identifier(e);
            (*eprs)[n] = NULL;
        }
    xmlFreeDoc(doc);
    return 0;
}

/* delegation-2: sign the site's request REQ for the id ID. */
static int
put_proxy(struct bes_client *c, const struct cred *cred, bool full,
          long lifetime, const char *req, const char *id, struct err *err)
{
    struct proxy_spec spec = { .type = full ? CRED_FULL : CRED_LIMITED,
                               .path_length = -1,
                               .lifetime = lifetime };
    struct buf pem = BUF_INIT, body = BUF_INIT;
    xmlNode *payload;
    xmlDoc *doc = NULL;
    int rc = -1;

    if (proxy_sign_pem(cred, &spec, req, strlen(req), &pem, err) < 0)
        goto out;
    buf_adds(&body, "<d:putProxy xmlns:d=\"" GDS_NS "\"><delegationID>");
    buf_add_xml(&body, id);
    buf_adds(&body, "</delegationID><proxy>");
    buf_add_xml(&body, buf_str(&pem));
    buf_adds(&body, "</proxy></d:putProxy>");
    rc = soap_client_call(c->soap, c->url, "", NULL, NULL, buf_str(&body), &doc,
                          &payload, NULL, err);
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
    xmlNode *payload, *ret;
    char *req = NULL;
    xmlDoc *doc = NULL;
    int rc = -1;

    *id = NULL;
    if (soap_client_call(c->soap, c->url, "", NULL, NULL,
                         "<d:getNewProxyReq xmlns:d=\"" GDS_NS "\"/>", &doc,
                         &payload, NULL, err) < 0)
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
    free(req);
    return rc;
}

int
bes_undelegate(struct bes_client *c, const char *id, struct err *err)
{
    struct buf body = BUF_INIT;
    xmlNode *payload;
    xmlDoc *doc = NULL;
    int rc;

    buf_adds(&body, "<d:destroy xmlns:d=\"" GDS_NS "\"><delegationID>");
    buf_add_xml(&body, id);
    buf_adds(&body, "</delegationID></d:destroy>");
    rc = soap_client_call(c->soap, c->url, "", NULL, NULL, buf_str(&body), &doc,
                          &payload, NULL, err);
    xmlFreeDoc(doc);
    buf_fini(&body);
    return rc;
}
