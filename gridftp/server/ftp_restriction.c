/* gridftp/server/ftp_restriction.c - evaluate SITE RESTRICT; see
 * ftp_confine.h. */
#include <stdlib.h>
#include <string.h>

#include "gridftp/server/ftp_confine.h"

bool
ftp_confine_allows(const struct ftp_paths *p, const char *path,
                   enum ftp_right right)
{
    const struct ftp_restriction *best = NULL;
    size_t i;

    if (p->only == NULL)
        return true;
    for (i = 0; i < p->nonly; i++)
        if (ftp_rules_below(path, p->only[i].prefix) &&
            (best == NULL || strlen(p->only[i].prefix) > strlen(best->prefix)))
            best = &p->only[i];
    return best != NULL &&
           (right == FTP_RIGHT_WRITE ? best->write : best->read);
}

void
ftp_confine_fini(struct ftp_paths *p)
{
    while (p->nonly > 0)
        free(p->only[--p->nonly].prefix);
    free(p->only);
    p->only = NULL;
}
