/* tests/lib/lib_testdisk.h - the fdatasync() of all unit tests: libc's, unless
 * a test holds it or has it fail. */
#ifndef TESTS_LIB_TESTDISK_H
#define TESTS_LIB_TESTDISK_H

#include <stdbool.h>

/* From now on each call fails with EIO, or none does. */
void testdisk_fail(bool fails);
/* From now on calls wait for testdisk_go(). */
void testdisk_hold(void);
/* Wait until a call waits. */
void testdisk_await(void);
/* Let all go. */
void testdisk_go(void);

#endif
