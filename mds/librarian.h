/* mds/librarian.h - the process that holds the group's documents: it reads
 * changes and questions from one stream and forks a child for each question.
 * See search.h.
 *
 * The stream consists of frames: struct librarian_frame, then LEN bytes. */
#ifndef MDS_LIBRARIAN_H
#define MDS_LIBRARIAN_H

#include <stdint.h>

#include "base/err.h"

enum librarian_op {
    LIBRARIAN_BEGIN, /* start an empty document */
    LIBRARIAN_PUT,   /* the bytes are the element for SLOT */
    LIBRARIAN_DROP,  /* remove SLOT */
    LIBRARIAN_ASK    /* with a descriptor for the answer; the bytes are
                        NUL-terminated: expression, prefix, namespace, ...;
                        then DOCUMENT bytes, if any: the document to ask */
};

struct librarian_frame {
    uint32_t op, dialect, slot;
    uint64_t len, document;
    int64_t now_ms, timeout_ms;
    uint64_t answer_max, memory_max;
};

/* The output of a child: its pid (int32_t) at the start; then this header, and
 * LEN bytes of the answer or of the error text. */
struct librarian_answer {
    uint32_t code; /* enum err_code */
    uint64_t len;
};

/* Serve the stream FD until its other end is closed; returns 0.  For a process
 * without threads. */
int librarian_run(int fd);

#endif
