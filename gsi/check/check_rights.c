/* gsi/check/check_rights.c - checks of -t: who can write the files that decide
 * who is trusted. */
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gsi/check/check_rows.h"

/* Check that only root and this account can change PATH, whose stat is ST.  An
 * ANCESTOR may be a sticky directory that others write to: they cannot replace
 * our files there. */
static bool
judge_one(struct check *c, const char *path, const struct stat *st,
          bool ancestor)
{
    bool sticky = ancestor && (st->st_mode & S_ISVTX) != 0;

    if (st->st_uid != 0 && st->st_uid != geteuid()) {
        check_say(c, CHECK_FAIL,
                  "'%s' belongs to uid %u, who can change it: chown it to root",
                  path, (unsigned)st->st_uid);
        return false;
    }
    if ((st->st_mode & S_IWOTH) != 0 && !sticky) {
        check_say(c, CHECK_FAIL, "everybody can write '%s': chmod go-w '%s'",
                  path, path);
        return false;
    }
    if ((st->st_mode & S_IWGRP) != 0 && !sticky && geteuid() == 0 &&
        st->st_gid != 0)
        check_say(
            c, CHECK_WARN,
            "the group %u can write '%s': chmod g-w '%s' unless you trust "
            "all of it",
            (unsigned)st->st_gid, path, path);
    return true;
}

/* Check PATH, with links followed, and each directory above it. */
static void
judge_path(struct check *c, const char *path)
{
    char *real = *path != '\0' ? realpath(path, NULL) : NULL;
    struct stat st;
    bool ancestor = false;

    while (real != NULL && stat(real, &st) == 0 &&
           judge_one(c, real, &st, ancestor) && strcmp(real, "/") != 0) {
        char *slash = strrchr(real, '/');

        ancestor = true;
        slash[slash == real ? 1 : 0] = '\0';
    }
    free(real);
}

/* Check the files in the trust directory DIR. */
static void
judge_entries(struct check *c, const char *dir)
{
    DIR *d = opendir(dir);
    struct stat st;

    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        char *path = xasprintf("%s/%s", dir, e->d_name);

        if (e->d_name[0] != '.' && stat(path, &st) == 0)
            (void)judge_one(c, path, &st, false);
        free(path);
    }
    if (d != NULL)
        closedir(d);
}

void
check_rights_trust(struct check *c)
{
    static const enum conf_key keys[] = {
        CONF_security_certificates, CONF_security_host_cert,
        CONF_security_host_key,     CONF_security_gridmap,
        CONF_security_ban,          CONF_mds_registrars,
        CONF_gatekeeper_admins,
    };

    if (c->file != NULL)
        judge_path(c, c->file);
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        judge_path(c, conf_str(c->conf, keys[i]));
    judge_entries(c, conf_str(c->conf, CONF_security_certificates));
}
