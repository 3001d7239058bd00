/* gsi/check/check_place.c - checks of -t: the directories that the daemons
 * write to exist, serve one purpose each, and have room. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "gsi/check/check_rows.h"

/* Which daemon writes to which directories. */
static const struct place {
    const char *daemon; /* NULL: all */
    enum conf_key key;
    bool file; /* the key names a file; its directory is not created */
} places[] = {
    { "gatekeeper", CONF_gatekeeper_state, false },
    { "gatekeeper", CONF_gatekeeper_sessions, false },
    { "gatekeeper", CONF_gatekeeper_runner_state, false },
    { "gatekeeper", CONF_gatekeeper_accounting, false },
    { "mds", CONF_mds_state, false },
    { "gridftp", CONF_gridftp_transfer_log, true },
    { NULL, CONF_log_file, true },
};
#define PLACES (sizeof(places) / sizeof(*places))

/* The longest existing prefix of PATH; the caller must free() it. */
static char *
existing(const char *path)
{
    char *at = xstrdup(path), *slash;
    struct stat st;

    while (stat(at, &st) < 0 && (slash = strrchr(at, '/')) != NULL &&
           at[1] != '\0')
        slash[slash == at ? 1 : 0] = '\0';
    return at;
}

/* Check the disk of the directory DIR, the value of KEY. */
static void
judge_disk(struct check *c, const char *key, const char *dir)
{
    unsigned long long bytes, files;
    enum fs_room room = fs_room(dir, &bytes, &files);

    if (room == FS_ROOM_READONLY)
        check_say(c, CHECK_FAIL, "%s: the disk of '%s' is mounted read-only",
                  key, dir);
    else if (room == FS_ROOM_NONE)
        check_say(c, CHECK_FAIL, "%s: the disk of '%s' is full", key, dir);
    else if (room == FS_ROOM_LITTLE)
        check_say(
            c, CHECK_WARN,
            "%s: the disk of '%s' is nearly full: %llu MiB and %llu files "
            "are left",
            key, dir, bytes >> 20, files);
}

static void
judge_place(struct check *c, const struct place *p, const char *key)
{
    const char *path = conf_str(c->conf, p->key);
    char *at;
    struct stat st;

    if (*path != '/')
        return;
    at = existing(path);
    if (stat(at, &st) == 0 && !p->file && !S_ISDIR(st.st_mode)) {
        check_say(c, CHECK_FAIL, "%s: '%s' is not a directory", key, at);
    } else if (p->file && strncmp(at, path, strlen(path)) != 0 &&
               (size_t)(strrchr(path, '/') - path) > strlen(at)) {
        check_say(c, CHECK_FAIL,
                  "%s: the directory of '%s' does not exist: create it", key,
                  path);
    } else if (p->file && S_ISDIR(st.st_mode) && strcmp(at, path) == 0) {
        check_say(c, CHECK_FAIL, "%s: '%s' is a directory", key, path);
    } else if (!p->file || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
        judge_disk(c, key, at);
    }
    free(at);
}

/* Check gridftp.root, the directory that confines sessions. */
static void
judge_root(struct check *c)
{
    const char *path = conf_str(c->conf, CONF_gridftp_root);
    struct stat st;

    if (stat(path, &st) < 0)
        check_say(c, CHECK_FAIL, "gridftp.root: '%s': %s", path,
                  strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        check_say(c, CHECK_FAIL, "gridftp.root: '%s' is not a directory", path);
}

/* Whether BELOW is PATH or lies beneath it. */
static bool
holds(const char *path, const char *below)
{
    size_t n = strlen(path);

    return strncmp(path, below, n) == 0 &&
           (below[n] == '/' || below[n] == '\0');
}

/* Report two purposes in one directory, or one beneath the other. */
static void
judge_pair(struct check *c, const struct place *a, const struct place *b)
{
    const char *x = conf_str(c->conf, a->key), *y = conf_str(c->conf, b->key);
    const struct conf_row *r = &conf_rows[a->key], *s = &conf_rows[b->key];

    if (*x == '/' && *y == '/' && (holds(x, y) || holds(y, x)))
        check_say(c, CHECK_FAIL,
                  "%s.%s '%s' and %s.%s '%s' overlap: give each its own",
                  r->section, r->key, x, s->section, s->key, y);
}

static bool
concerns(const struct check *c, const struct place *p)
{
    return p->daemon == NULL || strcmp(p->daemon, c->daemon) == 0;
}

void
check_place_state(struct check *c)
{
    if (strcmp(c->daemon, "gridftp") == 0)
        judge_root(c);
    for (size_t i = 0; i < PLACES; i++) {
        const struct conf_row *row = &conf_rows[places[i].key];
        char *key = xasprintf("%s.%s", row->section, row->key);

        if (concerns(c, &places[i]))
            judge_place(c, &places[i], key);
        for (size_t k = 0; k < i; k++)
            if (!places[i].file && !places[k].file &&
                (concerns(c, &places[i]) || concerns(c, &places[k])))
                judge_pair(c, &places[k], &places[i]);
        free(key);
    }
}
