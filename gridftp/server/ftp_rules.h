/* gridftp/server/ftp_rules.h - the paths that a site allows: gridftp.allow and
 * gridftp.deny, converted to rules about real paths. */
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

/* One rule for PREFIX and everything below. */
struct ftp_rule {
    enum ftp_rule_kind kind;
    char *prefix;      /* absolute in gridftp.root; no ".", no doubled slash */
    char *true_prefix; /* where symbolic links lead; NULL: not elsewhere */
    bool absent;       /* nothing has that name now */
};

struct ftp_rules {
    struct ftp_rule *of;
    size_t n;
    bool allow_all; /* gridftp.allow is empty */
};

/* Read the rules of CONF and follow their symbolic links in gridftp.root with
 * this process's rights, so call it before switching to a user, who may see
 * less. -1 with ERR CONFIG: gridftp.root is inaccessible.  Call
 * ftp_rules_fini() in both cases. */
int ftp_rules_read(struct ftp_rules *rules, const struct conf *conf,
                   struct err *err);
/* Free them. */
void ftp_rules_fini(struct ftp_rules *rules);

/* Whether the rules allow RIGHT on the real path PATH: deny wins, and among
 * allowed prefixes the longest decides. */
bool ftp_rules_allow(const struct ftp_rules *rules, const char *path,
                     enum ftp_right right);
/* Whether PATH is PREFIX or below it. */
bool ftp_rules_below(const char *path, const char *prefix);
/* Whether there is any rule. */
bool ftp_rules_any(const struct ftp_rules *rules);
/* Prefix I of the rules; each rule has two, the second is NULL if no link leads
 * elsewhere. */
const char *ftp_rules_prefix(const struct ftp_rules *rules, size_t i);

/* Write the resolved rules to OUT, one per line, for an administrator: "deny
 * /scratch, which is /lustre/scratch". */
void ftp_rules_print(const struct ftp_rules *rules, FILE *out);
/* Log the rules that match nothing: "ftp.rule.absent". */
void ftp_rules_warn(const struct ftp_rules *rules);

#endif
