/* gsi/cred_file.c - load credentials from Globus' places: proxy files,
 * ~/.globus, X509_* in the environment. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "gsi/cred_pkcs12.h"

/* Refuse a key that others can read or change: its owner must fix that
 * first. */
static int
check_key_file(const char *path, const struct stat *st, struct err *err)
{
    if (st->st_uid != geteuid() && st->st_uid != 0)
        return err_set(err, ERR_AUTHN,
                       "key file '%s' belongs to uid %u, not to us", path,
                       (unsigned)st->st_uid);
    if (st->st_mode & 077)
        return err_set(err, ERR_AUTHN,
                       "key file '%s' is open to others (mode %03o): "
                       "chmod 600 '%s'",
                       path, (unsigned)st->st_mode & 0777, path);
    return 0;
}

static int
read_file(const char *path, bool has_key, struct buf *out, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                       "cannot open '%s': %s", path, strerror(errno));
    int rc = -1;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        err_set(err, ERR_IO, "'%s' is not a regular file", path);
    else if (has_key && check_key_file(path, &st, err))
        ;
    else if (buf_read_fd(out, fd, PEM_TEXT_MAX))
        err_set(err, ERR_IO, "cannot read '%s': %s", path, strerror(errno));
    else
        rc = 0;
    close(fd);
    return rc;
}

struct asker {
    const char *path;
    cred_pass_fn *pass;
    void *arg;
    struct err *err;
    bool asked;
};

/* OpenSSL's pem_password_cb. */
static int
ask(char *to, int size, int writing, void *arg)
{
    struct asker *a = arg;
    struct buf phrase = BUF_INIT;
    int n = -1;
    (void)writing;
    a->asked = true;
    if (!a->pass)
        err_set(a->err, ERR_AUTHN,
                "the key in '%s' needs a pass phrase: make a proxy with "
                "'gridproxy init'",
                a->path);
    else if (!a->pass(a->path, &phrase, a->arg, a->err) &&
             phrase.len <= (size_t)size) {
        memcpy(to, buf_str(&phrase), phrase.len);
        n = (int)phrase.len;
    }
    buf_wipe(&phrase);
    return n;
}

static EVP_PKEY *
read_key(const struct buf *pem, struct asker *asker)
{
    BIO *bio = BIO_new_mem_buf(buf_str(pem), (int)pem->len);
    ERR_clear_error();
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, ask, asker) : NULL;
    BIO_free(bio);
    if (!key && asker->asked)
        err_set(asker->err, ERR_AUTHN, "bad pass phrase for the key in '%s'",
                asker->path);
    else if (!key)
        err_set(asker->err, ERR_SYNTAX, "no private key in '%s'", asker->path);
    ERR_clear_error();
    return key;
}

static int
join(const struct buf *cert_pem, const struct buf *key_pem, struct asker *asker,
     struct cred **cred)
{
    int rc = -1;
    STACK_OF(X509) *chain =
        x509_pem_read(buf_str(cert_pem), cert_pem->len, asker->err);
    EVP_PKEY *key = chain ? read_key(key_pem, asker) : NULL;
    if (key) {
        X509 *cert = sk_X509_shift(chain);
        rc = cred_create(cert, key, chain, cred, asker->err);
        X509_free(cert);
    }
    EVP_PKEY_free(key);
    sk_X509_pop_free(chain, X509_free);
    return rc;
}

int
cred_load(const char *cert_file, const char *key_file, cred_pass_fn *pass,
          void *arg, struct cred **cred, struct err *err)
{
    struct buf cert = BUF_INIT, key = BUF_INIT;
    bool one = strcmp(cert_file, key_file) == 0;
    struct asker asker = { key_file, pass, arg, err, false };
    int rc = -1;
    *cred = NULL;
    if (read_file(cert_file, one, &cert, err))
        ;
    else if (one && cred_pkcs12_is(&cert))
        rc = cred_pkcs12_open(&cert, cert_file, pass, arg, cred, err);
    else if (one || !read_file(key_file, true, &key, err))
        rc = join(&cert, one ? &cert : &key, &asker, cred);
    buf_wipe(&cert);
    buf_wipe(&key);
    return rc ? err_wrap(err, "load credential '%s'", cert_file) : 0;
}

bool
cred_is_pkcs12(const char *path)
{
    struct buf bytes = BUF_INIT;
    bool is = !read_file(path, false, &bytes, NULL) && cred_pkcs12_is(&bytes);
    buf_wipe(&bytes);
    return is;
}

int
cred_load_cert(const char *cert_file, struct cred **cred, struct err *err)
{
    struct buf pem = BUF_INIT;
    STACK_OF(X509) *chain = NULL;
    int rc = -1;
    *cred = NULL;
    if (!read_file(cert_file, false, &pem, err) &&
        (chain = x509_pem_read(buf_str(&pem), pem.len, err))) {
        X509 *cert = sk_X509_shift(chain);
        rc = cred_create(cert, NULL, chain, cred, err);
        X509_free(cert);
    }
    sk_X509_pop_free(chain, X509_free);
    buf_wipe(&pem);
    return rc ? err_wrap(err, "load certificate '%s'", cert_file) : 0;
}

int
cred_from_pem(const void *pem, size_t n, struct cred **cred, struct err *err)
{
    struct buf text = BUF_INIT;
    struct asker asker = { "the PEM text", NULL, NULL, err, false };
    *cred = NULL;
    if (n > PEM_TEXT_MAX)
        return err_set(err, ERR_LIMIT, "more than %d bytes of PEM",
                       PEM_TEXT_MAX);
    buf_add(&text, pem, n);
    int rc = join(&text, &text, &asker, cred);
    buf_wipe(&text);
    return rc;
}

static char *
in_home(const char *name)
{
    const char *home = getenv("HOME");
    struct passwd pw, *found = NULL;
    char room[4096];
    if ((!home || !*home) &&
        !getpwuid_r(getuid(), &pw, room, sizeof room, &found) && found)
        home = pw.pw_dir;
    return xasprintf("%s/.globus/%s", home ? home : "", name);
}

static const char *
env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

char *
cred_proxy_path(void)
{
    const char *path = env("X509_USER_PROXY");
    return path ? xstrdup(path)
                : xasprintf("/tmp/x509up_u%u", (unsigned)getuid());
}

char *
cred_trust_dir(void)
{
    const char *dir = env("X509_CERT_DIR");
    if (dir)
        return xstrdup(dir);
    char *home = in_home("certificates");
    if (access(home, F_OK) == 0)
        return home;
    free(home);
    return xstrdup("/etc/grid-security/certificates");
}

void
cred_user_paths(char **cert, char **key)
{
    const char *c = env("X509_USER_CERT"), *k = env("X509_USER_KEY");
    *cert = c ? xstrdup(c) : in_home("usercert.pem");
    *key = k ? xstrdup(k) : c ? xstrdup(c) : in_home("userkey.pem");
    if (c || k || access(*cert, F_OK) == 0)
        return;
    char *both = in_home("usercred.p12");
    if (access(both, F_OK) == 0) {
        free(*cert);
        free(*key);
        *cert = xstrdup(both);
        *key = xstrdup(both);
    }
    free(both);
}

int
cred_find_user(cred_pass_fn *pass, struct cred **cred, char **path,
               struct err *err)
{
    char *proxy = cred_proxy_path(), *cert, *key;
    int rc;
    cred_user_paths(&cert, &key);
    *cred = NULL;
    if (env("X509_USER_PROXY") || access(proxy, F_OK) == 0)
        rc = cred_load(proxy, proxy, pass, NULL, cred, err);
    else if (env("X509_USER_CERT") || access(cert, F_OK) == 0)
        rc = cred_load(cert, key, pass, NULL, cred, err);
    else
        rc =
            err_set(err, ERR_NOT_FOUND,
                    "no credential: neither proxy '%s' nor certificate '%s' is "
                    "there; make a proxy with 'gridproxy init'",
                    proxy, cert);
    if (path)
        *path = rc ? NULL : xstrdup(access(proxy, F_OK) == 0 ? proxy : cert);
    free(proxy);
    free(cert);
    free(key);
    return rc;
}

int
cred_write(const struct cred *cred, const char *path, struct err *err)
{
    struct buf pem = BUF_INIT;
    int rc = cred_to_pem(cred, true, &pem, err);
    if (!rc)
        rc = fs_write_atomic(AT_FDCWD, path, buf_str(&pem), pem.len, 0600, err);
    buf_wipe(&pem);
    return rc;
}
