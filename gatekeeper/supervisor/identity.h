/* gatekeeper/supervisor/identity.h - identifies the process that runs a unit by
 * pid, start time, boot id and host, since pids are reused. */
#ifndef GATEKEEPER_SUPERVISOR_IDENTITY_H
#define GATEKEEPER_SUPERVISOR_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/sys_proc.h"

#define IDENTITY_HOST 65

struct identity {
    pid_t pid;
    unsigned long long start_time; /* clock ticks since boot */
    char boot_id[SYS_BOOT_ID];
    char host[IDENTITY_HOST];
    unsigned run; /* of a supervisor of many runs the number of this one among
                     them; 0: it has no other */
};

enum identity_state {
    IDENTITY_ALIVE,
    IDENTITY_GONE,      /* has ended */
    IDENTITY_REBOOTED,  /* from an earlier boot of this host */
    IDENTITY_ELSEWHERE, /* on another host: its state is unknown here */
};

/* The name (prctl PR_SET_NAME) of a supervisor that waits because it cannot
 * write the exit record of its ended program. */
#define IDENTITY_WAITS "gatekeeper-wait"

/* Whether the live process ID has that name. */
bool identity_waits(const struct identity *id);
/* Get the identity of this process. */
int identity_self(struct identity *id, struct err *err);
/* Write ID into the unit's directory as NAME, by rename.  No fsync: the process
 * does not survive a crash of the host either. */
int identity_write(int unitfd, const char *name, const struct identity *id,
                   struct err *err);
/* Read an identity file.  -1 with ERR: NOT_FOUND, SYNTAX. */
int identity_read(int unitfd, const char *name, struct identity *id,
                  struct err *err);
/* Read ID from TEXT; -1: TEXT is not an identity, and ID is zeroed. */
int identity_parse(const char *text, struct identity *id);
/* Write ID as one line of text. */
#define IDENTITY_TEXT 256
void identity_text(const struct identity *id, char text[IDENTITY_TEXT]);
/* Find out whether the process ID is alive. */
enum identity_state identity_check(const struct identity *id);

#endif
