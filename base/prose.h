/* base/prose.h - text for people: line wrapping, safe output to terminals, and
 * spelling suggestions. */
#ifndef BASE_PROSE_H
#define BASE_PROSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PROSE_COLUMNS 80

/* Write TEXT in lines of at most PROSE_COLUMNS, each after PREFIX ("# " or
 * blanks).  The first line continues at column AT (0: it gets PREFIX too).  A
 * '\n' in TEXT starts a new line. */
void prose_wrap(FILE *out, const char *prefix, size_t at, const char *text);

/* Replace by '?' each byte of TEXT that is not plain (utf8_is_plain()); LINES:
 * keep line ends and tabs.  Names, replies and file contents come from others
 * and may contain terminal control sequences. */
void prose_plain(char *text, bool lines);
/* Write TEXT to F; when F is a terminal, through prose_plain() first. */
void prose_show(FILE *f, const char *text);

/* Number of letters to insert, delete, change or swap to turn B into A; LIMIT
 * when it is LIMIT or more, or a word is longer than 63. */
size_t prose_distance(const char *a, const char *b, size_t limit);

#endif
