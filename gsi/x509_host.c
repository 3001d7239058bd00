/* gsi/x509_host.c - which host a certificate names (RFC 2818, RFC 6125). */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gsi/gsi_ssl.h"

/* Whether EEC has the old form of host certificates: CN=host/fqdn, no
 * subjectAltName. */
static bool
is_service_name(X509 *eec, const char *host)
{
    struct dn dn;
    if (x509_name_dn(X509_get_subject_name(eec), &dn, NULL) || !dn.n)
        return false;
    const struct dn_attr *last = &dn.attr[dn.n - 1];
    bool is = strcmp(last->type, "CN") == 0 &&
              strncmp(last->value, "host/", 5) == 0 &&
              strcasecmp(last->value + 5, host) == 0;
    dn_fini(&dn);
    return is;
}

static bool
names_bare(X509 *eec, const char *host)
{
    unsigned char room[sizeof(struct in6_addr)];
    bool alt = X509_get_ext_by_NID(eec, NID_subject_alt_name, -1) >= 0;
    if (inet_pton(AF_INET, host, room) == 1 ||
        inet_pton(AF_INET6, host, room) == 1)
        return X509_check_ip_asc(eec, host, 0) == 1;
    if (X509_check_host(eec, host, strlen(host),
                        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                            (alt ? X509_CHECK_FLAG_NEVER_CHECK_SUBJECT : 0U),
                        NULL) == 1)
        return true;
    return !alt && is_service_name(eec, host);
}

bool
x509_names_host(X509 *eec, const char *host)
{
    size_t n = strlen(host);
    char *bare =
        xasprintf("%.*s", (int)(n && host[n - 1] == '.' ? n - 1 : n), host);
    bool ok = *bare && names_bare(eec, bare);
    free(bare);
    return ok;
}

bool
cred_names_host(const struct cred *cred, const char *host)
{
    return x509_names_host(cred_cert(cred), host);
}
