/* clients/gridcp/gridcp_place.c - parse the URLs of gridcp into server and
 * path. */
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/url.h"
#include "clients/gridcp/gridcp.h"

/* Characters not encoded in a URL's path; none of a pattern. */
#define PATH_KEEP "/~!$&'()+,;=:@"

static enum gridcp_scheme
scheme_of(const char *name)
{
    if (strcmp(name, "gsiftp") == 0)
        return GRIDCP_GSIFTP;
    if (strcmp(name, "ftp") == 0)
        return GRIDCP_FTP;
    if (strncmp(name, "http", 4) == 0)
        return GRIDCP_HTTP;
    return strcmp(name, "-") == 0 ? GRIDCP_STREAM : GRIDCP_FILE;
}

bool
gridcp_place_ftp(const struct gridcp_site *site)
{
    return site->scheme == GRIDCP_GSIFTP || site->scheme == GRIDCP_FTP;
}

static bool
same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static char *
prefix_of(const struct url *u)
{
    bool v6 = strchr(u->host, ':') != NULL;

    if (strcmp(u->scheme, "file") == 0)
        return xstrdup("file://");
    if (strcmp(u->scheme, "-") == 0)
        return xstrdup("");
    if (u->port == url_default_port(u->scheme))
        return xasprintf(v6 ? "%s://[%s]" : "%s://%s", u->scheme, u->host);
    return xasprintf(v6 ? "%s://[%s]:%u" : "%s://%s:%u", u->scheme, u->host,
                     u->port);
}

/* Find or make the struct of U's server. */
static struct gridcp_site *
find_site(struct gridcp *g, const struct url *u)
{
    char *prefix = prefix_of(u);
    struct gridcp_site *s;

    lock_take(&g->lock);
    for (s = g->sites; s != NULL; s = s->next)
        if (strcmp(s->prefix, prefix) == 0 && same_text(s->user, u->user) &&
            same_text(s->password, u->password))
            break;
    if (s == NULL) {
        s = xcalloc(1, sizeof(*s));
        s->scheme = scheme_of(u->scheme);
        s->prefix = xstrdup(prefix);
        s->host = xstrdup(u->host);
        s->port = u->port;
        s->user = u->user != NULL ? xstrdup(u->user) : NULL;
        s->password = u->password != NULL ? xstrdup(u->password) : NULL;
        s->next = g->sites;
        g->sites = s;
    }
    lock_release(&g->lock);
    free(prefix);
    return s;
}

/* Convert the path of a URL to the form that an FTP server needs. */
static char *
server_path(const struct gridcp *g, const char *path)
{
    if (g->o.relative)
        return xstrdup(path[1] != '\0' ? path + 1 : "./");
    return xstrdup(strncmp(path, "/~", 2) == 0 ? path + 1 : path);
}

char *
gridcp_place_full(const struct gridcp_end *end)
{
    const struct gridcp_site *s = end->site;
    const char *host = strstr(end->url, "://");
    struct buf out = BUF_INIT;

    if (s == NULL || s->password == NULL || host == NULL)
        return xstrdup(end->url);
    host += 3;
    buf_add(&out, end->url, (size_t)(host - end->url));
    percent_encode(&out, s->user != NULL ? s->user : "", "");
    buf_addc(&out, ':');
    percent_encode(&out, s->password, "");
    buf_addf(&out, "@%s", host);
    return buf_detach(&out);
}

int
gridcp_place(struct gridcp *g, const char *url, struct gridcp_end *end,
             struct err *err)
{
    struct url u;

    *end = (struct gridcp_end){ 0 };
    if (url_parse(url, &u, err) < 0)
        return -1;
    end->site = find_site(g, &u);
    if (gridcp_place_ftp(end->site))
        end->path = server_path(g, u.path);
    else
        end->path = xstrdup(u.path);
    end->url = xstrdup(u.shown);
    url_fini(&u);
    return 0;
}

void
gridcp_place_child(const struct gridcp_end *dir, const char *name, bool is_dir,
                   struct gridcp_end *end)
{
    const char *slash =
        dir->path[0] != '\0' && dir->path[strlen(dir->path) - 1] != '/' ? "/"
                                                                        : "";
    struct buf url = BUF_INIT;

    end->site = dir->site;
    end->path =
        xasprintf("%s%s%s%s", dir->path, slash, name, is_dir ? "/" : "");
    buf_adds(&url, dir->url);
    buf_adds(&url, slash);
    if (url_is_bare(dir->url))
        buf_adds(&url, name);
    else
        percent_encode(&url, name, PATH_KEEP);
    if (is_dir)
        buf_addc(&url, '/');
    end->url = buf_detach(&url);
}

void
gridcp_place_copy(const struct gridcp_end *from, struct gridcp_end *to)
{
    to->site = from->site;
    to->path = xstrdup(from->path);
    to->url = xstrdup(from->url);
}

void
gridcp_place_fini(struct gridcp_end *end)
{
    free(end->path);
    free(end->url);
    *end = (struct gridcp_end){ 0 };
}

void
gridcp_place_free(struct gridcp *g)
{
    struct gridcp_site *s;

    while ((s = g->sites) != NULL) {
        g->sites = s->next;
        if (s->password != NULL)
            explicit_bzero(s->password, strlen(s->password));
        free(s->prefix);
        free(s->host);
        free(s->user);
        free(s->password);
        free(s);
    }
}
