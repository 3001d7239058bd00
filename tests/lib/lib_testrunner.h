/* tests/lib/lib_testrunner.h - what tests ask of the runner for one job. */
#ifndef TESTS_LIB_TESTRUNNER_H
#define TESTS_LIB_TESTRUNNER_H

#include "gatekeeper/runner/runner_client.h"

/* runner_register_many() of one job.  -1 with ERR. */
static inline int
testrunner_register(struct runner *r, const char *job, const char *dn,
                    const char *want, struct runner_session *out,
                    struct err *err)
{
    struct runner_registration g = { .job = job, .dn = dn, .want = want };

    runner_register_many(r, &g, 1);
    if (g.err.code != ERR_OK)
        return err_set(err, g.err.code, "%s", g.err.text);
    *out = g.session;
    return 0;
}

#endif
