/* clients/gridcp/gridcp_walk.h - directories of either side, turned into tasks.
 */
#ifndef CLIENTS_GRIDCP_WALK_H
#define CLIENTS_GRIDCP_WALK_H

#include "clients/gridcp/gridcp.h"
#include "clients/gridcp/gridcp_entries.h"
#include "clients/gridcp/gridcp_pairs.h"

#define GRIDCP_WALK_DEPTH 100
/* Directories that are asked for in one run. */
#define GRIDCP_WALK_AHEAD 32

/* The sessions that listing and making directories need; zero it. */
struct gridcp_walk {
    struct gridcp *g;
    bool copying;           /* what cannot be copied is left out, aloud */
    bool last;              /* nothing is expanded after this */
    bool matched;           /* something has the name that is asked for */
    uint64_t entry;         /* the pair that is being expanded, .. */
    int64_t offset, length; /* .. what of each file; < 0 not given */
    struct ftpclient *src, *dst;
    struct gridcp_site *src_site, *dst_site;
};

/* The directories above one. */
struct gridcp_above {
    const struct gridcp_above *up;
    const char *unique; /* the directory's alone; NULL unknown */
};

/* The names in a directory, by strcmp(). */
struct gridcp_names {
    struct gridcp_name *at;
    size_t n;
};

/* Whether the last part of URL, as typed, is a pattern (and no file's name). */
bool gridcp_dir_is_pattern(const struct gridcp_end *end, const char *url);
/* Queue all files of directory SRC, or those that match its last part, and
 * with -r those below; directories are made at DST.  -1 with ERR. */
int gridcp_walk(struct gridcp_walk *w, const struct gridcp_end *src,
                const struct gridcp_end *dst, struct err *err);
/* PAIR led nowhere: said, counted, kept for -df, and the end of the run unless
 * -c.  ERR is used up. */
void gridcp_walk_failed(struct gridcp *g, const struct gridcp_pair *pair,
                        struct err *err);
/* Nothing more is to be listed or made: the sessions go to those who copy. */
void gridcp_walk_fini(struct gridcp_walk *w);
/* T is ready for the workers; it is the queue's now, or gone when it was done
 * before or the run is stopping.  Always 0. */
int gridcp_walk_found(struct gridcp *g, struct gridcp_task *t);

/* gridcp_dir.c: the session of one side with SITE, opened when first needed,
 * then for FIRST.  -1 with ERR. */
int gridcp_dir_session(struct gridcp_walk *w, struct gridcp_site *site,
                       bool source, const struct ftpclient_first *first,
                       struct ftpclient **out, struct err *err);
/* The names in DIR of the SOURCE or the destination, in order;
 * gridcp_dir_fini() them, failed or not. */
int gridcp_dir_names(struct gridcp_walk *w, const struct gridcp_end *dir,
                     bool source, struct gridcp_names *names, struct err *err);
/* Whether source END at a server is a directory. */
bool gridcp_dir_is(struct gridcp_walk *w, const struct gridcp_end *end);
/* Make directory DIR; one that is there is fine.  PARENTS: those that are
 * missing above it, too. */
int gridcp_dir_make(struct gridcp_walk *w, const struct gridcp_end *dir,
                    bool parents, struct err *err);
/* Make the N directories DIRS of one site, all at once where that costs round
 * trips; MADE: which of them are there now.  The others are for
 * gridcp_dir_make(), which says what is wrong with them. */
void gridcp_dir_make_all(struct gridcp_walk *w,
                         const struct gridcp_end *const *dirs, size_t n,
                         bool *made);
/* Free the names. */
void gridcp_dir_fini(struct gridcp_names *names);

#endif
