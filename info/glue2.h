/* info/glue2.h - a service's description for the index: GLUE 2.0 (OGF GFD.147)
 * in the nested XML form, elements in the schema's order (wsdl/glue2.xsd).
 * Unknown values are omitted: numbers below 0, NULL texts and lists.  Units are
 * GLUE's: seconds, MB of memory, GB of storage.  The writers borrow all
 * data. */
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
    const char *health_info;         /* reason when it is not ok */
    const char *serving;             /* production draining closed; NULL:
                                        production */
    const char *issuer_ca;           /* "/C=..", of the host certificate */
    const char *const *trusted_ca;   /* NULL-terminated */
    const char *staging;             /* staginginout; computing only */
    time_t started;                  /* 0: unknown */
    long long total, running, waiting, staged; /* jobs; computing only */
};

/* A queue, or a file system. */
struct glue2_share {
    const char *name;        /* unique within the service */
    const char *queue;       /* name of the scheduler's queue */
    const char *const *rule; /* access rules: "VO:x", a name; NULL-terminated */
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
    bool in, out; /* connectivity from and to other networks */
};

struct glue2_computing {
    const char *id;   /* "host:port": part of every ID */
    const char *name; /* display name */
    time_t now;
    long long validity; /* seconds this is valid; < 0: omitted */
    long long total, running, waiting, staged, suspended;
    const struct glue2_endpoint *endpoint;
    size_t endpoints;
    const struct glue2_share *share;
    size_t shares;
    const struct glue2_manager *manager;
    size_t managers;
    /* environment of the first manager; NULL */
    const struct glue2_environment *environment;
};

struct glue2_storage {
    const char *id, *name;
    time_t now;
    long long validity;
    const struct glue2_endpoint *endpoint;
    size_t endpoints;
    const char *path;     /* path of the only share; NULL: no share */
    const char *protocol; /* "gsiftp" */
    const char *protocol_version;
    long long max_streams;
    const char *product, *version; /* of the manager; NULL: none */
    long long total, free, used;   /* GB, online */
};

/* Set every number of the struct to unknown. */
void glue2_endpoint_init(struct glue2_endpoint *e);
void glue2_share_init(struct glue2_share *s);
/* Describe this host. */
void glue2_environment_here(struct glue2_environment *e);
/* Append a ComputingService element that declares its namespace. */
void glue2_write_computing(struct buf *out, const struct glue2_computing *s);
/* Append a StorageService element that declares its namespace. */
void glue2_write_storage(struct buf *out, const struct glue2_storage *s);

#endif
