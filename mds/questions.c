/* mds/questions.c - see questions.h. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/lock.h"
#include "base/xml.h"
#include "mds/entry_show.h"
#include "mds/querygate.h"
#include "mds/questions.h"
#include "mds/search.h"
#include "mds/xplan.h"

struct questions {
    struct lock lock; /* guards search and told */
    struct search *search;
    struct view_when told[DIALECT_COUNT]; /* what its documents contain */
    long timeout_ms;
    size_t memory_max, answer_max; /* bytes */
    struct querygate *gate;
    atomic_ulong count;
};

struct questions *
questions_create(const struct entries_spec *spec)
{
    struct questions *qs = xcalloc(1, sizeof(*qs));

    lock_init(&qs->lock, LOCK_index_search);
    qs->search = spec->search;
    qs->timeout_ms = spec->query_timeout_ms;
    qs->memory_max = spec->query_memory;
    qs->answer_max = spec->answer_max;
    qs->gate = querygate_create(spec->queries_max > 0 ? spec->queries_max : 1,
                                spec->queries_waiting, spec->query_fair_ms);
    return qs;
}

void
questions_destroy(struct questions *qs)
{
    if (qs == NULL)
        return;
    querygate_destroy(qs->gate);
    for (int d = 0; d < DIALECT_COUNT; d++)
        view_unref(qs->told[d].view);
    lock_fini(&qs->lock);
    free(qs);
}

void
questions_end(struct questions *qs)
{
    querygate_end(qs->gate);
}

unsigned long
questions_count(const struct questions *qs)
{
    return atomic_load(&qs->count);
}

/* ---- the librarian's documents ---- */

/* An update of a document. */
struct telling {
    struct search *search;
    const struct question *q;
};

static void
tell(unsigned slot, const struct entry *before, const struct entry *after,
     void *arg)
{
    const struct telling *t = arg;
    enum dialect d = t->q->asked->dialect;
    struct buf text = BUF_INIT;

    if (after == NULL) {
        search_drop(t->search, d, slot);
        return;
    }
    if (before != NULL && before->text == after->text &&
        strcmp(before->id, after->id) == 0)
        return; /* a renewal */
    entry_show(after, d, t->q->entry_url, &text);
    search_put(t->search, d, slot, text.data, text.len);
    buf_fini(&text);
}

/* Bring the document of D up to NOW; the lock is held. */
static int
update(struct questions *qs, const struct question *q,
       const struct view_when *now, struct err *err)
{
    struct telling t = { qs->search, q };
    struct view_when *told = &qs->told[q->asked->dialect];

    if (!search_has(qs->search, q->asked->dialect)) {
        view_unref(told->view);
        *told = (struct view_when){ .view = NULL };
        if (search_begin(qs->search, q->asked->dialect, err) < 0)
            return -1;
    }
    view_changes(told, now, tell, &t);
    view_unref(told->view);
    *told = (struct view_when){ view_ref(now->view), now->now_ms };
    return 0;
}

/* Ask SQ of the document that there is at this moment, or of Q's own. */
static int
ask(struct questions *qs, const struct question *q, struct search_query *sq,
    int *answer, struct err *err)
{
    struct view_when now = { .now_ms = time_now_ms() };
    struct err lost = ERR_INIT;
    int rc = -1;

    lock_take(&qs->lock);
    now.view = entry_table_view(q->table);
    sq->now_ms = now.now_ms;
    /* The librarian may have ended: try once more with a new one. */
    for (int i = 0; i < 2 && rc < 0; i++) {
        lost = (struct err)ERR_INIT;
        rc = q->document != NULL ? 0 : update(qs, q, &now, &lost);
        if (rc == 0)
            rc = search_ask(qs->search, sq, answer, &lost);
    }
    view_unref(now.view);
    lock_release(&qs->lock);
    if (rc < 0)
        *err = lost;
    return rc;
}

/* ---- waiting ---- */

/* A query under evaluation. */
struct waiting {
    struct questions *qs;
    struct query_place *place;
    const struct entries_query *asked;
};

static int
tick(void *arg, long long used_ms, struct err *err)
{
    const struct waiting *w = arg;

    if (w->asked->gone != NULL && w->asked->gone(w->asked->arg))
        return err_set(err, ERR_CANCELLED, "the caller has gone");
    return querygate_stay(w->qs->gate, w->place, used_ms, err);
}

/* Evaluate W's query in a process. */
static int
ask_process(const struct question *q, struct waiting *w, struct buf *out,
            struct err *err)
{
    struct questions *qs = w->qs;
    struct search_wait wait = { .tick = tick, .arg = w };
    const char **ns = xml_prefixes(w->asked->scope);
    struct search_query sq = { .dialect = w->asked->dialect,
                               .text = w->asked->text,
                               .ns = ns,
                               .document = q->document,
                               .answer_max = qs->answer_max,
                               .memory_max = qs->memory_max,
                               .timeout_ms = qs->timeout_ms };
    int answer, rc = ask(qs, q, &sq, &answer, err);

    wait.end_ms = time_mono_ms() + qs->timeout_ms;
    if (rc == 0)
        rc = search_wait(answer, &sq, &wait, out, err);
    free(ns);
    return rc;
}

/* ---- entry by entry ---- */

/* A query that this thread evaluates. */
struct scan {
    struct waiting *w;
    long long end_ms;   /* time_mono_ms() */
    long long begun_ms; /* processor time of this thread */
    struct err err;
};

static long long
processor_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* xplan_spec.tick */
static bool
scan_ends(void *arg)
{
    struct scan *s = arg;
    long timeout = s->w->qs->timeout_ms;

    if (time_mono_ms() >= s->end_ms)
        return err_set(&s->err, ERR_LIMIT,
                       "the query takes longer than the %ld ms allowed here "
                       "(mds.query_timeout): ask for less",
                       timeout) < 0;
    return tick(s->w, processor_ms() - s->begun_ms, &s->err) < 0;
}

/* Answer Q entry by entry. 1, or 0: Q cannot be answered so; -1 with ERR. */
static int
scan(const struct question *q, struct waiting *w, struct buf *out,
     struct err *err)
{
    struct questions *qs = w->qs;
    struct scan s = { .w = w,
                      .end_ms = time_mono_ms() + qs->timeout_ms,
                      .begun_ms = processor_ms(),
                      .err = ERR_INIT };
    struct view_when when = { entry_table_view(q->table), time_now_ms() };
    const char **ns = xml_prefixes(w->asked->scope);
    const struct xplan_spec spec = { .text = w->asked->text,
                                     .ns = ns,
                                     .dialect = w->asked->dialect,
                                     .names = q->names,
                                     .table = q->table,
                                     .entry_url = q->entry_url,
                                     .when = when,
                                     .answer_max = qs->answer_max,
                                     .tick = scan_ends,
                                     .arg = &s };
    enum xplan_end end = xplan_answer(&spec, out);

    view_unref(when.view);
    free(ns);
    if (end == XPLAN_OVER) {
        *err = s.err;
        return -1;
    }
    if (end == XPLAN_LONG)
        return err_set(err, ERR_LIMIT,
                       "the answer is longer than %zu bytes (mds.answer_max): "
                       "ask for less",
                       qs->answer_max);
    return end == XPLAN_DONE;
}

int
questions_ask(struct questions *qs, const struct question *q, struct buf *out,
              struct err *err)
{
    struct waiting w = { qs, querygate_enter(qs->gate, err), q->asked };
    int rc;

    if (w.place == NULL)
        return -1;
    atomic_fetch_add(&qs->count, 1);
    rc = q->asked->whole || q->document != NULL ? 0 : scan(q, &w, out, err);
    rc = rc == 0 ? ask_process(q, &w, out, err) : rc < 0 ? -1 : 0;
    querygate_leave(qs->gate, w.place);
    return rc;
}
