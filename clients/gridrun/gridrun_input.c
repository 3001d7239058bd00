/* clients/gridrun/gridrun_input.c - see gridrun_input.h. */
#include "clients/gridrun/gridrun_input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/url.h"

#define SCRATCH "${GLOBUS_SCRATCH_DIR}/"

char *
gridrun_local_path(const char *url)
{
    char *path = NULL, *local;
    size_t host;
    struct url u;

    if (strncasecmp(url, "file:", 5) != 0)
        return NULL;
    host = strncmp(url + 5, "//", 2) == 0 ? strcspn(url + 7, "/") : 0;
    if (host > 0 && (host != 9 || strncasecmp(url + 7, "localhost", host) != 0))
        return NULL;
    local = xasprintf("file://%s", url + 5 + (url[6] == '/' ? 2 + host : 0));
    if (url_parse(local, &u, NULL) == 0) {
        path = xstrdup(u.path);
        url_fini(&u);
    }
    free(local);
    return path;
}

char *
gridrun_session_path(const char *file)
{
    struct buf out = BUF_INIT;

    while (file[0] == '.' && file[1] == '/')
        file += 2;
    if (strncmp(file, SCRATCH, strlen(SCRATCH)) == 0)
        file += strlen(SCRATCH);
    if (file[0] == '/')
        return xstrdup(file); /* outside the session: the site refuses it */
    while (*file != '\0') {
        size_t n = strcspn(file, "/");

        if (n > 0 && !(n == 1 && file[0] == '.')) {
            if (out.len > 0)
                buf_addc(&out, '/');
            buf_add(&out, file, n);
        }
        file += n + (file[n] == '/');
    }
    buf_adds(&out, "");
    return buf_detach(&out);
}

/* Check I's file and store its status. */
static int
look(struct gridrun_input *i, struct err *err)
{
    if (access(i->path, R_OK) < 0 || stat(i->path, &i->st) < 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                       "input '%s' cannot be read here: %s", i->path,
                       strerror(errno));
    if (S_ISDIR(i->st.st_mode))
        return err_set(err, ERR_UNSUPPORTED,
                       "input '%s' is a directory: name its files one by one, "
                       "or pack them into one (tar)",
                       i->path);
    if (!S_ISREG(i->st.st_mode))
        return err_set(err, ERR_UNSUPPORTED,
                       "input '%s' is not a regular file: its size must be "
                       "known before it is sent",
                       i->path);
    return 0;
}

/* Make T an upload of the local file PATH, which is taken. */
static int
take(struct job_transfer *t, char *path, struct gridrun_inputs *in,
     struct err *err)
{
    struct gridrun_input *i;

    in->of = xrealloc(in->of, in->n + 1, sizeof(*in->of));
    i = &in->of[in->n++];
    *i = (struct gridrun_input){ .path = path,
                                 .file = gridrun_session_path(t->file) };
    if (look(i, err) < 0)
        return -1;
    free(t->url);
    t->url = NULL;
    free(t->file);
    t->file = xstrdup(i->file);
    t->upload = true;
    t->bytes = i->st.st_size;
    t->executable |= (i->st.st_mode & S_IXUSR) != 0;
    return 0;
}

int
gridrun_inputs_take(struct job *job, struct gridrun_inputs *in, struct err *err)
{
    for (size_t k = 0; k < job->nstage_in; k++) {
        struct job_transfer *t = &job->stage_in[k];
        char *path = t->url != NULL ? gridrun_local_path(t->url) : NULL;

        if (path != NULL && take(t, path, in, err) < 0)
            return -1;
    }
    return in->n > 0 ? job_check(job, err) : 0;
}

const struct gridrun_input *
gridrun_inputs_find(const struct gridrun_inputs *in, const char *file)
{
    for (size_t k = 0; k < in->n; k++)
        if (strcmp(in->of[k].file, file) == 0)
            return &in->of[k];
    return NULL;
}

static int
check_same(const struct gridrun_input *i, int fd, struct err *err)
{
    struct stat now;

    if (fstat(fd, &now) < 0)
        return err_set(err, ERR_IO, "input '%s' cannot be read: %s", i->path,
                       strerror(errno));
    if (now.st_size == i->st.st_size && now.st_ino == i->st.st_ino &&
        now.st_dev == i->st.st_dev &&
        now.st_mtim.tv_sec == i->st.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == i->st.st_mtim.tv_nsec)
        return 0;
    return err_set(err, ERR_STATE,
                   "input '%s' has changed since the job was submitted: submit "
                   "it again when the file is complete",
                   i->path);
}

int
gridrun_input_open(const struct gridrun_input *i, struct err *err)
{
    int fd = open(i->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return err_set(err, ERR_IO, "input '%s' cannot be read here: %s",
                       i->path, strerror(errno));
    if (check_same(i, fd, err) == 0)
        return fd;
    close(fd);
    return -1;
}

int
gridrun_input_read(const struct gridrun_input *i, int fd, long long at,
                   size_t len, struct buf *out, struct err *err)
{
    buf_clear(out);
    buf_reserve(out, len);
    while (out->len < len) {
        ssize_t n = pread(fd, out->data + out->len, len - out->len,
                          at + (long long)out->len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(err, ERR_IO, "input '%s' cannot be read: %s",
                           i->path, strerror(errno));
        if (n == 0)
            break; /* the file has become shorter */
        out->len += (size_t)n;
    }
    return check_same(i, fd, err);
}

void
gridrun_inputs_fini(struct gridrun_inputs *in)
{
    for (size_t k = 0; k < in->n; k++) {
        free(in->of[k].path);
        free(in->of[k].file);
    }
    free(in->of);
    *in = (struct gridrun_inputs){ .n = 0 };
}
