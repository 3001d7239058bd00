/* examples/ftpclient/fetch.c - list a directory of a GridFTP server, or copy
 * one of its files to standard output, with gatehouse-ftpclient.
 *
 *   cc fetch.c $(pkg-config --cflags --libs gatehouse-ftpclient) -o fetch
 *   ./fetch localhost 2811 /tmp/
 *   ./fetch localhost 2811 /tmp/file 1000     (from byte 1000 on)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gridftp/client/ftpclient.h"

static int
show(void *arg, const struct facts *entry, struct err *err)
{
    (void)arg;
    (void)err;
    printf("%12lld %s%s\n", (long long)entry->size, entry->name,
           entry->type == FACTS_DIR ? "/" : "");
    return 0;
}

/* Credential and trust as Globus' programs find them. */
static int
find_identity(struct ftpclient_conf *conf, struct err *err)
{
    char *dir = cred_trust_dir();
    int rc = -1;

    if (trust_open(dir, TRUST_CRL_IF_PRESENT, &conf->trust, err) == 0)
        rc = cred_find_user(NULL, &conf->cred, NULL, err);
    free(dir);
    return rc;
}

/* The file from OFFSET on, over one connection, in order. */
static int
copy(struct ftpclient *c, const char *path, int64_t offset, struct err *err)
{
    struct ftpclient_how how = { .mode = FTPCLIENT_STREAM };
    struct ftpclient_xfer x = { .path = path,
                                .whole = offset == 0,
                                .offset = offset,
                                .length = -1,
                                .size = -1,
                                .fd = STDOUT_FILENO,
                                .stream = true };

    return ftpclient_get_one(c, &how, &x, err);
}

int
main(int argc, char *argv[])
{
    struct ftpclient_conf conf = { .app = "fetch" };
    struct ftpclient *c = NULL;
    struct err err = ERR_INIT;
    int rc = -1;

    if (argc < 4) {
        fprintf(stderr, "usage: fetch HOST PORT PATH [OFFSET]\n");
        return 64;
    }
    conf.host = argv[1];
    conf.port = (unsigned)strtoul(argv[2], NULL, 10);
    if (find_identity(&conf, &err) == 0 && ftpclient_open(&conf, &c, &err) == 0)
        rc = argv[3][strlen(argv[3]) - 1] == '/'
                 ? ftpclient_list(c, argv[3], show, NULL, &err)
                 : copy(c, argv[3], argc > 4 ? strtoll(argv[4], NULL, 10) : 0,
                        &err);
    if (rc < 0)
        fprintf(stderr, "fetch: %s\n", err.text);
    ftpclient_close(c);
    cred_unref(conf.cred);
    trust_close(conf.trust);
    return rc < 0 ? 1 : 0;
}
