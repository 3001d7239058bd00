/* gatekeeper/supervisor/proctree.h - finds and signals every process of a run,
 * also after a double fork, setsid or a new process group. */
#ifndef GATEKEEPER_SUPERVISOR_PROCTREE_H
#define GATEKEEPER_SUPERVISOR_PROCTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The environment variable that marks every process of a run. */
#define PROCTREE_MARK "GATEHOUSE_RUN"

/* Send SIG to every descendant of ROOT, but not to ROOT, following the parent
 * pids in /proc.  If ROOT is a subreaper, this finds all.  Returns their
 * number. */
size_t proctree_signal(pid_t root, int sig);
/* Whether PID lives, and was stopped by a signal or a tracer. */
bool proctree_is_stopped(pid_t pid);
/* The children of this process, *n of them, zombies included; the caller frees
 * the array. */
pid_t *proctree_children(size_t *n);
/* Send SIG to every process of this user that was started with
 * GATEHOUSE_RUN=VALUE, such as those left by a killed supervisor.  Zombies do
 * not count.  Returns their number. */
size_t proctree_sweep(const char *value, int sig);

#endif
