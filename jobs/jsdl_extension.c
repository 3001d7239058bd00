/* jobs/jsdl_extension.c - jobs:Extension, our only element of JobDescription,
 * for what JSDL cannot express (wsdl/gatehouse-jobs.xsd). */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/xml.h"
#include "jobs/jsdl.h"
#include "jobs/jsdl_read.h"

static int
read_hold(struct jsdl_read *r, const xmlNode *node,
          const struct jsdl_rule *rule)
{
    (void)rule;
    return jsdl_read_bool(r, node, &r->job->hold);
}

static int
read_type(struct jsdl_read *r, const xmlNode *node,
          const struct jsdl_rule *rule)
{
    static const char *const names[] = {
        [JOB_SINGLE] = "single", [JOB_MULTIPLE] = "multiple", [JOB_MPI] = "mpi"
    };
    int i =
        jsdl_read_choice(r, node, names, 3, "is none of single, multiple, mpi");

    (void)rule;
    if (i < 0)
        return -1;
    r->job->type = (enum job_type)i;
    return 0;
}

/* Read the positive integer in attribute NAME into *N; no change if it is
 * absent. */
static int
read_count_attr(struct jsdl_read *r, const xmlNode *node, const char *name,
                long *n)
{
    char *text = xml_attr(node, name);
    long long v;
    int rc = 0;

    if (text != NULL && number_parse(text, 1, JOB_TASKS_MAX, &v) < 0)
        rc = err_set(r->err, ERR_USAGE,
                     "line %ld: Tasks: %s '%.40s' is not a number from 1 to %d",
                     xmlGetLineNo(node), name, text, JOB_TASKS_MAX);
    else if (text != NULL)
        *n = (long)v;
    free(text);
    return rc;
}

static int
read_tasks(struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    long count = -1;

    (void)rule;
    if (read_count_attr(r, node, "count", &count) < 0 ||
        read_count_attr(r, node, "limit", &r->job->task_limit) < 0)
        return -1;
    if (r->job->sweep == NULL) {
        r->job->tasks = count;
        return count > 0 ? 0 : jsdl_read_bad(r, node, "has no count");
    }
    return count < 0 || count == r->job->tasks
               ? 0
               : jsdl_read_bad(r, node,
                               "has a count that is not that of the sweep: "
                               "leave it out");
}

/* A sweep as jsdl_write() wrote it, its places marked already. */
static int
read_sweep(struct jsdl_read *r, const xmlNode *node,
           const struct jsdl_rule *rule)
{
    (void)rule;
    if (r->job->sweep != NULL)
        return jsdl_read_bad(r, node, "stands beside another sweep");
    return jsdl_read_text(r, node, false, &r->job->sweep);
}

static int
read_clean_up(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    char *text;

    (void)rule;
    if (jsdl_read_text(r, node, true, &text) < 0)
        return -1;
    job_add_clean_up(r->job, text);
    free(text);
    return 0;
}

/* An argument that may contain line ends; it follows the application's
 * arguments. */
static int
read_argument(struct jsdl_read *r, const xmlNode *node,
              const struct jsdl_rule *rule)
{
    char *text;

    (void)rule;
    if (jsdl_read_text(r, node, false, &text) < 0)
        return -1;
    job_add_arg(r->job, text);
    free(text);
    return 0;
}

/* Apply an Executable or TransferCredential to the transfers of FILE. */
static int
each_transfer(struct jsdl_read *r, const xmlNode *node, const char *file,
              const char *delegation_id)
{
    struct job *job = r->job;
    size_t met = 0;

    for (size_t i = 0; i < job->nstage_in; i++) {
        if (strcmp(job->stage_in[i].file, file) != 0)
            continue;
        met++;
        if (delegation_id == NULL) {
            job->stage_in[i].executable = true;
            continue;
        }
        free(job->stage_in[i].delegation_id);
        job->stage_in[i].delegation_id = xstrdup(delegation_id);
    }
    for (size_t i = 0; i < job->nstage_out && delegation_id != NULL; i++) {
        if (strcmp(job->stage_out[i].file, file) != 0)
            continue;
        met++;
        free(job->stage_out[i].delegation_id);
        job->stage_out[i].delegation_id = xstrdup(delegation_id);
    }
    return met > 0 ? 0 : jsdl_read_bad(r, node, "names no file that is staged");
}

static int
read_executable(struct jsdl_read *r, const xmlNode *node,
                const struct jsdl_rule *rule)
{
    char *file;
    int rc;

    (void)rule;
    if (jsdl_read_text(r, node, true, &file) < 0)
        return -1;
    rc = each_transfer(r, node, file, NULL);
    free(file);
    return rc;
}

static int
read_credential(struct jsdl_read *r, const xmlNode *node,
                const struct jsdl_rule *rule)
{
    char *file, *id = xml_attr(node, "delegationID");
    int rc;

    (void)rule;
    if (id == NULL)
        return err_set(r->err, ERR_SYNTAX,
                       "line %ld: TransferCredential without delegationID",
                       xmlGetLineNo(node));
    rc = jsdl_read_text(r, node, true, &file);
    if (rc == 0)
        rc = each_transfer(r, node, file, id);
    free(file);
    free(id);
    return rc;
}

#define STRING_RULE(element, field)                                   \
    {                                                                 \
        .ns = JOBS_EXT_NS, .name = element, .read = jsdl_read_string, \
        .at = offsetof(struct job, field)                             \
    }
#define LIST_RULE(element, fn)                                         \
    {                                                                  \
        .ns = JOBS_EXT_NS, .name = element, .many = true, .read = (fn) \
    }

int
jsdl_extension_read(struct jsdl_read *r, const xmlNode *node,
                    const struct jsdl_rule *rule)
{
    static const struct jsdl_rule rules[] = {
        STRING_RULE("Scheduler", scheduler),
        STRING_RULE("Queue", queue),
        STRING_RULE("DelegationID", delegation_id),
        { .ns = JOBS_EXT_NS, .name = "JobType", .read = read_type },
        { .ns = JOBS_EXT_NS,
          .name = "ThreadsPerProcess",
          .read = jsdl_read_count,
          .at = offsetof(struct job, threads) },
        { .ns = JOBS_EXT_NS,
          .name = "Tasks",
          .read = read_tasks,
          .attrs = "count limit" },
        { .ns = JOBS_EXT_NS, .name = "Sweep", .read = read_sweep },
        { .ns = JOBS_EXT_NS, .name = "Hold", .read = read_hold },
        LIST_RULE("CleanUp", read_clean_up),
        LIST_RULE("Argument", read_argument),
        LIST_RULE("Executable", read_executable),
        { .ns = JOBS_EXT_NS,
          .name = "TransferCredential",
          .many = true,
          .read = read_credential,
          .attrs = "delegationID" },
        { .name = NULL }
    };

    (void)rule;
    return jsdl_read_children(r, node, rules);
}
