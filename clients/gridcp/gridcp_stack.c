/* clients/gridcp/gridcp_stack.c - see gridcp_stack.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fs.h"
#include "clients/gridcp/gridcp.h"

#define ASSERTION_MAX (64 * 1024)
/* Possible separators of the words in popen's argv. */
#define DELIMITERS    "#$^*!|%&()'{}"

/* The length of the driver name at the front of S; options follow ':'. */
static size_t
name_length(const char *s)
{
    return strcspn(s, ":,");
}

/* The driver after the one at S; NULL. */
static const char *
next_driver(const char *s)
{
    s += strcspn(s, ",");
    return *s == ',' ? s + 1 : NULL;
}

static bool
is_driver(const char *s, const char *name)
{
    return name_length(s) == strlen(name) &&
           strncasecmp(s, name, strlen(name)) == 0;
}

/* Whether STACK contains only drivers in NAMES, a list that ends in NULL. */
static bool
only(const char *stack, const char *const *names)
{
    size_t i;

    for (; stack != NULL; stack = next_driver(stack)) {
        for (i = 0; names[i] != NULL && !is_driver(stack, names[i]); i++)
            continue;
        if (names[i] == NULL)
            return false;
    }
    return true;
}

static bool
has_driver(const char *stack, const char *name)
{
    for (; stack != NULL; stack = next_driver(stack))
        if (is_driver(stack, name))
            return true;
    return false;
}

/* STACK with GSI above the transport if data channels are authenticated, as in
 * globus-url-copy. */
static char *
net_stack(const char *stack, bool dcau)
{
    size_t n = strcspn(stack, ",");

    if (!dcau || has_driver(stack, "gsi") || has_driver(stack, "default"))
        return xstrdup(stack);
    return xasprintf("%.*s,gsi%s", (int)n, stack, stack + n);
}

/* "popen:argv=#tar#cf#-": COMMAND split at blanks, joined by a character that
 * it does not contain.  A destination first puts MODE E's blocks in order. */
static char *
pipe_stack(const char *command, bool source, struct err *err)
{
    const char *delimiter, *p = command;
    struct buf out = BUF_INIT;
    size_t n;

    for (delimiter = DELIMITERS;
         *delimiter != '\0' && strchr(command, *delimiter) != NULL; delimiter++)
        continue;
    if (*delimiter == '\0' || strpbrk(command, ",;\r\n") != NULL) {
        err_set(err, ERR_USAGE,
                "'%s' cannot be sent to a server: it must not contain ',' or "
                "';', nor all of %s",
                command, DELIMITERS);
        return NULL;
    }
    buf_adds(&out, "popen:argv=");
    for (p += strspn(p, " \t"); *p != '\0'; p += n + strspn(p + n, " \t")) {
        n = strcspn(p, " \t");
        buf_addf(&out, "%c%.*s", *delimiter, (int)n, p);
    }
    if (!source)
        buf_adds(&out, ",ordering");
    return buf_detach(&out);
}

/* Read an assertion from FILE, without trailing line ends. */
static int
read_assertion(const char *file, char **text, struct err *err)
{
    struct buf in = BUF_INIT;
    char *target;
    size_t n;
    int rc;

    if (file == NULL)
        return 0;
    target = realpath(file, NULL); /* follow symbolic links */
    rc = fs_read(AT_FDCWD, target != NULL ? target : file, ASSERTION_MAX, &in,
                 err);
    free(target);
    if (rc < 0)
        return -1;
    *text = buf_detach(&in);
    for (n = strlen(*text); n > 0 && strchr("\r\n", (*text)[n - 1]); n--)
        (*text)[n - 1] = '\0';
    if (n > 0)
        return 0;
    return err_set(err, ERR_SYNTAX, "'%s' contains no assertion", file);
}

/* A, the option of one side, or B, that of both. */
static const char *
either(const char *a, const char *b)
{
    return a != NULL ? a : b;
}

static int
make_side(const struct gridcp_opt *o, bool source, struct gridcp_stack *s,
          struct err *err)
{
    const char *net =
        either(source ? o->src_dcstack : o->dst_dcstack, o->dcstack);
    const char *disk =
        either(source ? o->src_fsstack : o->dst_fsstack, o->fsstack);
    const char *pipe = either(source ? o->src_pipe : o->dst_pipe, o->pipe);

    if (net == NULL && o->udt)
        net = "udt";
    if (net != NULL)
        s->net = net_stack(net, !o->no_dcau);
    s->pipe = pipe != NULL;
    if (pipe != NULL && disk != NULL)
        return err_set(err, ERR_USAGE,
                       "a pipe and -fsstack exclude each other");
    if (pipe != NULL)
        s->disk = pipe_stack(pipe, source, err);
    else if (disk != NULL)
        s->disk = xstrdup(disk);
    s->popen = has_driver(s->disk, "popen");
    s->module = either(source ? o->src_module : o->dst_module, o->module);
    s->module_args = either(source ? o->src_module_args : o->dst_module_args,
                            o->module_args);
    if (s->module == NULL && s->module_args != NULL)
        return err_set(err, ERR_USAGE,
                       "module parameters '%s' need a module's name: -mn",
                       s->module_args);
    s->assert_each = !o->cache_aa && !(source ? o->cache_saa : o->cache_daa);
    if (pipe != NULL && s->disk == NULL)
        return -1;
    return read_assertion(either(source ? o->src_aa : o->dst_aa, o->aa),
                          &s->assertion, err);
}

/* Reject options that cannot be combined with pipes or modules. */
static int
check(const struct gridcp_opt *o, const struct gridcp_stack stack[2],
      struct err *err)
{
    bool pipe = stack[0].pipe || stack[1].pipe;
    bool part = o->offset >= 0 || o->length >= 0;

    if (pipe && (o->recurse || o->sync || o->verify || part))
        return err_set(err, ERR_USAGE,
                       "a pipe is one stream of bytes: no -r, -sync, -off, "
                       "-len, -verify-checksum");
    if ((stack[0].module != NULL || stack[1].module != NULL) && part)
        return err_set(err, ERR_USAGE,
                       "-off, -len and a module exclude each other: both are "
                       "arguments of ERET and ESTO");
    return 0;
}

void
gridcp_stack_fini(struct gridcp_stack stack[2])
{
    int i;

    for (i = 0; i < 2; i++) {
        free(stack[i].net);
        free(stack[i].disk);
        free(stack[i].assertion);
        stack[i] = (struct gridcp_stack){ 0 };
    }
}

int
gridcp_stack_make(const struct gridcp_opt *o, struct gridcp_stack stack[2],
                  struct err *err)
{
    if (make_side(o, true, &stack[0], err) == 0 &&
        make_side(o, false, &stack[1], err) == 0 && check(o, stack, err) == 0)
        return 0;
    gridcp_stack_fini(stack);
    return -1;
}

void
gridcp_stack_conf(const struct gridcp_stack *stack, bool files,
                  struct ftpclient_conf *conf)
{
    conf->assertion = stack->assertion;
    if (!files)
        return;
    conf->assert_each = stack->assert_each;
    conf->net_stack = stack->net;
    conf->disk_stack = stack->disk;
    conf->module = stack->module;
    conf->module_args = stack->module_args;
}

bool
gridcp_stack_plain(const struct gridcp_stack *stack)
{
    return stack->assertion == NULL && stack->net == NULL &&
           stack->disk == NULL && stack->module == NULL;
}

bool
gridcp_stack_strange(const struct gridcp_stack stack[2])
{
    static const char *const plain[] = { "default", "file", NULL };
    int i;

    for (i = 0; i < 2; i++)
        if (stack[i].module != NULL ||
            (stack[i].disk != NULL && !only(stack[i].disk, plain)))
            return true;
    return false;
}

int
gridcp_stack_fits(const struct gridcp_task *t, bool third, struct err *err)
{
    static const char *const ours[] = { "default", "tcp", "gsi", NULL };
    const struct gridcp_end *end[2] = { &t->src, &t->dst };
    const struct gridcp_stack *s = t->g->stack;
    int i;

    for (i = 0; i < 2; i++) {
        if (s[i].pipe && !gridcp_place_ftp(end[i]->site))
            return err_set(err, ERR_UNSUPPORTED,
                           "only a GridFTP server runs the command of a pipe");
        if (third || s[i].net == NULL || !gridcp_place_ftp(end[i]->site) ||
            only(s[i].net, ours))
            continue;
        return err_set(err, ERR_UNSUPPORTED,
                       "the drivers '%s' must be at both ends, and this host "
                       "has none but tcp and gsi: between two servers only",
                       s[i].net);
    }
    return 0;
}

void
gridcp_stack_blame(const struct gridcp_stack stack[2], struct err *err)
{
    const char *name = either(stack[0].module, stack[1].module);

    if (err->code != ERR_OK && name != NULL)
        err_wrap(err, "-mn %s", name);
}
