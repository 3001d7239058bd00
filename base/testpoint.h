/* base/testpoint.h - named places where a test can kill or stop this process,
 * one for each step of a job.  Absent from release builds. */
#ifndef BASE_TESTPOINT_H
#define BASE_TESTPOINT_H

#ifdef TEST_POINTS
/* $GATEHOUSE_TEST_POINT is "NAME FILE": the first time, create FILE with this
 * process's id and directory, and kill this process with SIGKILL.  "NAME:stop
 * FILE" stops it with SIGSTOP instead.  ';' separates several rules. */
void test_point(const char *name);
/* The value of $GATEHOUSE_TEST_POINT, for processes that get a new environment;
 * NULL. */
const char *test_point_rules(void);
#else
#define test_point(name)   ((void)0)
#define test_point_rules() ((const char *)NULL)
#endif

#endif
