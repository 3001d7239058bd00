/* gatekeeper/doors/bes_door.c - OGSA BES 1.0 with JSDL (OGF GFD.108, GFD.136).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "base/xml.h"
#include "gatekeeper/doors/activities.h"
#include "gatekeeper/doors/bes_soap.h"
#include "gatekeeper/doors/door.h"
#include "gatekeeper/publish.h"
#include "jobs/jsdl.h"
#include "soap/wsa.h"

#define FACTORY    BES_NS "/BESFactoryPortType/"
#define MANAGEMENT MGMT_NS "/BESManagementPortType/"
#define LIST_MAX   1000 /* maximum of activities in the factory's document */

static const char *
caller(const struct soap_call *call)
{
    return call->peer->identity;
}

/* ---- faults ---- */

static const enum bes_fault_kind kinds[ERR_COUNT] = {
#define ERR(name, exit, ftp, http, soap, bes, passes, text) \
    [ERR_##name] = BES_##bes,
#include "base/err.def"
#undef ERR
};

/* The BES fault for ERR. */
static struct bes_fault
fault_of(const struct err *err, const char *item)
{
    struct bes_fault f = { .kind = kinds[err->code],
                           .message = err->text,
                           .item = item };

    if (f.kind == BES_UNSUPPORTED && item == NULL)
        f.item = err->text;
    return f;
}

/* End CALL with the BES fault for ERR; ITEM is the faulty element. */
static int
refuse(struct soap_call *call, const struct err *err, const char *item)
{
    struct bes_fault f = fault_of(err, item);
    struct buf detail = BUF_INIT;

    if (f.kind == BES_NO_FAULT)
        return -1;
    bes_soap_fault(&detail, &f);
    soap_fault(call, "Client", err->text, buf_str(&detail));
    buf_fini(&detail);
    return -1;
}

/* A soap_detail_fn, for requests that the SOAP engine rejects. */
static void
engine_detail(const struct soap_call *call, const struct err *err,
              struct buf *detail)
{
    struct bes_fault f = fault_of(err, NULL);

    if (f.kind == BES_NO_FAULT)
        return;
    if (f.kind == BES_NOT_AUTHORIZED && !call->http->denied)
        audit_decision(call->peer != NULL ? call->peer->identity : "-",
                       call->payload != NULL ? (const char *)call->payload->name
                                             : "-",
                       "-", call->from, err);
    bes_soap_fault(detail, &f);
}

/* ---- identifiers ---- */

/* Make "https://host:port/jobs/ID"; the caller frees it. */
static char *
address_of(const struct service *s, const char *id)
{
    return xasprintf("%s" JOBS_PATH "%s", s->url, id);
}

/* ---- CreateActivity ---- */

/* Get the JobDefinition, and the delegated credential beside it. */
static int
read_document(struct soap_call *call, const xmlNode **definition,
              char **delegation, char **item, struct err *err)
{
    const xmlNode *doc = xml_child(call->payload, BES_NS, "ActivityDocument");
    const xmlNode *c;

    *item = xstrdup("{" BES_NS "}ActivityDocument");
    if (doc == NULL)
        return err_set(err, ERR_SYNTAX,
                       "CreateActivity without an ActivityDocument");
    for (c = xml_first(call->payload); c != NULL; c = xml_next(c))
        if (c != doc)
            goto unsupported;
    *definition = xml_child(doc, JSDL_NS, "JobDefinition");
    if (*definition == NULL)
        return err_set(err, ERR_SYNTAX,
                       "the ActivityDocument holds no JobDefinition of "
                       "namespace " JSDL_NS);
    for (c = xml_first(doc); c != NULL; c = xml_next(c)) {
        if (c == *definition)
            continue;
        if (!xml_is(c, JOBS_EXT_NS, "DelegationID") || *delegation != NULL)
            goto unsupported;
        *delegation = xml_text(c);
    }
    if (*delegation != NULL && **delegation == '\0') {
        free(*delegation); /* an empty element has no value */
        *delegation = NULL;
    }
    free(*item);
    *item = NULL;
    return 0;
unsupported:
    free(*item);
    *item = xasprintf("{%s}%s", c->ns != NULL ? (const char *)c->ns->href : "",
                      (const char *)c->name);
    return err_set(err, ERR_UNSUPPORTED, "element '%s' is not supported here",
                   *item);
}

/* Check that OWNER has delegated the credential ID and that it is valid. */
static int
check_delegation(struct service *s, const char *owner, const char *id,
                 struct err *err)
{
    struct store_delegation d;
    int rc = 0;

    if (s->store->get_delegation(s->store_self, owner, id, &d, err) < 0)
        return err_wrap(err, "DelegationID");
    if (d.credential == NULL)
        rc = err_set(err, ERR_USAGE,
                     "DelegationID '%s': no credential was put yet", id);
    else if (d.expires <= time_now_ms() / 1000)
        rc = err_set(err, ERR_USAGE, "DelegationID '%s': it has expired", id);
    store_delegation_fini(&d);
    return rc;
}

static int
check_delegations(struct service *s, const char *owner, const struct job *job,
                  char **item, struct err *err)
{
    int rc = 0;

    if (job->delegation_id != NULL)
        rc = check_delegation(s, owner, job->delegation_id, err);
    for (size_t i = 0; rc == 0 && i < job->nstage_in; i++)
        if (job->stage_in[i].delegation_id != NULL)
            rc =
                check_delegation(s, owner, job->stage_in[i].delegation_id, err);
    for (size_t i = 0; rc == 0 && i < job->nstage_out; i++)
        if (job->stage_out[i].delegation_id != NULL)
            rc = check_delegation(s, owner, job->stage_out[i].delegation_id,
                                  err);
    if (rc < 0 && *item == NULL)
        *item = xstrdup("{" JOBS_EXT_NS "}DelegationID");
    return rc;
}

/* A refused request may repeat an accepted one: the service has become full, or
 * the credential is gone.  WHY is the reason for the refusal. */
static int
recognise(struct service *s, const struct life_request *r, char id[UUID_TEXT],
          bool *known, const struct err *why, struct err *err)
{
    int rc = life_repeat(s->life, r, id, err);

    *known = rc > 0;
    if (rc == 0)
        return err_set(err, why->code, "%s", why->text);
    return rc > 0 ? 0 : -1;
}

/* Accept JOB, which was read from DEFINITION, or find it as accepted before. */
static int
accept_job(struct soap_call *call, const xmlNode *definition,
           const struct job *job, char id[UUID_TEXT], char **item,
           struct err *err)
{
    struct service *s = call->service;
    struct buf verbatim = BUF_INIT;
    struct life_request r = { .owner = caller(call),
                              .key = call->wsa.message_id,
                              .kind = "jsdl",
                              .job = job };
    struct err why = ERR_INIT;
    bool known = false;
    int rc;

    xml_write(&verbatim, definition);
    r.document = buf_str(&verbatim);
    rc = check_delegations(s, r.owner, job, item, &why);
    if (rc == 0)
        rc = life_accept(s->life, &r, id, &known, &why);
    if (rc < 0)
        rc = recognise(s, &r, id, &known, &why, err);
    if (known)
        log_event(LOG_NOTICE, "job.known", "job=%s owner=%s key=%s", id,
                  r.owner, r.key);
    buf_fini(&verbatim);
    return rc;
}

/* Read, check and accept a job; ID is its id.  ITEM is the faulty element. */
static int
accept_activity(struct soap_call *call, char id[UUID_TEXT], char **item,
                struct err *err)
{
    const xmlNode *definition = NULL;
    char *delegation = NULL;
    struct job job;
    int rc;

    job_init(&job);
    rc = read_document(call, &definition, &delegation, item, err);
    if (rc == 0)
        rc = jsdl_parse(definition, &job, item, err);
    if (rc == 0 && delegation != NULL) {
        free(job.delegation_id);
        job.delegation_id = delegation;
        delegation = NULL;
    }
    if (rc == 0)
        rc = accept_job(call, definition, &job, id, item, err);
    free(delegation);
    job_fini(&job);
    return rc;
}

static int
create_activity(struct soap_call *call, struct err *err)
{
    struct service *s = call->service;
    char id[UUID_TEXT] = "-", *item = NULL;
    int rc = accept_activity(call, id, &item, err);

    audit_decision(caller(call), "CreateActivity", id, call->from,
                   rc < 0 ? err : NULL);
    if (rc < 0) {
        rc = refuse(call, err, item);
    } else {
        char *address = address_of(s, id);

        bes_soap_created(&call->reply, address);
        free(address);
        test_point("gk.reply");
    }
    free(item);
    return rc;
}

/* ---- several activities ---- */

/* Data that the answer for one activity borrows. */
struct item {
    const struct activity *a;
    struct life_view view;
    struct err err;
    char *document, *output, *error;
};

typedef void each_fn(struct soap_call *call, struct item *it,
                     struct bes_answer *answer);

static void
unknown(struct item *it, struct bes_answer *answer)
{
    if (it->a->id[0] == '\0')
        err_set(&it->err, ERR_NOT_FOUND, "'%s' names no activity here",
                it->a->address);
    answer->fault =
        (struct bes_fault){ .kind = BES_UNKNOWN, .message = it->err.text };
}

static void
fill_status(struct service *s, struct item *it, struct bes_status *status)
{
    *status = (struct bes_status){
        .view = &it->view,
        .base = s->url,
        .gridftp = conf_str(s->conf, CONF_gatekeeper_gridftp_url),
        .output = it->output != NULL ? it->output : "stdout",
        .error = it->error != NULL ? it->error : "stderr",
    };
}

static void
each_status(struct soap_call *call, struct item *it, struct bes_answer *answer)
{
    struct service *s = call->service;
    const char *owner = caller(call);
    if (it->a->id[0] == '\0' ||
        life_view(s->life, owner, it->a->id, &it->view, &it->err) < 0) {
        unknown(it, answer);
        return;
    }
    if (conf_str(s->conf, CONF_gatekeeper_gridftp_url)[0] != '\0')
        life_streams(s->life, it->a->id, &it->output, &it->error);
    fill_status(s, it, &answer->status);
}

/* Apply FN, the operation OP, and answer with success or a fault. */
static void
each_done(struct soap_call *call, struct item *it, struct bes_answer *answer,
          const char *op,
          int (*fn)(struct life *, const char *, const char *, struct err *))
{
    struct service *s = call->service;
    const char *owner = caller(call);
    struct err *err = &it->err;
    int rc = it->a->id[0] != '\0'
                 ? fn(s->life, owner, it->a->id, err)
                 : err_set(err, ERR_NOT_FOUND, "'%s' names no activity here",
                           it->a->address);

    audit_decision(owner, op, it->a->id[0] != '\0' ? it->a->id : "-",
                   call->from, rc < 0 ? err : NULL);
    answer->done = rc == 0;
    if (rc == 0)
        return;
    if (err->code == ERR_NOT_FOUND ||
        life_view(s->life, owner, it->a->id, &it->view, NULL) < 0) {
        unknown(it, answer);
        return;
    }
    fill_status(s, it, &answer->status);
    answer->fault = (struct bes_fault){ .kind = BES_CANT_APPLY,
                                        .message = err->text,
                                        .status = &answer->status };
}

static void
each_terminate(struct soap_call *call, struct item *it,
               struct bes_answer *answer)
{
    each_done(call, it, answer, "TerminateActivities", life_cancel);
}

static void
each_release(struct soap_call *call, struct item *it, struct bes_answer *answer)
{
    each_done(call, it, answer, "ReleaseActivities", life_release);
}

/* The submitted JobDefinition as an element of the answer. */
static char *
definition_xml(const char *text, struct err *err)
{
    struct buf out = BUF_INIT;
    xmlDoc *doc = NULL;
    char *id;

    if (xml_parse(text, strlen(text), &doc, err) < 0)
        return NULL;
    buf_adds(&out, "<JobDefinition xmlns=\"" BES_NS "\"");
    id = xml_attr(xmlDocGetRootElement(doc), "id");
    if (id != NULL) {
        buf_adds(&out, " id=\"");
        buf_add_xml(&out, id);
        buf_addc(&out, '"');
    }
    free(id);
    buf_addc(&out, '>');
    for (const xmlNode *c = xml_first(xmlDocGetRootElement(doc)); c != NULL;
         c = xml_next(c))
        xml_write(&out, c);
    buf_adds(&out, "</JobDefinition>");
    xmlFreeDoc(doc);
    return buf_detach(&out);
}

static void
each_document(struct soap_call *call, struct item *it,
              struct bes_answer *answer)
{
    struct service *s = call->service;
    const char *owner = caller(call);
    struct buf text = BUF_INIT;
    char *kind = NULL;

    if (it->a->id[0] == '\0' ||
        life_document(s->life, owner, it->a->id, &text, &kind, &it->err) < 0) {
        unknown(it, answer);
    } else {
        it->document = definition_xml(buf_str(&text), &it->err);
        answer->document = it->document;
        if (it->document == NULL)
            unknown(it, answer);
    }
    free(kind);
    buf_fini(&text);
}

static void
item_fini(struct item *it)
{
    free(it->document);
    free(it->output);
    free(it->error);
    life_view_fini(&it->view);
}

/* An operation on a list of activities. */
struct listing {
    each_fn *each;
    void (*write)(struct buf *, const struct bes_answer *, size_t);
    size_t share; /* estimated bytes of one activity's answer, without
                     documents; the total is checked at the end */
    bool acts;    /* changes jobs: apply it to all, even if the client left */
};

/* Apply L to each activity of LIST; ITEMS and ANSWERS have the same length. */
static int
run_listing(struct soap_call *call, const struct listing *l,
            const struct activities *list, struct item *items,
            struct bes_answer *answers, struct err *err)
{
    size_t size = l->acts ? list->n * l->share : 0;

    if (l->acts && http_answer_room(call->http, size, err) < 0)
        return -1;
    for (size_t i = 0; i < list->n; i++) {
        size += l->acts ? 0 : l->share;
        if (!l->acts && http_answer_room(call->http, size, err) < 0)
            return -1;
        items[i].a = &list->of[i];
        answers[i].address = list->of[i].address;
        l->each(call, &items[i], &answers[i]);
        if (items[i].document != NULL)
            size += strlen(items[i].document);
    }
    l->write(&call->reply, answers, list->n);
    return 0;
}

/* Apply L to every ActivityIdentifier of CALL. */
static int
for_each(struct soap_call *call, const struct listing *l, struct err *err)
{
    const struct service *s = call->service;
    struct activities list;
    struct bes_answer *answers;
    struct item *items;
    int rc;

    if (activities_read(
            call->payload,
            (size_t)conf_num(s->conf, CONF_gatekeeper_activities_max), &list,
            err) < 0)
        return refuse(call, err, "{" BES_NS "}ActivityIdentifier");
    items = xcalloc(list.n + 1, sizeof(*items));
    answers = xcalloc(list.n + 1, sizeof(*answers));
    rc = run_listing(call, l, &list, items, answers, err);
    for (size_t i = 0; i < list.n; i++)
        item_fini(&items[i]);
    free(items);
    free(answers);
    activities_fini(&list);
    if (rc < 0 && err->code == ERR_LIMIT)
        err->code = ERR_USAGE; /* the request's limit, not the service's */
    return rc < 0 ? refuse(call, err, "{" BES_NS "}ActivityIdentifier") : 0;
}

#define LISTING(name, fn, writer, bytes, does)               \
    static int name(struct soap_call *call, struct err *err) \
    {                                                        \
        static const struct listing l = {                    \
            .each = (fn),                                    \
            .write = (writer),                               \
            .share = (bytes),                                \
            .acts = (does),                                  \
        };                                                   \
                                                             \
        return for_each(call, &l, err);                      \
    }
LISTING(get_statuses, each_status, bes_soap_statuses, 4096, false)
LISTING(get_documents, each_document, bes_soap_documents, 512, false)
LISTING(terminate, each_terminate, bes_soap_terminated, 1024, true)
LISTING(release, each_release, bes_soap_released, 1024, true)

/* ---- the factory ---- */

static int
get_factory(struct soap_call *call, struct err *err)
{
    struct service *s = call->service;
    struct life_counts counts;
    struct sysinfo memory = { 0 };
    struct utsname uts;
    struct bes_factory f = { .name = "Gatehouse gatekeeper",
                             .description =
                                 "BES 1.0 and JSDL 1.0 over GSI, delegation "
                                 "on the same address" };
    char(*ids)[UUID_TEXT];
    char **addresses;
    size_t n;

    if (life_list(s->life, caller(call), LIST_MAX, &ids, &n, err) < 0)
        return -1;
    addresses = xcalloc(n + 1, sizeof(*addresses));
    life_counts(s->life, &counts);
    sysinfo(&memory);
    uname(&uts);
    f.host = uts.nodename;
    f.architecture = strcmp(uts.machine, "x86_64") == 0 ? "x86_64" : "other";
    f.cpus = (double)sysconf(_SC_NPROCESSORS_ONLN);
    f.memory = (double)memory.totalram * memory.mem_unit;
    f.lrms = conf_word(s->conf, CONF_gatekeeper_schedulers, 0);
    f.accepting = counts.accepting && life_room(s->life, NULL) == 0;
    f.total = counts.total;
    for (size_t i = 0; i < n; i++)
        addresses[i] = address_of(s, ids[i]);
    f.addresses = addresses;
    f.naddresses = n;
    bes_soap_factory(&call->reply, &f);
    for (size_t i = 0; i < n; i++)
        free(addresses[i]);
    free(addresses);
    free(ids);
    return 0;
}

/* ---- management ---- */

static int
manage(struct soap_call *call, bool accepting, struct err *err)
{
    struct service *s = call->service;
    const char *op = accepting ? "StartAcceptingNewActivities"
                               : "StopAcceptingNewActivities";
    struct cred *host = service_cred(s);
    int rc = 0;

    /* Only the service's own certificate is the administrator, on this host. */
    if (strcmp(caller(call), cred_identity(host)) != 0)
        rc = err_set(err, ERR_AUTHZ, "'%s' is not this service's administrator",
                     caller(call));
    cred_unref(host);
    audit_decision(caller(call), op, "-", call->from, rc < 0 ? err : NULL);
    if (rc < 0)
        return refuse(call, err, NULL);
    if (life_set_accepting(s->life, accepting, err) < 0)
        return -1;
    publish_touch(s->publish);
    bes_soap_managed(&call->reply, accepting);
    return 0;
}

static int
stop_accepting(struct soap_call *call, struct err *err)
{
    return manage(call, false, err);
}

static int
start_accepting(struct soap_call *call, struct err *err)
{
    return manage(call, true, err);
}

#define OP(n, base, op, f, fn)                                         \
    {                                                                  \
        .path = BES_PATH, .ns = (n), .name = (op),                     \
        .reply_action = base op "Response", .flags = (f), .run = (fn), \
        .detail = engine_detail, .fault_action = base "Fault"          \
    }

static const struct soap_op ops[] = {
    OP(BES_NS, FACTORY, "CreateActivity", 0, create_activity),
    OP(BES_NS, FACTORY, "GetActivityStatuses", HTTP_LIMITED, get_statuses),
    OP(BES_NS, FACTORY, "TerminateActivities", 0, terminate),
    OP(BES_NS, FACTORY, "GetActivityDocuments", HTTP_LIMITED, get_documents),
    OP(BES_NS, FACTORY, "GetFactoryAttributesDocument", HTTP_LIMITED,
       get_factory),
    OP(JOBS_EXT_NS, JOBS_EXT_NS "/JobsPortType/", "ReleaseActivities", 0,
       release),
    OP(MGMT_NS, MANAGEMENT, "StopAcceptingNewActivities", 0, stop_accepting),
    OP(MGMT_NS, MANAGEMENT, "StartAcceptingNewActivities", 0, start_accepting),
    { .path = NULL }
};
static const struct soap_wsdl wsdls[] = { { BES_PATH, "bes.wsdl" },
                                          { NULL, NULL } };

const struct door bes_door = { .name = "bes", .ops = ops, .wsdls = wsdls };
