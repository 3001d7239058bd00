/* jobs/gt4job_transfer.c - fileStageIn, fileStageOut and fileCleanUp of a GT4
 * description: requests of RFT (rft_types.xsd, 4.0 and 4.2).  Tuning elements
 * (concurrency, block size, streams) are hints and are ignored.  Elements that
 * would change who is trusted, which bytes arrive or what remains after a
 * failure are refused. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/xml.h"
#include "jobs/gt4job_read.h"

/* The path of a file: URL; a leading variable is kept. */
static char *
local_path(const char *url)
{
    const char *path = url;

    if (strncmp(path, "file://localhost/", 17) == 0)
        path += 16;
    else if (strncmp(path, "file://", 7) == 0)
        path += 7;
    else
        return NULL;
    while (path[0] == '/' && (path[1] == '/' || path[1] == '$'))
        path++;
    return xstrdup(path);
}

/* jsdl_rule_fn: a hint; it must be a number from 1 up. */
static int
read_hint(struct jsdl_read *r, const xmlNode *node,
          const struct jsdl_rule *rule)
{
    struct job other = { .count = 0 };
    struct jsdl_read hint = *r;
    struct jsdl_rule count = *rule;

    hint.job = &other;
    count.at = offsetof(struct job, count);
    return jsdl_read_count(&hint, node, &count);
}

/* jsdl_rule_fn: known, but not supported. */
static int
refuse(struct jsdl_read *r, const xmlNode *node, const struct jsdl_rule *rule)
{
    (void)rule;
    return jsdl_read_unsupported(r, node, NULL);
}

/* The boolean of NODE must be WANTED. */
static int
read_fixed(struct jsdl_read *r, const xmlNode *node, bool wanted)
{
    bool value;

    if (jsdl_read_bool(r, node, &value) < 0)
        return -1;
    return value == wanted
               ? 0
               : jsdl_read_unsupported(r, node,
                                       wanted ? "it is always true"
                                              : "it is always false");
}

static int
read_true(struct jsdl_read *r, const xmlNode *node,
          const struct jsdl_rule *rule)
{
    (void)rule;
    return read_fixed(r, node, true);
}

static int
read_false(struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    (void)rule;
    return read_fixed(r, node, false);
}

static int
read_either(struct jsdl_read *r, const xmlNode *node,
            const struct jsdl_rule *rule)
{
    bool value;

    (void)rule;
    return jsdl_read_bool(r, node, &value);
}

#define RULE(element, fn)             \
    {                                 \
        .name = element, .read = (fn) \
    }

/* rftOptions and deleteOptions. */
static int
read_options(struct jsdl_read *r, const xmlNode *node,
             const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        RULE("binary", read_true),
        RULE("blockSize", read_hint),
        RULE("tcpBufferSize", read_hint),
        RULE("notpt", read_either), /* third-party transfer: the site chooses */
        RULE("parallelStreams", read_hint),
        RULE("dcau", read_true),
        RULE("subjectName", refuse),
        RULE("destinationSubjectName", refuse),
        RULE("sourceSubjectName", refuse),
        RULE("userName", refuse),
        RULE("ignoreFilePermErr", read_false),
        { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}

/* jsdl_rule_fn: a URL into the char * AT of the transfer being read. */
static int
read_url(struct jsdl_read *r, const xmlNode *node, const struct jsdl_rule *rule)
{
    return gt4job_read_value(r, node, true,
                             (char **)((char *)r->staging + rule->at));
}

#define URL(element, field)                        \
    {                                              \
        .name = element, .read = read_url,         \
        .at = offsetof(struct jsdl_staging, field) \
    }

/* Add the transfer S to the job; NODE is its element. */
static int
add_transfer(struct jsdl_read *r, const xmlNode *node, bool in,
             const struct jsdl_staging *s)
{
    const char *local = in ? s->target : s->source;
    struct job_transfer *t;
    char *path;

    if (s->source == NULL || s->target == NULL)
        return err_set(r->err, ERR_SYNTAX,
                       "line %ld: a transfer needs sourceUrl and "
                       "destinationUrl",
                       xmlGetLineNo(node));
    path = local_path(local);
    if (path == NULL)
        return err_set(r->err, ERR_USAGE,
                       "line %ld: %s is '%s': it must be a file:// URL on the "
                       "site",
                       xmlGetLineNo(node), in ? "destinationUrl" : "sourceUrl",
                       local);
    t = in ? job_add_stage_in(r->job) : job_add_stage_out(r->job);
    t->file = path;
    t->url = xstrdup(in ? s->source : s->target);
    return 0;
}

static int
read_transfer(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        RULE("transferId", read_hint), /* a label without effect */
        URL("sourceUrl", source),
        URL("destinationUrl", target),
        RULE("rftOptions", read_options),
        { .name = NULL }
    };
    bool in = strcmp((const char *)node->parent->name, "fileStageIn") == 0;
    struct jsdl_staging s = { .file = NULL };
    int rc;

    (void)rule;
    r->staging = &s;
    rc = jsdl_read_children(r, node, rules);
    r->staging = NULL;
    if (rc == 0)
        rc = add_transfer(r, node, in, &s);
    free(s.source);
    free(s.target);
    return rc;
}

static int
read_deletion(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = { RULE("transferId", read_hint),
                                              URL("file", file),
                                              RULE("deleteOptions",
                                                   read_options),
                                              { .name = NULL } };
    struct jsdl_staging s = { .file = NULL };
    char *path = NULL;
    int rc;

    (void)rule;
    r->staging = &s;
    rc = jsdl_read_children(r, node, rules);
    r->staging = NULL;
    if (rc == 0 && s.file != NULL)
        path = local_path(s.file);
    if (path != NULL)
        job_add_clean_up(r->job, path);
    else if (rc == 0)
        rc = err_set(r->err, ERR_USAGE,
                     "line %ld: a deletion needs a file:// URL in 'file'",
                     xmlGetLineNo(node));
    free(s.file);
    free(path);
    return rc;
}

/* The common first elements of both requests.  A deadline is refused, since the
 * site has its own limits. */
#define HEAD                                                                  \
    RULE("concurrency", read_hint), RULE("maxAttempts", read_hint),           \
        RULE("finishBy", refuse), RULE("transferCredentialEndpoint", refuse), \
        RULE("allOrNone", read_false)

int
gt4job_transfer_read(struct jsdl_read *r, const xmlNode *node,
                     const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        HEAD,
        RULE("rftOptions", read_options),
        { .name = "transfer", .many = true, .read = read_transfer },
        { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}

int
gt4job_transfer_read_deletions(struct jsdl_read *r, const xmlNode *node,
                               const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        HEAD,
        RULE("deleteOptions", read_options),
        { .name = "deletion", .many = true, .read = read_deletion },
        { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}
