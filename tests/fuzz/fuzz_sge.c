/* tests/fuzz/fuzz_sge.c - what Grid Engine's commands may print: names of jobs
 * are other people's. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/schedulers/batch_answer.h"
#include "gatekeeper/schedulers/sge_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_lines(struct buf *text)
{
    struct batch_lines lines;

    if (sge_text_lines(text, &lines, NULL) < 0)
        return;
    for (size_t i = 0; i < lines.n; i++) {
        const struct batch_line *l = &lines.line[i];

        assert(l->id[0] >= '0' && l->id[0] <= '9');
        assert(i == 0 || strcmp(l[-1].name, l->name) <= 0);
        assert(!l->held || (l->state != NULL && !l->began));
    }
    sge_text_reasons(buf_str(text), &lines);
    batch_lines_fini(&lines);
}

static void
try_site(struct buf *text)
{
    struct sched_info *info = calloc(1, sizeof(*info));

    if (sge_text_queues(text, info, NULL) == 0)
        for (size_t i = 0; i < info->nshares; i++)
            assert(info->share[i].name[0] != '\0' &&
                   info->share[i].free_slots >= 0);
    sge_text_limits(buf_str(text), info);
    (void)sge_text_load(text, info, NULL);
    assert(info->nshares <= SCHED_SHARES_MAX);
    free(info);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf text = BUF_INIT;
    char id[SCHED_ID_MAX], line[40], said[100];
    struct batch_lines one = { .line = NULL };

    buf_add(&text, (const char *)data, size);
    try_lines(&text);
    try_site(&text);
    memcpy(batch_lines_add(&one)->id, "2", 2);
    sge_text_reasons(buf_str(&text), &one);
    batch_lines_fini(&one);
    assert(batch_answer_id(BATCH_SGE, buf_str(&text), id) < 0 ||
           strlen(id) < 20);
    batch_answer_error(BATCH_SGE, buf_str(&text), line, sizeof(line));
    assert(strlen(line) < sizeof(line) && strchr(line, '\n') == NULL);
    (void)batch_answer_transient(BATCH_SGE, buf_str(&text));
    (void)sge_text_history(buf_str(&text), said, sizeof(said));
    assert(sge_text_time(buf_str(&text)) >= -1);
    buf_fini(&text);
    return 0;
}
