/* mds/search.h - queries over the group's document, each in its own process: a
 * thread inside libxml2 cannot be stopped, but a process can be killed.
 *
 *   daemon --> nursery --> librarian --> one child for each query
 *
 * The nursery is forked first, before keys are read and threads are made, and
 * forks librarians.  The librarian (librarian.h) only holds the documents:
 * before each question it gets the changes over one stream.  A query's child
 * has the document as of the time of the query. */
#ifndef MDS_SEARCH_H
#define MDS_SEARCH_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/err.h"
#include "base/sys_proc.h"
#include "wsrf/dialect.h"

struct search;

/* Fork the nursery, before any thread exists.  It becomes USER (NULL: no
 * change), leads its own session, and has no terminal; it keeps standard error
 * unless QUIET.  -1 with ERR. */
int search_open(const struct sys_user *user, bool quiet, struct search **s,
                struct err *err);
/* End all search processes.  NULL ok. */
void search_close(struct search *s);

/* The caller must serialise the calls from here to search_ask() with one lock.
 * They wait for the librarian, which never evaluates anything itself. */

/* Whether there is a document of D. */
bool search_has(const struct search *s, enum dialect d);
/* Start an empty document of D. -1 with ERR: there are no documents then. */
int search_begin(struct search *s, enum dialect d, struct err *err);
/* Put the element XML[0..LEN) at SLOT into the document of D, replacing what is
 * there; the document is in slot order.  If the librarian has ended,
 * search_has() tells. */
void search_put(struct search *s, enum dialect d, unsigned slot,
                const char *xml, size_t len);
/* Remove the element at SLOT. */
void search_drop(struct search *s, enum dialect d, unsigned slot);

/* A query; all fields are borrowed. */
struct search_query {
    enum dialect dialect;
    const char *text;      /* XPath 1.0 */
    const char *const *ns; /* prefix, namespace, ..., NULL; NULL: none */
    /* XML of the document to ask, which is not the group's; NULL: the group's
     */
    const struct buf *document;
    long long now_ms;              /* the CurrentTime of the group's */
    size_t answer_max, memory_max; /* bytes */
    long timeout_ms;
};
/* Send Q; read the answer from the descriptor *answer with search_wait().  -1
 * with ERR: UNREACHABLE if the librarian has ended. */
int search_ask(struct search *s, const struct search_query *q, int *answer,
               struct err *err);

/* How long to wait. */
struct search_wait {
    long long end_ms; /* time_mono_ms() */
    /* called about every SEARCH_TICK_MS with the processor time in ms that the
     * query has used; -1 with ERR ends the query */
    int (*tick)(void *arg, long long used_ms, struct err *err);
    void *arg;
};
#define SEARCH_TICK_MS 25

/* Wait for the answer to Q on ANSWER, which is then closed, and append it to
 * OUT.  The query ends when this returns, answered or not.  -1 with ERR: SYNTAX
 * (expression), LIMIT (time, memory, length), or the error of tick(). */
int search_wait(int answer, const struct search_query *q,
                const struct search_wait *w, struct buf *out, struct err *err);

#endif
