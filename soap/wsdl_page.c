/* soap/wsdl_page.c - see wsdl_page.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/http.h"
#include "soap/wsdl_page.h"

/* Append the location V[0..N), rewritten for serving. */
static void
render_location(struct buf *out, const char *v, size_t n, const char *base,
                const char *segment)
{
    size_t hold = strlen(WSDL_PLACEHOLDER);

    if (n >= hold && memcmp(v, WSDL_PLACEHOLDER, hold) == 0) {
        buf_add_xml(out, base);
        buf_add(out, v + hold, n - hold);
        return;
    }
    if (memmem(v, n, "://", 3) == NULL && memchr(v, ' ', n) == NULL)
        buf_addf(out, "%s?xsd=", segment);
    buf_add(out, v, n);
}

void
wsdl_page_render(struct buf *out, const char *text, const char *base,
                 const char *path)
{
    static const char word[] = "ocation=";
    const char *slash = strrchr(path, '/'), *hit;

    while ((hit = strstr(text, word)) != NULL) {
        const char *v = hit + sizeof(word), *end;

        end = v[-1] == '"' || v[-1] == '\'' ? strchr(v, v[-1]) : NULL;
        if (end == NULL || hit == text ||
            strchr("lL", hit[-1]) == NULL) { /* [l]ocation, schema[L]ocation */
            buf_add(out, text, (size_t)(hit + 1 - text));
            text = hit + 1;
            continue;
        }
        buf_add(out, text, (size_t)(v - text));
        render_location(out, v, (size_t)(end - v), base,
                        slash != NULL ? slash + 1 : path);
        text = end;
    }
    buf_adds(out, text);
}

/* The text of file NAME; NULL. */
static const char *
file_text(const char *name)
{
    for (const struct wsdl_file *f = wsdl_files; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            return f->text;
    return NULL;
}

bool
wsdl_page(struct buf *out, const struct soap_wsdl *wsdls, const char *base,
          const char *path, const char *query, bool *asked)
{
    const char *text = NULL;
    char *file;

    *asked = false;
    if (query == NULL)
        return false;
    while (wsdls != NULL && wsdls->path != NULL &&
           strcmp(wsdls->path, path) != 0)
        wsdls++;
    if (wsdls == NULL || wsdls->path == NULL)
        return false;
    file = http_param(query, "xsd");
    *asked = file != NULL || strcasecmp(query, "wsdl") == 0;
    if (strcasecmp(query, "wsdl") == 0)
        text = file_text(wsdls->name);
    else if (file != NULL)
        text = file_text(file);
    free(file);
    if (text != NULL)
        wsdl_page_render(out, text, base, path);
    return text != NULL;
}
