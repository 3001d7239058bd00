/* gatekeeper/runner/helper_spawn.c - see helper_spawn.h. */
#include "gatekeeper/runner/helper_spawn.h"

#include <stdlib.h>

#include "base/testpoint.h"
#include "gatekeeper/supervisor/proctree.h"

pid_t
helper_spawn(const struct helper *h, const struct helper_spawn *s,
             struct err *err)
{
    const char *envp[3] = { NULL }, *point = test_point_rules();
    const int keep[] = { s->fd, h->program[RUNNER_PROGRAM_JOB],
                         h->program[RUNNER_PROGRAM_GRIDCP] };
    char *cwd =
        xasprintf("%s/%s%s%s", h->sessions, h->user.name,
                  s->job != NULL ? "/" : "", s->job != NULL ? s->job : "");
    char *mark =
        s->mark == NULL ? NULL : xasprintf("%s=%s", PROCTREE_MARK, s->mark);
    char *setting =
        point == NULL ? NULL : xasprintf("GATEHOUSE_TEST_POINT=%s", point);
    struct sys_spawn spawn = { .path = "/proc/self/fd/4",
                               .cwd = cwd,
                               .fd = { -1, -1, -1 },
                               .keep = keep,
                               .nkeep = s->gridcp ? 3 : 2,
                               .new_session = true };
    union {
        const char **c;
        char *const *v;
    } args = { .c = s->argv }, env = { .c = envp };
    size_t n = 0;
    pid_t pid;

    if (mark != NULL)
        envp[n++] = mark; /* found even if the session's files are lost */
    envp[n] = setting;
    spawn.argv = args.v;
    spawn.envp = env.v;
    test_point("run.start");
    pid = sys_spawn(&spawn, err);
    free(cwd);
    free(mark);
    free(setting);
    return pid;
}
