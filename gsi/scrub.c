/* gsi/scrub.c - see scrub.h. */
#include "gsi/gsi_ssl.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "gsi/scrub.h"

static void *
scrub_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return n > 0 ? malloc(n) : NULL;
}

static void
scrub_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    if (p != NULL)
        explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

static void *
scrub_realloc(void *p, size_t n, const char *file, int line)
{
    size_t had = p != NULL ? malloc_usable_size(p) : 0;
    void *q;

    if (n == 0) {
        scrub_free(p, file, line);
        return NULL;
    }
    if (n <= had && n >= had / 2)
        return p;
    q = malloc(n);
    if (q != NULL && p != NULL) {
        memcpy(q, p, had < n ? had : n);
        scrub_free(p, file, line);
    }
    return q;
}

int
gsi_scrub_frees(void)
{
    return CRYPTO_set_mem_functions(scrub_malloc, scrub_realloc, scrub_free) ==
                   1
               ? 0
               : -1;
}
