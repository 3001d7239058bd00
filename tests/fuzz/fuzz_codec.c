/* tests/fuzz/fuzz_codec.c - every small encoding, there and back again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/logfmt.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What decodes is the only text that encodes to it. */
static void
check_base64(const char *text, size_t n)
{
    struct buf bytes = BUF_INIT, again = BUF_INIT;

    if (base64_decode(&bytes, text, n) == 0) {
        base64_encode(&again, bytes.data, bytes.len);
        assert(again.len == n && memcmp(buf_str(&again), text, n) == 0);
    } else {
        assert(bytes.len == 0);
    }
    buf_fini(&bytes);
    buf_fini(&again);
}

static void
check_percent(const char *text)
{
    struct buf out = BUF_INIT;
    char *copy = xstrdup(text);

    (void)percent_decode(copy);
    percent_encode(&out, text, "/");
    assert(percent_decode(out.data != NULL ? out.data : copy) == 0 ||
           out.data == NULL);
    assert(out.data == NULL || strcmp(out.data, text) == 0);
    buf_fini(&out);
    free(copy);
}

/* All of S[0..N) is UTF-8. */
static void
assert_utf8(const char *s, size_t n)
{
    uint32_t c;
    size_t len;

    for (; n > 0; s += len, n -= len) {
        len = utf8_decode(s, n, &c);
        assert(len > 0);
    }
}

/* Nothing leaves its quotes, its line or its attribute. */
static void
check_quoting(const char *text, size_t n)
{
    struct buf out = BUF_INIT;
    size_t i;

    buf_add_xml(&out, text);
    assert(strpbrk(buf_str(&out), "<>\"'\n\r\t") == NULL);
    assert_utf8(buf_str(&out), out.len);
    buf_clear(&out);
    logfmt_value(&out, text, n);
    assert_utf8(buf_str(&out), out.len);
    assert(out.len > 0 && memchr(out.data, '\n', out.len) == NULL);
    if (out.data[0] != '"') {
        assert(strpbrk(out.data, " \"=") == NULL);
    } else {
        for (i = 1; i < out.len - 1; i++) {
            assert(out.data[i] != '"');
            i += out.data[i] == '\\';
        }
        assert(i == out.len - 1 && out.data[i] == '"');
    }
    buf_fini(&out);
}

static void
check_numbers(const char *text)
{
    char form[TIME_TEXT];
    long long v;
    time_t t, again;

    if (time_parse(text, &t) == 0)
        assert(t < -62135596800 || t > 253402300799 ||
               (time_parse(time_utc(t, form), &again) == 0 && again == t));
    if (number_parse(text, -10, 1000, &v) == 0)
        assert(v >= -10 && v <= 1000);
    if (size_parse(text, &v) == 0)
        assert(v >= 0 && size_text(v, form) == form);
    (void)duration_parse(text, &v);
    (void)uuid_ok(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);

    memcpy(text, data, size);
    check_base64(text, size);
    check_percent(text);
    check_quoting(text, size);
    check_numbers(text);
    free(text);
    return 0;
}
