/* gridftp/server/ftp_rules.h - which paths the site lets be used: gridftp.allow
 * and gridftp.deny, made into rules about true names. */
#ifndef FTP_RULES_H
#define FTP_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/conf.h"
#include "base/err.h"
#include "gridftp/server/ftp_cmd.h"

enum ftp_rule_kind {
    FTP_RULE_DENY,
    FTP_RULE_READ_ONLY,
    FTP_RULE_READ_WRITE
};

/* One rule: what is at PREFIX or below it. */
struct ftp_rule {
    enum ftp_rule_kind kind;
    char *prefix;      /* absolute in gridftp.root; no ".", no doubled slash */
    char *true_prefix; /* where symbolic links lead from it now; NULL: nowhere
                          else */
    bool absent;       /* nothing has that name now */
};

struct ftp_rules {
    struct ftp_rule *of;
    size_t n;
    bool allow_all; /* gridftp.allow is empty */
};

/* Read the rules of CONF and follow their symbolic links in gridftp.root, as
 * whoever this process is: before it becomes a user, who may see less.  -1 with
 * ERR CONFIG: gridftp.root cannot be entered.  ftp_rules_fini() is due in both
 * cases. */
int ftp_rules_read(struct ftp_rules *rules, const struct conf *conf,
                   struct err *err);
/* Free them. */
void ftp_rules_fini(struct ftp_rules *rules);

/* Whether the rules allow RIGHT on the true name PATH: what is denied is not to
 * be used, and of several prefixes that are allowed the longest decides. */
bool ftp_rules_allow(const struct ftp_rules *rules, const char *path,
                     enum ftp_right right);
/* Whether PATH is PREFIX or below it. */
bool ftp_rules_below(const char *path, const char *prefix);
/* Whether there is any rule. */
bool ftp_rules_any(const struct ftp_rules *rules);
/* The prefix of rule I: 2 for each rule, the second is NULL where no link leads
 * on. */
const char *ftp_rules_prefix(const struct ftp_rules *rules, size_t i);

/* Write what each rule became to OUT, a line each, for an administrator: "deny
 * /scratch, which is /lustre/scratch". */
void ftp_rules_print(const struct ftp_rules *rules, FILE *out);
/* Log those that name nothing: "ftp.rule.absent". */
void ftp_rules_warn(const struct ftp_rules *rules);

#endif
