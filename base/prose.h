/* base/prose.h - text for people: paragraphs in columns, and the word that
 * someone who mistyped probably meant. */
#ifndef BASE_PROSE_H
#define BASE_PROSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define PROSE_COLUMNS 80

/* Write TEXT in lines of at most PROSE_COLUMNS, each after PREFIX ("# " or
 * blanks); the first line goes on at column AT (0: PREFIX comes first too).
 * A '\n' in TEXT begins a new line. */
void prose_wrap(FILE *out, const char *prefix, size_t at, const char *text);

/* Put '?' in the place of all bytes of TEXT that are not plain
 * (utf8_is_plain()), but LINES and tabs where those may be.  Names, replies and
 * contents come from others, and a terminal obeys what it is shown. */
void prose_plain(char *text, bool lines);
/* Write TEXT to F: as it is, or made plain, with its lines, to a terminal. */
void prose_show(FILE *f, const char *text);

/* How many letters one must insert, delete, change or swap to make A of B;
 * LIMIT when it is that or more.  Words longer than 63 count as LIMIT. */
size_t prose_distance(const char *a, const char *b, size_t limit);

#endif
