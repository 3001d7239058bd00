/* gatekeeper/runner/helper_tool.c - running a program of the runner's table as
 * the user, and handing back what it wrote. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/testpoint.h"
#include "gatekeeper/runner/runner_helper.h"

#define TOOL_ARGS_MAX 64

static const struct row {
    const char *name, *program, *arguments;
} rows[] = {
#define TOOL(name, program, arguments) { name, program, arguments },
#include "gatekeeper/runner/runner_tools.def"
#undef TOOL
};

/* A tool that runs: its request is answered when it has ended. */
struct helper_tool {
    struct runner_request request;
    struct helper_call call;
};

static const struct row *
find_row(const char *name)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static bool
argument_ok(const char *arg)
{
    static const char set[] = "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "_.,:=@%+-/";

    return arg[0] != '\0' && arg[0] != '-' && arg[strspn(arg, set)] == '\0';
}

/* The words of ROW, each '%' replaced by the next blank-separated word of
 * GIVEN; both are cut up in place. */
static int
fill_argv(const struct row *row, char *words, char *given,
          char *argv[TOOL_ARGS_MAX], struct err *err)
{
    char *at = NULL, *from = NULL;
    int n = 1;

    for (char *w = strtok_r(words, " ", &at); w != NULL;
         w = strtok_r(NULL, " ", &at)) {
        if (strcmp(w, "%") == 0) {
            w = strtok_r(given, " ", &from);
            given = NULL;
            if (w == NULL || !argument_ok(w))
                return err_set(err, ERR_USAGE, "tool %s: bad argument '%s'",
                               row->name, w == NULL ? "" : w);
        }
        if (n + 1 == TOOL_ARGS_MAX)
            return err_set(err, ERR_INTERNAL, "tool %s: too many arguments",
                           row->name);
        argv[n++] = w;
    }
    if (strtok_r(given, " ", &from) != NULL)
        return err_set(err, ERR_USAGE, "tool %s: too many arguments given",
                       row->name);
    argv[n] = NULL;
    return 0;
}

static pid_t
spawn(const struct helper *h, const struct helper_call *c,
      char *argv[TOOL_ARGS_MAX], const struct row *row, struct err *err)
{
    char *cwd = xasprintf("%s/%s/%s", h->sessions, h->user.name, c->r->job);
    char *envp[] = { xasprintf("HOME=%s", h->user.home),
                     xasprintf("LOGNAME=%s", h->user.name),
                     xasprintf("USER=%s", h->user.name),
                     xstrdup("PATH=/usr/local/bin:/usr/bin:/bin"), NULL };
    struct sys_spawn s = { .path = row->program,
                           .argv = argv,
                           .envp = envp,
                           .cwd = cwd,
                           .fd = { c->fds[0], c->fd[0], c->fd[1] },
                           .new_session = true,
                           .die_with_parent = true };
    pid_t pid = sys_spawn(&s, err);

    for (char **e = envp; *e != NULL; e++)
        free(*e);
    free(cwd);
    return pid;
}

/* Two files in memory for what it writes. */
static int
make_outputs(struct helper_call *c, struct err *err)
{
    while (c->nfd < 2) {
        c->fd[c->nfd] = memfd_create("tool", MFD_CLOEXEC);
        if (c->fd[c->nfd] < 0)
            return err_set(err, ERR_IO, "memfd: %s", strerror(errno));
        c->nfd++;
    }
    return 0;
}

/* Keep the call until the tool PID has ended. */
static void
keep_call(struct helper *h, struct helper_call *c, pid_t pid)
{
    struct helper_tool *t = xcalloc(1, sizeof(*t));

    t->request = *c->r;
    t->call = *c;
    t->call.r = &t->request;
    helper_watch(h, pid, t->request.job, 0, t);
}

int
helper_tool(struct helper *h, struct helper_call *c, struct err *err)
{
    const struct row *row = find_row(c->r->word);
    char *argv[TOOL_ARGS_MAX] = { NULL }, *words, *given;
    pid_t pid = -1;

    if (row == NULL)
        return err_set(err, ERR_UNSUPPORTED, "no tool '%s'", c->r->word);
    words = xstrdup(row->arguments);
    given = xstrdup(c->r->text);
    argv[0] = xstrdup(row->name);
    if (fill_argv(row, words, given, argv, err) == 0 &&
        make_outputs(c, err) == 0) {
        test_point("run.tool");
        lseek(c->fds[0], 0, SEEK_SET);
        pid = spawn(h, c, argv, row, err);
    }
    free(argv[0]);
    free(words);
    free(given);
    if (pid < 0)
        return -1;
    keep_call(h, c, pid);
    return HELPER_LATER;
}

void
helper_tool_ended(struct helper *h, struct helper_tool *t, int status)
{
    struct err none = ERR_INIT;

    t->call.reply.number =
        WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    helper_reply(h, &t->call, &none);
    free(t);
}
