/* clients/gridrun/gridrun_site.c - finding and connecting to the site: contact
 * strings, EPR files. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/codec.h"
#include "base/prose.h"
#include "base/url.h"
#include "clients/client_env.h"
#include "clients/gridrun/gridrun.h"
#include "clients/gridrun/gridrun_interrupt.h"

#define DOOR_PATH    "/bes"
#define DEFAULT_PORT 8443

/* Connect with G's present credential. */
static int
connect_site(struct gridrun *g, struct err *err)
{
    struct soap_client_spec spec = { .timeout_ms = g->timeout_ms,
                                     .subject = g->subject,
                                     .self = g->self_authz,
                                     .debug = g->debug ? stderr : NULL,
                                     .cred = g->env.cred,
                                     .trust = g->env.trust,
                                     .cancel = gridrun_interrupt_flag() };

    soap_client_destroy(g->soap);
    g->site.soap = NULL;
    if (soap_client_create(&spec, &g->soap, err) < 0)
        return -1;
    g->site.soap = g->soap;
    return 0;
}

int
gridrun_open(struct gridrun *g, const char *url, struct err *err)
{
    g->site.url = url;
    return client_env_init(&g->env, false, err) < 0 ? -1 : connect_site(g, err);
}

int
gridrun_refresh(struct gridrun *g, struct err *err)
{
    char until[TIME_TEXT];

    if (client_env_renew(&g->env))
        return connect_site(g, err);
    if (cred_expires(g->env.cred) > time(NULL))
        return 0;
    return err_set(
        err, ERR_AUTHN,
        "the credential in '%s' expired on %s: renew it, for example "
        "with gridproxy init",
        g->env.cred_path, time_utc(cred_expires(g->env.cred), until));
}

void
gridrun_close(struct gridrun *g)
{
    soap_client_destroy(g->soap);
    g->soap = NULL;
    client_env_fini(&g->env);
}

/* Map the path of a GT4 service to that of this gateway's service. */
static const char *
door_path(const char *path)
{
    if (strcmp(path, "/") == 0 || strncmp(path, "/wsrf/services/", 15) == 0)
        return DOOR_PATH;
    return path;
}

/* Complete CONTACT with the default scheme, port and path. */
static char *
contact_url(const char *contact, struct err *err)
{
    bool full = strstr(contact, "://") != NULL;
    char *text = full ? xstrdup(contact) : xasprintf("https://%s", contact);
    char *result = NULL;
    struct url u;
    bool port_said;

    if (url_parse(text, &u, err) < 0) {
        err_wrap(err, "factory contact '%s'", contact);
        free(text);
        return NULL;
    }
    if (strcmp(u.scheme, "https") != 0)
        err_set(err, ERR_USAGE, "factory contact '%s': only https is served",
                contact);
    else {
        /* url_parse() sets 443 for https without a port */
        port_said = u.port != 443 || strstr(text, ":443") != NULL;
        result = xasprintf(strchr(u.host, ':') != NULL ? "https://[%s]:%u%s"
                                                       : "https://%s:%u%s",
                           u.host, port_said ? u.port : DEFAULT_PORT,
                           door_path(u.path));
    }
    url_fini(&u);
    free(text);
    return result;
}

/* Get the site that the options name, NULL if they name none; -1 with ERR. */
static int
option_url(const struct gridrun *g, char **url, struct err *err)
{
    struct job_ref ref;

    *url = NULL;
    if (g->factory_epr_file == NULL) {
        if (g->factory != NULL)
            *url = contact_url(g->factory, err);
        return g->factory != NULL && *url == NULL ? -1 : 0;
    }
    if (job_ref_load(g->factory_epr_file, "", &ref, err) < 0)
        return -1;
    *url = xstrdup(ref.url);
    job_ref_fini(&ref);
    return 0;
}

/* The same for the description. */
static char *
said_url(const struct gridrun *g, const char *option, struct err *err)
{
    char *said = contact_url(g->factory_said, err);

    if (said == NULL || option == NULL || strcmp(said, option) == 0)
        return said;
    err_set(err, ERR_USAGE,
            "the description's factoryEndpoint is '%s', and -factory says "
            "'%s': leave one of them out",
            said, option);
    free(said);
    return NULL;
}

char *
gridrun_factory_url(const struct gridrun *g, struct err *err)
{
    char *url, *said;

    if (g->factory_type != NULL && strcasecmp(g->factory_type, "fork") != 0) {
        err_set(err, ERR_UNSUPPORTED,
                "factory type '%s': this gateway chooses the scheduler; leave "
                "-factory-type out",
                g->factory_type);
        return NULL;
    }
    if (option_url(g, &url, err) < 0)
        return NULL;
    if (g->factory_said != NULL) {
        said = said_url(g, url, err);
        free(url);
        return said;
    }
    return url != NULL ? url : contact_url("localhost", err);
}

int
gridrun_refs_load(const struct gridrun *g, size_t most,
                  struct gridrun_refs *refs, struct err *err)
{
    char *url;

    *refs = (struct gridrun_refs){ .n = 0 };
    if (g->njobs == 0)
        return err_set(err, ERR_USAGE,
                       "which job?  -job-epr-file FILE, a handle or an id");
    if (g->njobs > most)
        return err_set(err, ERR_USAGE, "one job at a time, not %zu: '%s', '%s'",
                       g->njobs, g->jobs[0], g->jobs[1]);
    url = gridrun_factory_url(g, err);
    if (url == NULL)
        return -1;
    refs->of = xcalloc(g->njobs, sizeof(*refs->of));
    while (refs->n < g->njobs && err->code == ERR_OK) {
        struct job_ref *ref = &refs->of[refs->n];

        if (job_ref_load(g->jobs[refs->n], url, ref, err) < 0)
            continue;
        refs->n++;
        if (ref->tasks != NULL && !g->some_tasks)
            err_set(err, ERR_USAGE,
                    "'%s': this command is for whole jobs, not for some of "
                    "their tasks",
                    g->jobs[refs->n - 1]);
    }
    free(url);
    if (err->code == ERR_OK)
        return 0;
    gridrun_refs_fini(refs);
    return -1;
}

void
gridrun_refs_fini(struct gridrun_refs *refs)
{
    for (size_t i = 0; i < refs->n; i++)
        job_ref_fini(&refs->of[i]);
    free(refs->of);
    *refs = (struct gridrun_refs){ .n = 0 };
}

void
gridrun_say(const struct gridrun *g, const char *fmt, ...)
{
    struct buf text = BUF_INIT;
    va_list ap;

    if (g->quiet)
        return;
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    prose_plain(text.data, true);
    fputs(text.data, stderr);
    fflush(stderr);
    buf_fini(&text);
}
