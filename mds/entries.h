/* mds/entries.h - the registrations: soft state, durable over kill -9, owned
 * by who registered them; and the document that queries see. */
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
    struct search *search; /* where queries are evaluated; borrowed */
    long query_timeout_ms;
    long query_fair_ms; /* processor time; then it gives way to who waits */
    size_t query_memory, answer_max; /* bytes */
    size_t content_max; /* bytes of one registration, as they are kept */
    int queries_max, queries_waiting; /* evaluated at once; waiting for it */
};

/* Load what is still alive.  SPEC's strings are copied.  -1 with ERR. */
int entries_open(const struct entries_spec *spec, struct entries **r,
                 struct err *err);
/* The base that EPRs are built from, "https://host:port"; before any query. */
void entries_set_url(struct entries *r, const char *service_url);
/* NULL ok. */
void entries_close(struct entries *r);
/* No more queries are answered; those that are being evaluated end soon. */
void entries_end_queries(struct entries *r);

/* Delete ended entries from the disk too; now and then, from one thread. */
void entries_tidy(struct entries *r);

/* A registration as it arrives; strings are borrowed. */
struct registration_in {
    const char *owner;         /* "/C=.." of the registrant */
    const char *member;        /* address of the member service */
    const char *member_params; /* XML of its reference parameters; "" */
    const char *config;        /* XML of the AggregatorConfig; "" */
    const char *data;          /* XML of the AggregatorData; "" */
    long long expires_ms;      /* since 1970 UTC; 0: the longest allowed */
};

/* Take it and return when it is on disk.  The same owner, member and config as
 * an entry that lives replaces its data and keeps its id; *granted_ms is its
 * end.  -1 with ERR: LIMIT, IO, NOSPACE, SYNTAX (DATA is no XML). */
int entries_add(struct entries *r, const struct registration_in *in,
                char id[UUID_TEXT], long long *granted_ms, struct err *err);
/* New end for entry ID of OWNER (NULL: anybody's); *granted_ms is what it got.
 * -1 with ERR: NOT_FOUND (also for another's entry), IO. */
int entries_set_expiry(struct entries *r, const char *id, const char *owner,
                       long long expires_ms, long long *granted_ms,
                       struct err *err);
/* Remove it.  -1 with ERR: NOT_FOUND, IO. */
int entries_remove(struct entries *r, const char *id, const char *owner,
                   struct err *err);
/* Append one of the entry's properties as an element in D: "Content",
 * "MemberEPR", "ServiceGroupEPR", "CurrentTime", "TerminationTime".  -1 with
 * ERR: NOT_FOUND (no such entry), UNSUPPORTED (no such property). */
int entries_entry_property(struct entries *r, const char *id, enum dialect d,
                           const char *name, struct buf *out, struct err *err);
/* Append the group's property NAME in D, as dialect_property() knows them but
 * "Entry": who wants that one queries.  -1 with ERR: UNSUPPORTED. */
int entries_group_property(struct entries *r, enum dialect d, const char *name,
                           struct buf *out, struct err *err);
/* A query; all borrowed. */
struct entries_query {
    enum dialect dialect;
    const char *entry;       /* the entry that is asked; NULL: the group */
    const char *text;        /* XPath 1.0 */
    const xmlNode *scope;    /* its prefixes are in scope there; NULL none */
    bool whole;              /* over one document, by libxml2, in any case */
    bool (*gone)(void *arg); /* nobody waits for it any more; NULL */
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
/* Counters since start. */
void entries_stats(struct entries *r, struct entries_stats *out);

#endif
