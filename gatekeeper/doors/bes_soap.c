/* gatekeeper/doors/bes_soap.c - see bes_soap.h. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "soapH.h"

#include "gatekeeper/doors/bes_soap.h"
#include "soap/stub.h"

/* The words for each state in BES and in our own schema. */
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

/* Copy the malloc'd TEXT to gSOAP's memory and free it. */
static char *
own(struct soap *soap, char *text)
{
    char *s = stub_text(soap, text);

    free(text);
    return s;
}

/* Only the address is set: toolkits drop or damage other parts of a
 * reference. */
static void
reference(struct soap *soap, struct wsa5__EndpointReferenceType *epr,
          const char *address)
{
    epr->Address = stub_text(soap, address);
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
    /* By time; states entered at the same time keep the table's order. */
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && view->entered_ms[order[j - 1]] >
                                     view->entered_ms[order[j]];
             j--) {
            int swap = order[j];

            order[j] = order[j - 1];
            order[j - 1] = swap;
        }
    js->StateTime = stub_alloc(soap, ((size_t)n) * sizeof(*js->StateTime));
    js->__sizeStateTime = n;
    for (int i = 0; i < n; i++) {
        js->StateTime[i].state = states[order[i]].ours;
        js->StateTime[i].entered =
            stub_text(soap, time_utc_ms(view->entered_ms[order[i]], text));
    }
}

/* For an array, the number of tasks in each state. */
static void
task_counts(struct soap *soap, struct jobs__JobStatusType *js,
            const struct life_view *view)
{
    int n = 0;

    if (view->ntasks <= 1)
        return;
    js->TaskCount = stub_alloc(soap, TASK_STATES * sizeof(*js->TaskCount));
    for (int i = 0; i < TASK_STATES; i++) {
        int state = life_state_parse(task_state_word((enum task_state)i));

        if (view->tally.of[i] == 0 || state < 0)
            continue;
        js->TaskCount[n].state = states[state].ours;
        js->TaskCount[n++].count = (int)view->tally.of[i];
    }
    js->__sizeTaskCount = n;
}

/* "https://.../jobs/ID/NAME", and the gsiftp URL if gridftp serves the
 * sessions. */
static char **
urls(struct soap *soap, const struct bes_status *st, const char *name,
     const char *path, int *n)
{
    char **list = stub_alloc(soap, (2) * sizeof(char *));
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
        js->Fault = stub_text(soap, view->fault);
        js->FailedInState = stub_alloc(soap, sizeof(*js->FailedInState));
        *js->FailedInState = states[view->failed_state].ours;
    }
    if (!exit->set)
        return;
    if (exit->signal != 0) {
        js->Signal = stub_alloc(soap, sizeof(int));
        *js->Signal = exit->signal;
    } else if (exit->code >= 0) {
        js->ExitCode = stub_alloc(soap, sizeof(int));
        *js->ExitCode = exit->code;
    }
    if (exit->user_ms < 0)
        return;
    js->Usage = stub_alloc(soap, sizeof(*js->Usage));
    js->Usage->UserSeconds =
        own(soap, xasprintf("%lld.%03lld", exit->user_ms / 1000,
                            exit->user_ms % 1000));
    js->Usage->SystemSeconds =
        own(soap, xasprintf("%lld.%03lld", exit->system_ms / 1000,
                            exit->system_ms % 1000));
    if (exit->maxrss >= 0) {
        js->Usage->MaxResidentBytes = stub_alloc(soap, sizeof(LONG64));
        *js->Usage->MaxResidentBytes = exit->maxrss;
    }
}

/* The status of a job in our own schema. */
static struct jobs__JobStatusType *
job_status(struct soap *soap, const struct bes_status *st)
{
    struct jobs__JobStatusType *js = stub_alloc(soap, sizeof(*js));
    const struct life_view *view = st->view;

    js->State = states[view->state].ours;
    js->LocalAccount = stub_text(soap, view->account);
    js->Scheduler = stub_text(soap, view->scheduler);
    js->SchedulerID = stub_text(soap, view->sched_id);
    how_it_ended(soap, js, view);
    js->RetryReason = stub_text(soap, view->retry);
    state_times(soap, js, view);
    task_counts(soap, js, view);
    if (view->session != NULL) {
        js->SessionURL = urls(soap, st, "files/", NULL, &js->__sizeSessionURL);
        js->StdoutURL =
            urls(soap, st, "stdout", st->output, &js->__sizeStdoutURL);
        js->StderrURL =
            urls(soap, st, "stderr", st->error, &js->__sizeStderrURL);
    }
    js->DelegationID = stub_text(soap, view->delegation_id);
    return js;
}

/* The same as XML, since a BES status may hold any element. */
static char *
job_status_xml(struct soap *soap, const struct bes_status *st)
{
    struct jobs__JobStatusType *js = job_status(soap, st);
    struct buf xml = BUF_INIT, *out = &xml;

    stub_put(soap, jobs__JobStatusType, js, "jobs:JobStatus", out);
    return own(soap, buf_detach(&xml));
}

static struct bes__ActivityStatusType *
status(struct soap *soap, const struct bes_status *st)
{
    struct bes__ActivityStatusType *s = stub_alloc(soap, sizeof(*s));
    const char *sub = states[st->view->state].sub;

    s->state = states[st->view->state].bes;
    s->__any = stub_alloc(soap, (2) * sizeof(char *));
    if (sub != NULL)
        s->__any[s->__size++] =
            own(soap, xasprintf("<%s xmlns=\"urn:gatehouse:jobs:1\"/>", sub));
    s->__any[s->__size++] = job_status_xml(soap, st);
    return s;
}

/* ---- faults ---- */

/* Append the fault bes:NAME with the given fields. */
#define FAULT(name, ...)                                          \
    do {                                                          \
        struct bes__##name##Type v = { __VA_ARGS__ };             \
                                                                  \
        stub_put(soap, bes__##name##Type, &v, "bes:" #name, out); \
    } while (0)

static void
write_fault(struct soap *soap, struct buf *out, const struct bes_fault *f)
{
    char *message = stub_text(soap, f->message != NULL ? f->message : "");
    char **item = stub_alloc(soap, sizeof(char *));
    int items = f->item != NULL;

    item[0] = stub_text(soap, f->item);
    if (f->kind == BES_NOT_AUTHORIZED)
        FAULT(NotAuthorizedFault, 0);
    else if (f->kind == BES_NOT_ACCEPTING)
        FAULT(NotAcceptingNewActivitiesFault, 0);
    else if (f->kind == BES_UNSUPPORTED)
        FAULT(UnsupportedFeatureFault, .__sizeFeature = items, .Feature = item);
    else if (f->kind == BES_CANT_APPLY)
        FAULT(CantApplyOperationToCurrentStateFault,
              .ActivityStatus = status(soap, f->status), .Message = message);
    else if (f->kind == BES_UNKNOWN)
        FAULT(UnknownActivityIdentifierFault, .Message = message);
    else if (f->kind == BES_INVALID)
        FAULT(InvalidRequestMessageFault, .__sizeInvalidElement = items,
              .InvalidElement = item, .Message = message);
}

void
bes_soap_fault(struct buf *out, const struct bes_fault *fault)
{
    struct soap *soap = stub_begin();

    write_fault(soap, out, fault);
    stub_end(soap);
}

/* The SOAP 1.1 fault inside an answer; NULL if there is none. */
static struct SOAP_ENV__Fault *
embedded(struct soap *soap, const struct bes_fault *f)
{
    struct SOAP_ENV__Fault *v;
    struct buf xml = BUF_INIT;

    if (f->kind == BES_NO_FAULT)
        return NULL;
    v = stub_alloc(soap, sizeof(*v));
    write_fault(soap, &xml, f);
    v->faultcode = stub_text(soap, "SOAP-ENV:Client");
    v->faultstring = stub_text(soap, f->message);
    v->detail = stub_alloc(soap, sizeof(*v->detail));
    v->detail->__any = own(soap, buf_detach(&xml));
    return v;
}

/* ---- answers ---- */

/* Make one Response of V for each of N ANSWERS, with its identifier and
 * fault. */
#define RESPONSES(v, answers, n)                                         \
    do {                                                                 \
        (v).__sizeResponse = (int)(n);                                   \
        (v).Response = stub_alloc(soap, (n) * sizeof(*(v).Response));    \
        for (size_t r = 0; r < (n); r++) {                               \
            reference(soap, &(v).Response[r].ActivityIdentifier,         \
                      (answers)[r].address);                             \
            (v).Response[r].Fault = embedded(soap, &(answers)[r].fault); \
        }                                                                \
    } while (0)

static enum xsd__boolean
boolean(bool b)
{
    return b ? xsd__boolean__true_ : xsd__boolean__false_;
}

void
bes_soap_created(struct buf *out, const char *address)
{
    struct bes__CreateActivityResponseType v = { 0 };
    struct soap *soap = stub_begin();

    reference(soap, &v.ActivityIdentifier, address);
    stub_put(soap, bes__CreateActivityResponseType, &v,
             "bes:CreateActivityResponse", out);
    stub_end(soap);
}

void
bes_soap_statuses(struct buf *out, const struct bes_answer *answers, size_t n)
{
    struct bes__GetActivityStatusesResponseType v = { 0 };
    struct soap *soap = stub_begin();

    RESPONSES(v, answers, n);
    for (size_t i = 0; i < n; i++)
        if (v.Response[i].Fault == NULL)
            v.Response[i].ActivityStatus = status(soap, &answers[i].status);
    stub_put(soap, bes__GetActivityStatusesResponseType, &v,
             "bes:GetActivityStatusesResponse", out);
    stub_end(soap);
}

void
bes_soap_terminated(struct buf *out, const struct bes_answer *answers, size_t n)
{
    struct bes__TerminateActivitiesResponseType v = { 0 };
    struct soap *soap = stub_begin();

    RESPONSES(v, answers, n);
    for (size_t i = 0; i < n; i++)
        v.Response[i].Terminated = boolean(answers[i].done);
    stub_put(soap, bes__TerminateActivitiesResponseType, &v,
             "bes:TerminateActivitiesResponse", out);
    stub_end(soap);
}

void
bes_soap_released(struct buf *out, const struct bes_answer *answers, size_t n)
{
    struct jobs__ReleaseActivitiesResponseType v = { 0 };
    struct soap *soap = stub_begin();

    RESPONSES(v, answers, n);
    for (size_t i = 0; i < n; i++)
        v.Response[i].Released = boolean(answers[i].done);
    stub_put(soap, jobs__ReleaseActivitiesResponseType, &v,
             "jobs:ReleaseActivitiesResponse", out);
    stub_end(soap);
}

void
bes_soap_listed(struct buf *out, const struct life_page *page,
                const struct bes_status *statuses, char *const *addresses)
{
    struct jobs__ListActivitiesResponseType v = { 0 };
    struct soap *soap = stub_begin();

    v.__sizeActivity = (int)page->n;
    v.Activity = stub_alloc(soap, page->n * sizeof(*v.Activity));
    for (size_t i = 0; i < page->n; i++) {
        reference(soap, &v.Activity[i].ActivityIdentifier, addresses[i]);
        v.Activity[i].JobName = stub_text(soap, page->of[i].name);
        v.Activity[i].Command = stub_text(soap, page->of[i].command);
        v.Activity[i].JobStatus = job_status(soap, &statuses[i]);
    }
    if (page->next[0] != '\0')
        v.After = stub_text(soap, page->next);
    stub_put(soap, jobs__ListActivitiesResponseType, &v,
             "jobs:ListActivitiesResponse", out);
    stub_end(soap);
}

void
bes_soap_documents(struct buf *out, const struct bes_answer *answers, size_t n)
{
    struct bes__GetActivityDocumentsResponseType v = { 0 };
    struct soap *soap = stub_begin();

    RESPONSES(v, answers, n);
    for (size_t i = 0; i < n; i++) {
        if (answers[i].document == NULL)
            continue;
        /* Insert the submitted document as it is, without parsing or copying
         * it: it may be large. */
        v.Response[i].__any = stub_alloc(soap, sizeof(char *));
        v.Response[i].__any[0] = (char *)(uintptr_t)answers[i].document;
        v.Response[i].__size = 1;
    }
    stub_put(soap, bes__GetActivityDocumentsResponseType, &v,
             "bes:GetActivityDocumentsResponse", out);
    stub_end(soap);
}

static void
basic(struct soap *soap, struct bes__FactoryResourceAttributesDocumentType *doc,
      const struct bes_factory *f)
{
    struct bes__BasicResourceAttributesDocumentType *b =
        stub_alloc(soap, sizeof(*b));
    double *numbers = stub_alloc(soap, (2) * sizeof(double));

    numbers[0] = f->cpus;
    numbers[1] = f->memory;
    b->ResourceName = stub_text(soap, f->host);
    b->CPUCount = &numbers[0];
    b->PhysicalMemory = &numbers[1];
    b->OperatingSystem = stub_alloc(soap, sizeof(*b->OperatingSystem));
    b->OperatingSystem->OperatingSystemType =
        stub_alloc(soap, sizeof(*b->OperatingSystem->OperatingSystemType));
    b->OperatingSystem->OperatingSystemType->OperatingSystemName =
        jsdl__OperatingSystemTypeEnumeration__LINUX;
    b->CPUArchitecture = stub_alloc(soap, sizeof(*b->CPUArchitecture));
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
    struct soap *soap = stub_begin();

    d = stub_alloc(soap, sizeof(*d));
    v.FactoryResourceAttributesDocument = d;
    basic(soap, d, f);
    d->IsAcceptingNewActivities = boolean(f->accepting);
    d->CommonName = stub_text(soap, f->name);
    d->LongDescription = stub_text(soap, f->description);
    d->TotalNumberOfActivities = f->total;
    d->ActivityReference =
        stub_alloc(soap, (f->naddresses) * sizeof(*d->ActivityReference));
    d->__sizeActivityReference = (int)f->naddresses;
    for (size_t i = 0; i < f->naddresses; i++)
        reference(soap, &d->ActivityReference[i], f->addresses[i]);
    d->__sizeNamingProfile = 1;
    d->NamingProfile = stub_alloc(soap, sizeof(char *));
    d->NamingProfile[0] =
        stub_text(soap, "http://schemas.ggf.org/bes/2006/08/bes/naming/"
                        "BasicWSAddressing");
    d->__sizeBESExtension = 2;
    d->BESExtension = stub_alloc(soap, (2) * sizeof(char *));
    for (int i = 0; i < 2; i++)
        d->BESExtension[i] = stub_text(soap, extensions[i]);
    d->LocalResourceManagerType =
        own(soap, xasprintf("urn:gatehouse:scheduler:%s", f->lrms));
    stub_put(soap, bes__GetFactoryAttributesDocumentResponseType, &v,
             "bes:GetFactoryAttributesDocumentResponse", out);
    stub_end(soap);
}

void
bes_soap_managed(struct buf *out, bool accepting)
{
    struct mgmt__StartAcceptingNewActivitiesResponseType start = { 0 };
    struct mgmt__StopAcceptingNewActivitiesResponseType stop = { 0 };
    struct soap *soap = stub_begin();

    if (accepting)
        stub_put(soap, mgmt__StartAcceptingNewActivitiesResponseType, &start,
                 "mgmt:StartAcceptingNewActivitiesResponse", out);
    else
        stub_put(soap, mgmt__StopAcceptingNewActivitiesResponseType, &stop,
                 "mgmt:StopAcceptingNewActivitiesResponse", out);
    stub_end(soap);
}
