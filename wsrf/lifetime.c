/* wsrf/lifetime.c - see lifetime.h. */
#include <stdlib.h>

#include "base/codec.h"
#include "base/xml.h"
#include "wsrf/lifetime.h"

/* The namespace that CALL uses. */
static const char *
asked_in(const struct soap_call *call)
{
    return (const char *)call->payload->ns->href;
}

int
lifetime_read(const xmlNode *node, long long *ms, struct err *err)
{
    char *text = node != NULL ? xml_text(node) : NULL;
    long long seconds;
    time_t t;
    int rc = 0;

    *ms = 0;
    if (text == NULL || *text == '\0')
        rc = 0;
    else if (time_parse(text, &t) == 0)
        *ms = 1000ll * t;
    else if (duration_parse(text, &seconds) == 0)
        *ms = time_now_ms() + 1000 * seconds;
    else
        rc = err_set(err, ERR_SYNTAX, "not a valid time: '%s'", text);
    free(text);
    return rc;
}

int
lifetime_requested(const struct soap_call *call, long long *ms, struct err *err)
{
    const char *ns = asked_in(call);
    char *text = xml_child_text(call->payload, ns, "RequestedTerminationTime");
    char *span = xml_child_text(call->payload, ns, "RequestedLifetimeDuration");
    long long seconds;
    time_t t;
    int rc = 0;

    *ms = 0;
    if (text != NULL && *text != '\0') {
        rc = time_parse(text, &t);
        *ms = 1000ll * t;
    } else if (span != NULL && *span != '\0') {
        rc = duration_parse(span, &seconds);
        *ms = time_now_ms() + 1000 * seconds;
    }
    if (rc < 0)
        err_set(err, ERR_SYNTAX, "not a valid time: '%s'",
                text != NULL && *text != '\0' ? text : span);
    else if (*ms != 0 && *ms <= time_now_ms())
        *ms = time_now_ms();
    free(text);
    free(span);
    return rc;
}

void
lifetime_answer(struct soap_call *call, long long granted_ms)
{
    char text[TIME_TEXT], now[TIME_TEXT];

    buf_addf(&call->reply,
             "<rl:SetTerminationTimeResponse xmlns:rl=\"%s\">"
             "<rl:NewTerminationTime>%s</rl:NewTerminationTime>"
             "<rl:CurrentTime>%s</rl:CurrentTime>"
             "</rl:SetTerminationTimeResponse>",
             asked_in(call), time_utc_ms(granted_ms, text),
             time_utc_ms(time_now_ms(), now));
}

void
lifetime_answer_destroy(struct soap_call *call)
{
    buf_addf(&call->reply, "<rl:DestroyResponse xmlns:rl=\"%s\"/>",
             asked_in(call));
}
