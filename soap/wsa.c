/* soap/wsa.c - see wsa.h. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "soap/wsa.h"

/* One row for each version, indexed by its enum. */
static const struct {
    const char *ns, *anonymous, *fault, *uuid, *parameters;
} versions[] = {
    [WSA_NONE] = { "", "", "", "", "" },
    [WSA_V200403] = { WSA_2004_03, WSA_2004_03 "/role/anonymous",
                      WSA_2004_03 "/fault", "uuid:", "ReferenceProperties" },
    [WSA_V200408] = { WSA_2004_08, WSA_2004_08 "/role/anonymous",
                      WSA_2004_08 "/fault", "uuid:", "ReferenceProperties" },
    [WSA_V200508] = { WSA_2005_08, WSA_2005_08 "/anonymous",
                      WSA_2005_08 "/fault",
                      "urn:uuid:", "ReferenceParameters" },
};

const char *
wsa_ns(enum wsa_version v)
{
    return versions[v].ns;
}

const char *
wsa_fault_action(enum wsa_version v)
{
    return versions[v].fault;
}

enum wsa_version
wsa_version(const char *ns)
{
    for (int v = WSA_V200403; ns != NULL && v <= WSA_V200508; v++)
        if (strcmp(ns, versions[v].ns) == 0)
            return (enum wsa_version)v;
    return WSA_NONE;
}

/* The version whose namespace NODE has. */
static enum wsa_version
wsa_version_of(const xmlNode *node)
{
    return wsa_version(node->ns != NULL ? (const char *)node->ns->href : NULL);
}

/* The known headers, and the field of struct wsa that takes each one's text. */
static const struct {
    const char *name;
    size_t field; /* offset; NO_TEXT: no field */
    bool reply;   /* names the destination of an answer */
    bool many;    /* may occur more than once; the first counts */
} known[] = {
#define NO_TEXT ((size_t)-1)
    { "To", offsetof(struct wsa, to), false, false },
    { "Action", offsetof(struct wsa, action), false, false },
    { "MessageID", offsetof(struct wsa, message_id), false, false },
    { "RelatesTo", offsetof(struct wsa, relates_to), false, true },
    { "From", NO_TEXT, false, true },
    { "ReplyTo", NO_TEXT, true, true },
    { "FaultTo", NO_TEXT, true, true },
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

/* The row of known[] for the addressing header NODE; KNOWN: none. */
static size_t
wsa_row(const xmlNode *node)
{
    size_t i = 0;

    while (i < KNOWN && strcmp(known[i].name, (const char *)node->name) != 0)
        i++;
    return i;
}

bool
wsa_understands(const xmlNode *node)
{
    return wsa_version_of(node) != WSA_NONE && wsa_row(node) < KNOWN;
}

/* Store NODE's text in the field of W for row ROW; *SEEN has a bit for each row
 * seen before.  Empty text is not a value. */
static int
wsa_take(struct wsa *w, size_t row, const xmlNode *node, unsigned *seen,
         struct err *err)
{
    char **field = (char **)(void *)((char *)w + known[row].field);
    char *text;

    if ((*seen & 1u << row) != 0)
        return known[row].many
                   ? 0
                   : err_set(err, ERR_SYNTAX,
                             "the addressing header '%s' occurs twice",
                             known[row].name);
    *seen |= 1u << row;
    text = xml_text(node);
    if (text[0] == '\0') {
        free(text);
        text = NULL;
    }
    *field = text;
    return 0;
}

/* Check the reply address NODE: answers only go back on this connection. */
static int
wsa_check_reply(const xmlNode *node, enum wsa_version v, struct err *err)
{
    struct wsa_epr epr;
    int rc;

    if (wsa_epr_read(&epr, node, err) < 0)
        return -1;
    rc = strcmp(epr.address, versions[v].anonymous) == 0
             ? 0
             : err_set(err, ERR_UNSUPPORTED,
                       "answers are sent on the connection of the request, not "
                       "to the %s '%s'",
                       (const char *)node->name, epr.address);
    wsa_epr_fini(&epr);
    return rc;
}

/* Read one addressing header. */
static int
wsa_read_header(struct wsa *w, const xmlNode *node, unsigned *seen,
                struct err *err)
{
    size_t row = wsa_row(node);

    if (row == KNOWN)
        return 0;
    if (known[row].reply)
        return wsa_check_reply(node, w->version, err);
    return known[row].field == NO_TEXT ? 0 : wsa_take(w, row, node, seen, err);
}

int
wsa_read(struct wsa *w, const xmlNode *header, struct err *err)
{
    unsigned seen = 0;

    *w = (struct wsa){ .version = WSA_NONE };
    for (const xmlNode *n = xml_first(header); n != NULL; n = xml_next(n)) {
        enum wsa_version v = wsa_version_of(n);
        int rc = 0;

        if (v == WSA_NONE)
            continue;
        if (w->version == WSA_NONE)
            w->version = v;
        if (v != w->version)
            rc = err_set(err, ERR_SYNTAX,
                         "the headers mix two versions of WS-Addressing");
        else
            rc = wsa_read_header(w, n, &seen, err);
        if (rc < 0) {
            v = w->version;
            wsa_fini(w);
            w->version = v; /* the fault is still written in this version */
            return -1;
        }
    }
    return 0;
}

void
wsa_fini(struct wsa *w)
{
    free(w->to);
    free(w->action);
    free(w->message_id);
    free(w->relates_to);
    *w = (struct wsa){ .version = WSA_NONE };
}

/* Append the header NAME with TEXT. */
static void
wsa_header(struct buf *out, enum wsa_version v, const char *name,
           const char *text)
{
    buf_addf(out, "<wsa:%s xmlns:wsa=\"%s\">", name, versions[v].ns);
    buf_add_xml(out, text);
    buf_addf(out, "</wsa:%s>", name);
}

/* Append a new MessageID. */
static void
wsa_fresh_id(struct buf *out, enum wsa_version v)
{
    char uuid[UUID_TEXT], text[UUID_TEXT + 16];

    snprintf(text, sizeof(text), "%s%s", versions[v].uuid, uuid_make(uuid));
    wsa_header(out, v, "MessageID", text);
}

void
wsa_write_reply(struct buf *out, const struct wsa *request, const char *action)
{
    enum wsa_version v = request->version;

    if (v == WSA_NONE)
        return;
    wsa_header(out, v, "To", versions[v].anonymous);
    wsa_header(out, v, "Action", action);
    wsa_fresh_id(out, v);
    if (request->message_id != NULL)
        wsa_header(out, v, "RelatesTo", request->message_id);
}

void
wsa_write_request(struct buf *out, enum wsa_version v, const char *to,
                  const char *action, const char *message_id)
{
    if (v == WSA_NONE)
        return;
    wsa_header(out, v, "To", to);
    wsa_header(out, v, "Action", action);
    if (message_id != NULL)
        wsa_header(out, v, "MessageID", message_id);
    else
        wsa_fresh_id(out, v);
    buf_addf(out,
             "<wsa:ReplyTo xmlns:wsa=\"%s\"><wsa:Address>%s</wsa:Address>"
             "</wsa:ReplyTo>",
             versions[v].ns, versions[v].anonymous);
}

int
wsa_epr_read(struct wsa_epr *epr, const xmlNode *node, struct err *err)
{
    *epr = (struct wsa_epr){ .version = WSA_NONE };
    for (const xmlNode *n = xml_first(node); n != NULL; n = xml_next(n)) {
        const char *name = (const char *)n->name;
        enum wsa_version v = wsa_version_of(n);

        if (v == WSA_NONE)
            continue;
        if (strcmp(name, "Address") == 0 && epr->address == NULL) {
            epr->version = v;
            epr->address = xml_text(n);
        } else if (strcmp(name, "ReferenceProperties") == 0) {
            epr->properties = n;
        } else if (strcmp(name, "ReferenceParameters") == 0) {
            epr->parameters = n;
        }
    }
    if (epr->address == NULL || epr->address[0] == '\0') {
        wsa_epr_fini(epr);
        err_set(err, ERR_SYNTAX, "the endpoint reference '%s' has no Address",
                (const char *)node->name);
        return -1;
    }
    return 0;
}

void
wsa_epr_fini(struct wsa_epr *epr)
{
    free(epr->address);
    *epr = (struct wsa_epr){ .version = WSA_NONE };
}

void
wsa_epr_write(struct buf *out, enum wsa_version v, const char *address,
              const char *params_xml)
{
    if (v == WSA_NONE)
        v = WSA_V200508;
    wsa_header(out, v, "Address", address);
    if (params_xml != NULL)
        buf_addf(out, "<wsa:%s xmlns:wsa=\"%s\">%s</wsa:%s>",
                 versions[v].parameters, versions[v].ns, params_xml,
                 versions[v].parameters);
}

/* Append the children of BAG as header blocks of a message to the endpoint;
 * 2005/08 marks each as a reference parameter (SOAP binding, section 2.1). */
static void
wsa_write_bag(struct buf *out, enum wsa_version v, const xmlNode *bag)
{
    for (const xmlNode *n = xml_first(bag); n != NULL; n = xml_next(n)) {
        struct buf text = BUF_INIT;
        size_t name;

        xml_write(&text, n);
        name = strcspn(buf_str(&text), " \t\r\n/>");
        buf_add(out, text.data, name);
        if (v == WSA_V200508 &&
            xmlHasNsProp((xmlNode *)(uintptr_t)n,
                         (const xmlChar *)"IsReferenceParameter",
                         (const xmlChar *)WSA_2005_08) == NULL)
            buf_adds(out, " xmlns:wsa05=\"" WSA_2005_08
                          "\" wsa05:IsReferenceParameter=\"true\"");
        buf_adds(out, text.data + name);
        buf_fini(&text);
    }
}

void
wsa_epr_headers(struct buf *out, const struct wsa_epr *epr)
{
    wsa_write_bag(out, epr->version, epr->properties);
    wsa_write_bag(out, epr->version, epr->parameters);
}
