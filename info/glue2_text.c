/* info/glue2_text.c - see glue2_text.h. */
#include <string.h>

#include "base/codec.h"
#include "info/glue2_text.h"

void
glue2_put(struct buf *out, const char *name, const char *text)
{
    if (text == NULL)
        return;
    buf_addf(out, "<%s>", name);
    buf_add_xml(out, text);
    buf_addf(out, "</%s>", name);
}

void
glue2_put_list(struct buf *out, const char *name, const char *const *list)
{
    for (; list != NULL && *list != NULL; list++)
        glue2_put(out, name, *list);
}

void
glue2_put_number(struct buf *out, const char *name, long long n)
{
    if (n >= 0)
        buf_addf(out, "<%s>%lld</%s>", name, n, name);
}

void
glue2_put_time(struct buf *out, const char *name, time_t t)
{
    char text[TIME_TEXT];

    if (t > 0)
        glue2_put(out, name, time_utc(t, text));
}

void
glue2_open(struct buf *out, const char *name, const char *base, bool ns,
           time_t now, long long validity)
{
    char text[TIME_TEXT];

    buf_addf(out, "<%s", name);
    if (ns)
        buf_adds(out, " xmlns=\"" GLUE2_NS "\"");
    if (now > 0)
        buf_addf(out, " CreationTime=\"%s\"", time_utc(now, text));
    if (now > 0 && validity >= 0)
        buf_addf(out, " Validity=\"%lld\"", validity);
    buf_addf(out, " BaseType=\"%s\">", base);
}

void
glue2_close(struct buf *out, const char *name)
{
    buf_addf(out, "</%s>", name);
}

void
glue2_put_ref(struct buf *out, const char *name, const char *kind,
              const char *service, const char *part)
{
    struct buf id = BUF_INIT;

    buf_addf(&id, "urn:ogf:%s:", kind);
    percent_encode(&id, service, ":");
    if (part != NULL) {
        buf_addc(&id, ':');
        percent_encode(&id, part, "");
    }
    glue2_put(out, name, buf_str(&id));
    buf_fini(&id);
}

void
glue2_put_id(struct buf *out, const char *kind, const char *service,
             const char *part, const char *name)
{
    glue2_put_ref(out, "ID", kind, service, part);
    glue2_put(out, "Name", name);
}

/* TEXT, or OTHERWISE when TEXT is NULL. */
static const char *
or_else(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

void
glue2_put_endpoint(struct buf *out, const char *kind, const char *service,
                   const struct glue2_endpoint *e)
{
    glue2_put_id(out, kind, service, e->interface, NULL);
    glue2_put(out, "URL", e->url);
    glue2_put_list(out, "Capability", e->capability);
    glue2_put(out, "Technology", or_else(e->technology, "webservice"));
    glue2_put(out, "InterfaceName", e->interface);
    glue2_put(out, "InterfaceVersion", e->version);
    glue2_put(out, "WSDL", e->wsdl);
    glue2_put_list(out, "SupportedProfile", e->profile);
    glue2_put(out, "Implementor", "Gatehouse");
    glue2_put(out, "ImplementationName", "gatehouse");
    glue2_put(out, "ImplementationVersion", GATEHOUSE_VERSION);
    glue2_put(out, "QualityLevel", "production");
    glue2_put(out, "HealthState", or_else(e->health, "ok"));
    glue2_put(out, "HealthStateInfo", e->health_info);
    glue2_put(out, "ServingState", or_else(e->serving, "production"));
    glue2_put_time(out, "StartTime", e->started);
    glue2_put(out, "IssuerCA", e->issuer_ca);
    glue2_put_list(out, "TrustedCA", e->trusted_ca);
}
