/* gatekeeper/supervisor/proctree.h - reaching every process of a run, whatever
 * it did to get away (double fork, setsid, new process group). */
#ifndef GATEKEEPER_SUPERVISOR_PROCTREE_H
#define GATEKEEPER_SUPERVISOR_PROCTREE_H

#include <stddef.h>
#include <sys/types.h>

/* Variable that marks every process of a run in its first environment. */
#define PROCTREE_MARK "GATEHOUSE_RUN"

/* Send SIG to every descendant of ROOT, itself left out, by the parents that
 * /proc names: all of them when ROOT is their subreaper.  Returns how many. */
size_t proctree_signal(pid_t root, int sig);
/* The children of this process, zombies too, as the caller's to free();
 * *n of them. */
pid_t *proctree_children(size_t *n);
/* Send SIG to every process of this user that was started with
 * GATEHOUSE_RUN=VALUE: what a supervisor that was killed left behind. Zombies
 * do not count.  Returns how many. */
size_t proctree_sweep(const char *value, int sig);

#endif
