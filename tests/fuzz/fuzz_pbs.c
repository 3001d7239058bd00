/* tests/fuzz/fuzz_pbs.c - what the commands of PBS may print: names of jobs are
 * other people's. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/schedulers/batch_answer.h"
#include "gatekeeper/schedulers/pbs_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1), id[SCHED_ID_MAX], line[40];
    struct sched_info *info = calloc(1, sizeof(*info));
    struct batch_lines lines = { .line = NULL };

    memcpy(text, data, size);
    pbs_text_lines(text, &lines);
    for (size_t i = 0; i < lines.n; i++) {
        const struct batch_line *l = &lines.line[i];

        assert(l->id[0] >= '0' && l->id[0] <= '9');
        assert(!l->held || (l->state != NULL && !l->began));
    }
    batch_lines_fini(&lines);
    pbs_text_queues(text, info);
    pbs_text_nodes(text, info);
    assert(info->nshares <= SCHED_SHARES_MAX);
    assert(batch_answer_id(BATCH_PBS, text, id) < 0 || strlen(id) < 20);
    batch_answer_error(BATCH_PBS, text, line, sizeof(line));
    assert(strlen(line) < sizeof(line) && strchr(line, '\n') == NULL);
    (void)batch_answer_transient(BATCH_PBS, text);
    free(info);
    free(text);
    return 0;
}
