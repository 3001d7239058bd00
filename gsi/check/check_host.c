/* gsi/check/check_host.c - checks of -t: the daemons' accounts and the
 * clock. */
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/sys_proc.h"
#include "gsi/check/check_rows.h"

/* Check the account in KEY: its uid is at least MIN_UID, and it is usable if
 * users get mapped to it. */
static void
judge_account(struct check *c, enum conf_key key, uid_t min_uid, bool users)
{
    const struct conf_row *row = &conf_rows[key];
    const char *name = conf_str(c->conf, key);
    struct sys_user user;
    struct err err = ERR_INIT;

    if (*name == '\0' || (sys_user_lookup(name, min_uid, &user, &err) == 0 &&
                          (!users || sys_user_usable(&user, false, &err) == 0)))
        return;
    err_wrap(&err, "%s.%s", row->section, row->key);
    check_fail(c, &err);
}

void
check_host_accounts(struct check *c)
{
    long long min = conf_num(c->conf, CONF_security_min_uid);

    if (geteuid() == 0)
        judge_account(c, check_own_account(c), 1, false);
    if (strcmp(c->daemon, "gatekeeper") == 0)
        judge_account(c, CONF_gatekeeper_operator, 1, false);
    if (strcmp(c->daemon, "gridftp") == 0)
        judge_account(c, CONF_gridftp_anonymous, (uid_t)min, true);
}

void
check_host_clock(struct check *c)
{
    struct timex t = { .modes = 0 };

    if (adjtimex(&t) < 0)
        check_pass(c);
    else if (t.status & STA_UNSYNC)
        check_say(c, CHECK_WARN,
                  "nothing synchronises it, and the validity of certificates "
                  "depends on it: run chrony, ntpd or systemd-timesyncd");
}
