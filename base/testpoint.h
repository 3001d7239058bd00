/* base/testpoint.h - named places where a test may end or stop this process:
 * the kill -9 campaigns name each step of a job.  Nothing in release builds. */
#ifndef BASE_TESTPOINT_H
#define BASE_TESTPOINT_H

#ifdef TEST_POINTS
/* When $GATEHOUSE_TEST_POINT is "NAME FILE" and FILE does not exist yet, create
 * FILE and kill this process with SIGKILL; "NAME:stop FILE" stops it (SIGSTOP)
 * instead.  Several may stand there, separated by ';'. */
void test_point(const char *name);
#else
#define test_point(name) ((void)0)
#endif

#endif
