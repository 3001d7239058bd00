/* base/sys_user.c - look up local accounts; see sys_proc.h. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/sys_proc.h"
#include "base/sys_user.h"

/* Copy FROM into TO[0..SIZE) unless it is too long. */
static bool
copy_field(char *to, size_t size, const char *from)
{
    return snprintf(to, size, "%s", from) < (int)size;
}

/* Copy all groups of the account PW into USER. */
static int
fill_groups(struct sys_user *user, const struct passwd *pw, struct err *err)
{
    user->ngroups = SYS_GROUPS_MAX;
    if (getgrouplist(pw->pw_name, pw->pw_gid, user->groups, &user->ngroups) < 0)
        return err_set(err, ERR_AUTHZ, "account '%s' is in more than %d groups",
                       pw->pw_name, SYS_GROUPS_MAX);
    return 0;
}

/* Fill USER from the entry PW. */
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

/* Fill USER from the entry of NAME, or of UID when NAME is NULL. */
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

/* Root may never map to uid 0 or to a system account. */
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

/* Whether the password field TEXT is a locked hash. */
static bool
is_locked(const char *text)
{
    const char *hash = text + strspn(text, "!");

    return hash != text && *hash != '\0' && strcmp(hash, "*") != 0;
}

/* Check the shadow entry SP of USER for today. */
static int
check_shadow(const struct sys_user *user, const struct spwd *sp,
             struct err *err)
{
    if (sp->sp_expire >= 0 && time(NULL) / 86400 >= sp->sp_expire)
        return err_set(err, ERR_AUTHZ, "account '%s' has expired", user->name);
    if (sp->sp_pwdp != NULL && is_locked(sp->sp_pwdp))
        return err_set(err, ERR_AUTHZ, "account '%s' is locked", user->name);
    return 0;
}

/* Find and check the shadow entry of USER; accounts from other sources have
 * none. */
static int
judge_shadow(const struct sys_user *user, struct err *err)
{
    size_t size = 4096;
    char *storage = xcalloc(1, size);
    struct spwd sp, *found = NULL;
    int rc;

    while ((rc = getspnam_r(user->name, &sp, storage, size, &found)) ==
               ERANGE &&
           size < (1u << 20)) {
        size *= 2;
        storage = xrealloc(storage, size, 1);
    }
    if (found != NULL)
        rc = check_shadow(user, found, err);
    else if (rc != 0 && rc != ENOENT)
        rc = err_set(err, ERR_IO,
                     "cannot read whether account '%s' is locked: %s",
                     user->name, strerror(rc));
    else
        rc = 0;
    explicit_bzero(storage, size);
    free(storage);
    return rc;
}

int
sys_user_usable(const struct sys_user *user, bool login_shell, struct err *err)
{
    const char *shell = strrchr(user->shell, '/');

    shell = shell != NULL ? shell + 1 : user->shell;
    if (login_shell &&
        (strcmp(shell, "nologin") == 0 || strcmp(shell, "false") == 0))
        return err_set(err, ERR_AUTHZ,
                       "account '%s' has no login shell, which "
                       "security.login_shell asks for",
                       user->name);
    return geteuid() == 0 ? judge_shadow(user, err) : 0;
}

unsigned long long
sys_user_stamp(void)
{
    static const char *const files[] = { "/etc/passwd", "/etc/shadow",
                                         "/etc/group" };
    unsigned long long stamp = 0;
    struct stat st;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (stat(files[i], &st) == 0)
            stamp = stamp * 31 + (unsigned long long)st.st_mtim.tv_sec +
                    (unsigned long long)st.st_mtim.tv_nsec * 7 +
                    (unsigned long long)st.st_ino * 13 +
                    (unsigned long long)st.st_size;
    return stamp;
}
