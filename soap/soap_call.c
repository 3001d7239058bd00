/* soap/soap_call.c - one SOAP request: envelope, authorisation, operation,
 * answer. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/xml.h"
#include "soap/fault.h"
#include "soap/soap_call.h"

/* The table row for CALL; NULL. */
static const struct soap_op *
find_op(const struct soap_service *s, const struct soap_call *call)
{
    for (const struct soap_op *op = s->ops; op->path != NULL; op++)
        if (strcmp(op->path, call->path) == 0 &&
            xml_is(call->payload, op->ns, op->name))
            return op;
    return NULL;
}

/* Whether CALL's peer may call any operation at its path; checked first, so
 * that an unauthorised peer costs no parsing.  *front is some operation there,
 * for the fault. */
static int
may_path(const struct soap_service *s, const struct soap_call *call,
         const struct soap_op **front, struct err *err)
{
    const struct soap_op *first = NULL;

    for (const struct soap_op *op = s->ops; op->path != NULL; op++) {
        if (strcmp(op->path, call->path) != 0)
            continue;
        if (http_may(call->peer, op->flags, NULL) == 0)
            return 0;
        if (first == NULL)
            first = op;
    }
    *front = first;
    if (first == NULL || http_may(call->peer, first->flags, err) == 0)
        return 0;
    http_deny(call->http, NULL, err);
    return -1;
}

/* The SOAP version according to the request's media type, before parsing. */
static enum soap_version
typed_version(const struct http_msg *msg)
{
    const char *type = http_header(msg, "Content-Type");

    return type != NULL && strncasecmp(type, "application/soap+xml", 20) == 0
               ? SOAP_V12
               : SOAP_V11;
}

/* Make the fault for a header block that is not understood. */
static int
stranger_fault(struct soap_call *call, const xmlNode *node)
{
    char *reason =
        xasprintf("the header {%s}%s must be understood, but is unknown",
                  node->ns != NULL ? (const char *)node->ns->href : "",
                  (const char *)node->name);

    soap_fault(call, "MustUnderstand", reason, NULL);
    free(reason);
    return -1;
}

/* Parse the message of CALL. */
static int
open_call(const struct soap_service *s, struct soap_call *call, struct err *err)
{
    const struct buf *body = call->http->body;
    const xmlNode *stranger;
    struct envelope e;

    if (xml_parse_max(buf_str(body), body->len, s->spec.elements_max,
                      &call->doc, err) < 0) {
        if (err->code == ERR_LIMIT && s->spec.elements_max != 0)
            err_wrap(err, "the request is not taken (%s.elements_max is %zu)",
                     s->spec.program, s->spec.elements_max);
        return -1;
    }
    if (envelope_read(call->doc, &e, err) < 0)
        return err->code == ERR_PROTOCOL
                   ? soap_fault(call, "VersionMismatch", err->text, NULL)
                   : -1;
    call->version = e.version;
    call->header = e.header;
    call->body = e.body;
    call->payload = e.payload;
    if (wsa_read(&call->wsa, e.header, err) < 0)
        return -1;
    stranger = envelope_stranger(&e, s->spec.understood);
    return stranger != NULL ? stranger_fault(call, stranger) : 0;
}

/* Run the operation; *op is its row once known, *front some row of its path
 * when the caller is allowed no operation there. */
static int
run_call(const struct soap_service *s, struct soap_call *call,
         const struct soap_op **op, const struct soap_op **front,
         struct err *err)
{
    if (http_judge(call->http, err) < 0 || may_path(s, call, front, err) < 0 ||
        open_call(s, call, err) < 0)
        return -1;
    *op = find_op(s, call);
    if (*op == NULL)
        return err_set(
            err, ERR_UNSUPPORTED, "'%s' has no operation {%s}%s", call->path,
            call->payload->ns != NULL ? (const char *)call->payload->ns->href
                                      : "",
            (const char *)call->payload->name);
    if (http_may(call->peer, (*op)->flags, err) < 0) {
        http_deny(call->http, (*op)->name, err);
        return -1;
    }
    call->reply_action = (*op)->reply_action;
    return (*op)->run(call, err) < 0
               ? -1
               : http_answer_fits(call->http, call->reply.len, err);
}

/* Make CALL's fault from ERR unless it has one; log the reason. */
static void
settle_fault(struct soap_call *call, const struct soap_op *op, struct err *err)
{
    struct buf detail = BUF_INIT;
    char from[NET_TEXT];

    if (call->fault == NULL) {
        if (err->code == ERR_OK)
            err_set(err, ERR_INTERNAL, "failed without a reason");
        if (op != NULL && op->detail != NULL)
            op->detail(call, err, &detail);
        call->fault = fault_from_err(err, call->peer == NULL, call->log_id,
                                     detail.len > 0 ? buf_str(&detail) : NULL);
        buf_fini(&detail);
    }
    log_event(LOG_NOTICE, "soap.fault",
              "operation=%s from=%s dn=%s code=%s reason=%s",
              call->payload != NULL ? (const char *)call->payload->name : "-",
              net_text(call->from, from),
              call->peer != NULL ? call->peer->identity : "-",
              call->fault->code,
              err->code != ERR_OK ? err->text : call->fault->reason);
}

/* Write CALL's answer or fault into the HTTP answer. */
static void
write_answer(struct soap_call *call, const struct soap_op *op, bool failed)
{
    struct buf headers = BUF_INIT, *out = &call->http->reply;
    const char *action = call->reply_action != NULL ? call->reply_action : "";

    if (failed)
        action = op != NULL && op->fault_action != NULL
                     ? op->fault_action
                     : wsa_fault_action(call->wsa.version);
    wsa_write_reply(&headers, &call->wsa, action);
    envelope_begin(out, call->version, buf_str(&headers));
    buf_fini(&headers);
    if (failed) {
        call->http->status = fault_status(call->version, call->fault);
        fault_write(out, call->version, call->fault);
    } else {
        buf_add(out, call->reply.data, call->reply.len);
    }
    envelope_end(out);
    call->http->reply_type = envelope_type(call->version);
}

int
soap_call_post(struct http_call *http, struct err *unused)
{
    const struct soap_service *s = http->arg;
    struct soap_call call = {
        .peer = http->peer,
        .from = http->from,
        .path = http->path,
        .query = http->query,
        .log_id = http->log_id,
        .http = http,
        .service = http->service,
        .version = typed_version(http->http),
    };
    const struct soap_op *op = NULL, *front = NULL;
    struct err err = ERR_INIT;
    bool failed = run_call(s, &call, &op, &front, &err) < 0;

    (void)unused; /* a fault is an answer */
    if (front == NULL)
        front = op;
    if (failed)
        settle_fault(&call, front, &err);
    write_answer(&call, front, failed);
    http->label = op != NULL ? op->name : NULL;
    fault_destroy(call.fault);
    wsa_fini(&call.wsa);
    buf_fini(&call.reply);
    xmlFreeDoc(call.doc);
    return HTTP_ANSWERED;
}

int
soap_fault(struct soap_call *call, const char *code, const char *reason,
           const char *detail)
{
    if (call->fault == NULL)
        call->fault = fault_create(code, reason, detail);
    return -1;
}
