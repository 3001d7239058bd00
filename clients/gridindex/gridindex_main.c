/* clients/gridindex/gridindex_main.c - queries an index: XPath queries as with
 * wsrf-query, and a readable list of services. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/log.h"
#include "base/opt.h"
#include "base/prose.h"
#include "base/xml.h"
#include "clients/client_env.h"
#include "soap/client.h"
#include "wsrf/wsrf_request_soap.h"

#define QUERY_ACTION                         \
    "http://docs.oasis-open.org/wsrf/rpw-2/" \
    "QueryResourceProperties/QueryResourcePropertiesRequest"
#define GET_ACTION                           \
    "http://docs.oasis-open.org/wsrf/rpw-2/" \
    "GetResourceProperty/GetResourcePropertyRequest"
#define XPATH_DIALECT_URI "http://www.w3.org/TR/1999/REC-xpath-19991116"
#define DEFAULT_URL       "https://localhost:8444/wsrf/services/DefaultIndexService"

/* The exit statuses of wsrf-query, which scripts test. */
enum {
    EXIT_USAGE = 1,
    EXIT_REMOTE = 2
};

enum option {
    OPT_SERVICE = 1,
    OPT_ANONYMOUS,
    OPT_AUTHZ,
    OPT_TIMEOUT,
    OPT_DEBUG,
    OPT_IGNORED,
    OPT_HELP,
    OPT_VERSION
};

static const struct opt options[] = {
    { OPT_SERVICE, "service s", "URL", "the index, by default " DEFAULT_URL },
    { OPT_ANONYMOUS, "anonymous a", NULL, "show no certificate" },
    { OPT_AUTHZ, "authorization z", "host|self|DN",
      "who the index must be; host by default" },
    { OPT_TIMEOUT, "timeout", "MS", "one exchange, 120000 by default" },
    { OPT_DEBUG, "debug d", NULL, "show every SOAP message on stderr" },
    { OPT_HELP, "help h", NULL, "this text" },
    { OPT_VERSION, "version", NULL, "version" },
    { OPT_IGNORED, "securityMech m", "MECH", NULL },
    { OPT_IGNORED, "protection p", "LEVEL", NULL },
    { 0, NULL, NULL, NULL },
};

#define USAGE                                                                \
    "gridindex query [-s URL] [XPATH [DIALECT]]    nodes or a value\n"       \
    "       gridindex services [-s URL]                what is registered\n" \
    "       gridindex property [-s URL] {NS}NAME       one property"

struct gridindex {
    const char *url;
    bool anonymous, self, debug;
    const char *subject;
    int timeout_ms;
    const char *operand[2];
    struct client_env env;
    struct soap_client *soap;
};

/* Call Q at the index; *payload is the answer's element. */
static int
call(struct gridindex *g, struct soap_question q, xmlDoc **doc,
     xmlNode **payload, struct err *err)
{
    struct soap_client_spec spec = { .timeout_ms = g->timeout_ms,
                                     .subject = g->subject,
                                     .self = g->self,
                                     .reply_max = 1u << 30,
                                     .debug = g->debug ? stderr : NULL };

    *doc = NULL;
    if (client_env_init(&g->env, g->anonymous, err) < 0)
        return -1;
    spec.cred = g->env.cred;
    spec.trust = g->env.trust;
    if (soap_client_create(&spec, &g->soap, err) < 0)
        return -1;
    q.url = g->url;
    return soap_client_call(g->soap, &q, doc, payload, err);
}

/* QueryResourceProperties. */
static int
query_call(struct gridindex *g, const char *xpath, const char *dialect,
           xmlDoc **doc, xmlNode **payload, struct err *err)
{
    struct buf body = BUF_INIT;
    struct soap_question q = { .action = QUERY_ACTION };
    int rc;

    wsrf_request_query(&body, xpath, dialect);
    q.body = buf_str(&body);
    rc = call(g, q, doc, payload, err);
    buf_fini(&body);
    return rc;
}

/* Print the answer: nodes one after the other, or the plain value. */
static void
print_children(const xmlNode *payload)
{
    struct buf out = BUF_INIT;
    char *text;

    for (xmlNode *n = xml_first(payload); n != NULL; n = xml_next(n)) {
        xml_write(&out, n);
        buf_addc(&out, '\n');
    }
    if (out.len == 0) {
        text = xml_text(payload);
        if (*text != '\0')
            buf_addf(&out, "%s\n", text);
        free(text);
    }
    prose_show(stdout, buf_str(&out));
    buf_fini(&out);
}

static int
query(struct gridindex *g, struct err *err)
{
    const char *xpath = g->operand[0] != NULL ? g->operand[0] : "/*";
    const char *dialect =
        g->operand[1] != NULL ? g->operand[1] : XPATH_DIALECT_URI;
    xmlNode *payload;
    xmlDoc *doc;
    int rc = query_call(g, xpath, dialect, &doc, &payload, err);

    if (rc == 0)
        print_children(payload);
    xmlFreeDoc(doc);
    return rc;
}

static int
get_property(struct gridindex *g, struct err *err)
{
    const char *name = g->operand[0];
    const char *end = name != NULL && *name == '{' ? strchr(name, '}') : NULL;
    struct soap_question q = { .action = GET_ACTION };
    struct buf body = BUF_INIT;
    xmlNode *payload;
    xmlDoc *doc = NULL;
    char *ns;
    int rc;

    if (end == NULL)
        return err_set(err, ERR_USAGE,
                       "which property?  {NAMESPACE}NAME, such as "
                       "'{http://docs.oasis-open.org/wsrf/sg-2}Entry'");
    ns = xasprintf("%.*s", (int)(end - name - 1), name + 1);
    wsrf_request_property(&body, ns, end + 1);
    free(ns);
    q.body = buf_str(&body);
    rc = call(g, q, &doc, &payload, err);
    if (rc == 0)
        print_children(payload);
    xmlFreeDoc(doc);
    buf_fini(&body);
    return rc;
}

/* Find the first element NAME at or below NODE, in any namespace. */
static const xmlNode *
find(const xmlNode *node, const char *name)
{
    const xmlNode *found = NULL;

    if (node == NULL || xml_is(node, "*", name))
        return node;
    for (xmlNode *c = xml_first(node); c != NULL && found == NULL;
         c = xml_next(c))
        found = find(c, name);
    return found;
}

/* The text of the first element NAME below NODE, "-" if there is none; the
 * caller frees it. */
static char *
value(const xmlNode *node, const char *name)
{
    const xmlNode *found = find(node, name);

    return found != NULL ? xml_text(found) : xstrdup("-");
}

/* Print one registered service as one line. */
static void
print_service(const xmlNode *entry)
{
    const xmlNode *member = find(entry, "MemberServiceEPR");
    const xmlNode *data = find(entry, "AggregatorData");
    char *address = value(member, "Address");
    char *interface = value(data, "InterfaceName");
    char *state = value(data, "ServingState");
    char *free_slots = value(data, "FreeSlots");
    char *running = value(data, "RunningJobs");
    char *waiting = value(data, "WaitingJobs");

    client_say(stdout, "%-44s %-24s %-12s %6s %6s %6s\n", address, interface,
               state, free_slots, running, waiting);
    free(address);
    free(interface);
    free(state);
    free(free_slots);
    free(running);
    free(waiting);
}

static int
services(struct gridindex *g, struct err *err)
{
    xmlNode *payload;
    xmlDoc *doc;
    int rc = query_call(g, "//*[local-name()='Entry']", XPATH_DIALECT_URI, &doc,
                        &payload, err);

    if (rc == 0) {
        printf("%-44s %-24s %-12s %6s %6s %6s\n", "SERVICE", "INTERFACE",
               "STATE", "FREE", "RUN", "WAIT");
        for (xmlNode *e = xml_first(payload); e != NULL; e = xml_next(e))
            print_service(e);
    }
    xmlFreeDoc(doc);
    return rc;
}

static const struct {
    const char *word;
    int (*run)(struct gridindex *g, struct err *err);
} commands[] = {
    { "query", query },
    { "services", services },
    { "property", get_property },
};

/* Take one option into G. */
static int
take(struct gridindex *g, const struct opt_scan *s, int id, struct err *err)
{
    long long n;

    switch ((enum option)id) {
    case OPT_SERVICE:
        g->url = s->arg;
        return 0;
    case OPT_ANONYMOUS:
        g->anonymous = true;
        return 0;
    case OPT_AUTHZ:
        g->self = strcmp(s->arg, "self") == 0;
        g->subject = *s->arg == '/' ? s->arg : NULL;
        if (g->self || g->subject != NULL || strcmp(s->arg, "host") == 0)
            return 0;
        return err_set(err, ERR_USAGE, "%s is host, self or a DN, not '%s'",
                       s->name, s->arg);
    case OPT_TIMEOUT:
        if (number_parse(s->arg, 1, 86400000, &n) < 0)
            return err_set(err, ERR_USAGE, "%s takes milliseconds, not '%s'",
                           s->name, s->arg);
        g->timeout_ms = (int)n;
        return 0;
    case OPT_DEBUG:
        g->debug = true;
        return 0;
    case OPT_IGNORED:
    case OPT_HELP:
    case OPT_VERSION:
        return 0;
    }
    return 0;
}

/* Parse options and operands in any order.  Returns 1 if nothing is left to
 * do. */
static int
parse(struct gridindex *g, int argc, char *argv[], struct err *err)
{
    struct opt_scan s;
    int id = 0, n = 0;

    opt_init(&s, options, argc, argv);
    while (s.at < argc) {
        id = opt_next(&s, err);
        if (id < 0)
            return -1;
        if (id == OPT_HELP) {
            opt_help(stdout, USAGE, options);
            return 1;
        }
        if (id == OPT_VERSION) {
            puts("gridindex (Gatehouse) " GATEHOUSE_VERSION);
            return 1;
        }
        if (id > 0 && take(g, &s, id, err) < 0)
            return -1;
        if (id == 0 && s.at < argc) {
            if (n == 2)
                return err_set(err, ERR_USAGE,
                               "unexpected argument '%s': see -help",
                               argv[s.at]);
            g->operand[n++] = argv[s.at++];
        }
    }
    return 0;
}

/* Run the command WORD; returns the exit status. */
static int
run(struct gridindex *g, const char *word)
{
    struct err err = ERR_INIT;

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(word, commands[i].word) != 0)
            continue;
        if (commands[i].run(g, &err) == 0)
            return fflush(stdout) == 0 ? 0 : EXIT_REMOTE;
        client_complain("gridindex", &err);
        return err.code == ERR_USAGE ? EXIT_USAGE : EXIT_REMOTE;
    }
    fprintf(stderr,
            "gridindex: '%s' is not a command: query, services, property;"
            " see -help\n",
            word);
    return EXIT_USAGE;
}

int
main(int argc, char *argv[])
{
    struct gridindex g = { .url = DEFAULT_URL, .timeout_ms = 120000 };
    struct err err = ERR_INIT;
    bool word = argc > 1 && argv[1][0] != '-';
    int rc, status;

    signal(SIGPIPE, SIG_IGN);
    log_open("gridindex", "stderr", LOG_ERR);
    rc = word ? parse(&g, argc - 1, argv + 1, &err)
              : parse(&g, argc, argv, &err);
    if (rc < 0) {
        client_complain("gridindex", &err);
        return EXIT_USAGE;
    }
    if (rc > 0)
        return 0;
    status = run(&g, word ? argv[1] : "");
    soap_client_destroy(g.soap);
    client_env_fini(&g.env);
    return client_exit("gridindex", status, EXIT_REMOTE);
}
