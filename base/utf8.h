/* base/utf8.h - UTF-8 by RFC 3629: no overlong forms, no surrogates. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decode the character at the front of S[0..N), N > 0, into *C.  Returns its
 * length in bytes, or 0 when it is invalid or cut off. */
size_t utf8_decode(const char *s, size_t n, uint32_t *c);
/* Length of the prefix of S that XML 1.0 can represent (production 2, Char):
 * strlen(S) when all of it can. */
size_t utf8_xml_span(const char *s);
/* Whether C is safe in a line shown to people: not a control character, not a
 * line or paragraph break, and not a mark that changes the display order of the
 * text around it (Unicode Annex 9). */
bool utf8_is_plain(uint32_t c);

#endif
