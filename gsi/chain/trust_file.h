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
    TRUST_NONE,      /* its name means nothing here */
    TRUST_CA,        /* HASH.N: certificates of one CA, one for each key */
    TRUST_CRL,       /* HASH.rN: revocation lists */
    TRUST_SIGNING,   /* HASH.signing_policy: Globus' form */
    TRUST_NAMESPACES /* HASH.namespaces: the form of the EUGridPMA */
};

/* Never changed once it is read; several snapshots share it. */
struct trust_file {
    atomic_uint refs;
    enum trust_kind kind;
    unsigned long hash; /* of the CA's name, as the file's name says */
    char *name, *path;
    uint64_t stamp;                /* trust_file_stamp() when it was read */
    STACK_OF(X509) * cas;          /* TRUST_CA */
    STACK_OF(X509_CRL) * crls;     /* TRUST_CRL; their entries are sorted */
    struct policy *policy;         /* TRUST_SIGNING; NULL: broken */
    struct namespaces *namespaces; /* TRUST_NAMESPACES; NULL: broken */
    bool broken; /* something in it could not be used; that was logged */
};

/* What a file called NAME is for, and the hash in its name. */
enum trust_kind trust_file_kind(const char *name, unsigned long *hash);
/* A number that changes when the file NAME in DIRFD does; 0: it cannot be
 * looked at. */
uint64_t trust_file_stamp(int dirfd, const char *name);
/* Read the file NAME, whose kind is not TRUST_NONE, of the directory DIR that
 * is open as DIRFD.  What cannot be used is logged ("trust.file") and marked as
 * broken.  A new reference. */
struct trust_file *trust_file_read(int dirfd, const char *dir, const char *name,
                                   uint64_t stamp);
struct trust_file *trust_file_ref(struct trust_file *f);
/* NULL ok. */
void trust_file_unref(struct trust_file *f);

/* Both hashes of a name that files may be called by; costly, so made once. */
struct trust_hashes {
    unsigned long now, old;
};
/* Those of NAME. */
struct trust_hashes trust_hashes_of(const X509_NAME *name);
/* Whether a file with HASH in its name is one of H's name. */
bool trust_hashes_have(struct trust_hashes h, unsigned long hash);

#endif
