/* mds/dialect.c - see dialect.h. */
#include <string.h>

#include "mds/dialect.h"

#define DRAFT(name)                                                          \
    "http://docs.oasis-open.org/wsrf/2004/06/wsrf-WS-" name "-1.2-draft-01." \
    "xsd"
#define FINAL(name) "http://docs.oasis-open.org/wsrf/" name

static const struct dialect_names names[DIALECT_COUNT] = {
    [DIALECT_FINAL] = { WSA_V200508, FINAL("sg-2"), FINAL("rp-2"),
                        FINAL("rl-2"), FINAL("bf-2") },
    [DIALECT_DRAFT] = { WSA_V200403, DRAFT("ServiceGroup"),
                        DRAFT("ResourceProperties"), DRAFT("ResourceLifetime"),
                        DRAFT("BaseFaults") },
};

const struct dialect_names *
dialect_names(enum dialect d)
{
    return &names[d];
}

enum dialect
dialect_of(const char *ns)
{
    return ns != NULL && strstr(ns, "/wsrf/2004/06/") != NULL ? DIALECT_DRAFT
                                                              : DIALECT_FINAL;
}
