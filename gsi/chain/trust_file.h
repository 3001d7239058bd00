/* gsi/chain/trust_file.h - one file of a trust directory, read and parsed;
 * gsi/trust*.c only. */
#ifndef GSI_TRUST_FILE_H
#define GSI_TRUST_FILE_H

#include <stdatomic.h>
#include <stdint.h>

#include "gsi/chain/namespaces.h"
#include "gsi/chain/policy.h"
#include "gsi/gsi_ssl.h"

enum trust_kind {
    TRUST_NONE,      /* not a file of a trust directory */
    TRUST_CA,        /* HASH.N: certificates of one CA, one for each key */
    TRUST_CRL,       /* HASH.rN: revocation lists */
    TRUST_SIGNING,   /* HASH.signing_policy: Globus' form */
    TRUST_NAMESPACES /* HASH.namespaces: the form of the EUGridPMA */
};

/* Immutable after reading; shared by snapshots. */
struct trust_file {
    atomic_uint refs;
    enum trust_kind kind;
    unsigned long hash; /* hash of the CA's name, from the file name */
    char *name, *path;
    uint64_t stamp;            /* trust_file_stamp() at the time of reading */
    STACK_OF(X509) * cas;      /* TRUST_CA */
    STACK_OF(X509_CRL) * crls; /* TRUST_CRL; their entries are sorted */
    struct policy *policy;     /* TRUST_SIGNING; NULL: broken */
    struct namespaces *namespaces; /* TRUST_NAMESPACES; NULL: broken */
    bool broken; /* part of it is unusable, which was logged */
};

/* The kind of file that NAME is, and the hash in the name. */
enum trust_kind trust_file_kind(const char *name, unsigned long *hash);
/* A number that changes when the file NAME in DIRFD does; 0: cannot be
 * examined. */
uint64_t trust_file_stamp(int dirfd, const char *name);
/* Read the file NAME, whose kind is not TRUST_NONE, from the directory DIR,
 * open as DIRFD.  Unusable content is logged ("trust.file") and marked as
 * broken.  Returns a new reference. */
struct trust_file *trust_file_read(int dirfd, const char *dir, const char *name,
                                   uint64_t stamp);
struct trust_file *trust_file_ref(struct trust_file *f);
/* NULL is allowed. */
void trust_file_unref(struct trust_file *f);

/* Both hashes by which files of a name can be called; computed once because it
 * is slow. */
struct trust_hashes {
    unsigned long now, old;
};
/* The hashes of NAME. */
struct trust_hashes trust_hashes_of(const X509_NAME *name);
/* Whether HASH is one of H's. */
bool trust_hashes_have(struct trust_hashes h, unsigned long hash);

#endif
