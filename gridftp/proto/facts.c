/* gridftp/proto/facts.c - see facts.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/utf8.h"
#include "gridftp/proto/facts.h"

static const char *const type_names[] = {
    [FACTS_FILE] = "file",
    [FACTS_DIR] = "dir",
    [FACTS_CDIR] = "cdir",
    [FACTS_PDIR] = "pdir",
    [FACTS_SLINK] = "slink",
    [FACTS_PIPE] = "OS.unix=pipe",
    [FACTS_CHR] = "OS.unix=chr",
    [FACTS_BLK] = "OS.unix=blk",
    [FACTS_SPECIAL] = "OS.unix=other",
    [FACTS_OTHER] = "unknown",
};

bool
facts_special(enum facts_type type)
{
    return type == FACTS_PIPE || type == FACTS_CHR || type == FACTS_BLK ||
           type == FACTS_SPECIAL;
}

/* Characters that need no percent-encoding in a value. */
#define VALUE_KEEP "/:,@+!$'()*&="

static void
write_modify(time_t t, struct buf *out)
{
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL)
        return;
    buf_addf(out, "Modify=%04d%02d%02d%02d%02d%02d;", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void
write_text(const char *fact, const char *value, struct buf *out)
{
    if (value == NULL)
        return;
    buf_addf(out, "%s=", fact);
    percent_encode(out, value, VALUE_KEEP);
    buf_addc(out, ';');
}

static void
write_id(const char *fact, long long id, struct buf *out)
{
    if (id >= 0)
        buf_addf(out, "%s=%lld;", fact, id);
}

/* Whether NAME is valid UTF-8. */
static bool
name_is_utf8(const char *name)
{
    size_t left = strlen(name), n;
    uint32_t c;

    for (; left > 0; left -= n, name += n) {
        n = utf8_decode(name, left, &c);
        if (n == 0)
            return false;
    }
    return true;
}

/* Write a name.  One with line ends would look like two lines, so its real form
 * goes in a fact of our own, and the name shows '?'. */
static void
write_name(const char *name, struct buf *out)
{
    size_t i;

    if (name[strcspn(name, "\r\n")] != '\0')
        write_text("X.name", name, out);
    buf_addc(out, ' ');
    for (i = 0; name[i] != '\0'; i++)
        buf_addc(out, name[i] == '\r' || name[i] == '\n' ? '?' : name[i]);
}

void
facts_write(const struct facts *f, unsigned mask, struct buf *out)
{
    if (mask & FACT_TYPE)
        buf_addf(out, "Type=%s;", type_names[f->type]);
    if (mask & FACT_MODIFY && f->modify != (time_t)-1)
        write_modify(f->modify, out);
    if (mask & FACT_SIZE && f->size >= 0)
        buf_addf(out, "Size=%lld;", (long long)f->size);
    if (mask & FACT_PERM)
        write_text("Perm", f->perm, out);
    if (mask & FACT_CHARSET)
        buf_addf(out, "Charset=%s;",
                 name_is_utf8(f->name != NULL ? f->name : "") ? "UTF-8"
                                                              : "8BIT");
    if (mask & FACT_MODE && f->mode != (unsigned)-1)
        buf_addf(out, "UNIX.mode=%04o;", f->mode & 07777);
    if (mask & FACT_OWNER)
        write_text("UNIX.owner", f->owner, out);
    if (mask & FACT_UID)
        write_id("UNIX.uid", f->uid, out);
    if (mask & FACT_GROUP)
        write_text("UNIX.group", f->group, out);
    if (mask & FACT_GID)
        write_id("UNIX.gid", f->gid, out);
    if (mask & FACT_UNIQUE)
        write_text("Unique", f->unique, out);
    if (mask & FACT_SLINK)
        write_text("UNIX.slink", f->slink, out);
    write_name(f->name != NULL ? f->name : "", out);
}

/* The type in VALUE after "OS.unix=", except for a link: "chr-13/29" (RFC 3659
 * s.7.5.1). */
static enum facts_type
unix_type(const char *value)
{
    size_t i;

    for (i = FACTS_PIPE; i < FACTS_SPECIAL; i++)
        if (strncasecmp(value, type_names[i] + 8, strlen(type_names[i] + 8)) ==
            0)
            return (enum facts_type)i;
    return strncasecmp(value, "fifo", 4) == 0 ? FACTS_PIPE : FACTS_SPECIAL;
}

static int
parse_type(struct facts *f, const char *value)
{
    size_t i;

    if (strncasecmp(value, "OS.unix=", 8) == 0) {
        value += 8;
        if (strncasecmp(value, "slink", 5) != 0 &&
            strncasecmp(value, "symlink", 7) != 0) {
            f->type = unix_type(value);
            return 0;
        }
        f->type = FACTS_SLINK;
        value = strchr(value, ':');
        if (value == NULL || value[1] == '\0' || f->slink != NULL)
            return 0;
        f->slink = xstrdup(value + 1);
        return percent_decode(f->slink);
    }
    for (i = 0; i <= FACTS_SLINK; i++)
        if (strcasecmp(value, type_names[i]) == 0) {
            f->type = (enum facts_type)i;
            return 0;
        }
    f->type = FACTS_OTHER;
    return 0;
}

/* Parse "YYYYMMDDHHMMSS[.sss]" in UTC. */
static int
parse_modify(const char *value, time_t *t)
{
    static const int at[] = { 0, 4, 6, 8, 10, 12, 14 };
    long long part[6];
    char digits[8];
    struct tm tm = { 0 };
    size_t i, n;

    if (strspn(value, "0123456789") != 14 ||
        (value[14] != '\0' && value[14] != '.'))
        return -1;
    for (i = 0; i < 6; i++) {
        n = (size_t)(at[i + 1] - at[i]);
        memcpy(digits, value + at[i], n);
        digits[n] = '\0';
        if (number_parse(digits, 0, 9999, &part[i]) < 0)
            return -1;
    }
    if (part[1] < 1 || part[1] > 12 || part[2] < 1 || part[2] > 31 ||
        part[3] > 23 || part[4] > 59 || part[5] > 60)
        return -1;
    tm.tm_year = (int)part[0] - 1900;
    tm.tm_mon = (int)part[1] - 1;
    tm.tm_mday = (int)part[2];
    tm.tm_hour = (int)part[3];
    tm.tm_min = (int)part[4];
    tm.tm_sec = (int)part[5];
    *t = timegm(&tm);
    return 0;
}

static int
parse_mode(const char *value, unsigned *mode)
{
    unsigned v = 0;

    if (*value == '\0' || strspn(value, "01234567") != strlen(value) ||
        strlen(value) > 7)
        return -1;
    for (; *value != '\0'; value++)
        v = v << 3 | (unsigned)(*value - '0');
    *mode = v & 07777;
    return 0;
}

static int
parse_text(char **to, const char *value)
{
    if (*to != NULL)
        return 0; /* duplicate: UNIX.slink beside Type=OS.unix=slink:.. */
    *to = xstrdup(value);
    return percent_decode(*to);
}

/* Parse one fact; unknown ones are ignored. -1 for an invalid value. */
static int
parse_fact(struct facts *f, const char *name, const char *value)
{
    long long n;

    if (strcasecmp(name, "type") == 0)
        return parse_type(f, value);
    if (strcasecmp(name, "size") == 0 || strcasecmp(name, "sizd") == 0) {
        if (number_parse(value, 0, INT64_MAX, &n) < 0)
            return -1;
        f->size = n;
        return 0;
    }
    if (strcasecmp(name, "modify") == 0)
        return parse_modify(value, &f->modify);
    if (strcasecmp(name, "unix.mode") == 0)
        return parse_mode(value, &f->mode);
    if (strcasecmp(name, "perm") == 0)
        return parse_text(&f->perm, value);
    if (strcasecmp(name, "unix.owner") == 0)
        return parse_text(&f->owner, value);
    if (strcasecmp(name, "unix.group") == 0)
        return parse_text(&f->group, value);
    if (strcasecmp(name, "unix.uid") == 0)
        return number_parse(value, 0, UINT32_MAX, &f->uid);
    if (strcasecmp(name, "unix.gid") == 0)
        return number_parse(value, 0, UINT32_MAX, &f->gid);
    if (strcasecmp(name, "unique") == 0)
        return parse_text(&f->unique, value);
    if (strcasecmp(name, "unix.slink") == 0)
        return parse_text(&f->slink, value);
    if (strcasecmp(name, "x.name") == 0)
        return parse_text(&f->name, value);
    return 0;
}

/* Parse every "name=value;" of LINE[0..N). */
static int
parse_facts(struct facts *f, const char *line, size_t n, struct err *err)
{
    char *copy = xstrdup(line), *fact = copy, *end, *value;
    int rc = 0;

    copy[n] = '\0';
    for (; *fact != '\0' && rc == 0; fact = end + 1) {
        end = strchr(fact, ';');
        value = strchr(fact, '=');
        if (end == NULL || value == NULL || value > end) {
            rc = err_set(err, ERR_SYNTAX, "malformed facts '%.100s'", fact);
            break;
        }
        *end = *value = '\0';
        if (parse_fact(f, fact, value + 1) < 0)
            rc = err_set(err, ERR_SYNTAX, "bad fact '%.50s=%.100s'", fact,
                         value + 1);
    }
    free(copy);
    return rc;
}

int
facts_parse(const char *line, struct facts *f, struct err *err)
{
    size_t n;

    *f = (struct facts){ .type = FACTS_OTHER,
                         .size = -1,
                         .modify = -1,
                         .mode = (unsigned)-1,
                         .uid = -1,
                         .gid = -1 };
    /* MLST lines begin with a blank, and so do lines without facts. */
    n = strcspn(line + (*line == ' '), " ");
    if (*line == ' ' && n > 0 && line[n] == ';')
        line++;
    n = strcspn(line, " ");
    if (line[n] == '\0')
        return err_set(err, ERR_SYNTAX, "listing line without a name: '%.100s'",
                       line);
    if (parse_facts(f, line, n, err) < 0) {
        facts_fini(f);
        return -1;
    }
    if (f->name == NULL) /* no X.name fact */
        f->name = xstrdup(line + n + 1);
    return 0;
}

void
facts_fini(struct facts *f)
{
    free(f->owner);
    free(f->group);
    free(f->perm);
    free(f->unique);
    free(f->slink);
    free(f->name);
    *f = (struct facts){ 0 };
}
