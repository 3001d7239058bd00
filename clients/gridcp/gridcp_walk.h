/* clients/gridcp/gridcp_walk.h - expand directories of either side to tasks. */
#ifndef CLIENTS_GRIDCP_WALK_H
#define CLIENTS_GRIDCP_WALK_H

#include "clients/gridcp/gridcp.h"
#include "clients/gridcp/gridcp_entries.h"
#include "clients/gridcp/gridcp_pairs.h"

#define GRIDCP_WALK_DEPTH 100
/* Most directories listed in one run. */
#define GRIDCP_WALK_AHEAD 32

/* The sessions for listing and making directories; initialise with zero. */
struct gridcp_walk {
    struct gridcp *g;
    bool copying;           /* report entries that cannot be copied */
    bool last;              /* nothing is expanded after this */
    bool matched;           /* some name matched */
    uint64_t entry;         /* the current pair, .. */
    int64_t offset, length; /* .. and the part of each file; < 0 not given */
    struct ftpclient *src, *dst;
    struct gridcp_site *src_site, *dst_site;
};

/* The ancestors of a directory. */
struct gridcp_above {
    const struct gridcp_above *up;
    const char *unique; /* identifies the directory; NULL unknown */
};

/* The names in a directory, sorted by strcmp(). */
struct gridcp_names {
    struct gridcp_name *at;
    size_t n;
};

/* Whether the last component of URL, as typed, is a pattern (and not a file's
 * name). */
bool gridcp_dir_is_pattern(const struct gridcp_end *end, const char *url);
/* Queue all files of directory SRC, or those that match its last component, and
 * with -r those below; makes directories at DST. -1 with ERR. */
int gridcp_walk(struct gridcp_walk *w, const struct gridcp_end *src,
                const struct gridcp_end *dst, struct err *err);
/* PAIR failed: report and count it, record it for -df, and end the run unless
 * -c.  Consumes ERR. */
void gridcp_walk_failed(struct gridcp *g, const struct gridcp_pair *pair,
                        struct err *err);
/* Nothing more will be listed or made: hand the sessions over to the
 * workers. */
void gridcp_walk_fini(struct gridcp_walk *w);
/* Queue T, which is complete.  The queue owns it afterwards; it is freed if it
 * was done before or the run is stopping.  Always 0. */
int gridcp_walk_found(struct gridcp *g, struct gridcp_task *t);

/* gridcp_dir.c: the session with SITE for one side, opened when first needed
 * with the first request FIRST. -1 with ERR. */
int gridcp_dir_session(struct gridcp_walk *w, struct gridcp_site *site,
                       bool source, const struct ftpclient_first *first,
                       struct ftpclient **out, struct err *err);
/* The sorted names in DIR of the SOURCE or the destination; free with
 * gridcp_dir_fini(), also on failure. */
int gridcp_dir_names(struct gridcp_walk *w, const struct gridcp_end *dir,
                     bool source, struct gridcp_names *names, struct err *err);
/* Whether END, a source at a server, is a directory. */
bool gridcp_dir_is(struct gridcp_walk *w, const struct gridcp_end *end);
/* Make directory DIR; an existing one is fine.  PARENTS: also missing
 * parents. */
int gridcp_dir_make(struct gridcp_walk *w, const struct gridcp_end *dir,
                    bool parents, struct err *err);
/* Make the N directories DIRS of one site, pipelined if round trips matter;
 * MADE: which exist now.  Use gridcp_dir_make() for the others to get the
 * error. */
void gridcp_dir_make_all(struct gridcp_walk *w,
                         const struct gridcp_end *const *dirs, size_t n,
                         bool *made);
/* Free the names. */
void gridcp_dir_fini(struct gridcp_names *names);

#endif
