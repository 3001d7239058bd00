/* gatekeeper/schedulers/batch_words.c - a job's requirements as arguments of
 * the submitting command; see batch.h. */
#include <stdio.h>

#include "gatekeeper/schedulers/batch.h"
#include "gatekeeper/supervisor/launch.h"

long
batch_words_number(long n)
{
    return n > 1 ? n : 1;
}

const char *
batch_words_text(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : "-";
}

long
batch_words_mpirun(const char *mpirun, const struct job *job, struct buf *spec)
{
    char ranks[BATCH_TEXT];

    if (job->type != JOB_MPI)
        return job->type == JOB_MULTIPLE ? batch_words_number(job->count) : 1;
    snprintf(ranks, sizeof(ranks), "%ld", batch_words_number(job->count));
    launch_add(spec, "launcher", mpirun);
    launch_add(spec, "launcher", "-np");
    launch_add(spec, "launcher", ranks);
    return 1;
}
