/* tests/lib/lib_storemember.c - see lib_storemember.h. */
#include "tests/lib/lib_storemember.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "tests/lib/lib_testdisk.h"

struct order {
    enum verb verb;
    const char *name;
    long long number;
    char value[UUID_TEXT];
};

/* Without HOLDS a test cannot go on, in either process. */
static void
need(bool holds)
{
    if (!holds)
        abort();
}

static const struct store *store;
static const char *where;
static void (*fill)(bool full);
static void *self; /* this process's, while it has joined */

static int
do_join(const struct order *o, struct answer *a, struct err *err)
{
    const struct store_member who = { .instance = o->name,
                                      .lease_ms = o->number };

    (void)a;
    store->close(self);
    self = NULL;
    return store->open(where, &self, err) < 0 ? -1
                                              : store->join(self, &who, err);
}

static int
do_leave(const struct order *o, struct answer *a, struct err *err)
{
    (void)o, (void)a;
    return store->leave(self, err);
}

static void
count_kept(void *arg)
{
    ++*(int *)arg;
}

static int
do_heartbeat(const struct order *o, struct answer *a, struct err *err)
{
    int kept = 0, rc;

    (void)o;
    rc = store->heartbeat(self, &a->number, count_kept, &kept, err);
    a->flag = kept == 1;
    return rc;
}

static int
do_fenced(const struct order *o, struct answer *a, struct err *err)
{
    (void)o, (void)a;
    return store->fenced(self, err);
}

static int
do_held(const struct order *o, struct answer *a, struct err *err)
{
    (void)o, (void)err;
    a->flag = store->held(self);
    return 0;
}

static int
add_one(const char *key, struct answer *a, struct err *err)
{
    struct store_job job = { .state = LIFE_NEW,
                             .outcome = LIFE_DONE,
                             .tasks = 1 };
    enum store_added how = STORE_ADDED;
    int rc;

    uuid_make(job.id);
    job.owner = xstrdup(MEMBER_OWNER);
    job.key = key[0] != '\0' ? xstrdup(key) : NULL;
    job.record = xstrdup("{}");
    job.kind = xstrdup("jsdl");
    job.document = xstrdup("<x/>");
    job.scheduler = xstrdup("fork");
    job.entered_ms[LIFE_NEW] = time_now_ms();
    rc = store->add(self, &job, &how, NULL, NULL, err);
    memcpy(a->id[a->n++], job.id, UUID_TEXT);
    a->number += how == STORE_ADDED;
    store_job_fini(&job);
    return rc;
}

static int
do_add(const struct order *o, struct answer *a, struct err *err)
{
    int rc = 0;

    for (int i = 0; rc == 0 && i < o->number; i++) {
        char key[64] = "";

        if (o->name[0] != '\0')
            snprintf(key, sizeof(key), "%s%d", o->name, i);
        rc = add_one(key, a, err);
    }
    return rc;
}

static struct answer hanging;

static void *
hang(void *arg)
{
    struct err err = ERR_INIT;

    (void)arg;
    hanging.n = 0;
    hanging.rc = add_one("", &hanging, &err);
    return NULL;
}

static pthread_t hanger;

static int
do_add_hanging(const struct order *o, struct answer *a, struct err *err)
{
    (void)o, (void)a, (void)err;
    testdisk_hold();
    need(pthread_create(&hanger, NULL, hang, NULL) == 0);
    testdisk_await();
    return 0;
}

static int
do_change(const struct order *o, struct answer *a, struct err *err)
{
    struct store_change c = { .id = o->value,
                              .step = { { .task = -1,
                                          .attempt = -1,
                                          .from = LIFE_NEW,
                                          .to = (enum life_state)o->number,
                                          .event = LIFE_EV_GO,
                                          .t_ms = time_now_ms() } },
                              .nsteps = 1,
                              .outcome = -1,
                              .failed_state = -1 };
    int rc = store->change(self, &c, 1, NULL, NULL, err);

    a->flag = c.fenced;
    return rc;
}

static int
do_remove(const struct order *o, struct answer *a, struct err *err)
{
    const char *ids[] = { o->value };

    (void)a;
    return store->remove(self, ids, 1, err);
}

static int
do_load(const struct order *o, struct answer *a, struct err *err)
{
    struct store_job job;

    if (store->load(self, o->value, &job, err) < 0)
        return -1;
    a->number = job.state;
    snprintf(a->text, sizeof(a->text), "%s",
             job.instance != NULL ? job.instance : "");
    store_job_fini(&job);
    return 0;
}

static int
do_list(const struct order *o, struct answer *a, struct err *err)
{
    struct store_filter f = { .owner = MEMBER_OWNER,
                              .max = (size_t)o->number,
                              .after = o->value[0] != '\0' ? o->value : NULL };
    struct store_page page;

    do {
        if (store->list(self, &f, &page, err) < 0)
            return -1;
        need(page.n <= f.max && (page.n == f.max || !page.more));
        for (size_t i = 0; i < page.n; i++)
            memcpy(a->id[a->n++], page.id[i], UUID_TEXT);
        a->flag = page.more;
        f.after = a->n > 0 ? a->id[a->n - 1] : NULL;
        free(page.id);
    } while (page.more && strcmp(o->name, "all") == 0);
    return 0;
}

static int
do_claim(const struct order *o, struct answer *a, struct err *err)
{
    struct store_claim claim;

    do {
        if (store->claim(self, (size_t)o->number, &claim, err) < 0)
            return -1;
        need(claim.n <= (size_t)o->number);
        for (size_t i = 0; i < claim.n; i++)
            memcpy(a->id[a->n++], claim.id[i], UUID_TEXT);
        if (claim.from[0] != '\0')
            snprintf(a->text, sizeof(a->text), "%s", claim.from);
        a->flag = claim.more;
        free(claim.id);
    } while (claim.more && strcmp(o->name, "all") == 0);
    return 0;
}

static int
do_set(const struct order *o, struct answer *a, struct err *err)
{
    (void)a;
    return store->set_setting(self, o->name, o->value, err);
}

static int
do_get(const struct order *o, struct answer *a, struct err *err)
{
    char *value = NULL;
    int rc = store->get_setting(self, o->name, &value, err);

    snprintf(a->text, sizeof(a->text), "%s", value != NULL ? value : "none");
    free(value);
    return rc;
}

static int
do_delegate(const struct order *o, struct answer *a, struct err *err)
{
    static const struct store_limit many = { 1000, 1000 };
    struct store_delegation d = { .expires = 2000000000, .created = 1 };
    int rc;

    (void)o, (void)a;
    d.owner = d.id = d.request = xstrdup("x");
    rc = store->put_delegation(self, &d, &many, err);
    free(d.owner);
    return rc;
}

static int
do_left(const struct order *o, struct answer *a, struct err *err)
{
    struct store_instance *list;
    size_t n;

    if (store->instances(self, &list, &n, err) < 0)
        return -1;
    a->number = -2;
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, o->name) == 0)
            a->number = list[i].left_ms;
    free(list);
    return 0;
}

static int
do_break(const struct order *o, struct answer *a, struct err *err)
{
    (void)a, (void)err;
    testdisk_fail(o->number != 0);
    return 0;
}

static int
do_fill(const struct order *o, struct answer *a, struct err *err)
{
    (void)a, (void)err;
    fill(o->number != 0);
    return 0;
}

typedef int verb_fn(const struct order *o, struct answer *a, struct err *err);

static void
obey(const struct order *o, struct answer *a)
{
    static verb_fn *const verbs[VERBS] = {
        [JOIN] = do_join,
        [LEAVE] = do_leave,
        [HEARTBEAT] = do_heartbeat,
        [FENCED] = do_fenced,
        [HELD] = do_held,
        [ADD] = do_add,
        [ADD_HANGING] = do_add_hanging,
        [CHANGE] = do_change,
        [REMOVE] = do_remove,
        [LOAD] = do_load,
        [LIST] = do_list,
        [CLAIM] = do_claim,
        [SET] = do_set,
        [GET] = do_get,
        [DELEGATE] = do_delegate,
        [LEFT] = do_left,
        [BREAK] = do_break,
        [FILL] = do_fill,
    };
    struct err err = ERR_INIT;

    *a = (struct answer){ .rc = 0 };
    a->rc = verbs[o->verb](o, a, &err);
    a->code = err.code;
    if (a->rc < 0)
        snprintf(a->text, sizeof(a->text), "%s", err.text);
}

/* ---- the other member ---- */

static pid_t other;
static int line = -1; /* to it */

/* As an order goes over the line. */
struct letter {
    struct order order;
    char name[64];
};

static void
serve(int fd)
{
    static struct answer a;
    struct letter l;

    while (read(fd, &l, sizeof(l)) == (ssize_t)sizeof(l)) {
        l.order.name = l.name;
        obey(&l.order, &a);
        if (fs_write_all(fd, &a, sizeof(a)) < 0)
            break;
    }
    store->close(self);
    _exit(0);
}

void
member_start_other(void)
{
    int pair[2];

    need(self == NULL); /* no threads yet */
    need(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    other = fork();
    need(other >= 0);
    if (other == 0) {
        close(pair[1]);
        serve(pair[0]);
    }
    close(pair[0]);
    line = pair[1];
}

void
member_end_other(int sig)
{
    if (other > 0 && sig != 0)
        kill(other, sig);
    close(line);
    if (other > 0)
        waitpid(other, NULL, 0);
    other = 0;
}

/* Tell the other one to begin; take_answer() waits. */
void
tell(enum verb verb, const char *name, long long number, const char *value)
{
    struct letter l = { .order = { .verb = verb, .number = number } };

    snprintf(l.name, sizeof(l.name), "%s", name);
    snprintf(l.order.value, sizeof(l.order.value), "%s", value);
    need(fs_write_all(line, &l, sizeof(l)) == 0);
}

struct answer *
take_answer(void)
{
    static struct answer a;
    size_t n = 0;

    while (n < sizeof(a)) {
        ssize_t got = read(line, (char *)&a + n, sizeof(a) - n);

        need(got > 0);
        n += (size_t)got;
    }
    return &a;
}

struct answer *
there(enum verb verb, const char *name, long long number, const char *value)
{
    tell(verb, name, number, value);
    return take_answer();
}

struct answer *
here(enum verb verb, const char *name, long long number, const char *value)
{
    static struct answer a;
    struct order o = { .verb = verb, .name = name, .number = number };

    snprintf(o.value, sizeof(o.value), "%s", value);
    obey(&o, &a);
    return &a;
}

void
member_init(const struct store *of, const char *path, void (*fills)(bool full))
{
    store = of;
    where = path;
    fill = fills;
}

void
member_close(void)
{
    store->close(self);
    self = NULL;
}

pid_t
member_pid(void)
{
    return other;
}

const struct answer *
member_hanging(void)
{
    pthread_join(hanger, NULL);
    return &hanging;
}
