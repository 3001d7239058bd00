/* mds/questions.h - queries: how many at once, where each is evaluated, and
 * what the process that holds a document was told (search.h). */
#ifndef MDS_QUESTIONS_H
#define MDS_QUESTIONS_H

#include "mds/entries.h"
#include "mds/entry_table.h"

struct questions;

/* The limits and the search of SPEC, which is borrowed only for the call. */
struct questions *questions_create(const struct entries_spec *spec);
/* NULL ok; nobody asks any more. */
void questions_destroy(struct questions *qs);
/* No more is answered; those that are being evaluated end soon. */
void questions_end(struct questions *qs);
/* How many were asked. */
unsigned long questions_count(const struct questions *qs);

/* What is asked, of whom; all borrowed. */
struct question {
    const struct entries_query *asked;
    struct entry_table *table;
    struct tagnames *names;
    const char *entry_url;      /* address of entry EPRs */
    const struct buf *document; /* of the one entry that is asked; NULL */
};
/* As entries_query(). */
int questions_ask(struct questions *qs, const struct question *q,
                  struct buf *out, struct err *err);

#endif
