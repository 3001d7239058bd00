/* tests/lib/echo_tool.c - a small server on the web-service engine, for tests:
 * Echo, Whoami (not with a limited proxy), Sleep, Public (anybody), Fail; the
 * file $ECHO_FILE at /file.  Settings: those of [mds]; a peer named by
 * $ECHO_BAN is not admitted. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/daemon.h"
#include "base/log.h"
#include "base/xml.h"
#include "gsi/site.h"
#include "http/listeners.h"
#include "soap/soap_service.h"

#define ECHO_NS "urn:gatehouse:echo"

/* Append the answer to operation NAME with TEXT. */
static int
say(struct soap_call *call, const char *name, const char *text)
{
    buf_addf(&call->reply, "<e:%sResponse xmlns:e=\"" ECHO_NS "\">", name);
    buf_add_xml(&call->reply, text);
    buf_addf(&call->reply, "</e:%sResponse>", name);
    return 0;
}

static int
echo_run(struct soap_call *call, struct err *err)
{
    char *text = xml_text(call->payload);
    int rc = say(call, "Echo", text);

    (void)err;
    free(text);
    return rc;
}

static int
whoami_run(struct soap_call *call, struct err *err)
{
    (void)err;
    return say(call, "Whoami",
               call->peer != NULL ? call->peer->identity : "nobody");
}

/* Sleep as many milliseconds as are asked. */
static int
sleep_run(struct soap_call *call, struct err *err)
{
    char *text = xml_text(call->payload);
    long long ms = 0;
    int rc = number_parse(text, 0, 60000, &ms);

    free(text);
    if (rc < 0)
        return err_set(err, ERR_SYNTAX, "no number of milliseconds");
    log_event(LOG_NOTICE, "echo.sleep", "ms=%lld", ms);
    usleep((useconds_t)ms * 1000);
    return say(call, "Sleep", "awake");
}

/* Fail: "secret" as an error of ours, all else as a fault by hand. */
static int
fail_run(struct soap_call *call, struct err *err)
{
    char *text = xml_text(call->payload);
    bool secret = strcmp(text, "secret") == 0;

    free(text);
    if (secret)
        return err_set(err, ERR_IO, "cannot open '/very/secret'");
    return soap_fault(call, "Client", "as you wished",
                      "<e:Wish xmlns:e=\"" ECHO_NS "\"/>");
}

/* An answer of as many bytes as the text says. */
static int
big_run(struct soap_call *call, struct err *err)
{
    char *text = xml_text(call->payload);
    long long n = 0;
    int rc = number_parse(text, 0, 100000000, &n);

    free(text);
    if (rc < 0)
        return err_set(err, ERR_SYNTAX, "no number of bytes");
    buf_adds(&call->reply, "<e:BigResponse xmlns:e=\"" ECHO_NS "\">");
    memset(buf_reserve(&call->reply, (size_t)n), 'x', (size_t)n);
    call->reply.len += (size_t)n;
    buf_adds(&call->reply, "</e:BigResponse>");
    return 0;
}

static void
fail_detail(const struct soap_call *call, const struct err *err,
            struct buf *detail)
{
    (void)call;
    buf_addf(detail, "<e:Failed xmlns:e=\"" ECHO_NS "\">%s</e:Failed>",
             err_soap_fault(err->code));
}

static int
file_get(struct http_call *call, struct err *err)
{
    const char *name = getenv("ECHO_FILE");
    struct stat st;

    call->reply_fd = open(name != NULL ? name : "", O_RDONLY | O_CLOEXEC);
    if (call->reply_fd < 0 || fstat(call->reply_fd, &st) < 0)
        return err_set(err, ERR_NOT_FOUND, "there is no file");
    call->reply_len = st.st_size;
    call->reply_type = "application/octet-stream";
    return 0;
}

static int
body_put(struct http_call *call, struct err *err)
{
    (void)err;
    call->status = 201;
    buf_addf(&call->reply, "%s %zu %s\n", call->method, call->body->len,
             call->path);
    return 0;
}

static int
admit(const struct peer *peer, void *service, struct err *err)
{
    const char *ban = getenv("ECHO_BAN");

    (void)service;
    if (ban != NULL && strcmp(peer->identity, ban) == 0)
        return err_set(err, ERR_AUTHZ, "'%s' is banned", peer->identity);
    return 0;
}

static void
metrics(void *service, struct buf *out)
{
    (void)service;
    buf_adds(out, "echo_own_metric 7\n");
}

#define ANYBODY (HTTP_ANONYMOUS | HTTP_LIMITED)

static const struct soap_op ops[] = {
    { "/echo", ECHO_NS, "Echo", ECHO_NS "/EchoResponse", ANYBODY, echo_run,
      NULL, NULL },
    { "/echo", ECHO_NS, "Whoami", ECHO_NS "/WhoamiResponse", 0, whoami_run,
      fail_detail, ECHO_NS "/Fault" },
    { "/echo", ECHO_NS, "Sleep", ECHO_NS "/SleepResponse", ANYBODY, sleep_run,
      NULL, NULL },
    { "/echo", ECHO_NS, "Big", ECHO_NS "/BigResponse", ANYBODY, big_run, NULL,
      NULL },
    { "/echo", ECHO_NS, "Fail", ECHO_NS "/FailResponse", ANYBODY, fail_run,
      NULL, NULL },
    { "/other", ECHO_NS, "Echo", ECHO_NS "/EchoResponse", HTTP_LIMITED,
      echo_run, NULL, NULL },
    { NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL },
};
static const struct http_route routes[] = {
    { "GET", "/file", ANYBODY, file_get, NULL, NULL, 0 },
    { "PUT", "/put/{name*}", HTTP_LIMITED, body_put, "PUT /put/", NULL, 0 },
    { .path = NULL },
};
static const struct soap_wsdl wsdls[] = {
    { "/echo", "bes.wsdl" },
    { NULL, NULL },
};
static const char *const understood[] = { ECHO_NS " Known", NULL };

static const struct soap_op *const tables[] = { ops, NULL };
static const struct soap_wsdl *const descriptions[] = { wsdls, NULL };

/* Fill SPEC and AT from the configuration of D; the caller destroys *service.
 */
static int
configure(const struct daemon *d, struct http_server_spec *spec,
          struct http_listeners *at, struct soap_service **service,
          struct err *err)
{
    const struct conf *c = d->conf;
    const struct soap_service_spec soap = {
        .program = "echo",
        .ops = tables,
        .wsdls = descriptions,
        .understood = understood,
        .elements_max = (size_t)conf_num(c, CONF_mds_elements_max),
    };

    *service = soap_service_create(&soap);
    *spec = (struct http_server_spec){
        .program = "echo",
        .service_url = conf_str(c, CONF_mds_service_url),
        .tls_min = conf_str(c, CONF_security_tls_min),
        .labels = soap_service_labels(*service),
        .admit = admit,
        .metrics = metrics,
        .workers = (int)conf_num(c, CONF_mds_workers),
        .connections_max = (int)conf_num(c, CONF_mds_connections_max),
        .idle_timeout_s = (int)conf_num(c, CONF_mds_idle_timeout),
        .request_timeout_s = (int)conf_num(c, CONF_mds_request_timeout),
        .body_max = (size_t)conf_num(c, CONF_mds_body_max),
        .answer_max = (size_t)conf_num(c, CONF_mds_answer_max),
    };
    if (http_listeners_init(at, "mds", conf_str(c, CONF_mds_listen),
                            conf_str(c, CONF_mds_metrics_listen), err) < 0)
        return -1;
    http_listeners_add(at, soap_service_routes(*service));
    http_listeners_add(at, routes);
    spec->listeners = at->listener;
    spec->listener_count = at->count;
    if (site_open_trust(c, &spec->trust, err) < 0)
        return -1;
    return site_credential(c, &spec->cred, err);
}

/* Serve until a signal asks for the end; SIGHUP takes the host certificate
 * anew. */
static int
serve(struct daemon *d, struct err *err)
{
    struct http_server_spec spec = { .cred = NULL };
    struct http_listeners at;
    struct soap_service *service = NULL;
    struct http_server *server;
    char text[NET_TEXT], detail[NET_TEXT + 16];
    int signal;

    if (configure(d, &spec, &at, &service, err) < 0 ||
        http_server_start(&spec, &server, err) < 0)
        return -1;
    snprintf(detail, sizeof(detail), "listen=%s",
             net_text(http_server_addr(server), text));
    daemon_ready(d, detail);
    while ((signal = daemon_wait(d, -1)) != SIGTERM && signal != SIGINT) {
        struct cred *fresh;

        if (signal == SIGHUP &&
            cred_load(conf_str(d->conf, CONF_security_host_cert),
                      conf_str(d->conf, CONF_security_host_key), NULL, NULL,
                      &fresh, NULL) == 0) {
            http_server_set_cred(server, fresh, NULL);
            cred_unref(fresh);
            log_event(LOG_NOTICE, "echo.renewed", "url=%s",
                      http_server_url(server));
        }
    }
    http_server_stop(server);
    soap_service_destroy(service);
    cred_unref(spec.cred);
    trust_close(spec.trust);
    return 0;
}

int
main(int argc, char *argv[])
{
    struct err err = ERR_INIT;
    struct daemon d;
    int rc = daemon_init(&d, "mds", "Echoes.", argc, argv, &err);

    if (rc < 0)
        return daemon_fail(&d, &err);
    if (rc > 0)
        return 0;
    rc = daemon_detach(&d, &err);
    if (rc == 0)
        rc = serve(&d, &err);
    if (rc < 0)
        rc = daemon_fail(&d, &err);
    daemon_fini(&d);
    return rc;
}
