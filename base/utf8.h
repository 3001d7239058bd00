/* base/utf8.h - UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The character at the front of S[0..N) into *C; how many bytes it takes, or 0
 * when they are no UTF-8 or the character is cut off (N > 0). */
size_t utf8_decode(const char *s, size_t n, uint32_t *c);
/* How many bytes at the front of the string S are characters that XML 1.0 can
 * carry (its production 2, Char): strlen(S) when all are. */
size_t utf8_xml_span(const char *s);
/* Whether C may stand in a line that people read: no control character, no
 * break of lines or paragraphs, and none of the marks that change in which
 * order a terminal shows what is around them (Unicode Annex 9). */
bool utf8_is_plain(uint32_t c);

#endif
