/* tests/lib/ftpput_tool.c - put a file in MODE S, with the client library:
 * behind what the server has of it, or as far as a cut. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gridftp/client/ftpclient.h"

struct cut {
    int fd;
    int64_t at; /* reading fails from here on; -1 nowhere */
};

static ssize_t
source(struct ftpclient_xfer *x, void *p, size_t n, int64_t offset,
       struct err *err)
{
    const struct cut *cut = x->user;

    if (cut->at >= 0 && offset >= cut->at)
        return err_set(err, ERR_IO, "the source broke");
    return pread(cut->fd, p, n, offset);
}

/* What PART, the server's name for an unfinished file, holds. */
static void
ask(struct ftpclient *c, const char *part, struct ranges *have)
{
    struct facts facts;

    if (ftpclient_stat(c, part, &facts, NULL) < 0)
        return;
    if (facts.size > 0)
        ranges_add(have, 0, facts.size, NULL);
    facts_fini(&facts);
}

static int
put(const struct ftpclient_conf *conf, char *argv[], struct err *err)
{
    struct cut cut = { .fd = open(argv[2], O_RDONLY | O_CLOEXEC),
                       .at = strtoll(argv[5], NULL, 10) };
    struct ftpclient_how how = { .mode = FTPCLIENT_STREAM };
    struct ranges have = { 0 };
    struct ftpclient_xfer x = { .path = argv[3],
                                .whole = true,
                                .size = -1,
                                .have = &have,
                                .fd = cut.fd,
                                .user = &cut,
                                .read = cut.at >= 0 ? source : NULL };
    struct ftpclient *c = NULL;
    int rc = -1;

    if (ftpclient_open(conf, &c, err) == 0) {
        ask(c, argv[4], &have);
        printf("there %lld\n", (long long)ranges_total(&have));
        rc = ftpclient_put_one(c, &how, &x, err);
        printf("sent %lld\n", (long long)x.bytes);
    }
    ftpclient_close(c);
    ranges_fini(&have);
    close(cut.fd);
    return rc;
}

int
main(int argc, char *argv[])
{
    struct ftpclient_conf conf = { .host = "localhost", .app = "ftpput" };
    struct err err = ERR_INIT;
    char *dir = cred_trust_dir();
    int rc = -1;

    if (argc != 7) {
        fputs("ftpput PORT FILE PATH PART CUT|-1 clear|private\n", stderr);
        return 64;
    }
    conf.port = (unsigned)strtoul(argv[1], NULL, 10);
    if (strcmp(argv[6], "private") == 0)
        conf.prot = FTPCLIENT_PRIVATE;
    if (trust_open(dir, TRUST_CRL_IF_PRESENT, &conf.trust, &err) == 0 &&
        cred_find_user(NULL, &conf.cred, NULL, &err) == 0)
        rc = put(&conf, argv, &err);
    if (rc < 0)
        printf("ftpput: %s\n", err.text);
    free(dir);
    cred_unref(conf.cred);
    trust_close(conf.trust);
    return rc < 0 ? 1 : 0;
}
