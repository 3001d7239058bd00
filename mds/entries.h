/* mds/entries.h - the registrations: soft state that survives kill -9 and is
 * owned by the registrants; and queries over their document. */
#ifndef MDS_ENTRIES_H
#define MDS_ENTRIES_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/err.h"
#include "wsrf/dialect.h"

struct entries;
struct search;

struct entries_spec {
    const char *path; /* of the database */
    long entries_max;
    long lifetime_max_s;
    struct search *search; /* evaluates queries; borrowed */
    long query_timeout_ms;
    long query_fair_ms; /* processor time after which it yields to waiting
                           queries */
    size_t query_memory, answer_max;  /* bytes */
    size_t content_max;               /* stored bytes of one registration */
    int queries_max, queries_waiting; /* evaluated at once; waiting */
};

/* Load the registrations that have not expired.  SPEC's strings are copied.  -1
 * with ERR. */
int entries_open(const struct entries_spec *spec, struct entries **r,
                 struct err *err);
/* Set the base of EPRs, "https://host:port"; call it before any query. */
void entries_set_url(struct entries *r, const char *service_url);
/* NULL ok. */
void entries_close(struct entries *r);
/* Accept no more queries; those under evaluation end soon. */
void entries_end_queries(struct entries *r);

/* Delete expired entries from the disk; call it regularly from one thread. */
void entries_tidy(struct entries *r);

/* A registration request; strings are borrowed. */
struct registration_in {
    const char *owner;         /* the registrant's DN, "/C=.." */
    const char *member;        /* address of the member service */
    const char *member_params; /* XML of its reference parameters; "" */
    const char *config;        /* XML of the AggregatorConfig; "" */
    const char *data;          /* XML of the AggregatorData; "" */
    long long expires_ms; /* since 1970 UTC; 0: the longest lifetime allowed */
};

/* Add a registration; it is on disk on return.  A live entry with the same
 * owner, member and config keeps its id and gets the new data.  *granted_ms is
 * the expiry.  -1 with ERR: LIMIT, IO, NOSPACE, SYNTAX (DATA is not XML). */
int entries_add(struct entries *r, const struct registration_in *in,
                char id[UUID_TEXT], long long *granted_ms, struct err *err);
/* Set the expiry of OWNER's entry ID (NULL: anybody's); *granted_ms is the
 * expiry granted.  -1 with ERR: NOT_FOUND (also for another owner's entry),
 * IO. */
int entries_set_expiry(struct entries *r, const char *id, const char *owner,
                       long long expires_ms, long long *granted_ms,
                       struct err *err);
/* Remove an entry.  -1 with ERR: NOT_FOUND, IO. */
int entries_remove(struct entries *r, const char *id, const char *owner,
                   struct err *err);
/* Append a property of the entry as an element in D: "Content", "MemberEPR",
 * "ServiceGroupEPR", "CurrentTime" or "TerminationTime".  -1 with ERR:
 * NOT_FOUND (no such entry), UNSUPPORTED (no such property). */
int entries_entry_property(struct entries *r, const char *id, enum dialect d,
                           const char *name, struct buf *out, struct err *err);
/* Append the group's property NAME in D, any of dialect_property() except
 * "Entry", which needs a query.  -1 with ERR: UNSUPPORTED. */
int entries_group_property(struct entries *r, enum dialect d, const char *name,
                           struct buf *out, struct err *err);
/* A query; all fields are borrowed. */
struct entries_query {
    enum dialect dialect;
    const char *entry;    /* the entry that is asked; NULL: the group */
    const char *text;     /* XPath 1.0 */
    const xmlNode *scope; /* node with the prefixes in scope; NULL none */
    bool whole;           /* always evaluate over one document with libxml2 */
    bool (*gone)(void *arg); /* whether the client has gone; NULL */
    void *arg;
};
/* Evaluate Q over the whole property document, as it is now: expired entries
 * are not seen, to the millisecond.  Changes go on meanwhile.  Appends nodes as
 * XML, or the value as text.  -1 with ERR: SYNTAX (expression), LIMIT (time,
 * memory, length, other queries; named), CANCELLED, NOT_FOUND (no such entry).
 */
int entries_query(struct entries *r, const struct entries_query *q,
                  struct buf *out, struct err *err);
/* A registration that lives, as it is shown; all borrowed. */
struct entries_seen {
    const char *id, *member;
    const char *data; /* XML of the AggregatorData */
    long long expires_ms;
};
/* Call FN for each that lives, in their order, or for the one that is ID
 * (NULL: all); -1 of it ends that, and is returned.  -1 with ERR: NOT_FOUND (no
 * such entry). */
int entries_each(struct entries *r, const char *id,
                 int (*fn)(const struct entries_seen *e, void *arg,
                           struct err *err),
                 void *arg, struct err *err);
struct entries_stats {
    long entries;
    unsigned long added, renewed, removed, expired, queries;
};
/* Get the counters since the start. */
void entries_stats(struct entries *r, struct entries_stats *out);

#endif
