/* gsi/check/check_page.c - see check_page.h. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/prose.h"
#include "gsi/check/check_page.h"
#include "gsi/site.h"

static const char *const words[] = {
    [CHECK_WARN] = "warn", [CHECK_FAIL] = "fail"
};

/* Write one line, with names from other sources made safe to display. */
static void
put(struct check *c, enum check_level level, char *text)
{
    if (level == CHECK_WARN)
        c->warnings++;
    else
        c->failures++;
    if (c->lines++ >= CHECK_LINES)
        return;
    prose_plain(text, false);
    fprintf(c->out, "%s  %s\n", words[level], text);
}

void
check_say(struct check *c, enum check_level level, const char *fmt, ...)
{
    struct buf text = BUF_INIT;
    char *line, *words_of_it;
    va_list ap;

    va_start(ap, fmt);
    if (vasprintf(&words_of_it, fmt, ap) < 0)
        abort();
    va_end(ap);
    buf_addf(&text, "%s: %s", c->subject, words_of_it);
    free(words_of_it);
    line = buf_detach(&text);
    if (level == CHECK_FAIL)
        err_set(&c->first, ERR_CONFIG, "%s", line);
    put(c, level, line);
    free(line);
}

void
check_fail(struct check *c, const struct err *err)
{
    char *line = xstrdup(err->text);

    err_set(&c->first, err->code, "%s", err->text);
    put(c, CHECK_FAIL, line);
    free(line);
}

void
check_pass(struct check *c)
{
    c->quiet = true;
}

enum conf_key
check_own_account(const struct check *c)
{
    static const struct {
        const char *daemon;
        enum conf_key key;
    } own[] = { { "gridftp", CONF_gridftp_account },
                { "mds", CONF_mds_account } };

    for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
        if (strcmp(own[i].daemon, c->daemon) == 0)
            return site_account_key(c->conf, own[i].key);
    return CONF_security_account;
}

void
check_begin(struct check *c, const char *subject)
{
    c->subject = subject;
    c->quiet = false;
    c->lines = 0;
}

void
check_end(struct check *c, const char *good)
{
    if (c->lines > CHECK_LINES)
        fprintf(c->out, "      %s: %zu more lines of this kind\n", c->subject,
                c->lines - CHECK_LINES);
    if (c->lines == 0 && !c->quiet)
        fprintf(c->out, "ok    %s: %s\n", c->subject, good);
}
