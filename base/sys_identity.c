/* base/sys_identity.c - the identity of this process; see sys_proc.h. */
#include <unistd.h>

#include "base/sys_proc.h"

void
sys_identity_get(struct sys_identity *id)
{
    id->uid = geteuid();
    id->gid = getegid();
    id->ngroups = getgroups(SYS_GROUPS_MAX, id->groups);
    if (id->ngroups < 0)
        id->ngroups = 0;
}

bool
sys_identity_in(const struct sys_identity *id, gid_t gid)
{
    int i;

    if (gid == id->gid)
        return true;
    for (i = 0; i < id->ngroups; i++)
        if (id->groups[i] == gid)
            return true;
    return false;
}
