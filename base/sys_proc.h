/* base/sys_proc.h - processes and identities: the only callers of fork and of
 * the set*id family (tests/it/0001-layers.t keeps it so). */
#ifndef BASE_SYS_PROC_H
#define BASE_SYS_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define SYS_GROUPS_MAX 256
#define SYS_NAME_MAX   64

/* A local account, complete enough to become it. */
struct sys_user {
    char name[SYS_NAME_MAX];
    char home[256];
    char shell[64];
    uid_t uid;
    gid_t gid;
    gid_t groups[SYS_GROUPS_MAX];
    int ngroups;
};

/* The account NAME.  Fails closed: -1 with ERR AUTHZ for one that does not
 * exist, has uid 0 or a uid below MIN_UID.  Run by a person who is not root,
 * only that person's own account is found (MIN_UID then does not count). */
int sys_user_lookup(const char *name, uid_t min_uid, struct sys_user *user,
                    struct err *err);
/* Whether USER, as found by sys_user_lookup(), may be used today.  -1 with ERR:
 * AUTHZ when it has expired (shadow(5)), its password is locked ('!' before a
 * hash; '!', '*' and '!*' alone only mean that there is none) or, with
 * LOGIN_SHELL, its shell is nologin or false; IO when that cannot be read. What
 * only root can read is asked by root alone. */
int sys_user_usable(const struct sys_user *user, bool login_shell,
                    struct err *err);
/* A number that changes when the local files of accounts do. */
unsigned long long sys_user_stamp(void);
/* The account of this process's own uid (uid 0 included). */
int sys_user_self(struct sys_user *user, struct err *err);
/* Become USER for good: groups, gid, uid, all verified afterwards; already
 * being that user is success.  -1 with ERR AUTHZ: the caller must _exit. */
int sys_user_become(const struct sys_user *user, struct err *err);

/* Who a process is to the file system. */
struct sys_identity {
    uid_t uid;
    gid_t gid;
    gid_t groups[SYS_GROUPS_MAX];
    int ngroups;
};

/* The effective ids and the groups of this process. */
void sys_identity_get(struct sys_identity *id);
/* Whether GID is the group of ID or one of its supplementary groups. */
bool sys_identity_in(const struct sys_identity *id, gid_t gid);

/* What a child is to be.  Zeroed fields mean: nothing special. */
struct sys_spawn {
    const char *path;            /* program, absolute */
    char *const *argv;           /* NULL-terminated */
    char *const *envp;           /* NULL-terminated; NULL = empty environment */
    const char *cwd;             /* entered after becoming the user */
    const struct sys_user *user; /* become this account */
    int fd[3];                   /* stdin, stdout, stderr; -1 = /dev/null */
    const int *keep;             /* more descriptors: keep[i] becomes 3 + i */
    size_t nkeep;
    bool new_session;     /* setsid */
    bool die_with_parent; /* PR_SET_PDEATHSIG SIGKILL */
};

#define SYS_KEEP_MAX 16

/* Start it.  All other descriptors are closed, signals are at their defaults,
 * umask 077.  A failure up to and including execve is reported here.
 * With threads in this process, a child that is to die with its parent dies
 * with the thread that started it.  At most SYS_KEEP_MAX descriptors are kept.
 * Returns the pid, or -1 with ERR. */
pid_t sys_spawn(const struct sys_spawn *s, struct err *err);

/* fork().  In the child, CHILD(arg) runs and its result is the exit status;
 * what stdio holds unwritten is lost there, atexit() handlers do not run. */
pid_t sys_fork(int (*child)(void *arg), void *arg, struct err *err);
/* Go on in a child that leads a new session.  The parent never returns: it ends
 * with 0 when the child writes 'R' to the descriptor that this returns, else
 * with the child's own status.  -1 with ERR.  Before any thread is made. */
int sys_background(struct err *err);

/* In a child that lives as long as its daemon, whose end is its own: lead a
 * session, leave SIGTERM to the daemon, and hold nothing of where that was
 * started but, unless QUIET, the standard error: who waits for the end of a
 * command's output waits for all that hold it. */
void sys_leave_terminal(bool quiet);

/* Who a pid is: start time in clock ticks since boot (/proc/PID/stat field 22);
 * 0 when there is no such process. */
unsigned long long sys_start_time(pid_t pid);
#define SYS_BOOT_ID 37
/* This boot's id (/proc/sys/kernel/random/boot_id). */
int sys_boot_id(char id[SYS_BOOT_ID]);

/* Close every descriptor from LOW on. */
void sys_close_from(int low);

#endif
