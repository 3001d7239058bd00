/* http/server.h - the web-service engine that gatekeeper and mds share: an
 * epoll front that handshakes and collects COMPLETE requests, workers that
 * answer.
 *
 * HTTP/1.1 (RFC 9112), SOAP 1.1 and 1.2.  Dispatch is by (path, name of the
 * Body's first child), never by SOAPAction. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/net.h"
#include "gsi/chain/chain.h"
#include "gsi/tls/tls.h"
#include "http/http.h"
#include "soap/envelope.h"
#include "soap/wsa.h"

struct soap_fault;

/* One SOAP request on its way through a worker; all of it valid during the
 * call. */
struct soap_call {
    const struct peer *peer; /* NULL: no certificate */
    const struct net_addr *from;
    const char *path;  /* "/bes": query cut off, absolute form reduced */
    const char *query; /* raw; NULL */
    char log_id[16];   /* names this request in the log and in faults */

    xmlDoc *doc;
    xmlNode *header, *body; /* header may be NULL */
    xmlNode *payload;       /* the Body's first element child */
    enum soap_version version;
    struct wsa wsa;
    const struct http_msg *http; /* for http_header() */

    struct buf reply;         /* XML of the Body's child, stands alone */
    const char *reply_action; /* wsa:Action; the table's unless set */
    struct soap_fault *fault; /* set by soap_fault(); the engine's */

    void *service; /* soap_server_spec.service */

    struct soap_server *server; /* the engine's, as the next */
    struct conn *conn;
};

/* Answer CALL: append to call->reply and return 0; or -1 with ERR, which
 * becomes a fault by its err.def row, or after soap_fault(). */
typedef int soap_op_fn(struct soap_call *call, struct err *err);

/* Append to DETAIL the fault detail that the protocol of this operation has for
 * ERR (BES' NotAuthorizedFault, say); nothing appended means the engine's. */
typedef void soap_detail_fn(const struct soap_call *call, const struct err *err,
                            struct buf *detail);

enum soap_op_flags {
    SOAP_OP_ANONYMOUS = 1, /* callers without a certificate may */
    SOAP_OP_LIMITED = 2    /* callers with a limited proxy may */
};

/* One operation; an array ends with path == NULL.  A caller whom FLAGS do not
 * let in gets ERR_AUTHN (no certificate) or ERR_AUTHZ (a limited proxy). */
struct soap_op {
    const char *path;
    const char *ns, *name; /* of the Body's first child */
    const char *reply_action;
    unsigned flags;
    soap_op_fn *run;
    soap_detail_fn *detail;   /* NULL: {urn:gatehouse:fault}Fault */
    const char *fault_action; /* wsa:Action of its faults; NULL: WS-A's own */
};

/* One plain HTTP exchange. */
struct http_call {
    const struct peer *peer;
    const struct net_addr *from;
    const char *method, *path, *query; /* path percent-decoded */
    const struct buf *body;
    const char *content_type;    /* of the request; "" */
    const char *range;           /* Range header; NULL */
    const struct http_msg *http; /* for http_header() */
    char log_id[16];
    void *service;
    int status;             /* OUT, 200 at first */
    const char *reply_type; /* OUT, static string */
    struct buf reply;       /* OUT */
    struct buf headers;     /* OUT, more "Name: value\r\n" lines */
    int reply_fd;           /* OUT: after REPLY, reply_len bytes of this file
                               from reply_offset, then closed; -1.  With an
                               empty REPLY and status 200 the engine honours
                               Range */
    long long reply_offset, reply_len;
};
/* Fill the OUT fields, or -1 with ERR (404, 403, ... by its err.def row). */
typedef int http_fn(struct http_call *call, struct err *err);

/* Paths that begin with PREFIX, for METHOD ("GET" serves HEAD too). */
struct http_route {
    const char *method, *prefix;
    unsigned flags; /* soap_op_flags */
    http_fn *run;
};

/* Whether PEER, never NULL, may be served at all: the ban list, say.  Called
 * for every request of one with a certificate; -1 with ERR AUTHZ refuses. */
typedef int soap_admit_fn(const struct peer *peer, void *service,
                          struct err *err);
/* Append the service's metrics in Prometheus text form. */
typedef void soap_metrics_fn(void *service, struct buf *out);

/* GET PATH?wsdl serves file NAME of wsdl/ ("bes.wsdl") with the service's own
 * address filled in, and its imports by ?xsd=FILE: see wsdl_page.h. */
struct soap_wsdl {
    const char *path, *name;
};

struct soap_server_spec {
    const char *program;
    struct net_addr listen;  /* port 0: any free one */
    const char *service_url; /* base of our own URLs; "" derives it */
    struct cred *cred;
    struct trust *trust;
    const char *tls_min;
    const struct soap_op *ops;
    const struct http_route *routes; /* ends with prefix == NULL; NULL none */
    const struct soap_wsdl *wsdls;   /* ends with path == NULL; NULL none */
    const char *const *understood;   /* "NS name" of header blocks that we
                                        understand; NULL-terminated; NULL none */
    soap_admit_fn *admit;
    soap_metrics_fn *metrics;
    void *service;
    int workers, connections_max;
    bool share_workers; /* operations may wait: nobody has all workers */
    int idle_timeout_s, request_timeout_s;
    size_t body_max;
    size_t elements_max; /* of a request, as xml_prescan() counts; 0: any */
    size_t answer_max;   /* bytes of an operation's answer; 0: any */
    const struct net_addr *metrics_listen; /* NULL: /metrics on the main port */
};

struct soap_server;
/* Listen and start the threads.  -1 with ERR. */
int soap_server_start(const struct soap_server_spec *spec,
                      struct soap_server **server, struct err *err);
/* "https://host:port", the base of what is served; SERVER's own. */
const char *soap_server_url(const struct soap_server *server);
/* The address listened on, true port filled in. */
const struct net_addr *soap_server_addr(const struct soap_server *server);
/* New connections use CRED from now on (a renewed certificate). */
int soap_server_set_cred(struct soap_server *server, struct cred *cred,
                         struct err *err);
/* Stop accepting, answer what is complete, end the threads, free.  NULL ok. */
void soap_server_stop(struct soap_server *server);

/* Make the call fail with a named fault.  CODE is "Client" or "Server"
 * (SOAP 1.1 words, translated for 1.2), REASON a sentence, DETAIL the XML of
 * the detail's children (NULL none).  Returns -1. */
int soap_fault(struct soap_call *call, const char *code, const char *reason,
               const char *detail);
/* Append a SOAP 1.1 fault's children (faultcode, faultstring, detail), as BES
 * embeds them in its per-activity answers. */
void soap_fault_xml(struct buf *out, const char *code, const char *reason,
                    const char *detail);

/* Before each step of a long answer: may CALL's answer have SIZE bytes, all in
 * all?  -1 with ERR: LIMIT when that is more than soap_server_spec.answer_max,
 * or all answers that are being made and sent are too much; CANCELLED when the
 * caller has gone, and nobody would take it. */
int soap_answer_room(struct soap_call *call, size_t size, struct err *err);
/* Whether the caller of CALL has closed the connection.  One who has only ended
 * his own side is sent "100 Continue" (RFC 9110, section 15.2), which tells:
 * from the next look on he counts as gone unless he takes that. */
bool soap_caller_gone(struct soap_call *call);

#endif
