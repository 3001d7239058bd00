/* clients/client_env.c - see client_env.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/prose.h"
#include "clients/client_env.h"

/* Refuse a credential that every server would refuse, and say which certificate
 * is wrong and why: a server's alert is only one word. */
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

/* When the credential's file was last changed; zeros: it does not exist. */
static struct timespec
file_changed(const struct client_env *env)
{
    struct stat st;

    if (stat(env->cred_path, &st) < 0)
        return (struct timespec){ 0 };
    return st.st_ctim;
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
    env->cred_changed = file_changed(env);
    return 0;
fail:
    client_env_fini(env);
    return -1;
}

bool
client_env_renew(struct client_env *env)
{
    struct client_env fresh = *env;
    struct timespec t = file_changed(env);

    if (env->cred == NULL || (t.tv_sec == env->cred_changed.tv_sec &&
                              t.tv_nsec == env->cred_changed.tv_nsec))
        return false;
    /* A proxy's key needs no pass phrase; a certificate's would need it again,
     * so it is not reloaded. */
    if (cred_load(env->cred_path, env->cred_path, NULL, NULL, &fresh.cred,
                  NULL) < 0)
        return false;
    if (check_usable(&fresh, NULL) < 0) {
        cred_unref(fresh.cred);
        return false;
    }
    cred_unref(env->cred);
    env->cred = fresh.cred;
    env->cred_changed = t;
    return true;
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
    struct err plain = *err;

    prose_plain(plain.text, true);
    fprintf(stderr, "%s: %s\n", program, plain.text);
}

void
client_say(FILE *f, const char *fmt, ...)
{
    struct buf line = BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    buf_vaddf(&line, fmt, ap);
    va_end(ap);
    if (line.len > 0)
        line.data[line.len - 1] = '\0';
    prose_plain(line.data, false);
    fprintf(f, "%s\n", line.data);
    buf_fini(&line);
}
