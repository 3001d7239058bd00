/* base/sys_proc.h - processes and identities: only these files call fork and
 * the set*id family (tests/it/0001-layers.t checks it). */
#ifndef BASE_SYS_PROC_H
#define BASE_SYS_PROC_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define SYS_GROUPS_MAX 256
#define SYS_NAME_MAX   64

/* A local account with everything needed to switch to it. */
struct sys_user {
    char name[SYS_NAME_MAX];
    char home[256];
    char shell[64];
    uid_t uid;
    gid_t gid;
    gid_t groups[SYS_GROUPS_MAX];
    int ngroups;
};

/* Find the account NAME. -1 with ERR AUTHZ when it does not exist, has uid 0 or
 * a uid below MIN_UID.  When the caller is not root, only the caller's own
 * account is found, and MIN_UID is ignored. */
int sys_user_lookup(const char *name, uid_t min_uid, struct sys_user *user,
                    struct err *err);
/* Check that USER, from sys_user_lookup(), may be used today. -1 with ERR:
 * AUTHZ when it has expired (shadow(5)), its password is locked ('!' before a
 * hash; '!', '*' and '!*' alone only mean that there is no password) or, with
 * LOGIN_SHELL, its shell is nologin or false; IO when that cannot be read.
 * Skips what only root can read when the caller is not root. */
int sys_user_usable(const struct sys_user *user, bool login_shell,
                    struct err *err);
/* A number that changes when the local account files change. */
unsigned long long sys_user_stamp(void);
/* The account of this process's own uid (uid 0 included). */
int sys_user_self(struct sys_user *user, struct err *err);
/* Switch to USER permanently: groups, gid and uid, all verified afterwards.
 * Already being USER is success. -1 with ERR AUTHZ: the caller must _exit. */
int sys_user_become(const struct sys_user *user, struct err *err);

/* The ids that decide a process's file permissions. */
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

/* How to start a child.  Zeroed fields are the defaults. */
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

/* Start a child.  All other descriptors are closed, signals have their
 * defaults, umask is 077.  Failures up to and including execve are reported
 * here.  If this process has threads, a child with die_with_parent dies with
 * the thread that started it.  Keeps at most SYS_KEEP_MAX descriptors.  Returns
 * the pid, or -1 with ERR. */
pid_t sys_spawn(const struct sys_spawn *s, struct err *err);

/* fork().  The child runs CHILD(arg) and exits with its result; unwritten stdio
 * buffers are discarded there and atexit() handlers do not run. */
pid_t sys_fork(int (*child)(void *arg), void *arg, struct err *err);
/* Continue in a child that leads a new session.  The parent never returns: it
 * exits with 0 when the child writes 'R' to the returned descriptor, else with
 * the child's status. -1 with ERR.  Call before any thread is started. */
int sys_background(struct err *err);

/* For a child that lives as long as its daemon: lead a session, ignore SIGTERM,
 * which the daemon handles, and close the inherited standard descriptors (keep
 * stderr unless QUIET).  An open one would block whoever waits for the end of
 * the command's output. */
void sys_leave_terminal(bool quiet);

/* Start time of PID in clock ticks since boot (/proc/PID/stat field 22), which
 * identifies the process; 0 when it does not exist. */
unsigned long long sys_start_time(pid_t pid);
#define SYS_BOOT_ID 37
/* This boot's id (/proc/sys/kernel/random/boot_id). */
int sys_boot_id(char id[SYS_BOOT_ID]);

/* Close every descriptor from LOW on. */
void sys_close_from(int low);

#endif
