/* tests/unit/test_entries.c - registrations: whose, how long, seen how. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "mds/entries.h"
#include "mds/search.h"

#define ALICE "/O=Grid/CN=host/a.example.org"
#define BOB   "/O=Grid/CN=host/b.example.org"

static char dir[64], path[96];
static struct entries *reg;
static struct search *search;
static struct err err;

static struct entries_spec
spec(void)
{
    struct entries_spec s = { .path = path,
                              .entries_max = 3,
                              .lifetime_max_s = 3600,
                              .search = search,
                              .query_timeout_ms = 5000,
                              .query_fair_ms = 5000,
                              .query_memory = 1 << 28,
                              .answer_max = 1 << 20,
                              .content_max = 100000,
                              .queries_max = 3 };
    return s;
}

static void
reopen(void)
{
    struct entries_spec s = spec();

    entries_close(reg);
    search_close(search); /* another daemon has another */
    err = (struct err)ERR_INIT;
    assert_int_equal(search_open(NULL, false, &search, &err), 0);
    s.search = search;
    assert_int_equal(entries_open(&s, &reg, &err), 0);
    entries_set_url(reg, "https://h:8444");
}

static int
setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/entries.XXXXXX");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/r.db", dir);
    log_open("test", "/dev/null", LOG_ERR);
    reg = NULL;
    assert_int_equal(search_open(NULL, false, &search, &err), 0);
    reopen();
    return 0;
}

static int
teardown(void **state)
{
    char *rm = NULL;

    (void)state;
    entries_close(reg);
    search_close(search);
    reg = NULL;
    for (const char **s = (const char *[]){ "", "-wal", "-shm", NULL }; *s;
         s++) {
        rm = xasprintf("%s%s", path, *s);
        unlink(rm);
        free(rm);
    }
    return rmdir(dir);
}

/* Add a member with DATA; its id in ID. */
static int
add(const char *owner, const char *member, const char *data,
    long long expires_ms, char id[UUID_TEXT])
{
    struct registration_in in = { .owner = owner,
                                  .member = member,
                                  .member_params = "",
                                  .config = "",
                                  .data = data,
                                  .expires_ms = expires_ms };
    long long granted;

    err = (struct err)ERR_INIT;
    return entries_add(reg, &in, id, &granted, &err);
}

/* The result of an XPath expression as a string in a static buffer. */
static const char *
ask_in(enum dialect d, const char *xpath)
{
    static struct buf out;

    buf_clear(&out);
    err = (struct err)ERR_INIT;
    if (entries_query(reg,
                      &(struct entries_query){ .dialect = d, .text = xpath },
                      &out, &err) < 0)
        return "failed";
    return buf_str(&out);
}

static const char *
ask(const char *xpath)
{
    return ask_in(DIALECT_FINAL, xpath);
}

static void
what_is_added_is_found_in_both_dialects(void **state)
{
    char id[UUID_TEXT];

    (void)state;
    assert_int_equal(
        add(ALICE, "https://a/bes", "<x xmlns='urn:x'>7</x>", 0, id), 0);
    assert_string_equal(ask("count(//*[local-name()='Entry'])"), "1");
    assert_string_equal(
        ask_in(DIALECT_DRAFT, "count(//*[local-name()='Entry'])"), "1");
    assert_string_equal(ask("string(//*[local-name()='x'])"), "7");
    assert_string_equal(ask("string(//wssg:MemberServiceEPR/wsa:Address)"),
                        "https://a/bes");
    assert_string_equal(
        ask_in(DIALECT_DRAFT, "namespace-uri(//*[local-name()='Entry'])"),
        "http://docs.oasis-open.org/wsrf/2004/06/"
        "wsrf-WS-ServiceGroup-1.2-draft-01.xsd");
}

static void
the_same_registration_again_keeps_its_id_and_takes_the_new_data(void **state)
{
    char one[UUID_TEXT], two[UUID_TEXT];

    (void)state;
    assert_int_equal(add(ALICE, "https://a/bes", "<x>1</x>", 0, one), 0);
    ask("1");
    assert_int_equal(add(ALICE, "https://a/bes", "<x>2</x>", 0, two), 0);
    assert_string_equal(one, two);
    assert_string_equal(ask("count(//x)"), "1");
    assert_string_equal(ask("string(//x)"), "2");
}

static void
an_entry_that_has_ended_is_not_seen(void **state)
{
    char id[UUID_TEXT];
    long long granted;

    (void)state;
    add(ALICE, "https://a/bes", "", 0, id);
    assert_string_equal(ask("count(//wssg:Entry)"), "1");
    assert_int_equal(
        entries_set_expiry(reg, id, ALICE, time_now_ms() - 1, &granted, &err),
        0);
    assert_string_equal(ask("count(//wssg:Entry)"), "0");
}

static void
nobody_changes_anothers_entry(void **state)
{
    char id[UUID_TEXT];
    long long granted;

    (void)state;
    add(ALICE, "https://a/bes", "", 0, id);
    assert_int_equal(entries_remove(reg, id, BOB, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    err = (struct err)ERR_INIT;
    assert_int_equal(entries_set_expiry(reg, id, BOB, 0, &granted, &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    err = (struct err)ERR_INIT;
    assert_int_equal(entries_remove(reg, id, NULL, &err), 0);
    assert_string_equal(ask("count(//wssg:Entry)"), "0");
}

static void
a_restart_keeps_what_was_acknowledged(void **state)
{
    char a[UUID_TEXT], b[UUID_TEXT];

    (void)state;
    add(ALICE, "https://a/bes", "<x>1</x>", 0, a);
    add(BOB, "https://b/bes", "<x>2</x>", 0, b);
    entries_remove(reg, b, BOB, &err);
    reopen();
    assert_string_equal(ask("count(//wssg:Entry)"), "1");
    assert_string_equal(ask("string(//x)"), "1");
}

static void
a_life_is_never_longer_than_allowed(void **state)
{
    char id[UUID_TEXT];
    long long granted;

    (void)state;
    add(ALICE, "https://a/bes", "", 0, id);
    assert_int_equal(entries_set_expiry(reg, id, ALICE,
                                        time_now_ms() + 86400000ll, &granted,
                                        &err),
                     0);
    assert_true(granted <= time_now_ms() + 3600 * 1000);
}

static void
a_full_index_says_so_and_still_renews(void **state)
{
    char id[UUID_TEXT], member[64];

    (void)state;
    for (int i = 0; i < 3; i++) {
        snprintf(member, sizeof(member), "https://a/%d", i);
        assert_int_equal(add(ALICE, member, "", 0, id), 0);
    }
    assert_int_equal(add(ALICE, "https://a/more", "", 0, id), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(add(ALICE, "https://a/1", "<new/>", 0, id), 0);
    assert_string_equal(ask("count(//new)"), "1");
}

static void
content_that_is_no_xml_is_refused_and_leaves_nothing(void **state)
{
    char id[UUID_TEXT];

    (void)state;
    assert_int_equal(add(ALICE, "https://a/bes", "<x>", 0, id), -1);
    assert_int_equal(err.code, ERR_SYNTAX);
    assert_string_equal(ask("count(//wssg:Entry)"), "0");
    reopen();
    assert_string_equal(ask("count(//wssg:Entry)"), "0");
}

static void
every_kind_of_result_is_answered(void **state)
{
    char id[UUID_TEXT];

    (void)state;
    add(ALICE, "https://a/bes", "<x n='3'>7</x>", 0, id);
    assert_string_equal(ask("1 = 1"), "true");
    assert_string_equal(ask("1 div 4"), "0.25");
    assert_string_equal(ask("//x/@n"), "3\n");
    assert_string_equal(ask("//nothing"), "");
    assert_string_equal(ask("concat('<', '&')"), "&lt;&amp;");
    assert_non_null(strstr(ask("//x"), " n=\"3\">7</x>"));
}

static void
a_bad_expression_is_named(void **state)
{
    (void)state;
    assert_string_equal(ask("//["), "failed");
    assert_int_equal(err.code, ERR_SYNTAX);
    assert_string_equal(ask("unknown:name"), "failed");
    assert_int_equal(err.code, ERR_SYNTAX);
    assert_string_equal(ask("nofunction()"), "failed");
}

static void
a_query_that_would_never_end_is_ended(void **state)
{
    struct entries_spec s = spec();
    struct buf data = BUF_INIT;
    char id[UUID_TEXT];

    (void)state;
    entries_close(reg);
    s.query_timeout_ms = 3000; /* long enough for a quick one, under load too */
    assert_int_equal(entries_open(&s, &reg, &err), 0);
    for (int i = 0; i < 3000; i++)
        buf_adds(&data, "<x/>");
    assert_int_equal(add(ALICE, "https://a/bes", buf_str(&data), 0, id), 0);
    assert_string_equal(ask("//*[count(//*)>count(//*[count(//*)>1])]"),
                        "failed");
    assert_int_equal(err.code, ERR_LIMIT);
    assert_string_equal(ask("count(//x)"), "3000");
    buf_fini(&data);
}

/* entries_query.gone */
static bool
nobody_waits(void *arg)
{
    (*(int *)arg)++;
    return true;
}

static void
a_long_query_over_one_entry_ends_with_its_time_and_its_caller(void **state)
{
    static const char endless[] =
        "count(//x[count(../x[count(../x) > 0]) > 0])";
    struct entries_spec s = spec();
    struct buf data = BUF_INIT, out = BUF_INIT;
    char id[UUID_TEXT];
    int asked = 0;
    struct entries_query q = { .text = endless,
                               .gone = nobody_waits,
                               .arg = &asked };

    (void)state;
    entries_close(reg);
    s.query_timeout_ms = 3000;
    assert_int_equal(entries_open(&s, &reg, &err), 0);
    for (int i = 0; i < 3000; i++)
        buf_adds(&data, "<x/>");
    assert_int_equal(add(ALICE, "https://a/bes", buf_str(&data), 0, id), 0);
    assert_string_equal(ask(endless), "failed");
    assert_int_equal(err.code, ERR_LIMIT);
    assert_non_null(strstr(err.text, "mds.query_timeout"));
    err = (struct err)ERR_INIT;
    assert_int_equal(entries_query(reg, &q, &out, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_int_equal(asked, 1);
    buf_fini(&data);
    buf_fini(&out);
}

static void
properties_are_read_one_by_one(void **state)
{
    struct buf out = BUF_INIT;
    char id[UUID_TEXT];

    (void)state;
    add(ALICE, "https://a/bes", "<x/>", 0, id);
    err = (struct err)ERR_INIT;
    assert_int_equal(
        entries_group_property(reg, DIALECT_DRAFT, "CurrentTime", &out, &err),
        0);
    assert_non_null(strstr(buf_str(&out), "CurrentTime"));
    assert_non_null(strstr(ask_in(DIALECT_DRAFT, "/*"), "https://a/bes"));
    buf_clear(&out);
    assert_int_equal(entries_entry_property(reg, id, DIALECT_FINAL,
                                            "TerminationTime", &out, &err),
                     0);
    assert_non_null(strstr(buf_str(&out), "TerminationTime"));
    assert_int_equal(
        entries_group_property(reg, DIALECT_FINAL, "Colour", &out, &err), -1);
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    buf_fini(&out);
}

/* A reader: every answer is one that some state gave. */
static void *
read_on(void *arg)
{
    atomic_bool *end = arg;
    struct buf out = BUF_INIT;
    size_t bad = 0;

    while (!atomic_load(end)) {
        struct err e = ERR_INIT;

        buf_clear(&out);
        if (entries_query(
                reg,
                &(struct entries_query){
                    .dialect = DIALECT_FINAL,
                    .text = "count(//wssg:Entry) - count(//wssg:Content) + "
                            "count(//*[local-name()='x']) * 10" },
                &out, &e) < 0
                ? e.code != ERR_LIMIT
                : strcmp(buf_str(&out), "20") != 0 &&
                      strcmp(buf_str(&out), "10") != 0)
            bad++;
    }
    buf_fini(&out);
    return (void *)bad;
}

static void
changes_go_on_while_queries_read(void **state)
{
    pthread_t reader[3];
    atomic_bool end;
    char id[UUID_TEXT], other[UUID_TEXT];
    void *bad;

    (void)state;
    atomic_init(&end, false);
    assert_int_equal(add(ALICE, "https://a/bes", "<x>1</x>", 0, id), 0);
    for (int i = 0; i < 3; i++)
        pthread_create(&reader[i], NULL, read_on, &end);
    for (int i = 0; i < 40; i++) {
        long long granted, soon = time_now_ms() + 2;

        assert_int_equal(add(BOB, "https://b/bes", "<x>2</x>", 0, other), 0);
        assert_int_equal(add(ALICE, "https://a/bes", "<x>3</x>", 0, id), 0);
        if (i % 2 == 0)
            assert_int_equal(entries_remove(reg, other, BOB, &err), 0);
        else
            assert_int_equal(
                entries_set_expiry(reg, other, BOB, soon, &granted, &err), 0);
    }
    atomic_store(&end, true);
    for (int i = 0; i < 3; i++) {
        pthread_join(reader[i], &bad);
        assert_null(bad);
    }
}

static int
keep_waiting(void *arg, long long used_ms, struct err *why)
{
    (void)arg;
    (void)used_ms;
    (void)why;
    return 0;
}

/* Registers and removes one member, again and again. */
struct churn {
    pthread_t thread;
    char member[64];
    bool remove;
};

static void *
churn_on(void *arg)
{
    struct churn *c = arg;

    for (int i = 0; i < 150; i++) {
        struct registration_in in = { .owner = ALICE,
                                      .member = c->member,
                                      .member_params = "",
                                      .config = "",
                                      .data = "" };
        struct err e = ERR_INIT;
        char id[UUID_TEXT];
        long long granted;

        if (entries_add(reg, &in, id, &granted, &e) == 0 && c->remove)
            entries_remove(reg, id, ALICE, &e);
    }
    return NULL;
}

static void
memory_and_disk_agree_after_adds_and_removals_of_the_same_entry(void **state)
{
    struct entries_spec s = spec();
    struct churn churn[16] = { 0 };
    char before[4096];

    (void)state;
    entries_close(reg);
    s.entries_max = 100;
    assert_int_equal(entries_open(&s, &reg, &err), 0);
    entries_set_url(reg, "https://h:8444");
    for (int i = 0; i < 16; i++) {
        snprintf(churn[i].member, sizeof(churn[i].member), "https://a/%d",
                 i / 2);
        churn[i].remove = i % 2 == 0;
        pthread_create(&churn[i].thread, NULL, churn_on, &churn[i]);
    }
    for (int i = 0; i < 16; i++)
        pthread_join(churn[i].thread, NULL);
    snprintf(before, sizeof(before), "%s", ask("//agg:EntryKey/text()"));
    reopen();
    assert_int_equal(strlen(ask("//agg:EntryKey/text()")), strlen(before));
}

/* What a query is told when its answer ends after the N bytes at P. */
static const char *
told(const void *p, size_t n)
{
    const struct search_query q = { .memory_max = 1000, .timeout_ms = 60000 };
    const struct search_wait w = { .end_ms = INT64_MAX, .tick = keep_waiting };
    struct buf out = BUF_INIT;
    int pair[2];

    assert_int_equal(pipe(pair), 0);
    assert_int_equal(write(pair[1], p, n), n);
    close(pair[1]);
    err = (struct err)ERR_INIT;
    assert_int_equal(search_wait(pair[0], &q, &w, &out, &err), -1);
    assert_int_equal(err.code, ERR_LIMIT);
    buf_fini(&out);
    return err.text;
}

static void
a_query_without_a_process_is_not_told_of_its_memory(void **state)
{
    const int32_t pid = getpid();

    (void)state;
    assert_non_null(strstr(told(&pid, 0), "try again"));
    assert_non_null(strstr(told(&pid, sizeof(pid)), "mds.query_memory"));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_added_is_found_in_both_dialects),
        TEST(the_same_registration_again_keeps_its_id_and_takes_the_new_data),
        TEST(an_entry_that_has_ended_is_not_seen),
        TEST(nobody_changes_anothers_entry),
        TEST(a_restart_keeps_what_was_acknowledged),
        TEST(a_life_is_never_longer_than_allowed),
        TEST(a_full_index_says_so_and_still_renews),
        TEST(content_that_is_no_xml_is_refused_and_leaves_nothing),
        TEST(every_kind_of_result_is_answered),
        TEST(a_bad_expression_is_named),
        TEST(a_query_that_would_never_end_is_ended),
        TEST(a_long_query_over_one_entry_ends_with_its_time_and_its_caller),
        TEST(properties_are_read_one_by_one),
        TEST(changes_go_on_while_queries_read),
        TEST(memory_and_disk_agree_after_adds_and_removals_of_the_same_entry),
        TEST(a_query_without_a_process_is_not_told_of_its_memory),
    };

    return cmocka_run_group_tests_name("entries", tests, NULL, NULL);
}
