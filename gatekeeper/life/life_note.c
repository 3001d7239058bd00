/* gatekeeper/life/life_note.c - events on their way to the applier; see
 * life_core.h. */
#include <stdlib.h>
#include <string.h>

#include "gatekeeper/life/life_core.h"

struct life_note *
life_note_create(const char *id, enum life_event event, int expect)
{
    struct life_note *note = xcalloc(1, sizeof(*note));

    memcpy(note->id, id, UUID_TEXT);
    note->event = event;
    note->expect = expect;
    return note;
}

struct life_mark *
life_note_mark(struct life_note *note, const struct life_task *task,
               enum life_event event, enum task_state expect)
{
    struct life_mark *mark;

    /* The room is always a power of two. */
    if ((note->nmarks & (note->nmarks - 1)) == 0)
        note->mark =
            xrealloc(note->mark, note->nmarks == 0 ? 1 : note->nmarks * 2,
                     sizeof(*note->mark));
    mark = &note->mark[note->nmarks++];
    *mark = (struct life_mark){ .index = life_table_index(task),
                                .attempt = task->attempt,
                                .event = (uint8_t)event,
                                .expect = (int8_t)expect };
    return mark;
}

void
life_note_free(struct life_note *note)
{
    for (size_t i = 0; i < note->nmarks; i++) {
        free(note->mark[i].sched_id);
        free(note->mark[i].fault);
        free(note->mark[i].hosts);
    }
    free(note->mark);
    free(note->account);
    free(note->session);
    free(note->home);
    free(note->fault);
    free(note->record);
    free(note->reason);
    free(note);
}

static void
enqueue(struct life *l, struct life_note *note)
{
    note->next = NULL;
    *l->note_tail = note;
    l->note_tail = &note->next;
    pthread_cond_signal(&l->note_cond);
}

void
life_note_post(struct life *l, struct life_note *note)
{
    lock_take(&l->lock);
    enqueue(l, note);
    lock_release(&l->lock);
}

int
life_note_wait(struct life *l, struct life_note *note, struct err *err)
{
    struct life_wait wait = { .err = ERR_INIT };

    /* cppcheck-suppress autoVariables ; awaited below, and gone by then */
    note->wait = &wait;
    lock_take(&l->lock);
    enqueue(l, note);
    while (!wait.done)
        lock_wait(&l->lock, &l->applied);
    lock_release(&l->lock);
    if (wait.err.code == ERR_OK)
        return 0;
    return err_set(err, wait.err.code, "%s", wait.err.text);
}
