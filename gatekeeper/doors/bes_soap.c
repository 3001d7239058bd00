/* gatekeeper/doors/bes_soap.c - see bes_soap.h. */
#include <stdio.h>
#include <string.h>

#include "soapH.h"

#include "gatekeeper/doors/bes_soap.h"
#include "gatekeeper/doors/gsoap.h"

/* gsoap_put_fn of a generated type. */
#define PUT(name, type)                                                     \
    static int put_##name(struct soap *soap, const void *value,             \
                          const char *tag, const char *xsi)                 \
    {                                                                       \
        return soap_put_##type(soap, (const struct type *)value, tag, xsi); \
    }
PUT(created, bes__CreateActivityResponseType)
PUT(statuses, bes__GetActivityStatusesResponseType)
PUT(terminated, bes__TerminateActivitiesResponseType)
PUT(documents, bes__GetActivityDocumentsResponseType)
PUT(factory, bes__GetFactoryAttributesDocumentResponseType)
PUT(stopped, mgmt__StopAcceptingNewActivitiesResponseType)
PUT(started, mgmt__StartAcceptingNewActivitiesResponseType)
PUT(released, jobs__ReleaseActivitiesResponseType)
PUT(job_status, jobs__JobStatusType)
PUT(not_authorized, bes__NotAuthorizedFaultType)
PUT(not_accepting, bes__NotAcceptingNewActivitiesFaultType)
PUT(unsupported, bes__UnsupportedFeatureFaultType)
PUT(cant_apply, bes__CantApplyOperationToCurrentStateFaultType)
PUT(unknown, bes__UnknownActivityIdentifierFaultType)
PUT(invalid, bes__InvalidRequestMessageFaultType)

/* How each state looks in BES, and in our own schema. */
static const struct {
    enum bes__ActivityStateEnumeration bes;
    enum jobs__StateType ours;
    const char *sub;
} states[LIFE_STATES] = {
#define STATE(life, b, o, s)                              \
    [LIFE_##life] = { bes__ActivityStateEnumeration__##b, \
                      jobs__StateType__##o, s }
    STATE(NEW, Pending, New, NULL),
    STATE(STAGEIN, Pending, StageIn, "Staging-In"),
    STATE(HELD, Pending, Held, "Held"),
    STATE(READY, Pending, Ready, NULL),
    STATE(SUBMITTING, Pending, Submitting, NULL),
    STATE(PENDING, Pending, Pending, "Queued"),
    STATE(RUNNING, Running, Running, NULL),
    STATE(SUSPENDED, Running, Suspended, "Suspended"),
    STATE(STAGEOUT, Running, StageOut, "Staging-Out"),
    STATE(CLEANUP, Running, CleanUp, NULL),
    STATE(DONE, Finished, Done, NULL),
    STATE(FAILED, Failed, Failed, NULL),
    STATE(CANCELLED, Cancelled, Cancelled, NULL),
#undef STATE
};

const char *
bes_soap_state(enum life_state state)
{
    static const char *const words[] = { "Pending", "Running", "Cancelled",
                                         "Failed", "Finished" };

    return words[states[state].bes];
}

/* A malloc'd text as gSOAP's own. */
static char *
own(struct soap *soap, char *text)
{
    char *s = gsoap_copy(soap, text);

    free(text);
    return s;
}

/* The address says it all: toolkits drop or break what else may be in one. */
static void
reference(struct soap *soap, struct wsa5__EndpointReferenceType *epr,
          const char *address)
{
    epr->Address = gsoap_copy(soap, address);
}

/* ---- status ---- */

static void
state_times(struct soap *soap, struct jobs__JobStatusType *js,
            const struct life_view *view)
{
    char text[TIME_TEXT];
    int order[LIFE_STATES], n = 0;

    for (int i = 0; i < LIFE_STATES; i++)
        if (view->entered_ms[i] > 0)
            order[n++] = i;
    /* By time; states entered in one step keep the table's order. */
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && view->entered_ms[order[j - 1]] >
                                     view->entered_ms[order[j]];
             j--) {
            int swap = order[j];

            order[j] = order[j - 1];
            order[j - 1] = swap;
        }
    js->StateTime = gsoap_alloc(soap, (size_t)n, sizeof(*js->StateTime));
    js->__sizeStateTime = n;
    for (int i = 0; i < n; i++) {
        js->StateTime[i].state = states[order[i]].ours;
        js->StateTime[i].entered =
            gsoap_copy(soap, time_utc_ms(view->entered_ms[order[i]], text));
    }
}

/* "https://.../jobs/ID/NAME", and where gsiftp serves the sessions too. */
static char **
urls(struct soap *soap, const struct bes_status *st, const char *name,
     const char *path, int *n)
{
    char **list = gsoap_alloc(soap, 2, sizeof(char *));
    struct buf url = BUF_INIT;

    list[0] =
        own(soap, xasprintf("%s/jobs/%s/%s", st->base, st->view->id, name));
    *n = 1;
    if (st->gridftp[0] == '\0' || st->view->session == NULL)
        return list;
    buf_adds(&url, st->gridftp);
    if (path == NULL || path[0] != '/') {
        percent_encode(&url, st->view->session, "/");
        buf_addc(&url, '/');
    }
    if (path != NULL)
        percent_encode(&url, path, "/");
    list[(*n)++] = own(soap, buf_detach(&url));
    return list;
}

static void
how_it_ended(struct soap *soap, struct jobs__JobStatusType *js,
             const struct life_view *view)
{
    const struct store_exit *exit = &view->exit;

    if (view->fault != NULL) {
        js->Fault = gsoap_copy(soap, view->fault);
        js->FailedInState = gsoap_alloc(soap, 1, sizeof(*js->FailedInState));
        *js->FailedInState = states[view->failed_state].ours;
    }
    if (!exit->set)
        return;
    if (exit->signal != 0) {
        js->Signal = gsoap_alloc(soap, 1, sizeof(int));
        *js->Signal = exit->signal;
    } else if (exit->code >= 0) {
        js->ExitCode = gsoap_alloc(soap, 1, sizeof(int));
        *js->ExitCode = exit->code;
    }
    if (exit->user_ms < 0)
        return;
    js->Usage = gsoap_alloc(soap, 1, sizeof(*js->Usage));
    js->Usage->UserSeconds =
        own(soap, xasprintf("%lld.%03lld", exit->user_ms / 1000,
                            exit->user_ms % 1000));
    js->Usage->SystemSeconds =
        own(soap, xasprintf("%lld.%03lld", exit->system_ms / 1000,
                            exit->system_ms % 1000));
    if (exit->maxrss >= 0) {
        js->Usage->MaxResidentBytes = gsoap_alloc(soap, 1, sizeof(LONG64));
        *js->Usage->MaxResidentBytes = exit->maxrss;
    }
}

/* Our own element of the status, as XML. */
static char *
job_status(struct soap *soap, const struct bes_status *st)
{
    struct jobs__JobStatusType *js = gsoap_alloc(soap, 1, sizeof(*js));
    const struct life_view *view = st->view;
    struct buf xml = BUF_INIT;

    js->State = states[view->state].ours;
    js->LocalAccount = gsoap_copy(soap, view->account);
    js->Scheduler = gsoap_copy(soap, view->scheduler);
    js->SchedulerID = gsoap_copy(soap, view->sched_id);
    how_it_ended(soap, js, view);
    state_times(soap, js, view);
    if (view->session != NULL) {
        js->SessionURL = urls(soap, st, "files/", NULL, &js->__sizeSessionURL);
        js->StdoutURL =
            urls(soap, st, "stdout", st->output, &js->__sizeStdoutURL);
        js->StderrURL =
            urls(soap, st, "stderr", st->error, &js->__sizeStderrURL);
    }
    gsoap_write(soap, &xml, put_job_status, js, "jobs:JobStatus");
    return own(soap, buf_detach(&xml));
}

static struct bes__ActivityStatusType *
status(struct soap *soap, const struct bes_status *st)
{
    struct bes__ActivityStatusType *s = gsoap_alloc(soap, 1, sizeof(*s));
    const char *sub = states[st->view->state].sub;

    s->state = states[st->view->state].bes;
    s->__any = gsoap_alloc(soap, 2, sizeof(char *));
    if (sub != NULL)
        s->__any[s->__size++] =
            own(soap, xasprintf("<%s xmlns=\"urn:gatehouse:jobs:1\"/>", sub));
    s->__any[s->__size++] = job_status(soap, st);
    return s;
}

/* ---- faults ---- */

static void
write_fault(struct soap *soap, struct buf *out, const struct bes_fault *f)
{
    char *message = gsoap_copy(soap, f->message != NULL ? f->message : "");
    char **item = gsoap_alloc(soap, 1, sizeof(char *));

    item[0] = gsoap_copy(soap, f->item);
    if (f->kind == BES_NOT_AUTHORIZED) {
        struct bes__NotAuthorizedFaultType v = { 0 };

        gsoap_write(soap, out, put_not_authorized, &v,
                    "bes:NotAuthorizedFault");
    } else if (f->kind == BES_NOT_ACCEPTING) {
        struct bes__NotAcceptingNewActivitiesFaultType v = { 0 };

        gsoap_write(soap, out, put_not_accepting, &v,
                    "bes:NotAcceptingNewActivitiesFault");
    } else if (f->kind == BES_UNSUPPORTED) {
        struct bes__UnsupportedFeatureFaultType v = { .__sizeFeature =
                                                          f->item != NULL,
                                                      .Feature = item };

        gsoap_write(soap, out, put_unsupported, &v,
                    "bes:UnsupportedFeatureFault");
    } else if (f->kind == BES_CANT_APPLY) {
        struct bes__CantApplyOperationToCurrentStateFaultType v = {
            .ActivityStatus = status(soap, f->status), .Message = message
        };

        gsoap_write(soap, out, put_cant_apply, &v,
                    "bes:CantApplyOperationToCurrentStateFault");
    } else if (f->kind == BES_UNKNOWN) {
        struct bes__UnknownActivityIdentifierFaultType v = { .Message =
                                                                 message };

        gsoap_write(soap, out, put_unknown, &v,
                    "bes:UnknownActivityIdentifierFault");
    } else if (f->kind == BES_INVALID) {
        struct bes__InvalidRequestMessageFaultType v = { .__sizeInvalidElement =
                                                             f->item != NULL,
                                                         .InvalidElement = item,
                                                         .Message = message };

        gsoap_write(soap, out, put_invalid, &v,
                    "bes:InvalidRequestMessageFault");
    }
}

void
bes_soap_fault(struct buf *out, const struct bes_fault *fault)
{
    struct soap *soap = gsoap_begin();

    write_fault(soap, out, fault);
    gsoap_end(soap);
}

/* The SOAP 1.1 fault inside an answer; NULL when there is none. */
static struct SOAP_ENV__Fault *
embedded(struct soap *soap, const struct bes_fault *f)
{
    struct SOAP_ENV__Fault *v;
    struct buf xml = BUF_INIT;

    if (f->kind == BES_NO_FAULT)
        return NULL;
    v = gsoap_alloc(soap, 1, sizeof(*v));
    write_fault(soap, &xml, f);
    v->faultcode = gsoap_copy(soap, "SOAP-ENV:Client");
    soap->c14ninclude = "SOAP-ENV"; /* declared, though only text needs it */
    v->faultstring = gsoap_copy(soap, f->message);
    v->detail = gsoap_alloc(soap, 1, sizeof(*v->detail));
    v->detail->__any = own(soap, buf_detach(&xml));
    return v;
}

/* ---- answers ---- */

void
bes_soap_created(struct buf *out, const char *address)
{
    struct bes__CreateActivityResponseType v = { 0 };
    struct soap *soap = gsoap_begin();

    reference(soap, &v.ActivityIdentifier, address);
    gsoap_write(soap, out, put_created, &v, "bes:CreateActivityResponse");
    gsoap_end(soap);
}

void
bes_soap_statuses(struct buf *out, const struct bes_answer *answers, size_t n)
{
    struct bes__GetActivityStatusesResponseType v = { .__sizeResponse =
                                                          (int)n };
    struct soap *soap = gsoap_begin();

    v.Response = gsoap_alloc(soap, n, sizeof(*v.Response));
    for (size_t i = 0; i < n; i++) {
        reference(soap, &v.Response[i].ActivityIdentifier, answers[i].address);
        v.Response[i].Fault = embedded(soap, &answers[i].fault);
        if (v.Response[i].Fault == NULL)
            v.Response[i].ActivityStatus = status(soap, &answers[i].status);
    }
    gsoap_write(soap, out, put_statuses, &v, "bes:GetActivityStatusesResponse");
    gsoap_end(soap);
}

void
bes_soap_terminated(struct buf *out, const struct bes_answer *answers, size_t n)
{
    struct bes__TerminateActivitiesResponseType v = { .__sizeResponse =
                                                          (int)n };
    struct soap *soap = gsoap_begin();

    v.Response = gsoap_alloc(soap, n, sizeof(*v.Response));
    for (size_t i = 0; i < n; i++) {
        reference(soap, &v.Response[i].ActivityIdentifier, answers[i].address);
        v.Response[i].Terminated =
            answers[i].done ? xsd__boolean__true_ : xsd__boolean__false_;
        v.Response[i].Fault = embedded(soap, &answers[i].fault);
    }
    gsoap_write(soap, out, put_terminated, &v,
                "bes:TerminateActivitiesResponse");
    gsoap_end(soap);
}

void
bes_soap_released(struct buf *out, const struct bes_answer *answers, size_t n)
{
    struct jobs__ReleaseActivitiesResponseType v = { .__sizeResponse = (int)n };
    struct soap *soap = gsoap_begin();

    v.Response = gsoap_alloc(soap, n, sizeof(*v.Response));
    for (size_t i = 0; i < n; i++) {
        reference(soap, &v.Response[i].ActivityIdentifier, answers[i].address);
        v.Response[i].Released =
            answers[i].done ? xsd__boolean__true_ : xsd__boolean__false_;
        v.Response[i].Fault = embedded(soap, &answers[i].fault);
    }
    gsoap_write(soap, out, put_released, &v, "jobs:ReleaseActivitiesResponse");
    gsoap_end(soap);
}

void
bes_soap_documents(struct buf *out, const struct bes_answer *answers, size_t n)
{
    struct bes__GetActivityDocumentsResponseType v = { .__sizeResponse =
                                                           (int)n };
    struct soap *soap = gsoap_begin();

    v.Response = gsoap_alloc(soap, n, sizeof(*v.Response));
    for (size_t i = 0; i < n; i++) {
        reference(soap, &v.Response[i].ActivityIdentifier, answers[i].address);
        v.Response[i].Fault = embedded(soap, &answers[i].fault);
        if (answers[i].document == NULL)
            continue;
        /* Verbatim: what was submitted is not read into stubs and out again. */
        v.Response[i].__any = gsoap_alloc(soap, 1, sizeof(char *));
        v.Response[i].__any[0] = gsoap_copy(soap, answers[i].document);
        v.Response[i].__size = 1;
    }
    gsoap_write(soap, out, put_documents, &v,
                "bes:GetActivityDocumentsResponse");
    gsoap_end(soap);
}

static void
basic(struct soap *soap, struct bes__FactoryResourceAttributesDocumentType *doc,
      const struct bes_factory *f)
{
    struct bes__BasicResourceAttributesDocumentType *b =
        gsoap_alloc(soap, 1, sizeof(*b));
    double *numbers = gsoap_alloc(soap, 2, sizeof(double));

    numbers[0] = f->cpus;
    numbers[1] = f->memory;
    b->ResourceName = gsoap_copy(soap, f->host);
    b->CPUCount = &numbers[0];
    b->PhysicalMemory = &numbers[1];
    b->OperatingSystem = gsoap_alloc(soap, 1, sizeof(*b->OperatingSystem));
    b->OperatingSystem->OperatingSystemType =
        gsoap_alloc(soap, 1, sizeof(*b->OperatingSystem->OperatingSystemType));
    b->OperatingSystem->OperatingSystemType->OperatingSystemName =
        jsdl__OperatingSystemTypeEnumeration__LINUX;
    b->CPUArchitecture = gsoap_alloc(soap, 1, sizeof(*b->CPUArchitecture));
    b->CPUArchitecture->CPUArchitectureName =
        jsdl__ProcessorArchitectureEnumeration__other;
    soap_s2jsdl__ProcessorArchitectureEnumeration(
        soap, f->architecture, &b->CPUArchitecture->CPUArchitectureName);
    doc->BasicResourceAttributesDocument = b;
}

void
bes_soap_factory(struct buf *out, const struct bes_factory *f)
{
    static const char *const extensions[] = {
        "urn:gatehouse:jobs:1",
        "http://www.gridsite.org/namespaces/delegation-2"
    };
    struct bes__GetFactoryAttributesDocumentResponseType v = { 0 };
    struct bes__FactoryResourceAttributesDocumentType *d;
    struct soap *soap = gsoap_begin();

    d = gsoap_alloc(soap, 1, sizeof(*d));
    v.FactoryResourceAttributesDocument = d;
    basic(soap, d, f);
    d->IsAcceptingNewActivities =
        f->accepting ? xsd__boolean__true_ : xsd__boolean__false_;
    d->CommonName = gsoap_copy(soap, f->name);
    d->LongDescription = gsoap_copy(soap, f->description);
    d->TotalNumberOfActivities = f->total;
    d->ActivityReference =
        gsoap_alloc(soap, f->naddresses, sizeof(*d->ActivityReference));
    d->__sizeActivityReference = (int)f->naddresses;
    for (size_t i = 0; i < f->naddresses; i++)
        reference(soap, &d->ActivityReference[i], f->addresses[i]);
    d->__sizeNamingProfile = 1;
    d->NamingProfile = gsoap_alloc(soap, 1, sizeof(char *));
    d->NamingProfile[0] =
        gsoap_copy(soap, "http://schemas.ggf.org/bes/2006/08/bes/naming/"
                         "BasicWSAddressing");
    d->__sizeBESExtension = 2;
    d->BESExtension = gsoap_alloc(soap, 2, sizeof(char *));
    for (int i = 0; i < 2; i++)
        d->BESExtension[i] = gsoap_copy(soap, extensions[i]);
    d->LocalResourceManagerType =
        own(soap, xasprintf("urn:gatehouse:scheduler:%s", f->lrms));
    gsoap_write(soap, out, put_factory, &v,
                "bes:GetFactoryAttributesDocumentResponse");
    gsoap_end(soap);
}

void
bes_soap_managed(struct buf *out, bool accepting)
{
    struct mgmt__StartAcceptingNewActivitiesResponseType start = { 0 };
    struct mgmt__StopAcceptingNewActivitiesResponseType stop = { 0 };
    struct soap *soap = gsoap_begin();

    if (accepting)
        gsoap_write(soap, out, put_started, &start,
                    "mgmt:StartAcceptingNewActivitiesResponse");
    else
        gsoap_write(soap, out, put_stopped, &stop,
                    "mgmt:StopAcceptingNewActivitiesResponse");
    gsoap_end(soap);
}
