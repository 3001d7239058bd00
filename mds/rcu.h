/* mds/rcu.h - liburcu with annotations for the thread sanitizer, which knows
 * neither RCU's ordering nor what the library does. */
#ifndef MDS_RCU_H
#define MDS_RCU_H

#include <urcu-bp.h>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
/* The sanitizer's own functions: ignore reads from here */
void AnnotateIgnoreReadsBegin(const char *file, int line);
/* to here; */
void AnnotateIgnoreReadsEnd(const char *file, int line);
/* ignore writes from here */
void AnnotateIgnoreWritesBegin(const char *file, int line);
/* to here. */
void AnnotateIgnoreWritesEnd(const char *file, int line);
/* All before RCU_BEFORE() happens before what follows RCU_AFTER() of the same
 * P. */
#define RCU_BEFORE(p) __tsan_release(p)
#define RCU_AFTER(p)  __tsan_acquire(p)
/* An RCU list is walked or changed between these. */
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
