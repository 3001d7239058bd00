/* gatekeeper/supervisor/proctree.c - see proctree.h. */
#include "gatekeeper/supervisor/proctree.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"

#define ENVIRON_MAX (4u << 20)

struct proc {
    pid_t pid, parent;
    bool reached;
};

struct procs {
    struct proc *p;
    size_t n, room;
};

/* Read all of /proc/PID/WHAT. */
static int
read_proc(pid_t pid, const char *what, struct buf *out)
{
    char path[64];
    int fd, rc;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    buf_clear(out);
    rc = buf_read_fd(out, fd, ENVIRON_MAX);
    close(fd);
    return rc;
}

/* The parent of PID (field 4 of its stat) and its state (field 3).  -1: it is
 * gone. */
static pid_t
parent_of(pid_t pid, char *state, struct buf *text)
{
    const char *p;
    int parent;

    if (read_proc(pid, "stat", text) < 0)
        return -1;
    p = strrchr(buf_str(text), ')'); /* the name may contain blanks and ')' */
    return p != NULL && sscanf(p, ") %c %d", state, &parent) == 2 ? parent : -1;
}

bool
proctree_is_stopped(pid_t pid)
{
    struct buf text = BUF_INIT;
    char state = '\0';
    pid_t parent = parent_of(pid, &state, &text);

    buf_fini(&text);
    return parent >= 0 && (state == 'T' || state == 't');
}

static void
add_proc(struct procs *all, pid_t pid, pid_t parent)
{
    if (all->n == all->room) {
        all->room = all->room == 0 ? 256 : all->room * 2;
        all->p = xrealloc(all->p, all->room, sizeof(*all->p));
    }
    all->p[all->n++] = (struct proc){ .pid = pid, .parent = parent };
}

/* List every live process in /proc. */
static void
list_procs(struct procs *all)
{
    struct buf text = BUF_INIT;
    DIR *dir = opendir("/proc");
    struct dirent *d;

    while (dir != NULL && (d = readdir(dir)) != NULL) {
        char state = '\0';
        long long pid;
        pid_t parent;

        if (number_parse(d->d_name, 1, 1 << 30, &pid) < 0)
            continue;
        parent = parent_of((pid_t)pid, &state, &text);
        if (parent >= 0 && state != 'Z' && state != 'X')
            add_proc(all, (pid_t)pid, parent);
    }
    if (dir != NULL)
        closedir(dir);
    buf_fini(&text);
}

static int
by_pid(const void *a, const void *b)
{
    const struct proc *x = a, *y = b;

    return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static bool
is_reached(const struct procs *all, pid_t pid)
{
    struct proc key = { .pid = pid };
    const struct proc *p = bsearch(&key, all->p, all->n, sizeof(key), by_pid);

    return p != NULL && p->reached;
}

/* Mark the descendants of ROOT: repeat until a pass finds no more. */
static void
mark_descendants(struct procs *all, pid_t root)
{
    bool more = all->n > 0;

    while (more) {
        more = false;
        for (size_t i = 0; i < all->n; i++) {
            struct proc *p = &all->p[i];

            if (p->reached || p->pid == root)
                continue;
            if (p->parent == root || is_reached(all, p->parent))
                p->reached = more = true;
        }
    }
}

size_t
proctree_signal(pid_t root, int sig)
{
    struct procs all = { .p = NULL };
    size_t sent = 0;

    list_procs(&all);
    if (all.n > 0)
        qsort(all.p, all.n, sizeof(*all.p), by_pid);
    mark_descendants(&all, root);
    for (size_t i = 0; i < all.n; i++)
        if (all.p[i].reached && kill(all.p[i].pid, sig) == 0)
            sent++;
    free(all.p);
    return sent;
}

/* Whether the NUL-separated ENVIRON contains MARK ("NAME=VALUE"). */
static bool
has_mark(const struct buf *environ_text, const char *mark)
{
    const char *p = buf_str(environ_text), *end = p + environ_text->len;

    for (; p < end; p += strlen(p) + 1)
        if (strcmp(p, mark) == 0)
            return true;
    return false;
}

size_t
proctree_sweep(const char *value, int sig)
{
    char *mark = xasprintf("%s=%s", PROCTREE_MARK, value);
    struct procs all = { .p = NULL };
    struct buf text = BUF_INIT;
    size_t sent = 0;

    list_procs(&all);
    for (size_t i = 0; i < all.n; i++)
        if (all.p[i].pid != getpid() &&
            read_proc(all.p[i].pid, "environ", &text) == 0 &&
            has_mark(&text, mark) && kill(all.p[i].pid, sig) == 0)
            sent++;
    buf_fini(&text);
    free(all.p);
    free(mark);
    return sent;
}

/* Parse the numbers in TEXT, *N of them. */
static pid_t *
read_pids(const char *text, size_t *n)
{
    pid_t *pids = xcalloc(1, sizeof(*pids));
    char *end;
    long pid;

    for (*n = 0; (pid = strtol(text, &end, 10)) > 0; text = end) {
        pids = xrealloc(pids, *n + 1, sizeof(*pids));
        pids[(*n)++] = (pid_t)pid;
    }
    return pids;
}

pid_t *
proctree_children(size_t *n)
{
    struct procs all = { .p = NULL };
    struct buf text = BUF_INIT;
    char what[64];
    pid_t *pids;

    snprintf(what, sizeof(what), "task/%d/children", (int)getpid());
    if (read_proc(getpid(), what, &text) == 0) {
        pids = read_pids(buf_str(&text), n);
        buf_fini(&text);
        return pids;
    }
    /* The kernel has no "children" file. */
    list_procs(&all);
    pids = xcalloc(all.n + 1, sizeof(*pids));
    *n = 0;
    for (size_t i = 0; i < all.n; i++)
        if (all.p[i].parent == getpid())
            pids[(*n)++] = all.p[i].pid;
    free(all.p);
    return pids;
}
