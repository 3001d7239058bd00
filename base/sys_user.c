/* base/sys_user.c - finding a local account; see sys_proc.h. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sys_proc.h"
#include "base/sys_user.h"

/* Copy FROM whole into TO[0..SIZE). */
static bool
copy_field(char *to, size_t size, const char *from)
{
    return snprintf(to, size, "%s", from) < (int)size;
}

/* All groups of the account PW into USER. */
static int
fill_groups(struct sys_user *user, const struct passwd *pw, struct err *err)
{
    user->ngroups = SYS_GROUPS_MAX;
    if (getgrouplist(pw->pw_name, pw->pw_gid, user->groups, &user->ngroups) < 0)
        return err_set(err, ERR_AUTHZ, "account '%s' is in more than %d groups",
                       pw->pw_name, SYS_GROUPS_MAX);
    return 0;
}

/* USER from the entry PW. */
static int
fill(struct sys_user *user, const struct passwd *pw, struct err *err)
{
    *user = (struct sys_user){ .uid = pw->pw_uid, .gid = pw->pw_gid };
    if (!copy_field(user->name, sizeof(user->name), pw->pw_name) ||
        !copy_field(user->home, sizeof(user->home), pw->pw_dir) ||
        !copy_field(user->shell, sizeof(user->shell), pw->pw_shell))
        return err_set(err, ERR_AUTHZ,
                       "account '%.32s' has too long a name, home or shell",
                       pw->pw_name);
    return fill_groups(user, pw, err);
}

/* The entry of NAME, or of UID when NAME is NULL, into USER. */
static int
lookup(const char *name, uid_t uid, struct sys_user *user, struct err *err)
{
    size_t size = 4096;
    char *storage = xcalloc(1, size);
    struct passwd pw, *found = NULL;
    int rc;

    for (;;) {
        rc = name != NULL ? getpwnam_r(name, &pw, storage, size, &found)
                          : getpwuid_r(uid, &pw, storage, size, &found);
        if (rc != ERANGE || size > (1u << 20))
            break;
        size *= 2;
        storage = xrealloc(storage, size, 1);
    }
    if (found != NULL)
        rc = fill(user, found, err);
    else if (name != NULL)
        rc = err_set(err, ERR_AUTHZ, "no local account '%s'%s%s", name,
                     rc != 0 ? ": " : "", rc != 0 ? strerror(rc) : "");
    else
        rc = err_set(err, ERR_AUTHZ, "uid %u has no local account",
                     (unsigned)uid);
    free(storage);
    return rc;
}

/* What root may map to: never itself, never a system account. */
static int
check_mapped(const struct sys_user *user, uid_t min_uid, struct err *err)
{
    if (user->uid == 0)
        return err_set(err, ERR_AUTHZ,
                       "account '%s' has uid 0, which is never used",
                       user->name);
    if (user->uid < min_uid || user->uid == (uid_t)-1)
        return err_set(err, ERR_AUTHZ,
                       "account '%s' has uid %u, below security.min_uid %u",
                       user->name, (unsigned)user->uid, (unsigned)min_uid);
    return 0;
}

int
sys_user_lookup(const char *name, uid_t min_uid, struct sys_user *user,
                struct err *err)
{
    int rc = lookup(name, 0, user, err);

    if (rc == 0 && geteuid() == 0)
        rc = check_mapped(user, min_uid, err);
    else if (rc == 0 && user->uid != geteuid())
        rc = err_set(err, ERR_AUTHZ,
                     "account '%s' is not the one this program runs as", name);
    if (rc < 0)
        *user = (struct sys_user){ .uid = (uid_t)-1, .gid = (gid_t)-1 };
    return rc;
}

int
sys_user_self(struct sys_user *user, struct err *err)
{
    if (lookup(NULL, geteuid(), user, err) == 0)
        return 0;
    *user = (struct sys_user){ .uid = (uid_t)-1, .gid = (gid_t)-1 };
    return -1;
}
