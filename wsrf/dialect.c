/* wsrf/dialect.c - see dialect.h. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wsrf/dialect.h"

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

/* The resource properties of WS-ServiceGroup 1.2 s.3.1 and s.4.1. */
static const struct {
    const char *name;
    size_t ns; /* offset of its namespace in struct dialect_names; SIZE_MAX: the
                  aggregator's */
} properties[] = {
#define IN(name, ns)                             \
    {                                            \
        name, offsetof(struct dialect_names, ns) \
    }
    IN("Entry", sg),
    IN("MembershipContentRule", sg),
    IN("Content", sg),
    IN("MemberEPR", sg),
    IN("ServiceGroupEPR", sg),
    IN("CurrentTime", rl),
    IN("TerminationTime", rl),
    IN("QueryExpressionDialect", rp),
    { "RegistrationCount", SIZE_MAX },
#undef IN
};

int
dialect_property(const char *ns, const char *name, struct err *err)
{
    for (size_t i = 0; i < sizeof(properties) / sizeof(properties[0]); i++) {
        if (ns == NULL || strcmp(name, properties[i].name) != 0)
            continue;
        if (properties[i].ns == SIZE_MAX && strcmp(ns, AGGREGATOR_NS) == 0)
            return 0;
        for (int d = 0; d < DIALECT_COUNT && properties[i].ns != SIZE_MAX; d++)
            if (strcmp(ns, *(const char *const
                                 *)(const void *)((const char *)&names[d] +
                                                  properties[i].ns)) == 0)
                return 0;
    }
    return err_set(err, ERR_UNSUPPORTED, "there is no property '{%s}%s'",
                   ns != NULL ? ns : "", name);
}

enum dialect
dialect_of(const char *ns)
{
    return ns != NULL && strstr(ns, "/wsrf/2004/06/") != NULL ? DIALECT_DRAFT
                                                              : DIALECT_FINAL;
}
