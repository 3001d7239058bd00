/* gridftp/proto/facts.h - MLST/MLSD facts (RFC 3659 s.7) as used by GridFTP. */
#ifndef GRIDFTP_PROTO_FACTS_H
#define GRIDFTP_PROTO_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"

enum facts_type {
    FACTS_FILE,
    FACTS_DIR,
    FACTS_CDIR,
    FACTS_PDIR,
    FACTS_SLINK,
    FACTS_PIPE, /* a FIFO */
    FACTS_CHR,  /* devices */
    FACTS_BLK,
    FACTS_SPECIAL, /* a socket, or anything else that is not a file */
    FACTS_OTHER    /* not specified */
};

/* Which facts to write (OPTS MLST); all by default. */
enum facts_mask {
    FACT_TYPE = 1,
    FACT_SIZE = 2,
    FACT_MODIFY = 4,
    FACT_PERM = 8,
    FACT_CHARSET = 16,
    FACT_MODE = 32,
    FACT_OWNER = 64,
    FACT_UID = 128,
    FACT_GROUP = 256,
    FACT_GID = 512,
    FACT_UNIQUE = 1024,
    FACT_SLINK = 2048,
    FACT_ALL = 4095
};

/* One entry; the struct owns its strings. */
struct facts {
    enum facts_type type;
    int64_t size;       /* -1 unknown */
    time_t modify;      /* -1 unknown */
    unsigned mode;      /* permission bits; (unsigned)-1 unknown */
    long long uid, gid; /* -1 unknown */
    char *owner, *group, *perm, *unique, *slink; /* NULL unknown */
    char *name; /* path as on the line; a name with line ends comes from the
                   fact X.name */
};

/* Whether TYPE is neither file, directory nor link. */
bool facts_special(enum facts_type type);
/* Append "Type=file;Size=..; NAME" without a line end. */
void facts_write(const struct facts *f, unsigned mask, struct buf *out);
/* Parse one line (leading blank allowed). -1 with ERR SYNTAX. */
int facts_parse(const char *line, struct facts *f, struct err *err);
/* Free the strings. */
void facts_fini(struct facts *f);

#endif
