/* clients/client_env.c - see client_env.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/client_env.h"

/* Refuse here what every server would refuse, and say which certificate and
 * why: a server's alert is one word. */
static int
check_usable(const struct client_env *env, struct err *err)
{
    struct peer self = { 0 };
    int rc;

    rc = chain_verify_cred(env->trust, env->cred, NULL, &self, err);
    peer_fini(&self);
    if (rc < 0)
        err_wrap(err, "the credential in '%s' cannot be used", env->cred_path);
    return rc;
}

int
client_env_init(struct client_env *env, bool anonymous, struct err *err)
{
    memset(env, 0, sizeof(*env));
    env->trust_path = cred_trust_dir();
    if (trust_open(env->trust_path, TRUST_CRL_IF_PRESENT, &env->trust, err) < 0)
        goto fail;
    if (anonymous)
        return 0;
    if (cred_find_user(cred_pass_tty, &env->cred, &env->cred_path, err) < 0 ||
        check_usable(env, err) < 0)
        goto fail;
    return 0;
fail:
    client_env_fini(env);
    return -1;
}

void
client_env_fini(struct client_env *env)
{
    cred_unref(env->cred);
    trust_close(env->trust);
    free(env->cred_path);
    free(env->trust_path);
    memset(env, 0, sizeof(*env));
}

int
client_exit(const char *program, int status, int failed)
{
    struct err err = ERR_INIT;
    bool lost = ferror(stdout) != 0;

    errno = 0;
    if (fflush(stdout) != 0)
        lost = true;
    if (!lost)
        return status;
    if (errno != EPIPE) {
        err_set(&err, ERR_IO, "cannot write to standard output%s%s",
                errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
        client_complain(program, &err);
    }
    return status == 0 ? failed : status;
}

void
client_complain(const char *program, const struct err *err)
{
    fprintf(stderr, "%s: %s\n", program, err->text);
}
