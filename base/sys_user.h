/* base/sys_user.h - shared by sys_user.c and sys_become.c. */
#ifndef BASE_SYS_USER_H
#define BASE_SYS_USER_H

#include "base/sys_proc.h"

/* sys_user_become() for a forked child of a threaded process: async-signal-safe
 * calls only.  Returns NULL, or the failed step with errno. */
const char *sys_user_switch(const struct sys_user *user);

#endif
