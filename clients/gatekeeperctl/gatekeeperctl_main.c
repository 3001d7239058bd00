/* clients/gatekeeperctl/gatekeeperctl_main.c - administrates a running
 * gatekeeper: over the socket in its state directory, or with -F over the
 * network. */
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/conf.h"
#include "base/daemon.h"
#include "base/log.h"
#include "base/net.h"
#include "base/opt.h"
#include "base/prose.h"
#include "clients/client_env.h"
#include "clients/gatekeeperctl/gatekeeperctl_show.h"
#include "soap/client.h"

#define ANSWER_MAX (256u << 20)

enum option {
    OPT_CONF = 1,
    OPT_SET,
    OPT_FACTORY,
    OPT_JSON,
    OPT_OWNER,
    OPT_ACCOUNT,
    OPT_STATE,
    OPT_LIMIT,
    OPT_TIMEOUT,
    OPT_HELP,
    OPT_VERSION
};

static const struct opt options[] = {
    { OPT_CONF, "conf c", "FILE",
      "the gatekeeper's configuration, which says where its socket is; by "
      "default " GATEHOUSE_CONF },
    { OPT_SET, "o", "SECTION.KEY=VALUE", "set one key of it, again and again" },
    { OPT_FACTORY, "factory F", "HOST[:PORT]",
      "over the network, with your credential: the gatekeeper lists your name "
      "in gatekeeper.admins" },
    { OPT_JSON, "json", NULL, "the answer as it came, for programs" },
    { OPT_OWNER, "owner", "DN", "jobs: of this certificate name alone" },
    { OPT_ACCOUNT, "account", "NAME", "jobs: of this local account alone" },
    { OPT_STATE, "state", "STATE",
      "jobs: in this state alone, Running for example" },
    { OPT_LIMIT, "limit", "N", "jobs: so many, by default all" },
    { OPT_TIMEOUT, "timeout", "MS", "one exchange, 600000 by default" },
    { OPT_HELP, "help h", NULL, "this text" },
    { OPT_VERSION, "version", NULL, "version" },
    { 0, NULL, NULL, NULL },
};

enum operand {
    NONE,
    JOBS,
    NAME
};

static const struct command {
    const char *word;
    enum operand operand;
    const char *method, *path;
    show_fn *show;
    const char *help;
} commands[] = {
#define CMD(word, operand, method, path, show, help) \
    { #word, operand, method, path, show, help },
#include "clients/gatekeeperctl/gatekeeperctl.def"
#undef CMD
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

struct ctl {
    struct conf *conf;
    const char *conf_file, *factory, *owner, *account, *state;
    const char *assign[64];
    size_t nassign;
    long long limit; /* 0: all */
    int timeout_ms;
    bool json;
    const struct command *command;
    char **operand;
    int operands;
    struct client_env env;
    struct soap_client *soap;
    char *base; /* base URL: "http://localhost" */
    int dirfd;  /* keeps the socket's path valid; -1 */
};

/* ---- the gatekeeper ---- */

static int
load_conf(struct ctl *c, struct err *err)
{
    const char *file = c->conf_file != NULL ? c->conf_file : GATEHOUSE_CONF;

    c->conf = conf_create();
    if ((c->conf_file != NULL || access(file, F_OK) == 0) &&
        conf_load(c->conf, file, err) < 0)
        return -1;
    for (size_t i = 0; i < c->nassign; i++)
        if (conf_set(c->conf, c->assign[i], err) < 0)
            return -1;
    return 0;
}

/* Find the socket in the state directory. */
static int
open_local(struct ctl *c, struct soap_client_spec *spec,
           char path[NET_LOCAL_PATH], struct err *err)
{
    const char *dir;
    char *name;

    if (load_conf(c, err) < 0)
        return -1;
    dir = conf_str(c->conf, CONF_gatekeeper_state);
    name =
        xasprintf(DAEMON_CONTROL, conf_str(c->conf, CONF_gatekeeper_instance));
    c->dirfd = net_local_path(dir, name, path, err);
    free(name);
    if (c->dirfd < 0)
        return err_wrap(err, "gatekeeper.state");
    spec->socket = path;
    c->base = xstrdup("http://localhost");
    return 0;
}

static int
open_remote(struct ctl *c, struct soap_client_spec *spec, struct err *err)
{
    bool port = strrchr(c->factory, ':') != NULL &&
                strrchr(c->factory, ':') > strrchr(c->factory, ']');

    if (client_env_init(&c->env, false, err) < 0)
        return -1;
    spec->cred = c->env.cred;
    spec->trust = c->env.trust;
    c->base = strncmp(c->factory, "https://", 8) == 0
                  ? xstrdup(c->factory)
                  : xasprintf("https://%s%s", c->factory, port ? "" : ":8443");
    return 0;
}

static int
open_gatekeeper(struct ctl *c, struct err *err)
{
    struct soap_client_spec spec = { .timeout_ms = c->timeout_ms,
                                     .reply_max = ANSWER_MAX };
    char path[NET_LOCAL_PATH];
    int rc = c->factory != NULL ? open_remote(c, &spec, err)
                                : open_local(c, &spec, path, err);

    return rc < 0 ? -1 : soap_client_create(&spec, &c->soap, err);
}

/* One exchange: PATH below /admin/, BODY of a POST (NULL: GET).  The caller
 * releases *answer; -json prints its text. */
static int
ask(struct ctl *c, const char *path, const struct buf *body, json_t **answer,
    struct err *err)
{
    char *url = xasprintf("%s/admin/%s", c->base, path);
    struct soap_page p = { .url = url,
                           .max = ANSWER_MAX,
                           .method = body != NULL ? "POST" : NULL,
                           .body = body };
    struct buf out = BUF_INIT;
    int status = 0, rc = soap_client_page(c->soap, &p, &out, &status, err);

    *answer = NULL;
    if (rc < 0 && c->factory == NULL && err->code == ERR_UNREACHABLE)
        err_wrap(err, "the gatekeeper of gatekeeper.state '%s' does not answer",
                 conf_str(c->conf, CONF_gatekeeper_state));
    if (rc == 0 && status == 200)
        *answer = json_loadb(buf_str(&out), out.len, 0, NULL);
    if (rc == 0 && status != 200)
        rc = err_set(err, status == 403 ? ERR_AUTHZ : ERR_REMOTE, "%.*s",
                     (int)strcspn(buf_str(&out), "\r\n"), buf_str(&out));
    else if (rc == 0 && *answer == NULL)
        rc = err_set(err, ERR_PROTOCOL, "%s: the answer is not JSON", url);
    if (rc == 0 && c->json)
        prose_show(stdout, buf_str(&out));
    buf_fini(&out);
    free(url);
    return rc;
}

/* ---- commands ---- */

/* Append NAME=VALUE, percent-encoded, unless VALUE is NULL. */
static void
add_param(struct buf *path, const char *name, const char *value)
{
    char *text = value != NULL ? curl_easy_escape(NULL, value, 0) : NULL;

    if (text != NULL)
        buf_addf(path, "%c%s=%s",
                 strchr(buf_str(path), '?') == NULL ? '?' : '&', name, text);
    curl_free(text);
}

/* Get all pages of jobs, or up to -limit. */
static int
list_jobs(struct ctl *c, struct err *err)
{
    char after[UUID_TEXT] = "", number[24];
    long long left = c->limit;
    json_t *answer;
    int rc = 0;

    do {
        struct buf path = BUF_INIT;

        buf_adds(&path, c->command->path);
        add_param(&path, "owner", c->owner);
        add_param(&path, "account", c->account);
        add_param(&path, "state", c->state);
        add_param(&path, "after", after[0] != '\0' ? after : NULL);
        snprintf(number, sizeof(number), "%lld", left);
        add_param(&path, "limit", left > 0 ? number : NULL);
        rc = ask(c, buf_str(&path), NULL, &answer, err);
        buf_fini(&path);
        if (rc < 0)
            break;
        if (!c->json)
            (void)c->command->show(answer);
        snprintf(after, sizeof(after), "%s",
                 json_is_string(json_object_get(answer, "next"))
                     ? json_string_value(json_object_get(answer, "next"))
                     : "");
        left -= (long long)json_array_size(json_object_get(answer, "jobs"));
        json_decref(answer);
    } while (after[0] != '\0' && (c->limit == 0 || left > 0));
    return rc;
}

/* Run COMMAND for OPERAND ("" none); *status is the exit status of show. */
static int
run_one(struct ctl *c, const char *operand, int *status, struct err *err)
{
    bool post = strcmp(c->command->method, "POST") == 0;
    const char *at = strstr(c->command->path, "%s");
    struct buf path = BUF_INIT, body = BUF_INIT;
    json_t *answer;
    int rc;

    if (at != NULL)
        buf_addf(&path, "%.*s%s%s", (int)(at - c->command->path),
                 c->command->path, operand, at + 2);
    else
        buf_adds(&path, c->command->path);
    if (c->command->operand == NAME)
        buf_adds(&body, operand);
    rc = ask(c, buf_str(&path), post ? &body : NULL, &answer, err);
    if (rc == 0 && c->json)
        *status |= c->command->show == show_check &&
                   !json_is_true(json_object_get(answer, "ok"));
    else if (rc == 0)
        *status |= c->command->show(answer);
    json_decref(answer);
    buf_fini(&path);
    buf_fini(&body);
    return rc;
}

/* Parse a job argument: its id, "uuid:ID", or its handle. */
static const char *
job_id(const char *operand)
{
    const char *slash = strrchr(operand, '/');

    if (slash != NULL)
        return slash + 1;
    return strncmp(operand, "uuid:", 5) == 0 ? operand + 5 : operand;
}

/* Run the command for all its operands; returns the exit status. */
static int
run(struct ctl *c)
{
    struct err err = ERR_INIT;
    int status = 0, rc = open_gatekeeper(c, &err);

    if (rc == 0 && c->command->show == show_jobs)
        rc = list_jobs(c, &err);
    else if (rc == 0 && c->operands == 0)
        rc = run_one(c, "", &status, &err);
    for (int i = 0; i < c->operands; i++) {
        const char *operand =
            c->command->operand == JOBS ? job_id(c->operand[i]) : c->operand[i];

        if (rc == 0 && c->command->operand == JOBS && !uuid_ok(operand))
            rc = err_set(&err, ERR_USAGE, "'%s' is not the id of a job",
                         c->operand[i]);
        if (rc == 0)
            rc = run_one(c, operand, &status, &err);
    }
    if (rc == 0)
        return status;
    client_complain("gatekeeperctl", &err);
    return err_exit_status(err.code);
}

/* ---- the command line ---- */

/* Take one option into C. */
static int
take(struct ctl *c, const struct opt_scan *s, int id, struct err *err)
{
    long long n = 0;

    switch ((enum option)id) {
    case OPT_CONF:
        c->conf_file = s->arg;
        return 0;
    case OPT_SET:
        if (c->nassign == sizeof(c->assign) / sizeof(c->assign[0]))
            return err_set(err, ERR_USAGE, "too many %s", s->name);
        c->assign[c->nassign++] = s->arg;
        return 0;
    case OPT_FACTORY:
        c->factory = s->arg;
        return 0;
    case OPT_JSON:
        c->json = true;
        return 0;
    case OPT_OWNER:
        c->owner = s->arg;
        return 0;
    case OPT_ACCOUNT:
        c->account = s->arg;
        return 0;
    case OPT_STATE:
        c->state = s->arg;
        return 0;
    case OPT_LIMIT:
    case OPT_TIMEOUT:
        if (number_parse(s->arg, 1, 1000000000, &n) < 0)
            return err_set(err, ERR_USAGE,
                           "%s takes a number above zero, not '%s'", s->name,
                           s->arg);
        if (id == OPT_LIMIT)
            c->limit = n;
        else
            c->timeout_ms = (int)n;
        return 0;
    case OPT_HELP:
    case OPT_VERSION:
        return 0;
    }
    return 0;
}

static void
help(void)
{
    struct buf usage = BUF_INIT;

    buf_adds(&usage, "gatekeeperctl [options] COMMAND [ID... | DN]\nCommands:");
    for (size_t i = 0; i < COMMANDS; i++)
        buf_addf(&usage, "\n  %-12s %s", commands[i].word, commands[i].help);
    opt_help(stdout, buf_str(&usage), options);
    buf_fini(&usage);
}

static int
find_command(struct ctl *c, const char *word, struct err *err)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].word, word) == 0)
            c->command = &commands[i];
    if (c->command != NULL)
        return 0;
    return err_set(err, ERR_USAGE, "'%s' is not a command: see -help", word);
}

/* Parse options and operands in any order.  Returns 1 if nothing is left to
 * do. */
static int
parse(struct ctl *c, int argc, char *argv[], struct err *err)
{
    struct opt_scan s;
    int id;

    opt_init(&s, options, argc, argv);
    while (s.at < argc) {
        if ((id = opt_next(&s, err)) < 0)
            return -1;
        if (id == OPT_HELP)
            help();
        if (id == OPT_VERSION)
            puts("gatekeeperctl (Gatehouse) " GATEHOUSE_VERSION);
        if (id == OPT_HELP || id == OPT_VERSION)
            return 1;
        if (id > 0 && take(c, &s, id, err) < 0)
            return -1;
        if (id == 0 && s.at < argc && c->command == NULL) {
            if (find_command(c, argv[s.at++], err) < 0)
                return -1;
        } else if (id == 0 && s.at < argc) {
            c->operand[c->operands++] = argv[s.at++];
        }
    }
    if (c->command == NULL)
        return err_set(err, ERR_USAGE, "which command?  see -help");
    if (c->command->operand == NONE   ? c->operands > 0
        : c->command->operand == NAME ? c->operands != 1
                                      : c->operands == 0)
        return err_set(err, ERR_USAGE, "%s takes %s: see -help",
                       c->command->word,
                       c->command->operand == NONE   ? "no operand"
                       : c->command->operand == NAME ? "one certificate name"
                                                     : "the ids of jobs");
    return 0;
}

int
main(int argc, char *argv[])
{
    struct ctl c = { .timeout_ms = 600000, .dirfd = -1 };
    struct err err = ERR_INIT;
    int rc, status = 0;

    signal(SIGPIPE, SIG_IGN);
    log_open("gatekeeperctl", "stderr", LOG_ERR);
    c.operand = xcalloc((size_t)argc, sizeof(*c.operand));
    rc = parse(&c, argc, argv, &err);
    if (rc < 0) {
        client_complain("gatekeeperctl", &err);
        status = err_exit_status(err.code);
    }
    if (rc == 0)
        status = run(&c);
    soap_client_destroy(c.soap);
    client_env_fini(&c.env);
    conf_destroy(c.conf);
    if (c.dirfd >= 0)
        close(c.dirfd);
    free(c.base);
    free(c.operand);
    return client_exit("gatekeeperctl", status, 74);
}
