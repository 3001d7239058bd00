/* gsi/names/dn_pattern.h - patterns of distinguished names in the form of
 * Globus
 * ("/O=Grid/OU=x" and an asterisk): signing policies, ban lists. */
#ifndef GSI_DN_PATTERN_H
#define GSI_DN_PATTERN_H

#include <stdbool.h>

/* The pattern TEXT, which begins with '/' or '*', in the shape of dn_key(): '*'
 * stands for any text within or across components, '?' for one character; a
 * slash before an attribute matches only where an attribute begins.  The
 * caller's; NULL when it is none. */
char *dn_pattern(const char *text);
/* Whether the name with dn_key() text KEY is one of PATTERN's. */
bool dn_pattern_matches(const char *pattern, const char *key);

#endif
