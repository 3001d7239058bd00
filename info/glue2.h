/* info/glue2.h - what a service says of itself in the index: GLUE 2.0 (OGF
 * GFD.147) in the nested XML form, elements in the schema's order
 * (wsdl/glue2.xsd).
 *
 * What is not known is left out: numbers below 0, texts that are NULL, lists
 * that are NULL.  Times are in seconds, memory in MB, storage in GB, as GLUE
 * has them.  All is borrowed during the call. */
#ifndef INFO_GLUE2_H
#define INFO_GLUE2_H

#include <stdbool.h>
#include <time.h>

#include "base/buf.h"

#define GLUE2_NS "http://schemas.ogf.org/glue/2009/03/spec_2.0_r1"

/* An address with one interface. */
struct glue2_endpoint {
    const char *url;
    const char *interface;           /* "org.ogf.bes" */
    const char *version;             /* "1.0" */
    const char *const *capability;   /* NULL-terminated */
    const char *technology;          /* NULL: webservice */
    const char *wsdl;                /* URL */
    const char *const *profile;      /* URIs, NULL-terminated */
    const char *const *job_language; /* "ogf:jsdl:1.0", NULL-terminated */
    const char *health;              /* ok warning critical; NULL: ok */
    const char *health_info;         /* why it is not ok */
    const char *serving;             /* production draining closed; NULL:
                                        production */
    const char *issuer_ca;           /* "/C=..", of the host certificate */
    const char *const *trusted_ca;   /* NULL-terminated */
    const char *staging;             /* staginginout; computing only */
    time_t started;                  /* 0: not known */
    long long total, running, waiting, staged; /* jobs; computing only */
};

/* A queue, or a file system. */
struct glue2_share {
    const char *name;        /* unique within the service */
    const char *queue;       /* the scheduler's */
    const char *const *rule; /* who may: "VO:x", a name; NULL-terminated */
    const char *serving;     /* NULL: production */
    long long max_wall, default_wall;
    long long max_jobs, max_running, max_user_running, max_slots;
    long long max_memory, max_virtual, max_disk;
    long long total, running, waiting, suspended;
    long long free_slots, used_slots, requested_slots;
};

/* A batch system. */
struct glue2_manager {
    const char *product, *version; /* "slurm", "22.05.8" */
    long long cpus, slots, used_local, used_grid;
};

/* The machines behind a manager. */
struct glue2_environment {
    char platform[32], os_family[32], os_name[32], os_version[32];
    long long instances, cpus, memory, virtual_memory;
    bool in, out; /* connections from and to elsewhere */
};

struct glue2_computing {
    const char *id;   /* "host:port": the IDs of all parts hold it */
    const char *name; /* for people */
    time_t now;
    long long validity; /* seconds that this holds; < 0 left out */
    long long total, running, waiting, staged, suspended;
    const struct glue2_endpoint *endpoint;
    size_t endpoints;
    const struct glue2_share *share;
    size_t shares;
    const struct glue2_manager *manager;
    size_t managers;
    const struct glue2_environment *environment; /* the first manager's; NULL */
};

struct glue2_storage {
    const char *id, *name;
    time_t now;
    long long validity;
    const struct glue2_endpoint *endpoint;
    size_t endpoints;
    const char *path;     /* of the one share; NULL: no share */
    const char *protocol; /* "gsiftp" */
    const char *protocol_version;
    long long max_streams;
    const char *product, *version; /* of the manager; NULL: none */
    long long total, free, used;   /* GB, online */
};

/* Set every number of the struct to "not known". */
void glue2_endpoint_init(struct glue2_endpoint *e);
void glue2_share_init(struct glue2_share *s);
/* Describe this very machine. */
void glue2_environment_here(struct glue2_environment *e);
/* Append a ComputingService element, namespace declared. */
void glue2_write_computing(struct buf *out, const struct glue2_computing *s);
/* Append a StorageService element, namespace declared. */
void glue2_write_storage(struct buf *out, const struct glue2_storage *s);

#endif
