/* base/testpoint.h - named places where a test may end or stop this process:
 * the kill -9 campaigns name each step of a job.  Nothing in release builds. */
#ifndef BASE_TESTPOINT_H
#define BASE_TESTPOINT_H

#ifdef TEST_POINTS
/* When $GATEHOUSE_TEST_POINT is "NAME FILE" and FILE does not exist yet, create
 * FILE, with this process's id and directory in it, and kill this process with
 * SIGKILL; "NAME:stop FILE" stops it (SIGSTOP) instead.  Several may stand
 * there, separated by ';'. */
void test_point(const char *name);
/* What $GATEHOUSE_TEST_POINT says, for processes whose environment is made from
 * scratch; NULL. */
const char *test_point_rules(void);
#else
#define test_point(name)   ((void)0)
#define test_point_rules() ((const char *)NULL)
#endif

#endif
