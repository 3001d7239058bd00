/* mds/plain.c - see plain.h.
 *
 *   GET /wsrf/services/DefaultIndexService            the property document
 *   GET /wsrf/services/DefaultIndexService?xpath=X    what X finds in it
 *   GET /wsrf/services/DefaultIndexServiceEntry/ID    that of one entry
 *
 * With format=json, or Accept: application/json, the answer is JSON. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "mds/index.h"
#include "mds/plain.h"

/* Whether the caller wants JSON.  -1 with ERR: SYNTAX. */
static int
wants_json(const struct http_call *call, struct err *err)
{
    char *format = http_param(call->query, "format");
    int json = -1;

    if (format == NULL)
        return http_has_token(call->http, "Accept", "application/json");
    if (strcmp(format, "json") == 0 || strcmp(format, "xml") == 0)
        json = format[0] == 'j';
    else
        err_set(err, ERR_SYNTAX, "format='%.40s' is neither xml nor json",
                format);
    free(format);
    return json;
}

/* Append O, which is let go, in one line. */
static void
put_json(struct http_call *call, json_t *o)
{
    char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);

    buf_adds(&call->reply, text != NULL ? text : "null");
    free(text);
    json_decref(o);
}

/* entries_each(): append E as an object behind those before it. */
static int
put_entry(const struct entries_seen *e, void *arg, struct err *err)
{
    struct http_call *call = arg;
    char end[TIME_TEXT];

    if (call->reply.len > 0 && call->reply.data[call->reply.len - 1] == '}')
        buf_adds(&call->reply, ",\n");
    put_json(call, json_pack("{ss ss ss ss}", "id", e->id, "member", e->member,
                             "terminationTime", time_utc_ms(e->expires_ms, end),
                             "data", e->data));
    return http_answer_room(call, call->reply.len, err);
}

/* entries_query.gone */
static bool
caller_gone(void *arg)
{
    return http_caller_gone(arg);
}

/* Append what the expression XPATH finds in the document of ENTRY (NULL: the
 * group's). */
static int
ask(struct http_call *call, const char *entry, const char *xpath,
    struct err *err)
{
    const struct index *ix = call->service;
    const struct entries_query q = { .dialect = DIALECT_FINAL,
                                     .entry = entry,
                                     .text = xpath,
                                     .gone = caller_gone,
                                     .arg = call };

    return entries_query(ix->entries, &q, &call->reply, err);
}

/* What XPATH finds, as a document. */
static int
find_xml(struct http_call *call, const char *entry, const char *xpath,
         struct err *err)
{
    buf_addf(&call->reply,
             "<rp:QueryResourcePropertiesResponse xmlns:rp=\"%s\">",
             dialect_names(DIALECT_FINAL)->rp);
    if (ask(call, entry, xpath, err) < 0)
        return -1;
    buf_adds(&call->reply, "</rp:QueryResourcePropertiesResponse>");
    return 0;
}

/* The same as an object: nodes are XML in a text. */
static int
find_json(struct http_call *call, const char *entry, const char *xpath,
          struct err *err)
{
    json_t *o;

    if (ask(call, entry, xpath, err) < 0)
        return -1;
    o = json_pack("{ss ss}", "xpath", xpath, "answer", buf_str(&call->reply));
    buf_clear(&call->reply);
    put_json(call, o);
    return 0;
}

/* All registrations, or the one that is ENTRY, as JSON. */
static int
list_json(struct http_call *call, const char *entry, struct err *err)
{
    const struct index *ix = call->service;

    buf_adds(&call->reply, entry == NULL ? "{\"entries\":[\n" : "");
    if (entries_each(ix->entries, entry, put_entry, call, err) < 0)
        return -1;
    buf_adds(&call->reply, entry == NULL ? "]}" : "");
    return 0;
}

/* Answer for ENTRY (NULL: the group). */
static int
answer(struct http_call *call, const char *entry, struct err *err)
{
    char *xpath = http_param(call->query, "xpath");
    int json = wants_json(call, err);
    int rc = json;

    if (json >= 0 && xpath != NULL)
        rc = (json ? find_json : find_xml)(call, entry, xpath, err);
    else if (json >= 0)
        rc = json ? list_json(call, entry, err) : ask(call, entry, "/*", err);
    free(xpath);
    if (rc < 0 || http_answer_room(call, call->reply.len, err) < 0)
        return -1;
    buf_addc(&call->reply, '\n');
    call->reply_type = json ? "application/json" : "application/xml";
    return HTTP_ANSWERED;
}

static int
get_group(struct http_call *call, struct err *err)
{
    return answer(call, NULL, err);
}

static int
get_entry(struct http_call *call, struct err *err)
{
    const char *id = route_param(&call->params, "id");

    if (!uuid_ok(id))
        return err_set(err, ERR_NOT_FOUND, "'%s' is not an entry", call->path);
    return answer(call, id, err);
}

#define ROUTES(flags)                                                         \
    {                                                                         \
        { "GET", INDEX_PATH, flags, get_group, NULL, NULL, HTTP_BODY_SMALL }, \
            { "GET", ENTRY_PATH "/{id}", flags, get_entry, NULL,              \
              NULL,  HTTP_BODY_SMALL },                                       \
            { .path = NULL },                                                 \
    }

const struct http_route *
plain_routes(bool anonymous)
{
    static const struct http_route open[] =
        ROUTES(HTTP_ANONYMOUS | HTTP_LIMITED);
    static const struct http_route closed[] = ROUTES(HTTP_LIMITED);

    return anonymous ? open : closed;
}
