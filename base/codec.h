/* base/codec.h - small encodings: base64 (RFC 4648 s.4), hex, percent
 * (RFC 3986 s.2.1), ISO 8601 / RFC 3339 times, random names. */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stddef.h>
#include <time.h>

#include "base/buf.h"

/* Append the base64 of N bytes at P, no line breaks. */
void base64_encode(struct buf *out, const void *p, size_t n);
/* Decode the base64 TEXT[0..N) and append the bytes; white space is an error. 0
 * or -1. */
int base64_decode(struct buf *out, const char *text, size_t n);
/* Append lower-case hex. */
void hex_encode(struct buf *out, const void *p, size_t n);
/* Append S, percent-encoded except for unreserved characters and those in KEEP.
 */
void percent_encode(struct buf *out, const char *s, const char *keep);
/* Decode S in place; -1 for a bad escape or an encoded NUL. */
int percent_decode(char *s);

#define TIME_TEXT 32
/* "2026-11-23T05:25:22Z" into TEXT; returns TEXT. */
char *time_utc(time_t t, char text[TIME_TEXT]);
/* The same with milliseconds; MS since 1970 UTC. */
char *time_utc_ms(long long ms, char text[TIME_TEXT]);
/* Parse an xsd:dateTime; without a zone it is UTC, fractions are dropped. -1
 * when malformed. */
int time_parse(const char *text, time_t *t);
/* Parse an xsd:duration of days and smaller units into seconds; -1 when
 * malformed. */
int duration_parse(const char *text, long long *seconds);
/* Milliseconds since 1970 UTC; and milliseconds of the monotonic clock. */
long long time_now_ms(void);
long long time_mono_ms(void);

#define UUID_TEXT 37
/* A random UUID (RFC 4122 version 4), lower case. */
char *uuid_make(char text[UUID_TEXT]);
/* Whether TEXT is a UUID in this form; check this before using it in a path. */
bool uuid_ok(const char *text);

/* Parse the whole of TEXT as a decimal number in [MIN, MAX]; 0 or -1. */
int number_parse(const char *text, long long min, long long max,
                 long long *value);
/* Parse "10", "64k", "1 MiB", "2G" into bytes; 0 or -1. */
int size_parse(const char *text, long long *bytes);
/* "1.2 MiB" into TEXT; returns TEXT. */
char *size_text(long long bytes, char text[TIME_TEXT]);

#endif
