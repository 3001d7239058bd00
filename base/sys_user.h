/* base/sys_user.h - what the two halves of sys_proc.h share. */
#ifndef BASE_SYS_USER_H
#define BASE_SYS_USER_H

#include "base/sys_proc.h"

/* sys_user_become() for a child of a process with threads: only async-signal-
 * safe calls.  NULL, or what could not be done, with errno. */
const char *sys_user_switch(const struct sys_user *user);

#endif
