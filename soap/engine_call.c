/* soap/engine_call.c - one SOAP request: envelope, rules, operation, answer. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/xml.h"
#include "http/engine.h"
#include "soap/fault.h"

bool
engine_soap_path(const struct soap_server *s, const char *path)
{
    for (const struct soap_op *op = s->spec.ops; op->path != NULL; op++)
        if (strcmp(op->path, path) == 0)
            return true;
    return false;
}

/* The row of the table for CALL; NULL. */
static const struct soap_op *
find_op(const struct soap_server *s, const struct soap_call *call)
{
    for (const struct soap_op *op = s->spec.ops; op->path != NULL; op++)
        if (strcmp(op->path, call->path) == 0 &&
            xml_is(call->payload, op->ns, op->name))
            return op;
    return NULL;
}

int
engine_may(const struct conn *c, unsigned flags, struct err *err)
{
    const struct peer *peer = c->tls != NULL ? tls_peer(c->tls) : NULL;

    if (peer == NULL && (flags & SOAP_OP_ANONYMOUS) == 0)
        return err_set(err, ERR_AUTHN,
                       "this needs a certificate, and none was shown");
    if (peer != NULL && peer->limited && (flags & SOAP_OP_LIMITED) == 0)
        return err_set(err, ERR_AUTHZ,
                       "a limited proxy may not do this: use a full one");
    return 0;
}

/* Whether the peer of C may be served any operation at PATH: who may not costs
 * no parser anything.  *front is an operation there, for the fault. */
static int
engine_may_path(const struct soap_server *s, const struct conn *c,
                const char *path, const struct soap_op **front, struct err *err)
{
    const struct soap_op *first = NULL;

    for (const struct soap_op *op = s->spec.ops; op->path != NULL; op++) {
        if (strcmp(op->path, path) != 0)
            continue;
        if (engine_may(c, op->flags, NULL) == 0)
            return 0;
        if (first == NULL)
            first = op;
    }
    *front = first;
    return first != NULL ? engine_may(c, first->flags, err) : 0;
}

/* The version that the request's media type tells of, before it is parsed. */
static enum soap_version
typed_version(const struct http_msg *msg)
{
    const char *type = http_header(msg, "Content-Type");

    return type != NULL && strncasecmp(type, "application/soap+xml", 20) == 0
               ? SOAP_V12
               : SOAP_V11;
}

int
engine_judge(struct soap_server *s, struct conn *c, bool *close_after,
             struct err *err)
{
    const struct peer *peer = c->tls != NULL ? tls_peer(c->tls) : NULL;

    if (peer == NULL)
        return 0;
    if (tls_recheck(c->tls, err) < 0) {
        *close_after = true;
        return -1;
    }
    return s->spec.admit != NULL ? s->spec.admit(peer, s->spec.service, err)
                                 : 0;
}

/* The fault for a header block that nobody here understands. */
static int
stranger_fault(struct soap_call *call, const xmlNode *node)
{
    char *reason =
        xasprintf("the header {%s}%s must be understood and is not",
                  node->ns != NULL ? (const char *)node->ns->href : "",
                  (const char *)node->name);

    soap_fault(call, "MustUnderstand", reason, NULL);
    free(reason);
    return -1;
}

/* Take the message of CALL apart. */
static int
open_call(struct soap_server *s, struct soap_call *call, struct err *err)
{
    const struct buf *body = &call->http->body;
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

/* Whether CALL's answer may have SIZE bytes. */
static int
answer_fits(const struct soap_call *call, size_t size, struct err *err)
{
    const struct soap_server_spec *spec = &call->server->spec;

    if (spec->answer_max == 0 || size <= spec->answer_max)
        return 0;
    return err_set(err, ERR_LIMIT,
                   "the answer would have more than %zu bytes "
                   "(%s.answer_max): ask for less at once",
                   spec->answer_max, spec->program);
}

int
soap_answer_room(struct soap_call *call, size_t size, struct err *err)
{
    if (answer_fits(call, size, err) < 0)
        return -1;
    if (!conn_hold_answer(call->server, call->conn, size))
        return err_set(err, ERR_LIMIT,
                       "too much is being answered: try again later");
    return soap_caller_gone(call)
               ? err_set(err, ERR_CANCELLED, "the caller has gone")
               : 0;
}

bool
soap_caller_gone(struct soap_call *call)
{
    return conn_gone(call->conn);
}

/* Run the operation; *op is its row as soon as it is known, *front another one
 * of its path when the caller may do nothing there. */
static int
run_call(struct soap_server *s, struct conn *c, struct soap_call *call,
         struct answer *a, const struct soap_op **op,
         const struct soap_op **front, struct err *err)
{
    if (engine_judge(s, c, &a->close, err) < 0 ||
        engine_may_path(s, c, call->path, front, err) < 0 ||
        open_call(s, call, err) < 0)
        return -1;
    *op = find_op(s, call);
    if (*op == NULL)
        return err_set(
            err, ERR_UNSUPPORTED, "'%s' has no operation {%s}%s", call->path,
            call->payload->ns != NULL ? (const char *)call->payload->ns->href
                                      : "",
            (const char *)call->payload->name);
    if (engine_may(c, (*op)->flags, err) < 0)
        return -1;
    call->reply_action = (*op)->reply_action;
    return (*op)->run(call, err) < 0 ? -1
                                     : answer_fits(call, call->reply.len, err);
}

/* Make CALL's fault of ERR unless it has one; the reason goes to the log. */
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

/* Put the answer of CALL, or its fault, into A. */
static void
write_answer(struct soap_call *call, const struct soap_op *op, bool failed,
             struct answer *a)
{
    struct buf headers = BUF_INIT;
    const char *action = call->reply_action != NULL ? call->reply_action : "";

    if (failed)
        action = op != NULL && op->fault_action != NULL
                     ? op->fault_action
                     : wsa_fault_action(call->wsa.version);
    wsa_write_reply(&headers, &call->wsa, action);
    envelope_begin(&a->body, call->version, buf_str(&headers));
    buf_fini(&headers);
    if (failed) {
        a->status = fault_status(call->version, call->fault);
        fault_write(&a->body, call->version, call->fault);
    } else {
        buf_add(&a->body, call->reply.data, call->reply.len);
    }
    envelope_end(&a->body);
    a->type = envelope_type(call->version);
}

size_t
engine_soap(struct soap_server *s, struct conn *c, const char *log_id,
            struct answer *a, bool *failed)
{
    struct soap_call call = {
        .peer = c->tls != NULL ? tls_peer(c->tls) : NULL,
        .from = &c->from,
        .path = c->msg->path,
        .query = c->msg->query,
        .http = c->msg,
        .service = s->spec.service,
        .version = typed_version(c->msg),
        .server = s,
        .conn = c,
    };
    const struct soap_op *op = NULL, *front = NULL;
    struct err err = ERR_INIT;

    snprintf(call.log_id, sizeof(call.log_id), "%s", log_id);
    *failed = run_call(s, c, &call, a, &op, &front, &err) < 0;
    if (front == NULL)
        front = op;
    if (*failed)
        settle_fault(&call, front, &err);
    write_answer(&call, front, *failed, a);
    fault_destroy(call.fault);
    wsa_fini(&call.wsa);
    buf_fini(&call.reply);
    xmlFreeDoc(call.doc);
    return op != NULL ? (size_t)(op - s->spec.ops) : s->row_own + ROW_OTHER;
}
