/* jobs/jsdl_staging.c - jsdl:DataStaging: files to move before and after the
 * job (GFD.136). */
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "jobs/jsdl.h"
#include "jobs/jsdl_read.h"

/* jsdl_rule_fn: text into the char * AT of the current DataStaging. */
static int
read_name(struct jsdl_read *r, const xmlNode *node,
          const struct jsdl_rule *rule)
{
    return jsdl_read_text(r, node, true,
                          (char **)((char *)r->staging + rule->at));
}

/* The same for a Source or Target, which contains a URI. */
static int
read_end(struct jsdl_read *r, const xmlNode *node, const struct jsdl_rule *rule)
{
    const struct jsdl_rule rules[] = {
        { .ns = JSDL_NS, .name = "URI", .read = read_name, .at = rule->at },
        { .name = NULL }
    };

    if (xml_child(node, JSDL_NS, "URI") == NULL && xml_first(node) == NULL)
        return err_set(r->err, ERR_SYNTAX, "line %ld: %s without a URI",
                       xmlGetLineNo(node), (const char *)node->name);
    return jsdl_read_children(r, node, rules);
}

static int
read_creation(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    static const char *const names[] = { [JOB_OVERWRITE] = "overwrite",
                                         [JOB_APPEND] = "append",
                                         [JOB_DONT_OVERWRITE] =
                                             "dontOverwrite" };
    int i = jsdl_read_choice(r, node, names, 3,
                             "is none of overwrite, append, dontOverwrite");

    (void)rule;
    if (i < 0)
        return -1;
    r->staging->creation = (enum job_creation)i;
    return 0;
}

static int
read_delete(struct jsdl_read *r, const xmlNode *node,
            const struct jsdl_rule *rule)
{
    (void)rule;
    return jsdl_read_bool(r, node, &r->staging->delete_after);
}

/* jobs:Upload, at the place for other namespaces: there is no Source, and the
 * job's owner uploads this many bytes. */
static int
read_upload(struct jsdl_read *r, const xmlNode *node,
            const struct jsdl_rule *rule)
{
    char *text = xml_attr(node, "bytes");
    int rc;

    (void)rule;
    if (text == NULL)
        return err_set(r->err, ERR_SYNTAX, "line %ld: Upload without bytes",
                       xmlGetLineNo(node));
    rc = number_parse(text, 0, LLONG_MAX, &r->staging->bytes);
    free(text);
    if (rc < 0)
        return jsdl_read_bad(r, node, "says no number of bytes");
    if (xml_first(node) != NULL)
        return jsdl_read_bad(r, node, "is not empty");
    r->staging->upload = true;
    return 0;
}

static void
add_transfers(struct job *job, const struct jsdl_staging *s)
{
    if (s->source != NULL || s->upload) {
        struct job_transfer *t = job_add_stage_in(job);

        t->file = xstrdup(s->file);
        t->url = s->source != NULL ? xstrdup(s->source) : NULL;
        t->upload = s->upload;
        t->bytes = s->bytes;
        t->creation = s->creation;
        t->delete_after = s->delete_after && s->target == NULL;
    }
    if (s->target != NULL) {
        struct job_transfer *t = job_add_stage_out(job);

        t->file = xstrdup(s->file);
        t->url = xstrdup(s->target);
        t->creation = s->creation;
        t->delete_after = s->delete_after;
    }
    if (s->source == NULL && !s->upload && s->target == NULL && s->delete_after)
        job_add_clean_up(job, s->file);
}

/* Prefix the file with its file system, if one is named. */
static int
mount(struct jsdl_read *r, const xmlNode *node, struct jsdl_staging *s)
{
    char *dir, *whole;

    if (s->fs == NULL)
        return 0;
    if (jsdl_resource_mount(r, node, s->fs, &dir) < 0)
        return -1;
    if (dir[0] != '\0') {
        whole = xasprintf("%s/%s", dir, s->file);
        free(s->file);
        s->file = whole;
    }
    free(dir);
    return 0;
}

#define RULE(element, fn, field)                      \
    {                                                 \
        .ns = JSDL_NS, .name = element, .read = (fn), \
        .at = offsetof(struct jsdl_staging, field)    \
    }

int
jsdl_staging_read(struct jsdl_read *r, const xmlNode *node,
                  const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        RULE("FileName", read_name, file),
        RULE("FilesystemName", read_name, fs),
        RULE("CreationFlag", read_creation, creation),
        RULE("DeleteOnTermination", read_delete, delete_after),
        RULE("Source", read_end, source),
        RULE("Target", read_end, target),
        { .ns = JOBS_EXT_NS,
          .name = "Upload",
          .read = read_upload,
          .attrs = "bytes" },
        { .name = NULL }
    };
    struct jsdl_staging s = { .creation = JOB_OVERWRITE };
    int rc;

    (void)rule;
    r->staging = &s;
    rc = jsdl_read_children(r, node, rules);
    if (rc == 0 && (s.file == NULL || s.file[0] == '\0'))
        rc = err_set(r->err, ERR_SYNTAX,
                     "line %ld: DataStaging without a FileName",
                     xmlGetLineNo(node));
    if (rc == 0 && s.upload && s.source != NULL)
        rc = err_set(r->err, ERR_SYNTAX,
                     "line %ld: '%s' has a Source, and is uploaded as well",
                     xmlGetLineNo(node), s.file);
    if (rc == 0)
        rc = mount(r, node, &s);
    if (rc == 0)
        add_transfers(r->job, &s);
    r->staging = NULL;
    free(s.file);
    free(s.fs);
    free(s.source);
    free(s.target);
    return rc;
}
