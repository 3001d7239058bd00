/* clients/gridrun/gridrun_state.c - GT4's words for job states, and a job in
 * one line. */
#include <string.h>
#include <strings.h>

#include "clients/gridrun/gridrun.h"

static const struct {
    const char *ours, *word; /* NULL: GT4 has no such state */
} words[] = {
    { "New", NULL },
    { "Ready", NULL },
    { "Submitting", NULL },
    { "Held", "Pending" },
    { "StageIn", "StageIn" },
    { "Pending", "Pending" },
    { "Running", "Active" },
    { "Suspended", "Suspended" },
    { "StageOut", "StageOut" },
    { "CleanUp", "CleanUp" },
    { "Done", "Done" },
    { "Finished", "Done" },
    { "Failed", "Failed" },
    { "Cancelled", "Failed" },
};

#define WORDS (sizeof(words) / sizeof(words[0]))

const char *
gridrun_state_word(const char *state, const char *bes_state)
{
    if (state == NULL)
        state = bes_state;
    for (size_t i = 0; state != NULL && i < WORDS; i++)
        if (strcmp(state, words[i].ours) == 0)
            return words[i].word;
    return NULL;
}

/* A word that both GT4 and the site use selects both meanings: Pending also
 * selects Held.  Finished is the BES word for the site's Done. */
size_t
gridrun_state_find(const char *word, const char *states[GRIDRUN_STATES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < WORDS; i++)
        if (strcasecmp(word, words[i].ours) == 0 ||
            (words[i].word != NULL && strcasecmp(word, words[i].word) == 0) ||
            (words[i].word == NULL && strcasecmp(word, "Unsubmitted") == 0))
            states[n++] =
                strcmp(words[i].ours, "Finished") == 0 ? "Done" : words[i].ours;
    return n;
}

void
gridrun_state_row(const char *id, const struct bes_status *st, const char *name,
                  const char *command)
{
    const char *word = gridrun_state_word(st->state, st->bes_state);
    char exit[16] = "-";

    if (st->has_exit)
        snprintf(exit, sizeof(exit), "exit %d", st->exit_code);
    client_say(
        stdout, "%s  %-11s  %-8s  %s  %s  %s%s%s\n", id,
        word != NULL ? word : "Unsubmitted", exit,
        st->nsteps > 0 && st->steps[0].time != NULL ? st->steps[0].time : "-",
        name != NULL ? name : "-", command != NULL ? command : "",
        st->fault != NULL ? "  # " : "", st->fault != NULL ? st->fault : "");
}
