/* tests/unit/test_cred_watch.c - gsi/cred_watch.h: a replaced file is seen, and
 * goes on to be seen until both were read. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/fs.h"
#include "gsi/cred_watch.h"

static char dir[] = "/tmp/test_cred_watch.XXXXXX";
static char *cert, *key;

static void
put(const char *path, const char *text)
{
    struct buf b = BUF_INIT;

    buf_adds(&b, text);
    assert_int_equal(fs_write_whole(AT_FDCWD, path, &b, NULL), 0);
    buf_fini(&b);
}

static int
begin(void **state)
{
    (void)state;
    if (mkdtemp(dir) == NULL)
        return -1;
    cert = xasprintf("%s/cert", dir);
    key = xasprintf("%s/key", dir);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    unlink(cert);
    unlink(key);
    free(cert);
    free(key);
    return rmdir(dir);
}

static void
a_replaced_certificate_or_key_is_seen_until_it_is_taken(void **state)
{
    struct cred_watch w;

    (void)state;
    put(cert, "one");
    put(key, "one");
    cred_watch_init(&w, cert, key);
    assert_false(cred_watch_changed(&w));
    put(cert, "two");
    assert_true(cred_watch_changed(&w));
    assert_true(cred_watch_changed(&w));
    put(key, "two");
    assert_true(cred_watch_changed(&w));
    cred_watch_take(&w);
    assert_false(cred_watch_changed(&w));
}

static void
a_file_replaced_while_it_is_read_is_seen_again(void **state)
{
    struct cred_watch w;

    (void)state;
    cred_watch_init(&w, cert, key);
    put(cert, "three");
    assert_true(cred_watch_changed(&w));
    put(cert, "four");
    cred_watch_take(&w);
    assert_true(cred_watch_changed(&w));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_replaced_certificate_or_key_is_seen_until_it_is_taken),
        cmocka_unit_test(a_file_replaced_while_it_is_read_is_seen_again),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
