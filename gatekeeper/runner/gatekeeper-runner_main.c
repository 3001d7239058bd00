/* gatekeeper/runner/gatekeeper-runner_main.c - the gatekeeper's privileged
 * process. `gatekeeper` executes it with its own arguments; it starts
 * `gatekeeper --runner-fd 3` as security.account.  If one of the two ends, so
 * does the other. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/program.h"
#include "gatekeeper/runner/runner_server.h"
#include "gatekeeper/runner/sessions.h"

#define SOCKET_BUFFER (4 << 20)

/* Open the programs that are started later; only gridcp may be missing. */
static int
open_programs(struct server *s, int *gatekeeper, struct err *err)
{
    *gatekeeper = program_open("gatekeeper", err);
    s->program[RUNNER_PROGRAM_JOB] = program_open("gatekeeper-job", err);
    s->program[RUNNER_PROGRAM_GRIDCP] = program_open("gridcp", NULL);
    return err->code == ERR_OK ? 0 : -1;
}

/* Look up the unprivileged account; *USER is NULL if an ordinary user runs the
 * service. */
static int
find_account(const struct conf *conf, struct sys_user *storage,
             const struct sys_user **user, struct err *err)
{
    *user = NULL;
    if (geteuid() != 0)
        return 0;
    if (sys_user_lookup(conf_str(conf, CONF_security_account), 1, storage,
                        err) < 0)
        return err_wrap(err, "security.account");
    *user = storage;
    return 0;
}

/* Open or create all state on disk before serving anybody. */
static int
open_state(struct server *s, const struct conf *conf,
           const struct sys_user *user, struct err *err)
{
    s->sessionsfd =
        sessions_open(conf_str(conf, CONF_gatekeeper_sessions), err);
    if (s->sessionsfd < 0 ||
        runner_registry_open(&s->registry,
                             conf_str(conf, CONF_gatekeeper_runner_state),
                             err) < 0)
        return -1;
    if (user == NULL)
        return 0;
    if (conf_str(conf, CONF_gatekeeper_accounting)[0] != '\0' &&
        sessions_private(conf_str(conf, CONF_gatekeeper_accounting), user,
                         err) < 0)
        return -1;
    return sessions_private(conf_str(conf, CONF_gatekeeper_state), user, err);
}

/* ARG as an absolute path: -c may be relative to our first working
 * directory. */
static char *
absolute(const char *arg)
{
    char *path = realpath(arg, NULL);

    return path != NULL ? path : xstrdup(arg);
}

/* gatekeeper --runner-fd 3 -F [our own arguments] [-o log.file=stderr]; for
 * free_argv(). */
static char **
make_argv(const struct conf *conf, int argc, char **argv)
{
    static const char *const first[] = { "gatekeeper", "--runner-fd", "3",
                                         "-F" };
    const char *log = conf_str(conf, CONF_log_file);
    char **out = xcalloc((size_t)argc + 8, sizeof(*out));
    size_t n = 0;

    for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++)
        out[n++] = xstrdup(first[i]);
    for (int i = 1; i < argc; i++) {
        bool file = strcmp(argv[i - 1], "-c") == 0 ||
                    strcmp(argv[i - 1], "-conf") == 0 ||
                    strcmp(argv[i - 1], "--conf") == 0;

        out[n++] = file ? absolute(argv[i]) : xstrdup(argv[i]);
    }
    if (log[0] == '/') {
        out[n++] = xstrdup("-o");
        out[n++] = xstrdup("log.file=stderr");
    }
    return out;
}

/* Start the gatekeeper with the other end of our socket. */
static int
start_gatekeeper(struct server *s, int program, char **argv,
                 const struct sys_user *user, struct err *err)
{
    int pair[2], size = SOCKET_BUFFER, log = log_descriptor();
    struct sys_spawn spawn = {
        .path = "/proc/self/fd/4",
        .argv = argv,
        .envp = environ,
        .user = user,
        .fd = { -1, STDOUT_FILENO, log > 0 ? log : STDERR_FILENO },
        .nkeep = 2,
        .die_with_parent = true,
    };

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_set(err, ERR_IO, "socketpair: %s", strerror(errno));
    for (int i = 0; i < 2; i++)
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    spawn.keep = (const int[]){ pair[1], program };
    s->gatekeeper = sys_spawn(&spawn, err);
    s->peer = pair[0];
    close(pair[1]);
    close(program);
    return s->gatekeeper < 0 ? -1 : 0;
}

static void
free_argv(char **argv)
{
    for (char **a = argv; a != NULL && *a != NULL; a++)
        free(*a);
    free(argv);
}

/* The checks of -t for this process; they create and change nothing. */
static int
check_state(const struct conf *conf, struct err *err)
{
    if (sessions_check(conf_str(conf, CONF_gatekeeper_sessions),
                       "gatekeeper.sessions", err) < 0)
        return -1;
    return sessions_check(conf_str(conf, CONF_gatekeeper_runner_state),
                          "gatekeeper.runner_state", err);
}

/* Run the service from the configuration to its end.  With -t the gatekeeper is
 * started too, since only it can check the files that it reads. */
static int
serve(struct server *s, int argc, char **argv, struct err *err)
{
    struct daemon *d = s->daemon;
    char **given = make_argv(d->conf, argc, argv);
    const struct sys_user *user;
    struct sys_user account;
    int gatekeeper, rc = -1;

    d->foreground |= d->check_only;
    s->ending = d->check_only;
    if (find_account(d->conf, &account, &user, err) < 0 ||
        open_programs(s, &gatekeeper, err) < 0)
        goto out;
    rc = d->check_only ? check_state(d->conf, err)
                       : open_state(s, d->conf, user, err);
    if (rc == 0)
        rc = daemon_detach(d, err);
    if (rc == 0)
        rc = start_gatekeeper(s, gatekeeper, given, user, err);
    if (rc == 0)
        rc = runner_server_run(s);
out:
    free_argv(given);
    return rc;
}

int
main(int argc, char **argv)
{
    struct daemon d;
    struct server s = {
        .daemon = &d, .peer = -1, .sessionsfd = -1, .program = { -1, -1 }
    };
    struct err err = ERR_INIT;
    int rc = daemon_init(&d, "gatekeeper-runner",
                         "The gatekeeper's privileged half, which starts it.",
                         argc, argv, &err);

    if (rc != 0)
        return rc > 0 ? 0 : daemon_fail(&d, &err);
    rc = serve(&s, argc, argv, &err);
    if (rc < 0)
        rc = daemon_fail(&d, &err);
    runner_server_fini(&s);
    if (d.check_only && d.signal_fd >= 0) {
        close(d.signal_fd); /* nothing was started that could end */
        d.signal_fd = -1;
    }
    daemon_fini(&d);
    return rc;
}
