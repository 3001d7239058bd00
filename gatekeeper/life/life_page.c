/* gatekeeper/life/life_page.c - an owner's jobs in pages (life.h): which they
 * are from memory, their names and commands from the store, a page at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "gatekeeper/life/life_core.h"

/* Where the page begins: the newest job, or the one older than AFTER. */
static int
find_start(struct life *l, const struct life_query *q, struct life_job **job,
           struct err *err)
{
    *job = l->newest;
    if (q->after == NULL)
        return 0;
    *job = life_table_own(l, q->owner, q->after);
    if (*job == NULL)
        return err_set(err, ERR_NOT_FOUND,
                       "job '%s' is not here: begin the list again", q->after);
    *job = (*job)->older;
    return 0;
}

static bool
is_asked_for(const struct life_query *q, const struct life_job *job)
{
    return !job->wiped && strcmp(job->owner->dn, q->owner) == 0 &&
           (q->states == 0 || (q->states >> job->state & 1) != 0);
}

/* The ids of the page. */
static int
choose_jobs(struct life *l, const struct life_query *q, struct life_page *page,
            struct err *err)
{
    struct life_job *job;
    int rc;

    lock_take(&l->lock);
    rc = find_start(l, q, &job, err);
    if (rc == 0)
        page->of = xcalloc((q->max < l->njobs ? q->max : l->njobs) + 1,
                           sizeof(*page->of));
    for (; rc == 0 && job != NULL; job = job->older) {
        if (!is_asked_for(q, job))
            continue;
        if (page->n == q->max) {
            memcpy(page->next, page->of[page->n - 1].view.id, UUID_TEXT);
            break;
        }
        memcpy(page->of[page->n++].view.id, job->id, UUID_TEXT);
    }
    lock_release(&l->lock);
    return rc;
}

/* Program and arguments of RECORD in one line, cut between two characters. */
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

/* What memory and store know of the job; false when it has gone. */
static bool
fill(struct life *l, const struct life_query *q, struct life_entry *e)
{
    struct store_job kept;
    struct job record;
    char id[UUID_TEXT];

    memcpy(id, e->view.id, UUID_TEXT);
    if (life_view(l, q->owner, id, &e->view, NULL) < 0)
        return false;
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
life_page(struct life *l, const struct life_query *q, struct life_page *page,
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
        free(page->of[i].name);
        free(page->of[i].command);
    }
    free(page->of);
    *page = (struct life_page){ .n = 0 };
}
