/* gatekeeper/life/life_page.c - pages of an owner's jobs, or of all (life.h),
 * with names and commands from the store. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "gatekeeper/life/life_core.h"

/* Get the job ids of the page. */
static int
choose_jobs(struct life *l, const struct store_filter *q,
            struct life_page *page, struct err *err)
{
    struct store_page found;

    if (l->store->list(l->store_self, q, &found, err) < 0)
        return -1;
    page->of = xcalloc(found.n + 1, sizeof(*page->of));
    page->n = found.n;
    for (size_t i = 0; i < found.n; i++)
        memcpy(page->of[i].view.id, found.id[i], UUID_TEXT);
    if (found.more)
        memcpy(page->next, found.id[found.n - 1], UUID_TEXT);
    free(found.id);
    return 0;
}

/* Program and arguments of RECORD in one line, truncated between characters. */
static char *
command_of(const struct job *record)
{
    struct buf text = BUF_INIT;
    size_t n = 0, step;
    uint32_t c;

    buf_adds(&text, record->executable);
    for (size_t i = 0; i < record->nargs && text.len <= LIFE_COMMAND_MAX; i++)
        buf_addf(&text, " %s", record->args[i]);
    while (n < text.len) {
        step = utf8_decode(text.data + n, text.len - n, &c);
        if (step == 0 || n + step > LIFE_COMMAND_MAX)
            break;
        n += step;
    }
    text.data[n] = '\0';
    return buf_detach(&text);
}

/* Fill E from memory and store; false if the job is gone. */
static bool
fill(struct life *l, const struct store_filter *q, struct life_entry *e)
{
    struct store_job kept;
    struct job record;
    char id[UUID_TEXT];

    memcpy(id, e->view.id, UUID_TEXT);
    if (q->owner != NULL)
        e->owner = xstrdup(q->owner);
    else if (life_owner(l, id, &e->owner, NULL) < 0)
        return false;
    if (life_view(l, e->owner, id, &e->view, NULL) < 0) {
        free(e->owner);
        e->owner = NULL;
        return false;
    }
    if (l->store->load(l->store_self, id, &kept, NULL) < 0)
        return true;
    if (job_from_json(kept.record, &record, NULL) == 0) {
        e->name = record.name != NULL ? xstrdup(record.name) : NULL;
        e->command = command_of(&record);
        job_fini(&record);
    }
    store_job_fini(&kept);
    return true;
}

int
life_page(struct life *l, const struct store_filter *q, struct life_page *page,
          struct err *err)
{
    size_t n = 0;

    *page = (struct life_page){ .n = 0 };
    if (choose_jobs(l, q, page, err) < 0)
        return -1;
    for (size_t i = 0; i < page->n; i++) {
        if (n != i)
            page->of[n] = page->of[i];
        if (fill(l, q, &page->of[n]))
            n++;
    }
    page->n = n;
    return 0;
}

void
life_page_fini(struct life_page *page)
{
    for (size_t i = 0; i < page->n; i++) {
        life_view_fini(&page->of[i].view);
        free(page->of[i].owner);
        free(page->of[i].name);
        free(page->of[i].command);
    }
    free(page->of);
    *page = (struct life_page){ .n = 0 };
}
