/* tests/fuzz/fuzz_slurm.c - what Slurm's commands may print: names of jobs are
 * other people's. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/schedulers/batch_answer.h"
#include "gatekeeper/schedulers/slurm_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_lines(const char *text)
{
    struct batch_lines lines;

    if (slurm_text_lines(text, "M4rk", &lines, NULL) < 0)
        return;
    for (size_t i = 0; i < lines.n; i++) {
        const struct batch_line *l = &lines.line[i], *first;
        size_t n;

        assert(l->id[0] >= '0' && l->id[0] <= '9');
        assert(i == 0 || strcmp(l[-1].name, l->name) <= 0);
        first = batch_lines_named(&lines, l->name, &n);
        assert(first != NULL && n > 0 && first <= l && l < first + n);
        assert(!l->held || l->state != NULL);
    }
    batch_lines_fini(&lines);
}

static void
try_site(const char *text)
{
    struct sched_info *info = calloc(1, sizeof(*info));

    if (slurm_text_shares(text, info, NULL) == 0)
        for (size_t i = 0; i < info->nshares; i++)
            assert(info->share[i].name[0] != '\0' &&
                   info->share[i].free_slots >= 0);
    slurm_text_load(text, info);
    assert(info->nshares <= SCHED_SHARES_MAX);
    free(info);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1), id[SCHED_ID_MAX], line[40];

    memcpy(text, data, size);
    try_lines(text);
    try_site(text);
    assert(batch_answer_id(BATCH_SLURM, text, id) < 0 || strlen(id) < 20);
    batch_answer_error(BATCH_SLURM, text, line, sizeof(line));
    assert(strlen(line) < sizeof(line) && strchr(line, '\n') == NULL);
    (void)batch_answer_transient(BATCH_SLURM, text);
    assert(slurm_text_time(text) >= -1);
    (void)slurm_text_history(text);
    free(text);
    return 0;
}
