/* tests/lib/register_tool.c - keeps itself in an index, for tests:
 *   register INDEX MEMBER TRUST CERT KEY INTERVAL
 * Each line on standard input is a number of free slots to publish from then
 * on; the end of input ends it. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/log.h"
#include "info/glue2.h"
#include "info/registration.h"

static atomic_llong free_slots = 7;

static int
describe(void *arg, const struct registration_frame *frame, struct buf *out,
         struct err *err)
{
    struct glue2_share share;
    struct glue2_computing c = { .id = arg,
                                 .now = frame->now,
                                 .validity = frame->validity_s,
                                 .share = &share,
                                 .shares = 1 };

    (void)err;
    glue2_share_init(&share);
    share.name = "fork";
    share.free_slots = atomic_load(&free_slots);
    glue2_write_computing(out, &c);
    return 0;
}

/* Register by what ARGV says. */
static int
start(char *argv[], struct registration **r, struct err *err)
{
    struct registration_spec spec = { .index_url = argv[1],
                                      .member_url = argv[2],
                                      .describe = describe,
                                      .arg = argv[2] };
    long long interval;
    int rc = -1;

    if (number_parse(argv[6], 1, 3600, &interval) < 0)
        return err_set(err, ERR_USAGE, "bad interval '%s'", argv[6]);
    spec.interval_s = (int)interval;
    if (trust_open(argv[3], TRUST_CRL_IF_PRESENT, &spec.trust, err) == 0 &&
        cred_load(argv[4], argv[5], NULL, NULL, &spec.cred, err) == 0)
        rc = registration_start(&spec, r, err);
    cred_unref(spec.cred);
    trust_close(spec.trust);
    return rc;
}

int
main(int argc, char *argv[])
{
    struct registration *r;
    struct err err = ERR_INIT;
    char line[64];

    log_open("register", "stderr", LOG_DEBUG);
    if (argc != 7 || start(argv, &r, &err) < 0) {
        fprintf(stderr, "register: %s\n", argc != 7 ? "usage" : err.text);
        return 64;
    }
    while (fgets(line, sizeof(line), stdin) != NULL) {
        atomic_store(&free_slots, strtoll(line, NULL, 10));
        registration_touch(r);
    }
    registration_stop(r);
    return 0;
}
