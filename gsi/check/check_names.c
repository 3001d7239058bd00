/* gsi/check/check_names.c - checks of -t: the files of certificate names
 * (grid-mapfile, ban list, registrars). */
#include <string.h>
#include <unistd.h>

#include "base/sys_proc.h"
#include "gsi/chain/trust_ban.h"
#include "gsi/check/check_rows.h"
#include "gsi/names/dn_pattern.h"
#include "gsi/names/namefile.h"

/* Check the account NAME in line LINE. */
static void
judge_account(struct check *c, const char *name, size_t line)
{
    enum conf_key own = check_own_account(c);
    long long min = conf_num(c->conf, CONF_security_min_uid);
    struct sys_user user;
    struct err err = ERR_INIT;

    if (sys_user_lookup(name, (uid_t)min, &user, &err) < 0 ||
        sys_user_usable(&user, conf_bool(c->conf, CONF_security_login_shell),
                        &err) < 0)
        check_say(c, CHECK_WARN, "line %zu: %s: nobody gets in by it", line,
                  err.text);
    else if (geteuid() == 0 && strcmp(name, conf_str(c->conf, own)) == 0)
        check_say(c, CHECK_FAIL,
                  "line %zu: '%s' is %s.%s, which can read the daemon's "
                  "secrets: map to a user account",
                  line, name, conf_rows[own].section, conf_rows[own].key);
}

static bool
judge_line(void *arg, const char *key, size_t line, char *const *account,
           size_t n)
{
    struct check *c = arg;

    if (strchr(key, '*') != NULL)
        check_say(c, CHECK_WARN,
                  "line %zu: '*' stands for itself in a name here: write each "
                  "name",
                  line);
    for (size_t i = 0; i < n; i++)
        judge_account(c, account[i], line);
    return false;
}

static bool
is_one(void *arg, const char *key, size_t line, char *const *account, size_t n)
{
    (void)arg, (void)key, (void)line, (void)account, (void)n;
    return true;
}

void
check_names_map(struct check *c)
{
    struct err err = ERR_INIT;

    if (gridmap_load(conf_str(c->conf, CONF_security_gridmap), &c->map, &err) <
        0) {
        err_wrap(&err, "security.gridmap");
        check_fail(c, &err);
        return;
    }
    if (gridmap_bad_lines(c->map) > 0)
        check_say(c, CHECK_WARN,
                  "%zu lines cannot be read and map nobody: the lines "
                  "'gridmap.line' say why",
                  gridmap_bad_lines(c->map));
    if (!gridmap_find(c->map, is_one, NULL))
        check_say(c, CHECK_WARN,
                  "it maps nobody: add lines such as \"/O=Grid/CN=Alice\" "
                  "alice");
    gridmap_find(c->map, judge_line, c);
}

/* A name from the ban list, and whether the map contains a name that it
 * matches. */
struct ban {
    struct check *check;
    const char *key;
};

static bool
is_meant(void *arg, const char *key, size_t line, char *const *account,
         size_t n)
{
    const struct ban *b = arg;

    (void)line, (void)account, (void)n;
    return strchr(b->key, '*') != NULL ? dn_pattern_matches(b->key, key)
                                       : strcmp(b->key, key) == 0;
}

/* A namefile_line_fn. */
static int
judge_ban(void *arg, size_t line, const char *key, const char *rest,
          struct err *err)
{
    struct ban b = { .check = arg, .key = key };

    (void)rest, (void)err;
    if (b.check->map != NULL && !gridmap_find(b.check->map, is_meant, &b))
        check_say(b.check, CHECK_WARN,
                  "line %zu names nobody in the grid-mapfile: compare it with "
                  "the name in a line 'audit'",
                  line);
    return 0;
}

void
check_names_ban(struct check *c)
{
    const char *file = conf_str(c->conf, CONF_security_ban);
    struct dnlist *list = NULL;
    struct namefile f = { .path = NULL };
    struct err err = ERR_INIT;

    if (*file == '\0' || c->trust == NULL) {
        check_pass(c);
        return;
    }
    if (trust_ban_load(c->trust, file, &list, &err) < 0 ||
        namefile_read(file, NAMEFILE_BAN, &f, judge_ban, c, &err) < 0) {
        err_wrap(&err, "security.ban");
        check_fail(c, &err);
    }
    dnlist_destroy(list);
    namefile_fini(&f);
}

/* The file of names that KEY gives rights. */
static void
judge_rights(struct check *c, enum conf_key key)
{
    const char *file = conf_str(c->conf, key);
    struct dnlist *list = NULL;
    struct err err = ERR_INIT;

    if (*file == '\0') {
        check_pass(c);
    } else if (dnlist_load(file, DNLIST_ALLOW, &list, &err) < 0) {
        err_wrap(&err, "%s.%s", conf_rows[key].section, conf_rows[key].key);
        check_fail(c, &err);
    }
    dnlist_destroy(list);
}

void
check_names_rights(struct check *c)
{
    judge_rights(c, CONF_mds_registrars);
}

void
check_names_admins(struct check *c)
{
    judge_rights(c, CONF_gatekeeper_admins);
}
