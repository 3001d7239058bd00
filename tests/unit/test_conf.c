/* tests/unit/test_conf.c - gatehouse.conf: values, limits, messages. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/fs.h"

static void
defaults_are_those_of_the_table(void **state)
{
    struct conf *c = conf_create();
    int i;

    (void)state;
    for (i = 0; i < CONF_COUNT; i++) {
        assert_string_equal(conf_str(c, (enum conf_key)i), conf_rows[i].dflt);
        assert_false(conf_is_set(c, (enum conf_key)i));
    }
    assert_int_equal(conf_num(c, CONF_gatekeeper_body_max), 4 << 20);
    assert_string_equal(conf_word(c, CONF_gatekeeper_schedulers, 0), "fork");
    assert_null(conf_word(c, CONF_gatekeeper_schedulers, 1));
    assert_null(conf_word(c, CONF_gatekeeper_schedulers, 9));
    assert_null(conf_word(c, CONF_gatekeeper_index, 0));
    assert_false(conf_bool(c, CONF_gridftp_clear_ftp));
    conf_destroy(c);
    conf_destroy(NULL);
}

static void
a_file_sets_values(void **state)
{
    struct conf *c = conf_create();
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(conf_parse(c, "f",
                                "\xEF\xBB\xBF# comment\r\n"
                                "; comment\n"
                                "[gatekeeper]\r\n"
                                "listen = [::1]:0\r\n"
                                "workers=64\n"
                                "  body_max : 64k ; inline\n"
                                "schedulers = slurm \t fork,sge\n"
                                "\n"
                                "[gridftp]\n"
                                "clear_ftp = yes\n"
                                "[gatekeeper]\n"
                                "workers = 2", /* the last one counts */
                                &err),
                     0);
    assert_string_equal(conf_str(c, CONF_gatekeeper_listen), "[::1]:0");
    assert_int_equal(conf_num(c, CONF_gatekeeper_workers), 2);
    assert_int_equal(conf_num(c, CONF_gatekeeper_body_max), 65536);
    assert_string_equal(conf_word(c, CONF_gatekeeper_schedulers, 0), "slurm");
    assert_string_equal(conf_word(c, CONF_gatekeeper_schedulers, 2), "sge");
    assert_null(conf_word(c, CONF_gatekeeper_schedulers, 3));
    assert_true(conf_bool(c, CONF_gridftp_clear_ftp));
    assert_true(conf_is_set(c, CONF_gatekeeper_workers));
    assert_false(conf_is_set(c, CONF_gridftp_listen));
    conf_destroy(c);
}

static const struct {
    const char *text, *message;
} bad[] = {
    { "[gatekeeper]\nworkers = 0\n", "f:2: gatekeeper.workers: 0 is not" },
    { "[gatekeeper]\nworkers = 65\n", "is not within 1 to 64 threads" },
    { "[gatekeeper]\nworkers =\n", "f:2: gatekeeper.workers: '' is not a" },
    { "[gatekeeper]\nworkers = 4x\n", "'4x' is not a number" },
    { "[mds]\n\nbody_max = 1\n", "f:3: mds.body_max: 1 is not within" },
    { "[mds]\nbody_max = 1Q\n", "(64k, 1M, 2G)" },
    { "[mds]\nlisten = localhost:1\n", "'localhost' is not a literal" },
    { "[mds]\nlisten = 127.0.0.1\n", "is not ADDRESS:PORT" },
    { "[mds]\nlisten = 127.0.0.1:65536\n", "is not ADDRESS:PORT" },
    { "[mds]\nlisten = [::1:1\n", "lacks the closing ']'" },
    { "[mds]\nstate = var/x\n", "'var/x' is not an absolute path" },
    { "[gridftp]\nclear_ftp = maybe\n", "is neither yes nor no" },
    { "[log]\nlevel = loud\n", "is not one of: error, warning, notice" },
    { "[security]\ncrl = never\n", "is not one of: if-present, require" },
    { "[log]\nlevle = debug\n", "did you mean 'log.level'?" },
    { "[logs]\nlevel = debug\n", "did you mean 'log.level'?" },
    { "[Log]\nlevel = debug\n", "did you mean 'log.level'?" },
    { "level = debug\n", "f:1: unknown key '.level'" },
    { "[nothing]\nlike = it\n", "unknown key 'nothing.like': -help" },
    { "[log]\nlevel\n", "f:2: neither '[section]' nor 'key = value'" },
    { "[log\nlevel = debug\n", "f:1: neither '[section]'" },
    { "\n\n\n   junk   \n", "f:4: neither" },
    { "[gatekeeper]\nindex = https://a.b c.d\n", "'c.d' is not a URL SCHEME" },
    { "[gatekeeper]\nindex = http://a.b/\n", "of these schemes: https" },
    { "[gatekeeper]\nservice_url = https://\n", "'https://' is not a URL" },
    { "[gatekeeper]\nservice_url = https://u@a.b\n", "is not a URL" },
    { "[gatekeeper]\nservice_url = https://a.b:0\n", "is not a URL" },
    { "[gatekeeper]\nservice_url = https://a.b/#x\n", "is not a URL" },
    { "[gatekeeper]\ngridftp_url = gsiftp:/a\n", "is not a URL" },
    { "[gatekeeper]\nstaging_allow = gsiftp gopher\n", "'gopher' is neither" },
    { "[gatekeeper]\nstaging_allow = https://a b\n", "'b' is neither" },
    { "[gatekeeper]\nschedulers =\n", "f:2: gatekeeper.schedulers: ''" },
    { "[gatekeeper]\nschedulers = a/b\n", "'a/b' is not a name" },
    { "[gridftp]\ndeny = /a etc\n", "f:2: gridftp.deny: 'etc' is not a rule" },
    { "[gridftp]\ndeny = rw:/etc\n", "and nothing before it" },
    { "[gridftp]\ndeny = /usr/../etc\n", "'/usr/../etc' is not a rule" },
    { "[gridftp]\nallow = rx:/etc\n", "alone or behind one of: ro: rw:" },
    { "[gridftp]\nport_range = 5000\n", "'5000' is not LOW,HIGH" },
    { "[gridftp]\nport_range = 6000,5000\n", "is not LOW,HIGH" },
    { "[gridftp]\ndata_address = localhost\n", "is not an address" },
    { "[gridftp]\nstripe_addresses = ::1 127.1\n", "'127.1' is not an" },
    { "[gridftp]\ndelegation_bits = 512\n", "'512' is neither one of -1 0" },
    { "[gridftp]\nanonymous = a b\n", "'a b' is not a name" },
    { "[mds]\nanonymous = root\n", "is not one of: read, none" },
    { "[log]\nfile = var/log\n", "is neither an absolute path nor stderr" },
    { "[log]\nlevel = debug # loud\n", "a comment needs a line of its own" },
    /* the first thing that is wrong is what is said */
    { "[log]\nlevel = a\njunk\nlevel = b\n", "f:2: log.level: 'a'" },
    { "[log]\njunk\nlevel = a\n", "f:2: neither" },
};

static void
what_is_wrong_is_said_with_its_line(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct conf *c = conf_create();
        struct err err = ERR_INIT;

        assert_int_equal(conf_parse(c, "f", bad[i].text, &err), -1);
        assert_int_equal(err.code, ERR_CONFIG);
        if (strstr(err.text, bad[i].message) == NULL)
            assert_string_equal(err.text, bad[i].message);
        conf_destroy(c);
    }
}

static void
all_that_is_wrong_is_told(void **state)
{
    struct conf *c = conf_create();
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(conf_parse(c, "f",
                                "junk\n[log]\nlevel = a\nmore junk\n"
                                "[mds]\nworkers = 0\nstate = /good\nx = 1\n",
                                &err),
                     -1);
    assert_int_equal(conf_set(c, "log.file=x", &err), -1);
    assert_non_null(strstr(conf_fault(c, 0), "f:1: neither"));
    assert_non_null(strstr(conf_fault(c, 1), "f:3: log.level"));
    assert_non_null(strstr(conf_fault(c, 2), "f:4: neither"));
    assert_non_null(strstr(conf_fault(c, 3), "f:6: mds.workers"));
    assert_non_null(strstr(conf_fault(c, 4), "f:8: unknown key 'mds.x'"));
    assert_non_null(strstr(conf_fault(c, 5), "log.file: 'x'"));
    assert_null(conf_fault(c, 6));
    assert_string_equal(err.text, conf_fault(c, 0));
    assert_string_equal(conf_str(c, CONF_mds_state), "/good");
    conf_destroy(c);
}

static void
a_refused_value_leaves_the_old_one(void **state)
{
    struct conf *c = conf_create();
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(conf_set(c, "mds.workers=5", &err), 0);
    assert_int_equal(conf_set(c, "mds.workers=500", &err), -1);
    assert_int_equal(conf_num(c, CONF_mds_workers), 5);
    conf_destroy(c);
}

static void
assignments_need_section_key_value(void **state)
{
    static const char *const wrong[] = { "",        "mds",   "mds.workers",
                                         "mds=1.2", ".=",    "=",
                                         "mds.=1",  "a.b=1", "x=.1" };
    struct conf *c = conf_create();
    struct err err = ERR_INIT;
    size_t i;

    (void)state;
    assert_int_equal(
        conf_set(c, "gatekeeper.service_url=https://a.b/?c=d.e", &err), 0);
    assert_string_equal(conf_str(c, CONF_gatekeeper_service_url),
                        "https://a.b/?c=d.e");
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        err = (struct err)ERR_INIT;
        assert_int_equal(conf_set(c, wrong[i], &err), -1);
        assert_int_equal(err.code, ERR_CONFIG);
    }
    conf_destroy(c);
}

static void
long_lines_are_whole_or_refused(void **state)
{
    struct conf *c = conf_create();
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT;
    int i;

    (void)state;
    buf_adds(&text, "[gatekeeper]\nindex =");
    for (i = 0; i < 300; i++)
        buf_addf(&text, " https://index%d.example.org:8444/x", i);
    buf_adds(&text, "\n[log]\nlevel = debug\n");
    assert_int_equal(conf_parse(c, "f", buf_str(&text), &err), 0);
    assert_string_equal(conf_word(c, CONF_gatekeeper_index, 299),
                        "https://index299.example.org:8444/x");
    assert_string_equal(conf_str(c, CONF_log_level), "debug");
    buf_clear(&text);
    buf_adds(&text, "# fine\n#");
    for (i = 0; i < 20000; i++)
        buf_addc(&text, 'x');
    buf_adds(&text, "[log]\nlevel = debug\n");
    assert_int_equal(conf_parse(c, "f", buf_str(&text), &err), -1);
    assert_non_null(strstr(err.text, "f:2: longer than"));
    buf_fini(&text);
    conf_destroy(c);
}

static void
files_that_cannot_be_are_told_apart(void **state)
{
    char name[] = "/tmp/test_conf.XXXXXX";
    struct conf *c = conf_create();
    struct err err = ERR_INIT;
    int fd = mkstemp(name);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(conf_load(c, "/nonexistent/x.conf", &err), -1);
    assert_int_equal(err.code, ERR_NOT_FOUND);
    err = (struct err)ERR_INIT;
    assert_int_equal(conf_load(c, "/tmp", &err), -1);
    assert_int_equal(err.code, ERR_CONFIG);
    err = (struct err)ERR_INIT;
    assert_int_equal(write(fd, "[log]\nlevel = deb\0ug\n", 21), 21);
    assert_int_equal(conf_load(c, name, &err), -1);
    assert_non_null(strstr(err.text, "NUL"));
    close(fd);
    assert_int_equal(unlink(name), 0);
    conf_destroy(c);
}

/* What WRITE puts into a file, the caller's. */
static char *
written(void (*write_it)(FILE *out))
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);

    write_it(out);
    fclose(out);
    return text;
}

static void
write_all_help(FILE *out)
{
    conf_write_help(out, NULL);
}

/* Every line fits into 80 columns, unless a default alone is longer. */
static void
check_columns(const char *text)
{
    size_t n;

    for (; *text != '\0'; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        assert_true(n <= 80 || memchr(text, '=', n) != NULL);
    }
}

static void
the_sample_holds_every_key_and_loads(void **state)
{
    char *text = written(conf_write_sample), *hash;
    struct conf *c = conf_create();
    struct err err = ERR_INIT;
    int i;

    (void)state;
    check_columns(text);
    /* Uncommented, each line sets its key to what it was anyway. */
    for (hash = text; (hash = strstr(hash, "\n#")) != NULL; hash++)
        if (hash[2] != ' ')
            hash[1] = ' ';
    assert_int_equal(conf_parse(c, "sample", text, &err), 0);
    for (i = 0; i < CONF_COUNT; i++) {
        assert_true(conf_is_set(c, (enum conf_key)i));
        assert_string_equal(conf_str(c, (enum conf_key)i), conf_rows[i].dflt);
    }
    conf_destroy(c);
    free(text);
}

static void
etc_has_the_sample(void **state)
{
    char *text = written(conf_write_sample);
    const char *src = getenv("SRC");
    char *name = xasprintf("%s/etc/gatehouse.conf", src != NULL ? src : ".");
    struct buf file = BUF_INIT;
    struct err err = ERR_INIT;

    (void)state;
    /* Changed conf.def?  gatekeeper --sample-conf > etc/gatehouse.conf */
    assert_int_equal(fs_read(AT_FDCWD, name, 1 << 20, &file, &err), 0);
    assert_string_equal(buf_str(&file), text);
    buf_fini(&file);
    free(name);
    free(text);
}

static void
help_names_every_key(void **state)
{
    char *text = written(write_all_help);
    char name[128];
    int i;

    (void)state;
    check_columns(text);
    for (i = 0; i < CONF_COUNT; i++) {
        snprintf(name, sizeof(name), "  %s.%s=", conf_rows[i].section,
                 conf_rows[i].key);
        assert_non_null(strstr(text, name));
    }
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(a_file_sets_values),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(all_that_is_wrong_is_told),
        cmocka_unit_test(a_refused_value_leaves_the_old_one),
        cmocka_unit_test(assignments_need_section_key_value),
        cmocka_unit_test(long_lines_are_whole_or_refused),
        cmocka_unit_test(files_that_cannot_be_are_told_apart),
        cmocka_unit_test(the_sample_holds_every_key_and_loads),
        cmocka_unit_test(etc_has_the_sample),
        cmocka_unit_test(help_names_every_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
