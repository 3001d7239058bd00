/* clients/job_ref.c - see job_ref.h. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/fs.h"
#include "base/xml.h"
#include "clients/bes_client.h"
#include "clients/job_ref.h"

#define EPR_FILE_MAX 65536

/* Fill REF for job ID at the door URL. */
static void
set(struct job_ref *ref, const char *url, const char *id)
{
    struct buf out = BUF_INIT;

    ref->url = xstrdup(url);
    ref->id = xstrdup(id);
    buf_adds(&out, "<bes:ActivityIdentifier xmlns:bes=\"" BES_FACTORY_NS
                   "\" xmlns:wsa=\"" WSA_2005_08 "\"><wsa:Address>");
    buf_add_xml(&out, url);
    buf_adds(&out, "</wsa:Address><wsa:ReferenceParameters>"
                   "<jobs:ActivityID xmlns:jobs=\"" JOBS_STATUS_NS "\">");
    buf_add_xml(&out, id);
    buf_adds(&out, "</jobs:ActivityID></wsa:ReferenceParameters>"
                   "</bes:ActivityIdentifier>");
    ref->identifier = buf_detach(&out);
}

/* Split "URL?ID"; false when it is no handle. */
static bool
split_handle(const char *text, struct job_ref *ref)
{
    const char *mark = strchr(text, '?');
    char *url;

    if (mark == NULL || !uuid_ok(mark + 1))
        return false;
    url = xasprintf("%.*s", (int)(mark - text), text);
    set(ref, url, mark + 1);
    free(url);
    return true;
}

int
job_ref_from_identifier(const char *xml, struct job_ref *ref, struct err *err)
{
    char *address = NULL, *id = NULL;
    xmlDoc *doc = NULL;
    xmlNode *root;
    int rc = -1;

    memset(ref, 0, sizeof(*ref));
    if (xml_parse(xml, strlen(xml), &doc, err) < 0)
        return -1;
    root = xmlDocGetRootElement(doc);
    address = xml_child_text(root, "*", "Address");
    id = xml_child_text(xml_child(root, "*", "ReferenceParameters"),
                        JOBS_STATUS_NS, "ActivityID");
    if (address != NULL && id != NULL && uuid_ok(id))
        set(ref, address, id), rc = 0;
    else if (address != NULL && split_handle(address, ref))
        rc = 0;
    else
        err_set(err, ERR_SYNTAX, "this endpoint reference names no job");
    free(address);
    free(id);
    xmlFreeDoc(doc);
    return rc;
}

int
job_ref_load(const char *text, const char *url, struct job_ref *ref,
             struct err *err)
{
    struct buf file = BUF_INIT;
    int rc;

    memset(ref, 0, sizeof(*ref));
    if (strncmp(text, "uuid:", 5) == 0)
        text += 5;
    if (uuid_ok(text)) {
        set(ref, url, text);
        return 0;
    }
    if (strncmp(text, "https://", 8) == 0) {
        if (split_handle(text, ref))
            return 0;
        return err_set(err, ERR_SYNTAX,
                       "'%s' is no job handle: https://HOST:PORT/bes?ID is",
                       text);
    }
    if (fs_read(AT_FDCWD, text, EPR_FILE_MAX, &file, err) < 0)
        return err_wrap(err, "job reference");
    rc = job_ref_from_identifier(buf_str(&file), ref, err);
    if (rc < 0)
        err_wrap(err, "job reference file '%s'", text);
    buf_fini(&file);
    return rc;
}

int
job_ref_write(const struct job_ref *ref, FILE *out)
{
    struct buf xml = BUF_INIT;
    int rc;

    buf_adds(&xml, "<wsa:EndpointReference xmlns:wsa=\"" WSA_2005_08
                   "\"><wsa:Address>");
    buf_add_xml(&xml, ref->url);
    buf_adds(&xml, "</wsa:Address><wsa:ReferenceParameters>"
                   "<jobs:ActivityID xmlns:jobs=\"" JOBS_STATUS_NS "\">");
    buf_add_xml(&xml, ref->id);
    buf_adds(&xml, "</jobs:ActivityID></wsa:ReferenceParameters>"
                   "</wsa:EndpointReference>\n");
    rc = fputs(buf_str(&xml), out) < 0 || fflush(out) != 0 ? -1 : 0;
    buf_fini(&xml);
    return rc;
}

void
job_ref_fini(struct job_ref *ref)
{
    free(ref->url);
    free(ref->id);
    free(ref->identifier);
    memset(ref, 0, sizeof(*ref));
}
