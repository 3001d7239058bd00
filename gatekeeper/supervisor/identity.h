/* gatekeeper/supervisor/identity.h - which process runs a unit: a pid alone is
 * used again, so it is pid + start time + boot id + host. */
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
};

enum identity_state {
    IDENTITY_ALIVE,
    IDENTITY_GONE,      /* ended since */
    IDENTITY_REBOOTED,  /* of an earlier boot of this host */
    IDENTITY_ELSEWHERE, /* of another host: not known from here */
};

/* The name (prctl PR_SET_NAME) of a supervisor whose program has ended and that
 * cannot write the exit record yet. */
#define IDENTITY_WAITS "gatekeeper-wait"

/* Whether the process of ID, which lives, has that name. */
bool identity_waits(const struct identity *id);
/* This process. */
int identity_self(struct identity *id, struct err *err);
/* Put ID into the unit's directory as NAME, by rename; it need not survive a
 * crash of the host, so no fsync. */
int identity_write(int unitfd, const char *name, const struct identity *id,
                   struct err *err);
/* Read it.  -1 with ERR: NOT_FOUND, SYNTAX. */
int identity_read(int unitfd, const char *name, struct identity *id,
                  struct err *err);
/* The same of its text; -1: it names no process, and ID is nobody. */
int identity_parse(const char *text, struct identity *id);
/* ID as text, a line. */
#define IDENTITY_TEXT 256
void identity_text(const struct identity *id, char text[IDENTITY_TEXT]);
/* What became of ID. */
enum identity_state identity_check(const struct identity *id);

#endif
