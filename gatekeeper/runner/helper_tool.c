/* gatekeeper/runner/helper_tool.c - running a program of the runner's table as
 * the user and returning its output. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/testpoint.h"
#include "gatekeeper/runner/runner_helper.h"

#define TOOL_ARGS_MAX 512

enum family {
    NONE,
#define FAMILY(name, directory) name,
#include "gatekeeper/runner/runner_tools.def"
};

/* The configuration keys of the tools' directories. */
static const enum conf_key directories[] = {
    [NONE] = CONF_COUNT,
#define FAMILY(name, directory) [name] = directory,
#include "gatekeeper/runner/runner_tools.def"
};

static const struct {
    enum family family;
    const char *name;
    enum conf_key value;
} variables[] = {
#define VARIABLE(family, variable, value) { family, variable, value },
#include "gatekeeper/runner/runner_tools.def"
};

#define VARIABLES (sizeof(variables) / sizeof(*variables))

enum as {
    USER,
    OPERATOR
};

static const struct row {
    const char *name;
    enum family family;
    const char *program;
    enum as as;
    const char *arguments;
} rows[] = {
#define TOOL(name, family, program, as, arguments) \
    { name, family, program, as, arguments },
#include "gatekeeper/runner/runner_tools.def"
};

/* A running tool; its request is answered when it ends. */
struct helper_tool {
    struct runner_request request;
    struct helper_call call;
    const struct row *row;
    long long t_due; /* ms, monotonic clock */
    bool late;       /* we killed it after the deadline */
};

/* The arguments of a tool; argv points into the text fields. */
struct words {
    char *argv[TOOL_ARGS_MAX];
    int n;
    char *row, *given,
        *at; /* copies that are cut into words; at is the rest of given */
    struct buf joined; /* words made of two parts, each with its NUL */
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

static int
add_word(struct words *w, const char *tool, char *word, struct err *err)
{
    if (w->n + 1 >= TOOL_ARGS_MAX)
        return err_set(err, ERR_USAGE, "tool %s: too many arguments", tool);
    w->argv[w->n++] = word;
    w->argv[w->n] = NULL;
    return 0;
}

/* The next argument of the request, checked; NULL with ERR. */
static char *
next_given(struct words *w, const char *tool, bool may_be_left_out,
           struct err *err)
{
    char *arg = strtok_r(w->at == NULL ? w->given : NULL, " ", &w->at);

    if (arg != NULL &&
        (argument_ok(arg) || (may_be_left_out && strcmp(arg, "-") == 0)))
        return arg;
    err_set(err, ERR_USAGE, "tool %s: bad argument '%s'", tool,
            arg == NULL ? "" : arg);
    return NULL;
}

/* Add WORD of the row, which ends in '%' or '?', joined with the next
 * argument. */
static int
add_filled(struct words *w, const char *tool, char *word, struct err *err)
{
    size_t n = strlen(word) - 1;
    bool optional = word[n] == '?';
    char *arg = next_given(w, tool, optional, err), *joined;

    if (arg == NULL)
        return -1;
    if (optional && strcmp(arg, "-") == 0) {
        if (n == 0)
            w->argv[--w->n] = NULL;
        return 0;
    }
    if (n == 0)
        return add_word(w, tool, arg, err);
    /* make_words() reserved the room. */
    joined = w->joined.data + w->joined.len;
    word[n] = '\0';
    buf_addf(&w->joined, "%s%s", word, arg);
    buf_addc(&w->joined, '\0');
    return add_word(w, tool, joined, err);
}

/* Add all remaining arguments, at least one. */
static int
add_rest(struct words *w, const char *tool, struct err *err)
{
    do {
        char *arg = next_given(w, tool, false, err);

        if (arg == NULL || add_word(w, tool, arg, err) < 0)
            return -1;
    } while (w->at[0] != '\0');
    return 0;
}

/* The command line of ROW with the arguments GIVEN. */
static int
make_words(const struct row *row, const char *given, struct words *w,
           struct err *err)
{
    char *at = NULL, *last;

    *w = (struct words){ .row = xstrdup(row->arguments),
                         .given = xstrdup(given) };
    /* argv points into this buffer, so it must not move. */
    buf_reserve(&w->joined, 2 * (strlen(row->arguments) + strlen(given)) + 64);
    last = strrchr(row->program, '/');
    buf_addf(&w->joined, "%s", last == NULL ? row->program : last + 1);
    buf_addc(&w->joined, '\0');
    w->argv[w->n++] = w->joined.data;
    for (char *word = strtok_r(w->row, " ", &at); word != NULL;
         word = strtok_r(NULL, " ", &at)) {
        char end = word[strlen(word) - 1];
        int rc = strcmp(word, "*") == 0 ? add_rest(w, row->name, err)
                 : end == '%' || end == '?'
                     ? add_filled(w, row->name, word, err)
                     : add_word(w, row->name, word, err);

        if (rc < 0)
            return -1;
    }
    if (strtok_r(w->at == NULL ? w->given : NULL, " ", &w->at) != NULL)
        return err_set(err, ERR_USAGE, "tool %s: too many arguments given",
                       row->name);
    return 0;
}

static void
free_words(struct words *w)
{
    free(w->row);
    free(w->given);
    buf_fini(&w->joined);
}

/* The configured path of ROW's program. */
static char *
program_path(const struct helper *h, const struct row *row)
{
    enum conf_key directory = directories[row->family];

    if (directory == CONF_COUNT)
        return xstrdup(row->program);
    return xasprintf("%s/%s", conf_str(h->conf, directory), row->program);
}

/* Build the environment from scratch; NULL-terminated, the caller frees the
 * strings. */
static void
make_environment(const struct helper *h, const struct row *row,
                 char *envp[VARIABLES + 5])
{
    int n = 0;

    envp[n++] = xasprintf("HOME=%s", h->user.home);
    envp[n++] = xasprintf("LOGNAME=%s", h->user.name);
    envp[n++] = xasprintf("USER=%s", h->user.name);
    envp[n++] = xstrdup("PATH=/usr/local/bin:/usr/bin:/bin");
    for (size_t i = 0; i < VARIABLES; i++) {
        const char *value = conf_str(h->conf, variables[i].value);

        if (variables[i].family == row->family && value[0] != '\0')
            envp[n++] = xasprintf("%s=%s", variables[i].name, value);
    }
    envp[n] = NULL;
}

static pid_t
spawn(const struct helper *h, const struct helper_call *c, char *const *argv,
      const struct row *row, struct err *err)
{
    char *cwd = h->sessions == NULL ? xstrdup("/")
                                    : xasprintf("%s/%s/%s", h->sessions,
                                                h->user.name, c->r->job);
    char *path = program_path(h, row), *envp[VARIABLES + 5];
    struct sys_spawn s = { .path = path,
                           .argv = argv,
                           .envp = envp,
                           .cwd = cwd,
                           .fd = { c->fds[0], c->fd[0], c->fd[1] },
                           .new_session = true,
                           .die_with_parent = true };
    pid_t pid;

    make_environment(h, row, envp);
    pid = sys_spawn(&s, err);
    for (char **e = envp; *e != NULL; e++)
        free(*e);
    free(path);
    free(cwd);
    return pid;
}

/* Make two memory files for the output; they cannot grow beyond the limit. */
static int
make_outputs(struct helper_call *c, struct err *err)
{
    while (c->nfd < 2) {
        int fd = memfd_create("tool", MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0)
            return err_set(err, ERR_IO, "memfd: %s", strerror(errno));
        c->fd[c->nfd++] = fd;
        if (ftruncate(fd, RUNNER_TOOL_MAX) < 0 ||
            fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) < 0)
            return err_set(err, ERR_IO, "memfd: %s", strerror(errno));
    }
    return 0;
}

/* Cut the outputs to the length that was written, which is the shared
 * offset. */
static int
cut_outputs(const struct helper_call *c, const char *tool, struct err *err)
{
    for (size_t i = 0; i < c->nfd; i++) {
        off_t n = lseek(c->fd[i], 0, SEEK_CUR);

        if (n < 0 || ftruncate(c->fd[i], n) < 0)
            return err_set(err, ERR_IO, "memfd: %s", strerror(errno));
        if (n >= (off_t)RUNNER_TOOL_MAX)
            return err_set(err, ERR_LIMIT, "%s wrote more than %u bytes", tool,
                           RUNNER_TOOL_MAX);
    }
    return 0;
}

/* Keep the call until the tool PID ends. */
static void
keep_call(struct helper *h, struct helper_call *c, const struct row *row,
          pid_t pid)
{
    struct helper_tool *t = xcalloc(1, sizeof(*t));

    t->request = *c->r;
    t->call = *c;
    t->call.r = &t->request;
    t->row = row;
    t->t_due = time_mono_ms() +
               conf_num(h->conf, CONF_gatekeeper_scheduler_timeout) * 1000;
    helper_watch(h, pid, &t->request, t);
}

/* Start the tool of the request if its row allows this kind of call. */
static int
run(struct helper *h, struct helper_call *c, enum as as, struct err *err)
{
    const struct row *row = find_row(c->r->word);
    struct words w;
    pid_t pid = -1;

    if (row == NULL || row->as != as)
        return err_set(err, ERR_UNSUPPORTED, "no tool '%s'", c->r->word);
    if (make_words(row, c->r->text, &w, err) == 0 &&
        make_outputs(c, err) == 0) {
        test_point("run.tool");
        lseek(c->fds[0], 0, SEEK_SET);
        pid = spawn(h, c, w.argv, row, err);
    }
    free_words(&w);
    if (pid < 0)
        return -1;
    keep_call(h, c, row, pid);
    return HELPER_LATER;
}

int
helper_tool(struct helper *h, struct helper_call *c, struct err *err)
{
    return run(h, c, USER, err);
}

int
helper_query(struct helper *h, struct helper_call *c, struct err *err)
{
    return run(h, c, OPERATOR, err);
}

long long
helper_tool_due(const struct helper_tool *t)
{
    return t->t_due;
}

void
helper_tool_end(struct helper_tool *t, pid_t pid)
{
    t->late = true;
    kill(-pid, SIGKILL); /* it leads its own process group */
    kill(pid, SIGKILL);
}

void
helper_tool_ended(struct helper *h, struct helper_tool *t, int status)
{
    struct err err = ERR_INIT;

    t->call.reply.number =
        WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (t->late)
        err_set(&err, ERR_TIMEOUT, "%s did not end within %lld s",
                t->row->program,
                conf_num(h->conf, CONF_gatekeeper_scheduler_timeout));
    else
        (void)cut_outputs(&t->call, t->row->program, &err);
    if (err.code != ERR_OK)
        log_event(LOG_WARNING, "runner.tool.fail", "tool=%s account=%s why=%s",
                  t->row->name, h->user.name, err.text);
    helper_reply(h, &t->call, &err);
    free(t);
}
