/* tests/fuzz/fuzz_url.c - URLs from job descriptions and command lines. */
#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever was accepted can stand in a command line, a lookup and a path. */
static void
check_url(const struct url *u, const char *text)
{
    const char *c;

    assert(strcmp(u->text, text) == 0);
    assert(u->path != NULL && u->path[0] != '\0');
    assert(u->host != NULL && u->host[0] != '-');
    for (c = u->host; *c != '\0'; c++)
        assert(isalnum((unsigned char)*c) || strchr("-._:", *c) != NULL);
    assert(u->port <= 65535);
    if (strcmp(u->scheme, "file") == 0 || strcmp(u->scheme, "-") == 0)
        assert(u->port == 0 && u->host[0] == '\0');
    else
        assert(u->port > 0 && u->host[0] != '\0' && u->path[0] == '/');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    struct err err = ERR_INIT;
    struct url u;

    memcpy(text, data, size);
    if (url_parse(text, &u, &err) == 0)
        check_url(&u, text);
    else
        assert((err.code == ERR_SYNTAX || err.code == ERR_UNSUPPORTED) &&
               u.text == NULL);
    url_fini(&u);
    free(text);
    return 0;
}
