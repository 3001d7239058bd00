/* gatekeeper/runner/runner_registry.c - see runner_registry.h.
 *
 * The file is a log: HEAD, then "+ JOB ACCOUNT UID DN" and "- JOB" lines.  A
 * line that a crash cut off is dropped when the file is read.  The log is
 * rewritten at the start and whenever most of its lines are obsolete.  A file
 * with no lines or with an invalid line was damaged: this is logged, the file
 * is kept aside, its valid lines are used, and the gatekeeper registers the
 * other jobs again. */
#include "gatekeeper/runner/runner_registry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/sys_proc.h"

#define FILE_NAME   "registry"
#define FILE_ASIDE  "registry.damaged"
#define HEAD        "# registry 1"
#define FILE_MAX    (1u << 30)
#define ID_LEN      16
#define FREE_SLOT   0
#define WAS_USED    UINT32_MAX
#define HISTORY_MIN 10000

struct slot {
    unsigned char id[ID_LEN];
    uint32_t account; /* index + 1 */
};

struct runner_registry {
    int dirfd, lockfd, fd;
    struct slot *slots;
    size_t room, used, live; /* used also counts slots that were freed */
    struct runner_owner **owners;
    size_t nowners;
    struct buf pending; /* lines not written yet */
    off_t length;       /* of the file, all of it synced */
    size_t lines;
};

/* Convert the uuid TEXT to 16 bytes; uuid_ok() has checked it. */
static void
pack(const char *text, unsigned char id[ID_LEN])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;

    memset(id, 0, ID_LEN);
    for (; *text != '\0' && n < 2 * (size_t)ID_LEN; text++) {
        const char *d = strchr(digits, *text);

        if (d != NULL) {
            id[n / 2] = (unsigned char)(id[n / 2] << 4 | (d - digits));
            n++;
        }
    }
}

static void
unpack(const unsigned char id[ID_LEN], struct buf *out)
{
    size_t at = 0;

    for (size_t i = 0; i < ID_LEN; at = ++i) {
        if (at == 4 || at == 6 || at == 8 || at == 10)
            buf_addc(out, '-');
        hex_encode(out, &id[i], 1);
    }
}

/* The slot of ID, or a free one for it; uuids need no further hashing. */
static struct slot *
find(const struct runner_registry *r, const unsigned char id[ID_LEN])
{
    struct slot *free_one = NULL;
    uint64_t h;

    memcpy(&h, id, sizeof(h));
    for (size_t i = h & (r->room - 1);; i = (i + 1) & (r->room - 1)) {
        struct slot *s = &r->slots[i];

        if (s->account == WAS_USED && free_one == NULL)
            free_one = s;
        if (s->account == FREE_SLOT)
            return free_one != NULL ? free_one : s;
        if (s->account != WAS_USED && memcmp(s->id, id, ID_LEN) == 0)
            return s;
    }
}

static bool
is_live(const struct slot *s)
{
    return s->account != FREE_SLOT && s->account != WAS_USED;
}

static void
grow(struct runner_registry *r)
{
    struct slot *old = r->slots;
    size_t n = r->room;

    if (r->room > 0 && r->used * 2 < r->room)
        return;
    r->room = r->live * 4 < 1024 ? 1024 : r->room;
    while (r->room < r->live * 4)
        r->room *= 2;
    r->slots = xcalloc(r->room, sizeof(*r->slots));
    r->used = r->live;
    for (size_t i = 0; i < n; i++)
        if (is_live(&old[i]))
            *find(r, old[i].id) = old[i];
    free(old);
}

static bool
owner_is(const struct runner_owner *o, const char *account, uid_t uid,
         const char *dn)
{
    if (o->uid != uid || strcmp(o->account, account) != 0)
        return false;
    if (o->dn == NULL || dn == NULL)
        return o->dn == dn;
    return strcmp(o->dn, dn) == 0;
}

static uint32_t
owner_index(struct runner_registry *r, const char *account, uid_t uid,
            const char *dn)
{
    struct runner_owner *o;

    for (size_t i = 0; i < r->nowners; i++)
        if (owner_is(r->owners[i], account, uid, dn))
            return (uint32_t)i + 1;
    o = xcalloc(1, sizeof(*o));
    o->account = xstrdup(account);
    o->uid = uid;
    o->dn = dn != NULL ? xstrdup(dn) : NULL;
    r->owners = xrealloc(r->owners, r->nowners + 1, sizeof(*r->owners));
    r->owners[r->nowners++] = o;
    return (uint32_t)r->nowners;
}

static void
set(struct runner_registry *r, const char *job, const char *account, uid_t uid,
    const char *dn)
{
    unsigned char id[ID_LEN];
    struct slot *s;

    grow(r);
    pack(job, id);
    s = find(r, id);
    if (s->account == FREE_SLOT)
        r->used++;
    if (!is_live(s))
        r->live++;
    memcpy(s->id, id, ID_LEN);
    s->account = owner_index(r, account, uid, dn);
}

static bool
unset(struct runner_registry *r, const char *job)
{
    unsigned char id[ID_LEN];
    struct slot *s;

    grow(r);
    pack(job, id);
    s = find(r, id);
    if (!is_live(s))
        return false;
    s->account = WAS_USED;
    r->live--;
    return true;
}

const struct runner_owner *
runner_registry_owner(const struct runner_registry *r, const char *job)
{
    unsigned char id[ID_LEN];
    const struct slot *s;

    pack(job, id);
    s = find(r, id);
    return is_live(s) ? r->owners[s->account - 1] : NULL;
}

size_t
runner_registry_count(const struct runner_registry *r)
{
    return r->live;
}

/* One "+" line. */
static void
write_line(struct buf *out, const char *job, const struct runner_owner *o)
{
    buf_addf(out, "+ %s %s", job, o->account);
    if (o->uid != RUNNER_UID_UNKNOWN)
        buf_addf(out, " %u", (unsigned)o->uid);
    if (o->uid != RUNNER_UID_UNKNOWN && o->dn != NULL)
        buf_addf(out, " %s", o->dn);
    buf_addc(out, '\n');
}

void
runner_registry_add(struct runner_registry *r, const char *job,
                    const char *account, uid_t uid, const char *dn)
{
    set(r, job, account, uid, dn);
    write_line(&r->pending, job, runner_registry_owner(r, job));
    r->lines++;
}

void
runner_registry_remove(struct runner_registry *r, const char *job)
{
    if (!unset(r, job))
        return;
    buf_addf(&r->pending, "- %s\n", job);
    r->lines++;
}

/* An account name: printable, no blanks. */
static bool
account_ok(const char *name)
{
    size_t n = strlen(name);

    for (const char *p = name; *p != '\0'; p++)
        if (*p <= ' ' || *p > '~')
            return false;
    return n > 0 && n < SYS_NAME_MAX;
}

/* A certificate name: no control characters. */
static bool
dn_ok(const char *dn)
{
    for (const char *p = dn; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == '\x7f')
            return false;
    return *dn == '/';
}

/* End the word at TEXT; returns the text after its blank, NULL if there is
 * none. */
static char *
cut_word(char *text)
{
    char *blank = strchr(text, ' ');

    if (blank == NULL)
        return NULL;
    *blank = '\0';
    return blank + 1;
}

/* Parse JOB's "ACCOUNT UID DN"; older versions wrote no DN, or neither UID nor
 * DN. false: it is malformed. */
static bool
set_text(struct runner_registry *r, const char *job, char *text)
{
    char *number = cut_word(text);
    char *dn = number != NULL ? cut_word(number) : NULL;
    long long uid = RUNNER_UID_UNKNOWN;

    if (!account_ok(text) || (dn != NULL && !dn_ok(dn)) ||
        (number != NULL &&
         number_parse(number, 0, RUNNER_UID_UNKNOWN - 1LL, &uid) < 0))
        return false;
    set(r, job, text, (uid_t)uid, dn);
    return true;
}

/* Apply, or undo, LINE; false: it is invalid. */
static bool
replay_line(struct runner_registry *r, char *line, bool undo)
{
    char *id = line + 2, *after = id + UUID_TEXT - 1;

    if (strcmp(line, HEAD) == 0)
        return true;
    if (strlen(line) < 2 + UUID_TEXT - 1 || line[1] != ' ')
        return false;
    if (line[0] == '-' && uuid_ok(id)) {
        if (!undo)
            unset(r, id);
        return true;
    }
    if (line[0] != '+' || *after != ' ')
        return false;
    *after = '\0';
    if (!uuid_ok(id))
        return false;
    if (undo)
        unset(r, id);
    return undo || set_text(r, id, after + 1);
}

/* Apply, or undo, the complete lines of TEXT; *LINES is their number.  Returns
 * the number of invalid lines. */
static size_t
replay(struct runner_registry *r, struct buf *text, bool undo, size_t *lines)
{
    char *p = text->data, *end = p == NULL ? NULL : p + text->len, *nl;
    size_t bad = 0;

    *lines = 0;
    for (; p < end && (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1) {
        *nl = '\0';
        ++*lines;
        bad += !replay_line(r, p, undo);
    }
    return bad;
}

/* Rewrite the log with the live entries only, and open it for appending. */
static int
compact(struct runner_registry *r, struct err *err)
{
    struct buf text = BUF_INIT, id = BUF_INIT;
    int rc;

    buf_adds(&text, HEAD "\n");
    for (size_t i = 0; i < r->room; i++)
        if (is_live(&r->slots[i])) {
            buf_clear(&id);
            unpack(r->slots[i].id, &id);
            write_line(&text, buf_str(&id), r->owners[r->slots[i].account - 1]);
        }
    buf_fini(&id);
    rc = fs_write_atomic(r->dirfd, FILE_NAME, buf_str(&text), text.len, 0600,
                         err);
    if (rc == 0) {
        if (r->fd >= 0)
            close(r->fd);
        r->fd = openat(r->dirfd, FILE_NAME,
                       O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
        if (r->fd < 0)
            rc = err_set(err, ERR_IO, "cannot open '%s': %s", FILE_NAME,
                         strerror(errno));
        r->length = (off_t)text.len;
        r->lines = r->live;
    }
    buf_fini(&text);
    return rc;
}

/* Keep the damaged file under another name. */
static int
set_aside(const struct runner_registry *r, size_t bad, struct err *err)
{
    log_event(LOG_ERR, "runner.registry.damaged",
              "bad_lines=%zu jobs=%zu kept_as=%s", bad, r->live, FILE_ASIDE);
    if (renameat(r->dirfd, FILE_NAME, r->dirfd, FILE_ASIDE) == 0)
        return 0;
    return err_set(err, ERR_IO, "cannot keep the damaged '%s' as '%s': %s",
                   FILE_NAME, FILE_ASIDE, strerror(errno));
}

static int
load(struct runner_registry *r, struct err *err)
{
    struct buf text = BUF_INIT;
    struct err why = ERR_INIT;
    size_t lines = 0, bad = 0;
    int rc = fs_read(r->dirfd, FILE_NAME, FILE_MAX, &text, &why);
    bool fresh = rc < 0 && why.code == ERR_NOT_FOUND;

    if (rc < 0 && !fresh)
        return err_set(err, why.code, "%s", why.text);
    rc = 0;
    if (!fresh)
        bad = replay(r, &text, false, &lines);
    if (!fresh && (bad > 0 || lines == 0))
        rc = set_aside(r, bad, err);
    if (rc == 0)
        rc = compact(r, err);
    buf_fini(&text);
    return rc;
}

/* Check that the directory is ours alone, and lock it. */
static int
take_dir(struct runner_registry *r, const char *dir, struct err *err)
{
    struct stat st;

    if (fs_mkdirs(dir, 0700, err) < 0)
        return -1;
    r->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->dirfd < 0 || fstat(r->dirfd, &st) < 0)
        return err_set(err, ERR_IO, "cannot open '%s': %s", dir,
                       strerror(errno));
    if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
        return err_set(err, ERR_CONFIG,
                       "'%s' must belong to uid %u and be writable by nobody "
                       "else",
                       dir, (unsigned)geteuid());
    r->lockfd = fs_lock(r->dirfd, "lock", dir, "runner", err);
    return r->lockfd < 0 ? -1 : 0;
}

int
runner_registry_open(struct runner_registry **r, const char *dir,
                     struct err *err)
{
    *r = xcalloc(1, sizeof(**r));
    (*r)->dirfd = (*r)->lockfd = (*r)->fd = -1;
    grow(*r);
    if (take_dir(*r, dir, err) == 0 && load(*r, err) == 0)
        return 0;
    runner_registry_close(*r);
    *r = NULL;
    return err_wrap(err, "the runner's registry");
}

void
runner_registry_close(struct runner_registry *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->nowners; i++) {
        free(r->owners[i]->account);
        free(r->owners[i]->dn);
        free(r->owners[i]);
    }
    free(r->owners);
    free(r->slots);
    buf_fini(&r->pending);
    if (r->fd >= 0)
        close(r->fd);
    if (r->lockfd >= 0)
        close(r->lockfd);
    if (r->dirfd >= 0)
        close(r->dirfd);
    free(r);
}

/* Undo the pending changes: none of them reached the disk. */
static int
take_back(struct runner_registry *r, struct err *err)
{
    enum err_code code = fs_errno_code();
    int error = errno;
    size_t lines;

    (void)replay(r, &r->pending, true, &lines);
    buf_clear(&r->pending);
    if (ftruncate(r->fd, r->length) < 0)
        return err_set(err, ERR_INTERNAL, "cannot cut the registry back: %s",
                       strerror(errno));
    return err_set(err, code, "cannot write the registry: %s", strerror(error));
}

int
runner_registry_sync(struct runner_registry *r, struct err *err)
{
    if (r->pending.len == 0)
        return 0;
    if (r->lines > HISTORY_MIN && r->lines > 4 * r->live &&
        compact(r, NULL) == 0) {
        buf_clear(&r->pending);
        return 0;
    }
    if (fs_write_all(r->fd, r->pending.data, r->pending.len) < 0)
        return take_back(r, err);
    if (fdatasync(r->fd) < 0)
        return fs_errno_code() == ERR_NOSPACE
                   ? take_back(r, err)
                   : err_set(err, ERR_INTERNAL, "cannot sync the registry: %s",
                             strerror(errno));
    r->length += (off_t)r->pending.len;
    buf_clear(&r->pending);
    return 0;
}
