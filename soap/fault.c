/* soap/fault.c - see fault.h. */
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "soap/fault.h"

struct soap_fault *
fault_create(const char *code, const char *reason, const char *detail)
{
    struct soap_fault *f = xcalloc(1, sizeof(*f));

    f->code = xstrdup(code);
    f->reason = xstrdup(reason);
    f->detail = detail != NULL ? xstrdup(detail) : NULL;
    return f;
}

struct soap_fault *
fault_from_err(const struct err *err, bool stranger, const char *log_id,
               const char *detail)
{
    const char *name = err_soap_fault(err->code);
    bool ours = strcmp(name, "InternalError") == 0;
    struct buf reason = BUF_INIT, own = BUF_INIT;
    struct soap_fault *f;

    buf_adds(&reason, stranger ? err_public_text(err->code) : err->text);
    if (stranger)
        buf_addf(&reason, " (%s)", log_id);
    if (detail == NULL || stranger) {
        buf_addf(&own,
                 "<f:Fault xmlns:f=\"" FAULT_NS "\"><f:Name>%s</f:Name>"
                 "<f:Id>%s</f:Id></f:Fault>",
                 name, log_id);
        detail = buf_str(&own);
    }
    f = fault_create(ours ? "Server" : "Client", buf_str(&reason), detail);
    buf_fini(&reason);
    buf_fini(&own);
    return f;
}

void
fault_destroy(struct soap_fault *f)
{
    if (f == NULL)
        return;
    free(f->code);
    free(f->reason);
    free(f->detail);
    free(f);
}

/* Append DETAIL, unless empty, in the element NAME. */
static void
fault_detail(struct buf *out, const char *name, const char *detail)
{
    if (detail != NULL && *detail != '\0')
        buf_addf(out, "<%s>%s</%s>", name, detail, name);
}

void
soap_fault_xml(struct buf *out, const char *code, const char *reason,
               const char *detail)
{
    buf_addf(out,
             "<faultcode xmlns:soapenv=\"" SOAP_NS_11 "\">soapenv:%s"
             "</faultcode><faultstring>",
             code);
    buf_add_xml(out, reason);
    buf_adds(out, "</faultstring>");
    fault_detail(out, "detail", detail);
}

/* SOAP 1.2's name for CODE. */
static const char *
code_12(const char *code)
{
    if (strcmp(code, "Client") == 0)
        return "Sender";
    return strcmp(code, "Server") == 0 ? "Receiver" : code;
}

void
fault_write(struct buf *out, enum soap_version v, const struct soap_fault *f)
{
    buf_adds(out, "<soapenv:Fault>");
    if (v == SOAP_V11) {
        soap_fault_xml(out, f->code, f->reason, f->detail);
    } else {
        buf_addf(out,
                 "<soapenv:Code><soapenv:Value>soapenv:%s</soapenv:Value>"
                 "</soapenv:Code><soapenv:Reason>"
                 "<soapenv:Text xml:lang=\"en\">",
                 code_12(f->code));
        buf_add_xml(out, f->reason);
        buf_adds(out, "</soapenv:Text></soapenv:Reason>");
        fault_detail(out, "soapenv:Detail", f->detail);
    }
    buf_adds(out, "</soapenv:Fault>");
}

int
fault_status(enum soap_version v, const struct soap_fault *f)
{
    return v == SOAP_V12 && strcmp(f->code, "Client") == 0 ? 400 : 500;
}

/* The element children of NODE as XML, "" for none; the caller must free()
 * it. */
static char *
inner_xml(const xmlNode *node)
{
    struct buf out = BUF_INIT;

    buf_adds(&out, "");
    for (const xmlNode *n = xml_first(node); n != NULL; n = xml_next(n))
        xml_write(&out, n);
    return buf_detach(&out);
}

/* The local part of the QName in NODE's text, "" for none; the caller must
 * free() it. */
static char *
qname_local(const xmlNode *node)
{
    char *text = xml_text(node), *colon = strrchr(text, ':');

    if (colon != NULL)
        memmove(text, colon + 1, strlen(colon));
    return text;
}

bool
fault_read(const xmlNode *payload, struct soap_fault_info *info)
{
    const xmlNode *n;

    if (xml_is(payload, SOAP_NS_11, "Fault")) {
        info->code = qname_local(xml_child(payload, NULL, "faultcode"));
        info->reason = xml_text(xml_child(payload, NULL, "faultstring"));
        info->detail = inner_xml(xml_child(payload, NULL, "detail"));
    } else if (xml_is(payload, SOAP_NS_12, "Fault")) {
        n = xml_child(payload, SOAP_NS_12, "Code");
        info->code = qname_local(xml_child(n, SOAP_NS_12, "Value"));
        n = xml_child(payload, SOAP_NS_12, "Reason");
        info->reason = xml_text(xml_child(n, SOAP_NS_12, "Text"));
        info->detail = inner_xml(xml_child(payload, SOAP_NS_12, "Detail"));
    } else {
        return false;
    }
    info->set = true;
    return true;
}

void
soap_fault_info_fini(struct soap_fault_info *f)
{
    free(f->code);
    free(f->reason);
    free(f->detail);
    *f = (struct soap_fault_info){ .set = false };
}
