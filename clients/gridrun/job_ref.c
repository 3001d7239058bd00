/* clients/gridrun/job_ref.c - see job_ref.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/fs.h"
#include "base/xml.h"
#include "clients/gridrun/bes_request_soap.h"
#include "clients/gridrun/job_ref.h"
#include "soap/wsa.h"

#define EPR_FILE_MAX 65536

/* Fill REF for job ID at the site whose URLs begin with BASE
 * ("https://h:p"). */
static void
set(struct job_ref *ref, const char *base, int base_len, const char *id)
{
    ref->url = xasprintf("%.*s/bes", base_len, base);
    ref->id = xstrdup(id);
    ref->handle = xasprintf("%.*s/jobs/%s", base_len, base, id);
}

/* Split "BASE/jobs/ID"; false if TEXT is not a handle. */
static bool
split_handle(const char *text, struct job_ref *ref)
{
    const char *mark = strstr(text, "/jobs/");

    if (mark == NULL || !uuid_ok(mark + 6))
        return false;
    set(ref, text, (int)(mark - text), mark + 6);
    return true;
}

int
job_ref_from_address(const char *address, struct job_ref *ref, struct err *err)
{
    memset(ref, 0, sizeof(*ref));
    if (split_handle(address, ref))
        return 0;
    return err_set(
        err, ERR_SYNTAX,
        "this endpoint reference is not a job's: its address is '%s'", address);
}

/* Parse an endpoint reference in XML, whatever its root's name. */
static int
from_document(const struct buf *xml, struct job_ref *ref, struct err *err)
{
    struct wsa_epr epr;
    xmlDoc *doc = NULL;
    int rc;

    if (xml_parse(buf_str(xml), xml->len, &doc, err) < 0)
        return -1;
    rc = wsa_epr_read(&epr, xmlDocGetRootElement(doc), err);
    if (rc == 0) {
        rc = job_ref_from_address(epr.address, ref, err);
        wsa_epr_fini(&epr);
    }
    xmlFreeDoc(doc);
    return rc;
}

/* Parse TEXT, a job without selected tasks. */
static int
load_plain(const char *text, const char *url, struct job_ref *ref,
           struct err *err)
{
    struct buf file = BUF_INIT;
    int rc;

    memset(ref, 0, sizeof(*ref));
    if (strncmp(text, "uuid:", 5) == 0)
        text += 5;
    if (uuid_ok(text)) {
        const char *slash = strstr(url, "://");

        slash = slash != NULL ? strchr(slash + 3, '/') : NULL;
        set(ref, url, slash != NULL ? (int)(slash - url) : (int)strlen(url),
            text);
        return 0;
    }
    if (strncmp(text, "https://", 8) == 0) {
        if (split_handle(text, ref))
            return 0;
        return err_set(err, ERR_SYNTAX,
                       "'%s' is not a job handle: https://HOST:PORT/jobs/ID is",
                       text);
    }
    if (fs_read_input(text, EPR_FILE_MAX, &file, err) < 0)
        return err_wrap(err, "job reference");
    rc = from_document(&file, ref, err);
    if (rc < 0)
        err_wrap(err, "job reference file '%s'", text);
    buf_fini(&file);
    return rc;
}

/* Find "[TASKS]" in TEXT; NULL: there is none, or it belongs to a file name. */
static const char *
find_tasks(const char *text)
{
    const char *at = strrchr(text, '[');
    size_t n = strlen(text);

    return at == NULL || at == text || text[n - 1] != ']' ||
                   access(text, F_OK) == 0
               ? NULL
               : at;
}

int
job_ref_load(const char *text, const char *url, struct job_ref *ref,
             struct err *err)
{
    const char *at = find_tasks(text);
    char *plain;
    int rc;

    if (at == NULL)
        return load_plain(text, url, ref, err);
    plain = xasprintf("%.*s", (int)(at - text), text);
    rc = load_plain(plain, url, ref, err);
    free(plain);
    if (rc == 0)
        ref->tasks = xasprintf("%.*s", (int)strlen(at) - 2, at + 1);
    return rc;
}

int
job_ref_write(const struct job_ref *ref, FILE *out)
{
    struct buf xml = BUF_INIT;
    int rc;

    bes_request_reference(&xml, ref->handle);
    buf_addc(&xml, '\n');
    rc = fputs(buf_str(&xml), out) < 0 || fflush(out) != 0 ? -1 : 0;
    buf_fini(&xml);
    return rc;
}

void
job_ref_fini(struct job_ref *ref)
{
    free(ref->url);
    free(ref->id);
    free(ref->handle);
    free(ref->tasks);
    memset(ref, 0, sizeof(*ref));
}
