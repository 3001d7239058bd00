/* http/http_text.c - reason phrases, parameters and ranges of HTTP; see
 * http.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "http/http.h"

static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 206, "Partial Content" },
    { 207, "Multi-Status" },
    { 301, "Moved Permanently" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 400, "Bad Request" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 411, "Length Required" },
    { 412, "Precondition Failed" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 416, "Range Not Satisfiable" },
    { 417, "Expectation Failed" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 505, "HTTP Version Not Supported" },
    { 507, "Insufficient Storage" },
};

const char *
http_phrase(int status)
{
    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return status < 400 ? "OK" : "Error";
}

char *
http_param(const char *query, const char *name)
{
    size_t n = strlen(name);

    while (query != NULL && *query != '\0') {
        size_t len = strcspn(query, "&");
        struct buf value = BUF_INIT;
        char *text;

        if (len >= n && strncmp(query, name, n) == 0 &&
            (len == n || query[n] == '=')) {
            if (len > n)
                buf_add(&value, query + n + 1, len - n - 1);
            text = buf_detach(&value);
            if (percent_decode(text) == 0)
                return text;
            free(text);
            return NULL;
        }
        query += len + (query[len] == '&');
    }
    return NULL;
}

/* Parse the digits at *P and move *P past them; -1 for none or too many. */
static long long
range_number(const char **p)
{
    size_t n = strspn(*p, "0123456789");
    long long value = 0;

    if (n == 0 || n > 18)
        return -1;
    for (size_t i = 0; i < n; i++)
        value = value * 10 + (*p)[i] - '0';
    *p += n;
    return value;
}

int
http_range(const char *text, long long length, struct http_span *span)
{
    long long first, last = length - 1;

    if (text == NULL || strncasecmp(text, "bytes=", 6) != 0)
        return 0;
    text += 6;
    if (*text == '-') {
        text++;
        first = range_number(&text);
        if (first < 0 || *text != '\0')
            return 0;
        if (first == 0 || length == 0)
            return -1;
        *span = (struct http_span){ first < length ? length - first : 0, last };
        return 1;
    }
    first = range_number(&text);
    if (first < 0 || *text++ != '-')
        return 0;
    if (*text != '\0') {
        last = range_number(&text);
        if (last < first || *text != '\0')
            return 0;
    }
    if (first >= length)
        return -1;
    *span = (struct http_span){ first, last < length ? last : length - 1 };
    return 1;
}

int
http_content_range(const char *text, struct http_span *span, long long *total)
{
    if (strncasecmp(text, "bytes ", 6) != 0)
        return -1;
    text += 6;
    span->first = range_number(&text);
    if (span->first < 0 || *text++ != '-')
        return -1;
    span->last = range_number(&text);
    if (span->last < span->first || *text++ != '/')
        return -1;
    *total = range_number(&text);
    return *total > span->last && *text == '\0' ? 0 : -1;
}
