/* clients/gridcp/gridcp_dest.c - see gridcp_dest.h. */
#include <stdlib.h>
#include <string.h>

#include "clients/gridcp/gridcp_dest.h"
#include "clients/gridcp/gridcp_file.h"

const char *
gridcp_dest_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

bool
gridcp_dest_is_dir(const struct gridcp_end *end)
{
    size_t n = strlen(end->path);

    return n > 0 && end->path[n - 1] == '/';
}

void
gridcp_dest_be_dir(struct gridcp_end *end)
{
    struct gridcp_end old = *end;

    if (gridcp_dest_is_dir(end))
        return;
    end->path = xasprintf("%s/", old.path);
    end->url = xasprintf("%s/", old.url);
    free(old.path);
    free(old.url);
}

int
gridcp_dest_check(const struct gridcp_end *src, const struct gridcp_end *dst,
                  struct err *err)
{
    if (src->site != dst->site || src->site->scheme == GRIDCP_STREAM ||
        strcmp(src->path, dst->path) != 0)
        return 0;
    return err_set(err, ERR_USAGE, "source and destination are the same");
}

bool
gridcp_dest_retry(struct gridcp_task *t, enum err_code code)
{
    bool *flag = NULL;

    if (code == ERR_NOT_FOUND && t->g->o.create_dest)
        flag = &t->make_parents;
    else if (code == ERR_EXISTS && t->whole && !t->child)
        flag = &t->look_into;
    if (flag == NULL || *flag)
        return false;
    *flag = true;
    return true;
}

/* Move T's destination into the directory it names, if it is one. */
static int
look_into(struct gridcp_task *t, struct ftpclient *c, struct err *err)
{
    struct gridcp_end below, dir = t->dst;
    struct facts facts;
    bool is;

    if (ftpclient_stat(c, t->dst.path, &facts, err) < 0)
        return -1;
    is = facts.type == FACTS_DIR || facts.type == FACTS_CDIR;
    facts_fini(&facts);
    if (!is)
        return 0;
    gridcp_place_child(&dir, gridcp_dest_name(t->src.path), false, &below);
    gridcp_place_fini(&t->dst);
    t->dst = below;
    return 0;
}

int
gridcp_dest_prepare(struct gridcp_task *t, struct ftpclient *c, struct err *err)
{
    if (t->look_into && !t->looked) {
        t->looked = true;
        if (look_into(t, c, err) < 0 ||
            gridcp_dest_check(&t->src, &t->dst, err) < 0)
            return -1;
    }
    return t->make_parents ? ftpclient_mkparents(c, t->dst.path, err) : 0;
}

int
gridcp_dest_open(struct gridcp_task *t, bool keep, struct err *err)
{
    struct err why = ERR_INIT;
    int rc;

    pthread_rwlock_rdlock(&t->g->parts);
    rc = gridcp_file_create(&t->file, t->dst.path, !t->whole, keep, &why);
    if (rc < 0 && why.code == ERR_NOT_FOUND && t->g->o.create_dest) {
        rc = gridcp_file_parents(t->dst.path, err);
        if (rc == 0)
            rc =
                gridcp_file_create(&t->file, t->dst.path, !t->whole, keep, err);
    }
    pthread_rwlock_unlock(&t->g->parts);
    return rc < 0 ? err_set(err, why.code, "%s", why.text) : 0;
}

int
gridcp_dest_finish(struct gridcp_task *t, struct err *err)
{
    int rc;

    pthread_rwlock_rdlock(&t->g->parts);
    rc = gridcp_file_finish(&t->file, err);
    pthread_rwlock_unlock(&t->g->parts);
    return rc;
}
