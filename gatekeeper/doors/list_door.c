/* gatekeeper/doors/list_door.c - ListActivities (wsdl/gatehouse-jobs.xsd): the
 * caller's jobs in pages with name, command and status.  One request returns
 * many jobs; BES lists activities only in its factory document and needs one
 * more request for each. */
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "gatekeeper/doors/bes_soap.h"
#include "gatekeeper/doors/door.h"
#include "jobs/jsdl.h"

/* An estimate of the maximum answer bytes per job. */
#define SHARE 4096

/* A soap_detail_fn: every fault is the request's. */
static void
detail(const struct soap_call *call, const struct err *err, struct buf *out)
{
    struct bes_fault f = { .kind = BES_INVALID, .message = err->text };

    if (err->code == ERR_AUTHZ || err->code == ERR_AUTHN) {
        f.kind = BES_NOT_AUTHORIZED;
        if (!call->http->denied)
            audit_decision(call->peer != NULL ? call->peer->identity : "-",
                           "ListActivities", "-", call->from, err);
    }
    bes_soap_fault(out, &f);
}

/* Read the text of the element C into *slot; it is an error if *slot is set. */
static int
read_text(const xmlNode *c, char **slot, struct err *err)
{
    if (*slot != NULL)
        return err_set(err, ERR_SYNTAX, "there is a second element '%s'",
                       (const char *)c->name);
    *slot = xml_text(c);
    return 0;
}

static int
read_state(const xmlNode *c, unsigned long *states, struct err *err)
{
    char *word = xml_text(c);
    int i = 0;

    while (i < LIFE_STATES &&
           strcmp(life_state_word((enum life_state)i), word) != 0)
        i++;
    if (i < LIFE_STATES)
        *states |= 1ul << i;
    else
        err_set(err, ERR_SYNTAX, "there is no state '%s'", word);
    free(word);
    return i < LIFE_STATES ? 0 : -1;
}

/* Read the request PAYLOAD; the caller frees AFTER and LIMIT. */
static int
read_request(const xmlNode *payload, struct store_filter *q, char **after,
             char **limit, struct err *err)
{
    long long n;
    int rc = 0;

    for (const xmlNode *c = xml_first(payload); c != NULL && rc == 0;
         c = xml_next(c)) {
        if (xml_is(c, JOBS_EXT_NS, "State"))
            rc = read_state(c, &q->states, err);
        else if (xml_is(c, JOBS_EXT_NS, "After"))
            rc = read_text(c, after, err);
        else if (xml_is(c, JOBS_EXT_NS, "Limit"))
            rc = read_text(c, limit, err);
        else
            rc = err_set(err, ERR_SYNTAX, "unknown element '%s'",
                         (const char *)c->name);
    }
    if (rc < 0)
        return -1;
    q->after = *after;
    if (q->after != NULL && !uuid_ok(q->after))
        return err_set(err, ERR_SYNTAX, "After '%s' is not a job's id",
                       q->after);
    if (*limit == NULL)
        return 0;
    if (number_parse(*limit, 1, 1ll << 40, &n) < 0)
        return err_set(err, ERR_SYNTAX, "Limit '%s' is not a number above zero",
                       *limit);
    q->max = (size_t)n < q->max ? (size_t)n : q->max;
    return 0;
}

/* Write the answer with the BES status of each job. */
static void
write_page(struct soap_call *call, const struct life_page *page)
{
    struct service *s = call->service;
    struct bes_status *statuses = xcalloc(page->n + 1, sizeof(*statuses));
    char **addresses = xcalloc(page->n + 1, sizeof(*addresses));

    for (size_t i = 0; i < page->n; i++) {
        const struct life_view *view = &page->of[i].view;

        addresses[i] = xasprintf("%s" JOBS_PATH "%s", s->url, view->id);
        /* The gsiftp URLs of the streams need the record, which is not loaded
         * here. */
        statuses[i] =
            (struct bes_status){ .view = view, .base = s->url, .gridftp = "" };
    }
    bes_soap_listed(&call->reply, page, statuses, addresses);
    for (size_t i = 0; i < page->n; i++)
        free(addresses[i]);
    free(addresses);
    free(statuses);
}

static int
list_activities(struct soap_call *call, struct err *err)
{
    struct service *s = call->service;
    struct store_filter q = { .owner = call->peer->identity,
                              .max = (size_t)conf_num(
                                  s->conf, CONF_gatekeeper_list_page) };
    size_t fits = (size_t)conf_num(s->conf, CONF_gatekeeper_answer_max) / SHARE;
    char *after = NULL, *limit = NULL;
    struct life_page page = { .n = 0 };
    int rc;

    if (q.max > fits)
        q.max = fits;
    rc = read_request(call->payload, &q, &after, &limit, err);
    if (rc == 0)
        rc = http_answer_room(call->http, q.max * SHARE, err);
    if (rc == 0)
        rc = life_page(s->life, &q, &page, err);
    if (rc == 0)
        write_page(call, &page);
    life_page_fini(&page);
    free(after);
    free(limit);
    return rc;
}

static const struct soap_op ops[] = {
    { .path = BES_PATH,
      .ns = JOBS_EXT_NS,
      .name = "ListActivities",
      .reply_action = JOBS_EXT_NS "/JobsPortType/ListActivitiesResponse",
      .flags = HTTP_LIMITED,
      .run = list_activities,
      .detail = detail,
      .fault_action = JOBS_EXT_NS "/JobsPortType/Fault" },
    { .path = NULL }
};

const struct door list_door = { .name = "list", .ops = ops };
