/* tests/lib/lib_storecase.c - see lib_storecase.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/lib_storecase.h"

struct storecase storecase = { .store = &store_sqlite };

void
storecase_open(const char *instance)
{
    assert_int_equal(
        storecase.store->open(storecase.path, &storecase.self, &storecase.err),
        0);
    assert_int_equal(
        storecase.store->join(storecase.self,
                              &(struct store_member){ .instance = instance },
                              &storecase.err),
        0);
}

int
storecase_setup(void **state)
{
    (void)state;
    snprintf(storecase.dir, sizeof(storecase.dir), "/tmp/test_store.XXXXXX");
    assert_non_null(mkdtemp(storecase.dir));
    snprintf(storecase.path, sizeof(storecase.path), "%s/jobs.db",
             storecase.dir);
    storecase.err = (struct err)ERR_INIT;
    storecase_open("gk");
    return 0;
}

int
storecase_teardown(void **state)
{
    static const char *const files[] = { "", "-wal", "-shm" };

    (void)state;
    storecase.store->close(storecase.self);
    storecase.self = NULL;
    for (int i = 0; i < 3; i++) {
        char file[160];

        snprintf(file, sizeof(file), "%s%s", storecase.path, files[i]);
        unlink(file);
    }
    rmdir(storecase.dir);
    return 0;
}

void
storecase_again(const char *instance)
{
    storecase.store->close(storecase.self);
    storecase_open(instance);
}

/* A new job of OWNER under KEY, with so many TASKS; its id to ID. */
enum store_added
storecase_add_array(const char *owner, const char *key, const char *record,
                    uint32_t tasks, char id[UUID_TEXT])
{
    struct store_job job = { .state = LIFE_NEW,
                             .outcome = LIFE_DONE,
                             .tasks = tasks };
    enum store_added how;

    uuid_make(job.id);
    job.owner = xstrdup(owner);
    job.key = key != NULL ? xstrdup(key) : NULL;
    job.record = xstrdup(record);
    job.kind = xstrdup("jsdl");
    job.document = xstrdup("<x/>");
    job.scheduler = xstrdup("fork");
    job.entered_ms[LIFE_NEW] = time_now_ms();
    assert_int_equal(storecase.store->add(storecase.self, &job, &how, NULL,
                                          NULL, &storecase.err),
                     0);
    memcpy(id, job.id, UUID_TEXT);
    if (how == STORE_KNOWN)
        assert_string_not_equal(job.record, record);
    store_job_fini(&job);
    return how;
}

/* The same with one. */
enum store_added
storecase_add(const char *owner, const char *key, const char *record,
              char id[UUID_TEXT])
{
    return storecase_add_array(owner, key, record, 1, id);
}

struct store_change
storecase_change_from(const char *id, int from, enum life_state to,
                      enum life_event event)
{
    struct store_change c = { .id = id,
                              .step = { { .task = -1,
                                          .attempt = -1,
                                          .from = from,
                                          .to = to,
                                          .event = event,
                                          .t_ms = time_now_ms() } },
                              .nsteps = 1,
                              .outcome = -1,
                              .failed_state = -1 };

    memcpy(c.step[0].job, id, UUID_TEXT);
    return c;
}

struct store_change
storecase_change_to(const char *id, enum life_state state,
                    enum life_event event)
{
    return storecase_change_from(id, LIFE_NEW, state, event);
}
