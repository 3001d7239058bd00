/* base/sys_become.c - switch to a local account.  Separate from sys_user.c so
 * that static programs do not link the name service.  See sys_proc.h. */
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "base/sys_proc.h"
#include "base/sys_user.h"

/* Whether the real, effective and saved uid and gid are USER's. */
static bool
is_user(const struct sys_user *user)
{
    uid_t ruid, euid, suid;
    gid_t rgid, egid, sgid;

    return getresuid(&ruid, &euid, &suid) == 0 &&
           getresgid(&rgid, &egid, &sgid) == 0 && ruid == user->uid &&
           euid == user->uid && suid == user->uid && rgid == user->gid &&
           egid == user->gid && sgid == user->gid;
}

/* Whether the supplementary groups are exactly USER's. */
static bool
has_groups(const struct sys_user *user)
{
    gid_t have[SYS_GROUPS_MAX];
    int n = getgroups(SYS_GROUPS_MAX, have), i, j;

    if (n != user->ngroups)
        return false;
    /* The kernel sorts the groups. */
    for (i = 0; i < n; i++) {
        for (j = 0; j < n && have[j] != user->groups[i]; j++)
            continue;
        if (j == n)
            return false;
    }
    return true;
}

const char *
sys_user_switch(const struct sys_user *user)
{
    errno = EPERM;
    if (user->uid == 0 || user->uid == (uid_t)-1 || user->gid == (gid_t)-1)
        return "become uid 0";
    if (is_user(user) && geteuid() != 0)
        return NULL; /* only root can set groups, and only root needs to */
    if (setgroups((size_t)user->ngroups, user->groups) < 0)
        return "set its groups";
    if (setresgid(user->gid, user->gid, user->gid) < 0)
        return "set its gid";
    if (setresuid(user->uid, user->uid, user->uid) < 0)
        return "set its uid";
    errno = EPERM;
    if (!is_user(user) || !has_groups(user) || setresuid(-1u, 0, -1u) == 0)
        return "verify that it became it";
    return NULL;
}

int
sys_user_become(const struct sys_user *user, struct err *err)
{
    const char *step = sys_user_switch(user);

    if (step == NULL)
        return 0;
    return err_set(err, ERR_AUTHZ, "become '%s': cannot %s: %s", user->name,
                   step, strerror(errno));
}
