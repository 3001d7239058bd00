/* gatekeeper/supervisor/sharedrun.c - see sharedrun.h. */
#include "gatekeeper/supervisor/sharedrun.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/testpoint.h"
#include "gatekeeper/supervisor/walltime.h"

#define UNIT       ".gatehouse/job"
#define LAUNCH_MAX (4u << 20)

static int
open_unit(struct sharedrun *r, int basefd, struct err *err)
{
    r->sessionfd = openat(basefd, r->run.job,
                          O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (r->sessionfd >= 0)
        r->unitfd = fs_open_beneath(r->sessionfd, UNIT, O_RDONLY | O_DIRECTORY,
                                    0, false);
    return r->unitfd >= 0
               ? 0
               : err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                         "cannot open '%s' in the session: %s", UNIT,
                         strerror(errno));
}

/* Read and check the launch file. */
static int
read_launch(struct sharedrun *r, struct err *err)
{
    struct launch launch;
    struct buf copy = BUF_INIT;
    int rc = fs_read(r->unitfd, r->record.files.name[RUNFILE_LAUNCH],
                     LAUNCH_MAX, &r->launch, err);

    if (rc < 0)
        return -1;
    buf_add(&copy, r->launch.data, r->launch.len);
    rc = launch_parse(copy.data, copy.len, &launch, err);
    if (rc == 0)
        launch_fini(&launch);
    buf_fini(&copy);
    return rc;
}

static int
prepare(struct sharedrun *r, int basefd, const struct identity *self,
        struct err *err)
{
    struct identity id = *self;

    id.run = r->number;
    if (open_unit(r, basefd, err) < 0)
        return -1;
    runrecord_init(&r->record, r->unitfd, RUNRECORD_BOOKED, r->run.task,
                   r->run.attempt);
    if (runrecord_lock(&r->record, err) < 0)
        return -1;
    if (runrecord_ended(&r->record))
        return err_set(err, ERR_STATE, "the run was started before");
    if (read_launch(r, err) < 0 || runrecord_reserve(&r->record, err) < 0)
        return -1;
    return identity_write(r->unitfd, r->record.files.name[RUNFILE_ID], &id,
                          err);
}

struct sharedrun *
sharedrun_create(int basefd, const struct startbook_run *run,
                 const struct identity *self, uint32_t number, struct err *err)
{
    struct sharedrun *r = xcalloc(1, sizeof(*r));

    r->run = *run;
    r->number = number;
    r->sessionfd = r->unitfd = r->record.lock_fd = r->record.room_fd = -1;
    r->launch = (struct buf)BUF_INIT;
    if (prepare(r, basefd, self, err) == 0)
        return r;
    sharedrun_destroy(r);
    return NULL;
}

void
sharedrun_destroy(struct sharedrun *r)
{
    if (r == NULL)
        return;
    runrecord_fini(&r->record);
    taskrun_fini(&r->task);
    buf_fini(&r->launch);
    if (r->unitfd >= 0)
        close(r->unitfd);
    if (r->sessionfd >= 0)
        close(r->sessionfd);
    free(r);
}

void
sharedrun_begin(struct sharedrun *r, const struct err *armed)
{
    struct err err = *armed;
    int rc = err.code == ERR_OK ? runrecord_mark(&r->record, &err) : -1;

    if (rc > 0)
        return; /* another supervisor has the run */
    r->began = true;
    if (rc < 0) {
        taskrun_refuse(&r->task, &err);
        return;
    }
    test_point("sup.marker");
    if (fchdir(r->sessionfd) < 0) {
        err_set(&err, ERR_IO, "cannot enter the session: %s", strerror(errno));
        taskrun_refuse(&r->task, &err);
        return;
    }
    taskrun_begin(&r->task, &r->launch, r->run.task, r->run.attempt);
    taskrun_limit(&r->task, walltime_read(r->unitfd));
    test_point("sup.exec");
}

/* Status requests read this file. */
static void
stop(struct sharedrun *r, bool stop)
{
    const char *name = r->record.files.name[RUNFILE_STOPPED];
    int fd;

    taskrun_stop(&r->task, stop);
    if (!stop) {
        unlinkat(r->unitfd, name, 0);
        return;
    }
    fd = openat(r->unitfd, name,
                O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

void
sharedrun_signal(struct sharedrun *r, int sig)
{
    /* Told to end while its record cannot be written: give the record up. */
    if (r->t_again > 0 && (sig == SIGTERM || sig == SIGUSR2))
        r->hopeless = true;
    else if (sig == SIGHUP)
        taskrun_limit(&r->task, walltime_read(r->unitfd));
    else if (sig == SIGTERM || sig == SIGINT)
        taskrun_end(&r->task, EXITREC_CANCELLED, r->task.launch.grace);
    else if (sig == SIGUSR2)
        taskrun_end(&r->task, EXITREC_CANCELLED, 0);
    else if (sig == SIGTSTP || sig == SIGCONT)
        stop(r, sig == SIGTSTP);
}

bool
sharedrun_record(struct sharedrun *r)
{
    struct buf text = BUF_INIT;
    struct stat st;
    int rc = 0;

    if (r->began) {
        exitrec_write(&r->task.rec, &text);
        test_point("sup.exit.before_record");
        rc = runrecord_write(&r->record, &text);
        test_point("sup.exit.after_record");
        buf_fini(&text);
        /* Without its directory there is no record to write. */
        if (rc < 0 && !r->hopeless && fstat(r->unitfd, &st) == 0 &&
            st.st_nlink > 0)
            return false;
    }
    runrecord_tidy(&r->record);
    return true;
}
