/* mds/rcu.h - liburcu, and what the thread sanitizer must be told of it: it
 * sees neither the order that RCU makes nor what the library does. */
#ifndef MDS_RCU_H
#define MDS_RCU_H

#include <urcu-bp.h>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
/* The sanitizer's own: reads are not looked at, */
void AnnotateIgnoreReadsBegin(const char *file, int line);
/* until here; */
void AnnotateIgnoreReadsEnd(const char *file, int line);
/* nor are writes, */
void AnnotateIgnoreWritesBegin(const char *file, int line);
/* until here. */
void AnnotateIgnoreWritesEnd(const char *file, int line);
/* What was done so far comes before what follows RCU_AFTER() of the same P. */
#define RCU_BEFORE(p) __tsan_release(p)
#define RCU_AFTER(p)  __tsan_acquire(p)
/* Between these a list of RCU is walked or changed. */
#define RCU_LIST_BEGIN()                           \
    (AnnotateIgnoreReadsBegin(__FILE__, __LINE__), \
     AnnotateIgnoreWritesBegin(__FILE__, __LINE__))
#define RCU_LIST_END()                            \
    (AnnotateIgnoreWritesEnd(__FILE__, __LINE__), \
     AnnotateIgnoreReadsEnd(__FILE__, __LINE__))
#else
#define RCU_BEFORE(p)    ((void)(p))
#define RCU_AFTER(p)     ((void)(p))
#define RCU_LIST_BEGIN() ((void)0)
#define RCU_LIST_END()   ((void)0)
#endif

#endif
