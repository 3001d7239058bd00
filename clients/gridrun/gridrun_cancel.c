/* clients/gridrun/gridrun_cancel.c - cancelling a job, and blocking signals. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "clients/gridrun/gridrun.h"

/* Whether the job is over or ending: there is nothing to cancel. */
static bool
is_over(struct gridrun *g, const struct job_ref *ref, char **word)
{
    struct bes_status st;
    bool over = bes_get_status(&g->site, ref->handle, &st, NULL) == 0 &&
                (bes_status_final(&st) ||
                 (st.state != NULL && strcmp(st.state, "CleanUp") == 0));

    if (over)
        *word = xstrdup(gridrun_state_word(st.state, st.bes_state));
    bes_status_fini(&st);
    return over;
}

int
gridrun_cancel(struct gridrun *g, const struct job_ref *ref, struct err *err)
{
    char *word = NULL;

    gridrun_say(g, "Canceling...");
    if (bes_terminate(&g->site, ref->handle, err) == 0) {
        gridrun_say(g, "Canceled.\n");
        return 0;
    }
    if (err->code == ERR_STATE && is_over(g, ref, &word)) {
        gridrun_say(g, "it is over already: %s.\n", word);
        free(word);
        *err = (struct err)ERR_INIT;
        return 0;
    }
    gridrun_say(g, "Failed.\n");
    return err_wrap(err, "Error canceling job");
}

/* Signals are blocked during the submission until the answer, with the job's
 * id, has arrived. */
void
gridrun_hold_signals(bool hold)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(hold ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}
