/* gatekeeper/doors/bes_soap.h - writes the BES answers with the serialisers
 * that gSOAP generates from wsdl/bes.wsdl (OGF GFD.108). */
#ifndef GATEKEEPER_DOORS_BES_SOAP_H
#define GATEKEEPER_DOORS_BES_SOAP_H

#include "base/buf.h"
#include "gatekeeper/life/life.h"

/* The data for a job's status. */
struct bes_status {
    const struct life_view *view;
    const char *base;    /* "https://host:port", the base of jobs/ID/... */
    const char *gridftp; /* "gsiftp://host:port" of the sessions; "" none */
    const char *output, *error; /* paths in the session */
};

enum bes_fault_kind {
    BES_NO_FAULT,
    BES_NOT_AUTHORIZED,
    BES_NOT_ACCEPTING,
    BES_UNSUPPORTED,
    BES_CANT_APPLY,
    BES_UNKNOWN,
    BES_INVALID
};

struct bes_fault {
    enum bes_fault_kind kind;
    const char *message;
    const char *item;                /* Feature or InvalidElement; NULL */
    const struct bes_status *status; /* for CANT_APPLY */
};

/* The answer about one activity of a request for several. */
struct bes_answer {
    const char *address; /* wsa:Address of the activity's reference */
    struct bes_fault fault;
    struct bes_status status; /* GetActivityStatuses */
    const char *document; /* GetActivityDocuments: the bes:JobDefinition element
                             as XML */
    bool done;            /* TerminateActivities, ReleaseActivities */
};

/* The factory's attributes. */
struct bes_factory {
    const char *name, *description, *host, *lrms;
    bool accepting;
    long long total;
    char *const *addresses; /* of the caller's activities */
    size_t naddresses;
    double cpus, memory;
    const char *architecture; /* JSDL's word */
};

/* Append the answer as a self-contained element. */
void bes_soap_created(struct buf *out, const char *address);
void bes_soap_statuses(struct buf *out, const struct bes_answer *answers,
                       size_t n);
void bes_soap_terminated(struct buf *out, const struct bes_answer *answers,
                         size_t n);
void bes_soap_released(struct buf *out, const struct bes_answer *answers,
                       size_t n);
void bes_soap_documents(struct buf *out, const struct bes_answer *answers,
                        size_t n);
/* The statuses and addresses are those of PAGE's jobs, in the same order. */
void bes_soap_listed(struct buf *out, const struct life_page *page,
                     const struct bes_status *statuses, char *const *addresses);
void bes_soap_factory(struct buf *out, const struct bes_factory *factory);
/* For StopAcceptingNewActivities or StartAcceptingNewActivities. */
void bes_soap_managed(struct buf *out, bool accepting);
/* Append the fault as an element for a fault detail. */
void bes_soap_fault(struct buf *out, const struct bes_fault *fault);
/* The BES word for STATE, such as "Running". */
const char *bes_soap_state(enum life_state state);

#endif
