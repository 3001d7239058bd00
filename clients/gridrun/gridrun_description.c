/* clients/gridrun/gridrun_description.c - reads the description of a job: a
 * file in any supported language, or a command. */
#include <stdlib.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "base/xml.h"
#include "clients/gridrun/gridrun.h"
#include "jobs/gt4job.h"
#include "jobs/jsdl.h"
#include "jobs/rsl.h"

#define DESCRIPTION_MAX (1 << 20)

int
gridrun_sendable(const char *what, const char *text, struct err *err)
{
    size_t at = utf8_xml_span(text);

    if (text[at] == '\0')
        return 0;
    return err_set(err, ERR_USAGE,
                   "%s ('%s'): byte %zu (0x%02x) cannot be sent: a request is "
                   "UTF-8 text without control characters; put such bytes into "
                   "a file",
                   what, text, at + 1, (unsigned char)text[at]);
}

/* Make the record of "-c program arguments". */
static int
from_command(const struct gridrun *g, struct job *job, struct err *err)
{
    char what[32];

    if (gridrun_sendable("the program", g->command[0], err) < 0)
        return -1;
    job->executable = xstrdup(g->command[0]);
    for (size_t i = 1; g->command[i] != NULL; i++) {
        snprintf(what, sizeof(what), "argument %zu", i);
        if (gridrun_sendable(what, g->command[i], err) < 0)
            return -1;
        job_add_arg(job, g->command[i]);
    }
    return 0;
}

/* Parse either language, by the name of the root; a GT4 job may name its
 * site. */
static int
parse_document(struct gridrun *g, const xmlNode *root, struct job *job,
               struct err *err)
{
    char *feature = NULL;
    int rc;

    if (xml_is(root, "*", "JobDefinition"))
        rc = jsdl_parse(root, job, &feature, err);
    else
        rc = gt4job_parse(root, job, &g->factory_said, &feature, err);
    if (rc < 0 && feature != NULL)
        err_wrap(err, "'%s' is not supported", feature);
    free(feature);
    return rc;
}

/* Parse TEXT, RSL or XML; *doc is NULL for RSL, otherwise the caller frees it
 * with xmlFreeDoc(). */
static int
parse_text(struct gridrun *g, const struct buf *text, xmlDoc **doc,
           struct job *job, struct err *err)
{
    if (!rsl_is(buf_str(text)))
        return xml_parse(buf_str(text), text->len, doc, err) < 0
                   ? -1
                   : parse_document(g, xmlDocGetRootElement(*doc), job, err);
    /* it is sent as XML */
    return rsl_parse(buf_str(text), text->len, job, err) < 0 ||
                   gridrun_sendable("the text", buf_str(text), err) < 0
               ? -1
               : 0;
}

/* Write JOB for the request.  A JSDL document DOC (NULL ok) is sent as it is,
 * except for local files: another site may support elements that this client
 * does not. */
static void
write_description(const struct gridrun *g, xmlDoc *doc, const struct job *job,
                  struct buf *out)
{
    const xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;

    if (root != NULL && xml_is(root, JSDL_NS, "JobDefinition") &&
        g->inputs.n == 0 && g->fetches.n == 0)
        xml_write(out, root);
    else
        jsdl_write(job, out);
}

int
gridrun_description(struct gridrun *g, char **jsdl, struct job *job,
                    struct err *err)
{
    struct buf text = BUF_INIT, out = BUF_INIT;
    xmlDoc *doc = NULL;
    int rc = -1;

    *jsdl = NULL;
    job_init(job);
    if (g->command != NULL) {
        if (from_command(g, job, err) < 0)
            return err_wrap(err, "-job-command");
        jsdl_write(job, &out);
        *jsdl = buf_detach(&out);
        return 0;
    }
    if (fs_read_input(g->description_file, DESCRIPTION_MAX, &text, err) < 0) {
        err_wrap(err, "job description");
        goto out;
    }
    if (parse_text(g, &text, &doc, job, err) < 0 ||
        gridrun_inputs_take(job, &g->inputs, err) < 0 ||
        gridrun_fetches_take(job, &g->fetches, err) < 0)
        goto named;
    write_description(g, doc, job, &out);
    *jsdl = buf_detach(&out);
    rc = 0;
named:
    if (rc < 0)
        err_wrap(err, "job description '%s'", g->description_file);
out:
    xmlFreeDoc(doc);
    buf_fini(&text);
    buf_fini(&out);
    return rc;
}
