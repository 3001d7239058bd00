/* gatekeeper/supervisor/runprog.c - see runprog.h. */
#include "gatekeeper/supervisor/runprog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/sys_proc.h"
#include "gatekeeper/supervisor/proctree.h"

#define PATH_DEFAULT "/usr/local/bin:/usr/bin:/bin"

/* Relative paths stay in the session and go through no symbolic link. */
static int
open_stream(const char *path, int flags, struct err *err)
{
    int fd = path[0] == '/' ? open(path, flags | O_NOCTTY | O_CLOEXEC, 0644)
                            : fs_open_beneath(AT_FDCWD, path, flags | O_NOCTTY,
                                              0644, false);

    if (fd < 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                       "cannot open '%s' of the job: %s", path,
                       errno == ELOOP   ? "there is a symbolic link in the way"
                       : errno == EXDEV ? "it leaves the session directory"
                                        : strerror(errno));
    return fd;
}

static int
open_streams(struct runprog *p, struct err *err)
{
    const struct launch *l = p->launch;
    const char *input = l->input == NULL ? "/dev/null" : l->input;
    const char *output = l->output == NULL ? "stdout" : l->output;
    const char *error = l->error == NULL ? "stderr" : l->error;
    const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;

    p->fd[0] = open_stream(input, O_RDONLY, err);
    if (p->fd[0] < 0)
        return -1;
    p->fd[1] = open_stream(output, flags, err);
    if (p->fd[1] < 0)
        return -1;
    p->fd[2] = strcmp(output, error) == 0 ? fcntl(p->fd[1], F_DUPFD_CLOEXEC, 3)
                                          : open_stream(error, flags, err);
    return p->fd[2] < 0 ? -1 : 0;
}

static bool
is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           access(path, X_OK) == 0;
}

/* Find PROGRAM in the directories of PATH; the caller frees it; NULL if not
 * found. */
static char *
search_path(const char *program, const char *path)
{
    while (*path != '\0') {
        size_t n = strcspn(path, ":");
        char *file = xasprintf("%.*s/%s", (int)n, path, program);

        if (n > 0 && is_program(file))
            return file;
        free(file);
        path += n + (path[n] == ':');
    }
    return NULL;
}

/* Make the path absolute: the working directory may differ from the session. */
static int
find_program(struct runprog *p, struct err *err)
{
    const char *program = p->launch->program;
    const char *path = launch_env(p->launch, "PATH");
    char *cwd;

    if (p->program_fd >= 0) {
        p->path = xasprintf("/proc/self/fd/%d", p->program_fd);
        return 0;
    }
    cwd = getcwd(NULL, 0);
    if (program[0] == '/')
        p->path = xstrdup(program);
    else if (cwd != NULL)
        p->path = xasprintf("%s/%s", cwd, program);
    free(cwd);
    if (p->path == NULL)
        return err_set(err, ERR_IO, "cannot get the session directory: %s",
                       strerror(errno));
    if (strchr(program, '/') == NULL && !is_program(p->path)) {
        free(p->path);
        p->path = search_path(program, path == NULL ? PATH_DEFAULT : path);
        if (p->path == NULL)
            return err_set(err, ERR_NOT_FOUND,
                           "cannot execute '%s': neither in the session "
                           "directory nor in PATH",
                           program);
    }
    return 0;
}

/* Whether ENVP does not yet set the variable in TEXT (NAME=VALUE). */
static bool
is_new(const struct launch *l, const char *text)
{
    size_t n = strcspn(text, "=");

    for (size_t i = 0; i < l->nenv; i++)
        if (strncmp(l->envp[i], text, n + 1) == 0)
            return false;
    return strncmp(text, "GATEHOUSE_TEST_POINT=", 21) != 0;
}

static void
make_environment(struct runprog *p)
{
    const struct launch *l = p->launch;
    size_t n = 0, more = 0;

    while (l->inherit && environ[more] != NULL)
        more++;
    p->envp = xcalloc(l->nenv + more + 1, sizeof(*p->envp));
    for (size_t i = 0; i < l->nenv; i++)
        p->envp[n++] = xstrdup(l->envp[i]);
    for (size_t i = 0; i < more; i++)
        if (is_new(l, environ[i]))
            p->envp[n++] = xstrdup(environ[i]);
}

/* The launcher's arguments, if there is one, then the program and its
 * arguments. */
static void
make_words(struct runprog *p)
{
    const struct launch *l = p->launch;
    size_t n = 0;

    p->argv = xcalloc(l->nlauncher + l->argc + 1, sizeof(*p->argv));
    for (size_t i = 0; i < l->nlauncher; i++)
        p->argv[n++] = l->launcher[i];
    p->argv[n++] = l->nlauncher > 0 ? p->path : l->argv[0];
    for (size_t i = 1; i < l->argc; i++)
        p->argv[n++] = l->argv[i];
}

int
runprog_open(struct runprog *p, struct err *err)
{
    if (open_streams(p, err) < 0 || find_program(p, err) < 0)
        return -1;
    make_environment(p);
    make_words(p);
    return 0;
}

void
runprog_close(struct runprog *p)
{
    for (int i = 0; i < 3; i++) {
        if (p->fd[i] >= 0)
            close(p->fd[i]);
        p->fd[i] = -1;
    }
    for (char **e = p->envp; e != NULL && *e != NULL; e++)
        free(*e);
    free(p->envp);
    free(p->argv);
    free(p->path);
    p->envp = NULL;
    p->argv = NULL;
    p->path = NULL;
}

static int
set_limits(const struct launch *l)
{
    for (int i = 0; i < LAUNCH_LIMITS; i++) {
        const int resource = launch_resource((enum launch_limit)i);
        struct rlimit rl;

        if (l->limit[i] < 0)
            continue;
        if (getrlimit((__rlimit_resource_t)resource, &rl) < 0)
            return -1;
        if (rl.rlim_max == RLIM_INFINITY || rl.rlim_max > (rlim_t)l->limit[i])
            rl.rlim_max = (rlim_t)l->limit[i];
        rl.rlim_cur = rl.rlim_max;
        /* The soft limit raises SIGXCPU first, which identifies the cause of
         * death. */
        if (resource == RLIMIT_CPU)
            rl.rlim_max += 5;
        if (setrlimit((__rlimit_resource_t)resource, &rl) < 0)
            return -1;
    }
    return 0;
}

struct start {
    const struct runprog *p;
    pid_t parent;
    int report; /* pipe for a failure before the exec */
};

static int
fail(const struct start *s, const char *what, const char *on)
{
    char text[256];
    int error = errno;
    int n = snprintf(text, sizeof(text), "%c%s '%.160s': %s",
                     error == ENOENT ? 'n' : 'e', what, on, strerror(error));

    if (n >= (int)sizeof(text))
        n = sizeof(text) - 1;
    (void)fs_write_all(s->report, text, (size_t)n);
    return 127;
}

/* A batch system sends its notice signals to every process of the run: they
 * must not kill a program that does not catch them. */
static void
default_signals(const struct launch *l)
{
    struct sigaction dfl = { .sa_handler = SIG_DFL },
                     ign = { .sa_handler = SIG_IGN };
    sigset_t none;

    for (int sig = 1; sig < NSIG; sig++)
        sigaction(sig,
                  l->notice && (sig == SIGUSR1 || sig == SIGUSR2) ? &ign : &dfl,
                  NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Run a script without "#!" with the shell, as execvp(3) does. */
static void
exec_script(const struct runprog *p)
{
    const struct launch *l = p->launch;
    const char **argv = xcalloc(l->argc + 2, sizeof(*argv));
    union {
        const char **c;
        char *const *v;
    } args = { .c = argv };

    argv[0] = "/bin/sh";
    argv[1] = p->path;
    for (size_t i = 1; i < l->argc; i++)
        argv[i + 1] = l->argv[i];
    execve("/bin/sh", args.v, p->envp);
}

/* Make FD standard input.  A file is opened anew, because copies that share a
 * position would each read a part of it. */
static int
use_input(int fd)
{
    char path[32];
    struct stat st;
    int own = -1;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        own = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    return dup2(own >= 0 ? own : fd, 0);
}

static int
child(void *arg)
{
    const struct start *s = arg;
    const struct launch *l = s->p->launch;
    union {
        const char **c;
        char *const *v;
    } args = { .c = s->p->argv };
    const char *path = l->nlauncher > 0 ? l->launcher[0] : s->p->path;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || setsid() < 0)
        return fail(s, "cannot detach", l->program);
    if (s->p->adopts && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return fail(s, "cannot adopt what is started by", l->program);
    if (getppid() !=
        s->parent) /* the supervisor died before PR_SET_PDEATHSIG was set */
        return 127;
    if (l->directory != NULL && chdir(l->directory) < 0)
        return fail(s, "cannot enter the directory", l->directory);
    if (use_input(s->p->fd[0]) < 0)
        return fail(s, "cannot redirect the input of", l->program);
    for (int i = 1; i < 3; i++)
        if (dup2(s->p->fd[i], i) < 0)
            return fail(s, "cannot redirect the streams of", l->program);
    if (set_limits(l) < 0)
        return fail(s, "cannot set the limits of", l->program);
    default_signals(l);
    execve(path, args.v, s->p->envp);
    if (errno == ENOEXEC && l->nlauncher == 0)
        exec_script(s->p);
    return fail(s, "cannot execute",
                l->nlauncher > 0 ? l->launcher[0] : l->program);
}

pid_t
runprog_begin(const struct runprog *p, int *report, struct err *err)
{
    struct start s = { .p = p, .parent = getpid() };
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return err_set(err, ERR_IO, "pipe: %s", strerror(errno));
    s.report = ends[1];
    pid = sys_fork(child, &s, err);
    close(ends[1]);
    if (pid >= 0)
        *report = ends[0];
    else
        close(ends[0]);
    return pid;
}

int
runprog_outcome(int report, size_t copy, struct err *err)
{
    struct buf text = BUF_INIT;
    int rc = 0;

    if (buf_read_fd(&text, report, 1024) == 0 && text.len > 0)
        rc = err_set(err, text.data[0] == 'n' ? ERR_NOT_FOUND : ERR_AUTHZ,
                     "%s%s", text.data + 1, copy > 0 ? " (a later copy)" : "");
    close(report);
    buf_fini(&text);
    return rc;
}

pid_t
runprog_start(const struct runprog *p, size_t copy, struct err *err)
{
    int report;
    pid_t pid = runprog_begin(p, &report, err);

    return pid < 0 || runprog_outcome(report, copy, err) < 0 ? -1 : pid;
}
