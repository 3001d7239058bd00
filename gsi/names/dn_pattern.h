/* gsi/names/dn_pattern.h - patterns of distinguished names in the form of
 * Globus
 * ("/O=Grid/OU=x" and an asterisk): signing policies, ban lists. */
#ifndef GSI_DN_PATTERN_H
#define GSI_DN_PATTERN_H

#include <stdbool.h>

/* Convert the pattern TEXT, which begins with '/' or '*', to the form of
 * dn_key().  '*' matches any text within or across components, '?' one
 * character; a slash before an attribute matches only the start of an
 * attribute.  The caller must free() it; NULL when invalid. */
char *dn_pattern(const char *text);
/* Whether PATTERN matches the name with the dn_key() text KEY. */
bool dn_pattern_matches(const char *pattern, const char *key);

#endif
