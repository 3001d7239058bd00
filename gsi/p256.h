/* gsi/p256.h - keys of the curve P-256 without OpenSSL's encoders and decoders,
 * which it collects anew for each key (gsi/ only). */
#ifndef GSI_P256_H
#define GSI_P256_H

#include "gsi/gsi_ssl.h"

/* Append KEY as ECPrivateKey with curve and public key (RFC 5915 s.3), 121
 * bytes; -1, nothing appended, when KEY is another kind of key. */
int p256_write(EVP_PKEY *key, struct buf *der);
/* The key in exactly that form; the caller's.  NULL when DER[0..N) is anything
 * else, which OpenSSL may still be able to read. */
EVP_PKEY *p256_read(const unsigned char *der, size_t n);
/* Put the public key of KEY into TO (RFC 5480); -1 as above. */
int p256_set_public(X509_PUBKEY *to, EVP_PKEY *key);

#endif
