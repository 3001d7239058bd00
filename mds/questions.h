/* mds/questions.h - evaluates queries: how many at once, and by which method;
 * keeps the search process's documents up to date (search.h). */
#ifndef MDS_QUESTIONS_H
#define MDS_QUESTIONS_H

#include "mds/entries.h"
#include "mds/entry_table.h"

struct questions;

/* Create with the limits and the search of SPEC; SPEC is borrowed for the
 * call. */
struct questions *questions_create(const struct entries_spec *spec);
/* NULL ok; there must be no queries. */
void questions_destroy(struct questions *qs);
/* Accept no more queries; those under evaluation end soon. */
void questions_end(struct questions *qs);
/* The number of queries so far. */
unsigned long questions_count(const struct questions *qs);

/* A query and the data it is about; all fields are borrowed. */
struct question {
    const struct entries_query *asked;
    struct entry_table *table;
    struct tagnames *names;
    const char *entry_url;      /* the address of entry EPRs */
    const struct buf *document; /* of the one entry that is asked; NULL */
};
/* Evaluate Q; see entries_query(). */
int questions_ask(struct questions *qs, const struct question *q,
                  struct buf *out, struct err *err);

#endif
