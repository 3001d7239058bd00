/* clients/gridcp/gridcp_state.c - see gridcp_state.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/lock.h"
#include "base/sys_proc.h"
#include "base/testpoint.h"
#include "clients/gridcp/gridcp_file.h"
#include "clients/gridcp/gridcp_part.h"
#include "clients/gridcp/gridcp_state.h"

/* Write a part's ranges again after this time and this many bytes, or this many
 * on a fast network. */
#define NOTE_MS     250
#define NOTE_BYTES  (1024 * 1024)
#define NOTE_MUCH   (16 * 1024 * 1024)
#define FLUSH_SIZE  16384
#define DEVICES_MAX 8

struct gridcp_state {
    struct lock lock;
    int fd;
    struct ranges entries; /* pairs that are completely done */
    uint64_t *keys; /* files done below a pair: open addressing, 0 free */
    size_t nkeys, cap;
    struct gridcp_part *parts;
    struct buf out; /* lines to be written */
    char *last_dir; /* directory of the last finished file, .. */
    dev_t device[DEVICES_MAX];
    int device_fd[DEVICES_MAX]; /* .. and the file systems of all of them */
    size_t devices;
    bool complete; /* the last run ended successfully */
    char *file;    /* name of the journal */
    int error;     /* errno of the first failed write or sync */
};

/* Never 0. */
static uint64_t
mix(uint64_t entry, uint64_t key)
{
    uint64_t h =
        (key ^ (entry + 1) * 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;

    h ^= h >> 31;
    return h != 0 ? h : 1;
}

static bool
has_key(const struct gridcp_state *s, uint64_t h)
{
    size_t i;

    for (i = h; s->cap > 0 && s->keys[i & (s->cap - 1)] != 0; i++)
        if (s->keys[i & (s->cap - 1)] == h)
            return true;
    return false;
}

static void
place_key(struct gridcp_state *s, uint64_t h)
{
    size_t i = h;

    while (s->keys[i & (s->cap - 1)] != 0)
        i++;
    s->keys[i & (s->cap - 1)] = h;
}

static void
add_key(struct gridcp_state *s, uint64_t h)
{
    uint64_t *old = s->keys;
    size_t i, n = s->cap;

    if (has_key(s, h))
        return;
    if (s->nkeys * 2 >= s->cap) {
        s->cap = n > 0 ? n * 2 : 1024;
        s->keys = xcalloc(s->cap, sizeof(s->keys[0]));
        for (i = 0; i < n; i++)
            if (old[i] != 0)
                place_key(s, old[i]);
        free(old);
    }
    place_key(s, h);
    s->nkeys++;
}

/* Parse a line of an earlier run. */
static void
read_line(struct gridcp_state *s, const char *line, bool same_boot)
{
    unsigned long long entry, key = 0;
    int n;

    s->complete = strcmp(line, "end") == 0;
    if (!same_boot)
        return;
    n = sscanf(line, "d %llu %llx", &entry, &key);
    if (n == 1 && entry < INT64_MAX) {
        ranges_add(&s->entries, (int64_t)entry, (int64_t)entry + 1, NULL);
        gridcp_part_drop(&s->parts, entry, 0);
    } else if (n == 2) {
        add_key(s, mix(entry, key));
        gridcp_part_drop(&s->parts, entry, key);
    } else {
        gridcp_part_read(&s->parts, line);
    }
}

static uint64_t
hash_more(uint64_t h, const void *p, size_t n)
{
    const unsigned char *c = p;

    while (n-- > 0)
        h = (h ^ *c++) * 1099511628211ull;
    return h;
}

/* Hash the options that make a different copy of the same names; default values
 * are ignored. */
static uint64_t
hash_options(uint64_t h, const struct gridcp_opt *o)
{
    const bool flags[] = { o->recurse, o->relative, o->ascii };
    const int64_t part[] = { o->offset, o->length };

    if (flags[0] || flags[1] || flags[2])
        h = hash_more(h, flags, sizeof(flags));
    if (part[0] >= 0 || part[1] >= 0)
        h = hash_more(h, part, sizeof(part));
    return h;
}

/* Hash the user's arguments: URLs, or the list and its content. */
static int
fingerprint(const struct gridcp *g, uint64_t *h, struct err *err)
{
    const char *list = g->from_list;
    unsigned char block[65536];
    ssize_t n;
    int i, fd;

    *h = 14695981039346656037ull;
    for (i = 0; list == NULL && i < g->o.operands; i++)
        *h = hash_more(*h, g->o.operand[i], strlen(g->o.operand[i]) + 1);
    *h = hash_options(*h, &g->o);
    if (list == NULL)
        return 0;
    if (strcmp(list, "-") == 0)
        return err_set(err, ERR_USAGE,
                       "-state needs a list in a file, not standard input");
    fd = open(list, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return gridcp_file_error(err, "read list", list);
    while ((n = read(fd, block, sizeof(block))) > 0)
        *h = hash_more(*h, block, (size_t)n);
    close(fd);
    return n < 0 ? gridcp_file_error(err, "read list", list) : 0;
}

/* Check the head line; *SAME: the machine has not rebooted since then. -1 with
 * ERR. */
static int
check_head(const char *line, uint64_t mine, const char *file, bool *same,
           struct err *err)
{
    char boot[SYS_BOOT_ID] = "", now[SYS_BOOT_ID] = "-";
    unsigned long long theirs;

    if (sscanf(line, "gridcp-state 1 %36s %llx", boot, &theirs) != 2)
        return err_set(err, ERR_USAGE, "'%s' is not a state file of gridcp",
                       file);
    if (theirs != mine)
        return err_set(err, ERR_USAGE,
                       "state file '%s' belongs to another copy: name another "
                       "one, or remove it",
                       file);
    *same = sys_boot_id(now) == 0 && strcmp(boot, now) == 0;
    return 0;
}

/* Remember the file system of T's destination; locked. */
static void
note_device(struct gridcp_state *s, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash != NULL ? (size_t)(slash - path) + 1 : 0, i;
    struct stat st;
    int fd;

    if (s->last_dir != NULL && strlen(s->last_dir) == n &&
        memcmp(s->last_dir, path, n) == 0)
        return;
    free(s->last_dir);
    s->last_dir = xasprintf("%.*s", (int)n, path);
    fd = open(n > 0 ? s->last_dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    for (i = 0; i < s->devices && fstat(fd, &st) == 0; i++)
        if (s->device[i] == st.st_dev)
            break;
    if (i < s->devices || i == DEVICES_MAX || fstat(fd, &st) < 0) {
        close(fd);
        return;
    }
    s->device[i] = st.st_dev;
    s->device_fd[i] = fd;
    s->devices++;
}

/* Sync all files of the run to disk before the journal says so. */
static int
sync_devices(const struct gridcp_state *s)
{
    int rc = 0;
    size_t i;

    for (i = 0; i < s->devices; i++)
        if (syncfs(s->device_fd[i]) < 0)
            rc = -1;
    return rc;
}

/* Read the journal of earlier runs; an incomplete last line is removed. */
static int
load(struct gridcp_state *s, const char *file, uint64_t mine, struct err *err)
{
    FILE *f = fdopen(dup(s->fd), "r");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n = 0;
    off_t at = 0;
    bool same = false;
    int rc = 0;

    if (f == NULL)
        return gridcp_file_error(err, "read", file);
    while (rc == 0 && (n = getline(&line, &cap, f)) > 0 &&
           line[n - 1] == '\n') {
        line[n - 1] = '\0';
        if (at == 0)
            rc = check_head(line, mine, file, &same, err);
        else
            read_line(s, line, same);
        at += n;
    }
    if (rc == 0 && ferror(f))
        rc = gridcp_file_error(err, "read", file);
    else if (rc == 0 && n > 0 && at == 0)
        rc =
            err_set(err, ERR_USAGE, "'%s' is not a state file of gridcp", file);
    if (rc == 0 && n > 0 && ftruncate(s->fd, at) < 0)
        rc = gridcp_file_error(err, "write", file);
    free(line);
    fclose(f);
    if (rc == 0)
        lseek(s->fd, 0, SEEK_END);
    return rc;
}

/* Write the pending lines; locked.  Nothing is written after a failure, because
 * a later line would be read as the rest of an incomplete one. */
static void
flush(struct gridcp_state *s)
{
    if (s->error == 0 && s->out.len > 0 &&
        fs_write_all(s->fd, s->out.data, s->out.len) < 0)
        s->error = errno;
    buf_clear(&s->out);
}

int
gridcp_state_open(struct gridcp *g, const char *file,
                  struct gridcp_state **state, struct err *err)
{
    struct gridcp_state *s = xcalloc(1, sizeof(*s));
    char boot[SYS_BOOT_ID] = "-";
    uint64_t mine;

    *state = NULL;
    lock_init(&s->lock, LOCK_gridcp_state);
    s->file = xstrdup(file);
    s->fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (s->fd < 0)
        gridcp_file_error(err, "open state", file);
    else if (flock(s->fd, LOCK_EX | LOCK_NB) < 0)
        err_set(err, ERR_STATE, "another gridcp works with state file '%s'",
                file);
    else if (fingerprint(g, &mine, err) == 0 && load(s, file, mine, err) == 0) {
        sys_boot_id(boot);
        if (s->complete) {
            *state = s;
            return 0;
        }
        if (lseek(s->fd, 0, SEEK_CUR) == 0)
            buf_addf(&s->out, "gridcp-state 1 %s %llx\n", boot,
                     (unsigned long long)mine);
        buf_addf(&s->out, "pid %ld\n", (long)getpid());
        flush(s);
        if (s->error == 0) {
            *state = s;
            return 0;
        }
    }
    /* It sets ERR itself when it cannot be written. */
    (void)gridcp_state_close(s, false, err);
    return -1;
}

/* Write and sync the rest; the first failure is in S->error. */
static void
finish(struct gridcp_state *s, bool all_done)
{
    if (s->fd < 0)
        return;
    if (all_done && !s->complete) {
        if (sync_devices(s) == 0)
            buf_adds(&s->out, "end\n");
        else if (s->error == 0)
            s->error = errno;
    }
    flush(s);
    if (s->error == 0 && all_done && fdatasync(s->fd) < 0 && errno != EINVAL)
        s->error = errno;
    if (close(s->fd) < 0 && s->error == 0)
        s->error = errno;
}

int
gridcp_state_close(struct gridcp_state *s, bool all_done, struct err *err)
{
    int rc = 0;

    if (s == NULL)
        return 0;
    finish(s, all_done);
    errno = s->error;
    if (s->error != 0)
        rc = gridcp_file_error(err, "write state", s->file);
    while (s->devices > 0)
        close(s->device_fd[--s->devices]);
    free(s->file);
    free(s->last_dir);
    while (s->parts != NULL)
        gridcp_part_drop(&s->parts, s->parts->entry, s->parts->key);
    ranges_fini(&s->entries);
    free(s->keys);
    buf_fini(&s->out);
    lock_fini(&s->lock);
    free(s);
    return rc;
}

bool
gridcp_state_complete(struct gridcp_state *s)
{
    return s->complete;
}

void
gridcp_state_flush(struct gridcp_state *s)
{
    lock_take(&s->lock);
    flush(s);
    lock_release(&s->lock);
}

bool
gridcp_state_entry_done(struct gridcp_state *s, uint64_t entry)
{
    bool done;

    lock_take(&s->lock);
    done = ranges_has(&s->entries, (int64_t)entry, (int64_t)entry + 1);
    lock_release(&s->lock);
    return done;
}

/* Whether all of T is in our local file; renames it if necessary. */
static bool
finished(struct gridcp_state *s, const struct gridcp_task *t)
{
    struct gridcp_part *p, noted = { .whole = false };
    struct stat st;
    bool is;

    if (!t->whole || t->dst.site->scheme != GRIDCP_FILE)
        return false;
    lock_take(&s->lock);
    p = *gridcp_part_find(&s->parts, t->entry, t->key);
    if (p != NULL)
        noted = *p;
    lock_release(&s->lock);
    if (!noted.whole || t->g->o.dry_run || t->g->o.dump_only != NULL)
        return false;
    is = (stat(t->dst.path, &st) == 0 && gridcp_part_is(&noted, &st)) ||
         gridcp_file_finish_part(t->dst.path, &noted);
    if (is)
        gridcp_state_done(s, t);
    return is;
}

bool
gridcp_state_task_done(struct gridcp_state *s, const struct gridcp_task *t)
{
    bool done;

    lock_take(&s->lock);
    done = t->child && has_key(s, mix(t->entry, t->key));
    lock_release(&s->lock);
    return done || finished(s, t);
}

/* Whether a local part is that of P and long enough; this is checked again when
 * it is opened. */
static bool
is_there(struct gridcp_task *t, const struct gridcp_part *p)
{
    struct gridcp_mark mark;

    if (t->dst.site->scheme != GRIDCP_FILE)
        return true;
    t->file.mark = p->mark;
    return gridcp_file_part(t->dst.path, &mark) >=
               t->have.r[t->have.n - 1].end &&
           gridcp_part_same(&mark, &p->mark);
}

void
gridcp_state_resume(struct gridcp_state *s, struct gridcp_task *t)
{
    const struct gridcp_part *p;

    /* data on standard output is gone */
    if (t->have.n > 0 || !t->whole || t->size < 0 || t->mtime < 0 ||
        t->dst.site->scheme == GRIDCP_STREAM)
        return;
    lock_take(&s->lock);
    p = *gridcp_part_find(&s->parts, t->entry, t->key);
    if (p != NULL && (p->size != t->size || p->mtime != t->mtime))
        p = NULL;
    if (p != NULL) {
        t->begun = p->begun;
        t->ordered = p->ordered;
    }
    if (p != NULL && p->ranges != NULL &&
        ranges_parse(p->ranges, &t->have, NULL) == 0 && t->have.n > 0 &&
        (t->have.r[t->have.n - 1].end > t->size || !is_there(t, p)))
        ranges_fini(&t->have);
    lock_release(&s->lock);
}

void
gridcp_state_progress(struct gridcp_state *s, struct gridcp_task *t)
{
    int64_t there = ranges_total(&t->have);
    long long now = time_mono_ms();

    if (!t->whole || there - t->saved_bytes < NOTE_BYTES ||
        (now - t->saved_ms < NOTE_MS && there - t->saved_bytes < NOTE_MUCH))
        return;
    t->saved_bytes = there;
    t->saved_ms = now;
    lock_take(&s->lock);
    gridcp_part_write(&s->out, t);
    flush(s);
    lock_release(&s->lock);
    test_point("gridcp.noted");
}

void
gridcp_state_opened(struct gridcp_state *s, const struct gridcp_task *t)
{
    if (!t->whole || t->size < NOTE_BYTES || t->file.part == NULL)
        return;
    lock_take(&s->lock);
    gridcp_part_write_open(&s->out, t);
    lock_release(&s->lock);
}

void
gridcp_state_begun(struct gridcp_state *s, const struct gridcp_task *t)
{
    if (!t->whole || t->size < NOTE_BYTES)
        return;
    lock_take(&s->lock);
    gridcp_part_write_begun(&s->out, t);
    flush(s);
    lock_release(&s->lock);
}

void
gridcp_state_whole(struct gridcp_state *s, const struct gridcp_task *t)
{
    struct stat st;

    if (!t->whole || t->file.part == NULL || fstat(t->file.fd, &st) < 0 ||
        st.st_size < NOTE_BYTES)
        return;
    lock_take(&s->lock);
    gridcp_part_write_whole(&s->out, t, &st);
    flush(s);
    lock_release(&s->lock);
}

void
gridcp_state_done(struct gridcp_state *s, const struct gridcp_task *t)
{
    lock_take(&s->lock);
    if (t->dst.site->scheme == GRIDCP_FILE)
        note_device(s, t->dst.path);
    if (t->child)
        buf_addf(&s->out, "d %llu %llx\n", (unsigned long long)t->entry,
                 (unsigned long long)t->key);
    else
        buf_addf(&s->out, "d %llu\n", (unsigned long long)t->entry);
    if (s->out.len > FLUSH_SIZE)
        flush(s);
    lock_release(&s->lock);
}

void
gridcp_state_failed(struct gridcp_state *s, struct gridcp_task *t)
{
    t->saved_bytes = -NOTE_BYTES;
    t->saved_ms = 0;
    if (t->have.n > 0)
        gridcp_state_progress(s, t);
}
