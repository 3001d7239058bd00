/* jobs/gt4job_read.c - see gt4job_read.h. */
#include "jobs/gt4job_read.h"

#include <stdlib.h>
#include <string.h>

#include "base/xml.h"

#define GT40 "http://www.globus.org/namespaces/2004/10/"
#define GT42 "http://www.globus.org/namespaces/2008/"

/* The namespaces of a description's own elements. */
static const char *const own[] = { GT40 "gram/job",
                                   GT40 "gram/job/description",
                                   GT40 "gram/job/types",
                                   GT40 "rft",
                                   GT42 "03/gram/job",
                                   GT42 "03/gram/job/description",
                                   GT42 "03/gram/job/types",
                                   GT42 "04/rft",
                                   NULL };
static const char *const addressing[] = {
    "http://schemas.xmlsoap.org/ws/2004/03/addressing",
    "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "http://www.w3.org/2005/08/addressing", NULL
};
/* The variables that sites replace: gatekeeper/life/life_record.c, and the
 * number of a task. */
static const char *const words[] = { "GLOBUS_USER_HOME",   "GLOBUS_USER_NAME",
                                     "GLOBUS_SCRATCH_DIR", "GLOBUS_JOB_ID",
                                     "GATEHOUSE_TASK",     NULL };

/* Whether LIST contains the N bytes at TEXT. */
static bool
has(const char *const *list, const char *text, size_t n)
{
    while (*list != NULL && (strlen(*list) != n || memcmp(*list, text, n) != 0))
        list++;
    return *list != NULL;
}

bool
gt4job_read_is(const xmlNode *node, const struct jsdl_rule *rule)
{
    const char *ns = node->ns != NULL && node->ns->href != NULL
                         ? (const char *)node->ns->href
                         : "";

    if (strcmp((const char *)node->name, rule->name) != 0)
        return false;
    return *ns == '\0' ||
           has(rule->ns != NULL ? addressing : own, ns, strlen(ns));
}

/* Check that each ${NAME} in TEXT is known; an unclosed "${" is plain text. */
static int
check_words(struct jsdl_read *r, const xmlNode *node, const char *text)
{
    const char *at, *end;

    for (at = strstr(text, "${"); at != NULL; at = strstr(at + 2, "${")) {
        end = strchr(at, '}');
        if (end == NULL)
            return 0;
        if (!has(words, at + 2, (size_t)(end - at - 2)))
            return err_set(r->err, ERR_USAGE,
                           "line %ld: %s: there is no value for '%.*s' (known "
                           "are GLOBUS_USER_HOME, GLOBUS_USER_NAME, "
                           "GLOBUS_SCRATCH_DIR, GLOBUS_JOB_ID, GATEHOUSE_TASK)",
                           xmlGetLineNo(node), (const char *)node->name,
                           (int)(end - at < 60 ? end - at + 1 : 60), at);
    }
    return 0;
}

int
gt4job_read_value(struct jsdl_read *r, const xmlNode *node, bool trim,
                  char **text)
{
    if (jsdl_read_text(r, node, trim, text) < 0)
        return -1;
    if (check_words(r, node, *text) == 0)
        return 0;
    free(*text);
    *text = NULL;
    return -1;
}

int
gt4job_read_string(struct jsdl_read *r, const xmlNode *node,
                   const struct jsdl_rule *rule)
{
    char *text;

    if (gt4job_read_value(r, node, true, &text) < 0)
        return -1;
    free(text);
    return jsdl_read_string(r, node, rule);
}
